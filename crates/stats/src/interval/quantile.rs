use super::{Estimate, sorted_quantile, two_sided_normal};
use crate::math::sqrt;
use crate::{StatsError, check};

/// A quantile of values with the interval between two of them that holds it whatever their distribution.
///
/// `q` is in (0, 1); the value is interpolated as NumPy does. The ends are the values whose ranks lie a normal
/// quantile of the binomial's spread about `q n`; close from about 20 values and 5 beyond the quantile on.
///
/// # Errors
/// [`StatsError::TooFewValues`] without values, [`StatsError::OutOfRange`] for `q` or `level`, and for values that are
/// not finite.
///
/// # Reference
/// W. J. Conover (1999), Practical nonparametric statistics, section 3.2.
pub fn quantile(values: &[f64], q: f64, level: f64) -> Result<Estimate, StatsError> {
    check::at_least("values", values.len(), 1)?;
    check::finite("values", values)?;
    check::level(level)?;
    check::open_unit("q", q)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let half = two_sided_normal(level) * sqrt(n * q * (1.0 - q));
    let at = |rank: f64| sorted[(rank.max(1.0) as usize).min(sorted.len()) - 1];
    let value = sorted_quantile(&sorted, q);
    Ok(Estimate {
        value,
        low: at((n * q - half).floor()).min(value),
        high: at((n * q + half).ceil() + 1.0).max(value),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::random::Draw;

    #[test]
    fn the_interval_holds_the_quantile_as_often_as_it_says() {
        let covers = (0..2000u64).filter(|&round| {
            let mut draw = Draw::new(round, 0);
            let values: Vec<f64> = (0..100).map(|_| draw.uniform()).collect();
            quantile(&values, 0.9, 0.9).unwrap().covers(0.9)
        });
        let share = covers.count() as f64 / 2000.0;
        assert!((0.88..0.97).contains(&share), "{share}");
    }

    #[test]
    fn one_value_and_bad_levels() {
        let one = quantile(&[3.0], 0.5, 0.95).unwrap();
        assert_eq!((one.low, one.value, one.high), (3.0, 3.0, 3.0));
        assert!(quantile(&[], 0.5, 0.95).is_err() && quantile(&[1.0], 1.0, 0.95).is_err());
    }
}
