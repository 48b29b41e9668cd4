//! Models as functions of SQL: `predict('churn@champion')` and `decide('churn@champion')`.
//!
//! Before a statement is planned, such a call is bound to a function of the model's inputs (`bind.rs`), whose rows are
//! answered by whoever brought the model (`function.rs`): the query knows nothing of bundles.

mod bind;
mod function;
#[cfg(test)]
mod tests;

pub(crate) use bind::bind;

use std::fmt;
use std::sync::Arc;
use table::arrow::array::{Float64Array, StringArray};
use table::{Kind, Table};

/// A model that rows can be shown to.
pub trait Model: fmt::Debug + Send + Sync {
    /// The columns that it must be shown, in order.
    fn inputs(&self) -> Vec<(String, Kind)>;

    /// Whether it decides.
    fn decides(&self) -> bool;

    /// The number told of each row: a probability, a prediction, a score; null where the row broke a declared rule.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn predict(&self, rows: &Table) -> Result<Float64Array, String>;

    /// What is decided of each row; null where the row broke a declared rule.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn decide(&self, rows: &Table) -> Result<StringArray, String>;
}

/// Finds a model by what stands in quotes; what is wrong with the name otherwise, in words.
pub type Models = Arc<dyn Fn(&str) -> Result<Arc<dyn Model>, String> + Send + Sync>;
