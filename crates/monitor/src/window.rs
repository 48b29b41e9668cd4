//! The rows of some time, from a prediction log or from a table.

use crate::MonitorError;
use bundle::{Bundle, ScoreOptions, log};
use prepare::contract::Action;
use std::collections::BTreeMap;
use std::path::Path;
use table::arrow::array::{Array, AsArray};
use table::arrow::datatypes::TimestampMicrosecondType;
use table::write::cell_text;
use table::{Table, TableError};

/// Rows and answers of some time.
#[derive(Clone, Debug)]
pub struct Window {
    /// The raw inputs, by their own names; private ones are absent.
    pub rows: Table,
    /// Inputs that the log never holds.
    pub private: Vec<String>,
    /// The first margin of each row.
    pub margins: Vec<f64>,
    /// Rows that broke a rule of the contract and were answered or scored all the same.
    pub n_broken: usize,
    /// Rows that a rule would keep from being scored: those that a service refused, and, of a table, those that a batch
    /// leaves out.
    pub refused: Refused,
    /// The first time, in microseconds since 1970-01-01 UTC; `None` for a table.
    pub from_micros: Option<i64>,
    /// The last time.
    pub to_micros: Option<i64>,
}

/// Rows that were not to be scored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub n_rows: u64,
    /// How many for each reason.
    pub reasons: BTreeMap<String, u64>,
    /// How many rows came in all, these included.
    pub n_seen: u64,
}

impl Window {
    /// The rows of `table`, scored now.
    ///
    /// # Errors
    /// [`MonitorError::Bundle`] if rows cannot be scored for another reason than a missing or mistyped column; those are
    /// findings, and no margins are compared then.
    pub fn of_table(bundle: &Bundle, table: &Table) -> Result<Window, MonitorError> {
        let scored = match bundle.score(table, &ScoreOptions::default()) {
            Ok(scores) => Some(scores),
            Err(bundle::BundleError::Prepare(_) | bundle::BundleError::Table(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let margins = scored
            .as_ref()
            .map(|scores| scores.margins.iter().step_by(scores.n_outputs).copied().collect());
        let report = scored.map(|scores| scores.report).unwrap_or_default();
        let refused = Refused {
            n_rows: report.reasons(Action::Quarantine).len() as u64,
            reasons: report
                .breaches
                .iter()
                .filter(|breach| Action::Quarantine <= breach.action)
                .map(|breach| {
                    let rule = breach.rule.split(" =").next().unwrap_or_default();
                    (
                        format!("column `{}` breaks {rule}", breach.column),
                        breach.rows.len() as u64,
                    )
                })
                .collect(),
            n_seen: table.n_rows() as u64,
        };
        Ok(Window {
            rows: table.clone(),
            private: Vec::new(),
            margins: margins.unwrap_or_default(),
            n_broken: report.reasons(Action::Flag).len(),
            refused,
            from_micros: None,
            to_micros: None,
        })
    }

    /// The rows that the log in `folder` holds about `bundle` after `from_micros`, up to `to_micros`.
    ///
    /// # Errors
    /// [`MonitorError::Bundle`] if the log cannot be read.
    pub fn of_log(
        bundle: &Bundle,
        folder: &Path,
        from_micros: i64,
        to_micros: i64,
    ) -> Result<Window, MonitorError> {
        let hash = bundle.hash().to_hex();
        let mut kept: Vec<Table> = Vec::new();
        for table in log::answers(folder)? {
            let rows = rows_of(&table, &hash, from_micros, to_micros)?;
            if !rows.is_empty() {
                kept.push(table.take(&rows)?);
            }
        }
        let mut refused = Refused::default();
        for table in log::refused(folder)? {
            let rows = table.take(&rows_of(&table, &hash, from_micros, to_micros)?)?;
            refused.add(&rows)?;
        }
        let whole = Table::concat(&kept)?;
        let mut columns = Vec::new();
        for input in bundle.recipe.inputs.iter() {
            if let Ok(cells) = whole.column(&log::input_name(&input.name)) {
                columns.push((input.name.clone(), cells));
            }
        }
        let n_broken = whole
            .column("broken")
            .map_or(0, |cells| cells.len() - cells.null_count());
        Ok(Window {
            rows: Table::new(columns)?,
            private: bundle.private.clone(),
            margins: if kept.is_empty() {
                Vec::new()
            } else {
                bundle::baseline::numbers(&whole, "margin")?
            },
            n_broken,
            refused: Refused {
                n_seen: refused.n_rows + whole.n_rows() as u64,
                ..refused
            },
            from_micros: Some(from_micros),
            to_micros: Some(to_micros),
        })
    }
}

impl Refused {
    fn add(&mut self, rows: &Table) -> Result<(), MonitorError> {
        let (reason, n_rows) = (rows.column("reason")?, rows.column("n_rows")?);
        for row in 0..rows.n_rows() {
            let text = |cells: &dyn Array| cell_text(cells, row).unwrap_or_default();
            let n = text(n_rows.as_ref()).parse::<u64>().unwrap_or(1);
            self.n_rows += n;
            *self.reasons.entry(text(reason.as_ref())).or_default() += n;
        }
        Ok(())
    }
}

/// How many logged rows, refused ones included, each bundle has in some time, by its hash.
///
/// # Errors
/// [`MonitorError::Bundle`] if the log cannot be read.
pub fn bundles_in(
    folder: &Path,
    from_micros: i64,
    to_micros: i64,
) -> Result<BTreeMap<String, u64>, MonitorError> {
    let mut counts = BTreeMap::new();
    for table in log::answers(folder)?.into_iter().chain(log::refused(folder)?) {
        let bundle = table.column("bundle")?;
        for row in rows_within(&table, from_micros, to_micros)? {
            let hash = cell_text(bundle.as_ref(), row).unwrap_or_default();
            *counts.entry(hash).or_default() += 1;
        }
    }
    Ok(counts)
}

fn rows_of(table: &Table, hash: &str, from_micros: i64, to_micros: i64) -> Result<Vec<usize>, TableError> {
    let bundle = table.column("bundle")?;
    let mut rows = rows_within(table, from_micros, to_micros)?;
    rows.retain(|row| cell_text(bundle.as_ref(), *row).is_some_and(|text| text == hash));
    Ok(rows)
}

fn rows_within(table: &Table, from_micros: i64, to_micros: i64) -> Result<Vec<usize>, TableError> {
    let time = table.column("time")?;
    let time = time
        .as_primitive_opt::<TimestampMicrosecondType>()
        .ok_or_else(|| TableError::WrongKind {
            column: "time".to_owned(),
            found: "another kind".to_owned(),
            expected: "the log's".to_owned(),
        })?;
    let within = |row: &usize| from_micros < time.value(*row) && time.value(*row) <= to_micros;
    Ok((0..table.n_rows()).filter(within).collect())
}

/// The present values of a number column.
pub(crate) fn present_numbers(table: &Table, name: &str) -> Option<Vec<f64>> {
    bundle::baseline::numbers(table, name).ok()
}

/// Whether a column is all missing.
pub(crate) fn all_missing(cells: &dyn Array) -> bool {
    cells.null_count() == cells.len()
}
