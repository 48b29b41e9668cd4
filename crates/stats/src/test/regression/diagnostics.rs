use super::{
    Influence, breusch_godfrey, breusch_pagan, durbin_watson_test, influence, linear_fit, ramsey_reset,
    variance_inflation, white,
};
use crate::StatsError;
use crate::test::{Alternative, TestResult, jarque_bera_of};

/// What speaks against a linear regression. A test that the data do not allow is its refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionDiagnostics {
    /// First-order autocorrelation of the errors.
    pub durbin_watson: Result<TestResult, StatsError>,
    /// Autocorrelation of the errors up to some lags.
    pub breusch_godfrey: Result<TestResult, StatsError>,
    /// Variance that depends on the regressors, without and with normal errors taken for granted.
    pub breusch_pagan: [Result<TestResult, StatsError>; 2],
    /// Variance that depends on regressors, their squares and products.
    pub white: Result<TestResult, StatsError>,
    /// A relation that is not linear.
    pub ramsey_reset: Result<TestResult, StatsError>,
    /// Errors that are not normal.
    pub jarque_bera: Result<TestResult, StatsError>,
    /// How much the other regressors blow up the variance of each coefficient.
    pub variance_inflation: Result<Vec<f64>, StatsError>,
    /// How much single rows shape the fit.
    pub influence: Influence,
}

/// All tests of a regression at once, on the rows without missing numbers.
///
/// `regressors` are columns of `(n_rows,)` without the constant, `targets` is `(n_rows,)`, rows in the order of time where they
/// have one. `n_lags` is for [`breusch_godfrey`].
///
/// # Errors
/// As [`linear_fit`] and [`influence`].
pub fn regression_diagnostics(
    regressors: &[&[f64]],
    targets: &[f64],
    n_lags: usize,
    level: f64,
) -> Result<RegressionDiagnostics, StatsError> {
    let rows = super::Rows::new(regressors, targets)?;
    let columns: Vec<&[f64]> = rows.columns[1..].iter().map(Vec::as_slice).collect();
    let targets = &rows.targets;
    let fit = linear_fit(&columns, targets, true)?;
    let of_residuals = |studentized| breusch_pagan(&fit.residuals, &columns, studentized, level);
    Ok(RegressionDiagnostics {
        durbin_watson: durbin_watson_test(&columns, targets, Alternative::TwoSided, level),
        breusch_godfrey: breusch_godfrey(&columns, targets, n_lags, level),
        breusch_pagan: [of_residuals(true), of_residuals(false)],
        white: white(&fit.residuals, &columns, level),
        ramsey_reset: ramsey_reset(&columns, targets, 3, level),
        jarque_bera: jarque_bera_of("residuals", &fit.residuals, level),
        variance_inflation: variance_inflation(&columns),
        influence: Influence {
            n_dropped: rows.n_dropped,
            ..influence(&columns, targets)?
        },
    })
}
