//! Correlations, under the names that users of scipy know.

use super::rank_method_of;
use crate::add_functions;
use crate::numbers::Numbers;
use crate::result::{TestResult, alternative_of, result};
use pyo3::prelude::*;
use stats::association;

/// Pearson's correlation, with Fisher's interval.
///
/// Shapes: x, y (n,).
/// Missing: a pair with a missing side is dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 3 pairs, a constant side, other lengths, infinities.
/// Source: R. A. Fisher (1921), Metron 1, 3-32; scipy ``pearsonr``.
#[pyfunction]
#[pyo3(signature = (x, y, *, level = 0.95))]
fn pearsonr(x: Numbers, y: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| association::pearson(&x, &y, level))
}

/// Spearman's rank correlation.
///
/// Shapes: a, b (n,).
/// Missing: a pair with a missing side is dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 3 pairs, a constant side, other lengths, infinities.
/// Source: C. Spearman (1904); D. G. Bonett, T. A. Wright (2000), Psychometrika 65, 23-28; scipy
/// ``spearmanr``.
#[pyfunction]
#[pyo3(signature = (a, b, *, level = 0.95))]
fn spearmanr(a: Numbers, b: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| association::spearman(&a, &b, level))
}

/// Kendall's tau-b; ``method`` is "auto", "exact" (without ties) or "asymptotic". Tau-c stands in ``more_effects``.
///
/// Shapes: x, y (n,); the effect is tau-b.
/// Missing: a pair with a missing side is dropped and counted.
/// Errors: ``SpanwiseError`` as ``pearsonr``; an exact test with ties or of more than 300 pairs.
/// Source: M. G. Kendall (1938), Biometrika 30, 81-93; W. R. Knight (1966), JASA 61, 436-439; scipy
/// ``kendalltau``.
#[pyfunction]
#[pyo3(signature = (x, y, *, method = "auto", alternative = "two-sided", level = 0.95))]
fn kendalltau(x: Numbers, y: Numbers, method: &str, alternative: &str, level: f64) -> PyResult<TestResult> {
    let (alternative, method) = (alternative_of(alternative)?, rank_method_of(method, false)?);
    result(|| stats::association::kendall(&x, &y, alternative, method, level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, pearsonr, spearmanr, kendalltau);
    Ok(())
}
