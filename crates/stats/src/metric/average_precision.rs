use super::{check_binary, class_weights, for_each_score};
use crate::interval::{Estimate, on_logit_scale, wilson};
use crate::math::sqrt;
use crate::sum::Compensated;
use crate::{StatsError, check};

/// Area under the precision-recall curve as a sum of steps, `sum((R_k - R_(k-1)) P_k)`, ties taken together.
///
/// A score without skill gives the share of positives. The value is somewhat high below about 50 positives.
///
/// # Interval
/// On the logit scale, with the larger of two standard errors: Boyd's, `sqrt(v (1 - v) / n_positives)`, which is wide for
/// good scores, narrow for poor ones and stays so however many rows there are; and the linearised one, which is right for
/// many rows and narrow for few positives. Wilson's for a value of 1.
///
/// # Errors
/// As [`auc`](super::auc).
///
/// # Reference
/// K. Boyd, K. H. Eng, C. D. Page (2013), Area under the precision-recall curve, ECML PKDD. The linearised error is the
/// infinitesimal jackknife: L. A. Jaeckel (1972), Bell Laboratories memorandum MM 72-1215-11.
pub fn average_precision(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    check_binary(labels, scores, weights)?;
    let (all_positive, _) = class_weights(labels, weights)?;
    let steps = steps(labels, scores, weights);
    let mut area = Compensated::default();
    for step in &steps {
        area.add(step.positive / all_positive * step.precision());
    }
    let positives = (0..labels.len()).filter(|&row| labels[row]);
    let (_, n_positive) = check::effective(positives.map(|row| check::weight(weights, row)));
    let value = area.value().min(1.0);
    if value >= 1.0 {
        return wilson(n_positive, n_positive, level);
    }
    let boyd = sqrt(value * (1.0 - value) / n_positive);
    let linearised = sqrt(influence(&steps, value)) / all_positive;
    Ok(on_logit_scale(value, boyd.max(linearised), level))
}

/// A distinct score, highest first, and the weights of its rows.
struct Step {
    positive: f64,
    positive_above: f64,
    above: f64,
    positive_squares: f64,
    negative_squares: f64,
}

impl Step {
    fn precision(&self) -> f64 {
        if self.above > 0.0 {
            self.positive_above / self.above
        } else {
            0.0
        }
    }
}

fn steps(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Vec<Step> {
    let squares: Option<Vec<f64>> = weights.map(|weights| weights.iter().map(|w| w * w).collect());
    let mut steps = Vec::new();
    let (mut positive_above, mut above) = (0.0, 0.0);
    for_each_score(labels, scores, weights, |_, positive, negative| {
        positive_above += positive;
        above += positive + negative;
        steps.push(Step {
            positive,
            positive_above,
            above,
            positive_squares: positive,
            negative_squares: negative,
        });
    });
    if let Some(squares) = squares {
        let mut at = steps.iter_mut();
        for_each_score(labels, scores, Some(&squares), |_, positive, negative| {
            if let Some(step) = at.next() {
                (step.positive_squares, step.negative_squares) = (positive, negative);
            }
        });
    }
    steps
}

/// The sum over rows of the square of weight times `all_positive` times the derivative of the area by that weight.
///
/// A row adds to the precision at its own score and at all lower ones: by `(label - precision) / above` each.
fn influence(steps: &[Step], value: f64) -> f64 {
    let (mut gained, mut lost, mut squares) = (Compensated::default(), Compensated::default(), 0.0);
    for step in steps.iter().rev().filter(|step| step.above > 0.0) {
        let share = step.positive / step.above;
        gained.add(share);
        lost.add(share * step.precision());
        let of_negative = -lost.value();
        let of_positive = step.precision() - value + gained.value() + of_negative;
        squares += step.positive_squares * of_positive * of_positive;
        squares += step.negative_squares * of_negative * of_negative;
    }
    squares
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::math::logit;
    use crate::random::Draw;

    /// Half of the interval on the logit scale, in standard errors of the value.
    fn standard_error(found: &Estimate) -> f64 {
        let half = 0.5 * (logit(found.high) - logit(found.low));
        half / crate::interval::two_sided_normal(0.95) * found.value * (1.0 - found.value)
    }

    fn drawn(n: usize, gain: f64) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
        let mut draw = Draw::new(11, 0);
        let labels: Vec<bool> = (0..n).map(|_| draw.uniform() < 0.4).collect();
        // rounded, so that some tie
        let score = |&label: &bool| (4.0 * (draw.normal() + gain * f64::from(label))).round() + 0.0;
        let scores = labels.iter().map(score).collect();
        (labels, scores, (0..n).map(|row| 0.5 + (row % 3) as f64).collect())
    }

    #[test]
    fn the_linearised_error_is_that_of_derivatives_by_weights() {
        let (labels, scores, weights) = drawn(400, 0.6);
        for weights in [vec![1.0; 400], weights] {
            let value = |weights: &[f64]| average_precision(&labels, &scores, Some(weights), 0.95).unwrap();
            let mut squares = 0.0;
            for row in 0..400 {
                let step = 1e-5;
                let mut moved = weights.clone();
                moved[row] += step;
                let up = value(&moved).value;
                moved[row] -= 2.0 * step;
                let slope = (up - value(&moved).value) / (2.0 * step);
                squares += (weights[row] * slope) * (weights[row] * slope);
            }
            let all_positive: f64 = (0..400).filter(|&row| labels[row]).map(|row| weights[row]).sum();
            let steps = steps(&labels, &scores, Some(&weights));
            let found = sqrt(influence(&steps, value(&weights).value)) / all_positive;
            assert!((found / sqrt(squares) - 1.0).abs() < 1e-6, "{found} {squares}");
        }
    }

    #[test]
    fn poor_scores_of_many_rows_have_the_linearised_error() {
        let (labels, scores, _) = drawn(5_000, 1.0);
        let found = average_precision(&labels, &scores, None, 0.95).unwrap();
        let n_positive = labels.iter().filter(|label| **label).count() as f64;
        let linearised = sqrt(influence(&steps(&labels, &scores, None), found.value)) / n_positive;
        assert!((standard_error(&found) / linearised - 1.0).abs() < 1e-9);
        assert!(linearised > 1.02 * sqrt(found.value * (1.0 - found.value) / n_positive));
    }

    #[test]
    fn good_scores_of_few_rows_keep_boyds_error() {
        let (labels, scores, _) = drawn(60, 2.5);
        let found = average_precision(&labels, &scores, None, 0.95).unwrap();
        let n_positive = labels.iter().filter(|label| **label).count() as f64;
        let boyd = sqrt(found.value * (1.0 - found.value) / n_positive);
        assert!((standard_error(&found) / boyd - 1.0).abs() < 1e-9);
    }
}
