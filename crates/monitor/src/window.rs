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
    /// The share of requests whose rows these are: the smallest one that was logged meanwhile.
    pub share: f64,
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
            share: 1.0,
            n_broken: report.reasons(Action::Flag).len(),
            refused,
            from_micros: None,
            to_micros: None,
        })
    }

    /// The rows that the log in `folder` holds about `bundle` after `from_micros`, up to `to_micros`.
    ///
    /// Where another share of requests was logged at one time than at another, only the requests of the smallest share count,
    /// which stand in every larger one: each row then stands for as many others, and tests know how many there are.
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
        let within = |tables: Vec<Table>| -> Result<Vec<Table>, TableError> {
            let of = |table: &Table| table.take(&rows_of(table, &hash, from_micros, to_micros)?);
            let found: Vec<Table> = tables.iter().map(of).collect::<Result<_, _>>()?;
            Ok(found.into_iter().filter(|table| 0 < table.n_rows()).collect())
        };
        let (answers, refusals) = (within(log::answers(folder)?)?, within(log::refused(folder)?)?);
        let share = smallest_share(answers.iter().chain(&refusals))?;
        let thinned = |table: &Table| thinned(table, share);
        let kept: Vec<Table> = answers.iter().map(thinned).collect::<Result<_, _>>()?;
        let mut refused = Refused::default();
        for table in &refusals {
            refused.add(&thinned(table)?)?;
        }
        let whole = together(&kept)?;
        let (mut columns, mut private) = (Vec::new(), bundle.private.clone());
        for input in bundle.recipe.inputs.iter() {
            match whole.column(&log::input_name(&input.name)) {
                Ok(cells) => columns.push((input.name.clone(), cells)),
                // Every request that was answered had it: it is private, or masked.
                Err(_) if !private.contains(&input.name) => private.push(input.name.clone()),
                Err(_) => {}
            }
        }
        let n_broken = whole
            .column("broken")
            .map_or(0, |cells| cells.len() - cells.null_count());
        Ok(Window {
            rows: Table::new(columns)?,
            private,
            share,
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

fn smallest_share<'t>(tables: impl Iterator<Item = &'t Table>) -> Result<f64, MonitorError> {
    let mut smallest = 1.0_f64;
    for table in tables {
        let shares = bundle::baseline::numbers(table, log::SHARE)?;
        smallest = shares.into_iter().fold(smallest, f64::min);
    }
    Ok(smallest)
}

/// The rows of those requests that are within `share`.
fn thinned(table: &Table, share: f64) -> Result<Table, MonitorError> {
    let shares = bundle::baseline::numbers(table, log::SHARE)?;
    if shares.iter().all(|logged| *logged <= share) {
        return Ok(table.clone());
    }
    let requests = table.column("request")?;
    let is_within = |row: &usize| {
        let request = cell_text(requests.as_ref(), *row).unwrap_or_default();
        shares.get(*row).is_none_or(|logged| *logged <= share) || log::is_sampled(&request, share)
    };
    let rows: Vec<usize> = (0..table.n_rows()).filter(is_within).collect();
    Ok(table.take(&rows)?)
}

/// All rows, with the columns that all of them have: what is private or masked may have become so meanwhile.
fn together(tables: &[Table]) -> Result<Table, TableError> {
    let Some(first) = tables.first() else {
        return Table::concat(&[]);
    };
    let is_common = |name: &&str| tables.iter().all(|table| table.kind(name) == first.kind(name));
    let names = first.names();
    let names: Vec<&str> = names.iter().map(String::as_str).filter(is_common).collect();
    let same: Vec<Table> = tables
        .iter()
        .map(|table| table.select(&names))
        .collect::<Result<_, _>>()?;
    Table::concat(&same)
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
