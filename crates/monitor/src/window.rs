//! The rows of some time, from a prediction log or from a table.

use crate::MonitorError;
use bundle::{Bundle, ScoreOptions, log};
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
    /// Rows that broke a rule of the contract.
    pub n_broken: usize,
    /// The first time, in microseconds since 1970-01-01 UTC; `None` for a table.
    pub from_micros: Option<i64>,
    /// The last time.
    pub to_micros: Option<i64>,
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
        let n_broken = scored.map_or(0, |scores| {
            scores.report.reasons(prepare::contract::Action::Quarantine).len()
        });
        Ok(Window {
            rows: table.clone(),
            private: Vec::new(),
            margins: margins.unwrap_or_default(),
            n_broken,
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
        for path in log::files(folder)? {
            for table in log::read(&path)? {
                let rows = rows_of(&table, &hash, from_micros, to_micros)?;
                if !rows.is_empty() {
                    kept.push(table.take(&rows)?);
                }
            }
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
            from_micros: Some(from_micros),
            to_micros: Some(to_micros),
        })
    }
}

fn rows_of(table: &Table, hash: &str, from_micros: i64, to_micros: i64) -> Result<Vec<usize>, TableError> {
    let (time, bundle) = (table.column("time")?, table.column("bundle")?);
    let wrong = |column: &str| TableError::WrongKind {
        column: column.to_owned(),
        found: "another kind".to_owned(),
        expected: "the log's".to_owned(),
    };
    let time = time
        .as_primitive_opt::<TimestampMicrosecondType>()
        .ok_or_else(|| wrong("time"))?;
    let within = |row: &usize| from_micros < time.value(*row) && time.value(*row) <= to_micros;
    let ours = |row: &usize| cell_text(bundle.as_ref(), *row).is_some_and(|text| text == hash);
    Ok((0..table.n_rows()).filter(within).filter(ours).collect())
}

/// The present values of a number column.
pub(crate) fn present_numbers(table: &Table, name: &str) -> Option<Vec<f64>> {
    bundle::baseline::numbers(table, name).ok()
}

/// Whether a column is all missing.
pub(crate) fn all_missing(cells: &dyn Array) -> bool {
    cells.null_count() == cells.len()
}
