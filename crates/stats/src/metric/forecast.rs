//! How good forecasts of a series are: points, intervals and distributions.

use super::deviance::{mean_absolute_error, mean_squared_error};
use crate::distribution::Normal;
use crate::math::{exp, ln, sqrt};
use crate::{StatsError, check};

fn undefined(what: &'static str, reason: &'static str) -> StatsError {
    StatsError::Undefined { what, reason }
}

/// The differences of a history to the value a season before.
fn steps(train: &[f64], season: usize) -> Result<(Vec<f64>, Vec<f64>), StatsError> {
    check::at_least("season", season, 1)?;
    check::at_least("train", train.len(), season.saturating_add(1))?;
    check::finite("train", train)?;
    Ok((train[season..].to_vec(), train[..train.len() - season].to_vec()))
}

/// The mean absolute error in units of the naive forecast's within the history: below 1 is better than naive.
///
/// `y` and `forecasts` are `(horizon,)`, `train` is the history `(n,)`, `season` the steps that naive looks back.
///
/// # Errors
/// [`StatsError::Undefined`] for a history without change; lengths and NaN as for metrics.
///
/// # Reference
/// R. J. Hyndman, A. B. Koehler (2006), International Journal of Forecasting 22, 679-688.
pub fn mase(y: &[f64], forecasts: &[f64], train: &[f64], season: usize) -> Result<f64, StatsError> {
    let error = mean_absolute_error(y, forecasts, None)?;
    let (now, before) = steps(train, season)?;
    match mean_absolute_error(&now, &before, None)? {
        0.0 => Err(undefined("MASE", "the history does not change")),
        scale => Ok(error / scale),
    }
}

/// The root mean squared error in units of the naive forecast's within the history (M5).
///
/// # Errors
/// As [`mase`].
///
/// # Reference
/// S. Makridakis, E. Spiliotis, V. Assimakopoulos (2022), International Journal of Forecasting 38, 1325-1336.
pub fn rmsse(y: &[f64], forecasts: &[f64], train: &[f64], season: usize) -> Result<f64, StatsError> {
    let error = mean_squared_error(y, forecasts, None)?;
    let (now, before) = steps(train, season)?;
    match mean_squared_error(&now, &before, None)? {
        0.0 => Err(undefined("RMSSE", "the history does not change")),
        scale => Ok(sqrt(error / scale)),
    }
}

/// The mean of `|error| / (|y| + |forecast|)`, in [0, 1]; M4's figure is 200 times this. A step where both are 0 costs
/// nothing.
///
/// # Errors
/// Lengths and NaN as for metrics.
pub fn smape(y: &[f64], forecasts: &[f64]) -> Result<f64, StatsError> {
    mean_absolute_error(y, forecasts, None)?;
    let share = |(y, forecast): (&f64, &f64)| match y.abs() + forecast.abs() {
        0.0 => 0.0,
        size => (y - forecast).abs() / size,
    };
    Ok(crate::sum::mean(
        &y.iter().zip(forecasts).map(share).collect::<Vec<_>>(),
    ))
}

/// The sum of `|error|` by the sum of `|y|`.
///
/// # Errors
/// [`StatsError::Undefined`] if every truth is 0; lengths and NaN as for metrics.
pub fn wape(y: &[f64], forecasts: &[f64]) -> Result<f64, StatsError> {
    let error = mean_absolute_error(y, forecasts, None)?;
    match mean_absolute_error(y, &vec![0.0; y.len()], None)? {
        0.0 => Err(undefined("WAPE", "every truth is 0")),
        size if size.is_infinite() => Err(super::deviance::too_large("WAPE")),
        size => Ok(error / size),
    }
}

/// The mean of forecast minus truth.
///
/// # Errors
/// Lengths and NaN as for metrics.
pub fn bias(y: &[f64], forecasts: &[f64]) -> Result<f64, StatsError> {
    mean_absolute_error(y, forecasts, None)?;
    Ok(crate::sum::mean(
        &y.iter().zip(forecasts).map(|(y, f)| f - y).collect::<Vec<_>>(),
    ))
}

/// The mean score of intervals of which a share `alpha` should miss: width, and `2 / alpha` times what a miss misses by.
///
/// # Errors
/// [`StatsError::OutOfRange`] for `alpha` outside (0, 1) or an end below the other; lengths and NaN as for metrics.
///
/// # Reference
/// T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378, equation 43.
pub fn interval_score(y: &[f64], low: &[f64], high: &[f64], alpha: f64) -> Result<f64, StatsError> {
    check::open_unit("alpha", alpha)?;
    mean_absolute_error(y, low, None)?;
    mean_absolute_error(y, high, None)?;
    if let Some((low, _)) = low.iter().zip(high).find(|(low, high)| high < low) {
        return Err(StatsError::OutOfRange {
            what: "a lower end",
            found: *low,
            expected: "at most the upper one",
        });
    }
    let score = |(y, (low, high)): (&f64, (&f64, &f64))| {
        let missed_by = (low - y).max(0.0) + (y - high).max(0.0);
        // an alpha so small that its inverse is infinite costs nothing where nothing is missed
        let cost = if missed_by == 0.0 {
            0.0
        } else {
            2.0 / alpha * missed_by
        };
        high - low + cost
    };
    Ok(crate::sum::mean(
        &y.iter().zip(low.iter().zip(high)).map(score).collect::<Vec<_>>(),
    ))
}

/// The continuous ranked probability score of normal forecasts, `(n,)`; in the unit of `y`, less is better.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a deviation that is not above 0; lengths and NaN as for metrics.
///
/// # Reference
/// T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378, equation 21.
pub fn crps_normal(y: &[f64], means: &[f64], deviations: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_deviations(y, means, deviations)?;
    let standard = Normal::new(0.0, 1.0)?;
    let density = |z: f64| exp(-0.5 * z * z) / sqrt(std::f64::consts::TAU);
    let score = |(y, (mean, sd)): (&f64, (&f64, &f64))| {
        let z = (y - mean) / sd;
        let half = 1.0 / sqrt(std::f64::consts::PI);
        sd * (z * (standard.cdf(z) - standard.sf(z)) + 2.0 * density(z) - half)
    };
    Ok(y.iter().zip(means.iter().zip(deviations)).map(score).collect())
}

/// The continuous ranked probability score of samples, `(n,)`: `E|X - y| - E|X - X'| / 2` over all pairs.
///
/// `samples` is `(n, n_samples)` in row order.
///
/// # Errors
/// [`StatsError::TooFewValues`] without samples; lengths and NaN as for metrics.
///
/// # Reference
/// T. Gneiting, A. E. Raftery (2007), JASA 102, 359-378, equation 20.
pub fn crps_samples(y: &[f64], samples: &[f64], n_samples: usize) -> Result<Vec<f64>, StatsError> {
    check::at_least("y", y.len(), 1)?;
    check::at_least("samples", n_samples, 1)?;
    check::same_length("samples", samples.len(), y.len().saturating_mul(n_samples))?;
    check::finite("y", y)?;
    check::finite("samples", samples)?;
    let score = |(y, samples): (&f64, &[f64])| {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = n_samples as f64;
        let from_truth: Vec<f64> = sorted.iter().map(|x| (x - y).abs()).collect();
        // Each value stands above `i` others and below `n - 1 - i`.
        let spread: Vec<f64> = sorted
            .iter()
            .enumerate()
            .map(|(i, x)| x * (2.0 * i as f64 - n + 1.0))
            .collect();
        crate::sum::mean(&from_truth) - crate::sum::mean(&spread) / n
    };
    Ok(y.iter().zip(samples.chunks_exact(n_samples)).map(score).collect())
}

/// The mean negative log-likelihood of normal forecasts, in nats.
///
/// # Errors
/// As [`crps_normal`].
pub fn normal_nll(y: &[f64], means: &[f64], deviations: &[f64]) -> Result<f64, StatsError> {
    check_deviations(y, means, deviations)?;
    let loss = |(y, (mean, sd)): (&f64, (&f64, &f64))| {
        let z = (y - mean) / sd;
        0.5 * z * z + ln(*sd) + 0.5 * ln(std::f64::consts::TAU)
    };
    Ok(crate::sum::mean(
        &y.iter()
            .zip(means.iter().zip(deviations))
            .map(loss)
            .collect::<Vec<_>>(),
    ))
}

fn check_deviations(y: &[f64], means: &[f64], deviations: &[f64]) -> Result<(), StatsError> {
    mean_absolute_error(y, means, None)?;
    check::same_length("deviations", deviations.len(), y.len())?;
    match deviations.iter().find(|sd| !(**sd > 0.0 && sd.is_finite())) {
        None => Ok(()),
        Some(&found) => Err(StatsError::OutOfRange {
            what: "deviations",
            found,
            expected: "above 0 and finite",
        }),
    }
}
