//! How good predictions are. Arguments go as in scikit-learn: the truth, the prediction, then weights.

mod binary;
mod classes;
mod forecast;
mod interval;
mod multiclass;
mod numbers;
mod order;

pub(crate) use interval::MetricInterval;

use crate::computed;
use pyo3::prelude::*;
use stats::StatsError;

/// Intervals are computed beside these values and not given.
const LEVEL: f64 = 0.95;

fn value(work: impl FnOnce() -> Result<stats::interval::Estimate, StatsError> + Send) -> PyResult<f64> {
    computed(work).map(|estimate| estimate.value)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    numbers::add_to(module)?;
    binary::add_to(module)?;
    classes::add_to(module)?;
    multiclass::add_to(module)?;
    order::add_to(module)?;
    forecast::add_to(module)?;
    interval::add_to(module)
}
