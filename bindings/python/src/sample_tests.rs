//! Tests of samples under the names that scipy's and statsmodels' users know.

mod distribution;
mod effect;
mod pairwise;
mod two_way;

use crate::hypothesis_tests::{TestResult, alternative_of, grouped, result};
use crate::numbers::{Numbers, refusal};
use distribution::{Distribution, Law};
use pyo3::prelude::*;
use stats::test::{self as tests, Centre, KsMethod, Margin, RankMethod, Zeros};

fn ks_method_of(word: &str) -> PyResult<KsMethod> {
    match word {
        "auto" => Ok(KsMethod::Auto),
        "exact" => Ok(KsMethod::Exact),
        "asymp" => Ok(KsMethod::FiniteSize),
        "limit" => Ok(KsMethod::Limit),
        other => Err(refusal(
            format!("the method {other:?}"),
            "\"auto\", \"exact\", \"asymp\" or \"limit\"",
        )),
    }
}

fn rank_method_of(word: &str, continuity: bool) -> PyResult<RankMethod> {
    match word {
        "auto" => Ok(RankMethod::Auto),
        "exact" => Ok(RankMethod::Exact),
        "asymptotic" => Ok(RankMethod::Asymptotic { continuity }),
        other => Err(refusal(
            format!("the method {other:?}"),
            "\"auto\", \"exact\" or \"asymptotic\"",
        )),
    }
}

/// The Kolmogorov-Smirnov test of one sample against a continuous distribution with known parameters.
///
/// ``cdf`` is "norm", "uniform" or "expon" with ``args=(loc, scale)``, a distribution of this module, or a function of one
/// number. ``method`` is "auto", "exact" or "limit". As in scipy ``alternative`` is about the distribution functions.
#[pyfunction]
#[pyo3(signature = (x, cdf, args = (0.0, 1.0), *, alternative = "two-sided", method = "auto", level = 0.95))]
fn ks_1samp(
    py: Python<'_>,
    x: Numbers,
    cdf: &Bound<'_, PyAny>,
    args: (f64, f64),
    alternative: &str,
    method: &str,
    level: f64,
) -> PyResult<TestResult> {
    let (alternative, method) = (alternative_of(alternative)?, ks_method_of(method)?);
    if let Ok(law) = cdf.cast::<Distribution>() {
        let law = law.get().law;
        return result(
            py.detach(|| tests::ks_one_sample(&x, |value| law.cdf(value), alternative, method, level)),
        );
    }
    if let Ok(name) = cdf.extract::<String>() {
        let law = Law::named(&name, args.0, args.1)?;
        return result(
            py.detach(|| tests::ks_one_sample(&x, |value| law.cdf(value), alternative, method, level)),
        );
    }
    // the function's values instead of the sample, against the uniform distribution
    let expected = x
        .iter()
        .map(|&value| match value.is_finite() {
            true => cdf.call1((value,))?.extract::<f64>(),
            false => Ok(value),
        })
        .collect::<PyResult<Vec<f64>>>()?;
    if let Some(index) = (0..x.len()).find(|&i| expected[i].is_nan() && !x[i].is_nan()) {
        return Err(refusal(
            format!("NaN as the cdf of {}", x[index]),
            "a probability",
        ));
    }
    result(tests::ks_one_sample(
        &expected,
        |value| value,
        alternative,
        method,
        level,
    ))
}

/// The Kolmogorov-Smirnov test of two samples; ``method`` is "auto" (exact up to a million pairs), "exact", "asymp" (as
/// scipy, the one-sample law at the effective size) or "limit" (Kolmogorov's, as R). As in scipy ``alternative`` is about the
/// distribution functions: "greater" asks whether that of ``a`` lies above.
#[pyfunction]
#[pyo3(signature = (a, b, *, alternative = "two-sided", method = "auto", level = 0.95))]
fn ks_2samp(
    py: Python<'_>,
    a: Numbers,
    b: Numbers,
    alternative: &str,
    method: &str,
    level: f64,
) -> PyResult<TestResult> {
    let (alternative, method) = (alternative_of(alternative)?, ks_method_of(method)?);
    result(py.detach(|| tests::ks_two_sample(&a, &b, alternative, method, level)))
}

/// Wilcoxon's signed-rank test of pairs, or of ``x`` against 0 without ``y``.
///
/// ``zero_method`` is "wilcox" (drop), "pratt" or "zsplit"; ``method`` is "auto", "exact" or "asymptotic", the last with
/// ``correction`` for continuity. The statistic is V, the sum of the ranks of positive differences (scipy's two-sided
/// statistic is the smaller of both sums).
#[pyfunction]
#[pyo3(signature = (x, y = None, zero_method = "wilcox", correction = false, alternative = "two-sided", method = "auto", *, level = 0.95))]
fn wilcoxon(
    py: Python<'_>,
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
    result(py.detach(|| match &y {
        Some(y) => tests::wilcoxon_signed_rank(&x, y, alternative, zeros, method, level),
        None => tests::wilcoxon_one_sample(&x, 0.0, alternative, zeros, method, level),
    }))
}

/// Friedman's test: one list of values per treatment, all in the same order of blocks. The effect is Kendall's W.
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
    result(tests::friedman(&blocks, samples.len(), level))
}

/// Kendall's tau-b; ``method`` is "auto", "exact" (without ties) or "asymptotic". Tau-c stands in ``more_effects``.
#[pyfunction]
#[pyo3(signature = (x, y, *, method = "auto", alternative = "two-sided", level = 0.95))]
fn kendalltau(
    py: Python<'_>,
    x: Numbers,
    y: Numbers,
    method: &str,
    alternative: &str,
    level: f64,
) -> PyResult<TestResult> {
    let (alternative, method) = (alternative_of(alternative)?, rank_method_of(method, false)?);
    result(py.detach(|| stats::association::kendall(&x, &y, alternative, method, level)))
}

/// Levene's test of equal variances; ``center`` is "median" (Brown and Forsythe), "mean" or "trimmed".
///
/// With "trimmed" the share ``proportiontocut`` at either end is left out of the mean, not of the distances.
#[pyfunction]
#[pyo3(signature = (*groups, center = "median", proportiontocut = 0.05, level = 0.95))]
fn levene(groups: Vec<Numbers>, center: &str, proportiontocut: f64, level: f64) -> PyResult<TestResult> {
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
    let (values, codes) = grouped(&groups);
    result(tests::levene(&values, &codes, groups.len(), centre, level))
}

/// Bartlett's test of equal variances, for normal values.
#[pyfunction]
#[pyo3(signature = (*groups, level = 0.95))]
fn bartlett(groups: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
    let (values, codes) = grouped(&groups);
    result(tests::bartlett(&values, &codes, groups.len(), level))
}

/// The Fligner-Killeen test of equal spreads, about the medians.
#[pyfunction]
#[pyo3(signature = (*groups, level = 0.95))]
fn fligner(groups: Vec<Numbers>, level: f64) -> PyResult<TestResult> {
    let (values, codes) = grouped(&groups);
    result(tests::fligner_killeen(&values, &codes, groups.len(), level))
}

/// Two one-sided tests that the difference of two means lies between ``low`` and ``upp``; ``usevar`` is "unequal" (Welch's) or
/// "pooled". The interval has level ``2 * level - 1``.
#[pyfunction]
#[pyo3(signature = (x1, x2, low, upp, usevar = "unequal", *, level = 0.95))]
fn ttost_ind(x1: Numbers, x2: Numbers, low: f64, upp: f64, usevar: &str, level: f64) -> PyResult<TestResult> {
    let margin = Margin { low, high: upp };
    match usevar {
        "unequal" => result(tests::equivalence_welch(&x1, &x2, margin, level)),
        "pooled" => result(tests::equivalence_student(&x1, &x2, margin, level)),
        other => Err(refusal(
            format!("the variances {other:?}"),
            "\"unequal\" or \"pooled\"",
        )),
    }
}

/// Two one-sided tests that the mean of paired differences lies between ``low`` and ``upp``.
#[pyfunction]
#[pyo3(signature = (x1, x2, low, upp, *, level = 0.95))]
fn ttost_paired(x1: Numbers, x2: Numbers, low: f64, upp: f64, level: f64) -> PyResult<TestResult> {
    result(tests::equivalence_paired(
        &x1,
        &x2,
        Margin { low, high: upp },
        level,
    ))
}

/// Two one-sided tests that a mean lies between ``low`` and ``upp``.
#[pyfunction]
#[pyo3(signature = (x, low, upp, *, level = 0.95))]
fn ttost_1samp(x: Numbers, low: f64, upp: f64, level: f64) -> PyResult<TestResult> {
    result(tests::equivalence_one_sample(
        &x,
        Margin { low, high: upp },
        level,
    ))
}

/// The Jarque-Bera test of normality; skewness and excess kurtosis are the effects.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn jarque_bera(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(tests::jarque_bera(&x, level))
}

/// The Anderson-Darling test of normality with estimated mean and standard deviation.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn normal_ad(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(tests::anderson_darling(&x, level))
}

/// The Lilliefors test of normality: Kolmogorov-Smirnov with estimated mean and standard deviation.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn lilliefors(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(tests::lilliefors(&x, level))
}

/// Adds functions to a module.
macro_rules! add_functions {
    ($module:expr, $($name:ident),+ $(,)?) => {
        $( $module.add_function(pyo3::wrap_pyfunction!($name, $module)?)?; )+
    };
}
use add_functions;

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    pairwise::add_to(module)?;
    two_way::add_to(module)?;
    effect::add_to(module)?;
    distribution::add_to(module)?;
    add_functions!(
        module,
        ks_1samp,
        ks_2samp,
        wilcoxon,
        friedmanchisquare,
        kendalltau,
        levene,
        bartlett,
        fligner,
        ttost_ind,
        ttost_paired,
        ttost_1samp,
        jarque_bera,
        normal_ad,
        lilliefors,
    );
    Ok(())
}
