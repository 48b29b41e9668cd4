use super::Rows;
use super::rows::squares_about_mean;
use crate::distribution::FisherF;
use crate::linalg::LeastSquares;
use crate::math::{exp, sqrt};
use crate::{StatsError, check, sum};

/// An ordinary least squares regression and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    /// The constant first, where there is one, then one number per regressor.
    pub coefficients: Vec<f64>,
    /// Their standard errors, if errors are independent and of one variance.
    pub standard_errors: Vec<f64>,
    /// Targets minus fitted values, of the rows used.
    pub residuals: Vec<f64>,
    /// The standard deviation of the errors, in the unit of the targets.
    pub residual_sd: f64,
    /// The share of the targets' variance (of their squares without a constant) that the fit explains.
    pub r_squared: f64,
    /// The statistic of the test that all coefficients but the constant are 0; infinite for an exact fit.
    pub f_statistic: f64,
    /// Its p-value.
    pub f_p_value: f64,
    /// Coefficients without the constant.
    pub df_model: usize,
    /// Rows beyond coefficients.
    pub df_residual: usize,
    /// Rows used.
    pub n_used: usize,
    /// Rows dropped for a missing number.
    pub n_dropped: usize,
}

/// Ordinary least squares of `targets` on `regressors`, to the last digits even for nearly dependent regressors.
///
/// # Shapes and units
/// `regressors` are columns of `(n_rows,)` each, `targets` is `(n_rows,)`; a row with NaN is dropped and counted.
/// `intercept` adds the constant, and R² is about the mean then; else about 0.
///
/// # Errors
/// [`StatsError::NotPositiveDefinite`] names a regressor that is a sum of those before it (counting the constant as 0 where
/// it is added); [`StatsError::TooFewValues`] without a spare row; [`StatsError::Constant`] targets; lengths and infinities.
///
/// # Reference
/// Checked against the certified values of NIST StRD (linear regression, all eleven data sets).
pub fn linear_fit(regressors: &[&[f64]], targets: &[f64], intercept: bool) -> Result<LinearFit, StatsError> {
    check::at_least("regressors", regressors.len(), 1)?;
    let mut rows = Rows::new(regressors, targets)?;
    if !intercept {
        rows.columns.remove(0);
    }
    let n_columns = rows.columns.len();
    let fit = LeastSquares::new(&rows.columns, &rows.targets)?;
    summary(&fit, n_columns, &rows, intercept)
}

/// Ordinary least squares of `targets` on the powers 1 to `degree` of `x`, and a constant.
///
/// Powers are taken in twice the usual precision: a polynomial of degree 10 keeps all digits.
///
/// # Errors
/// As [`linear_fit`]; [`StatsError::OutOfRange`] for degree 0.
pub fn polynomial_fit(x: &[f64], degree: usize, targets: &[f64]) -> Result<LinearFit, StatsError> {
    if degree == 0 {
        return Err(StatsError::OutOfRange {
            what: "degree",
            found: 0.0,
            expected: "at least 1",
        });
    }
    let rows = Rows::new(&[x], targets)?;
    let fit = LeastSquares::polynomial(&rows.columns[1], degree, &rows.targets)?;
    summary(&fit, degree + 1, &rows, true)
}

fn summary(
    fit: &LeastSquares,
    n_columns: usize,
    rows: &Rows,
    about_mean: bool,
) -> Result<LinearFit, StatsError> {
    let df_residual = rows.spare(n_columns)?;
    let row = (0..n_columns).find(|column| !fit.kept().contains(column));
    if let Some(row) = row {
        return Err(StatsError::NotPositiveDefinite { row });
    }
    let size = |values: &[f64]| match about_mean {
        true => squares_about_mean(values),
        false => sum::in_order(&values.iter().map(|v| v * v).collect::<Vec<f64>>()),
    };
    let fitted: Vec<f64> = rows
        .targets
        .iter()
        .zip(fit.residuals())
        .map(|(y, r)| y - r)
        .collect();
    let (total, explained, rest) = (size(&rows.targets), size(&fitted), fit.residual_sum_of_squares());
    if total == 0.0 {
        return Err(StatsError::Constant {
            what: "targets".to_owned(),
        });
    }
    if !(total.is_finite() && rest.is_finite()) {
        return Err(StatsError::OutOfRange {
            what: "sum of squares",
            found: total,
            expected: "a number: divide the targets by a large unit",
        });
    }
    let df_model = n_columns - usize::from(about_mean);
    let variance = rest / df_residual as f64;
    let f_statistic = explained / df_model as f64 / variance;
    let ln_p = FisherF::new(df_model as f64, df_residual as f64)?.ln_sf(f_statistic);
    Ok(LinearFit {
        coefficients: fit.coefficients().to_vec(),
        standard_errors: (0..n_columns).map(|place| fit.standard_error(place)).collect(),
        residuals: fit.residuals().to_vec(),
        residual_sd: sqrt(variance),
        // the smaller share keeps its digits
        r_squared: if explained < rest {
            explained / total
        } else {
            1.0 - rest / total
        },
        f_statistic,
        f_p_value: exp(ln_p),
        df_model,
        df_residual,
        n_used: rows.n(),
        n_dropped: rows.n_dropped,
    })
}
