//! `spanwise train`

use super::refuse_over;
use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use learn::{Context, Progress, Value};
use project::estimator::{Categories, Estimator, Files, Stream, Told, n_trees};
use project::file::value_of_text;
use std::ops::ControlFlow;
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The rows to learn from: files of the same columns, one behind the other. Parquet is read piece by piece, again and
    /// again, and never held whole.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The column to tell; all others are features, but the weight.
    #[arg(long)]
    target: String,
    /// The column of weights, zero or more; a whole number equals repeated rows.
    #[arg(long)]
    weight: Option<String>,
    /// What to tell of the target; by its type if left out: text and truths are classes.
    #[arg(long, value_enum)]
    task: Option<TaskName>,
    /// A parameter of boosted trees, such as `rounds=200` or `monotone={price=-1}`: see docs/trainers.md.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Everything that is drawn is drawn from this.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many threads may work; all if left out. The bundle does not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// The model's name in the bundle.
    #[arg(long, default_value = "model")]
    name: String,
    /// Where to write the bundle.
    #[arg(long, short)]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TaskName {
    Classification,
    Regression,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let estimator = Estimator::new("boost", &settings(&arguments.settings)?);
    let estimator = estimator.map_err(|error| Usage(error.to_string()))?;
    refuse_over(&arguments.out, arguments.files.iter().map(PathBuf::as_path))?;
    let passes = Files::open(&arguments.files)?;
    let stream = Stream {
        passes: &passes,
        target: arguments.target.clone(),
        weight: arguments.weight.clone(),
        told: match arguments.task {
            None => Told::ByType,
            Some(TaskName::Classification) => Told::Classes,
            Some(TaskName::Regression) => Told::Numbers,
        },
        categories: Categories::ByType,
        name: arguments.name.clone(),
        before: None,
    };
    let tell = |progress: Progress| {
        tell(progress, shell);
        ControlFlow::Continue(())
    };
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let context = Context {
        n_threads: arguments.threads.unwrap_or_else(all).clamp(1, 1024),
        progress: Some(&tell),
        ..Context::new(arguments.seed)
    };
    let bundle = estimator.fit_stream(&stream, &context)?;
    bundle.save(&arguments.out)?;
    let (n_rows, n_trees) = (bundle.lineage.n_rows, n_trees(&bundle));
    if shell.json {
        shell.object(&serde_json::json!({
            "bundle": bundle.hash().to_hex(),
            "out": arguments.out,
            "task": bundle.task.word(),
            "n_rows": n_rows,
            "n_features": bundle.recipe.features.len(),
            "n_trees": n_trees,
        }))?;
        return Ok(End::Done);
    }
    shell.line(&format!(
        "wrote {} ({}): {n_trees} trees of {n_rows} rows and {} features",
        arguments.out.display(),
        &bundle.hash().to_hex()[..12],
        bundle.recipe.features.len()
    ))?;
    shell.note("how good it is was not measured: `spanwise run` judges models of a project by rows that they did not see");
    Ok(End::Done)
}

/// A line every hundred rounds.
fn tell(progress: Progress, shell: &Shell) {
    if progress.round % 100 == 0 {
        let loss = progress
            .held_out_loss
            .map(|loss| format!(", held-out loss {loss:.5}"));
        shell.note(&format!(
            "round {} of at most {}{}",
            progress.round,
            progress.n_rounds,
            loss.unwrap_or_default()
        ));
    }
}

fn settings(texts: &[String]) -> Result<Vec<(String, Value)>, Error> {
    let setting = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Usage(format!(
                "`--set {text}`: found no `=`, expected NAME=VALUE such as rounds=200"
            ))
        })?;
        Ok((name.trim().to_owned(), value_of_text(value.trim())))
    };
    texts.iter().map(setting).collect()
}
