use super::{by_falling_score, check_binary, class_weights};
use crate::interval::{Estimate, on_logit_scale, wilson};
use crate::math::sqrt;
use crate::{StatsError, check};

/// Area under the ROC curve: the probability that a positive row scores above a negative one, ties counted half.
///
/// # Shapes and units
/// `labels`, `scores` and `weights` are `(n_rows,)`; scores in any unit, higher meaning more positive.
///
/// # Interval
/// DeLong's variance on the logit scale, which stays in (0, 1). Where that variance says nothing (AUC of 0 or 1, or a
/// single row of one class), Wilson's interval with the size of the smaller class, which is conservative.
/// Takes one sort: a million rows are fine.
///
/// # Errors
/// [`StatsError::OneClass`] unless both classes occur; lengths, NaN, weights and level as for every metric.
///
/// # Reference
/// E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845;
/// X. Sun, W. Xu (2014), IEEE Signal Processing Letters 21, 1389-1393.
pub fn auc(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    let influence = AucInfluence::of(labels, scores, weights)?;
    influence.estimate(level)
}

/// An AUC and what each row adds to its deviation: the variance is the sum of squared `rows`.
pub(super) struct AucInfluence {
    pub(super) value: f64,
    pub(super) rows: Vec<f64>,
    /// Effective number of rows of the smaller class.
    smaller_class: f64,
}

impl AucInfluence {
    pub(super) fn of(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Self, StatsError> {
        check_binary(labels, scores, weights)?;
        let (positive, negative) = class_weights(labels, weights)?;
        let mut rows = placements(labels, scores, weights, positive, negative);
        let mut sum = crate::sum::Compensated::default();
        for (row, placement) in rows.iter().enumerate().filter(|&(row, _)| labels[row]) {
            sum.add(check::weight(weights, row) * placement);
        }
        let value = sum.value() / positive;
        let n_of = |class| effective_size(labels, weights, class);
        let (n_positive, n_negative) = (n_of(true), n_of(false));
        let scale = |n: f64, total: f64| {
            if n > 1.0 + 1e-9 {
                sqrt(n / (n - 1.0)) / total
            } else {
                0.0
            }
        };
        let (per_positive, per_negative) = (scale(n_positive, positive), scale(n_negative, negative));
        for (row, placement) in rows.iter_mut().enumerate() {
            let scale = if labels[row] { per_positive } else { per_negative };
            *placement = check::weight(weights, row) * (*placement - value) * scale;
        }
        Ok(Self {
            value,
            rows,
            smaller_class: n_positive.min(n_negative),
        })
    }

    pub(super) fn estimate(&self, level: f64) -> Result<Estimate, StatsError> {
        if self.value <= 0.0 || self.value >= 1.0 || self.smaller_class < 1.0 + 1e-9 {
            let value = self.value.clamp(0.0, 1.0);
            return wilson(value * self.smaller_class, self.smaller_class, level);
        }
        let variance: f64 = self.rows.iter().map(|r| r * r).sum();
        Ok(on_logit_scale(self.value, sqrt(variance), level))
    }
}

fn effective_size(labels: &[bool], weights: Option<&[f64]>, class: bool) -> f64 {
    let of_class = (0..labels.len()).filter(|&row| labels[row] == class);
    check::effective(of_class.map(|row| check::weight(weights, row))).1
}

/// For each row the share of the other class that it is ranked rightly against.
fn placements(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    positive: f64,
    negative: f64,
) -> Vec<f64> {
    let mut placements = vec![0.0; labels.len()];
    let (mut positive_above, mut negative_above) = (0.0, 0.0);
    let order = by_falling_score(scores);
    for tied in order.chunk_by(|&a, &b| scores[a as usize] == scores[b as usize]) {
        let (mut positive_tied, mut negative_tied) = (0.0, 0.0);
        for &row in tied {
            let row = row as usize;
            *(if labels[row] {
                &mut positive_tied
            } else {
                &mut negative_tied
            }) += check::weight(weights, row);
        }
        let of_positive = (negative - negative_above - 0.5 * negative_tied) / negative;
        let of_negative = (positive_above + 0.5 * positive_tied) / positive;
        for &row in tied {
            placements[row as usize] = if labels[row as usize] {
                of_positive
            } else {
                of_negative
            };
        }
        positive_above += positive_tied;
        negative_above += negative_tied;
    }
    placements
}
