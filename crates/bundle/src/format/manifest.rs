//! The manifest: what the JSON says.

use crate::baseline::Baseline;
use crate::card::{Card, Lineage};
use crate::decide::Decision;
use crate::evaluation::Evaluation;
use crate::golden::Golden;
use crate::model::Precision;
use crate::{BundleError, Calibration, Intervals, Link, Task};
use prepare::contract::Contract;
use prepare::recipe::Recipe;
use serde::{Deserialize, Serialize};

/// Everything in a bundle but the model's lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) task: Task,
    /// Absent where it is the task's own and the model ours; since version 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<Link>,
    pub(crate) private: Vec<String>,
    pub(crate) recipe: Recipe,
    pub(crate) contract: Contract,
    pub(crate) model: ModelHeader,
    pub(crate) calibration: CalibrationHeader,
    /// Since version 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) intervals: Option<Intervals>,
    pub(crate) decision: Option<Decision>,
    pub(crate) evaluation: Evaluation,
    pub(crate) baseline: Baseline,
    pub(crate) golden: Golden,
    pub(crate) lineage: Lineage,
    pub(crate) card: Card,
}

/// What the lists of the model need to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelHeader {
    /// `trees`, `linear` or `constant`.
    pub(crate) kind: String,
    /// A unit of margins is 2^-exponent.
    pub(crate) grid_exponent: i32,
    /// For trees that add up floats; since version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) floats: Option<FloatHeader>,
}

/// The arithmetic of imported trees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FloatHeader {
    pub(crate) precision: Precision,
    /// What the sum is divided by.
    pub(crate) n_averaged: u32,
}

/// The calibration as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CalibrationHeader {
    None,
    Platt {
        slope: f64,
        intercept: f64,
    },
    /// The link of an imported model, which stood here in version 2; no longer written.
    Source {
        link: Link,
        precision: Precision,
    },
}

impl From<Calibration> for CalibrationHeader {
    fn from(calibration: Calibration) -> CalibrationHeader {
        match calibration {
            Calibration::None => CalibrationHeader::None,
            Calibration::Platt { slope, intercept } => CalibrationHeader::Platt { slope, intercept },
        }
    }
}

impl Manifest {
    /// The first version of the format that can say this.
    pub(crate) fn version(&self) -> u32 {
        if !self.evaluation.confusion.is_empty() {
            return 5;
        }
        let has_intervals = self.intervals.is_some() || !self.golden.intervals.is_empty();
        if has_intervals || self.evaluation.intervals.is_some() {
            return 4;
        }
        let is_old_task = matches!(
            self.task,
            Task::Binary { .. } | Task::Classes { .. } | Task::Regression { .. }
        );
        if self.link.is_some() || !is_old_task {
            return 3;
        }
        match (&self.model.floats, self.calibration) {
            (None, CalibrationHeader::None | CalibrationHeader::Platt { .. }) => 1,
            _ => 2,
        }
    }

    /// What margins mean, and the calibration.
    pub(crate) fn meaning(&self, name: &str) -> Result<(Link, Calibration), BundleError> {
        let link = self.link.unwrap_or_else(|| self.task.link());
        match self.calibration {
            CalibrationHeader::None => Ok((link, Calibration::None)),
            CalibrationHeader::Platt { slope, intercept } => {
                Ok((link, Calibration::Platt { slope, intercept }))
            }
            CalibrationHeader::Source { link, precision } => {
                let of_model = self.model.floats.as_ref().map(|floats| floats.precision);
                if self.link.is_some() || of_model != Some(precision) {
                    let expected = "one link, in the precision of the model";
                    return Err(BundleError::format(name, "the calibration", "a link", expected));
                }
                Ok((link, Calibration::None))
            }
        }
    }
}
