//! The manifest: what the JSON says.

use crate::baseline::Baseline;
use crate::card::{Card, Lineage};
use crate::decide::Decision;
use crate::evaluation::Evaluation;
use crate::golden::Golden;
use crate::link::{Calibration, Task};
use crate::model::Precision;
use prepare::contract::Contract;
use prepare::recipe::Recipe;
use serde::{Deserialize, Serialize};

/// Everything in a bundle but the model's lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) task: Task,
    pub(crate) private: Vec<String>,
    pub(crate) recipe: Recipe,
    pub(crate) contract: Contract,
    pub(crate) model: ModelHeader,
    pub(crate) calibration: Calibration,
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

impl Manifest {
    /// The first version of the format that can say this.
    pub(crate) fn version(&self) -> u32 {
        match (&self.model.floats, self.calibration) {
            (None, Calibration::None | Calibration::Platt { .. }) => 1,
            _ => 2,
        }
    }
}
