//! `spanwise export`

use crate::exit::End;
use crate::print::Shell;
use anyhow::{Context, Error};
use project::scoring;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Target {
    /// ONNX, for onnxruntime and whatever else reads it.
    Onnx,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A bundle file, or a model of the project such as `churn@champion`.
    bundle: String,
    /// The format.
    #[arg(long, value_enum, default_value = "onnx")]
    to: Target,
    /// Where to write it.
    #[arg(long, short)]
    out: PathBuf,
    /// The project's folder or file, for `MODEL@ALIAS`.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let (bundle, _) = scoring::find_bundle(&arguments.bundle, &arguments.project)?;
    super::refuse_over(&arguments.out, [Path::new(&arguments.bundle)])?;
    if bundle.intervals.is_some() {
        shell.warning("the prediction intervals are not exported: ONNX gets the predictions alone");
    }
    let bytes = match arguments.to {
        Target::Onnx => bundle::export::onnx(&bundle)?,
    };
    table::file::write_atomic(&arguments.out, &bytes)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    if shell.json {
        shell.object(&serde_json::json!({
            "bundle": bundle.hash().to_hex(),
            "out": arguments.out,
            "size_bytes": bytes.len(),
        }))?;
    } else {
        shell.line(&format!(
            "wrote {} ({} bytes)",
            arguments.out.display(),
            bytes.len()
        ))?;
    }
    Ok(End::Done)
}
