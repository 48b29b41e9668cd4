use crate::math::sqrt;
use crate::sum::{blocked, ends_and_sum};
use crate::{StatsError, check};
use std::borrow::Cow;

/// The moments of one sample.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) n: f64,
    pub(crate) mean: f64,
    /// With `n - 1` in the denominator; exactly 0 if and only if all values are equal.
    pub(crate) variance: f64,
    /// Moment skewness; 0 for a constant.
    pub(crate) skewness: f64,
    /// Moment kurtosis minus 3; 0 for a constant.
    pub(crate) excess_kurtosis: f64,
}

impl Sample {
    pub(crate) fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let (least, most, sum) = ends_and_sum(values);
        let rough = sum / n;
        let constant = Self {
            n,
            mean: values.first().copied().unwrap_or(rough),
            variance: 0.0,
            skewness: 0.0,
            excess_kurtosis: 0.0,
        };
        if least == most || values.is_empty() {
            return constant;
        }
        // in units of the largest distance's power of two, so that nothing is rounded and powers neither overflow nor vanish
        let reach = (most - rough).max(rough - least);
        let unit = f64::from_bits(reach.to_bits() & f64::INFINITY.to_bits());
        let inverse = 1.0 / unit;
        if !inverse.is_finite() {
            return Self {
                mean: rough,
                ..constant
            };
        }
        let [first, second, third, fourth] = blocked(values, |v| {
            let d = (v - rough) * inverse;
            [d, d * d, d * d * d, d * d * (d * d)]
        })
        .map(|sum| sum / n);
        // about the mean: the distances from nearby are exact, so that their mean mends the rounding of the sum
        let mean = rough + first * unit;
        let square = first * first;
        let spread = second - square;
        if spread <= 0.0 {
            return Self { mean, ..constant };
        }
        let third = third - 3.0 * first * second + 2.0 * first * square;
        let fourth = fourth - 4.0 * first * third - 6.0 * square * spread - square * square;
        Self {
            mean,
            variance: spread * (n / (n - 1.0)) * (unit * unit),
            skewness: third / (spread * sqrt(spread)),
            excess_kurtosis: fourth / (spread * spread) - 3.0,
            ..constant
        }
    }

    /// Cochran's rule: the mean of this many values is near enough to normal for a t interval.
    pub(crate) fn mean_is_trustworthy(&self) -> bool {
        self.n >= 10.0 && self.n > 25.0 * self.skewness * self.skewness
    }
}

/// Sums of squares of larger numbers overflow.
const MOST: f64 = 1e140;

/// Refuses infinities and numbers whose squares overflow; NaN passes.
pub(super) fn not_too_large(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|v| v.abs() > MOST) {
        None => Ok(()),
        Some(index) if values[index].is_infinite() => Err(StatsError::NotFinite {
            what,
            index,
            found: values[index],
        }),
        Some(index) => Err(StatsError::OutOfRange {
            what,
            found: values[index],
            expected: "of at most 1e140 in size",
        }),
    }
}

/// The values that are there, and how many were missing.
pub(crate) fn clean<'a>(
    what: &'static str,
    values: &'a [f64],
    n_least: usize,
) -> Result<(Cow<'a, [f64]>, usize), StatsError> {
    if values.iter().fold(true, |all, v| all & (v.abs() <= MOST)) {
        check::at_least(what, values.len(), n_least)?;
        return Ok((Cow::Borrowed(values), 0));
    }
    not_too_large(what, values)?;
    let kept: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    check::at_least(what, kept.len(), n_least)?;
    let n_dropped = values.len() - kept.len();
    Ok((Cow::Owned(kept), n_dropped))
}

/// The values of each group that are there.
pub(super) struct Groups<'a> {
    pub(super) values: Vec<Cow<'a, [f64]>>,
    pub(super) n: usize,
    pub(super) n_dropped: usize,
}

impl<'a> Groups<'a> {
    /// Groups that lie apart; every one must hold `n_least` values.
    pub(super) fn of(samples: &[&'a [f64]], n_least: usize) -> Result<Self, StatsError> {
        check::at_least("groups", samples.len(), 2)?;
        let cleaned = samples.iter().map(|&sample| clean("values", sample, 0));
        let cleaned = cleaned.collect::<Result<Vec<_>, _>>()?;
        let n_dropped = cleaned.iter().map(|(_, n_dropped)| n_dropped).sum();
        Self::checked(
            cleaned.into_iter().map(|(values, _)| values).collect(),
            n_least,
            n_dropped,
        )
    }

    /// Splits `values` by `codes` in `0..n_groups`; every group must hold `n_least` values.
    pub(super) fn split(
        values: &[f64],
        codes: &[u32],
        n_groups: usize,
        n_least: usize,
    ) -> Result<Self, StatsError> {
        check::same_length("groups", codes.len(), values.len())?;
        check::at_least("groups", n_groups, 2)?;
        not_too_large("values", values)?;
        check_codes("groups", codes, n_groups)?;
        all_occur(codes, n_groups, n_least)?;
        let mut sizes = vec![0; n_groups];
        for &code in codes {
            sizes[code as usize] += 1;
        }
        let mut split: Vec<Vec<f64>> = sizes.into_iter().map(Vec::with_capacity).collect();
        for (&value, &code) in values.iter().zip(codes).filter(|(value, _)| !value.is_nan()) {
            split[code as usize].push(value);
        }
        let n_dropped = values.len() - split.iter().map(Vec::len).sum::<usize>();
        Self::checked(split.into_iter().map(Cow::Owned).collect(), n_least, n_dropped)
    }

    fn checked(values: Vec<Cow<'a, [f64]>>, n_least: usize, n_dropped: usize) -> Result<Self, StatsError> {
        for (code, group) in values.iter().enumerate() {
            check::at_least(&format!("group {code}"), group.len(), n_least)?;
        }
        Ok(Self {
            n: values.iter().map(|group| group.len()).sum(),
            values,
            n_dropped,
        })
    }

    pub(super) fn samples(&self) -> Vec<Sample> {
        self.values.iter().map(|v| Sample::of(v)).collect()
    }
}

/// More groups than rows leave one empty: refused before memory is taken for all.
fn all_occur(codes: &[u32], n_groups: usize, n_least: usize) -> Result<(), StatsError> {
    if n_groups <= codes.len() || n_least == 0 {
        return Ok(());
    }
    let mut sorted = codes.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let first_empty = (0..)
        .zip(&sorted)
        .take_while(|(code, found)| code == *found)
        .count();
    check::at_least(&format!("group {first_empty}"), 0, n_least)
}

/// Group codes lie in `0..n_codes`, and the count is believable.
pub(crate) fn check_codes(what: &'static str, codes: &[u32], n_codes: usize) -> Result<(), StatsError> {
    if n_codes > codes.len().max(10_000_000) {
        let found = n_codes as f64;
        return Err(StatsError::OutOfRange {
            what: "number of codes",
            found,
            expected: "at most ten million",
        });
    }
    match codes.iter().find(|&&code| code as usize >= n_codes) {
        Some(&found) => Err(StatsError::OutOfRange {
            what,
            found: f64::from(found),
            expected: "below the number of codes",
        }),
        None => Ok(()),
    }
}
