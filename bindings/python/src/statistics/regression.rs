//! Tests of the errors of a regression, under the names that users of statsmodels know.

use super::{columns, slices};
use crate::array::Array;
use crate::numbers::{Grid, Numbers};
use crate::result::{TestResult, result};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::StatsError;
use stats::test as tests;

/// The Durbin-Watson statistic of residuals.
///
/// Shapes: resids (n,) in the order of time.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for fewer than 2 residuals, all 0.
/// Source: J. Durbin, G. S. Watson (1950), Biometrika 37, 409-428; statsmodels ``durbin_watson``.
#[pyfunction]
fn durbin_watson(resids: Numbers) -> PyResult<f64> {
    computed(|| tests::durbin_watson(&resids))
}

/// The Breusch-Pagan test of residuals: does their variance depend on the columns of ``exog_het``? ``robust`` is Koenker's form.
/// A constant is added.
///
/// Shapes: resid (n,), exog_het (n, n_columns) without the constant.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for constant squares or columns, no spare row, other lengths, infinities.
/// Source: T. S. Breusch, A. R. Pagan (1979), Econometrica 47, 1287-1294; R. Koenker (1981), J.
/// Econometrics 17, 107-112; statsmodels ``het_breuschpagan``.
#[pyfunction]
#[pyo3(signature = (resid, exog_het, robust = true, *, level = 0.95))]
fn het_breuschpagan(resid: Numbers, exog_het: Grid, robust: bool, level: f64) -> PyResult<TestResult> {
    result(|| tests::breusch_pagan(&resid, &slices(&columns(&exog_het)), robust, level))
}

/// White's test of residuals: does their variance depend on the columns of ``exog``, their squares and products? A constant is
/// added.
///
/// Shapes: resid (n,), exog (n, n_columns) without the constant.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` as ``het_breuschpagan``; as many products as rows.
/// Source: H. White (1980), Econometrica 48, 817-838; statsmodels ``het_white``.
#[pyfunction]
#[pyo3(signature = (resid, exog, *, level = 0.95))]
fn het_white(resid: Numbers, exog: Grid, level: f64) -> PyResult<TestResult> {
    result(|| tests::white(&resid, &slices(&columns(&exog)), level))
}

/// The Breusch-Godfrey test: are the errors of the regression of ``y`` on the columns of ``exog`` and a constant correlated up to
/// ``nlags`` steps apart?
///
/// Shapes: y (n,), exog (n, n_columns) without the constant, in the order of time.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for no lag, no spare row, an exact fit.
/// Source: T. S. Breusch (1978), Australian Economic Papers 17, 334-355; L. G. Godfrey (1978), Econometrica
/// 46, 1293-1301; statsmodels ``acorr_breusch_godfrey``.
#[pyfunction]
#[pyo3(signature = (y, exog, nlags = 1, *, level = 0.95))]
fn acorr_breusch_godfrey(y: Numbers, exog: Grid, nlags: usize, level: f64) -> PyResult<TestResult> {
    result(|| tests::breusch_godfrey(&slices(&columns(&exog)), &y, nlags, level))
}

/// Ramsey's RESET test: do powers of the fitted values, 2 to ``power``, add to the regression of ``y`` on the columns of ``exog`` and a
/// constant?
///
/// Shapes: y (n,), exog (n, n_columns) without the constant.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for a power below 2, no spare row, an exact fit, powers that add nothing.
/// Source: J. B. Ramsey (1969), JRSS B 31, 350-371; statsmodels ``linear_reset(use_f=True)``.
#[pyfunction]
#[pyo3(signature = (y, exog, power = 3, *, level = 0.95))]
fn linear_reset(y: Numbers, exog: Grid, power: usize, level: f64) -> PyResult<TestResult> {
    result(|| tests::ramsey_reset(&slices(&columns(&exog)), &y, power, level))
}

/// The variance inflation factor of each column; a constant is added.
///
/// Shapes: exog (n, n_columns) without the constant; the answer is (n_columns,).
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for a constant column, no spare row.
/// Source: statsmodels ``variance_inflation_factor``.
#[pyfunction]
fn variance_inflation_factor(exog: Grid) -> PyResult<Array> {
    computed(|| tests::variance_inflation(&slices(&columns(&exog)))).map(Array::list)
}

result_class! {
    /// All tests of a regression at once; a test that the data do not allow is None.
    "spanwise.stats" RegressionDiagnostics {
        /// Errors that follow each other, one step apart.
        durbin_watson: Option<TestResult>,
        /// Errors correlated up to some steps apart.
        breusch_godfrey: Option<TestResult>,
        /// Variance that depends on the regressors (Koenker).
        breusch_pagan: Option<TestResult>,
        /// The same for normal errors, the original form.
        breusch_pagan_original: Option<TestResult>,
        /// Variance that depends on regressors, their squares and products.
        white: Option<TestResult>,
        /// A relation that is not linear.
        reset: Option<TestResult>,
        /// Errors that are not normal.
        jarque_bera: Option<TestResult>,
        /// The variance inflation factor of each column.
        vif: Option<Array>,
        /// The weight of each row's target in its own fitted value.
        leverage: Array,
        /// Cook's distance of each row.
        cooks_distance: Array,
        /// Residuals over their standard deviation as the other rows tell it.
        studentized_residuals: Array,
        /// Rows dropped for a missing number.
        n_dropped: usize,
    }

    fn __repr__(&self) -> String {
        let n = self.leverage.numbers_and_columns().0.len();
        format!("<RegressionDiagnostics of {n} rows>")
    }
}

impl Tidy for RegressionDiagnostics {
    fn rows(&self) -> Vec<Record> {
        let tests = [
            ("durbin_watson", &self.durbin_watson),
            ("breusch_godfrey", &self.breusch_godfrey),
            ("breusch_pagan", &self.breusch_pagan),
            ("breusch_pagan_original", &self.breusch_pagan_original),
            ("white", &self.white),
            ("reset", &self.reset),
            ("jarque_bera", &self.jarque_bera),
        ];
        let done = tests
            .into_iter()
            .filter_map(|(name, test)| Some((name, test.as_ref()?.rows().swap_remove(0))));
        done.map(|(name, cells)| row([("test", name.into())]).into_iter().chain(cells).collect())
            .collect()
    }
}

fn or_none(found: Result<tests::TestResult, StatsError>) -> Option<TestResult> {
    found.ok().map(TestResult::from)
}

impl From<tests::RegressionDiagnostics> for RegressionDiagnostics {
    fn from(found: tests::RegressionDiagnostics) -> RegressionDiagnostics {
        let [koenker, original] = found.breusch_pagan;
        RegressionDiagnostics {
            durbin_watson: or_none(found.durbin_watson),
            breusch_godfrey: or_none(found.breusch_godfrey),
            breusch_pagan: or_none(koenker),
            breusch_pagan_original: or_none(original),
            white: or_none(found.white),
            reset: or_none(found.ramsey_reset),
            jarque_bera: or_none(found.jarque_bera),
            vif: found.variance_inflation.ok().map(Array::list),
            leverage: Array::list(found.influence.leverage),
            cooks_distance: Array::list(found.influence.cooks_distance),
            studentized_residuals: Array::list(found.influence.studentized_residuals),
            n_dropped: found.influence.n_dropped,
        }
    }
}

/// Tests of the regression of ``y`` on the columns of ``exog`` and a constant, and the influence of each row.
///
/// Shapes: y (n,), exog (n, n_columns) without the constant.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` as ``linear_regression``; a test that the data do not allow is None.
/// Source: D. A. Belsley, E. Kuh, R. E. Welsch (1980), Regression diagnostics; statsmodels.
#[pyfunction]
#[pyo3(signature = (y, exog, *, nlags = 1, level = 0.95))]
fn regression_diagnostics(
    y: Numbers,
    exog: Grid,
    nlags: usize,
    level: f64,
) -> PyResult<RegressionDiagnostics> {
    computed(|| tests::regression_diagnostics(&slices(&columns(&exog)), &y, nlags, level))
        .map(RegressionDiagnostics::from)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<RegressionDiagnostics>()?;
    add_functions!(
        module,
        durbin_watson,
        het_breuschpagan,
        het_white,
        acorr_breusch_godfrey,
        linear_reset,
        variance_inflation_factor,
        regression_diagnostics
    );
    Ok(())
}
