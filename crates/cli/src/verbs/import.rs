//! `spanwise import`

use crate::exit::End;
use crate::print::Shell;
use anyhow::{Context, Error};
use bundle::import::{self, ImportOptions};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The model file: LightGBM text, XGBoost JSON or UBJSON.
    model: PathBuf,
    /// Where to write the bundle.
    #[arg(long, short)]
    out: PathBuf,
    /// The model's name in the bundle; the file's name if left out.
    #[arg(long)]
    name: Option<String>,
    /// What the predicted column is called.
    #[arg(long, default_value = "target")]
    target: String,
    /// The classes in the order of their codes, the negative one first; `0,1,...` if left out.
    #[arg(long, value_delimiter = ',')]
    classes: Option<Vec<String>>,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let place = arguments.model.display();
    let bytes = std::fs::read(&arguments.model).with_context(|| format!("cannot read {place}"))?;
    let file_name = || Some(arguments.model.file_stem()?.to_string_lossy().into_owned());
    let options = ImportOptions {
        name: arguments.name.clone().or_else(file_name).unwrap_or_default(),
        target: arguments.target.clone(),
        classes: arguments.classes.clone(),
    };
    let bundle = import::import(&bytes, &options).with_context(|| format!("cannot import {place}"))?;
    bundle.save(&arguments.out)?;
    if shell.json {
        shell.object(&serde_json::json!({
            "bundle": bundle.hash().to_hex(),
            "out": arguments.out,
            "source": bundle.lineage.trainer,
            "task": bundle.task.word(),
            "n_features": bundle.recipe.features.len(),
            "n_outputs": bundle.model.n_outputs(),
            "caveats": bundle.card.caveats,
        }))?;
        return Ok(End::Done);
    }
    shell.line(&format!(
        "wrote {} ({}): {} of {} features",
        arguments.out.display(),
        &bundle.hash().to_hex()[..12],
        bundle.lineage.trainer,
        bundle.recipe.features.len()
    ))?;
    bundle.card.caveats.iter().for_each(|caveat| shell.note(caveat));
    Ok(End::Done)
}
