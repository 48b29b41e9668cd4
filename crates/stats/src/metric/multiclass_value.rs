//! Values of several classes' probabilities without an interval; shapes as for the others of several classes.

use super::auc::AucInfluence;
use super::multiclass::{check_rows, name_the_class};
use crate::sum::Compensated;
use crate::{StatsError, check};

/// The area under the ROC curve of each class against the rest, the classes counted by the weight of their rows.
///
/// # Errors
/// As [`multiclass_auc`](super::multiclass_auc).
pub fn multiclass_auc_weighted(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    check_rows(labels, probabilities, n_classes, weights)?;
    let (mut sum, mut total) = (0.0, 0.0);
    for class in 0..n_classes {
        let is_class: Vec<bool> = labels.iter().map(|&label| label as usize == class).collect();
        let scores: Vec<f64> = probabilities
            .iter()
            .skip(class)
            .step_by(n_classes)
            .copied()
            .collect();
        let area = AucInfluence::of(&is_class, &scores, weights)
            .map_err(name_the_class)?
            .value;
        let rows = (0..labels.len()).filter(|&row| is_class[row]);
        let weight: f64 = rows.map(|row| check::weight(weights, row)).sum();
        sum += weight * area;
        total += weight;
    }
    Ok(sum / total)
}

/// The mean, over ordered pairs of classes, of the area under the ROC curve among the rows of both.
///
/// # Errors
/// As [`multiclass_auc`](super::multiclass_auc).
///
/// # Reference
/// D. J. Hand, R. J. Till (2001), Machine Learning 45, 171-186.
pub fn multiclass_auc_pairs(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
) -> Result<f64, StatsError> {
    check_rows(labels, probabilities, n_classes, None)?;
    let mut sum = 0.0;
    for class in 0..n_classes {
        for other in (0..n_classes).filter(|&other| other != class) {
            let of_pair = |row: &usize| [class, other].contains(&(labels[*row] as usize));
            let rows: Vec<usize> = (0..labels.len()).filter(of_pair).collect();
            let is_class: Vec<bool> = rows.iter().map(|&row| labels[row] as usize == class).collect();
            let scores: Vec<f64> = rows
                .iter()
                .map(|&row| probabilities[row * n_classes + class])
                .collect();
            sum += AucInfluence::of(&is_class, &scores, None)
                .map_err(name_the_class)?
                .value;
        }
    }
    Ok(sum / (n_classes * (n_classes - 1)) as f64)
}

/// The mean, over rows, of the squared distance of the probabilities to 1 for the true class and 0 for the others.
///
/// # Errors
/// As [`multiclass_log_loss`](super::multiclass_log_loss).
///
/// # Reference
/// G. W. Brier (1950), Monthly Weather Review 78, 1-3.
pub fn multiclass_brier(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    let distance = |row: &[f64], label: usize| {
        let terms = row
            .iter()
            .enumerate()
            .map(|(class, p)| (f64::from(class == label) - p) * (f64::from(class == label) - p));
        terms.sum()
    };
    mean_over_rows(labels, probabilities, n_classes, weights, distance)
}

/// The share of rows whose class is among the `k` most probable; of classes that are as probable, later ones come first,
/// as in scikit-learn.
///
/// # Errors
/// [`StatsError::TooFewValues`] for a `k` of 0; as [`multiclass_log_loss`](super::multiclass_log_loss).
pub fn top_k_accuracy(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    k: usize,
    weights: Option<&[f64]>,
) -> Result<f64, StatsError> {
    check::at_least("k", k, 1)?;
    let is_among = |row: &[f64], label: usize| {
        let before = row
            .iter()
            .enumerate()
            .filter(|&(class, p)| *p > row[label] || (*p == row[label] && label < class));
        f64::from(before.count() < k)
    };
    mean_over_rows(labels, probabilities, n_classes, weights, is_among)
}

fn mean_over_rows(
    labels: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
    of_row: impl Fn(&[f64], usize) -> f64,
) -> Result<f64, StatsError> {
    check_rows(labels, probabilities, n_classes, weights)?;
    let (mut sum, mut total) = (Compensated::default(), Compensated::default());
    for (position, (row, &label)) in probabilities.chunks_exact(n_classes).zip(labels).enumerate() {
        let weight = check::weight(weights, position);
        sum.add(weight * of_row(row, label as usize));
        total.add(weight);
    }
    Ok(sum.value() / total.value())
}
