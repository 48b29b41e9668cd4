//! Tests and intervals of proportions, and p-values corrected for their number.

use crate::array::Array;
use crate::numbers::{Numbers, refusal};
use crate::result::{TestResult, alternative_of, result};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::interval;
use stats::multiplicity;
use stats::test::{self as tests, ProportionVariance};

/// One count, or those of two groups.
#[derive(Debug, FromPyObject)]
enum Counts {
    One(u64),
    Two([u64; 2]),
}

fn ends(
    work: impl FnOnce() -> Result<stats::Estimate, stats::StatsError> + Send,
) -> PyResult<(f64, f64, f64)> {
    computed(work).map(|found| (found.value, found.low, found.high))
}

/// The exact binomial test of ``k`` successes in ``n`` trials against the chance ``p``.
///
/// Shapes: k and n are counts; the effect is the proportion with Clopper and Pearson's interval.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for no trial, more successes than trials, p outside [0, 1].
/// Source: C. J. Clopper, E. S. Pearson (1934), Biometrika 26, 404-413; scipy ``binomtest``.
#[pyfunction]
#[pyo3(signature = (k, n, p = 0.5, alternative = "two-sided", *, level = 0.95))]
fn binomtest(k: u64, n: u64, p: f64, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(|| tests::binomial_test(k, n, p, alternative, level))
}

/// The z-test of one proportion against ``value``, or of two.
///
/// One: ``prop_var`` is where the variance is taken, "sample" or "null". Two (``count`` and ``nobs`` of two numbers each): the
/// variance is pooled, or each side's own with ``pooled=False``; the interval is Newcombe's, or Wald's.
///
/// Shapes: count and nobs are counts, or two of each.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for no trial, more successes than trials, a value outside (0, 1), trials that
/// all end alike.
/// Source: R. G. Newcombe (1998), Statistics in Medicine 17, 873-890; statsmodels ``proportions_ztest``.
#[pyfunction]
#[pyo3(signature = (count, nobs, value = None, alternative = "two-sided", prop_var = "sample", *, pooled = true, level = 0.95))]
fn proportions_ztest(
    count: Counts,
    nobs: Counts,
    value: Option<f64>,
    alternative: &str,
    prop_var: &str,
    pooled: bool,
    level: f64,
) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    let variance = match prop_var {
        "sample" => ProportionVariance::Sample,
        "null" => ProportionVariance::Null,
        other => {
            return Err(refusal(
                format!("the variance {other:?}"),
                "\"sample\" or \"null\"",
            ));
        }
    };
    match (count, nobs, value) {
        (Counts::One(count), Counts::One(nobs), Some(value)) => {
            result(|| tests::one_proportion(count, nobs, value, variance, alternative, level))
        }
        (Counts::Two([a, b]), Counts::Two([n_a, n_b]), None) if pooled => {
            result(|| tests::two_proportions(a, n_a, b, n_b, alternative, level))
        }
        (Counts::Two([a, b]), Counts::Two([n_a, n_b]), None) => {
            result(|| tests::two_proportions_unpooled(a, n_a, b, n_b, alternative, level))
        }
        (count, nobs, value) => Err(refusal(
            format!("count {count:?}, nobs {nobs:?} and value {value:?}"),
            "one count and one number of trials with a value, or two of each without",
        )),
    }
}

/// An interval of a proportion: its value, the lower and the upper end.
///
/// ``method`` is "wilson", "beta" (Clopper-Pearson, exact), "agresti_coull", "jeffreys" or "normal" (Wald).
///
/// Shapes: count out of nobs; the answer is (value, low, high).
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for more successes than trials, a level outside (0, 1).
/// Source: E. B. Wilson (1927), JASA 22, 209-212; C. J. Clopper, E. S. Pearson (1934), Biometrika 26,
/// 404-413; statsmodels ``proportion_confint``.
#[pyfunction]
#[pyo3(signature = (count, nobs, *, method = "wilson", level = 0.95))]
fn proportion_confint(count: f64, nobs: f64, method: &str, level: f64) -> PyResult<(f64, f64, f64)> {
    let of = match method {
        "wilson" => interval::wilson,
        "beta" | "clopper_pearson" => interval::clopper_pearson,
        "agresti_coull" => interval::agresti_coull,
        "jeffreys" => interval::jeffreys,
        "normal" | "wald" => interval::wald,
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"wilson\", \"beta\", \"agresti_coull\", \"jeffreys\" or \"normal\"",
            ));
        }
    };
    ends(|| of(count, nobs, level))
}

/// An interval of two independent proportions compared, the first with the second: the value, the lower and the upper end.
///
/// ``compare`` is "diff" with ``method`` "newcomb", "wald" or "agresti-caffo"; or "ratio" or "odds-ratio", on the log scale.
///
/// Shapes: counts out of nobs; the answer is (value, low, high).
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for more successes than trials, trials that all end alike for a ratio.
/// Source: R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; statsmodels
/// ``confint_proportions_2indep``.
#[pyfunction]
#[pyo3(signature = (count1, nobs1, count2, nobs2, method = "newcomb", compare = "diff", *, level = 0.95))]
fn confint_proportions_2indep(
    count1: f64,
    nobs1: f64,
    count2: f64,
    nobs2: f64,
    method: &str,
    compare: &str,
    level: f64,
) -> PyResult<(f64, f64, f64)> {
    let of = match (compare, method) {
        ("diff", "newcomb") => interval::newcombe,
        ("diff", "wald") => interval::wald_difference,
        ("diff", "agresti-caffo") => interval::agresti_caffo,
        ("ratio", _) => interval::risk_ratio,
        ("odds-ratio", _) => interval::odds_ratio,
        (compare, method) => {
            return Err(refusal(
                format!("compare {compare:?} by {method:?}"),
                "\"diff\" by \"newcomb\", \"wald\" or \"agresti-caffo\", or \"ratio\" or \"odds-ratio\"",
            ));
        }
    };
    ends(|| of(count1, nobs1, count2, nobs2, level))
}

/// P-values corrected for their number: "bonferroni", "sidak", "holm", "hochberg", "hommel", "bh" or "by".
///
/// Shapes: pvals (n,); the answer is of this shape.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a p-value outside [0, 1].
/// Source: S. Holm (1979), Scandinavian J. Statistics 6, 65-70; G. Hommel (1988), Biometrika 75, 383-386;
/// Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300; statsmodels ``multipletests``.
#[pyfunction]
#[pyo3(signature = (pvals, method = "holm"))]
fn multipletests(pvals: Numbers, method: &str) -> PyResult<Array> {
    let correct = match method {
        "bonferroni" => multiplicity::bonferroni,
        "sidak" => multiplicity::sidak,
        "holm" => multiplicity::holm,
        "hochberg" => multiplicity::hochberg,
        "hommel" => multiplicity::hommel,
        "bh" | "fdr_bh" => multiplicity::benjamini_hochberg,
        "by" | "fdr_by" => multiplicity::benjamini_yekutieli,
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"bonferroni\", \"sidak\", \"holm\", \"hochberg\", \"hommel\", \"bh\" or \"by\"",
            ));
        }
    };
    computed(|| correct(&pvals)).map(Array::list)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        binomtest,
        proportions_ztest,
        proportion_confint,
        confint_proportions_2indep,
        multipletests
    );
    Ok(())
}
