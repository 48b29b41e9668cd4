//! Metrics of numbers.

use crate::numbers::Numbers;
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric;

/// Declares functions of numbers: truth, prediction and weights.
macro_rules! of_numbers {
    ($( $(#[doc = $help:literal])+ $name:ident = $function:path; )+) => {
        $(
            $(#[doc = $help])+
            #[pyfunction]
            #[pyo3(signature = (y, pred, sample_weight = None))]
            fn $name(y: Numbers, pred: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
                computed(|| $function(&y, &pred, sample_weight.as_deref()))
            }
        )+

        fn add_of_numbers(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $( module.add_function(wrap_pyfunction!($name, module)?)?; )+
            Ok(())
        }
    };
}

of_numbers! {
    /// The mean squared error.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for other lengths, no rows, weights below 0.
    /// Source: scikit-learn ``mean_squared_error``.
    mean_squared_error = metric::mean_squared_error;
    /// The mean absolute error.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for other lengths, no rows, weights below 0.
    /// Source: scikit-learn ``mean_absolute_error``.
    mean_absolute_error = metric::mean_absolute_error;
    /// The mean of ``|error| / |y|``, a fraction; refused where a truth is 0.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for a truth of 0; other lengths, no rows, weights below 0.
    /// Source: scikit-learn ``mean_absolute_percentage_error``.
    mean_absolute_percentage_error = metric::mean_relative_error;
    /// The median absolute error; with weights, the error in their middle.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for other lengths, no rows, weights below 0.
    /// Source: scikit-learn ``median_absolute_error``.
    median_absolute_error = metric::weighted_median_error;
    /// The largest absolute error.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for other lengths, no rows, weights below 0.
    /// Source: scikit-learn ``max_error``.
    max_error = metric::largest_error;
    /// The share by which the squared error is less than the mean's; refused for a constant truth that is missed.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for a constant truth that is missed; other lengths, no rows, weights below
    /// 0.
    /// Source: scikit-learn ``r2_score``.
    r2 = metric::determination;
    /// The share of the variance of ``y`` that is not in the errors.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for a constant truth that is missed; other lengths, no rows, weights below
    /// 0.
    /// Source: scikit-learn ``explained_variance_score``.
    explained_variance = metric::explained_variance;
    /// The mean squared difference of ``ln(1 + value)``.
    ///
    /// Shapes: y, pred, sample_weight (n_rows,).
    /// Missing: refused.
    /// Errors: ``SpanwiseError`` for a value of at most -1; other lengths, no rows, weights below 0.
    /// Source: scikit-learn ``mean_squared_log_error``.
    mean_squared_log_error = metric::mean_squared_log_error;
}

/// The mean pinball loss at a level in (0, 1).
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a level outside (0, 1); other lengths, no rows, weights below 0.
/// Source: R. Koenker, G. Bassett (1978), Econometrica 46, 33-50; scikit-learn ``mean_pinball_loss``.
#[pyfunction]
#[pyo3(signature = (y, pred, level, sample_weight = None))]
fn pinball(y: Numbers, pred: Numbers, level: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    computed(|| metric::pinball(&y, &pred, level, sample_weight.as_deref()))
}

/// The share by which the pinball loss is less than that of the quantile of ``y``.
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``pinball``; a constant truth that is missed.
/// Source: scikit-learn ``d2_pinball_score``.
#[pyfunction]
#[pyo3(signature = (y, pred, level, sample_weight = None))]
fn d2_pinball(y: Numbers, pred: Numbers, level: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    computed(|| metric::d2_pinball(&y, &pred, level, sample_weight.as_deref()))
}

/// The mean deviance of the Tweedie family: power 0 squares errors, 1 is Poisson's, 2 Gamma's.
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a power between 0 and 1, values outside of the family's range; other
/// lengths, no rows, weights below 0.
/// Source: B. Jørgensen (1987), JRSS B 49, 127-162; scikit-learn ``mean_tweedie_deviance``.
#[pyfunction]
#[pyo3(signature = (y, pred, power, sample_weight = None))]
fn tweedie_deviance(y: Numbers, pred: Numbers, power: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    computed(|| metric::tweedie_deviance(&y, &pred, power, sample_weight.as_deref()))
}

/// The share by which the deviance is less than that of the mean of ``y``.
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``tweedie_deviance``; a constant truth that is missed.
/// Source: scikit-learn ``d2_tweedie_score``.
#[pyfunction]
#[pyo3(signature = (y, pred, power, sample_weight = None))]
fn d2_tweedie(y: Numbers, pred: Numbers, power: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    computed(|| metric::d2_tweedie(&y, &pred, power, sample_weight.as_deref()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_of_numbers(module)?;
    add_functions!(module, pinball, d2_pinball, tweedie_deviance, d2_tweedie);
    Ok(())
}
