//! Calibration: from a margin to an honest probability.

use serde::{Deserialize, Serialize};
use stats::math;

use crate::{Link, Task};

/// How the probability of two classes is made honest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// Not at all: what the margin means is believed.
    None,
    /// Platt's: sigmoid of `slope * margin + intercept`, fitted on out-of-fold margins, in place of the link.
    Platt {
        /// Multiplies the margin.
        slope: f64,
        /// Is added.
        intercept: f64,
    },
}

impl Calibration {
    /// The probability of the positive class at a margin that means what `link` says, in [0, 1].
    pub fn probability(self, link: Link, margin: f64) -> f64 {
        match self {
            Calibration::None => link.answer(margin),
            Calibration::Platt { slope, intercept } => math::sigmoid(slope * margin + intercept),
        }
    }

    pub(crate) fn is_sound(self) -> bool {
        match self {
            Calibration::None => true,
            Calibration::Platt { slope, intercept } => {
                slope.is_finite() && intercept.is_finite() && 0.0 < slope
            }
        }
    }

    /// Whether there is something of the task to calibrate.
    pub(crate) fn fits(self, task: &Task) -> bool {
        self == Calibration::None || matches!(task, Task::Binary { .. })
    }
}
