use super::Drift;
use crate::distribution::kolmogorov_sf;
use crate::math::{ln, sqrt};
use crate::{StatsError, check};

/// Kolmogorov-Smirnov between counts of the same ranges, rising: the largest distance of the cumulated shares.
///
/// `rank_error` is how far a share of `current` may be off because it came from a sketch, in [0, 1]; the effect is the
/// distance less that error, and the p-value belongs to the effect. Looking at the edges alone can only miss a
/// difference within a range, so alarms are not more frequent than stated.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::TooFewValues`] if a side is empty.
pub fn ks_counts(baseline: &[u64], current: &[u64], rank_error: f64) -> Result<Drift, StatsError> {
    check::same_length("current", current.len(), baseline.len())?;
    let total = |counts: &[u64]| counts.iter().fold(0u64, |sum, count| sum.saturating_add(*count));
    let (n, m) = (total(baseline), total(current));
    check::at_least("baseline", n.min(1) as usize, 1)?;
    check::at_least("current", m.min(1) as usize, 1)?;
    let (mut before, mut after, mut distance) = (0u64, 0u64, 0.0f64);
    for (b, c) in baseline.iter().zip(current) {
        before = before.saturating_add(*b);
        after = after.saturating_add(*c);
        distance = distance.max((before as f64 / n as f64 - after as f64 / m as f64).abs());
    }
    let certain = (distance - rank_error).max(0.0);
    let size = sqrt(n as f64 * m as f64 / (n as f64 + m as f64));
    let p = kolmogorov_sf((size + 0.12 + 0.11 / size) * certain);
    Ok(Drift::new(
        "Kolmogorov-Smirnov over ranges",
        distance,
        Some(ln(p)),
        ("distance of distributions", certain),
        (n, m),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_found_and_the_sketch_error_taken_off() {
        let drift = ks_counts(&[100, 100, 100, 100], &[40, 80, 120, 160], 0.0).expect("both sides have rows");
        assert!((drift.statistic - 0.2).abs() < 1e-12);
        // scipy 1.17: kstwobign.sf((sqrt(200) + 0.12 + 0.11 / sqrt(200)) * 0.2)
        assert!(
            (drift.p_value.expect("it has one") - 1.86e-7).abs() < 3e-8,
            "{:?}",
            drift.p_value
        );
        let cautious =
            ks_counts(&[100, 100, 100, 100], &[40, 80, 120, 160], 0.2).expect("both sides have rows");
        assert_eq!((cautious.effect, cautious.p_value), (0.0, Some(1.0)));
        assert!(ks_counts(&[0, 0], &[1, 1], 0.0).is_err());
        assert!(ks_counts(&[1], &[1, 1], 0.0).is_err());
    }
}
