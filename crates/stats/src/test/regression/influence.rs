use super::Rows;
use super::rows::squares_about_mean;
use crate::linalg::LeastSquares;
use crate::math::sqrt;
use crate::{StatsError, check};

/// How much single rows shape a regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// The weight of each row's target in its own fitted value, in [0, 1].
    pub leverage: Vec<f64>,
    /// Cook's distance: how far all fitted values move without the row; infinite for a row of leverage 1.
    pub cooks_distance: Vec<f64>,
    /// Residuals over their standard deviation as the other rows tell it; infinite for a row of leverage 1.
    pub studentized_residuals: Vec<f64>,
    /// Rows dropped for a missing number; the lists hold the others in their order.
    pub n_dropped: usize,
}

/// Leverage, Cook's distance and studentized residuals of each row.
///
/// `regressors` are columns of `(n_rows,)` without the constant, `targets` is `(n_rows,)`.
///
/// # Errors
/// [`StatsError::TooFewValues`] without two spare rows, [`StatsError::Constant`] if the fit is exact, lengths and infinities.
///
/// # Reference
/// R. D. Cook (1977), Technometrics 19, 15-18. Checked against statsmodels `OLSInfluence`.
pub fn influence(regressors: &[&[f64]], targets: &[f64]) -> Result<Influence, StatsError> {
    let rows = Rows::new(regressors, targets)?.in_own_units();
    let fit = LeastSquares::new(&rows.columns, &rows.targets)?;
    let spare = rows.spare(fit.rank() + 1)? as f64 + 1.0;
    let rest = fit.residual_sum_of_squares();
    if rest == 0.0 {
        return Err(StatsError::Constant {
            what: "residuals".to_owned(),
        });
    }
    let leverage = fit.leverages();
    let (variance, rank) = (rest / spare, fit.rank() as f64);
    let by_row = |of: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        let rows = fit.residuals().iter().zip(&leverage);
        rows.map(|(&r, &h)| if h < 1.0 - 1e-13 { of(r, h) } else { f64::INFINITY })
            .collect()
    };
    let cooks_distance = by_row(&|r, h| r * r / (rank * variance) * h / ((1.0 - h) * (1.0 - h)));
    let studentized_residuals = by_row(&|r, h| {
        let without = (rest - r * r / (1.0 - h)).max(0.0) / (spare - 1.0);
        r / sqrt(without * (1.0 - h))
    });
    Ok(Influence {
        leverage,
        cooks_distance,
        studentized_residuals,
        n_dropped: rows.n_dropped,
    })
}

/// The variance inflation factor of each regressor: by how much the others blow up the variance of its coefficient.
///
/// `regressors` are columns of `(n_rows,)` without the constant. 1 for a regressor that is uncorrelated with the others, infinite
/// for one that is a sum of them.
///
/// # Errors
/// [`StatsError::Constant`] for a constant regressor, [`StatsError::TooFewValues`] without a regressor or a spare row.
///
/// # Reference
/// Checked against statsmodels `variance_inflation_factor`.
pub fn variance_inflation(regressors: &[&[f64]]) -> Result<Vec<f64>, StatsError> {
    let first = regressors.first().copied().unwrap_or_default();
    check::at_least("regressors", regressors.len(), 1)?;
    let rows = Rows::new(regressors, &vec![0.0; first.len()])?.in_own_units();
    let factor = |position: usize| {
        let mut others = rows.columns.clone();
        let column = others.remove(position);
        let total = squares_about_mean(&column);
        if total == 0.0 {
            return Err(StatsError::Constant {
                what: format!("regressor {}", position - 1),
            });
        }
        let fit = LeastSquares::new(&others, &column)?;
        rows.spare(fit.rank())?;
        Ok(total / fit.residual_sum_of_squares())
    };
    (1..rows.columns.len()).map(factor).collect()
}
