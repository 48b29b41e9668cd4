//! `spanwise new`

use crate::exit::End;
use crate::print::Shell;
use anyhow::Error;
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The data file.
    data: PathBuf,
    /// The column to predict.
    #[arg(long)]
    target: Option<String>,
    /// The folder of the new project.
    #[arg(long, default_value = ".")]
    into: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let path = project::new_project(&arguments.data, arguments.target.as_deref(), &arguments.into)?;
    if shell.json {
        shell.object(&serde_json::json!({ "project": path }))?;
    } else {
        shell.line(&format!(
            "wrote {}; next: `spanwise run -p {}`",
            path.display(),
            arguments.into.display()
        ))?;
    }
    Ok(End::Done)
}
