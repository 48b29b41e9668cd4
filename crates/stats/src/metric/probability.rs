use super::check_binary;
use crate::interval::{Estimate, weighted_mean_t};
use crate::math::ln;
use crate::{StatsError, check};

/// Mean negative log-likelihood of binary labels, in nats.
///
/// Probabilities are kept within `2^-52` of 0 and 1, so that one sure mistake costs 36 and not infinity.
/// The interval is Student's interval of the losses per row.
///
/// # Errors
/// [`StatsError::OutOfRange`] for probabilities outside [0, 1], [`StatsError::TooFewValues`] below 2 rows.
pub fn log_loss(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    let losses = row_log_losses(labels, probabilities)?;
    Ok(weighted_mean_t(&losses, weights, level)?.within(0.0, f64::INFINITY))
}

/// The log loss of each row, for paired comparisons.
///
/// # Errors
/// As [`log_loss`].
pub fn row_log_losses(labels: &[bool], probabilities: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_binary(labels, probabilities, None)?;
    check::probabilities("probabilities", probabilities)?;
    Ok(labels
        .iter()
        .zip(probabilities)
        .map(|(&label, &p)| loss_of(if label { p } else { 1.0 - p }))
        .collect())
}

/// Mean squared error of binary labels against probabilities, in [0, 1]; interval as [`log_loss`].
///
/// # Errors
/// As [`log_loss`].
///
/// # Reference
/// G. W. Brier (1950), Monthly Weather Review 78, 1-3.
pub fn brier(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_binary(labels, probabilities, weights)?;
    check::probabilities("probabilities", probabilities)?;
    let errors: Vec<f64> = labels
        .iter()
        .zip(probabilities)
        .map(|(&label, p)| square(f64::from(label) - p))
        .collect();
    Ok(weighted_mean_t(&errors, weights, level)?.within(0.0, 1.0))
}

pub(super) fn loss_of(p: f64) -> f64 {
    -ln(p.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

pub(super) fn square(x: f64) -> f64 {
    x * x
}
