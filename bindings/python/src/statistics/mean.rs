//! Tests of means, under the names that users of scipy and statsmodels know.

use crate::add_functions;
use crate::numbers::{Numbers, refusal, slices};
use crate::result::{TestResult, alternative_of, result};
use pyo3::prelude::*;
use stats::test::{self as tests, Margin};

/// A test of two means: Welch's, or Student's with ``equal_var=True``.
///
/// Shapes: a (n_a,), b (n_b,), of one unit; the effect is mean(a) - mean(b) in it.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values a side, both sides constant, infinities.
/// Source: B. L. Welch (1947), Biometrika 34, 28-35; Student (1908), Biometrika 6, 1-25; scipy
/// ``ttest_ind``.
#[pyfunction]
#[pyo3(signature = (a, b, *, equal_var = false, alternative = "two-sided", level = 0.95))]
fn ttest_ind(a: Numbers, b: Numbers, equal_var: bool, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(|| match equal_var {
        true => tests::student_t(&a, &b, alternative, level),
        false => tests::welch_t(&a, &b, alternative, level),
    })
}

/// Student's test of one mean against ``popmean``.
///
/// Shapes: a (n,); the effect is mean(a) - popmean.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values, all equal, infinities.
/// Source: Student (1908), Biometrika 6, 1-25; scipy ``ttest_1samp``.
#[pyfunction]
#[pyo3(signature = (a, popmean, *, alternative = "two-sided", level = 0.95))]
fn ttest_1samp(a: Numbers, popmean: f64, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(|| tests::one_sample_t(&a, popmean, alternative, level))
}

/// Student's test of paired differences.
///
/// Shapes: a, b (n_pairs,); the effect is mean(a - b).
/// Missing: a pair with a missing side is dropped and counted.
/// Errors: ``SpanwiseError`` for other lengths, fewer than 2 pairs, all differences equal.
/// Source: Student (1908), Biometrika 6, 1-25; scipy ``ttest_rel``.
#[pyfunction]
#[pyo3(signature = (a, b, *, alternative = "two-sided", level = 0.95))]
fn ttest_rel(a: Numbers, b: Numbers, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(|| tests::paired_t(&a, &b, alternative, level))
}

/// Two one-sided tests that the difference of two means lies between ``low`` and ``upp``; ``usevar`` is "unequal" (Welch's) or
/// "pooled". The interval has level ``2 * level - 1``.
///
/// Shapes: x1 (n_1,), x2 (n_2,); low and upp in their unit.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` as ``ttest_ind``; an empty margin, a level of at most 0.5.
/// Source: D. J. Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, 657-680; statsmodels
/// ``ttost_ind``.
#[pyfunction]
#[pyo3(signature = (x1, x2, low, upp, usevar = "unequal", *, level = 0.95))]
fn ttost_ind(x1: Numbers, x2: Numbers, low: f64, upp: f64, usevar: &str, level: f64) -> PyResult<TestResult> {
    let margin = Margin { low, high: upp };
    match usevar {
        "unequal" => result(|| tests::equivalence_welch(&x1, &x2, margin, level)),
        "pooled" => result(|| tests::equivalence_student(&x1, &x2, margin, level)),
        other => Err(refusal(
            format!("the variances {other:?}"),
            "\"unequal\" or \"pooled\"",
        )),
    }
}

/// Two one-sided tests that the mean of paired differences lies between ``low`` and ``upp``.
///
/// Shapes: x1, x2 (n_pairs,); low and upp in their unit.
/// Missing: a pair with a missing side is dropped and counted.
/// Errors: ``SpanwiseError`` as ``ttest_rel``; an empty margin, a level of at most 0.5.
/// Source: D. J. Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, 657-680; statsmodels
/// ``ttost_paired``.
#[pyfunction]
#[pyo3(signature = (x1, x2, low, upp, *, level = 0.95))]
fn ttost_paired(x1: Numbers, x2: Numbers, low: f64, upp: f64, level: f64) -> PyResult<TestResult> {
    result(|| tests::equivalence_paired(&x1, &x2, Margin { low, high: upp }, level))
}

/// Two one-sided tests that a mean lies between ``low`` and ``upp``.
///
/// Shapes: x (n,); low and upp in its unit.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` as ``ttest_1samp``; an empty margin, a level of at most 0.5.
/// Source: D. J. Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, 657-680.
#[pyfunction]
#[pyo3(signature = (x, low, upp, *, level = 0.95))]
fn ttost_1samp(x: Numbers, low: f64, upp: f64, level: f64) -> PyResult<TestResult> {
    result(|| tests::equivalence_one_sample(&x, Margin { low, high: upp }, level))
}

/// Declares tests of several groups.
macro_rules! of_groups {
    ($( $(#[doc = $help:literal])+ $name:ident = $function:path; )+) => {
        $(
            $(#[doc = $help])+
            #[pyfunction]
            #[pyo3(signature = (*samples, level = 0.95))]
            fn $name(samples: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
                result(|| $function(&slices(&samples), level))
            }
        )+
    };
}

of_groups! {
    /// One-way analysis of variance.
    ///
    /// Shapes: a sample (n_k,) for each group; the effect is omega squared.
    /// Missing: dropped and counted in ``n_dropped``.
    /// Errors: ``SpanwiseError`` for an empty group, no spare value, every group constant.
    /// Source: R. A. Fisher (1925), Statistical methods for research workers; scipy ``f_oneway``.
    f_oneway = tests::anova_of;
    /// Welch's analysis of variance, for variances that differ.
    ///
    /// Shapes: a sample (n_k,) for each group.
    /// Missing: dropped and counted in ``n_dropped``.
    /// Errors: ``SpanwiseError`` for fewer than 2 values in a group, a constant group.
    /// Source: B. L. Welch (1951), Biometrika 38, 330-336; statsmodels ``anova_oneway(use_var="unequal")``.
    welch_anova = tests::welch_anova_of;
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        ttest_ind,
        ttest_1samp,
        ttest_rel,
        ttost_ind,
        ttost_paired,
        ttost_1samp,
        f_oneway,
        welch_anova
    );
    Ok(())
}
