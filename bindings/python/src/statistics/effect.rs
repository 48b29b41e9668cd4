//! Sizes of effects.

use crate::add_functions;
use crate::numbers::Numbers;
use crate::result::{Effect, size};
use pyo3::prelude::*;
use stats::effect as sizes;

/// Cohen's d, ``x`` less ``y`` in pooled standard deviations; of pairs with ``paired=True``. The interval is exact.
///
/// Shapes: x (n_x,), y (n_y,); of pairs (n,) both.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values a side, both sides constant.
/// Source: J. Cohen (1988), Statistical power analysis for the behavioral sciences; pingouin
/// ``compute_effsize``.
#[pyfunction]
#[pyo3(signature = (x, y, *, paired = false, level = 0.95))]
fn cohen_d(x: Numbers, y: Numbers, paired: bool, level: f64) -> PyResult<Effect> {
    size(|| match paired {
        true => sizes::cohen_d_paired(&x, &y, level),
        false => sizes::cohen_d(&x, &y, level),
    })
}

/// Hedges' g, Cohen's d without its bias; ``exact=False`` takes the factor ``1 - 3 / (4 n - 9)``.
///
/// Shapes: x (n_x,), y (n_y,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` as ``cohen_d``.
/// Source: L. V. Hedges (1981), J. Educational Statistics 6, 107-128; pingouin ``compute_effsize``.
#[pyfunction]
#[pyo3(signature = (x, y, *, exact = true, level = 0.95))]
fn hedges_g(x: Numbers, y: Numbers, exact: bool, level: f64) -> PyResult<Effect> {
    let small_sample = match exact {
        true => sizes::SmallSample::Exact,
        false => sizes::SmallSample::Approximate,
    };
    size(|| sizes::hedges_g(&x, &y, small_sample, level))
}

/// Glass's delta: ``x`` less ``y`` in standard deviations of ``x``, the control.
///
/// Shapes: x (n_x,), y (n_y,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` as ``cohen_d``; x constant.
/// Source: G. V. Glass (1976), Educational Researcher 5, 3-8.
#[pyfunction]
#[pyo3(signature = (x, y, *, level = 0.95))]
fn glass_delta(x: Numbers, y: Numbers, level: f64) -> PyResult<Effect> {
    size(|| sizes::glass_delta(&x, &y, level))
}

/// The probability that a value of ``x`` exceeds one of ``y``, ties counted half, with DeLong's interval.
///
/// Shapes: x (n_x,), y (n_y,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty side.
/// Source: A. Vargha, H. D. Delaney (2000), J. Educational and Behavioral Statistics 25, 101-132.
#[pyfunction]
#[pyo3(signature = (x, y, *, level = 0.95))]
fn probability_of_superiority(x: Numbers, y: Numbers, level: f64) -> PyResult<Effect> {
    size(|| sizes::probability_of_superiority(&x, &y, level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, cohen_d, hedges_g, glass_delta, probability_of_superiority);
    Ok(())
}
