//! `spanwise demo`

use super::run::{report, run_project};
use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use project::demo;
use project::file::{Overrides, load};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Which demo: churn.
    name: String,
    /// Where to put it.
    #[arg(long, default_value = "demo-churn")]
    into: PathBuf,
    /// The seed of the made-up data.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    if !demo::NAMES.contains(&arguments.name.as_str()) {
        let hint = table::nearest(&arguments.name, demo::NAMES)
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        return Err(Usage(format!(
            "no demo `{}`, found {}{hint}",
            arguments.name,
            table::quoted_list(demo::NAMES, 5)
        ))
        .into());
    }
    let made = demo::churn(&arguments.into, arguments.seed)?;
    let project = load(&made.project, &Overrides::default())?;
    let record = run_project(&project, shell)?;
    report(&record, shell)?;
    if !shell.json {
        advice(&made, &arguments.into, shell)?;
    }
    Ok(End::Done)
}

fn advice(made: &demo::Demo, folder: &std::path::Path, shell: &Shell) -> Result<(), Error> {
    let folder = folder.display();
    shell.line(&format!(
        "
what to look at
  {folder}/out/churn.html      the story: open it in a browser
  {}   what was planted; the story should name it
what to do next
  spanwise score {folder}/out/churn.bundle {} --reasons 3 --out scored.csv
  spanwise serve -p {folder} churn
  curl -s 127.0.0.1:8080/invocations -H 'content-type: text/csv' --data-binary @{folder}/later.csv
  spanwise monitor -p {folder} churn --table {}     calls to support have changed: it should alarm
(without an installed binary, say `cargo run --release --` instead of `spanwise`)",
        made.truth.display(),
        made.later.display(),
        made.later.display(),
    ))
}
