//! `spanwise audit verify`

use crate::exit::End;
use crate::print::Shell;
use anyhow::Error;
use clap::Subcommand;
use serve::{Chain, verify_audit};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Clone, Debug, Subcommand)]
enum Step {
    /// Check that each line of an audit log carries the hash of the line before, and name the first that does not.
    Verify {
        /// The audit log of a service.
        file: PathBuf,
        /// The hash of a line that must be in it, kept from an earlier check: without one, a log that was cut at its end
        /// or written anew still fits.
        #[arg(long)]
        holds: Option<String>,
    },
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let Step::Verify { file, holds } = &arguments.step;
    let sought = holds.as_ref().map(|hash| hash.trim().to_lowercase());
    let chain = verify_audit(file, sought.as_deref())?;
    let is_missed = sought.is_some() && !chain.holds;
    if shell.json {
        let fault = chain.fault.as_ref().map(|fault| {
            serde_json::json!({ "line": fault.line, "found": fault.found, "expected": fault.expected })
        });
        shell.object(&serde_json::json!({
            "file": file,
            "lines": chain.n_lines,
            "first_time": chain.first_time,
            "last_time": chain.last_time,
            "last_hash": chain.last_hash,
            "holds": sought.as_ref().map(|_| chain.holds),
            "fault": fault,
        }))?;
    } else {
        tell(&chain, sought.as_deref(), shell)?;
    }
    Ok(match chain.fault.is_some() || is_missed {
        true => End::Alarm,
        false => End::Done,
    })
}

fn tell(chain: &Chain, sought: Option<&str>, shell: &Shell) -> Result<(), Error> {
    let lines = if chain.n_lines == 1 {
        "1 line fits".to_owned()
    } else {
        format!("{} lines fit", chain.n_lines)
    };
    match (&chain.first_time, &chain.last_time) {
        (Some(first), Some(last)) => shell.line(&format!("{lines}, from {first} to {last}"))?,
        _ => shell.line(&lines)?,
    }
    if let Some(hash) = &chain.last_hash {
        shell.line(&format!("the hash of the last of them is {hash}"))?;
    }
    if let Some(fault) = &chain.fault {
        let (found, expected) = (&fault.found, &fault.expected);
        shell.line(&format!(
            "line {} does not: found {found}, expected {expected}",
            fault.line
        ))?;
    }
    match sought {
        Some(hash) if !chain.holds => shell.line(&format!("no line with the hash {hash} is among them")),
        _ => Ok(()),
    }
}
