//! Preparation of rows for a model: the contract they must meet, row-wise expressions, and the recipe.

mod features;

pub use features::{FeatureColumn, Features, MISSING_CODE};
