use super::autocorrelation::of_series;
use super::without_missing_ends;
use crate::distribution::ChiSquare;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The Ljung-Box test: are autocorrelations up to `n_lags` all 0?
///
/// # Shapes and units
/// `values` is `(n,)` in the order of time. `n_fitted` is the number of autoregressive and moving-average coefficients whose
/// residuals the values are, 0 for a raw series; it comes off the degrees of freedom. The effect is the largest
/// autocorrelation with the interval of white noise around it.
///
/// # Errors
/// [`StatsError::OutOfRange`] unless `n_fitted < n_lags < n`; [`StatsError::Constant`], infinities and inner gaps.
///
/// # Reference
/// G. M. Ljung, G. E. P. Box (1978), Biometrika 65, 297-303. Checked against statsmodels `acorr_ljungbox`.
pub fn ljung_box(
    values: &[f64],
    n_lags: usize,
    n_fitted: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    let weight = |n: f64, lag: f64| (n + 2.0) / (n - lag);
    portmanteau("Ljung-Box test", values, n_lags, n_fitted, level, weight)
}

/// The Box-Pierce test: as [`ljung_box`], less exact in short series.
///
/// # Errors
/// As [`ljung_box`].
///
/// # Reference
/// G. E. P. Box, D. A. Pierce (1970), JASA 65, 1509-1526. Checked against statsmodels `acorr_ljungbox(boxpierce=True)`.
pub fn box_pierce(
    values: &[f64],
    n_lags: usize,
    n_fitted: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    portmanteau("Box-Pierce test", values, n_lags, n_fitted, level, |_, _| 1.0)
}

fn portmanteau(
    method: &'static str,
    values: &[f64],
    n_lags: usize,
    n_fitted: usize,
    level: f64,
    weight: impl Fn(f64, f64) -> f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (inner, n_dropped) = without_missing_ends(values, 2)?;
    if n_lags <= n_fitted {
        return Err(StatsError::OutOfRange {
            what: "n_lags",
            found: n_lags as f64,
            expected: "above the number of fitted coefficients",
        });
    }
    let correlations = of_series(inner, n_lags)?;
    let n = inner.len() as f64;
    let term = |(lag, r): (f64, &f64)| n * weight(n, lag) * r * r;
    let lags = (1..=n_lags).map(|lag| lag as f64);
    let statistic: f64 = lags.zip(&correlations).map(term).sum();
    let df = (n_lags - n_fitted) as f64;
    let largest = correlations
        .iter()
        .fold(0.0_f64, |most, &r| if r.abs() > most.abs() { r } else { most });
    let half = two_sided_normal(level) / sqrt(n);
    let effect = Effect {
        name: "largest autocorrelation",
        estimate: Estimate {
            value: largest,
            low: (largest - half).max(-1.0),
            high: (largest + half).min(1.0),
        },
    };
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    Ok(TestResult {
        df: vec![df],
        n_used: inner.len(),
        n_dropped,
        assumptions: vec![Assumption {
            name: "lags are few against values",
            holds: n >= 4.0 * n_lags as f64,
            detail: format!("{n_lags} lags of {n} values; take about a fifth at most, or fewer lags"),
        }],
        ..TestResult::new(method, "Q", statistic, ln_p, effect)
    })
}
