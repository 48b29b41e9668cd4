//! `[experiment.*]`: what was planned of an experiment, and how it will be judged.

mod metric;
mod read;

pub(super) use read::experiment;

use super::problem::Located;
use stats::experiment::{Correction, Spending};

/// One experiment, as it is planned.
#[derive(Clone, Debug)]
pub struct ExperimentSection {
    /// Its name.
    pub name: Located<String>,
    /// What is asked, as a person asks it.
    pub ask: String,
    /// The table.
    pub data: Located<String>,
    /// The column that names a unit; each row is one if there is none.
    pub unit: Option<Located<String>>,
    /// The column that names a unit's arm.
    pub arm: Located<String>,
    /// The arms, the control first.
    pub arms: Vec<Located<String>>,
    /// Units to come to each arm, in any unit.
    pub allocation: Vec<f64>,
    /// The metrics, in the order of the file.
    pub metrics: Vec<MetricSection>,
    /// The position of the one that decides.
    pub primary: usize,
    /// The type I error of the decision.
    pub alpha: f64,
    /// The chance of finding the smallest effect of interest.
    pub power: f64,
    /// The smallest effect of interest.
    pub detect: Detect,
    /// What is known of the primary metric.
    pub baseline: Located<BaselineSection>,
    /// How the experiment will be looked at.
    pub monitoring: MonitoringWord,
    /// Columns known before the experiment that explain metrics (CUPED).
    pub covariates: Vec<Located<String>>,
    /// A column known before, by whose values arms are averaged.
    pub strata: Option<Located<String>>,
    /// Columns by whose values effects are looked at.
    pub segments: Vec<Located<String>>,
    /// What must have been shown to each arm.
    pub agree: Option<Agree>,
    /// The correction for several arms and metrics; none if there is none.
    pub correction: Option<Correction>,
}

/// One metric of an experiment.
#[derive(Clone, Debug)]
pub struct MetricSection {
    /// Its name.
    pub name: Located<String>,
    /// What is made of its column.
    pub kind: MetricKind,
    /// Its column.
    pub column: Located<String>,
    /// The value that counts as a success.
    pub positive: Option<Located<String>>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Values above are cut to this.
    pub cap: Option<f64>,
}

/// What a metric makes of its column.
#[derive(Clone, Debug)]
pub enum MetricKind {
    /// The share of units with a success.
    Proportion,
    /// The mean over units.
    Mean,
    /// The column's sum over the sum of another.
    Ratio {
        /// The other.
        per: Located<String>,
    },
    /// A quantile of the rows' values.
    Quantile {
        /// Which, in (0, 1).
        at: f64,
    },
}

/// An effect, in the metric's unit or as a fraction of the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detect {
    /// In the metric's unit.
    Absolute(f64),
    /// As a fraction.
    Relative(f64),
}

/// What is known of a metric before the experiment.
#[derive(Clone, Debug, PartialEq)]
pub enum BaselineSection {
    /// A share of successes.
    Share(f64),
    /// A mean or other value, and the standard deviation that one unit brings.
    Mean {
        /// The value.
        mean: f64,
        /// The deviation.
        sd: f64,
    },
    /// A table of earlier rows.
    Data(String),
}

/// How an experiment will be looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MonitoringWord {
    /// Once, at the planned size.
    Fixed,
    /// At any time.
    AlwaysValid,
    /// At planned looks.
    Looks {
        /// How many.
        n_looks: usize,
        /// How the error is spent over them.
        spending: Spending,
    },
}

/// What must have been shown to each arm.
#[derive(Clone, Debug)]
pub struct Agree {
    /// The column that says what was shown.
    pub column: Located<String>,
    /// Its value for each arm, the control first.
    pub shown: Vec<Located<String>>,
}

impl MetricKind {
    /// The word of project files.
    pub fn word(&self) -> &'static str {
        match self {
            MetricKind::Proportion => "proportion",
            MetricKind::Mean => "mean",
            MetricKind::Ratio { .. } => "ratio",
            MetricKind::Quantile { .. } => "quantile",
        }
    }
}

impl ExperimentSection {
    /// The metric that decides.
    pub fn primary(&self) -> &MetricSection {
        &self.metrics[self.primary]
    }

    /// The arms other than the control.
    pub fn treatments(&self) -> &[Located<String>] {
        &self.arms[1..]
    }
}
