use super::{Estimate, sorted_quantile};
use crate::distribution::Binomial;
use crate::{StatsError, check};

/// A quantile of values with the interval between two of them that holds it whatever their distribution.
///
/// `q` is in (0, 1); the value is interpolated as NumPy does. The ends are the
/// innermost values that the binomial law allows, so that the quantile lies beyond either with a chance of
/// `(1 - level) / 2` at most. Where even the outermost do not reach that (below 6 values for a median at 95 %), they are
/// the ends, and hold it more seldom.
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
    let value = sorted_quantile(&sorted, q);
    let (low, high) = ranks(sorted.len(), q, level)?;
    Ok(Estimate {
        value,
        low: sorted[low].min(value),
        high: sorted[high].max(value),
    })
}

/// Places in sorted values whose interval misses the quantile at most as often as told, on each side.
fn ranks(n: usize, q: f64, level: f64) -> Result<(usize, usize), StatsError> {
    let below = Binomial::new(n as u64, q)?;
    let alpha = 0.5 * (1.0 - level);
    let first = |is_enough: &dyn Fn(u64) -> bool| {
        let (mut from, mut to) = (0, n as u64);
        while from < to {
            let middle = (from + to) / 2;
            match is_enough(middle) {
                true => to = middle,
                false => from = middle + 1,
            }
        }
        from as usize
    };
    // so many values lie below the quantile with a chance of alpha and less
    let low = first(&|k| below.cdf(k) > alpha);
    // and so many or more
    let high = first(&|k| below.cdf(k) >= 1.0 - alpha);
    Ok((low.saturating_sub(1).min(n - 1), high.min(n - 1)))
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
    fn ends_are_the_innermost_ranks_that_hold() {
        // qbinom of R 4.3: medians of 10, 20 and 40 values
        let ends = |n: u32, level: f64| {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let found = quantile(&values, 0.5, level).unwrap();
            (found.low, found.high)
        };
        assert_eq!(ends(10, 0.95), (2.0, 9.0));
        assert_eq!(ends(20, 0.95), (6.0, 15.0));
        assert_eq!(ends(10, 0.8), (3.0, 8.0));
        assert_eq!(ends(3, 0.95), (1.0, 3.0));
    }

    #[test]
    fn one_value_and_bad_levels() {
        let one = quantile(&[3.0], 0.5, 0.95).unwrap();
        assert_eq!((one.low, one.value, one.high), (3.0, 3.0, 3.0));
        assert!(quantile(&[], 0.5, 0.95).is_err() && quantile(&[1.0], 1.0, 0.95).is_err());
    }
}
