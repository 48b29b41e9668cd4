use super::Estimate;
use crate::random::Draw;
use crate::special::{normal_cdf, normal_quantile};
use crate::{StatsError, check};

/// Their values are kept to be sorted.
const MOST_RESAMPLES: usize = 100_000_000;

/// How to resample: the same settings give the same interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampling {
    /// How many resamples, from 20 to 100 million. More make the ends steadier: 1000 is good, 2000 for [`bootstrap_bca`].
    pub n_resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// Confidence level, a fraction in (0, 1).
    pub level: f64,
}

impl Resampling {
    pub(super) fn check(&self) -> Result<(), StatsError> {
        check::level(self.level)?;
        check::at_least("n_resamples", self.n_resamples, 20)?;
        check::at_most(
            "n_resamples",
            self.n_resamples,
            MOST_RESAMPLES,
            "at most 100 million",
        )
    }
}

/// The percentile bootstrap of any statistic of rows.
///
/// `statistic` gets row positions (repeated as drawn) and returns `None` where it is undefined, such as an AUC of a
/// resample without positives; such resamples are left out, and half of them at most may be.
/// Costs `n_resamples` calls on `n_rows` positions.
///
/// # Errors
/// [`StatsError::TooFewValues`] without rows or below 20 resamples, [`StatsError::OutOfRange`] above 100 million, [`StatsError::Undefined`] when the statistic has no
/// value on the data or on most resamples.
///
/// # Reference
/// B. Efron, R. Tibshirani (1993), An introduction to the bootstrap, chapter 13.
pub fn bootstrap_percentile(
    n_rows: usize,
    resampling: &Resampling,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Result<Estimate, StatsError> {
    let (value, draws) = resample(n_rows, resampling, &mut statistic)?;
    let alpha = 0.5 * (1.0 - resampling.level);
    Ok(Estimate {
        value,
        low: sorted_quantile(&draws, alpha),
        high: sorted_quantile(&draws, 1.0 - alpha),
    })
}

/// The bias-corrected and accelerated bootstrap.
///
/// As [`bootstrap_percentile`], corrected for bias and skewness; the acceleration comes from leaving out one of at most
/// 200 blocks of consecutive rows at a time.
///
/// # Errors
/// As [`bootstrap_percentile`].
///
/// # Reference
/// B. Efron (1987), JASA 82, 171-185.
pub fn bootstrap_bca(
    n_rows: usize,
    resampling: &Resampling,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Result<Estimate, StatsError> {
    let (value, draws) = resample(n_rows, resampling, &mut statistic)?;
    let n_below = draws.partition_point(|d| *d < value) as f64;
    let n_tied = draws.partition_point(|d| *d <= value) as f64 - n_below;
    let share = (n_below + 0.5 * n_tied) / draws.len() as f64;
    let bias = normal_quantile(share.clamp(0.5 / draws.len() as f64, 1.0 - 0.5 / draws.len() as f64));
    let acceleration = acceleration(n_rows, &mut statistic);
    let end = |alpha: f64| {
        let z = bias + normal_quantile(alpha);
        sorted_quantile(&draws, normal_cdf(bias + z / (1.0 - acceleration * z)))
    };
    let alpha = 0.5 * (1.0 - resampling.level);
    Ok(Estimate {
        value,
        low: end(alpha),
        high: end(1.0 - alpha),
    })
}

/// The value on the data and the sorted values on the resamples.
fn resample(
    n_rows: usize,
    resampling: &Resampling,
    statistic: &mut impl FnMut(&[usize]) -> Option<f64>,
) -> Result<(f64, Vec<f64>), StatsError> {
    resampling.check()?;
    check::at_least("rows", n_rows, 1)?;
    let mut rows: Vec<usize> = (0..n_rows).collect();
    let undefined = |reason| StatsError::Undefined {
        what: "bootstrapped statistic",
        reason,
    };
    let value = statistic(&rows)
        .filter(|v| v.is_finite())
        .ok_or_else(|| undefined("no value on the data"))?;
    let mut draws = Vec::with_capacity(resampling.n_resamples);
    for resample in 0..resampling.n_resamples {
        let mut draw = Draw::new(resampling.seed, resample as u64);
        rows.fill_with(|| draw.below(n_rows as u64) as usize);
        draws.extend(statistic(&rows).filter(|v| v.is_finite()));
    }
    if 2 * draws.len() < resampling.n_resamples {
        return Err(undefined("no value on more than half of the resamples"));
    }
    draws.sort_unstable_by(f64::total_cmp);
    Ok((value, draws))
}

fn acceleration(n_rows: usize, statistic: &mut impl FnMut(&[usize]) -> Option<f64>) -> f64 {
    let n_blocks = n_rows.min(200);
    let mut kept = Vec::with_capacity(n_rows);
    let mut values = Vec::with_capacity(n_blocks);
    for block in 0..n_blocks {
        let (from, to) = (block * n_rows / n_blocks, (block + 1) * n_rows / n_blocks);
        kept.clear();
        kept.extend((0..from).chain(to..n_rows));
        values.extend(statistic(&kept).filter(|v| v.is_finite()));
    }
    let mean = crate::sum::mean(&values);
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in &values {
        let d = mean - value;
        squares += d * d;
        cubes += d * d * d;
    }
    if squares > 0.0 {
        cubes / (6.0 * squares * squares.sqrt())
    } else {
        0.0
    }
}

/// The quantile of sorted values by linear interpolation (R's type 7, numpy's default).
pub(crate) fn sorted_quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let fraction = position - below as f64;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    if fraction == 0.0 {
        low
    } else {
        low + fraction * (high - low)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::interval::mean_t;
    use crate::sum::mean;

    const SETTINGS: Resampling = Resampling {
        n_resamples: 2000,
        seed: 1,
        level: 0.9,
    };

    fn mean_of(values: &[f64]) -> impl FnMut(&[usize]) -> Option<f64> + '_ {
        |rows| Some(rows.iter().map(|&r| values[r]).sum::<f64>() / rows.len() as f64)
    }

    #[test]
    fn close_to_the_closed_form_for_a_mean_and_repeatable() {
        let mut draw = Draw::new(9, 0);
        let values: Vec<f64> = (0..400).map(|_| draw.normal()).collect();
        let exact = mean_t(&values, 0.9).unwrap();
        for interval in [
            bootstrap_percentile(400, &SETTINGS, mean_of(&values)).unwrap(),
            bootstrap_bca(400, &SETTINGS, mean_of(&values)).unwrap(),
        ] {
            assert!((interval.low - exact.low).abs() < 0.01 && (interval.high - exact.high).abs() < 0.01);
            assert!((interval.value - mean(&values)).abs() < 1e-12);
        }
        let again = bootstrap_percentile(400, &SETTINGS, mean_of(&values)).unwrap();
        assert_eq!(
            again,
            bootstrap_percentile(400, &SETTINGS, mean_of(&values)).unwrap()
        );
    }

    #[test]
    fn bca_moves_to_the_heavy_side() {
        let mut draw = Draw::new(9, 0);
        let values: Vec<f64> = (0..60).map(|_| crate::math::exp(1.5 * draw.normal())).collect();
        let plain = bootstrap_percentile(60, &SETTINGS, mean_of(&values)).unwrap();
        let corrected = bootstrap_bca(60, &SETTINGS, mean_of(&values)).unwrap();
        assert!(corrected.high > plain.high && corrected.low > plain.low);
    }

    #[test]
    fn undefined_statistics_are_refused() {
        assert!(bootstrap_percentile(10, &SETTINGS, |_| None).is_err());
        assert!(bootstrap_percentile(0, &SETTINGS, |_| Some(1.0)).is_err());
        assert!(
            bootstrap_percentile(
                5,
                &Resampling {
                    n_resamples: 3,
                    ..SETTINGS
                },
                |_| Some(1.0)
            )
            .is_err()
        );
    }

    #[test]
    fn quantiles_match_numpy() {
        // numpy 2.4.6 numpy.quantile([1, 2, 4, 8], [0.1, 0.5, 0.9])
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, expected) in [(0.1, 1.3), (0.5, 3.0), (0.9, 6.8), (0.0, 1.0), (1.0, 8.0)] {
            assert!((sorted_quantile(&sorted, p) - expected).abs() < 1e-12);
        }
    }
}
