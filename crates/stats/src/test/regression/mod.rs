//! Is a linear regression to be trusted? The fit, and tests of its residuals.
//!
//! Regressors are columns, each `(n_rows,)`, without the constant, which is added; a constant among them is left out, and
//! so is a column that is a sum of others. A row with a missing (NaN) number anywhere is dropped and counted.

mod autocorrelation;
mod diagnostics;
mod fit;
mod influence;
mod reset;
mod rows;
mod spread;

pub use autocorrelation::{breusch_godfrey, durbin_watson, durbin_watson_test};
pub use diagnostics::{RegressionDiagnostics, regression_diagnostics};
pub use fit::{LinearFit, linear_fit, polynomial_fit};
pub use influence::{Influence, influence, variance_inflation};
pub use reset::ramsey_reset;
pub use spread::{breusch_pagan, white};

use rows::Rows;

use crate::StatsError;
use crate::distribution::{
    ChiSquare, FisherF, noncentral_chi_square_cdf, noncentral_f_cdf, noncentrality_interval,
};
use crate::interval::Estimate;
use crate::test::{Effect, TestResult};

/// A score test whose statistic is `n R²` of a second regression, chi-square under the null.
///
/// The effect is that R², its interval from the noncentral chi-square distribution.
fn lagrange(
    method: &'static str,
    share_name: &'static str,
    r_squared: f64,
    n: usize,
    df: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    let (rows, df) = (n as f64, df as f64);
    let statistic = rows * r_squared;
    let (low, high) = noncentrality_interval(
        |nc| noncentral_chi_square_cdf(statistic, df, nc),
        statistic - df,
        level,
    );
    let estimate = Estimate {
        value: r_squared,
        low: (low / rows).min(r_squared),
        high: (high / rows).clamp(r_squared, 1.0),
    };
    let effect = Effect {
        name: share_name,
        estimate,
    };
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    Ok(TestResult {
        df: vec![df],
        n_used: n,
        ..TestResult::new(method, "LM", statistic, ln_p, effect)
    })
}

/// An F test of added columns. The effect is the share of the residual variance that they explain.
fn added_columns(
    method: &'static str,
    f: f64,
    df: [usize; 2],
    n: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    let [df1, df2] = df.map(|df| df as f64);
    let rows = n as f64;
    let (low, high) = noncentrality_interval(|nc| noncentral_f_cdf(f, df1, df2, nc), df1 * (f - 1.0), level);
    let value = df1 * f / (df1 * f + df2);
    let estimate = Estimate {
        value,
        low: (low / (low + rows)).min(value),
        high: (high / (high + rows)).max(value),
    };
    let effect = Effect {
        name: "partial R²",
        estimate,
    };
    let ln_p = FisherF::new(df1, df2)?.ln_sf(f);
    Ok(TestResult {
        df: vec![df1, df2],
        n_used: n,
        ..TestResult::new(method, "F", f, ln_p, effect)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
