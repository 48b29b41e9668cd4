//! Where a model comes from and what it is for.

use serde::{Deserialize, Serialize};

/// What made the model: nothing here depends on the machine, the clock or a path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// The version of Spanwise.
    pub producer: String,
    /// The hash of the training table.
    pub data: String,
    /// Rows of the training table.
    pub n_rows: u64,
    /// The hash of what the project says of this model.
    pub project: String,
    /// The trainer.
    pub trainer: String,
    /// Its parameters, by name.
    pub parameters: Vec<(String, String)>,
    /// The seed.
    pub seed: u64,
}

/// The model card's sentences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What the model predicts.
    pub purpose: String,
    /// What to keep in mind.
    pub caveats: Vec<String>,
    /// Columns that the model does not see, and why.
    pub left_out: Vec<(String, String)>,
}
