use super::Sums;
use crate::math::sqrt;
use crate::sum::{Compensated, mean};
use crate::test::Assumption;
use crate::{StatsError, check};

/// How the columns of [`Sums`] become a metric; columns beyond are covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The mean of column 0.
    Mean,
    /// The sum of column 0 over the sum of column 1, such as clicks per visit, with the delta method's variance.
    Ratio,
}

/// What one arm says about a metric: all that a comparison of two arms needs.
///
/// Made by one of the functions here, by [`quantile_arm`](super::quantile_arm), [`cuped`](super::cuped) or
/// [`post_stratify`](super::post_stratify); or field by field from what another system computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// Units in the arm.
    pub n: u64,
    /// The metric, adjusted if covariates or strata were used.
    pub value: f64,
    /// The metric without adjustment, by which relative effects are divided.
    pub unadjusted: f64,
    /// The variance that one unit brings: `value` has the standard error `sqrt(variance / n)`.
    pub variance: f64,
    /// Rows left out because a value was missing.
    pub n_dropped: u64,
    /// What the variance takes for granted, and whether the arm looks like it.
    pub checks: Vec<Assumption>,
}

impl Arm {
    /// The arm's metric out of its sums; variances have `n - 1` in the denominator.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] below 2 rows or with too few columns, [`StatsError::Undefined`] for a ratio whose
    /// denominators sum to 0.
    ///
    /// # Reference
    /// A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics, KDD. Checked against gbstats
    /// 0.8.0.
    pub fn of_sums(sums: &Sums, outcome: Outcome) -> Result<Self, StatsError> {
        let linear = Linear::of(sums, outcome)?;
        Ok(Self {
            n: sums.n(),
            value: linear.value,
            unadjusted: linear.value,
            variance: linear.variance(sums).max(0.0),
            n_dropped: sums.n_dropped(),
            checks: linear.checks(sums),
        })
    }

    /// The mean of one value per unit; NaN is dropped and counted.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] below 2 values, [`StatsError::NotFinite`] for an infinity.
    pub fn of_values(values: &[f64]) -> Result<Self, StatsError> {
        let arm = Self::of_sums(&Sums::of_columns(&[values])?, Outcome::Mean)?;
        Ok(Self {
            checks: vec![near_normal_mean(values)],
            ..arm
        })
    }

    /// The share of units with a success, with the variance `p (1 - p)`; where none or all have one, with that of
    /// `(successes + 1) / (n + 2)`, because units that were all alike do not say that all others will be (A. Agresti,
    /// B. Caffo (2000), The American Statistician 54, 280-288).
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] without units, [`StatsError::OutOfRange`] for more successes than units.
    pub fn of_proportion(successes: u64, n: u64) -> Result<Self, StatsError> {
        check::at_least("units", usize::from(n > 0), 1)?;
        if successes > n {
            return Err(StatsError::OutOfRange {
                what: "successes",
                found: successes as f64,
                expected: "at most the number of units",
            });
        }
        let share = successes as f64 / n as f64;
        let spread = match successes == 0 || successes == n {
            true => (successes as f64 + 1.0) / (n as f64 + 2.0),
            false => share,
        };
        Ok(Self {
            n,
            value: share,
            unadjusted: share,
            variance: spread * (1.0 - spread),
            n_dropped: 0,
            checks: vec![enough_successes(successes, n)],
        })
    }

    /// The standard error of the value.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        sqrt(self.variance / self.n as f64)
    }
}

/// A metric as a sum of columns, near the arm's own means: for a ratio `(x - ratio * y) / mean(y)`.
pub(super) struct Linear {
    pub(super) value: f64,
    /// Of the columns from 0 on.
    weights: Vec<f64>,
}

impl Linear {
    pub(super) fn of(sums: &Sums, outcome: Outcome) -> Result<Self, StatsError> {
        check::at_least(
            "rows of an arm",
            usize::try_from(sums.n()).unwrap_or(usize::MAX),
            2,
        )?;
        let n_needed = match outcome {
            Outcome::Mean => 1,
            Outcome::Ratio => 2,
        };
        check::at_least("columns", sums.n_columns(), n_needed)?;
        let total = |column| sums.sum(column).unwrap_or(0.0);
        let n = sums.n() as f64;
        match outcome {
            Outcome::Mean => Ok(Self {
                value: total(0) / n,
                weights: vec![1.0],
            }),
            Outcome::Ratio if total(1) == 0.0 => Err(StatsError::Undefined {
                what: "ratio metric",
                reason: "the denominators sum to 0",
            }),
            Outcome::Ratio => {
                let (value, denominator) = (total(0) / total(1), total(1) / n);
                Ok(Self {
                    value,
                    weights: vec![1.0 / denominator, -value / denominator],
                })
            }
        }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn variance(&self, sums: &Sums) -> f64 {
        let of_row = |(i, weight): (usize, &f64)| weight * self.covariance(sums, i);
        self.weights.iter().enumerate().map(of_row).sum()
    }

    /// With a column.
    pub(super) fn covariance(&self, sums: &Sums, column: usize) -> f64 {
        let of_column = |(i, weight): (usize, &f64)| weight * sums.covariance(i, column).unwrap_or(0.0);
        self.weights.iter().enumerate().map(of_column).sum()
    }

    pub(super) fn checks(&self, sums: &Sums) -> Vec<Assumption> {
        match (self.n_columns(), sums.mean(1), sums.variance(1)) {
            (2, Some(mean), Some(variance)) => vec![steady_denominator(mean, variance, sums.n())],
            _ => Vec::new(),
        }
    }
}

/// The delta method is a line through the means: it fits where the denominator hardly moves.
fn steady_denominator(mean: f64, variance: f64, n: u64) -> Assumption {
    let share = sqrt(variance / n as f64) / mean.abs();
    Assumption {
        name: "denominator is steady",
        holds: share < 0.1,
        detail: format!(
            "its standard error is {:.2} % of its mean; below 10 % is needed",
            100.0 * share
        ),
    }
}

/// Cochran's rule: the mean of more than `25 * skewness^2` values is near enough to normal for its interval.
fn near_normal_mean(values: &[f64]) -> Assumption {
    let kept: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let (n, centre) = (kept.len() as f64, mean(&kept));
    let [mut second, mut third] = [Compensated::default(); 2];
    for deviation in kept.iter().map(|value| value - centre) {
        second.add(deviation * deviation);
        third.add(deviation * deviation * deviation);
    }
    let spread = second.value() / n;
    let skewness = if spread > 0.0 {
        third.value() / n / (spread * sqrt(spread))
    } else {
        0.0
    };
    let needed = (25.0 * skewness * skewness).max(10.0).ceil();
    Assumption {
        name: "mean is near normal",
        holds: n >= needed,
        detail: format!("{n} values with skewness {skewness:.2}; about {needed} are needed"),
    }
}

fn enough_successes(successes: u64, n: u64) -> Assumption {
    let failures = n - successes;
    Assumption {
        name: "enough successes and failures",
        holds: successes.min(failures) >= 5,
        detail: format!("{successes} successes and {failures} failures; 5 of each are needed"),
    }
}
