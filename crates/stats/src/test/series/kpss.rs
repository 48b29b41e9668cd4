use super::autocorrelation::{deviations, product_sum};
use super::{SeriesTest, not_constant, without_missing_ends};
use crate::StatsError;
use crate::interval::Estimate;
use crate::linalg::LeastSquares;
use crate::math::{cbrt, ln, pow};
use crate::test::{Assumption, Effect, TestResult};

/// Table 1 of Kwiatkowski et al.: significance, about a level, about a trend.
const TABLE: [(f64, f64, f64); 4] = [
    (0.1, 0.347, 0.119),
    (0.05, 0.463, 0.146),
    (0.025, 0.574, 0.176),
    (0.01, 0.739, 0.216),
];

/// How many autocovariances the long-run variance sums, with Bartlett's falling weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VarianceLags {
    /// Chosen from the data by Hobijn, Franses and Ooms.
    #[default]
    Automatic,
    /// Schwert's `ceil(12 (n / 100)^(1/4))`.
    Schwert,
    /// This many.
    Fixed(usize),
}

/// The KPSS test: a small p-value says that the series does not stay about a level, or about a `trend`.
///
/// # Shapes and units
/// `values` is `(n,)` in the order of time. The effect is the statistic: the mean square of partial sums over the long-run
/// variance. The p-value is read from the paper's table, which ends at 0.01 and 0.1.
///
/// # Errors
/// [`StatsError::Constant`], also about the trend; [`StatsError::OutOfRange`] for as many lags as values;
/// [`StatsError::Undefined`] if the long-run variance is 0; infinities and inner gaps.
///
/// # Reference
/// D. Kwiatkowski, P. C. B. Phillips, P. Schmidt, Y. Shin (1992), Journal of Econometrics 54, 159-178; B. Hobijn, P. H. Franses,
/// M. Ooms (2004), Statistica Neerlandica 58, 483-502. Checked against statsmodels `kpss` and R.
pub fn kpss(values: &[f64], trend: bool, lags: VarianceLags) -> Result<SeriesTest, StatsError> {
    let (inner, n_dropped) = without_missing_ends(values, 3)?;
    not_constant(inner)?;
    let residuals = if trend {
        about_line(inner)?
    } else {
        deviations(inner)
    };
    let n_lags = n_lags(&residuals, lags)?;
    let n = residuals.len() as f64;
    let variance = long_run_variance(&residuals, n_lags);
    if variance <= 0.0 {
        return Err(StatsError::Undefined {
            what: "the KPSS statistic",
            reason: "the long-run variance with these lags is 0",
        });
    }
    let mut partial = 0.0;
    let squares = residuals.iter().map(|r| {
        partial += r;
        partial * partial
    });
    let statistic = squares.sum::<f64>() / (n * n) / variance;
    let points = TABLE.map(|(p, level, line)| (p, if trend { line } else { level }));
    let (ln_p, is_tabled) = (
        ln(table_p(statistic, &points)),
        (points[0].1..=points[3].1).contains(&statistic),
    );
    let effect = Effect {
        name: "mean square of partial sums",
        estimate: Estimate {
            value: statistic,
            low: statistic,
            high: statistic,
        },
    };
    let result = TestResult::new("KPSS test", "η", statistic, ln_p, effect);
    Ok(SeriesTest {
        n_lags,
        critical_values: points.to_vec(),
        result: TestResult {
            n_used: inner.len(),
            n_dropped,
            assumptions: vec![Assumption {
                name: "p-value lies within the table",
                holds: is_tabled,
                detail: format!(
                    "the statistic is {statistic:.4}; p is tabled from 0.01 to 0.1 and cut to these"
                ),
            }],
            ..result
        },
    })
}

/// Residuals of a straight line over time.
fn about_line(values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let inner = deviations(values);
    let time: Vec<f64> = (0..inner.len()).map(|t| t as f64).collect();
    let residuals = LeastSquares::polynomial(&time, 1, &inner)?.residuals().to_vec();
    if residuals.iter().all(|r| *r == 0.0) {
        return Err(StatsError::Constant {
            what: "deviations from the trend".to_owned(),
        });
    }
    Ok(residuals)
}

fn n_lags(residuals: &[f64], lags: VarianceLags) -> Result<usize, StatsError> {
    let n = residuals.len();
    match lags {
        VarianceLags::Fixed(n_lags) if n_lags >= n => Err(StatsError::OutOfRange {
            what: "lags",
            found: n_lags as f64,
            expected: "fewer than values",
        }),
        VarianceLags::Fixed(n_lags) => Ok(n_lags),
        VarianceLags::Schwert => Ok(((12.0 * pow(n as f64 / 100.0, 0.25)).ceil() as usize).min(n - 1)),
        VarianceLags::Automatic => Ok(automatic_lags(residuals).min(n - 1)),
    }
}

fn automatic_lags(residuals: &[f64]) -> usize {
    let n = residuals.len() as f64;
    let (mut level, mut slope) = (product_sum(residuals, 0) / n, 0.0);
    for lag in 1..=(pow(n, 2.0 / 9.0) as usize).min(residuals.len() - 1) {
        let twice = 2.0 * product_sum(residuals, lag) / n;
        level += twice;
        slope += lag as f64 * twice;
    }
    let ratio = slope / level;
    (1.1447 * cbrt(ratio * ratio * n)) as usize
}

fn long_run_variance(residuals: &[f64], n_lags: usize) -> f64 {
    let weighted = |lag: usize| {
        let weight = 1.0 - lag as f64 / (n_lags as f64 + 1.0);
        2.0 * weight * product_sum(residuals, lag)
    };
    let sum = product_sum(residuals, 0) + (1..=n_lags).map(weighted).sum::<f64>();
    sum / residuals.len() as f64
}

/// Linear between the points of the table, which rise in the statistic.
fn table_p(statistic: f64, points: &[(f64, f64)]) -> f64 {
    let inside = points.windows(2).find(|pair| statistic <= pair[1].1);
    match inside {
        _ if statistic <= points[0].1 => points[0].0,
        Some(pair) => {
            let share = (statistic - pair[0].1) / (pair[1].1 - pair[0].1);
            pair[0].0 + share * (pair[1].0 - pair[0].0)
        }
        None => points[points.len() - 1].0,
    }
}
