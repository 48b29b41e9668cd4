use super::rows::squares_about_mean;
use super::{Rows, lagrange};
use crate::interval::{Estimate, two_sided_normal};
use crate::linalg::LeastSquares;
use crate::math::sqrt;
use crate::special::ln_normal_sf;
use crate::sum::Compensated;
use crate::test::{Alternative, Effect, TestResult};
use crate::{StatsError, check};

/// The Breusch-Godfrey test: are the errors of a regression correlated up to `n_lags` steps apart?
///
/// # Shapes and units
/// `regressors` are columns of `(n_rows,)` without the constant, `targets` is `(n_rows,)`, rows in the order of time. Residuals
/// before the first row count as 0. The effect is the R² of the residuals on regressors and their own past.
///
/// # Errors
/// [`StatsError::NotFinite`] for a missing number, which would break the order; [`StatsError::OutOfRange`] without a lag;
/// [`StatsError::TooFewValues`] without a spare row; [`StatsError::Constant`] if the fit is exact.
///
/// # Reference
/// T. S. Breusch (1978), Australian Economic Papers 17, 334-355; L. G. Godfrey (1978), Econometrica 46, 1293-1301. Checked against
/// statsmodels `acorr_breusch_godfrey`.
pub fn breusch_godfrey(
    regressors: &[&[f64]],
    targets: &[f64],
    n_lags: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (rows, fit) = in_order_of_time(regressors, targets)?;
    if !(1..rows.n()).contains(&n_lags) {
        return Err(StatsError::OutOfRange {
            what: "n_lags",
            found: n_lags as f64,
            expected: "from 1 to fewer than rows",
        });
    }
    check::cells("past residuals", rows.n(), n_lags)?;
    let residuals = fit.residuals();
    let mut columns = rows.columns.clone();
    for lag in 1..=n_lags {
        let mut past = vec![0.0; lag];
        past.extend(&residuals[..residuals.len() - lag]);
        columns.push(past);
    }
    let with_past = LeastSquares::new(&columns, residuals)?;
    rows.spare(with_past.rank())?;
    let fitted: Vec<f64> = residuals
        .iter()
        .zip(with_past.residuals())
        .map(|(y, r)| y - r)
        .collect();
    let r_squared = (squares_about_mean(&fitted) / squares_about_mean(residuals)).min(1.0);
    let df = with_past.rank() - fit.rank();
    lagrange(
        "Breusch-Godfrey test",
        "explained share of residuals",
        r_squared,
        rows.n(),
        df,
        level,
    )
}

/// The Durbin-Watson statistic of residuals in the order of time: about 2 without autocorrelation, towards 0 with positive,
/// towards 4 with negative.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 residuals, [`StatsError::NotFinite`] for a missing number, [`StatsError::Constant`] if
/// all are 0.
///
/// # Reference
/// J. Durbin, G. S. Watson (1950), Biometrika 37, 409-428. Checked against statsmodels `durbin_watson`.
pub fn durbin_watson(residuals: &[f64]) -> Result<f64, StatsError> {
    check::finite("residuals", residuals)?;
    check::at_least("residuals", residuals.len(), 2)?;
    let most = residuals.iter().fold(0.0_f64, |most, r| most.max(r.abs()));
    if most == 0.0 {
        return Err(StatsError::Constant {
            what: "residuals".to_owned(),
        });
    }
    let [mut steps, mut squares] = [Compensated::default(); 2];
    for pair in residuals.windows(2) {
        let step = pair[1] / most - pair[0] / most;
        steps.add(step * step);
    }
    for r in residuals {
        squares.add(r / most * (r / most));
    }
    Ok(steps.value() / squares.value())
}

/// The Durbin-Watson test of first-order autocorrelation in the errors of a regression.
///
/// The p-value is normal, at the exact mean and variance of the statistic for these regressors (as R `dwtest(exact = FALSE)`).
/// The effect is the first autocorrelation of the residuals; `Alternative::Greater` asks for a positive one.
///
/// # Errors
/// As [`breusch_godfrey`].
///
/// # Reference
/// J. Durbin, G. S. Watson (1951), Biometrika 38, 159-178.
pub fn durbin_watson_test(
    regressors: &[&[f64]],
    targets: &[f64],
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (rows, fit) = in_order_of_time(regressors, targets)?;
    let statistic = durbin_watson(fit.residuals())?;
    let (mean, sd) = null_moments(&fit, rows.n());
    let r = fit.residuals();
    let products = r.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
    let value = products / fit.residual_sum_of_squares();
    let half = two_sided_normal(alternative.central_level(level).max(1e-9)) / sqrt(rows.n() as f64);
    let central = Estimate {
        value,
        low: (value - half).max(-1.0),
        high: (value + half).min(1.0),
    };
    let effect = Effect {
        name: "first autocorrelation",
        estimate: alternative.open(central, -1.0, 1.0),
    };
    let ln_p = alternative.ln_p((mean - statistic) / sd, ln_normal_sf);
    Ok(TestResult {
        n_used: rows.n(),
        alternative: Some(alternative),
        ..TestResult::new("Durbin-Watson test", "DW", statistic, ln_p, effect)
    })
}

/// Mean and standard deviation of the statistic without autocorrelation, from traces.
fn null_moments(fit: &LeastSquares, n: usize) -> (f64, f64) {
    let basis: Vec<Vec<f64>> = fit.basis().collect();
    let differenced: Vec<Vec<f64>> = basis.iter().map(|u| second_difference(u)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let [mut trace, mut squared_trace, mut length] = [0.0; 3];
    for (i, u) in basis.iter().enumerate() {
        trace += dot(u, &differenced[i]);
        length += dot(&differenced[i], &differenced[i]);
        for v in &differenced {
            let cell = dot(u, v);
            squared_trace += cell * cell;
        }
    }
    let (rows, spare) = (n as f64, (n - basis.len()) as f64);
    let first = 2.0 * (rows - 1.0) - trace;
    let second = 2.0 * (3.0 * rows - 4.0) - 2.0 * length + squared_trace;
    let mean = first / spare;
    (
        mean,
        sqrt(2.0 / (spare * (spare + 2.0)) * (second - first * mean)),
    )
}

/// The matrix of the statistic's numerator times a column.
fn second_difference(column: &[f64]) -> Vec<f64> {
    let at = |i: usize| {
        let before = if i == 0 { column[i] } else { column[i - 1] };
        let after = column.get(i + 1).copied().unwrap_or(column[i]);
        (column[i] - before) + (column[i] - after)
    };
    (0..column.len()).map(at).collect()
}

fn in_order_of_time(regressors: &[&[f64]], targets: &[f64]) -> Result<(Rows, LeastSquares), StatsError> {
    check::finite("targets", targets)?;
    for column in regressors {
        check::finite("a regressor", column)?;
    }
    let rows = Rows::new(regressors, targets)?.in_own_units();
    let fit = LeastSquares::new(&rows.columns, &rows.targets)?;
    rows.spare(fit.rank())?;
    if fit.residual_sum_of_squares() == 0.0 {
        return Err(StatsError::Constant {
            what: "residuals".to_owned(),
        });
    }
    Ok((rows, fit))
}
