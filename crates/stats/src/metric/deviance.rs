//! Losses of numbers without an interval, and how much less they are than those of the best constant.

use crate::math::{ln, ln_1p, pow};
use crate::sum::Compensated;
use crate::{StatsError, check};

/// The weighted mean of a loss over rows.
fn mean_of(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
    loss: impl Fn(f64, f64) -> f64,
) -> Result<f64, StatsError> {
    check::at_least("y", y.len(), 1)?;
    check::same_length("predictions", predictions.len(), y.len())?;
    check::finite("y", y)?;
    check::finite("predictions", predictions)?;
    check::weights(weights, y.len())?;
    let (mut sum, mut total) = (Compensated::default(), Compensated::default());
    for (row, (&y, &prediction)) in y.iter().zip(predictions).enumerate() {
        let weight = check::weight(weights, row);
        sum.add(weight * loss(y, prediction));
        total.add(weight);
    }
    let mean = sum.value() / total.value();
    if mean.is_nan() {
        return Err(too_large("mean loss"));
    }
    Ok(mean)
}

/// The refusal of what the range of numbers does not hold.
pub(super) fn too_large(what: &'static str) -> StatsError {
    StatsError::Undefined {
        what,
        reason: "numbers are too large for its arithmetic; change their unit",
    }
}

/// The share by which `loss` is less than that of `constant`; undefined where the constant loses nothing.
fn explained(what: &'static str, loss: f64, of_constant: f64) -> Result<f64, StatsError> {
    match of_constant {
        0.0 if loss == 0.0 => Ok(1.0),
        0.0 => Err(StatsError::Undefined {
            what,
            reason: "the best constant already loses nothing",
        }),
        _ if loss.is_infinite() && of_constant.is_infinite() => Err(too_large(what)),
        of_constant => Ok(1.0 - loss / of_constant),
    }
}

/// The mean of `|error|`, weighed by `level` where the truth is above and by `1 - level` where it is below.
///
/// At one half it is half the mean absolute error. Shapes `(n_rows,)`; in the unit of `y`.
///
/// # Errors
/// A level outside (0, 1); lengths, NaN and weights as for metrics.
///
/// # Reference
/// R. Koenker, G. Bassett (1978), Econometrica 46, 33-50.
pub fn pinball(
    y: &[f64],
    predictions: &[f64],
    level: f64,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    check::level(level)?;
    let loss = |y: f64, prediction: f64| (level * (y - prediction)).max((level - 1.0) * (y - prediction));
    mean_of(y, predictions, weights, loss)
}

/// The share by which the pinball loss is less than that of the weighted quantile of `y` (the middle of two values where
/// exactly that share lies below, as in scikit-learn).
///
/// # Errors
/// As [`pinball`]; [`StatsError::Undefined`] for a constant truth that is missed.
pub fn d2_pinball(
    y: &[f64],
    predictions: &[f64],
    level: f64,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    let loss = pinball(y, predictions, level, weights)?;
    let equal = vec![1.0; y.len()];
    let constant = weighted_quantile(y, weights.unwrap_or(&equal), level);
    let of_constant = pinball(y, &vec![constant; y.len()], level, weights)?;
    explained("D2 of the pinball loss", loss, of_constant)
}

/// The quantile between the neighbours at `level * (n - 1)` (Hyndman and Fan's type 7).
fn linear_quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - at.floor()) * (sorted[above] - sorted[below])
}

/// The mean of the first values with at least, and with more than, that share of the weight at or below them.
pub(super) fn weighted_quantile(y: &[f64], weights: &[f64], level: f64) -> f64 {
    let mut order: Vec<usize> = (0..y.len()).filter(|&row| weights[row] > 0.0).collect();
    order.sort_by(|&a, &b| y[a].total_cmp(&y[b]));
    let total: f64 = order.iter().map(|&row| weights[row]).sum();
    let wanted = level * total;
    let mut below = 0.0;
    for (position, &row) in order.iter().enumerate() {
        below += weights[row];
        let is_there = wanted <= below * (1.0 + 4.0 * f64::EPSILON);
        if is_there {
            let is_exact = (below - wanted).abs() <= 4.0 * f64::EPSILON * total;
            let next = order.get(position + 1).filter(|_| is_exact);
            return next.map_or(y[row], |&next| 0.5 * (y[row] + y[next]));
        }
    }
    order.last().map_or(f64::NAN, |&row| y[row])
}

/// The mean unit deviance of the Tweedie family: 0 is the squared error, 1 Poisson's, 2 Gamma's, 3 the inverse Gaussian's.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a power between 0 and 1, which no family has, and for truths or predictions outside of
/// the family's range: truths at least 0 and predictions above 0 from power 1 on, truths above 0 from power 2 on.
///
/// # Reference
/// B. Jørgensen (1987), Exponential dispersion models, JRSS B 49, 127-162.
pub fn tweedie_deviance(
    y: &[f64],
    predictions: &[f64],
    power: f64,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    let refuse = |what, found, expected| {
        Err(StatsError::OutOfRange {
            what,
            found,
            expected,
        })
    };
    if !power.is_finite() || (power > 0.0 && power < 1.0) {
        return refuse("power", power, "at most 0, or 1 and more");
    }
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    if power != 0.0 && least(predictions) <= 0.0 {
        return refuse("a prediction", least(predictions), "above 0");
    }
    if (1.0..2.0).contains(&power) && least(y) < 0.0 {
        return refuse("a truth", least(y), "at least 0");
    }
    if power >= 2.0 && least(y) <= 0.0 {
        return refuse("a truth", least(y), "above 0");
    }
    mean_of(y, predictions, weights, |y, m| unit_deviance(y, m, power))
}

fn unit_deviance(y: f64, m: f64, power: f64) -> f64 {
    let y_ln = |ratio: f64| if y == 0.0 { 0.0 } else { y * ln(ratio) };
    if power == 0.0 {
        (y - m) * (y - m)
    } else if power == 1.0 {
        2.0 * (y_ln(y / m) - y + m)
    } else if power == 2.0 {
        2.0 * (ln(m / y) + y / m - 1.0)
    } else {
        let (one, two) = (1.0 - power, 2.0 - power);
        2.0 * (pow(y.max(0.0), two) / (one * two) - y * pow(m, one) / one + pow(m, two) / two)
    }
}

/// The share by which the deviance is less than that of the weighted mean of `y`.
///
/// # Errors
/// As [`tweedie_deviance`]; [`StatsError::Undefined`] for a constant truth that is missed.
pub fn d2_tweedie(
    y: &[f64],
    predictions: &[f64],
    power: f64,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    let loss = tweedie_deviance(y, predictions, power, weights)?;
    let mean = mean_of(y, predictions, weights, |y, _| y)?;
    let of_mean = tweedie_deviance(y, &vec![mean; y.len()], power, weights)?;
    explained("D2 of the deviance", loss, of_mean)
}

/// The mean squared error.
///
/// # Errors
/// Lengths, NaN and weights as for metrics.
pub fn mean_squared_error(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    mean_of(y, predictions, weights, |y, p| (y - p) * (y - p))
}

/// The mean squared difference of `ln(1 + value)`; both must be above -1.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a value that is not; lengths, NaN and weights as for metrics.
pub fn mean_squared_log_error(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    if let Some(&found) = y.iter().chain(predictions).find(|value| **value <= -1.0) {
        return Err(StatsError::OutOfRange {
            what: "a value",
            found,
            expected: "above -1",
        });
    }
    mean_of(y, predictions, weights, |y, p| {
        let difference = ln_1p(y) - ln_1p(p);
        difference * difference
    })
}

/// The share of the variance of `y` that is not in the errors; unlike R2, a constant error costs nothing.
///
/// # Errors
/// [`StatsError::Undefined`] for a constant truth that is missed; lengths, NaN and weights as for metrics.
pub fn explained_variance(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    let error = mean_of(y, predictions, weights, |y, p| y - p)?;
    let mean = mean_of(y, predictions, weights, |y, _| y)?;
    let of_errors = mean_of(y, predictions, weights, |y, p| (y - p - error) * (y - p - error))?;
    let of_truth = mean_of(y, predictions, weights, |y, _| (y - mean) * (y - mean))?;
    explained("explained variance", of_errors, of_truth)
}

/// The coefficient of determination: the share by which the squared error is less than that of the weighted mean of `y`.
///
/// # Errors
/// [`StatsError::Undefined`] for a constant truth that is missed; lengths, NaN and weights as for metrics.
pub fn determination(y: &[f64], predictions: &[f64], weights: Option<&[f64]>) -> Result<f64, StatsError> {
    let loss = mean_squared_error(y, predictions, weights)?;
    let mean = mean_of(y, predictions, weights, |y, _| y)?;
    let of_mean = mean_of(y, predictions, weights, |y, _| (y - mean) * (y - mean))?;
    explained("R2", loss, of_mean)
}

/// The mean absolute error.
///
/// # Errors
/// Lengths, NaN and weights as for metrics.
pub fn mean_absolute_error(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    mean_of(y, predictions, weights, |y, p| (y - p).abs())
}

/// The median of `|error|`; with weights, the middle of those between which half of the weight lies.
///
/// # Errors
/// Lengths, NaN and weights as for metrics.
pub fn weighted_median_error(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    mean_of(y, predictions, weights, |_, _| 0.0)?;
    let mut errors: Vec<f64> = y.iter().zip(predictions).map(|(y, p)| (y - p).abs()).collect();
    Ok(match weights {
        Some(weights) => weighted_quantile(&errors, weights, 0.5),
        None => {
            errors.sort_by(f64::total_cmp);
            linear_quantile(&errors, 0.5)
        }
    })
}

/// The largest `|error|` of a row with weight.
///
/// # Errors
/// Lengths, NaN and weights as for metrics.
pub fn largest_error(y: &[f64], predictions: &[f64], weights: Option<&[f64]>) -> Result<f64, StatsError> {
    mean_of(y, predictions, weights, |_, _| 0.0)?;
    let weighed = y
        .iter()
        .zip(predictions)
        .enumerate()
        .filter(|(row, _)| check::weight(weights, *row) > 0.0);
    Ok(weighed.map(|(_, (y, p))| (y - p).abs()).fold(0.0, f64::max))
}

/// The mean of `|error| / |truth|`, a fraction.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a truth of 0; lengths, NaN and weights as for metrics.
pub fn mean_relative_error(
    y: &[f64],
    predictions: &[f64],
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    if y.contains(&0.0) {
        return Err(StatsError::OutOfRange {
            what: "a truth",
            found: 0.0,
            expected: "other than 0",
        });
    }
    mean_of(y, predictions, weights, |y, p| ((y - p) / y).abs())
}
