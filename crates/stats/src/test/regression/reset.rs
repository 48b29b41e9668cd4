use super::rows::{centred, squares_about_mean};
use super::{Rows, added_columns};
use crate::linalg::LeastSquares;
use crate::math::sqrt;
use crate::test::TestResult;
use crate::{StatsError, check};

/// Ramsey's RESET test: do powers of the fitted values explain what the regression left?
///
/// # Shapes and units
/// `regressors` are columns of `(n_rows,)` without the constant, `targets` is `(n_rows,)`. Powers 2 to `power` are added, 3 as a
/// rule. The effect is the share of the residual variance that they explain.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a power below 2, [`StatsError::TooFewValues`] without a spare row, [`StatsError::Constant`] if
/// the fit is exact, [`StatsError::Undefined`] if the powers add nothing (regressors of two values).
///
/// # Reference
/// J. B. Ramsey (1969), JRSS B 31, 350-371. Checked against statsmodels `linear_reset(power=3, use_f=True)`.
pub fn ramsey_reset(
    regressors: &[&[f64]],
    targets: &[f64],
    power: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    if !(2..=20).contains(&power) {
        return Err(StatsError::OutOfRange {
            what: "power",
            found: power as f64,
            expected: "from 2 to 20",
        });
    }
    let rows = Rows::new(regressors, targets)?.in_own_units();
    let fit = LeastSquares::new(&rows.columns, &rows.targets)?;
    rows.spare(fit.rank())?;
    let rest = fit.residual_sum_of_squares();
    if rest == 0.0 {
        return Err(StatsError::Constant {
            what: "residuals".to_owned(),
        });
    }
    let mut columns = rows.columns.clone();
    columns.extend(powers(&rows.targets, fit.residuals(), power));
    let larger = LeastSquares::new(&columns, &rows.targets)?;
    let added = larger.rank() - fit.rank();
    if added == 0 {
        return Err(StatsError::Undefined {
            what: "RESET",
            reason: "powers of the fitted values are sums of the regressors",
        });
    }
    let spare = rows.spare(larger.rank())?;
    let rest_then = larger.residual_sum_of_squares();
    let f = (rest - rest_then).max(0.0) / added as f64 / (rest_then / spare as f64);
    let found = added_columns("Ramsey's RESET test", f, [added, spare], rows.n(), level)?;
    Ok(TestResult {
        n_dropped: rows.n_dropped,
        ..found
    })
}

/// Powers of the standardised fitted values, which with the regressors span those of the fitted values.
fn powers(targets: &[f64], residuals: &[f64], power: usize) -> Vec<Vec<f64>> {
    let fitted: Vec<f64> = targets.iter().zip(residuals).map(|(y, r)| y - r).collect();
    let sd = sqrt(squares_about_mean(&fitted) / fitted.len() as f64);
    let unit = if sd > 0.0 { sd } else { 1.0 };
    let base: Vec<f64> = centred(&fitted).iter().map(|d| d / unit).collect();
    let mut columns = vec![base.clone()];
    for _ in 2..=power {
        let last = &columns[columns.len() - 1];
        columns.push(last.iter().zip(&base).map(|(a, b)| a * b).collect());
    }
    columns.split_off(1)
}
