//! From margins to probabilities: the task's link and the calibration.

mod exp;

use crate::model::Precision;
use serde::{Deserialize, Serialize};
use stats::math;

use exp::exp;

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
    /// A number; the margin is the prediction, but for the link of an imported model.
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
    /// What the library of an imported model does with margins, in its precision.
    Source {
        /// The function.
        link: Link,
        /// Each step is rounded to this.
        precision: Precision,
    },
}

/// From margins to answers in another library.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Link {
    /// The margin itself: squared and absolute error, quantiles, ranking.
    Identity,
    /// `1 / (1 + exp(-slope * margin))`, class by class if there are several.
    Sigmoid {
        /// Multiplies the margin, positive.
        slope: f64,
    },
    /// `exp(margin)` over the sum of all classes'.
    Softmax,
    /// `exp(margin)`: Poisson, Gamma, Tweedie, hazards and survival times.
    Exp,
    /// The square of the margin with its sign: LightGBM's `sqrt`.
    SignedSquare,
    /// `ln(1 + exp(margin))`: LightGBM's `cross_entropy_lambda`.
    Softplus,
}

impl Calibration {
    /// The probability of the positive class at a margin of a binary model, in [0, 1].
    pub fn probability(&self, margin: f64) -> f64 {
        match self {
            Calibration::None => math::sigmoid(margin),
            Calibration::Platt { slope, intercept } => math::sigmoid(slope * margin + intercept),
            Calibration::Source { link, precision } => link.answer(*precision, margin),
        }
    }

    /// The number predicted at a margin of a regression.
    pub fn prediction(&self, margin: f64) -> f64 {
        match self {
            Calibration::Source { link, precision } => link.answer(*precision, margin),
            Calibration::None | Calibration::Platt { .. } => margin,
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Calibration::None => true,
            Calibration::Platt { slope, intercept } => {
                slope.is_finite() && intercept.is_finite() && 0.0 < *slope
            }
            Calibration::Source { link, .. } => match link {
                Link::Sigmoid { slope } => slope.is_finite() && 0.0 < *slope,
                _ => true,
            },
        }
    }

    /// Whether answers of this kind exist for the task.
    pub(crate) fn fits(&self, task: &Task) -> bool {
        match (self, task) {
            (Calibration::None, _) => true,
            (Calibration::Platt { .. }, task) => !matches!(task, Task::Classes { .. }),
            (Calibration::Source { link, .. }, Task::Binary { .. }) => matches!(link, Link::Sigmoid { .. }),
            (Calibration::Source { link, .. }, Task::Classes { .. }) => {
                matches!(link, Link::Sigmoid { .. } | Link::Softmax)
            }
            (Calibration::Source { link, .. }, Task::Regression { .. }) => !matches!(link, Link::Softmax),
        }
    }
}

impl Link {
    /// The answer at one margin; a softmax needs them all and gives 1.
    fn answer(self, precision: Precision, margin: f64) -> f64 {
        match precision {
            Precision::F64 => self.answer_f64(margin),
            Precision::F32 => f64::from(self.answer_f32(margin as f32)),
        }
    }

    fn answer_f64(self, margin: f64) -> f64 {
        match self {
            Link::Identity => margin,
            Link::Sigmoid { slope } => 1.0 / (1.0 + exp(-slope * margin)),
            Link::Softmax => 1.0,
            Link::Exp => exp(margin),
            Link::SignedSquare => margin.signum() * margin * margin,
            Link::Softplus => math::ln_1p(exp(margin)),
        }
    }

    fn answer_f32(self, margin: f32) -> f32 {
        match self {
            Link::Identity => margin,
            // XGBoost keeps the exponent below the largest that `f32` holds.
            Link::Sigmoid { slope } => 1.0 / (1.0 + exp_f32((-(slope as f32) * margin).min(88.7))),
            Link::Softmax => 1.0,
            Link::Exp => exp_f32(margin),
            Link::SignedSquare => margin.signum() * margin * margin,
            Link::Softplus => math::ln_1p(exp(f64::from(margin))) as f32,
        }
    }

    /// Turns the margins of one row into probabilities.
    fn of_classes(self, precision: Precision, row: &mut [f64]) {
        match (self, precision) {
            (Link::Softmax, Precision::F64) => softmax_f64(row),
            (Link::Softmax, Precision::F32) => softmax_f32(row),
            _ => row
                .iter_mut()
                .for_each(|value| *value = self.answer(precision, *value)),
        }
    }
}

fn exp_f32(x: f32) -> f32 {
    exp(f64::from(x)) as f32
}

/// As LightGBM does it.
fn softmax_f64(row: &mut [f64]) {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = exp(*value - top);
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}

/// As XGBoost does it: exponentials and quotients in `f32`, their sum in `f64`.
fn softmax_f32(row: &mut [f64]) {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max) as f32;
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = f64::from(exp_f32(*value as f32 - top));
        sum += *value;
    }
    for value in row.iter_mut() {
        *value = f64::from(*value as f32 / sum as f32);
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
                .for_each(|row| match calibration {
                    Calibration::Source { link, precision } => link.of_classes(*precision, row),
                    _ => math::softmax_in_place(row),
                });
            out
        }
    }
}

/// The numbers predicted, `(n_rows,)`; empty for classes.
pub(crate) fn predictions(task: &Task, calibration: &Calibration, margins: &[f64]) -> Vec<f64> {
    match task {
        Task::Regression { .. } => margins
            .iter()
            .map(|margin| calibration.prediction(*margin))
            .collect(),
        _ => Vec::new(),
    }
}
