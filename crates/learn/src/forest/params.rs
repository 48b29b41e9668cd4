//! The parameters of random forests and extra trees.

use super::{ExtraTrees, Forest, Kind as Trees};
use crate::parameter::{Kind, Setting, parameters};
use crate::{ParameterError, Value};

parameters! {
    /// Parameters of [`Forest`] and [`ExtraTrees`]; `None` stands for the rule described there.
    pub struct Params {
        /// How many trees are grown: more are never worse, only slower.
        trees: u32 = 100, Kind::Whole { least: 1, most: 10_000 };
        /// The share of features that a node looks at, drawn anew for each: smaller makes trees differ more.
        max_features: Option<f64> = None, Kind::Number { least: 1e-6, most: 1.0 };
        /// Whether each tree draws its rows with replacement.
        bootstrap: Bootstrapping = Bootstrapping::Auto, Kind::Choice(&["auto", "yes", "no"]);
        /// The share of rows that a tree draws, by weight.
        row_sample: f64 = 1.0, Kind::Number { least: 0.001, most: 1.0 };
        /// The rows in a leaf at least, counted by weight as drawn: more makes smoother and smaller trees.
        min_rows_per_leaf: Option<f64> = None, Kind::Number { least: 0.0, most: 1e9 };
        /// The splits on the way to a leaf at most; as many as a model can hold by default.
        max_depth: Option<u32> = None, Kind::Whole { least: 1, most: 255 };
        /// The bins of a feature at most, missing apart.
        max_bins: u32 = 255, Kind::Whole { least: 2, most: 255 };
        /// Draws the order of levels to that of the whole node, as many rows of its mean would.
        category_smoothing: f64 = 10.0, Kind::Number { least: 0.0, most: 1e9 };
        /// The features along which the answer may only rise (1) or fall (-1).
        monotone: Vec<(String, i64)> = vec![], Kind::Named { least: -1, most: 1 };
        /// Features that may meet on a path, set by set; a feature in no set meets no other.
        interactions: Vec<Vec<String>> = vec![], Kind::Sets;
    }
}

/// Whether each tree draws its rows with replacement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bootstrapping {
    /// Forests do, extra trees do not.
    #[default]
    Auto,
    /// With replacement.
    Yes,
    /// Each row once at most.
    No,
}

impl Setting for Bootstrapping {
    fn from_value(value: &Value) -> Option<Bootstrapping> {
        match value {
            Value::Auto => Some(Bootstrapping::Auto),
            Value::Text(word) => match word.as_str() {
                "auto" => Some(Bootstrapping::Auto),
                "yes" => Some(Bootstrapping::Yes),
                "no" => Some(Bootstrapping::No),
                _ => None,
            },
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        let word = match self {
            Bootstrapping::Auto => "auto",
            Bootstrapping::Yes => "yes",
            Bootstrapping::No => "no",
        };
        Value::Text(word.to_owned())
    }
}

impl Params {
    /// Checks the parameters once, for a random forest; only what this returns can learn.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is out of range.
    pub fn check(self) -> Result<Forest, ParameterError> {
        self.check_ranges()?;
        Ok(Forest::checked(self))
    }

    /// As [`check`](Params::check), for extra trees.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is out of range.
    pub fn check_extra(self) -> Result<ExtraTrees, ParameterError> {
        self.check_ranges()?;
        Ok(ExtraTrees::checked(self))
    }

    /// Whether a tree draws its rows with replacement.
    pub(super) fn with_replacement(&self, kind: Trees) -> bool {
        match self.bootstrap {
            Bootstrapping::Auto => kind == Trees::Forest,
            Bootstrapping::Yes => true,
            Bootstrapping::No => false,
        }
    }

    /// Whether a tree may leave out a row.
    pub(super) fn leave_rows_out(&self, kind: Trees) -> bool {
        self.with_replacement(kind) || self.row_sample < 1.0
    }
}
