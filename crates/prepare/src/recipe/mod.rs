//! The recipe: from raw columns to what a model sees, row by row. Fitted once, applied everywhere.

mod apply;
mod fit;
mod positions;
#[cfg(test)]
mod tests;

use crate::expression::{DatePart, Expression};
use serde::{Deserialize, Serialize};
use table::Kind;

pub(crate) use positions::Positions;

pub use fit::{Dropped, Fitted, Looking, RecipeBuilder};

/// A value must be seen at least this often, in weight and in rows, before the recipe names it: rarer ones are private
/// or noise.
pub const MIN_SEEN: u64 = 10;

/// A fitted recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The raw columns that a row must bring, in order.
    pub inputs: Vec<Input>,
    /// Columns computed from them, in order; a later one may read an earlier one.
    pub derived: Vec<Derived>,
    /// What the model sees, in order.
    pub features: Vec<Feature>,
}

/// A raw column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its kind's name.
    pub kind: String,
}

/// A column computed row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Its name.
    pub name: String,
    /// How it is computed.
    pub expression: Expression,
}

/// One thing that the model sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its name: the column's, with the date's part behind a dot.
    pub name: String,
    /// The raw or derived column it is taken from.
    pub column: String,
    /// How.
    pub encoding: Encoding,
}

/// From a cell to a number or a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// The number; true is 1 and false is 0.
    Number,
    /// The position of the text among `levels`; every other text is the code behind them, "other".
    Category {
        /// The texts seen at least [`MIN_SEEN`] times, sorted.
        levels: Vec<String>,
    },
    /// A number taken from a day or a time.
    Date(DatePart),
}

impl Input {
    /// The column's kind.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_name(&self.kind)
    }
}
