//! `spanwise log compact`

use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use clap::Subcommand;
use project::file::watch_seconds;
use project::{Clock, SystemClock};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Clone, Debug, Subcommand)]
enum Step {
    /// Merge the closed files of a prediction log into one Parquet file for each bundle and day, as a service does by
    /// itself; whole or not at all, and while it serves.
    Compact {
        /// The folder of the log, such as .spanwise/log/NAME.
        folder: PathBuf,
        /// Also remove the files of days that ended so long ago, such as 90d.
        #[arg(long)]
        keep: Option<String>,
    },
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let Step::Compact { folder, keep } = &arguments.step;
    let now = SystemClock.now_micros();
    let keep_s = keep.as_deref().map(seconds).transpose()?;
    // a file that cannot be merged keeps nothing else from being removed
    let merged = bundle::log::merge(folder, now, 1, &mut || true);
    let expired = match keep_s {
        Some(keep_s) => bundle::log::expire(folder, now.saturating_sub(keep_s.saturating_mul(1_000_000)))?,
        None => Vec::new(),
    };
    let merged = merged?;
    if shell.json {
        shell.object(&serde_json::json!({
            "folder": folder, "days": merged.n_days, "files": merged.n_files, "rows": merged.n_rows, "removed": expired,
        }))?;
        return Ok(End::Done);
    }
    shell.line(&format!(
        "{} closed files became part of {} files of days with {} rows",
        merged.n_files, merged.n_days, merged.n_rows
    ))?;
    for path in &expired {
        shell.line(&format!("removed {}", path.display()))?;
    }
    Ok(End::Done)
}

fn seconds(text: &str) -> Result<i64, Usage> {
    let found = watch_seconds(text)
        .flatten()
        .and_then(|seconds| i64::try_from(seconds).ok());
    found.ok_or_else(|| {
        let expected = "a number with s, m, h, d or w, such as 90d";
        Usage(format!("`--keep`: found {text:?}, expected {expected}"))
    })
}
