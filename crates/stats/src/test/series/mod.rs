//! Does a series remember, wander or drift? Tests of values in the order of time.
//!
//! Values stand at equal distances. Missing values (NaN) before the first and after the last are dropped and counted; a
//! gap between them is refused where the test needs neighbours.

mod autocorrelation;
mod kpss;
mod mackinnon;
mod portmanteau;
mod slope;
mod trend;
mod unit_root;

pub use autocorrelation::autocorrelation;
pub use kpss::{VarianceLags, kpss};
pub use portmanteau::{box_pierce, ljung_box};
pub use trend::mann_kendall;
pub use unit_root::{Deterministic, UnitRootLags, adf};

use crate::test::TestResult;
use crate::{StatsError, check};

/// A test of a series with its lags and tabled critical values.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesTest {
    /// What the test found.
    pub result: TestResult,
    /// How many lags were used.
    pub n_lags: usize,
    /// Statistics beyond which the null is rejected: `(significance, value)`.
    pub critical_values: Vec<(f64, f64)>,
}

/// The values between the first and the last that are there, and how many were missing around them.
fn without_missing_ends(values: &[f64], n_least: usize) -> Result<(&[f64], usize), StatsError> {
    let first = values.iter().position(|v| !v.is_nan()).unwrap_or(values.len());
    let last = values.iter().rposition(|v| !v.is_nan()).map_or(first, |i| i + 1);
    let inner = &values[first..last];
    check::finite("values", inner)?;
    check::at_least("values", inner.len(), n_least)?;
    Ok((inner, values.len() - inner.len()))
}

fn not_constant(values: &[f64]) -> Result<(), StatsError> {
    // halves, as they are taken later: the smallest numbers there are differ by nothing
    if values.iter().all(|v| 0.5 * v == 0.5 * values[0]) {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
