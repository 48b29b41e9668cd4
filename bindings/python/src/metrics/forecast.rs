//! Metrics of forecasts.

use crate::array::Array;
use crate::numbers::{Grid, Numbers};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric;

/// The mean absolute error in units of the naive forecast's within the history. R. J. Hyndman, A. B. Koehler (2006).
#[pyfunction]
#[pyo3(signature = (y, pred, train, season = 1))]
fn mase(y: Numbers, pred: Numbers, train: Numbers, season: usize) -> PyResult<f64> {
    computed(|| metric::mase(&y, &pred, &train, season))
}

/// The root mean squared error in units of the naive forecast's within the history (M5).
#[pyfunction]
#[pyo3(signature = (y, pred, train, season = 1))]
fn rmsse(y: Numbers, pred: Numbers, train: Numbers, season: usize) -> PyResult<f64> {
    computed(|| metric::rmsse(&y, &pred, &train, season))
}

/// The mean of ``|error| / (|y| + |pred|)``, in [0, 1]; M4's figure is 200 times this.
#[pyfunction]
fn smape(y: Numbers, pred: Numbers) -> PyResult<f64> {
    computed(|| metric::smape(&y, &pred))
}

/// The sum of absolute errors by the sum of absolute truths.
#[pyfunction]
fn wape(y: Numbers, pred: Numbers) -> PyResult<f64> {
    computed(|| metric::wape(&y, &pred))
}

/// The mean of prediction minus truth.
#[pyfunction]
fn bias(y: Numbers, pred: Numbers) -> PyResult<f64> {
    computed(|| metric::bias(&y, &pred))
}

/// The mean score of intervals of which a share ``alpha`` should miss. T. Gneiting, A. E. Raftery (2007).
#[pyfunction]
fn interval_score(y: Numbers, low: Numbers, high: Numbers, alpha: f64) -> PyResult<f64> {
    computed(|| metric::interval_score(&y, &low, &high, alpha))
}

/// The continuous ranked probability score of each normal forecast. T. Gneiting, A. E. Raftery (2007).
#[pyfunction]
fn crps_normal(y: Numbers, mean: Numbers, sd: Numbers) -> PyResult<Array> {
    computed(|| metric::crps_normal(&y, &mean, &sd)).map(Array::list)
}

/// The continuous ranked probability score of each row of samples, (n_rows, n_samples).
#[pyfunction]
fn crps_samples(y: Numbers, samples: Grid) -> PyResult<Array> {
    computed(|| metric::crps_samples(&y, &samples.values, samples.n_columns)).map(Array::list)
}

/// The mean negative log-likelihood of normal forecasts.
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
