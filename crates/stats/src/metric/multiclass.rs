use super::auc::AucInfluence;
use super::probability::{loss_of, square};
use crate::interval::{Estimate, on_logit_scale, weighted_mean_t, wilson};
use crate::math::sqrt;
use crate::{StatsError, check};

/// Mean negative log-likelihood of the true class, in nats; clipped and with an interval as
/// [`log_loss`](super::log_loss).
///
/// `labels` is `(n_rows,)` with codes in `0..n_classes`, `probabilities` is `(n_rows, n_classes)` in row order.
/// Rows whose probabilities do not sum to 1 are scaled so that they do.
///
/// # Errors
/// [`StatsError::OutOfRange`] for codes or probabilities out of range or a row of zeros; lengths, weights and level as usual.
pub fn multiclass_log_loss(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_rows(labels, probabilities, n_classes, weights)?;
    let losses = losses_of(labels, probabilities, n_classes)?;
    Ok(weighted_mean_t(&losses, weights, level)?.within(0.0, f64::INFINITY))
}

/// The log loss of each row, `(n_rows,)`, for comparing models row by row; their mean is [`multiclass_log_loss`].
///
/// # Errors
/// As [`multiclass_log_loss`].
pub fn row_multiclass_log_losses(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
) -> Result<Vec<f64>, StatsError> {
    check_rows(labels, probabilities, n_classes, None)?;
    losses_of(labels, probabilities, n_classes)
}

fn losses_of(labels: &[u32], probabilities: &[f64], n_classes: usize) -> Result<Vec<f64>, StatsError> {
    let mut losses = Vec::with_capacity(labels.len());
    for (&label, row) in labels.iter().zip(probabilities.chunks_exact(n_classes)) {
        let total: f64 = row.iter().sum();
        if total <= 0.0 {
            return Err(StatsError::OutOfRange {
                what: "sum of a row of probabilities",
                found: total,
                expected: "above 0",
            });
        }
        losses.push(loss_of(row[label as usize] / total));
    }
    Ok(losses)
}

/// Share of rows whose most probable class is the true one (the lowest code on ties), with Wilson's interval.
///
/// # Errors
/// As [`multiclass_log_loss`].
pub fn multiclass_accuracy(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_rows(labels, probabilities, n_classes, weights)?;
    let (total, n) = check::effective((0..labels.len()).map(|row| check::weight(weights, row)));
    let mut right = 0.0;
    for (row, (&label, row_probabilities)) in labels
        .iter()
        .zip(probabilities.chunks_exact(n_classes))
        .enumerate()
    {
        if most_probable(row_probabilities) == label as usize {
            right += check::weight(weights, row);
        }
    }
    wilson((right / total).min(1.0) * n, n, level)
}

/// Mean over the classes of the AUC of each class against the rest (`macro`, `ovr` in scikit-learn).
///
/// The interval counts the covariance of the classes, which share rows, and is taken on the logit scale.
///
/// # Errors
/// [`StatsError::Undefined`] if a class does not occur; else as [`multiclass_log_loss`].
pub fn multiclass_auc(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    check_rows(labels, probabilities, n_classes, weights)?;
    let mut value = 0.0;
    let mut rows = vec![0.0; labels.len()];
    for class in 0..n_classes {
        let scores: Vec<f64> = probabilities
            .iter()
            .skip(class)
            .step_by(n_classes)
            .copied()
            .collect();
        let is_class: Vec<bool> = labels.iter().map(|&l| l as usize == class).collect();
        let influence = AucInfluence::of(&is_class, &scores, weights).map_err(name_the_class)?;
        value += influence.value / n_classes as f64;
        for (total, part) in rows.iter_mut().zip(&influence.rows) {
            *total += part / n_classes as f64;
        }
    }
    let variance: f64 = rows.iter().map(|&r| square(r)).sum();
    if value <= 0.0 || value >= 1.0 {
        let (_, n) = check::effective((0..labels.len()).map(|row| check::weight(weights, row)));
        let n = n / n_classes as f64;
        return wilson(value.clamp(0.0, 1.0) * n, n, level);
    }
    Ok(on_logit_scale(value, sqrt(variance), level))
}

pub(super) fn name_the_class(error: StatsError) -> StatsError {
    match error {
        StatsError::OneClass { .. } => StatsError::Undefined {
            what: "multiclass auc",
            reason: "a class does not occur or is the only one",
        },
        other => other,
    }
}

/// Mean over the classes of F1, of the most probable class against the true one.
///
/// A class that neither occurs nor is predicted is left out of the mean. Delta-method interval on the logit scale.
///
/// # Errors
/// As [`multiclass_log_loss`].
pub fn multiclass_f1(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    check_rows(labels, probabilities, n_classes, weights)?;
    let (total, n) = check::effective((0..labels.len()).map(|row| check::weight(weights, row)));
    check::cells("table of classes", n_classes, n_classes)?;
    let mut cells = vec![0.0; n_classes * n_classes];
    for (row, (&label, row_probabilities)) in labels
        .iter()
        .zip(probabilities.chunks_exact(n_classes))
        .enumerate()
    {
        cells[label as usize * n_classes + most_probable(row_probabilities)] += check::weight(weights, row);
    }
    let (value, variance) = macro_f1_of(&cells, n_classes);
    if value <= 0.0 || value >= 1.0 {
        return wilson(value * n, n, level);
    }
    Ok(on_logit_scale(value, sqrt(variance * total / n), level))
}

/// Macro F1 and its variance per unit of weight from a table of (true, predicted) weights.
fn macro_f1_of(cells: &[f64], n_classes: usize) -> (f64, f64) {
    let mut spread = vec![0.0; n_classes];
    for (at, weight) in cells.iter().enumerate() {
        spread[at / n_classes] += weight;
        spread[at % n_classes] += weight;
    }
    let n_used = spread.iter().filter(|&&s| s > 0.0).count().max(1) as f64;
    let f1_of = |class: usize| {
        if spread[class] > 0.0 {
            2.0 * cells[class * n_classes + class] / spread[class]
        } else {
            0.0
        }
    };
    let f1: Vec<f64> = (0..n_classes).map(f1_of).collect();
    // the slope of a row in cell (t, p): F1 is 2 TP / spread, and a row adds 1 to the spread of t and of p
    let variance = cells
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0.0)
        .map(|(at, weight)| {
            let (t, p) = (at / n_classes, at % n_classes);
            let hit = if t == p { 2.0 / spread[t] } else { 0.0 };
            weight * square((hit - f1[t] / spread[t] - f1[p] / spread[p]) / n_used)
        });
    (f1.iter().sum::<f64>() / n_used, variance.sum())
}

/// The position of the largest number of `row`, the first of equals; 0 for an empty one.
pub fn most_probable(row: &[f64]) -> usize {
    let mut best = 0;
    for (class, p) in row.iter().enumerate() {
        if *p > row[best] {
            best = class;
        }
    }
    best
}

pub(super) fn check_rows(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
) -> Result<(), StatsError> {
    check::at_least("labels", labels.len(), 1)?;
    check::at_least("classes", n_classes, 2)?;
    check::same_length(
        "probabilities",
        probabilities.len(),
        labels.len().saturating_mul(n_classes),
    )?;
    check::probabilities("probabilities", probabilities)?;
    check::weights(weights, labels.len())?;
    match labels.iter().find(|&&label| label as usize >= n_classes) {
        Some(&found) => Err(StatsError::OutOfRange {
            what: "labels",
            found: f64::from(found),
            expected: "below n_classes",
        }),
        None => Ok(()),
    }
}
