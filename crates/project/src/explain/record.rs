//! What was found, as a record.

use serde::{Deserialize, Serialize};

/// What a model looks at, and what it makes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainRecord {
    /// The model.
    pub model: String,
    /// The column predicted; empty for anomalies.
    pub target: String,
    /// What is answered: `probability that churn is Yes`.
    pub answer: String,
    /// Whether answers are shares.
    pub is_share: bool,
    /// The confidence level of the intervals.
    pub level: f64,
    /// Rows that keep the contract.
    pub n_rows: u64,
    /// Rows of them that were explained, evenly taken.
    pub n_explained: u64,
    /// Rows left out because they break the contract.
    pub n_broken: u64,
    /// The mean answer over the explained rows.
    pub mean: f64,
    /// The features, strongest first; those without any contribution are left out.
    pub features: Vec<FeatureRecord>,
}

/// What one feature adds to the margins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRecord {
    /// Its name.
    pub name: String,
    /// `number`, `day` or `category`.
    pub kind: String,
    /// The mean size of its contributions with its interval.
    pub strength: [f64; 3],
    /// Its contributions in bins, ascending.
    pub bins: Vec<BinRecord>,
    /// What is seen closely; `null` for features that were not looked at closely and for private ones.
    pub close: Option<CloseRecord>,
}

/// A feature looked at closely.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CloseRecord {
    /// Its position among the features of the model.
    #[serde(skip)]
    pub(super) position: usize,
    /// Value and contribution of rows, at most 300; empty where there are cells, and for categories.
    pub points: Vec<(f64, f64)>,
    /// Counts of rows by value and contribution where there are more.
    pub cells: Option<CellsRecord>,
    /// The contributions by level of a category, frequent ones first.
    pub levels: Vec<BoxRecord>,
    /// How answers go with it; `null` where it does not vary.
    pub effect: Option<EffectRecord>,
}

/// Rows of about the same contribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinRecord {
    /// The lower end of their contributions.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many they are.
    pub n: u64,
    /// The mean place of their values among all of the feature, from 0 for the lowest to 1; `null` where values have no
    /// order or are private.
    pub place: Option<f64>,
}

/// Rows counted in a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellsRecord {
    /// Ends of the columns, ascending.
    pub x_edges: Vec<f64>,
    /// Ends of the rows, ascending.
    pub y_edges: Vec<f64>,
    /// Counts, a list of columns for each row, lowest first.
    pub counts: Vec<Vec<u64>>,
    /// Rows beyond the grid, in long tails.
    pub n_outside: u64,
}

/// The contributions of a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxRecord {
    /// The level; `other` for those too rare to be named, `missing`.
    pub label: String,
    /// Its rows.
    pub n: u64,
    /// The contributions at 5, 25, 50, 75 and 95% of them.
    pub quantiles: [f64; 5],
}

/// How answers go with one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// The values at which it is told: ends of bins, or codes of levels such that neighbours are alike.
    pub at: Vec<f64>,
    /// The names of the levels; empty for numbers.
    pub labels: Vec<String>,
    /// Accumulated local effects with their intervals; their mean over the rows is 0.
    pub accumulated: Vec<[f64; 3]>,
    /// Partial dependence, the mean answer with every row set to the value, with its interval over rows.
    pub partial: Vec<[f64; 3]>,
    /// Rows between a value and the one before it; of a category the rows of the level.
    pub n: Vec<u64>,
    /// Rows whose value is missing; accumulated effects leave them out.
    pub n_missing: u64,
}
