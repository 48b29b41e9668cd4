use super::rows::{centred, squares_about_mean};
use super::{Rows, lagrange};
use crate::distribution::ChiSquare;
use crate::linalg::LeastSquares;
use crate::math::exp;
use crate::test::TestResult;
use crate::{StatsError, check};

const SHARE: &str = "explained share of squared residuals";

/// The Breusch-Pagan test: does the variance of the residuals depend linearly on the regressors?
///
/// # Shapes and units
/// `residuals` is `(n_rows,)`, `regressors` are columns of the same length without the constant. `studentized` is Koenker's
/// statistic `n R²`, which does not need normal errors; else the original, half the explained sum of squares of
/// `residual² / mean(residual²)`. The effect is that R².
///
/// # Assumptions
/// Large samples; without `studentized`, normal errors as well.
///
/// # Errors
/// [`StatsError::Constant`] if the squared residuals or all regressors are constant, [`StatsError::TooFewValues`] without a
/// spare row, lengths and infinities.
///
/// # Reference
/// T. S. Breusch, A. R. Pagan (1979), Econometrica 47, 1287-1294; R. Koenker (1981), Journal of Econometrics 17, 107-112.
/// Checked against statsmodels `het_breuschpagan`.
pub fn breusch_pagan(
    residuals: &[f64],
    regressors: &[&[f64]],
    studentized: bool,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let rows = Rows::new(regressors, residuals)?.in_own_units();
    let squares: Vec<f64> = rows.targets.iter().map(|r| r * r).collect();
    let spread = Spread::new(&rows.columns, squares, &rows)?;
    let method = if studentized {
        "Breusch-Pagan test (Koenker)"
    } else {
        "Breusch-Pagan test"
    };
    let found = spread.lagrange(method, level)?;
    if studentized {
        return Ok(found);
    }
    let ratio = spread.explained / (spread.mean * spread.mean);
    let ln_p = ChiSquare::new(found.df[0])?.ln_sf(0.5 * ratio);
    Ok(TestResult {
        statistic: 0.5 * ratio,
        p_value: exp(ln_p),
        ln_p_value: ln_p,
        ..found
    })
}

/// White's test: does the variance of the residuals depend on the regressors, their squares and products?
///
/// Shapes and errors as [`breusch_pagan`]. Products that follow from others (the square of a column of 0 and 1) are left out
/// and not counted in the degrees of freedom.
///
/// # Errors
/// As [`breusch_pagan`]; [`StatsError::TooFewValues`] with as many products as rows.
///
/// # Reference
/// H. White (1980), Econometrica 48, 817-838. Checked against statsmodels `het_white`.
pub fn white(residuals: &[f64], regressors: &[&[f64]], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let rows = Rows::new(regressors, residuals)?.in_own_units();
    let squares: Vec<f64> = rows.targets.iter().map(|r| r * r).collect();
    // moved to their means, columns span the same products and depend less on each other
    let mut columns = vec![rows.columns[0].clone()];
    columns.extend(rows.columns[1..].iter().map(|column| centred(column)));
    let n_columns = columns.len();
    for i in 1..n_columns {
        for j in i..n_columns {
            let product = columns[i].iter().zip(&columns[j]).map(|(a, b)| a * b);
            columns.push(product.collect());
        }
    }
    Spread::new(&columns, squares, &rows)?.lagrange("White's test", level)
}

/// The regression of squared residuals.
struct Spread {
    mean: f64,
    explained: f64,
    total: f64,
    n: usize,
    n_dropped: usize,
    df: usize,
}

impl Spread {
    fn new(columns: &[Vec<f64>], squares: Vec<f64>, rows: &Rows) -> Result<Self, StatsError> {
        let total = squares_about_mean(&squares);
        if total == 0.0 {
            return Err(StatsError::Constant {
                what: "squared residuals".to_owned(),
            });
        }
        let fit = LeastSquares::new(columns, &squares)?;
        rows.spare(fit.rank())?;
        if fit.rank() < 2 {
            return Err(StatsError::Constant {
                what: "every regressor".to_owned(),
            });
        }
        let fitted: Vec<f64> = squares.iter().zip(fit.residuals()).map(|(y, r)| y - r).collect();
        Ok(Self {
            mean: crate::sum::mean(&squares),
            explained: squares_about_mean(&fitted),
            total,
            n: rows.n(),
            n_dropped: rows.n_dropped,
            df: fit.rank() - 1,
        })
    }

    fn lagrange(&self, method: &'static str, level: f64) -> Result<TestResult, StatsError> {
        let r_squared = (self.explained / self.total).min(1.0);
        let found = lagrange(method, SHARE, r_squared, self.n, self.df, level)?;
        Ok(TestResult {
            n_dropped: self.n_dropped,
            ..found
        })
    }
}
