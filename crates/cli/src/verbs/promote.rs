//! `spanwise promote` and `spanwise rollback`

use super::say;
use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use project::file::{Overrides, load};
use project::promotion;
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// `MODEL@VERSION` to promote, or `MODEL` to list its versions and ledger.
    model: String,
    /// Why: kept in the ledger.
    #[arg(long)]
    why: Option<String>,
    /// The alias to move.
    #[arg(long, default_value = "champion")]
    alias: String,
    /// The project's folder or file.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RollbackArguments {
    /// The model.
    model: String,
    /// Why: kept in the ledger.
    #[arg(long)]
    why: String,
    /// The alias to move back.
    #[arg(long, default_value = "champion")]
    alias: String,
    /// The project's folder or file.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let project = load(&arguments.project, &Overrides::default())?;
    let Some((model, version)) = arguments.model.split_once('@') else {
        return list(&project, &arguments.model, shell);
    };
    let why = arguments
        .why
        .as_deref()
        .ok_or_else(|| Usage("found no `--why`, expected the reason for the ledger".to_owned()))?;
    let promoted = promotion::promote(
        &project,
        model,
        version,
        &arguments.alias,
        why,
        &project::SystemClock,
    )?;
    if shell.json {
        shell.object(&promoted)?;
    } else {
        shell.line(&format!(
            "{model}@{} is now version {} ({})",
            arguments.alias,
            promoted.version,
            &promoted.hash[..12]
        ))?;
    }
    Ok(End::Done)
}

pub(crate) fn rollback(arguments: &RollbackArguments, shell: &Shell) -> Result<End, Error> {
    let project = load(&arguments.project, &Overrides::default())?;
    let back = promotion::rollback(
        &project,
        &arguments.model,
        &arguments.alias,
        &arguments.why,
        &project::SystemClock,
    )?;
    if shell.json {
        shell.object(&back)?;
    } else {
        shell.line(&format!(
            "{}@{} is version {} again ({})",
            arguments.model,
            arguments.alias,
            back.version,
            &back.hash[..12]
        ))?;
    }
    Ok(End::Done)
}

fn list(project: &project::file::Project, model: &str, shell: &Shell) -> Result<End, Error> {
    let history = promotion::history(project, model)?;
    if shell.json {
        shell.object(&history)?;
        return Ok(End::Done);
    }
    let versions = history.versions.iter().map(|version| {
        vec![
            format!("{model}@{}", version.version),
            version.hash[..12].to_owned(),
            version.aliases.join(", "),
        ]
    });
    say(shell, &versions.collect::<Vec<_>>())?;
    let ledger = history.ledger.iter().map(|entry| {
        vec![
            entry.time.clone(),
            entry.alias.clone(),
            format!(
                "{} {}",
                if entry.is_rollback { "<-" } else { "->" },
                entry.version
            ),
            entry.why.clone(),
        ]
    });
    say(shell, &ledger.collect::<Vec<_>>())?;
    Ok(End::Done)
}
