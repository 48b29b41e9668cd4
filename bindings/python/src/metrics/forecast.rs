//! Metrics of forecasts.

use crate::array::Array;
use crate::numbers::{Grid, Numbers};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric;

/// The mean absolute error in units of the naive forecast's within the history.
///
/// Shapes: y, pred (horizon,), train (n_history,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a history without change; other lengths, no rows, weights below 0.
/// Source: R. J. Hyndman, A. B. Koehler (2006), International J. Forecasting 22, 679-688.
#[pyfunction]
#[pyo3(signature = (y, pred, train, season = 1))]
fn mase(y: Numbers, pred: Numbers, train: Numbers, season: usize) -> PyResult<f64> {
    computed(|| metric::mase(&y, &pred, &train, season))
}

/// The root mean squared error in units of the naive forecast's within the history (M5).
///
/// Shapes: y, pred (horizon,), train (n_history,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``mase``.
/// Source: S. Makridakis, E. Spiliotis, V. Assimakopoulos (2022), International J. Forecasting 38,
/// 1325-1336.
#[pyfunction]
#[pyo3(signature = (y, pred, train, season = 1))]
fn rmsse(y: Numbers, pred: Numbers, train: Numbers, season: usize) -> PyResult<f64> {
    computed(|| metric::rmsse(&y, &pred, &train, season))
}

/// The mean of ``|error| / (|y| + |pred|)``, in [0, 1]; M4's figure is 200 times this.
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for other lengths, no rows, weights below 0.
/// Source: S. Makridakis, E. Spiliotis, V. Assimakopoulos (2020), International J. Forecasting 36, 54-74.
#[pyfunction]
fn smape(y: Numbers, pred: Numbers) -> PyResult<f64> {
    computed(|| metric::smape(&y, &pred))
}

/// The sum of absolute errors by the sum of absolute truths.
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for every truth 0; other lengths, no rows, weights below 0.
/// Source: S. Kolassa, W. Schütz (2007), Foresight 6, 40-43.
#[pyfunction]
fn wape(y: Numbers, pred: Numbers) -> PyResult<f64> {
    computed(|| metric::wape(&y, &pred))
}

/// The mean of prediction minus truth.
///
/// Shapes: y, pred, sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for other lengths, no rows, weights below 0.
/// Source: R. J. Hyndman, G. Athanasopoulos (2021), Forecasting: principles and practice.
#[pyfunction]
fn bias(y: Numbers, pred: Numbers) -> PyResult<f64> {
    computed(|| metric::bias(&y, &pred))
}

/// The mean score of intervals of which a share ``alpha`` should miss.
///
/// Shapes: y, low, high (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for alpha outside (0, 1), an end below the other; other lengths, no rows,
/// weights below 0.
/// Source: T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378, equation 43.
#[pyfunction]
fn interval_score(y: Numbers, low: Numbers, high: Numbers, alpha: f64) -> PyResult<f64> {
    computed(|| metric::interval_score(&y, &low, &high, alpha))
}

/// The continuous ranked probability score of each normal forecast.
///
/// Shapes: y, mean, sd (n_rows,); the answer is of this shape.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a deviation that is not above 0; other lengths, no rows, weights below 0.
/// Source: T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378, equation 21.
#[pyfunction]
fn crps_normal(y: Numbers, mean: Numbers, sd: Numbers) -> PyResult<Array> {
    computed(|| metric::crps_normal(&y, &mean, &sd)).map(Array::list)
}

/// The continuous ranked probability score of each row of samples, (n_rows, n_samples).
///
/// Shapes: y (n_rows,), samples (n_rows, n_samples); the answer is (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for no samples; other lengths, no rows, weights below 0.
/// Source: T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378, equation 20.
#[pyfunction]
fn crps_samples(y: Numbers, samples: Grid) -> PyResult<Array> {
    computed(|| metric::crps_samples(&y, &samples.values, samples.n_columns)).map(Array::list)
}

/// The mean negative log-likelihood of normal forecasts.
///
/// Shapes: y, mean, sd (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``crps_normal``.
/// Source: T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378.
#[pyfunction]
fn normal_nll(y: Numbers, mean: Numbers, sd: Numbers) -> PyResult<f64> {
    computed(|| metric::normal_nll(&y, &mean, &sd))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        mase,
        rmsse,
        smape,
        wape,
        bias,
        interval_score,
        crps_normal,
        crps_samples,
        normal_nll
    );
    Ok(())
}
