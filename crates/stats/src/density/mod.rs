//! Where values lie close together: kernel density estimates.

mod bandwidth;
#[cfg(test)]
mod tests;

pub use bandwidth::{Bandwidth, bandwidth};

use crate::math::{exp, sqrt};
use crate::sum::Compensated;
use crate::{StatsError, check};

/// Beyond so many bandwidths a normal density is 0 in every bit.
const REACH: f64 = 39.0;
/// How far beyond the outermost values places go, in bandwidths.
const BEYOND: f64 = 3.0;

/// The density of values at some places, by normal kernels.
///
/// `f(x) = sum(w_i phi((x - x_i) / h)) / (h sum(w))`. Where values cannot lie beyond a bound, what kernels put there is
/// reflected at it, so that densities near it are not too low; beyond it they are 0. Nothing is reflected twice: between
/// two bounds the bandwidth should be small beside their distance.
///
/// # Shapes and units
/// `values` is `(n,)` without missing values, `weights` `(n,)` or none, `at` `(n_places,)`; the answer is `(n_places,)`, per
/// unit of the values. `bandwidth` is the standard deviation of a kernel in that unit. `bounds` are `[low, high]`, infinite
/// for none. Takes `n * n_places` steps at most, fewer where kernels are narrow.
///
/// # Errors
/// [`StatsError::TooFewValues`] without values, [`StatsError::NotFinite`], [`StatsError::OutOfRange`] for a bandwidth that is
/// not above 0, bounds that do not rise and values beyond them, and weights as for every metric.
///
/// # Reference
/// B. W. Silverman (1986), Density estimation for statistics and data analysis, sections 2.4 and 2.10. Checked against scipy
/// 1.17.1 `gaussian_kde`.
pub fn gaussian_kde(
    values: &[f64],
    weights: Option<&[f64]>,
    at: &[f64],
    bandwidth: f64,
    bounds: [f64; 2],
) -> Result<Vec<f64>, StatsError> {
    check_values(values, weights)?;
    check::finite("at", at)?;
    check_bandwidth(bandwidth)?;
    check_bounds(values, bounds)?;
    let mut rows: Vec<(f64, f64)> = (0..values.len())
        .map(|row| (values[row], check::weight(weights, row)))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total = summed(rows.iter().map(|(_, weight)| *weight));
    let unit = total * bandwidth * sqrt(std::f64::consts::TAU);
    let density = |place: &f64| {
        if *place < bounds[0] || bounds[1] < *place {
            return 0.0;
        }
        summed(mirrored(*place, bounds).map(|place| near(&rows, place, bandwidth))) / unit
    };
    Ok(at.iter().map(density).collect())
}

/// A place, and where it is seen in the mirrors at bounds.
fn mirrored(place: f64, bounds: [f64; 2]) -> impl Iterator<Item = f64> {
    let mirrors = bounds.into_iter().filter(|bound| bound.is_finite());
    std::iter::once(place).chain(mirrors.map(move |bound| 2.0 * bound - place))
}

/// The sum of kernels that reach a place, in the order of their values.
fn near(rows: &[(f64, f64)], place: f64, bandwidth: f64) -> f64 {
    let from = rows.partition_point(|(value, _)| *value < place - REACH * bandwidth);
    let to = rows.partition_point(|(value, _)| *value <= place + REACH * bandwidth);
    let kernel = |(value, weight): &(f64, f64)| {
        let away = (place - value) / bandwidth;
        weight * exp(-0.5 * away * away)
    };
    // mirrors may look from behind all values
    let reached = rows.get(from..to).unwrap_or_default();
    summed(reached.iter().map(kernel))
}

fn summed(terms: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Compensated::default();
    terms.for_each(|term| sum.add(term));
    sum.value()
}

/// Places, evenly apart, from three bandwidths below the values to three above them, or to the bounds, `(n_places,)`.
///
/// # Errors
/// As [`gaussian_kde`]; [`StatsError::OutOfRange`] for fewer than 2 places.
pub fn places(
    values: &[f64],
    bandwidth: f64,
    bounds: [f64; 2],
    n_places: usize,
) -> Result<Vec<f64>, StatsError> {
    check_values(values, None)?;
    check_bandwidth(bandwidth)?;
    check_bounds(values, bounds)?;
    if !(2..=1_000_000).contains(&n_places) {
        return Err(StatsError::OutOfRange {
            what: "n_places",
            found: n_places as f64,
            expected: "from 2 to 1,000,000",
        });
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = (least - BEYOND * bandwidth).max(bounds[0]);
    let high = (most + BEYOND * bandwidth).min(bounds[1]);
    let part = |place: usize| place as f64 / (n_places - 1) as f64;
    // a sum of two parts, so that no difference overflows
    Ok((0..n_places)
        .map(|place| low * (1.0 - part(place)) + high * part(place))
        .collect())
}

fn check_values(values: &[f64], weights: Option<&[f64]>) -> Result<(), StatsError> {
    check::at_least("values", values.len(), 1)?;
    check::finite("values", values)?;
    check::weights(weights, values.len())
}

fn check_bandwidth(bandwidth: f64) -> Result<(), StatsError> {
    match bandwidth.is_finite() && 0.0 < bandwidth {
        true => Ok(()),
        false => Err(StatsError::OutOfRange {
            what: "bandwidth",
            found: bandwidth,
            expected: "above 0",
        }),
    }
}

fn check_bounds(values: &[f64], [low, high]: [f64; 2]) -> Result<(), StatsError> {
    let refused = |what, found, expected| {
        Err(StatsError::OutOfRange {
            what,
            found,
            expected,
        })
    };
    if low.is_nan() || high.is_nan() || high <= low {
        return refused("the upper bound", high, "above the lower one");
    }
    match values.iter().find(|value| **value < low || high < **value) {
        Some(value) => refused("values", *value, "within the bounds"),
        None => Ok(()),
    }
}
