use crate::interval::{Estimate, weighted_mean_t, wilson};
use crate::{StatsError, check};

/// The mean pinball loss of a quantile told, in the unit of the target, with Student's interval.
///
/// Below the target, a quantile at `quantile_level` costs that share of the distance, above it the rest.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 rows; lengths, NaN, weights and levels as usual.
///
/// # Reference
/// R. Koenker, G. Bassett (1978), Econometrica 46.
pub fn mean_pinball(
    targets: &[f64],
    told: &[f64],
    quantile_level: f64,
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    let losses = row_pinball_losses(targets, told, quantile_level)?;
    check::weights(weights, targets.len())?;
    Ok(weighted_mean_t(&losses, weights, level)?.within(0.0, f64::INFINITY))
}

/// The pinball loss of each row, for paired comparisons.
///
/// # Errors
/// As [`pinball`].
pub fn row_pinball_losses(
    targets: &[f64],
    told: &[f64],
    quantile_level: f64,
) -> Result<Vec<f64>, StatsError> {
    check::open_unit("quantile_level", quantile_level)?;
    check::same_length("told", told.len(), targets.len())?;
    check::finite("targets", targets)?;
    check::finite("told", told)?;
    let loss = |(target, told): (&f64, &f64)| {
        let error = target - told;
        (quantile_level * error).max((quantile_level - 1.0) * error)
    };
    Ok(targets.iter().zip(told).map(loss).collect())
}

/// The share of targets from `low` to `high`, both included, with Wilson's interval.
///
/// # Errors
/// As [`pinball`]; infinite bounds are fine.
pub fn coverage(
    targets: &[f64],
    low: &[f64],
    high: &[f64],
    weights: Option<&[f64]>,
    level: f64,
) -> Result<Estimate, StatsError> {
    check::same_length("low", low.len(), targets.len())?;
    check::same_length("high", high.len(), targets.len())?;
    check::at_least("targets", targets.len(), 1)?;
    check::finite("targets", targets)?;
    check::weights(weights, targets.len())?;
    let weight = |row: usize| check::weight(weights, row);
    let (total, n) = check::effective((0..targets.len()).map(weight));
    let is_covered = |row: &usize| low[*row] <= targets[*row] && targets[*row] <= high[*row];
    let covered: f64 = (0..targets.len()).filter(is_covered).map(weight).sum();
    wilson((covered / total).min(1.0) * n, n, level)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_quantile_costs_least_at_its_level() {
        let targets: Vec<f64> = (1..=100).map(f64::from).collect();
        let loss = |told: f64| {
            mean_pinball(&targets, &vec![told; 100], 0.9, None, 0.95)
                .unwrap()
                .value
        };
        assert!(loss(90.0) < loss(80.0) && loss(90.0) < loss(99.0));
        // scikit-learn 1.7.2 mean_pinball_loss([1, 2, 3], [2, 2, 2], alpha=0.9).
        let found = mean_pinball(&[1.0, 2.0, 3.0], &[2.0; 3], 0.9, None, 0.95)
            .unwrap()
            .value;
        assert!((found - 1.0 / 3.0).abs() < 1e-15);
        assert!(mean_pinball(&[1.0, 2.0], &[1.0], 0.5, None, 0.95).is_err());
        assert!(mean_pinball(&[1.0, 2.0], &[1.0; 2], 1.0, None, 0.95).is_err());
    }

    #[test]
    fn coverage_is_a_share_with_its_interval() {
        let targets: Vec<f64> = (0..100).map(f64::from).collect();
        let found = coverage(&targets, &[f64::NEG_INFINITY; 100], &[89.0; 100], None, 0.95).unwrap();
        assert!((found.value - 0.9).abs() < 1e-12 && found.low < 0.9 && 0.9 < found.high);
        let weights: Vec<f64> = (0..100).map(|row| f64::from(u8::from(row < 50))).collect();
        let all = coverage(&targets, &[0.0; 100], &[89.0; 100], Some(&weights), 0.95).unwrap();
        assert_eq!(all.value, 1.0);
    }
}
