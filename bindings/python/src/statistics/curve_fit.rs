//! Least squares of formulas.

use crate::array::Array;
use crate::numbers::{Numbers, refusal};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{SpanwiseError, add_functions, computed};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use stats::distribution::StudentT;
use stats::nonlinear::{Formula, NonlinearFit, nonlinear_fit};

result_class! {
    /// A fitted formula.
    "spanwise.stats" CurveFit {
        /// The formula as it was given.
        formula: String,
        /// The names of the parameters, in the order of all lists below.
        parameters: Vec<String>,
        /// One number for each parameter.
        coefficients: Array,
        /// Their standard errors, from the formula's slope at the solution.
        standard_errors: Array,
        /// The lower ends of Student's intervals.
        low: Array,
        /// The upper ends.
        high: Array,
        /// The covariance of the coefficients, (n_parameters, n_parameters).
        covariance: Array,
        /// The intervals' level.
        level: f64,
        /// The standard deviation of the errors, in the unit of ``ydata``.
        residual_sd: f64,
        /// The sum of squared residuals.
        residual_sum_of_squares: f64,
        /// Targets minus fitted values, of the rows used.
        residuals: Array,
        /// Rows beyond parameters.
        df_residual: usize,
        /// Rows used.
        n_used: usize,
        /// Rows dropped for a missing number.
        n_dropped: usize,
        /// Steps taken from all starts.
        n_steps: usize,
    }

    fn __repr__(&self) -> String {
        let (values, _) = self.coefficients.numbers_and_columns();
        let named = self.parameters.iter().zip(values);
        let named: Vec<String> = named.map(|(name, value)| format!("{name} = {value:?}")).collect();
        format!("<CurveFit {}: {}>", self.formula, named.join(", "))
    }
}

/// A row for each parameter.
impl Tidy for CurveFit {
    fn rows(&self) -> Vec<Record> {
        let at = |list: &Array, place: usize| list.numbers_and_columns().0.get(place).copied().into();
        let parameters = self.parameters.iter().enumerate();
        parameters
            .map(|(place, name)| {
                row([
                    ("term", name.clone().into()),
                    ("value", at(&self.coefficients, place)),
                    ("standard_error", at(&self.standard_errors, place)),
                    ("low", at(&self.low, place)),
                    ("high", at(&self.high, place)),
                ])
            })
            .collect()
    }
}

impl CurveFit {
    fn new(formula: &str, parameters: Vec<String>, found: NonlinearFit, t: f64, level: f64) -> CurveFit {
        let ends = |sign: f64| {
            let pairs = found.coefficients.iter().zip(&found.standard_errors);
            Array::list(pairs.map(|(value, error)| value + sign * t * error).collect())
        };
        let n = parameters.len();
        CurveFit {
            formula: formula.to_owned(),
            low: ends(-1.0),
            high: ends(1.0),
            parameters,
            coefficients: Array::list(found.coefficients),
            standard_errors: Array::list(found.standard_errors),
            covariance: Array::numbers(found.covariance, &[n, n]),
            level,
            residual_sd: found.residual_sd,
            residual_sum_of_squares: found.residual_sum_of_squares,
            residuals: Array::list(found.residuals),
            df_residual: found.df_residual,
            n_used: found.n_used,
            n_dropped: found.n_dropped,
            n_steps: found.n_steps,
        }
    }
}

/// The columns that a formula names; an array is the column ``x``.
fn columns_of(xdata: &Bound<'_, PyAny>, formula: &str) -> PyResult<Vec<(String, Numbers)>> {
    let is_list = xdata
        .getattr("ndim")
        .and_then(|n| n.extract())
        .is_ok_and(|n: usize| n == 1);
    let names = match () {
        () if is_list => None,
        () if xdata.hasattr("keys")? => Some(xdata.call_method0("keys")?),
        () if xdata.hasattr("column_names")? => Some(xdata.getattr("column_names")?),
        () if xdata.hasattr("columns")? => Some(xdata.getattr("columns")?),
        () => None,
    };
    let Some(names) = names else {
        return Ok(vec![("x".to_owned(), xdata.extract()?)]);
    };
    let mut columns = Vec::new();
    for name in names.try_iter()? {
        let name: String = name?.cast::<PyString>().map_err(PyErr::from)?.extract()?;
        let is_part = |c: char| !(c.is_alphanumeric() || c == '_');
        if formula.split(is_part).any(|word| word == name) {
            let column = xdata.get_item(&name)?.extract()?;
            columns.push((name, column));
        }
    }
    Ok(columns)
}

/// Least squares of a formula such as ``"a * (1 - exp(-b * x))"``, with exact derivatives.
///
/// ``xdata`` is an array, the column ``x`` of the formula, or columns by name: a dictionary or a data frame. ``p0`` gives
/// the parameters' names and where they start. The formula may hold numbers, ``pi``, ``+ - * / ^ **``, brackets, ``exp``,
/// ``ln`` (``log``), ``sqrt``, ``sin``, ``cos``, ``tanh``, ``atan`` (``arctan``).
///
/// Shapes: columns and ydata (n,); one start for each parameter.
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for what is no formula, a start without a value, no minimum found, parameters
/// that the data do not tell apart, no spare row.
/// Source: J. J. Moré (1978), Lecture Notes in Mathematics 630, 105-116; the certified values of NIST StRD
/// (nonlinear regression).
#[pyfunction]
#[pyo3(signature = (f, xdata, ydata, p0, *, level = 0.95))]
fn curve_fit(
    f: &str,
    xdata: &Bound<'_, PyAny>,
    ydata: Numbers,
    p0: &Bound<'_, PyDict>,
    level: f64,
) -> PyResult<CurveFit> {
    if !(0.0 < level && level < 1.0) {
        return Err(refusal(format!("the level {level}"), "a number in (0, 1)"));
    }
    let (parameters, start): (Vec<String>, Vec<f64>) = p0
        .iter()
        .map(|(name, value)| Ok((name.extract::<String>()?, value.extract::<f64>()?)))
        .collect::<PyResult<Vec<_>>>()?
        .into_iter()
        .unzip();
    let columns = columns_of(xdata, f)?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(both) = parameters.iter().find(|name| names.contains(&name.as_str())) {
        return Err(refusal(
            format!("{both:?} among columns and parameters"),
            "names that differ",
        ));
    }
    let words: Vec<&str> = parameters.iter().map(String::as_str).collect();
    let formula =
        Formula::parse(f, &names, &words).map_err(|error| SpanwiseError::new_err(error.to_string()))?;
    let (found, t) = computed(|| {
        let columns: Vec<&[f64]> = columns.iter().map(|(_, column)| &**column).collect();
        let found = nonlinear_fit(&formula, &columns, &ydata, &start)?;
        let t = StudentT::new(found.df_residual as f64)?.upper_quantile(0.5 * (1.0 - level));
        Ok((found, t))
    })?;
    Ok(CurveFit::new(f, parameters, found, t, level))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<CurveFit>()?;
    add_functions!(module, curve_fit);
    Ok(())
}
