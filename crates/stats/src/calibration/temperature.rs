use crate::math::{exp, log_sum_exp};
use crate::special::solve_ln_tail;
use crate::sum::Compensated;
use crate::{StatsError, check};

/// The temperature `T` for which `softmax(margins / T)` is most likely; above 1 the model was too sure of itself.
///
/// # Shapes and units
/// `margins` is `(n_rows, n_classes)` in row order, `labels` is `(n_rows,)` with codes in `0..n_classes`.
///
/// # Errors
/// [`StatsError::Undefined`] when all rows are right or no row tells anything, so that no finite temperature is best;
/// lengths, NaN and codes as for metrics.
///
/// # Reference
/// C. Guo et al. (2017), On calibration of modern neural networks, ICML.
pub fn temperature(margins: &[f64], labels: &[u32], n_classes: usize) -> Result<f64, StatsError> {
    check_margins(margins, labels, n_classes)?;
    // the log-likelihood is concave in 1 / T: find where its slope changes sign
    let slope = |log_inverse: f64| -> f64 {
        let inverse = exp(log_inverse);
        let mut sum = Compensated::default();
        let mut scaled = vec![0.0; n_classes];
        for (row, &label) in margins.chunks_exact(n_classes).zip(labels) {
            scaled.iter_mut().zip(row).for_each(|(s, m)| *s = m * inverse);
            let total = log_sum_exp(&scaled);
            let mean: f64 = scaled.iter().zip(row).map(|(s, m)| exp(s - total) * m).sum();
            sum.add(mean - row[label as usize]);
        }
        sum.value() / labels.len() as f64
    };
    let undefined = StatsError::Undefined {
        what: "temperature",
        reason: "no finite temperature is most likely",
    };
    if !(slope(-12.0) < 0.0 && slope(12.0) > 0.0) {
        return Err(undefined);
    }
    let log_inverse = solve_ln_tail(slope, 0.0, 0.0);
    if log_inverse.is_finite() {
        Ok(exp(-log_inverse))
    } else {
        Err(undefined)
    }
}

/// The mean negative log-likelihood of the labels under `softmax(margins / temperature)`.
///
/// # Shapes and units
/// As [`temperature`]; the temperature is positive, 1 for the margins as they are. In nats, from 0 up.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a temperature that is not positive; others as [`temperature`].
pub fn temperature_loss(
    margins: &[f64],
    labels: &[u32],
    n_classes: usize,
    temperature: f64,
) -> Result<f64, StatsError> {
    check_margins(margins, labels, n_classes)?;
    if !(temperature > 0.0 && temperature.is_finite()) {
        return Err(StatsError::OutOfRange {
            what: "temperature",
            found: temperature,
            expected: "above 0",
        });
    }
    let mut sum = Compensated::default();
    let mut scaled = vec![0.0; n_classes];
    for (row, &label) in margins.chunks_exact(n_classes).zip(labels) {
        scaled.iter_mut().zip(row).for_each(|(s, m)| *s = m / temperature);
        sum.add(log_sum_exp(&scaled) - scaled[label as usize]);
    }
    Ok(sum.value() / labels.len() as f64)
}

fn check_margins(margins: &[f64], labels: &[u32], n_classes: usize) -> Result<(), StatsError> {
    check::at_least("labels", labels.len(), 1)?;
    check::at_least("classes", n_classes, 2)?;
    check::same_length("margins", margins.len(), labels.len().saturating_mul(n_classes))?;
    check::finite("margins", margins)?;
    match labels.iter().find(|&&label| label as usize >= n_classes) {
        None => Ok(()),
        Some(&found) => Err(StatsError::OutOfRange {
            what: "labels",
            found: f64::from(found),
            expected: "below n_classes",
        }),
    }
}
