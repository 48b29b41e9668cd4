//! Tests of equal spreads.

use crate::add_functions;
use crate::numbers::{Numbers, refusal, slices};
use crate::result::{TestResult, result};
use pyo3::prelude::*;
use stats::test::{self as tests, Centre};

/// Levene's test of equal variances; ``center`` is "median" (Brown and Forsythe), "mean" or "trimmed".
///
/// With "trimmed" the share ``proportiontocut`` at either end is left out of the mean, not of the distances.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty group, every group constant, a share to cut outside [0, 0.5).
/// Source: H. Levene (1960); M. B. Brown, A. B. Forsythe (1974), JASA 69, 364-367; scipy ``levene``.
#[pyfunction]
#[pyo3(signature = (*samples, center = "median", proportiontocut = 0.05, level = 0.95))]
fn levene(samples: Vec<Numbers>, center: &str, proportiontocut: f64, level: f64) -> PyResult<TestResult> {
    let centre = match center {
        "median" => Centre::Median,
        "mean" => Centre::Mean,
        "trimmed" => Centre::TrimmedMean(proportiontocut),
        other => {
            return Err(refusal(
                format!("the center {other:?}"),
                "\"median\", \"mean\" or \"trimmed\"",
            ));
        }
    };
    result(|| tests::levene_of(&slices(&samples), centre, level))
}

/// Bartlett's test of equal variances, for normal values.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values in a group, a constant group.
/// Source: M. S. Bartlett (1937), Proceedings of the Royal Society A 160, 268-282; scipy ``bartlett``.
#[pyfunction]
#[pyo3(signature = (*samples, level = 0.95))]
fn bartlett(samples: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
    result(|| tests::bartlett_of(&slices(&samples), level))
}

/// The Fligner-Killeen test of equal spreads, about the medians.
///
/// Shapes: a sample (n_k,) for each group.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty group, all distances equal.
/// Source: W. J. Conover, M. E. Johnson, M. M. Johnson (1981), Technometrics 23, 351-361; scipy
/// ``fligner``.
#[pyfunction]
#[pyo3(signature = (*samples, level = 0.95))]
fn fligner(samples: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
    result(|| tests::fligner_killeen_of(&slices(&samples), level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, levene, bartlett, fligner);
    Ok(())
}
