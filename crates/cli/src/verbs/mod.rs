//! A file for each verb, in the order of the work.

pub(crate) mod audit;
mod charts;
pub(crate) mod demo;
pub(crate) mod experiment;
pub(crate) mod explain;
pub(crate) mod explore;
pub(crate) mod export;
pub(crate) mod guard;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod monitor;
pub(crate) mod new;
pub(crate) mod promote;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod test;
pub(crate) mod train;
pub(crate) mod why;

use crate::print::{Shell, Usage};
use anyhow::Error;
use clap::Args;
use project::file::{Overrides, Project, load};
use std::path::{Path, PathBuf};
use table::Table;
use table::read::Format;

/// Which project, and what the command line decides instead of its file.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProjectArguments {
    /// The project's folder or file.
    #[arg(default_value = ".", long = "project", short = 'p')]
    pub(crate) path: PathBuf,
    /// Read `[data.NAME]` from this file instead; may be given several times.
    #[arg(long = "data", value_name = "NAME=FILE")]
    pub(crate) data: Vec<String>,
    /// How many threads may work; results do not depend on it.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

impl ProjectArguments {
    pub(crate) fn load(&self) -> Result<Project, Error> {
        let mut overrides = Overrides {
            n_threads: self.threads.map(|threads| threads.clamp(1, 1024)),
            ..Overrides::default()
        };
        for pair in &self.data {
            let (name, file) = pair
                .split_once('=')
                .ok_or_else(|| Usage(format!("`--data {pair}`: found no `=`, expected NAME=FILE")))?;
            overrides.sources.insert(name.to_owned(), PathBuf::from(file));
        }
        Ok(load(&self.path, &overrides)?)
    }
}

/// Refuses to write over what is read.
pub(crate) fn refuse_over<'p>(out: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> Result<(), Usage> {
    let Ok(there) = out.canonicalize() else {
        return Ok(());
    };
    let is_same = |input: &&Path| input.canonicalize().is_ok_and(|input| input == there);
    match inputs.into_iter().find(is_same) {
        Some(input) => Err(Usage(format!(
            "the answer would be written over `{}`, which is read; expected another file",
            input.display()
        ))),
        None => Ok(()),
    }
}

/// A table of aligned text.
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

pub(crate) fn say(shell: &Shell, rows: &[Vec<String>]) -> Result<(), Error> {
    aligned(rows).iter().try_for_each(|line| shell.line(line))
}

/// The rows of a table as JSON objects.
pub(crate) fn rows(table: &Table) -> Result<Vec<serde_json::Value>, Error> {
    let lines = table::write::to_bytes(table, Format::JsonLines)?;
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_slice).collect::<Result<_, _>>()?)
}
