//! What any model does with its inputs, asked from outside: it is only called, with rows that are changed on purpose.
//!
//! A model is a function from features to an answer per row. It may be one of a bundle, or one of the caller's.

mod accumulated;
#[cfg(test)]
mod accumulated_tests;
mod loss;
mod partial_dependence;
mod permutation;
mod shapley;
mod similar;
mod walk;

pub use accumulated::{AccumulatedEffects, accumulated_local_effects};
pub use loss::Loss;
pub use partial_dependence::{PartialDependence, partial_dependence};
pub use permutation::{PermutationImportance, Repeats, permutation_importance};
pub use shapley::{MAX_EXACT_FEATURES, ShapleyValues, shapley_values};

use prepare::{FeatureColumn, Features};

use crate::BundleError;

/// A function from features, `(n_rows, n_features)`, to an answer per row, `(n_rows,)`.
pub trait Ask<E>: FnMut(&Features) -> Result<Vec<f64>, E> {}

impl<E, F: FnMut(&Features) -> Result<Vec<f64>, E>> Ask<E> for F {}

/// Asks, and refuses another number of answers than rows.
fn answers<E: From<BundleError>>(ask: &mut impl Ask<E>, features: &Features) -> Result<Vec<f64>, E> {
    let found = ask(features)?;
    if found.len() == features.n_rows {
        return Ok(found);
    }
    Err(refusal(
        "the model's answer",
        format!("{} numbers", found.len()),
        format!("{}, one for each row", features.n_rows),
    )
    .into())
}

fn refusal(what: &str, found: impl ToString, expected: impl ToString) -> BundleError {
    BundleError::Inspect {
        what: what.to_owned(),
        found: found.to_string(),
        expected: expected.to_string(),
    }
}

/// The column of a feature, which must be one of numbers or categories that there is.
fn column(features: &Features, feature: usize) -> Result<&FeatureColumn, BundleError> {
    let n_features = features.columns.len();
    features
        .columns
        .get(feature)
        .ok_or_else(|| refusal("the feature", feature, format!("a position below {n_features}")))
}

fn check_rows(features: &Features, what: &str) -> Result<(), BundleError> {
    match features.n_rows {
        0 => Err(refusal(what, "no rows", "at least one")),
        _ => Ok(()),
    }
}
