//! Metrics of the probabilities of several classes.

use super::{LEVEL, value};
use crate::numbers::{Codes, Grid, Numbers, refusal};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric;

/// The mean negative log-likelihood of classes; ``probability`` is of shape (n_rows, n_classes).
///
/// Shapes: y (n_rows,), codes; probability (n_rows, n_classes); sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for codes or probabilities out of range, a row of zeros; other lengths, no
/// rows, weights below 0.
/// Source: scikit-learn ``log_loss``.
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn multiclass_log_loss(y: Codes, probability: Grid, sample_weight: Option<Numbers>) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    value(|| metric::multiclass_log_loss(&y, values, *n_columns, sample_weight.as_deref(), LEVEL))
}

/// The area under the ROC curve of several classes: "ovr" each against the rest, "ovo" each pair; the mean is "macro", or
/// for "ovr" also "weighted" by the classes' rows.
///
/// Shapes: y (n_rows,), codes; probability (n_rows, n_classes); sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a class that does not occur; as ``multiclass_log_loss``.
/// Source: D. J. Hand, R. J. Till (2001), Machine Learning 45, 171-186; scikit-learn ``roc_auc_score``.
#[pyfunction]
#[pyo3(signature = (y, probability, *, multi_class = "ovr", average = "macro", sample_weight = None))]
fn multiclass_auc(
    y: Codes,
    probability: Grid,
    multi_class: &str,
    average: &str,
    sample_weight: Option<Numbers>,
) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    let weights = sample_weight.as_deref();
    match (multi_class, average) {
        ("ovr", "macro") => value(|| metric::multiclass_auc(&y, values, *n_columns, weights, LEVEL)),
        ("ovr", "weighted") => computed(|| metric::multiclass_auc_weighted(&y, values, *n_columns, weights)),
        ("ovo", "macro") if weights.is_none() => {
            computed(|| metric::multiclass_auc_pairs(&y, values, *n_columns))
        }
        _ => Err(refusal(
            format!("{multi_class:?} with {average:?}"),
            "\"ovr\" with \"macro\" or \"weighted\", \"ovo\" with \"macro\" without weights",
        )),
    }
}

/// The mean squared distance of probabilities to the class that happened, over all classes.
///
/// Shapes: y (n_rows,), codes; probability (n_rows, n_classes); sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``multiclass_log_loss``.
/// Source: G. W. Brier (1950), Monthly Weather Review 78, 1-3.
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn multiclass_brier(y: Codes, probability: Grid, sample_weight: Option<Numbers>) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    computed(|| metric::multiclass_brier(&y, values, *n_columns, sample_weight.as_deref()))
}

/// The share of rows whose class is among the ``k`` most probable.
///
/// Shapes: y (n_rows,), codes; probability (n_rows, n_classes); sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a k of 0; as ``multiclass_log_loss``.
/// Source: scikit-learn ``top_k_accuracy_score``.
#[pyfunction]
#[pyo3(signature = (y, probability, k = 2, sample_weight = None))]
fn top_k_accuracy(y: Codes, probability: Grid, k: usize, sample_weight: Option<Numbers>) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    computed(|| metric::top_k_accuracy(&y, values, *n_columns, k, sample_weight.as_deref()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        multiclass_log_loss,
        multiclass_auc,
        multiclass_brier,
        top_k_accuracy
    );
    Ok(())
}
