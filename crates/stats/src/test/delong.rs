use super::{Alternative, Effect, TestResult};
use crate::StatsError;
use crate::metric::{auc, paired_auc};
use crate::special::ln_normal_sf;

/// DeLong's test: do two scores of the same rows have the same area under the ROC curve?
///
/// # Shapes and units
/// `labels`, both scores and `weights` are `(n_rows,)`; scores in any unit of which only the order counts, without missing
/// values. The effect is `AUC(a) - AUC(b)`; both areas with their intervals stand in `more_effects`.
///
/// # Assumptions
/// Independent rows, both scores made without them. Poor below about 10 rows of the rarer class, and for nested models judged
/// on the rows that they learnt from.
///
/// # Errors
/// As [`auc`]; [`StatsError::Constant`] when both scores rank the rows in the same way.
///
/// # Reference
/// E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845, as R's `pROC::roc.test(paired = TRUE)`.
pub fn delong(
    labels: &[bool],
    scores_a: &[f64],
    scores_b: &[f64],
    weights: Option<&[f64]>,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    let central = alternative.central_level(level);
    // at one half a one-sided bound is the estimate itself
    let found = paired_auc(labels, scores_a, scores_b, weights, central.max(1e-12))?;
    let area = |name, scores| auc(labels, scores, weights, level).map(|estimate| Effect { name, estimate });
    let effect = Effect {
        name: "difference of AUCs",
        estimate: alternative.open(found.difference, -1.0, 1.0),
    };
    let ln_p = alternative.ln_p(found.statistic, ln_normal_sf);
    Ok(TestResult {
        more_effects: vec![
            area("AUC of the first", scores_a)?,
            area("AUC of the second", scores_b)?,
        ],
        n_used: labels.len(),
        alternative: Some(alternative),
        ..TestResult::new("DeLong's test of two AUCs", "z", found.statistic, ln_p, effect)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::random::Draw;

    /// DeLong's covariance as the paper writes it, pair by pair.
    fn by_pairs(labels: &[bool], scores: [&[f64]; 2]) -> (f64, f64) {
        let of = |class: bool| (0..labels.len()).filter(move |&row| labels[row] == class);
        let kernel = |s: &[f64], p: usize, n: usize| match s[p].total_cmp(&s[n]) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let (m, n) = (of(true).count() as f64, of(false).count() as f64);
        let positives = scores.map(|s| {
            of(true)
                .map(|p| of(false).map(|q| kernel(s, p, q)).sum::<f64>() / n)
                .collect::<Vec<f64>>()
        });
        let negatives = scores.map(|s| {
            of(false)
                .map(|q| of(true).map(|p| kernel(s, p, q)).sum::<f64>() / m)
                .collect::<Vec<f64>>()
        });
        let areas = [0, 1].map(|k| crate::sum::mean(&positives[k]));
        let variance = |parts: &[Vec<f64>; 2], size: f64| {
            let gap = areas[0] - areas[1];
            let squares = parts[0]
                .iter()
                .zip(&parts[1])
                .map(|(a, b)| (a - b - gap) * (a - b - gap));
            squares.sum::<f64>() / (size - 1.0) / size
        };
        let total = variance(&positives, m) + variance(&negatives, n);
        (areas[0] - areas[1], (areas[0] - areas[1]) / total.sqrt())
    }

    #[test]
    fn the_statistic_is_that_of_all_pairs() {
        let mut draw = Draw::new(8, 0);
        let labels: Vec<bool> = (0..60).map(|row| row % 3 == 0).collect();
        let mut scored = |gain: f64| -> Vec<f64> {
            // rounded, so that some tie
            let score = |&label: &bool| (4.0 * (draw.normal() + gain * f64::from(label))).round() + 0.0;
            labels.iter().map(score).collect()
        };
        let (a, b) = (scored(1.2), scored(0.3));
        let (difference, z) = by_pairs(&labels, [&a, &b]);
        let found = delong(&labels, &a, &b, None, Alternative::TwoSided, 0.95).unwrap();
        assert!((found.effect.estimate.value - difference).abs() < 1e-14);
        assert!(
            (found.statistic / z - 1.0).abs() < 1e-12,
            "{} {z}",
            found.statistic
        );
        let greater = delong(&labels, &a, &b, None, Alternative::Greater, 0.95).unwrap();
        assert!((2.0 * greater.p_value - found.p_value).abs() < 1e-15);
        assert_eq!(greater.effect.estimate.high, 1.0);
        assert!(greater.effect.estimate.low > found.effect.estimate.low);
        let back = delong(&labels, &b, &a, None, Alternative::Less, 0.95).unwrap();
        assert_eq!(
            (back.statistic, back.p_value),
            (-found.statistic, greater.p_value)
        );
        assert!(delong(&labels, &a, &a, None, Alternative::TwoSided, 0.95).is_err());
        assert!(delong(&[true; 60], &a, &b, None, Alternative::TwoSided, 0.95).is_err());
    }
}
