//! Least squares of straight lines and polynomials.

use super::{columns, slices};
use crate::array::Array;
use crate::numbers::{Grid, Numbers};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::test as tests;

result_class! {
    /// An ordinary least squares regression and how well it fits.
    "spanwise.stats" LinearFit {
        /// The constant first, where there is one, then one number per column.
        coefficients: Array,
        /// Their standard errors.
        standard_errors: Array,
        /// Targets minus fitted values, of the rows used.
        residuals: Array,
        /// The standard deviation of the errors.
        residual_sd: f64,
        /// The share of the targets' variance (of their squares without a constant) that the fit explains.
        r_squared: f64,
        /// The statistic of the test that all coefficients but the constant are 0.
        f_statistic: f64,
        /// Its p-value.
        f_p_value: f64,
        /// Coefficients without the constant.
        df_model: usize,
        /// Rows beyond coefficients.
        df_residual: usize,
        /// Rows used.
        n_used: usize,
        /// Rows dropped for a missing number.
        n_dropped: usize,
    }

    fn __repr__(&self) -> String {
        let (coefficients, _) = self.coefficients.numbers_and_columns();
        format!("<LinearFit: {coefficients:?}, R² = {:?}>", self.r_squared)
    }
}

/// A row for each coefficient.
impl Tidy for LinearFit {
    fn rows(&self) -> Vec<Record> {
        let has_constant = self.df_model < self.coefficients.numbers_and_columns().0.len();
        let name = |place: usize| match (has_constant, place) {
            (true, 0) => "constant".to_owned(),
            (true, place) => format!("x{place}"),
            (false, place) => format!("x{}", place + 1),
        };
        let (values, _) = self.coefficients.numbers_and_columns();
        let (errors, _) = self.standard_errors.numbers_and_columns();
        values
            .iter()
            .zip(errors)
            .enumerate()
            .map(|(place, (value, error))| {
                row([
                    ("term", name(place).into()),
                    ("value", (*value).into()),
                    ("standard_error", (*error).into()),
                ])
            })
            .collect()
    }
}

impl From<tests::LinearFit> for LinearFit {
    fn from(found: tests::LinearFit) -> LinearFit {
        LinearFit {
            coefficients: Array::list(found.coefficients),
            standard_errors: Array::list(found.standard_errors),
            residuals: Array::list(found.residuals),
            residual_sd: found.residual_sd,
            r_squared: found.r_squared,
            f_statistic: found.f_statistic,
            f_p_value: found.f_p_value,
            df_model: found.df_model,
            df_residual: found.df_residual,
            n_used: found.n_used,
            n_dropped: found.n_dropped,
        }
    }
}

/// Ordinary least squares of ``y`` on the columns of ``exog``, and a constant with ``intercept``, to the last digits.
///
/// Shapes: y (n,), exog (n, n_columns).
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for columns that are sums of others, no spare row, constant targets, other
/// lengths, infinities.
/// Source: the certified values of NIST StRD (linear regression).
#[pyfunction]
#[pyo3(signature = (y, exog, *, intercept = true))]
fn linear_regression(y: Numbers, exog: Grid, intercept: bool) -> PyResult<LinearFit> {
    computed(|| tests::linear_fit(&slices(&columns(&exog)), &y, intercept)).map(LinearFit::from)
}

/// Ordinary least squares of ``y`` on the powers 1 to ``degree`` of ``x`` and a constant, to the last digits.
///
/// Shapes: x, y (n,).
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` as ``linear_regression``; degree 0.
/// Source: the certified values of NIST StRD (linear regression).
#[pyfunction]
fn polynomial_regression(x: Numbers, y: Numbers, degree: usize) -> PyResult<LinearFit> {
    computed(|| tests::polynomial_fit(&x, degree, &y)).map(LinearFit::from)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<LinearFit>()?;
    add_functions!(module, linear_regression, polynomial_regression);
    Ok(())
}
