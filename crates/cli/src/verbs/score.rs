//! `spanwise score`

use crate::exit::End;
use crate::print::Shell;
use anyhow::Error;
use bundle::ScoreOptions;
use project::scoring::{self, Scoring};
use std::path::{Path, PathBuf};
use table::read::Format;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A bundle file, or a model of the project such as `churn@champion`.
    bundle: String,
    /// The table to score: csv, tsv, jsonl, parquet or arrow.
    table: PathBuf,
    /// Where to write the scores; the ending names the format. Standard output if left out: as CSV, or
    /// as `rows` of the object with --json.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// How many reasons to give with each row.
    #[arg(long, default_value_t = 0)]
    reasons: usize,
    /// Where to write rows that break the contract, with the reason; `OUT.quarantine.csv` if left out.
    #[arg(long)]
    quarantine: Option<PathBuf>,
    /// Rows per block; results do not depend on it.
    #[arg(long, default_value_t = 4096)]
    block: usize,
    /// How many threads may work; results do not depend on it.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Columns of the input to carry along; all if left out.
    #[arg(long, value_delimiter = ',')]
    keep: Option<Vec<String>>,
    /// The project's folder or file, for `MODEL@ALIAS`.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let (bundle, _) = scoring::find_bundle(&arguments.bundle, &arguments.project)?;
    for out in arguments.out.iter().chain(&arguments.quarantine) {
        super::refuse_over(out, [arguments.table.as_path(), Path::new(&arguments.bundle)])?;
    }
    let read = table::read::open(&arguments.table, &scoring::options_for(&bundle))?;
    read.complaints
        .iter()
        .for_each(|complaint| shell.warning(&complaint.to_string()));
    let options = ScoreOptions {
        n_reasons: arguments.reasons,
        block_rows: arguments.block,
        n_threads: arguments.threads.clamp(1, 1024),
    };
    let scored = scoring::score(&bundle, &read.table, arguments.keep.as_deref(), &options)?;
    let written = match (&arguments.out, shell.json) {
        (Some(path), _) => {
            table::write::save(&scored.table, path)?;
            Some(path.clone())
        }
        (None, false) => {
            shell.bytes(&table::write::to_bytes(&scored.table, Format::Csv)?)?;
            None
        }
        (None, true) => None,
    };
    let quarantine = quarantine(arguments, &scored)?;
    if let Some(path) = &quarantine {
        shell.warning(&format!(
            "{} of {} rows break the contract; they and the reasons are in {}",
            scored.quarantine.n_rows(),
            read.table.n_rows(),
            path.display()
        ));
    }
    if shell.json {
        let rows = match &written {
            Some(_) => None,
            None => Some(super::rows(&scored.table)?),
        };
        shell.object(&serde_json::json!({
            "bundle": bundle.hash().to_hex(),
            "n_rows": scored.table.n_rows(),
            "n_quarantined": scored.quarantine.n_rows(),
            "n_flagged": scored.n_flagged,
            "out": written,
            "rows": rows,
            "quarantine": quarantine,
            "breaches": scored.breaches,
        }))?;
    }
    Ok(End::Done)
}

fn quarantine(arguments: &Arguments, scored: &Scoring) -> Result<Option<PathBuf>, Error> {
    if scored.quarantine.n_rows() == 0 {
        return Ok(None);
    }
    let beside = || {
        let mut name = arguments
            .out
            .clone()
            .unwrap_or_else(|| arguments.table.clone())
            .into_os_string();
        name.push(".quarantine.csv");
        PathBuf::from(name)
    };
    let path = arguments.quarantine.clone().unwrap_or_else(beside);
    table::write::save(&scored.quarantine, &path)?;
    Ok(Some(path))
}
