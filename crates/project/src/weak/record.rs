//! What was found, as a record.

use super::judged::Judged;
use crate::ProjectError;
use profile::{Design, Slice, designed_mean};
use serde::{Deserialize, Serialize};
use stats::Estimate;
use stats::interval::mean_t;

/// Where a model is weak and where it is biased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeakRecord {
    /// The model.
    pub model: String,
    /// The column predicted.
    pub target: String,
    /// The class whose probability is told, of two classes.
    pub positive: Option<String>,
    /// What is lost: `log loss`, `squared error`, `absolute error` or `pinball loss`.
    pub loss_name: String,
    /// Whether what was told and observed are shares.
    pub is_share: bool,
    /// Whether the rows are those of training, each told by folds that had not seen it.
    pub held_out: bool,
    /// The confidence level of the intervals.
    pub level: f64,
    /// The column of weights, if rows count by one.
    #[serde(default)]
    pub weight: Option<String>,
    /// The column of rows that move together, if there is one.
    #[serde(default)]
    pub cluster: Option<String>,
    /// Rows judged.
    pub n_rows: u64,
    /// Rows left out because they have no truth.
    pub n_without_truth: u64,
    /// Rows left out because they break the contract.
    pub n_broken: u64,
    /// The mean loss of all rows with its interval.
    pub loss: [f64; 3],
    /// Mean of told minus observed over all rows, with its interval; of quantiles the other way round.
    pub bias: [f64; 3],
    /// Slices of larger loss, strongest first.
    pub weak: Vec<SliceRecord>,
    /// Slices in which the model tells too much or too little, strongest first.
    pub biased: Vec<SliceRecord>,
    /// Slices that could have been named; corrected p-values allow for all of them.
    pub n_looked_at: u64,
    /// Groups of one condition that had enough rows or clusters to be compared; where none had, nothing was found out.
    #[serde(default = "unknown")]
    pub n_compared: u64,
}

/// Records of older stories do not say.
fn unknown() -> u64 {
    u64::MAX
}

/// A slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceRecord {
    /// Its conditions: `plan is monthly and age is above 60`.
    pub label: String,
    /// The columns of the conditions.
    pub columns: Vec<String>,
    /// Its rows.
    pub n: u64,
    /// The mean loss, or bias, in it with interval.
    pub inside: [f64; 3],
    /// The same of all other rows.
    pub outside: [f64; 3],
    /// Inside minus outside with Welch's interval, or that of clusters.
    pub difference: [f64; 3],
    /// Corrected over all slices looked at (Benjamini and Hochberg).
    pub p_adjusted: f64,
    /// The mean of what the model told: probability, number, probability of the likeliest class, level of the quantile.
    pub told: f64,
    /// The mean of what was observed of it, with interval.
    pub observed: [f64; 3],
    /// For classes: the mean loss that the model's own probabilities expect in these rows.
    pub expected: Option<f64>,
}

impl SliceRecord {
    pub(super) fn new(
        slice: &Slice,
        judged: &Judged,
        design: &Design,
        level: f64,
    ) -> Result<SliceRecord, ProjectError> {
        let design = design.of_rows(&slice.rows);
        let within = |values: &[f64]| slice.rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let expected = judged
            .expected
            .as_ref()
            .map(|expected| mean(&within(expected), &design, level));
        Ok(SliceRecord {
            label: slice.label.clone(),
            columns: slice.columns.clone(),
            n: slice.rows.len() as u64,
            inside: three(slice.inside),
            outside: three(slice.outside),
            difference: three(slice.difference),
            p_adjusted: slice.p_adjusted,
            told: mean(&within(&judged.told), &design, level)?[0],
            observed: mean(&within(&judged.observed), &design, level)?,
            expected: expected.transpose()?.map(|[value, ..]| value),
        })
    }
}

/// The mean with its interval; without width where nothing varies.
pub(super) fn mean(values: &[f64], design: &Design, level: f64) -> Result<[f64; 3], ProjectError> {
    if *design == Design::default() {
        return Ok(mean_t(values, level).map(three)?);
    }
    let found = designed_mean(values, design, level)?;
    found.map(three).ok_or_else(|| {
        ProjectError::data(
            "the rows judged",
            "too few that count",
            "two rows, or clusters, with a weight",
        )
    })
}

fn three(estimate: Estimate) -> [f64; 3] {
    [estimate.value, estimate.low, estimate.high]
}
