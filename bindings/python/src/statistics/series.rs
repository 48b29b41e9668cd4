//! Tests of series, under the names that users of statsmodels know.

use crate::array::Array;
use crate::numbers::{Numbers, refusal};
use crate::result::{TestResult, alternative_of, result};
use crate::tidy::{Named, Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::StatsError;
use stats::test::{self as tests, Deterministic, UnitRootLags, VarianceLags};

result_class! {
    /// A test of a series with its lags and critical values.
    "spanwise.stats" SeriesTest {
        /// All that the test found.
        result: TestResult,
        /// How many lags were used.
        lags: usize,
        /// Statistics beyond which the null is rejected, by level such as "5%".
        critical_values: Named,
    }

    /// The test statistic.
    #[getter]
    fn statistic(&self) -> f64 {
        self.result.statistic
    }

    /// The p-value.
    #[getter]
    fn p_value(&self) -> f64 {
        self.result.p_value
    }

    /// The same under scipy's name.
    #[getter]
    fn pvalue(&self) -> f64 {
        self.result.p_value
    }

    /// Rows used.
    #[getter]
    fn nobs(&self) -> usize {
        self.result.n_used
    }

    fn __repr__(&self) -> String {
        let SeriesTest { result, lags, .. } = self;
        format!(
            "<{}: {} = {:?}, p = {:?}, {lags} lags>",
            result.method, result.statistic_name, result.statistic, result.p_value
        )
    }
}

impl Tidy for SeriesTest {
    fn rows(&self) -> Vec<Record> {
        let mut rows = self.result.rows();
        rows.truncate(1);
        for cells in &mut rows {
            cells.extend(row([("lags", (self.lags as u64).into())]));
        }
        rows
    }
}

fn series_test(work: impl FnOnce() -> Result<tests::SeriesTest, StatsError> + Send) -> PyResult<SeriesTest> {
    let found = computed(work)?;
    let critical_values = found.critical_values.iter();
    Ok(SeriesTest {
        critical_values: critical_values
            .map(|(share, value)| (format!("{}%", 100.0 * share), *value))
            .collect(),
        result: TestResult::from(found.result),
        lags: found.n_lags,
    })
}

/// The Ljung-Box test of the autocorrelations up to ``lags``, or the Box-Pierce test with ``boxpierce=True``. ``model_df`` is the
/// number of fitted coefficients whose residuals ``x`` are.
///
/// Shapes: x (n,) in the order of time.
/// Missing: at either end dropped and counted, within refused.
/// Errors: ``SpanwiseError`` for too many lags, all values equal, infinities.
/// Source: G. M. Ljung, G. E. P. Box (1978), Biometrika 65, 297-303; statsmodels ``acorr_ljungbox``.
#[pyfunction]
#[pyo3(signature = (x, lags = 10, boxpierce = false, model_df = 0, *, level = 0.95))]
fn acorr_ljungbox(
    x: Numbers,
    lags: usize,
    boxpierce: bool,
    model_df: usize,
    level: f64,
) -> PyResult<TestResult> {
    result(|| match boxpierce {
        true => tests::box_pierce(&x, lags, model_df, level),
        false => tests::ljung_box(&x, lags, model_df, level),
    })
}

/// The autocorrelations of a series at lags 1 to ``nlags``.
///
/// Shapes: x (n,) in the order of time; the answer is (nlags,).
/// Missing: at either end dropped, within refused.
/// Errors: ``SpanwiseError`` for too many lags, all values equal, infinities.
/// Source: NIST StRD (univariate); statsmodels ``acf``.
#[pyfunction]
#[pyo3(signature = (x, nlags = 10))]
fn autocorrelation(x: Numbers, nlags: usize) -> PyResult<Array> {
    computed(|| tests::autocorrelation(&x, nlags)).map(Array::list)
}

/// The augmented Dickey-Fuller test: a small p-value says that the series has no unit root.
///
/// ``regression`` is "n" (nothing), "c" (a constant), "ct" (a trend) or "ctt" (a quadratic trend). ``autolag`` is "AIC", "BIC" or
/// "t-stat", and looks at up to ``maxlag`` lags; with None, ``maxlag`` lags are used.
///
/// Shapes: x (n,) in the order of time.
/// Missing: at either end dropped and counted, within refused.
/// Errors: ``SpanwiseError`` for all values equal, too many lags, an exact fit, infinities.
/// Source: D. A. Dickey, W. A. Fuller (1979), JASA 74, 427-431; J. G. MacKinnon (1994, 2010); statsmodels
/// ``adfuller``.
#[pyfunction]
#[pyo3(signature = (x, maxlag = None, regression = "c", autolag = Some("AIC"), *, level = 0.95), text_signature = "(x, maxlag=None, regression='c', autolag='AIC', *, level=0.95)")]
fn adfuller(
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
    series_test(|| tests::adf(&x, deterministic, lags, level))
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
///
/// Shapes: x (n,) in the order of time.
/// Missing: at either end dropped and counted, within refused.
/// Errors: ``SpanwiseError`` for all values equal, as many lags as values, a long-run variance of 0.
/// Source: D. Kwiatkowski, P. C. B. Phillips, P. Schmidt, Y. Shin (1992), J. Econometrics 54, 159-178;
/// statsmodels ``kpss``.
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
    series_test(|| tests::kpss(&x, trend, lags))
}

/// The Mann-Kendall test of a trend; the effect is the Theil-Sen slope per step.
///
/// Shapes: x (n,) at times 0, 1, 2, ....
/// Missing: keeps its place in time, dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 3 values, all equal, infinities.
/// Source: H. B. Mann (1945), Econometrica 13, 245-259; P. K. Sen (1968), JASA 63, 1379-1389; scipy
/// ``theilslopes``.
#[pyfunction]
#[pyo3(signature = (x, *, alternative = "two-sided", level = 0.95))]
fn mann_kendall(x: Numbers, alternative: &str, level: f64) -> PyResult<TestResult> {
    let alternative = alternative_of(alternative)?;
    result(|| tests::mann_kendall(&x, alternative, level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SeriesTest>()?;
    add_functions!(
        module,
        acorr_ljungbox,
        autocorrelation,
        adfuller,
        kpss,
        mann_kendall
    );
    Ok(())
}
