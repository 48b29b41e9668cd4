//! Power, sample size and detectable effect: of effect, number of rows and power, the one that is None is found.

use crate::numbers::refusal;
use crate::result::alternative_of;
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::effect::table::cohen_h;
use stats::power::{Design, PowerAnalysis};
use stats::test::Alternative;

/// Finds the one that is missing.
fn solve(
    design: Design,
    alternative: Alternative,
    alpha: f64,
    effect: Option<f64>,
    n: Option<f64>,
    power: Option<f64>,
) -> PyResult<f64> {
    let plan = PowerAnalysis {
        design,
        alpha,
        alternative,
    };
    match (effect, n, power) {
        (Some(effect), Some(n), None) => computed(|| plan.power(effect, n)),
        (Some(effect), None, Some(power)) => computed(|| plan.sample_size(effect, power)),
        (None, Some(n), Some(power)) => computed(|| plan.detectable(n, power)),
        _ => Err(refusal(
            format!("effect {effect:?}, number {n:?} and power {power:?}"),
            "two of them, and None for the third",
        )),
    }
}

/// The power of Student's test of one mean or of ``nobs`` pairs: gives the one of Cohen's d, ``nobs`` and ``power`` that is None.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis; statsmodels ``tt_solve_power``.
#[pyfunction]
#[pyo3(signature = (effect_size = None, nobs = None, alpha = 0.05, power = None, alternative = "two-sided"))]
fn tt_solve_power(
    effect_size: Option<f64>,
    nobs: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    alternative: &str,
) -> PyResult<f64> {
    let alternative = alternative_of(alternative)?;
    solve(Design::OneSampleT, alternative, alpha, effect_size, nobs, power)
}

/// The power of Student's test of two means: gives the one of Cohen's d, ``nobs1`` and ``power`` that is None. ``ratio`` is the size
/// of the second group over that of the first, ``nobs1``.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis; statsmodels ``tt_ind_solve_power``.
#[pyfunction]
#[pyo3(signature = (effect_size = None, nobs1 = None, alpha = 0.05, power = None, ratio = 1.0, alternative = "two-sided"))]
fn tt_ind_solve_power(
    effect_size: Option<f64>,
    nobs1: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    ratio: f64,
    alternative: &str,
) -> PyResult<f64> {
    let (design, alternative) = (Design::TwoSampleT { ratio }, alternative_of(alternative)?);
    solve(design, alternative, alpha, effect_size, nobs1, power)
}

/// The power of the z-test of two means or proportions: gives the one of Cohen's d or h, ``nobs1`` and ``power`` that is None.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis; statsmodels ``zt_ind_solve_power``.
#[pyfunction]
#[pyo3(signature = (effect_size = None, nobs1 = None, alpha = 0.05, power = None, ratio = 1.0, alternative = "two-sided"))]
fn zt_ind_solve_power(
    effect_size: Option<f64>,
    nobs1: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    ratio: f64,
    alternative: &str,
) -> PyResult<f64> {
    let (design, alternative) = (Design::TwoSampleZ { ratio }, alternative_of(alternative)?);
    solve(design, alternative, alpha, effect_size, nobs1, power)
}

/// The power of the z-test of one mean or proportion: gives the one of Cohen's d or h, ``nobs`` and ``power`` that is None.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis; statsmodels ``NormalIndPower``.
#[pyfunction]
#[pyo3(signature = (effect_size = None, nobs = None, alpha = 0.05, power = None, alternative = "two-sided"))]
fn zt_solve_power(
    effect_size: Option<f64>,
    nobs: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    alternative: &str,
) -> PyResult<f64> {
    let alternative = alternative_of(alternative)?;
    solve(Design::OneSampleZ, alternative, alpha, effect_size, nobs, power)
}

/// The power of the z-test of two proportions with pooled variance: gives the one of ``prop2``, ``nobs1`` and ``power`` that is None.
/// The effect looked for lies above ``prop1``, or below with alternative "less".
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. L. Fleiss (1981), Statistical methods for rates and proportions.
#[pyfunction]
#[pyo3(signature = (prop1, prop2 = None, nobs1 = None, alpha = 0.05, power = None, ratio = 1.0, alternative = "two-sided"))]
fn proportions_solve_power(
    prop1: f64,
    prop2: Option<f64>,
    nobs1: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    ratio: f64,
    alternative: &str,
) -> PyResult<f64> {
    let design = Design::TwoProportions {
        baseline: prop1,
        ratio,
    };
    let effect = prop2.map(|prop2| prop2 - prop1);
    let found = solve(design, alternative_of(alternative)?, alpha, effect, nobs1, power)?;
    Ok(if effect.is_none() { prop1 + found } else { found })
}

/// The power of a one-way analysis of variance: gives the one of Cohen's f, ``nobs`` (all groups together) and ``power`` that is None.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis; statsmodels ``FTestAnovaPower``.
#[pyfunction]
#[pyo3(signature = (effect_size = None, nobs = None, alpha = 0.05, power = None, k_groups = 2))]
fn anova_solve_power(
    effect_size: Option<f64>,
    nobs: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    k_groups: usize,
) -> PyResult<f64> {
    let design = Design::Anova { n_groups: k_groups };
    solve(design, Alternative::TwoSided, alpha, effect_size, nobs, power)
}

/// The power of a chi-square test of ``df`` degrees of freedom: gives the one of Cohen's w, ``nobs`` and ``power`` that is None.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis; statsmodels ``GofChisquarePower``.
#[pyfunction]
#[pyo3(signature = (effect_size = None, nobs = None, alpha = 0.05, power = None, df = 1.0))]
fn chi2_solve_power(
    effect_size: Option<f64>,
    nobs: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    df: f64,
) -> PyResult<f64> {
    let design = Design::ChiSquare { df };
    solve(design, Alternative::TwoSided, alpha, effect_size, nobs, power)
}

/// The power of the test of a correlation by Fisher's z: gives the one of ``r``, ``nobs`` and ``power`` that is None.
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for not exactly one None, no solution, arguments out of range.
/// Source: J. Cohen (1988), Statistical power analysis.
#[pyfunction]
#[pyo3(signature = (r = None, nobs = None, alpha = 0.05, power = None, alternative = "two-sided"))]
fn corr_solve_power(
    r: Option<f64>,
    nobs: Option<f64>,
    alpha: f64,
    power: Option<f64>,
    alternative: &str,
) -> PyResult<f64> {
    let alternative = alternative_of(alternative)?;
    solve(Design::Correlation, alternative, alpha, r, nobs, power)
}

/// Cohen's h of two proportions.
///
/// Shapes: numbers in [0, 1].
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for a proportion outside [0, 1].
/// Source: J. Cohen (1988), Statistical power analysis, chapter 6; statsmodels ``proportion_effectsize``.
#[pyfunction]
fn proportion_effectsize(prop1: f64, prop2: f64) -> PyResult<f64> {
    computed(|| cohen_h(prop1, prop2))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        tt_solve_power,
        tt_ind_solve_power,
        zt_ind_solve_power,
        zt_solve_power,
        proportions_solve_power,
        anova_solve_power,
        chi2_solve_power,
        corr_solve_power,
        proportion_effectsize
    );
    Ok(())
}
