//! Tests of series and of regressions, under the names that users of statsmodels know.

use crate::array::Array;
use crate::from_stats;
use crate::hypothesis_tests::{TestResult, alternative_of, grouped, result};
use crate::numbers::{Grid, Numbers, refusal};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use stats::StatsError;
use stats::test::{self as tests, Deterministic, UnitRootLags, VarianceLags};

fn list(values: Vec<f64>) -> Array {
    let n = values.len();
    Array::numbers(values, &[n])
}

/// The columns of an array of shape (n_rows, n_columns).
fn columns(grid: &Grid) -> Vec<Vec<f64>> {
    let column = |column: usize| {
        let cells = grid.values.iter().skip(column);
        cells.step_by(grid.n_columns).copied().collect()
    };
    (0..grid.n_columns).map(column).collect()
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

/// A test of a series with its lags and critical values.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct SeriesTest {
    found: tests::SeriesTest,
}

#[pymethods]
impl SeriesTest {
    /// All that the test found.
    #[getter]
    fn result(&self) -> PyResult<TestResult> {
        result(Ok(self.found.result.clone()))
    }

    /// The test statistic.
    #[getter]
    fn statistic(&self) -> f64 {
        self.found.result.statistic
    }

    /// The p-value.
    #[getter]
    fn p_value(&self) -> f64 {
        self.found.result.p_value
    }

    /// The same under scipy's name.
    #[getter]
    fn pvalue(&self) -> f64 {
        self.found.result.p_value
    }

    /// How many lags were used.
    #[getter]
    fn lags(&self) -> usize {
        self.found.n_lags
    }

    /// Rows used.
    #[getter]
    fn nobs(&self) -> usize {
        self.found.result.n_used
    }

    /// Statistics beyond which the null is rejected, by level such as "5%".
    #[getter]
    fn critical_values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let values = PyDict::new(py);
        for (share, value) in &self.found.critical_values {
            values.set_item(format!("{}%", 100.0 * share), value)?;
        }
        Ok(values)
    }

    fn __repr__(&self) -> String {
        let tests::SeriesTest { result, n_lags, .. } = &self.found;
        format!(
            "<{}: {} = {:?}, p = {:?}, {n_lags} lags>",
            result.method, result.statistic_name, result.statistic, result.p_value
        )
    }
}

fn series_test(found: Result<tests::SeriesTest, StatsError>) -> PyResult<SeriesTest> {
    found.map(|found| SeriesTest { found }).map_err(from_stats)
}

/// The Ljung-Box test of the autocorrelations up to ``lags``, or the Box-Pierce test with ``boxpierce=True``. ``model_df`` is the
/// number of fitted coefficients whose residuals ``x`` are.
#[pyfunction]
#[pyo3(signature = (x, lags = 10, *, boxpierce = false, model_df = 0, level = 0.95))]
fn acorr_ljungbox(
    x: Numbers,
    lags: usize,
    boxpierce: bool,
    model_df: usize,
    level: f64,
) -> PyResult<TestResult> {
    result(match boxpierce {
        true => tests::box_pierce(&x, lags, model_df, level),
        false => tests::ljung_box(&x, lags, model_df, level),
    })
}

/// The autocorrelations of a series at lags 1 to ``nlags``.
#[pyfunction]
#[pyo3(signature = (x, nlags = 10))]
fn autocorrelation(x: Numbers, nlags: usize) -> PyResult<Array> {
    tests::autocorrelation(&x, nlags).map(list).map_err(from_stats)
}

/// The augmented Dickey-Fuller test: a small p-value says that the series has no unit root.
///
/// ``regression`` is "n" (nothing), "c" (a constant), "ct" (a trend) or "ctt" (a quadratic trend). ``autolag`` is "AIC", "BIC" or
/// "t-stat", and looks at up to ``maxlag`` lags; with None, ``maxlag`` lags are used.
#[pyfunction]
#[pyo3(signature = (x, maxlag = None, regression = "c", autolag = Some("AIC"), *, level = 0.95), text_signature = "(x, maxlag=None, regression='c', autolag='AIC', *, level=0.95)")]
fn adfuller(
    py: Python<'_>,
    x: Numbers,
    maxlag: Option<usize>,
    regression: &str,
    autolag: Option<&str>,
    level: f64,
) -> PyResult<SeriesTest> {
    let deterministic = match regression {
        "n" => Deterministic::Nothing,
        "c" => Deterministic::Constant,
        "ct" => Deterministic::Trend,
        "ctt" => Deterministic::QuadraticTrend,
        other => {
            return Err(refusal(
                format!("the regression {other:?}"),
                "\"n\", \"c\", \"ct\" or \"ctt\"",
            ));
        }
    };
    let lags = match (autolag, maxlag) {
        (Some("AIC"), most) => UnitRootLags::Akaike { most },
        (Some("BIC"), most) => UnitRootLags::Bayes { most },
        (Some("t-stat"), most) => UnitRootLags::LastT { most },
        (None, Some(lags)) => UnitRootLags::Fixed(lags),
        (autolag, maxlag) => {
            return Err(refusal(
                format!("autolag {autolag:?} with maxlag {maxlag:?}"),
                "\"AIC\", \"BIC\" or \"t-stat\", or None with a number of lags",
            ));
        }
    };
    series_test(py.detach(|| tests::adf(&x, deterministic, lags, level)))
}

/// How many lags the KPSS test sums: a number, or "auto" or "legacy".
#[derive(Debug, FromPyObject)]
enum LagsOrWord {
    Number(usize),
    Word(String),
}

/// The KPSS test: a small p-value says that the series does not stay about a level ("c") or a trend ("ct").
///
/// ``nlags`` is a number, "auto" (from the data) or "legacy" (from the length). The p-value is tabled from 0.01 to 0.1.
#[pyfunction]
#[pyo3(signature = (x, regression = "c", nlags = LagsOrWord::Word("auto".to_owned())), text_signature = "(x, regression='c', nlags='auto')")]
fn kpss(x: Numbers, regression: &str, nlags: LagsOrWord) -> PyResult<SeriesTest> {
    let trend = match regression {
        "c" => false,
        "ct" => true,
        other => return Err(refusal(format!("the regression {other:?}"), "\"c\" or \"ct\"")),
    };
    let lags = match nlags {
        LagsOrWord::Number(lags) => VarianceLags::Fixed(lags),
        LagsOrWord::Word(word) if word == "auto" => VarianceLags::Automatic,
        LagsOrWord::Word(word) if word == "legacy" => VarianceLags::Schwert,
        LagsOrWord::Word(word) => {
            return Err(refusal(
                format!("the lags {word:?}"),
                "a number, \"auto\" or \"legacy\"",
            ));
        }
    };
    series_test(tests::kpss(&x, trend, lags))
}

/// The Mann-Kendall test of a trend; the effect is the Theil-Sen slope per step.
#[pyfunction]
#[pyo3(signature = (x, *, alternative = "two-sided", level = 0.95))]
fn mann_kendall(py: Python<'_>, x: Numbers, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(py.detach(|| tests::mann_kendall(&x, alternative, level)))
}

/// The Durbin-Watson statistic of residuals.
#[pyfunction]
fn durbin_watson(resids: Numbers) -> PyResult<f64> {
    tests::durbin_watson(&resids).map_err(from_stats)
}

/// The Breusch-Pagan test of residuals: does their variance depend on the columns of ``exog_het``? ``robust`` is Koenker's form.
/// A constant is added.
#[pyfunction]
#[pyo3(signature = (resid, exog_het, robust = true, *, level = 0.95))]
fn het_breuschpagan(resid: Numbers, exog_het: Grid, robust: bool, level: f64) -> PyResult<TestResult> {
    result(tests::breusch_pagan(
        &resid,
        &slices(&columns(&exog_het)),
        robust,
        level,
    ))
}

/// White's test of residuals: does their variance depend on the columns of ``exog``, their squares and products? A constant is
/// added.
#[pyfunction]
#[pyo3(signature = (resid, exog, *, level = 0.95))]
fn het_white(resid: Numbers, exog: Grid, level: f64) -> PyResult<TestResult> {
    result(tests::white(&resid, &slices(&columns(&exog)), level))
}

/// The Breusch-Godfrey test: are the errors of the regression of ``y`` on the columns of ``exog`` and a constant correlated up to
/// ``nlags`` steps apart?
#[pyfunction]
#[pyo3(signature = (y, exog, nlags = 1, *, level = 0.95))]
fn acorr_breusch_godfrey(y: Numbers, exog: Grid, nlags: usize, level: f64) -> PyResult<TestResult> {
    result(tests::breusch_godfrey(&slices(&columns(&exog)), &y, nlags, level))
}

/// Ramsey's RESET test: do powers of the fitted values, 2 to ``power``, add to the regression of ``y`` on the columns of ``exog`` and a
/// constant?
#[pyfunction]
#[pyo3(signature = (y, exog, power = 3, *, level = 0.95))]
fn linear_reset(y: Numbers, exog: Grid, power: usize, level: f64) -> PyResult<TestResult> {
    result(tests::ramsey_reset(&slices(&columns(&exog)), &y, power, level))
}

/// The variance inflation factor of each column; a constant is added.
#[pyfunction]
fn variance_inflation_factor(exog: Grid) -> PyResult<Array> {
    let found = tests::variance_inflation(&slices(&columns(&exog)));
    found.map(list).map_err(from_stats)
}

/// All tests of a regression at once; a test that the data do not allow is None.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct RegressionDiagnostics {
    found: tests::RegressionDiagnostics,
}

fn or_none(found: &Result<tests::TestResult, StatsError>) -> Option<TestResult> {
    result(found.clone()).ok()
}

#[pymethods]
impl RegressionDiagnostics {
    /// First-order autocorrelation of the errors.
    #[getter]
    fn durbin_watson(&self) -> Option<TestResult> {
        or_none(&self.found.durbin_watson)
    }

    /// Autocorrelation of the errors up to some lags.
    #[getter]
    fn breusch_godfrey(&self) -> Option<TestResult> {
        or_none(&self.found.breusch_godfrey)
    }

    /// Variance that depends on the regressors (Koenker).
    #[getter]
    fn breusch_pagan(&self) -> Option<TestResult> {
        or_none(&self.found.breusch_pagan[0])
    }

    /// The same for normal errors, the original form.
    #[getter]
    fn breusch_pagan_original(&self) -> Option<TestResult> {
        or_none(&self.found.breusch_pagan[1])
    }

    /// Variance that depends on regressors, their squares and products.
    #[getter]
    fn white(&self) -> Option<TestResult> {
        or_none(&self.found.white)
    }

    /// A relation that is not linear.
    #[getter]
    fn reset(&self) -> Option<TestResult> {
        or_none(&self.found.ramsey_reset)
    }

    /// Errors that are not normal.
    #[getter]
    fn jarque_bera(&self) -> Option<TestResult> {
        or_none(&self.found.jarque_bera)
    }

    /// The variance inflation factor of each column.
    #[getter]
    fn vif(&self) -> Option<Array> {
        self.found.variance_inflation.clone().ok().map(list)
    }

    /// The weight of each row's target in its own fitted value.
    #[getter]
    fn leverage(&self) -> Array {
        list(self.found.influence.leverage.clone())
    }

    /// Cook's distance of each row.
    #[getter]
    fn cooks_distance(&self) -> Array {
        list(self.found.influence.cooks_distance.clone())
    }

    /// Residuals over their standard deviation as the other rows tell it.
    #[getter]
    fn studentized_residuals(&self) -> Array {
        list(self.found.influence.studentized_residuals.clone())
    }

    /// Rows dropped for a missing number.
    #[getter]
    fn n_dropped(&self) -> usize {
        self.found.influence.n_dropped
    }

    fn __repr__(&self) -> String {
        let n = self.found.influence.leverage.len();
        format!("<RegressionDiagnostics of {n} rows>")
    }
}

/// Tests of the regression of ``y`` on the columns of ``exog`` and a constant, and the influence of each row.
#[pyfunction]
#[pyo3(signature = (y, exog, *, nlags = 1, level = 0.95))]
fn regression_diagnostics(
    py: Python<'_>,
    y: Numbers,
    exog: Grid,
    nlags: usize,
    level: f64,
) -> PyResult<RegressionDiagnostics> {
    let columns = columns(&exog);
    py.detach(|| tests::regression_diagnostics(&slices(&columns), &y, nlags, level))
        .map(|found| RegressionDiagnostics { found })
        .map_err(from_stats)
}

/// An ordinary least squares regression and how well it fits.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct LinearFit {
    found: tests::LinearFit,
}

#[pymethods]
impl LinearFit {
    /// The constant first, where there is one, then one number per column.
    #[getter]
    fn coefficients(&self) -> Array {
        list(self.found.coefficients.clone())
    }

    /// Their standard errors.
    #[getter]
    fn standard_errors(&self) -> Array {
        list(self.found.standard_errors.clone())
    }

    /// Targets minus fitted values, of the rows used.
    #[getter]
    fn residuals(&self) -> Array {
        list(self.found.residuals.clone())
    }

    /// The standard deviation of the errors.
    #[getter]
    fn residual_sd(&self) -> f64 {
        self.found.residual_sd
    }

    /// The share of the targets' variance (of their squares without a constant) that the fit explains.
    #[getter]
    fn r_squared(&self) -> f64 {
        self.found.r_squared
    }

    /// The statistic of the test that all coefficients but the constant are 0.
    #[getter]
    fn f_statistic(&self) -> f64 {
        self.found.f_statistic
    }

    /// Its p-value.
    #[getter]
    fn f_p_value(&self) -> f64 {
        self.found.f_p_value
    }

    /// Coefficients without the constant.
    #[getter]
    fn df_model(&self) -> usize {
        self.found.df_model
    }

    /// Rows beyond coefficients.
    #[getter]
    fn df_residual(&self) -> usize {
        self.found.df_residual
    }

    /// Rows used.
    #[getter]
    fn n_used(&self) -> usize {
        self.found.n_used
    }

    /// Rows dropped for a missing number.
    #[getter]
    fn n_dropped(&self) -> usize {
        self.found.n_dropped
    }

    fn __repr__(&self) -> String {
        let tests::LinearFit {
            coefficients,
            r_squared,
            ..
        } = &self.found;
        format!("<LinearFit: {coefficients:?}, R² = {r_squared:?}>")
    }
}

/// Ordinary least squares of ``y`` on the columns of ``exog``, and a constant with ``intercept``, to the last digits.
#[pyfunction]
#[pyo3(signature = (y, exog, *, intercept = true))]
fn linear_regression(py: Python<'_>, y: Numbers, exog: Grid, intercept: bool) -> PyResult<LinearFit> {
    let columns = columns(&exog);
    py.detach(|| tests::linear_fit(&slices(&columns), &y, intercept))
        .map(|found| LinearFit { found })
        .map_err(from_stats)
}

/// Ordinary least squares of ``y`` on the powers 1 to ``degree`` of ``x`` and a constant, to the last digits.
#[pyfunction]
fn polynomial_regression(x: Numbers, y: Numbers, degree: usize) -> PyResult<LinearFit> {
    tests::polynomial_fit(&x, degree, &y)
        .map(|found| LinearFit { found })
        .map_err(from_stats)
}

/// The numbers that describe a sample.
#[pyclass(frozen, get_all, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct Description {
    /// Values that are there.
    n: usize,
    /// Values that are missing.
    n_missing: usize,
    /// The smallest.
    min: f64,
    /// The largest.
    max: f64,
    /// The mean.
    mean: f64,
    /// With ``n - 1`` in the denominator.
    variance: f64,
    /// The root of the variance.
    sd: f64,
    /// The third standardised moment.
    skewness: f64,
    /// The fourth standardised moment minus 3.
    excess_kurtosis: f64,
}

/// Count, range and moments of a sample.
#[pyfunction]
fn describe(a: Numbers) -> PyResult<Description> {
    let found = stats::describe(&a).map_err(from_stats)?;
    Ok(Description {
        n: found.n,
        n_missing: found.n_missing,
        min: found.min,
        max: found.max,
        mean: found.mean,
        variance: found.variance,
        sd: found.sd,
        skewness: found.skewness,
        excess_kurtosis: found.excess_kurtosis,
    })
}

/// The table of a one-way analysis of variance.
#[pyclass(frozen, get_all, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct AnovaTable {
    /// Groups minus 1.
    df_between: usize,
    /// Values minus groups.
    df_within: usize,
    /// Squared distances of group means from the mean.
    ss_between: f64,
    /// Squared distances of values from their group's mean.
    ss_within: f64,
    /// The ratio of the mean squares.
    f_statistic: f64,
    /// Its p-value.
    p_value: f64,
    /// The share of all squares that lies between groups.
    r_squared: f64,
    /// The standard deviation within groups.
    residual_sd: f64,
    /// Values dropped because they were missing.
    n_dropped: usize,
}

/// Sums of squares between and within groups.
#[pyfunction]
#[pyo3(signature = (*groups))]
fn anova_table(groups: Vec<Numbers>) -> PyResult<AnovaTable> {
    let (values, codes) = grouped(&groups);
    let found = tests::anova_table(&values, &codes, groups.len()).map_err(from_stats)?;
    Ok(AnovaTable {
        df_between: found.df_between,
        df_within: found.df_within,
        ss_between: found.ss_between,
        ss_within: found.ss_within,
        f_statistic: found.f_statistic,
        p_value: found.p_value,
        r_squared: found.r_squared,
        residual_sd: found.residual_sd,
        n_dropped: found.n_dropped,
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SeriesTest>()?;
    module.add_class::<RegressionDiagnostics>()?;
    module.add_class::<LinearFit>()?;
    module.add_class::<Description>()?;
    module.add_class::<AnovaTable>()?;
    macro_rules! add {
        ($($name:ident),+ $(,)?) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )+ };
    }
    add!(
        acorr_ljungbox,
        autocorrelation,
        adfuller,
        kpss,
        mann_kendall,
        durbin_watson,
        het_breuschpagan,
        het_white,
        acorr_breusch_godfrey,
        linear_reset,
        variance_inflation_factor,
        regression_diagnostics,
        linear_regression,
        polynomial_regression,
        describe,
        anova_table,
    );
    Ok(())
}
