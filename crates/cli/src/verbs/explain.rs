//! `spanwise explain`

use super::charts::ChartArguments;
use super::{refuse_over, say};
use crate::exit::End;
use crate::print::Shell;
use anyhow::{Context, Error};
use project::explain::{ExplainOptions, ExplainRecord, answer, charts, explain, lines, page};
use project::scoring;
use report::{format_count, format_level};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A bundle file, or a model of the project such as `churn@champion`.
    bundle: String,
    /// The rows by which the model is explained: csv, tsv, jsonl, parquet or arrow; at most 2,000 of them, evenly taken.
    table: PathBuf,
    /// Features to look at closely, with commas between; the strongest if left out.
    #[arg(long, value_delimiter = ',', value_name = "FEATURES")]
    features: Vec<String>,
    /// How many features to look at closely where none are named.
    #[arg(long, default_value_t = 5, value_name = "N")]
    closely: usize,
    /// Of several classes or quantiles the one whose answers are explained; the first if left out.
    #[arg(long, value_name = "CLASS")]
    output: Option<String>,
    /// The confidence level of the intervals, above 0 and below 1.
    #[arg(long, default_value_t = 0.95)]
    level: f64,
    /// Where the page goes; no page is written if not said.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    charts: ChartArguments,
    /// How many threads may work; results do not depend on it.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// The project's folder or file, for `MODEL@ALIAS`.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let (bundle, _) = scoring::find_bundle(&arguments.bundle, &arguments.project)?;
    if let Some(out) = &arguments.out {
        refuse_over(out, [arguments.table.as_path(), Path::new(&arguments.bundle)])?;
    }
    let read = super::score::rows(&arguments.table, &bundle, shell)?;
    let options = ExplainOptions {
        features: arguments.features.clone(),
        n_features: arguments.closely,
        output: arguments.output.clone(),
        level: arguments.level,
        n_threads: arguments.threads.clamp(1, 1024),
    };
    let found = explain(&bundle, &read, &options, &|| false)?;
    match shell.json {
        true => shell.object(&found)?,
        false => tell(&found, arguments.charts.are_drawn(shell), shell)?,
    }
    if let Some(out) = &arguments.out {
        table::file::write_atomic(out, page(&found).as_bytes())
            .with_context(|| format!("the page `{}`", out.display()))?;
        shell.note(&format!("page: {}", out.display()));
    }
    arguments.charts.write("", &charts(&found), shell)?;
    Ok(End::Done)
}

fn tell(found: &ExplainRecord, is_drawn: bool, shell: &Shell) -> Result<(), Error> {
    shell.line(&format!(
        "What does the model look at? {}\n{} rows explained; the {} goes with features by accumulated local effects, lowest and highest; {} intervals over rows.\n",
        answer(found),
        format_count(found.n_explained),
        found.answer,
        format_level(found.level)
    ))?;
    if 0 < found.n_broken {
        shell.warning(&format!(
            "{} rows break the contract and are left out",
            found.n_broken
        ));
    }
    say(shell, &lines(found))?;
    if is_drawn {
        for (_, chart) in charts(found) {
            shell.line(&format!(
                "\n{}",
                chart.to_text(shell.width(), shell.is_coloured())
            ))?;
        }
    }
    shell.line("note: contributions explain the model, not the world")
}
