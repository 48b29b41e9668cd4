//! Tests, effect sizes and expected counts of tables of counts.

use crate::array::Array;
use crate::numbers::{Grid, Numbers, refusal};
use crate::result::{Effect, TestResult, alternative_of, effect, result};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::effect::table as sizes;
use stats::test::{self as tests, McNemarMethod};

pub(crate) fn counts(table: &Grid) -> PyResult<Vec<u64>> {
    let count = |cell: &f64| match *cell {
        cell if cell.fract() == 0.0 && (0.0..9e15).contains(&cell) => Ok(cell as u64),
        other => Err(refusal(format!("the count {other}"), "a whole number from 0 up")),
    };
    table.values.iter().map(count).collect()
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

/// The chi-square test of independence in a table of counts; ``correction`` is Yates', for 2 x 2 alone.
///
/// Shapes: observed (n_rows, n_columns), whole counts; the effect is Cramér's V, bias-corrected.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, counts in fewer than two rows or columns.
/// Source: K. Pearson (1900), Philosophical Magazine 50, 157-175; W. Bergsma (2013), J. Korean Statistical
/// Society 42, 323-328; scipy ``chi2_contingency``.
#[pyfunction]
#[pyo3(signature = (observed, correction = true, *, level = 0.95))]
fn chi2_contingency(observed: Grid, correction: bool, level: f64) -> PyResult<TestResult> {
    let cells = counts(&observed)?;
    result(|| tests::chi_square(&cells, observed.n_columns, correction, level))
}

/// The chi-square test of goodness of fit; ``f_exp`` are counts or shares, equal where none are given.
///
/// Shapes: f_obs, f_exp (n_classes,); of f_exp only ratios count.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, too few classes, an expectation of 0, other
/// lengths.
/// Source: K. Pearson (1900), Philosophical Magazine 50, 157-175; scipy ``chisquare``.
#[pyfunction]
#[pyo3(signature = (f_obs, f_exp = None, ddof = 0, *, level = 0.95))]
fn chisquare(f_obs: Numbers, f_exp: Option<Numbers>, ddof: usize, level: f64) -> PyResult<TestResult> {
    let observed = Grid {
        n_columns: f_obs.len(),
        values: f_obs.to_vec(),
    };
    let cells = counts(&observed)?;
    result(|| tests::goodness_of_fit(&cells, f_exp.as_deref(), ddof, level))
}

/// The counts that independence leads to expect, of the shape of the table.
///
/// Shapes: observed (n_rows, n_columns), whole counts; the answer is of this shape.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, all counts 0.
/// Source: scipy ``contingency.expected_freq``.
#[pyfunction]
fn expected_freq(observed: Grid) -> PyResult<Array> {
    let cells = counts(&observed)?;
    let found = computed(|| tests::expected_counts(&cells, observed.n_columns))?;
    let n_rows = found.len() / observed.n_columns.max(1);
    Ok(Array::numbers(found, &[n_rows, observed.n_columns]))
}

/// The G test of independence in a table of counts; ``correction`` is for 2 x 2 alone.
///
/// Shapes: table (n_rows, n_columns), whole counts.
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``chi2_contingency``.
/// Source: B. Woolf (1957), Annals of Human Genetics 21, 397-409; scipy
/// ``chi2_contingency(lambda_="log-likelihood")``.
#[pyfunction]
#[pyo3(signature = (table, *, correction = true, level = 0.95))]
fn g_test(table: Grid, correction: bool, level: f64) -> PyResult<TestResult> {
    let cells = counts(&table)?;
    result(|| tests::g_test(&cells, table.n_columns, correction, level))
}

/// McNemar's test of paired yes-no answers, counted as ``table[before][after]``.
///
/// Shapes: table (2, 2), whole counts; the effect is the conditional odds ratio.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, nothing that changed.
/// Source: Q. McNemar (1947), Psychometrika 12, 153-157; statsmodels ``mcnemar``.
#[pyfunction]
#[pyo3(signature = (table, exact = true, correction = true, *, level = 0.95))]
fn mcnemar(table: Grid, exact: bool, correction: bool, level: f64) -> PyResult<TestResult> {
    let method = match exact {
        true => McNemarMethod::Exact,
        false => McNemarMethod::ChiSquare {
            continuity: correction,
        },
    };
    let table = two_by_two(&table)?;
    result(|| tests::mcnemar(table, method, level))
}

/// The Cochran-Mantel-Haenszel test of 2 x 2 tables, one for each stratum.
///
/// Shapes: a table (2, 2) for each stratum; the effect is the common odds ratio.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for no stratum of two counts, a row or column empty in each.
/// Source: N. Mantel, W. Haenszel (1959), JNCI 22, 719-748; J. Robins, N. Breslow, S. Greenland (1986),
/// Biometrics 42, 311-323; statsmodels ``StratifiedTable``.
#[pyfunction]
#[pyo3(signature = (tables, *, correction = false, level = 0.95))]
fn cochran_mantel_haenszel(tables: Vec<Grid>, correction: bool, level: f64) -> PyResult<TestResult> {
    let tables = tables.iter().map(two_by_two).collect::<PyResult<Vec<_>>>()?;
    result(|| tests::cochran_mantel_haenszel(&tables, correction, level))
}

/// Fisher's exact test. 2 x 2: the effect is the conditional odds ratio. Larger tables are asked two-sided only, and refused
/// where they are too large to walk.
///
/// Shapes: table (n_rows, n_columns), whole counts.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, an empty row or column of 2 x 2, a table too
/// large to walk, a one-sided question of a larger one.
/// Source: R. A. Fisher (1935), JRSS 98, 39-54; C. R. Mehta, N. R. Patel (1983), JASA 78, 427-434; scipy
/// ``fisher_exact``, R ``fisher.test``.
#[pyfunction]
#[pyo3(signature = (table, alternative = "two-sided", *, level = 0.95))]
fn fisher_exact(table: Grid, alternative: &str, level: f64) -> PyResult<TestResult> {
    let (cells, n_columns) = (counts(&table)?, table.n_columns);
    let alternative = alternative_of(alternative)?;
    if let ([a, b, c, d], 2) = (&cells[..], n_columns) {
        let table = [[*a, *b], [*c, *d]];
        return result(|| tests::fisher_exact_2x2(table, alternative, level));
    }
    if alternative != tests::Alternative::TwoSided {
        return Err(refusal(
            format!("{} counts in {n_columns} columns", cells.len()),
            "a 2 x 2 table for a one-sided alternative",
        ));
    }
    result(|| tests::fisher_exact(&cells, n_columns, level))
}

/// How strongly rows and columns belong together, with an interval.
///
/// ``method`` is "cramer", "cramer_corrected" (Bergsma's bias correction), "tschuprow", "pearson" (the contingency coefficient)
/// or "phi" (2 x 2, with its sign).
///
/// Shapes: observed (n_rows, n_columns), whole counts.
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``chi2_contingency``; "phi" of another shape than (2, 2).
/// Source: H. Cramér (1946); W. Bergsma (2013), J. Korean Statistical Society 42, 323-328; scipy
/// ``contingency.association``.
#[pyfunction]
#[pyo3(signature = (observed, method = "cramer", *, level = 0.95))]
fn association(observed: Grid, method: &str, level: f64) -> PyResult<Effect> {
    let (cells, n_columns) = (counts(&observed)?, observed.n_columns);
    match method {
        "cramer" => effect("Cramér's V", || sizes::cramers_v(&cells, n_columns, level)),
        "cramer_corrected" => effect("Cramér's V (bias-corrected)", || {
            sizes::cramers_v_corrected(&cells, n_columns, level)
        }),
        "tschuprow" => effect("Tschuprow's T", || sizes::tschuprow_t(&cells, n_columns, level)),
        "pearson" => effect("contingency coefficient", || {
            sizes::contingency_coefficient(&cells, n_columns, level)
        }),
        "phi" => {
            let table = two_by_two(&observed)?;
            effect("phi", || sizes::phi(table, level))
        }
        other => Err(refusal(
            format!("the method {other:?}"),
            "\"cramer\", \"cramer_corrected\", \"tschuprow\", \"pearson\" or \"phi\"",
        )),
    }
}

/// The odds ratio of a 2 x 2 table with Woolf's interval.
///
/// Shapes: table (2, 2), whole counts.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, trials that all end alike.
/// Source: B. Woolf (1955), Annals of Human Genetics 19, 251-253; statsmodels
/// ``confint_proportions_2indep``.
#[pyfunction]
#[pyo3(signature = (table, *, level = 0.95))]
fn odds_ratio(table: Grid, level: f64) -> PyResult<Effect> {
    let table = two_by_two(&table)?;
    effect("odds ratio", || sizes::odds_ratio(table, level))
}

/// The risk ratio of a 2 x 2 table (the first column's share in the first row over that in the second) with Katz's interval.
///
/// Shapes: table (2, 2), whole counts.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a cell that is no count, no success on either side.
/// Source: D. Katz et al. (1978), Biometrics 34, 469-474; statsmodels ``confint_proportions_2indep``.
#[pyfunction]
#[pyo3(signature = (table, *, level = 0.95))]
fn risk_ratio(table: Grid, level: f64) -> PyResult<Effect> {
    let table = two_by_two(&table)?;
    effect("risk ratio", || sizes::risk_ratio(table, level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        chi2_contingency,
        chisquare,
        expected_freq,
        g_test,
        mcnemar,
        cochran_mantel_haenszel,
        fisher_exact,
        association,
        odds_ratio,
        risk_ratio
    );
    Ok(())
}
