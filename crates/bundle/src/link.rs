//! From margins to probabilities: the task's link and the calibration.

use serde::{Deserialize, Serialize};
use stats::math;

/// What the model predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// One of two classes; one margin, the log-odds of the second.
    Binary {
        /// The column predicted.
        target: String,
        /// The class that is not asked for.
        negative: String,
        /// The class whose probability is given.
        positive: String,
    },
    /// One of three classes or more; a margin each.
    Classes {
        /// The column predicted.
        target: String,
        /// The classes in the order of the margins.
        classes: Vec<String>,
    },
    /// A number; the margin is the prediction.
    Regression {
        /// The column predicted.
        target: String,
    },
}

impl Task {
    /// The column predicted.
    pub fn target(&self) -> &str {
        match self {
            Task::Binary { target, .. } | Task::Classes { target, .. } | Task::Regression { target } => {
                target
            }
        }
    }

    /// Margins per row.
    pub fn n_outputs(&self) -> usize {
        match self {
            Task::Classes { classes, .. } => classes.len(),
            _ => 1,
        }
    }

    /// The classes in order, `[negative, positive]` for two; none for a number.
    pub fn classes(&self) -> Vec<&str> {
        match self {
            Task::Binary {
                negative, positive, ..
            } => vec![negative, positive],
            Task::Classes { classes, .. } => classes.iter().map(String::as_str).collect(),
            Task::Regression { .. } => Vec::new(),
        }
    }

    /// The word for the task in project files.
    pub fn word(&self) -> &'static str {
        match self {
            Task::Binary { .. } | Task::Classes { .. } => "classification",
            Task::Regression { .. } => "regression",
        }
    }
}

/// How a margin becomes an honest probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// The link alone.
    None,
    /// Platt's: sigmoid of `slope * margin + intercept`, fitted on out-of-fold margins.
    Platt {
        /// Multiplies the margin.
        slope: f64,
        /// Is added.
        intercept: f64,
    },
}

impl Calibration {
    /// The probability of the positive class at a margin of a binary model, in [0, 1].
    pub fn probability(&self, margin: f64) -> f64 {
        match self {
            Calibration::None => math::sigmoid(margin),
            Calibration::Platt { slope, intercept } => math::sigmoid(slope * margin + intercept),
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Calibration::None => true,
            Calibration::Platt { slope, intercept } => {
                slope.is_finite() && intercept.is_finite() && 0.0 < *slope
            }
        }
    }
}

/// The probabilities of rows of margins, `(n_rows, n_outputs)`; empty for a number.
pub(crate) fn probabilities(task: &Task, calibration: &Calibration, margins: &[f64]) -> Vec<f64> {
    match task {
        Task::Regression { .. } => Vec::new(),
        Task::Binary { .. } => margins
            .iter()
            .map(|margin| calibration.probability(*margin))
            .collect(),
        Task::Classes { classes, .. } => {
            let mut out = margins.to_vec();
            out.chunks_exact_mut(classes.len().max(1))
                .for_each(math::softmax_in_place);
            out
        }
    }
}
