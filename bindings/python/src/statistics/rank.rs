//! Tests of ranks, under the names that users of scipy know.

use super::rank_method_of;
use crate::add_functions;
use crate::numbers::{Numbers, refusal, slices};
use crate::result::{TestResult, alternative_of, result};
use pyo3::prelude::*;
use stats::test::{self as tests, Zeros};

/// The Mann-Whitney test; ``method`` is "auto", "exact" or "asymptotic". The statistic is U of ``x``.
///
/// Shapes: x (n_x,), y (n_y,); the effect is P(x > y) + P(x = y) / 2.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty side, all values equal, an exact test of too many pairs.
/// Source: H. B. Mann, D. R. Whitney (1947), Annals of Mathematical Statistics 18, 50-60; scipy
/// ``mannwhitneyu``.
#[pyfunction]
#[pyo3(signature = (x, y, use_continuity = true, alternative = "two-sided", *, method = "auto", level = 0.95))]
fn mannwhitneyu(
    x: Numbers,
    y: Numbers,
    use_continuity: bool,
    alternative: &str,
    method: &str,
    level: f64,
) -> PyResult<TestResult> {
    let method = rank_method_of(method, use_continuity)?;
    let alternative = alternative_of(alternative)?;
    result(|| tests::mann_whitney(&x, &y, alternative, method, level))
}

/// Wilcoxon's signed-rank test of pairs, or of ``x`` against 0 without ``y``.
///
/// ``zero_method`` is "wilcox" (drop), "pratt" or "zsplit"; ``method`` is "auto", "exact" or "asymptotic", the last with
/// ``correction`` for continuity. The statistic is V, the sum of the ranks of positive differences (scipy's two-sided
/// statistic is the smaller of both sums).
///
/// Shapes: x, y (n_pairs,), or x (n,) alone; the effect is the matched rank-biserial correlation.
/// Missing: a pair with a missing side is dropped and counted.
/// Errors: ``SpanwiseError`` for other lengths, all differences 0, an exact test of more than 1000 pairs.
/// Source: F. Wilcoxon (1945), Biometrics Bulletin 1, 80-83; J. W. Pratt (1959), JASA 54, 655-667; scipy
/// ``wilcoxon``.
#[pyfunction]
#[pyo3(signature = (x, y = None, zero_method = "wilcox", correction = false, alternative = "two-sided", method = "auto", *, level = 0.95))]
fn wilcoxon(
    x: Numbers,
    y: Option<Numbers>,
    zero_method: &str,
    correction: bool,
    alternative: &str,
    method: &str,
    level: f64,
) -> PyResult<TestResult> {
    let zeros = match zero_method {
        "wilcox" => Zeros::Drop,
        "pratt" => Zeros::Pratt,
        "zsplit" => Zeros::Split,
        other => {
            return Err(refusal(
                format!("the zero method {other:?}"),
                "\"wilcox\", \"pratt\" or \"zsplit\"",
            ));
        }
    };
    let (alternative, method) = (alternative_of(alternative)?, rank_method_of(method, correction)?);
    result(|| match &y {
        Some(y) => tests::wilcoxon_signed_rank(&x, y, alternative, zeros, method, level),
        None => tests::wilcoxon_one_sample(&x, 0.0, alternative, zeros, method, level),
    })
}

/// The Kruskal-Wallis test.
///
/// Shapes: a sample (n_k,) for each group; the effect is epsilon squared.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty group, all values equal.
/// Source: W. H. Kruskal, W. A. Wallis (1952), JASA 47, 583-621; scipy ``kruskal``.
#[pyfunction]
#[pyo3(signature = (*samples, level = 0.95))]
fn kruskal(samples: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
    result(|| tests::kruskal_of(&slices(&samples), level))
}

/// Friedman's test: one list of values per treatment, all in the same order of blocks. The effect is Kendall's W.
///
/// Shapes: a sample (n_blocks,) for each treatment.
/// Missing: a block with a missing value is dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 2 treatments or blocks, other lengths, every block constant.
/// Source: M. Friedman (1937), JASA 32, 675-701; scipy ``friedmanchisquare``.
#[pyfunction]
#[pyo3(signature = (*samples, level = 0.95))]
fn friedmanchisquare(samples: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
    let n_blocks = samples.first().map_or(0, |sample| sample.len());
    if let Some(odd) = samples.iter().find(|sample| sample.len() != n_blocks) {
        return Err(refusal(
            format!("a treatment of {} values", odd.len()),
            &format!("{n_blocks} as of the first"),
        ));
    }
    let blocks: Vec<f64> = (0..n_blocks)
        .flat_map(|block| samples.iter().map(move |sample| sample[block]))
        .collect();
    result(|| tests::friedman(&blocks, samples.len(), level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(module, mannwhitneyu, wilcoxon, kruskal, friedmanchisquare);
    Ok(())
}
