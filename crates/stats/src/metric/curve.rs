use super::{check_binary, class_weights, for_each_score};
use crate::interval::{Estimate, on_logit_scale, wilson};
use crate::math::sqrt;
use crate::{StatsError, check};

/// A point of the ROC curve: what happens when rows with `score >= threshold` are predicted positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// Lowest score predicted positive; infinite for the first point, where nothing is.
    pub threshold: f64,
    /// Share of negatives predicted positive.
    pub false_positive_rate: f64,
    /// Share of positives predicted positive.
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionRecallPoint {
    /// Lowest score predicted positive.
    pub threshold: f64,
    /// Share of predicted positives that are positive.
    pub precision: f64,
    /// Share of positives that are predicted positive.
    pub recall: f64,
}

/// A point of the cumulative gain curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GainPoint {
    /// Share of rows with the highest scores.
    pub share_of_rows: f64,
    /// Share of all positives that lie among them.
    pub share_of_positives: f64,
    /// `share_of_positives / share_of_rows`; at 0 rows the lift of the first point above it.
    pub lift: f64,
}

/// The ROC curve from (0, 0) to (1, 1) by falling threshold; points on a straight line between their neighbours are
/// left out.
///
/// # Errors
/// As [`auc`](super::auc).
pub fn roc_curve(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<RocPoint>, StatsError> {
    check_binary(labels, scores, weights)?;
    let (all_positive, all_negative) = class_weights(labels, weights)?;
    let start = RocPoint {
        threshold: f64::INFINITY,
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
    };
    let mut points = vec![start];
    let (mut positive, mut negative) = (0.0, 0.0);
    let mut last_step = (0.0, 0.0);
    for_each_score(labels, scores, weights, |threshold, p, n| {
        if p + n == 0.0 {
            return;
        }
        positive += p;
        negative += n;
        if points.len() > 1 && last_step.0 * n == last_step.1 * p {
            points.pop();
        }
        last_step = (p, n);
        points.push(RocPoint {
            threshold,
            false_positive_rate: negative / all_negative,
            true_positive_rate: positive / all_positive,
        });
    });
    Ok(points)
}

/// The precision-recall curve by falling threshold, one point per distinct score.
///
/// # Errors
/// As [`auc`](super::auc).
pub fn precision_recall_curve(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<PrecisionRecallPoint>, StatsError> {
    check_binary(labels, scores, weights)?;
    let (all_positive, _) = class_weights(labels, weights)?;
    let mut points = Vec::new();
    let (mut positive, mut negative) = (0.0, 0.0);
    for_each_score(labels, scores, weights, |threshold, p, n| {
        positive += p;
        negative += n;
        if positive + negative > 0.0 {
            let precision = positive / (positive + negative);
            points.push(PrecisionRecallPoint {
                threshold,
                precision,
                recall: positive / all_positive,
            });
        }
    });
    Ok(points)
}

/// Area under the precision-recall curve as a sum of steps, `sum((R_k - R_(k-1)) P_k)`, ties taken together.
///
/// A score without skill gives the share of positives. The interval is Boyd's logit interval with the number of
/// positives as its size; it is somewhat wide for large data.
///
/// # Errors
/// As [`auc`](super::auc).
///
/// # Reference
/// K. Boyd, K. H. Eng, C. D. Page (2013), Area under the precision-recall curve, ECML PKDD.
pub fn average_precision(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    check_binary(labels, scores, weights)?;
    let (all_positive, _) = class_weights(labels, weights)?;
    let (mut positive, mut negative, mut area) = (0.0, 0.0, crate::sum::Compensated::default());
    for_each_score(labels, scores, weights, |_, p, n| {
        positive += p;
        negative += n;
        if p > 0.0 {
            area.add(p / all_positive * (positive / (positive + negative)));
        }
    });
    let positives = (0..labels.len()).filter(|&row| labels[row]);
    let (_, n_positive) = check::effective(positives.map(|row| check::weight(weights, row)));
    let value = area.value().min(1.0);
    if value >= 1.0 {
        return wilson(n_positive, n_positive, level);
    }
    Ok(on_logit_scale(
        value,
        sqrt(value * (1.0 - value) / n_positive),
        level,
    ))
}

/// How many of the positives lie among the rows with the highest scores: `n_points` even steps after the start.
///
/// Rows with tied scores share their positives evenly, so the curve does not depend on the order of rows.
/// `n_points` of 10 gives deciles.
///
/// # Errors
/// As [`auc`](super::auc), and when `n_points` is 0 or above a million.
pub fn gain_curve(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    n_points: usize,
) -> Result<Vec<GainPoint>, StatsError> {
    check_binary(labels, scores, weights)?;
    check::at_least("n_points", n_points, 1)?;
    check::at_most("n_points", n_points, 1_000_000, "at most a million")?;
    let (all_positive, all_negative) = class_weights(labels, weights)?;
    let total = all_positive + all_negative;
    let (mut rows, mut positive) = (0.0, 0.0);
    let mut points = vec![GainPoint {
        share_of_rows: 0.0,
        share_of_positives: 0.0,
        lift: 0.0,
    }];
    for_each_score(labels, scores, weights, |_, p, n| {
        while points.len() <= n_points {
            let target = total * points.len() as f64 / n_points as f64;
            if target > rows + p + n && points.len() < n_points {
                break;
            }
            let part = if p + n > 0.0 {
                ((target - rows) / (p + n)).min(1.0)
            } else {
                1.0
            };
            if target > (rows + p + n) * (1.0 + 1e-12) {
                break;
            }
            let share_of_rows = points.len() as f64 / n_points as f64;
            let share_of_positives = ((positive + part * p) / all_positive).min(1.0);
            points.push(GainPoint {
                share_of_rows,
                share_of_positives,
                lift: share_of_positives / share_of_rows,
            });
        }
        rows += p + n;
        positive += p;
    });
    points[0].lift = points.get(1).map_or(0.0, |point| point.lift);
    Ok(points)
}
