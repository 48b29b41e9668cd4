//! How good the model was on rows that it had not seen, as plain records.

use serde::{Deserialize, Serialize};

/// The evaluation of a model on out-of-fold predictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// How rows were kept apart, for people: `5 stratified folds, seed 7`.
    pub method: String,
    /// How many rows were predicted.
    pub n_rows: u64,
    /// The confidence level of all intervals, in (0, 1).
    pub level: f64,
    /// The metrics, the one that decides first.
    pub metrics: Vec<Metric>,
    /// Every candidate's value of the deciding metric and its paired difference to the chosen one.
    pub candidates: Vec<Candidate>,
    /// Observed against predicted, for probabilities.
    pub reliability: Vec<ReliabilityBin>,
    /// The receiver operating characteristic, at most 200 points `(false positive rate, true positive rate)`.
    pub roc: Vec<(f64, f64)>,
    /// Share of positives found when the likeliest share of rows is acted on, at most 200 points.
    pub gains: Vec<(f64, f64)>,
    /// For two classes and more: the weight of the rows of each class, in the order of the task, that were decided for each
    /// class, `(n_classes, n_classes)`; how many they are where rows weigh alike. Empty where it was not counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<f64>>,
    /// What drives the margins, strongest first.
    pub drivers: Vec<Driver>,
    /// Whether prediction intervals keep their promise, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<IntervalCheck>,
}

impl Evaluation {
    /// What of the counts of decisions cannot be, if anything: found and expected.
    pub(crate) fn fault(&self, n_classes: usize) -> Option<(String, String)> {
        let is_weight = |weight: &f64| weight.is_finite() && 0.0 <= *weight;
        let is_row = |row: &Vec<f64>| row.len() == n_classes && row.iter().all(is_weight);
        let is_sound = self.confusion.is_empty()
            || self.confusion.len() == n_classes && self.confusion.iter().all(is_row);
        let found = || format!("{} rows of counts of decisions", self.confusion.len());
        (!is_sound).then(|| {
            (
                found(),
                format!("{n_classes} rows of as many weights, none below 0"),
            )
        })
    }

    /// Notes whether intervals keep their promise, and puts coverage and width behind the other metrics.
    pub fn take_up(&mut self, check: Option<IntervalCheck>) {
        if let Some(check) = &check {
            self.metrics.extend([check.coverage.clone(), check.width.clone()]);
        }
        self.intervals = check;
    }
}

/// Prediction intervals against rows by which they were not fitted.
///
/// The bundle's own are fitted on all of these rows. Here each fold's rows meet intervals fitted on the other folds, or
/// on those before where folds go forward in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalCheck {
    /// How many rows met such intervals.
    pub n_rows: u64,
    /// The share of them that was held, with Wilson's interval.
    pub coverage: Metric,
    /// The mean width, in the unit of the target.
    pub width: Metric,
    /// The same for each group with a quantile of its own, in their order.
    pub groups: Vec<GroupCheck>,
}

/// The intervals of one group of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCheck {
    /// The group's value.
    pub value: String,
    /// How many of its rows met intervals.
    pub n_rows: u64,
    /// The share held; the intervals of all groups hold together (Bonferroni).
    pub coverage: Metric,
    /// The mean width.
    pub width: f64,
}

/// A metric with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name, such as `auc`.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// A trainer that was tried on the same folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The trainer.
    pub trainer: String,
    /// The metric compared.
    pub metric: Metric,
    /// The metric's paired difference, this one minus the chosen one; absent for the chosen one, and without any spread.
    pub difference: Option<Metric>,
    /// The p-value of no difference; absent for the chosen one.
    pub p_value: Option<f64>,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// One bin of a reliability diagram.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReliabilityBin {
    /// The mean probability predicted.
    pub predicted: f64,
    /// The share observed.
    pub observed: f64,
    /// The lower end of the share's interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Rows in the bin.
    pub n: u64,
}

/// What one feature does to the margin over the training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// The feature.
    pub feature: String,
    /// The mean size of its contribution.
    pub strength: f64,
    /// The mean contribution by level or range of the feature, groups of at least 10 rows.
    pub effects: Vec<Effect>,
}

/// The mean contribution of a feature among some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The level, the range or `missing`.
    pub group: String,
    /// How many rows.
    pub n: u64,
    /// The mean contribution.
    pub mean: f64,
}
