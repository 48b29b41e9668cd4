//! Is a sample of this law, or of the law of another one?

use super::distribution::Distribution;
use crate::add_functions;
use crate::numbers::{Numbers, refusal};
use crate::result::{TestResult, alternative_of, result};
use pyo3::prelude::*;
use stats::test::{self as tests, KsMethod};

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

/// The Kolmogorov-Smirnov test of one sample against a continuous distribution with known parameters.
///
/// ``cdf`` is "norm", "uniform" or "expon" with ``args=(loc, scale)``, a distribution of this module, or a function of one
/// number. ``method`` is "auto", "exact" or "limit". As in scipy ``alternative`` is about the distribution functions.
///
/// Shapes: x (n,); the effect is the largest distance of the distribution functions.
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for no values, a cdf that leaves [0, 1], an unknown distribution.
/// Source: A. Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4, 83-91; scipy
/// ``ks_1samp``.
#[pyfunction]
#[pyo3(signature = (x, cdf, args = (0.0, 1.0), alternative = "two-sided", method = "auto", *, level = 0.95))]
fn ks_1samp(
    x: Numbers,
    cdf: &Bound<'_, PyAny>,
    args: (f64, f64),
    alternative: &str,
    method: &str,
    level: f64,
) -> PyResult<TestResult> {
    let (alternative, method) = (alternative_of(alternative)?, ks_method_of(method)?);
    let law = match (cdf.cast::<Distribution>(), cdf.extract::<String>()) {
        (Ok(law), _) => Some(law.get().clone()),
        (_, Ok(name)) => Some(Distribution::named(&name, args.0, args.1)?),
        _ => None,
    };
    if let Some(law) = law {
        return result(|| tests::ks_one_sample(&x, |value| law.below(value), alternative, method, level));
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
    result(|| tests::ks_one_sample(&expected, |value| value, alternative, method, level))
}

/// The Kolmogorov-Smirnov test of two samples; ``method`` is "auto" (exact up to a million pairs), "exact", "asymp" (as
/// scipy, the one-sample law at the effective size) or "limit" (Kolmogorov's, as R). As in scipy ``alternative`` is about the
/// distribution functions: "greater" asks whether that of ``data1`` lies above.
///
/// Shapes: data1 (n_1,), data2 (n_2,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for an empty side, an exact test of too many pairs.
/// Source: N. V. Smirnov (1948), Annals of Mathematical Statistics 19, 279-281; scipy ``ks_2samp``.
#[pyfunction]
#[pyo3(signature = (data1, data2, alternative = "two-sided", method = "auto", *, level = 0.95))]
fn ks_2samp(
    data1: Numbers,
    data2: Numbers,
    alternative: &str,
    method: &str,
    level: f64,
) -> PyResult<TestResult> {
    let (alternative, method) = (alternative_of(alternative)?, ks_method_of(method)?);
    result(|| tests::ks_two_sample(&data1, &data2, alternative, method, level))
}

/// The Shapiro-Wilk test of normality, for 3 to 5000 values.
///
/// Shapes: x (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 3 or more than 5000 values, all equal.
/// Source: P. Royston (1995), Applied Statistics 44, 547-551; scipy ``shapiro``.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn shapiro(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| tests::shapiro_wilk(&x, level))
}

/// D'Agostino and Pearson's test of normality.
///
/// Shapes: a (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 20 values, all equal.
/// Source: R. B. D'Agostino, E. S. Pearson (1973), Biometrika 60, 613-622; scipy ``normaltest``.
#[pyfunction]
#[pyo3(signature = (a, *, level = 0.95))]
fn normaltest(a: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| tests::dagostino_k2(&a, level))
}

/// The Jarque-Bera test of normality; skewness and excess kurtosis are the effects.
///
/// Shapes: x (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 4 values, all equal.
/// Source: C. M. Jarque, A. K. Bera (1987), International Statistical Review 55, 163-172; scipy
/// ``jarque_bera``.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn jarque_bera(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| tests::jarque_bera(&x, level))
}

/// The Anderson-Darling test of normality with estimated mean and standard deviation.
///
/// Shapes: x (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 8 values, all equal.
/// Source: R. B. D'Agostino, M. A. Stephens (1986), Goodness-of-fit techniques, table 4.9; statsmodels
/// ``normal_ad``.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn normal_ad(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| tests::anderson_darling(&x, level))
}

/// The Lilliefors test of normality: Kolmogorov-Smirnov with estimated mean and standard deviation.
///
/// Shapes: x (n,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 4 values, all equal.
/// Source: H. W. Lilliefors (1967), JASA 62, 399-402; G. E. Dallal, L. Wilkinson (1986), American
/// Statistician 40, 294-296; statsmodels ``lilliefors``.
#[pyfunction]
#[pyo3(signature = (x, *, level = 0.95))]
fn lilliefors(x: Numbers, level: f64) -> PyResult<TestResult> {
    result(|| tests::lilliefors(&x, level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        ks_1samp,
        ks_2samp,
        shapiro,
        normaltest,
        jarque_bera,
        normal_ad,
        lilliefors
    );
    Ok(())
}
