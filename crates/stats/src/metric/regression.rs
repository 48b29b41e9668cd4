use super::probability::square;
use crate::interval::{Estimate, Resampling, bootstrap_percentile, mean_and_error, weighted_mean_t};
use crate::math::{exp, sqrt};
use crate::special::beta_i;
use crate::sum::Compensated;
use crate::{StatsError, check};

/// Square root of the mean squared error, in the unit of the target.
///
/// `targets` and `predictions` are `(n_rows,)`. The interval is the t interval of the mean squared error on the log
/// scale. Poor below about 30 rows or when a few errors dominate.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 rows; lengths, NaN, weights and level as usual.
pub fn rmse(
    targets: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    let squares: Vec<f64> = errors(targets, predictions, weights)?
        .into_iter()
        .map(square)
        .collect();
    let interval = weighted_mean_t(&squares, weights, level)?;
    if interval.value == 0.0 {
        return Ok(Estimate {
            value: 0.0,
            low: 0.0,
            high: 0.0,
        });
    }
    let half = exp((interval.high - interval.value) / interval.value);
    Ok(Estimate {
        value: interval.value,
        low: interval.value / half,
        high: interval.value * half,
    }
    .map(sqrt))
}

/// Mean absolute error, in the unit of the target, with Student's interval.
///
/// # Errors
/// As [`rmse`].
pub fn mae(
    targets: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    let distances: Vec<f64> = errors(targets, predictions, weights)?
        .into_iter()
        .map(f64::abs)
        .collect();
    Ok(weighted_mean_t(&distances, weights, level)?.within(0.0, f64::INFINITY))
}

/// Mean of prediction minus target: above 0 when predictions are too high. Student's interval.
///
/// # Errors
/// As [`rmse`].
pub fn mean_error(
    targets: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    weighted_mean_t(&errors(targets, predictions, weights)?, weights, level)
}

/// Mean absolute error as a fraction of the target, with Student's interval.
///
/// Errors below the target weigh at most 1, errors above it any amount: prefer [`mae`] where targets come near 0.
///
/// # Errors
/// [`StatsError::OutOfRange`] if a target is 0; else as [`rmse`].
pub fn mape(
    targets: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    let mut shares = errors(targets, predictions, weights)?;
    if targets.contains(&0.0) {
        return Err(StatsError::OutOfRange {
            what: "targets",
            found: 0.0,
            expected: "other than 0 for mape",
        });
    }
    for (share, target) in shares.iter_mut().zip(targets) {
        *share = (*share / target).abs();
    }
    Ok(weighted_mean_t(&shares, weights, level)?.within(0.0, f64::INFINITY))
}

/// Median absolute error, in the unit of the target.
///
/// The interval lies between two order statistics and is exact for any distribution (binomial); it covers at least
/// `level`, or the whole range below about 6 rows.
///
/// # Errors
/// [`StatsError::TooFewValues`] without rows; lengths, NaN and level as usual.
pub fn median_absolute_error(
    targets: &[f64],
    predictions: &[f64],
    level: f64,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    let mut distances: Vec<f64> = errors(targets, predictions, None)?
        .into_iter()
        .map(f64::abs)
        .collect();
    distances.sort_unstable_by(f64::total_cmp);
    let n = distances.len();
    // the number of values below the median is binomial(n, 1/2): skip as many as keep a tail of (1 - level) / 2
    let alpha = 0.5 * (1.0 - level);
    let tail_to = |k: usize| beta_i((n - k) as f64, k as f64 + 1.0, 0.5);
    let (mut fits, mut fails) = (0, n / 2 + 1);
    while fits < fails {
        let middle = fits + (fails - fits) / 2;
        if middle < n && tail_to(middle) <= alpha {
            fits = middle + 1
        } else {
            fails = middle
        }
    }
    let skip = fits.min((n - 1) / 2);
    let low = distances[skip.saturating_sub(1)];
    let high = distances[n - skip.max(1)];
    Ok(Estimate {
        value: 0.5 * (distances[(n - 1) / 2] + distances[n / 2]),
        low,
        high,
    })
}

/// Share of the target's variance that is explained: `1 - sum(error^2) / sum((target - mean)^2)`.
///
/// At most 1; below 0 when the mean of the targets predicts better. Interval: percentile bootstrap of rows.
///
/// # Errors
/// [`StatsError::Constant`] if all targets are equal; else as [`rmse`] and [`bootstrap_percentile`].
pub fn r2(
    targets: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
    resampling: &Resampling,
) -> Result<Estimate, StatsError> {
    let errors = errors(targets, predictions, weights)?;
    check::at_least("targets", targets.len(), 2)?;
    let (mean, _, _) = mean_and_error(targets, weights)?;
    if targets
        .iter()
        .enumerate()
        .all(|(row, t)| check::weight(weights, row) == 0.0 || *t == targets[0])
    {
        return Err(StatsError::Constant {
            what: "targets".to_owned(),
        });
    }
    let estimate = bootstrap_percentile(targets.len(), resampling, |rows| {
        let (mut total, mut sum, mut squares) = (0.0, 0.0, Compensated::default());
        let mut residual = Compensated::default();
        for &row in rows {
            let (w, t) = (check::weight(weights, row), targets[row] - mean);
            total += w;
            sum += w * t;
            squares.add(w * t * t);
            residual.add(w * square(errors[row]));
        }
        let variation = squares.value() - sum * sum / total;
        (variation > 0.0).then(|| 1.0 - residual.value() / variation)
    })?;
    Ok(estimate)
}

fn errors(targets: &[f64], predictions: &[f64], weights: Option<&[f64]>) -> Result<Vec<f64>, StatsError> {
    check::at_least("targets", targets.len(), 1)?;
    check::same_length("predictions", predictions.len(), targets.len())?;
    check::finite("targets", targets)?;
    check::finite("predictions", predictions)?;
    check::weights(weights, targets.len())?;
    Ok(predictions.iter().zip(targets).map(|(p, t)| p - t).collect())
}
