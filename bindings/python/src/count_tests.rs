//! Tests, intervals and effect sizes of counts, under the names that users of scipy and statsmodels know.

use crate::array::Array;
use crate::from_stats;
use crate::hypothesis_tests::{Effect, TestResult, alternative_of, counts, result};
use crate::numbers::{Grid, Numbers, refusal};
use pyo3::prelude::*;
use stats::StatsError;
use stats::effect::table as sizes;
use stats::interval::{self, Estimate};
use stats::multiplicity;
use stats::test::{self as tests, McNemarMethod, ProportionVariance};

/// One count, or those of two groups.
#[derive(Debug, FromPyObject)]
enum Counts {
    One(u64),
    Two([u64; 2]),
}

fn two_by_two(table: &Grid) -> PyResult<[[u64; 2]; 2]> {
    match counts(table)?[..] {
        [a, b, c, d] if table.n_columns == 2 => Ok([[a, b], [c, d]]),
        _ => Err(refusal(
            format!("{} counts in {} columns", table.values.len(), table.n_columns),
            "a 2 x 2 table",
        )),
    }
}

fn named(name: &'static str, found: Result<Estimate, StatsError>) -> PyResult<Effect> {
    let estimate = found.map_err(from_stats)?;
    Ok(Effect::from(&tests::Effect { name, estimate }))
}

fn ends(found: Result<Estimate, StatsError>) -> PyResult<(f64, f64, f64)> {
    let found = found.map_err(from_stats)?;
    Ok((found.value, found.low, found.high))
}

/// The exact binomial test of ``k`` successes in ``n`` trials against the chance ``p``.
#[pyfunction]
#[pyo3(signature = (k, n, p = 0.5, *, alternative = "two-sided", level = 0.95))]
fn binomtest(k: u64, n: u64, p: f64, alternative: &str, level: f64) -> PyResult<TestResult> {
    result(tests::binomial_test(k, n, p, alternative_of(alternative)?, level))
}

/// The z-test of one proportion against ``value``, or of two.
///
/// One: ``prop_var`` is where the variance is taken, "sample" or "null". Two (``count`` and ``nobs`` of two numbers each): the
/// variance is pooled, or each side's own with ``pooled=False``; the interval is Newcombe's, or Wald's.
#[pyfunction]
#[pyo3(signature = (count, nobs, value = None, *, alternative = "two-sided", prop_var = "sample", pooled = true, level = 0.95))]
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
        (Counts::One(count), Counts::One(nobs), Some(value)) => result(tests::one_proportion(
            count,
            nobs,
            value,
            variance,
            alternative,
            level,
        )),
        (Counts::Two([a, b]), Counts::Two([n_a, n_b]), None) if pooled => {
            result(tests::two_proportions(a, n_a, b, n_b, alternative, level))
        }
        (Counts::Two([a, b]), Counts::Two([n_a, n_b]), None) => result(tests::two_proportions_unpooled(
            a,
            n_a,
            b,
            n_b,
            alternative,
            level,
        )),
        (count, nobs, value) => Err(refusal(
            format!("count {count:?}, nobs {nobs:?} and value {value:?}"),
            "one count and one number of trials with a value, or two of each without",
        )),
    }
}

/// An interval of a proportion: its value, the lower and the upper end.
///
/// ``method`` is "wilson", "beta" (Clopper-Pearson, exact), "agresti_coull", "jeffreys" or "normal" (Wald).
#[pyfunction]
#[pyo3(signature = (count, nobs, *, method = "wilson", level = 0.95))]
fn proportion_confint(count: f64, nobs: f64, method: &str, level: f64) -> PyResult<(f64, f64, f64)> {
    ends(match method {
        "wilson" => interval::wilson(count, nobs, level),
        "beta" | "clopper_pearson" => interval::clopper_pearson(count, nobs, level),
        "agresti_coull" => interval::agresti_coull(count, nobs, level),
        "jeffreys" => interval::jeffreys(count, nobs, level),
        "normal" | "wald" => interval::wald(count, nobs, level),
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"wilson\", \"beta\", \"agresti_coull\", \"jeffreys\" or \"normal\"",
            ));
        }
    })
}

/// An interval of two independent proportions compared, the first with the second: the value, the lower and the upper end.
///
/// ``compare`` is "diff" with ``method`` "newcomb", "wald" or "agresti-caffo"; or "ratio" or "odds-ratio", on the log scale.
#[pyfunction]
#[pyo3(signature = (count1, nobs1, count2, nobs2, *, method = "newcomb", compare = "diff", level = 0.95))]
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
    ends(of(count1, nobs1, count2, nobs2, level))
}

/// The chi-square test of goodness of fit; ``f_exp`` are counts or shares, equal where none are given.
#[pyfunction]
#[pyo3(signature = (f_obs, f_exp = None, ddof = 0, *, level = 0.95))]
fn chisquare(f_obs: Numbers, f_exp: Option<Numbers>, ddof: usize, level: f64) -> PyResult<TestResult> {
    let observed = Grid {
        n_columns: f_obs.len(),
        values: f_obs.to_vec(),
    };
    result(tests::goodness_of_fit(
        &counts(&observed)?,
        f_exp.as_deref(),
        ddof,
        level,
    ))
}

/// The counts that independence leads to expect, of the shape of the table.
#[pyfunction]
fn expected_freq(observed: Grid) -> PyResult<Array> {
    let found = tests::expected_counts(&counts(&observed)?, observed.n_columns).map_err(from_stats)?;
    let n_rows = found.len() / observed.n_columns.max(1);
    Ok(Array::numbers(found, &[n_rows, observed.n_columns]))
}

/// The G test of independence in a table of counts; ``correction`` is for 2 x 2 alone.
#[pyfunction]
#[pyo3(signature = (table, *, correction = true, level = 0.95))]
fn g_test(table: Grid, correction: bool, level: f64) -> PyResult<TestResult> {
    result(tests::g_test(
        &counts(&table)?,
        table.n_columns,
        correction,
        level,
    ))
}

/// McNemar's test of paired yes-no answers, counted as ``table[before][after]``.
#[pyfunction]
#[pyo3(signature = (table, exact = true, correction = true, *, level = 0.95))]
fn mcnemar(table: Grid, exact: bool, correction: bool, level: f64) -> PyResult<TestResult> {
    let method = match exact {
        true => McNemarMethod::Exact,
        false => McNemarMethod::ChiSquare {
            continuity: correction,
        },
    };
    result(tests::mcnemar(two_by_two(&table)?, method, level))
}

/// The Cochran-Mantel-Haenszel test of 2 x 2 tables, one for each stratum.
#[pyfunction]
#[pyo3(signature = (tables, *, correction = false, level = 0.95))]
fn cochran_mantel_haenszel(tables: Vec<Grid>, correction: bool, level: f64) -> PyResult<TestResult> {
    let tables = tables.iter().map(two_by_two).collect::<PyResult<Vec<_>>>()?;
    result(tests::cochran_mantel_haenszel(&tables, correction, level))
}

/// Fisher's exact test. 2 x 2: the effect is the conditional odds ratio. Larger tables are asked two-sided only, and refused
/// where they are too large to walk.
#[pyfunction]
#[pyo3(signature = (table, *, alternative = "two-sided", level = 0.95))]
fn fisher_exact(py: Python<'_>, table: Grid, alternative: &str, level: f64) -> PyResult<TestResult> {
    let (cells, n_columns) = (counts(&table)?, table.n_columns);
    let alternative = alternative_of(alternative)?;
    if let ([a, b, c, d], 2) = (&cells[..], n_columns) {
        return result(tests::fisher_exact_2x2([[*a, *b], [*c, *d]], alternative, level));
    }
    if alternative != tests::Alternative::TwoSided {
        return Err(refusal(
            format!("{} counts in {n_columns} columns", cells.len()),
            "a 2 x 2 table for a one-sided alternative",
        ));
    }
    result(py.detach(|| tests::fisher_exact(&cells, n_columns, level)))
}

/// How strongly rows and columns belong together, with an interval.
///
/// ``method`` is "cramer", "cramer_corrected" (Bergsma's bias correction), "tschuprow", "pearson" (the contingency coefficient)
/// or "phi" (2 x 2, with its sign).
#[pyfunction]
#[pyo3(signature = (observed, method = "cramer", *, level = 0.95))]
fn association(observed: Grid, method: &str, level: f64) -> PyResult<Effect> {
    let (cells, n_columns) = (counts(&observed)?, observed.n_columns);
    match method {
        "cramer" => named("Cramér's V", sizes::cramers_v(&cells, n_columns, level)),
        "cramer_corrected" => named(
            "Cramér's V (bias-corrected)",
            sizes::cramers_v_corrected(&cells, n_columns, level),
        ),
        "tschuprow" => named("Tschuprow's T", sizes::tschuprow_t(&cells, n_columns, level)),
        "pearson" => named(
            "contingency coefficient",
            sizes::contingency_coefficient(&cells, n_columns, level),
        ),
        "phi" => named("phi", sizes::phi(two_by_two(&observed)?, level)),
        other => Err(refusal(
            format!("the method {other:?}"),
            "\"cramer\", \"cramer_corrected\", \"tschuprow\", \"pearson\" or \"phi\"",
        )),
    }
}

/// The odds ratio of a 2 x 2 table with Woolf's interval.
#[pyfunction]
#[pyo3(signature = (table, *, level = 0.95))]
fn odds_ratio(table: Grid, level: f64) -> PyResult<Effect> {
    named("odds ratio", sizes::odds_ratio(two_by_two(&table)?, level))
}

/// The risk ratio of a 2 x 2 table (the first column's share in the first row over that in the second) with Katz's interval.
#[pyfunction]
#[pyo3(signature = (table, *, level = 0.95))]
fn risk_ratio(table: Grid, level: f64) -> PyResult<Effect> {
    named("risk ratio", sizes::risk_ratio(two_by_two(&table)?, level))
}

/// P-values corrected for their number: "bonferroni", "sidak", "holm", "hochberg", "hommel", "bh" or "by".
#[pyfunction]
#[pyo3(signature = (pvals, method = "holm"))]
fn multipletests(pvals: Numbers, method: &str) -> PyResult<Array> {
    let corrected = match method {
        "bonferroni" => multiplicity::bonferroni(&pvals),
        "sidak" => multiplicity::sidak(&pvals),
        "holm" => multiplicity::holm(&pvals),
        "hochberg" => multiplicity::hochberg(&pvals),
        "hommel" => multiplicity::hommel(&pvals),
        "bh" | "fdr_bh" => multiplicity::benjamini_hochberg(&pvals),
        "by" | "fdr_by" => multiplicity::benjamini_yekutieli(&pvals),
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"bonferroni\", \"sidak\", \"holm\", \"hochberg\", \"hommel\", \"bh\" or \"by\"",
            ));
        }
    };
    let corrected = corrected.map_err(from_stats)?;
    let n = corrected.len();
    Ok(Array::numbers(corrected, &[n]))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    macro_rules! add {
        ($($name:ident),+ $(,)?) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )+ };
    }
    add!(
        binomtest,
        proportions_ztest,
        proportion_confint,
        confint_proportions_2indep,
        chisquare,
        expected_freq,
        g_test,
        mcnemar,
        cochran_mantel_haenszel,
        fisher_exact,
        association,
        odds_ratio,
        risk_ratio,
        multipletests,
    );
    Ok(())
}
