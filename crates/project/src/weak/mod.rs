//! *Where is the model weak?* The few groups of rows in which its loss is larger than elsewhere, and those in which it tells
//! too much or too little: of a table with the truth, or of the rows that folds kept apart.

mod cells;
mod design;
mod judged;
mod record;
mod tell;
mod words;

pub use cells::{charts, lines};
pub use record::{SliceRecord, WeakRecord};
pub use tell::{answer, bias_answer, comment, page};
pub(crate) use tell::{section, without_names};

use crate::ProjectError;
use bundle::{Bundle, ScoreOptions};
use judged::Judged;
use prepare::contract::{Action, check_rows};
use profile::{Slice, SliceOptions, Sought, slices};
use std::collections::BTreeSet;
use table::Table;
use table::arrow::array::Array;

/// A slice is weak if its mean loss is so many times that of all other rows.
const WORSE_BY: f64 = 1.1;
/// The most conditions of a slice.
const MOST_CONDITIONS: usize = 3;
/// The fewest rows with a truth among which slices are looked for: 50 inside and 200 beside.
pub(crate) const FEWEST_ROWS: usize = 250;

/// What to look at.
#[derive(Clone, Debug)]
pub struct WeakOptions {
    /// Columns never to look at, besides the target and those that the bundle keeps private.
    pub exclude: Vec<String>,
    /// A column of weights, 0 and more; losses and shares are then weighted means.
    pub weight: Option<String>,
    /// A column of customers, stores or days whose rows move together; intervals and p-values then allow for it.
    pub cluster: Option<String>,
    /// The confidence level of the intervals; a corrected p-value below one less it names a slice.
    pub level: f64,
    /// Threads for scoring; results do not depend on it.
    pub n_threads: usize,
}

impl Default for WeakOptions {
    fn default() -> WeakOptions {
        WeakOptions {
            exclude: Vec::new(),
            weight: None,
            cluster: None,
            level: 0.95,
            n_threads: 1,
        }
    }
}

/// Scores the rows of `table` that have a truth and keep the bundle's contract, and names its weak slices.
///
/// The loss is the log loss of classes, the squared error of numbers (the absolute one where the model learnt by it) and
/// the mean pinball loss of quantiles. Columns need not be inputs of the model. Values of private columns are never named,
/// nor are values seen fewer than 50 times.
///
/// # Errors
/// [`ProjectError::Table`]: no such column of weights or clusters; [`ProjectError::Data`]: weights that are no numbers or below 0,
/// the target is not there or holds other classes, fewer than 250 rows have a truth, or the model
/// is one of ranks or anomalies; else as [`Bundle::score`].
pub fn weak_slices(
    bundle: &Bundle,
    table: &Table,
    options: &WeakOptions,
) -> Result<WeakRecord, ProjectError> {
    judged::check(bundle)?;
    if !(0.0 < options.level && options.level < 1.0) {
        return Err(ProjectError::data(
            "`level`",
            options.level.to_string(),
            "a number above 0 and below 1, such as 0.95",
        ));
    }
    let target = bundle.task.target();
    let Some(kind) = table.kind(target) else {
        let near = table::nearest(target, table.names().iter().map(String::as_str))
            .map_or(String::new(), |near| format!("; is it `{near}`?"));
        return Err(ProjectError::data(
            "the table",
            format!("no column `{target}`"),
            format!(
                "the truth that the model `{}` is to be judged by{near}",
                bundle.name
            ),
        ));
    };
    let report = check_rows(&bundle.contract, &bundle.recipe.align(table)?)?;
    let mut broken = report.reasons(Action::Quarantine);
    broken.extend(report.reasons(Action::Refuse));
    let truths = table.column(target)?;
    let has_truth = |row: &usize| truths.is_valid(*row);
    let kept: Vec<usize> = (0..table.n_rows())
        .filter(|row| has_truth(row) && !broken.contains_key(row))
        .collect();
    if kept.len() < FEWEST_ROWS {
        return Err(ProjectError::data(
            "the table",
            format!(
                "{} rows with `{target}` ({kind}) that keep the contract",
                kept.len()
            ),
            format!("at least {FEWEST_ROWS}"),
        ));
    }
    let rows = table.take(&kept)?;
    let scoring = ScoreOptions {
        n_threads: options.n_threads.max(1),
        ..ScoreOptions::default()
    };
    let scores = bundle.score(&rows, &scoring)?;
    let mut record = of_margins(bundle, &rows, &scores.margins, options)?;
    record.n_without_truth = (0..table.n_rows()).filter(|row| !has_truth(row)).count() as u64;
    record.n_broken = broken.len() as u64;
    Ok(record)
}

/// The weak slices of rows with a truth whose margins, `(n_rows, n_outputs)`, are known, such as those of folds.
pub(crate) fn of_margins(
    bundle: &Bundle,
    rows: &Table,
    margins: &[f64],
    options: &WeakOptions,
) -> Result<WeakRecord, ProjectError> {
    let judged = Judged::of(bundle, rows, margins)?;
    let mut exclude: BTreeSet<String> = options.exclude.iter().cloned().collect();
    exclude.extend(bundle.private.iter().cloned());
    exclude.insert(bundle.task.target().to_owned());
    exclude.extend(options.weight.iter().chain(&options.cluster).cloned());
    let design = design::of(rows, options)?;
    let look = |outcome: &[f64], sought: Sought| {
        let options = SliceOptions {
            exclude: exclude.iter().cloned().collect(),
            sought,
            most_conditions: MOST_CONDITIONS,
            level: options.level,
            design: design.clone(),
        };
        slices(rows, outcome, &options)
    };
    let weak = look(&judged.losses, Sought::Larger { by: WORSE_BY })?;
    let errors = judged.errors();
    let biased = look(&errors, Sought::OffZero)?;
    let told = |found: &[Slice]| -> Result<Vec<SliceRecord>, ProjectError> {
        found
            .iter()
            .map(|slice| SliceRecord::new(slice, &judged, &design, options.level))
            .collect()
    };
    Ok(WeakRecord {
        model: bundle.name.clone(),
        target: bundle.task.target().to_owned(),
        positive: judged.positive.clone(),
        loss_name: judged.loss_name.to_owned(),
        is_share: judged.is_share,
        held_out: false,
        level: options.level,
        n_rows: rows.n_rows() as u64,
        n_without_truth: 0,
        n_broken: 0,
        weight: options.weight.clone(),
        cluster: options.cluster.clone(),
        loss: record::mean(&judged.losses, &design, options.level)?,
        bias: record::mean(&errors, &design, options.level)?,
        weak: told(&weak.named)?,
        biased: told(&biased.named)?,
        n_looked_at: weak.n_looked_at,
        n_compared: weak.n_compared,
    })
}

#[cfg(test)]
mod tests;
