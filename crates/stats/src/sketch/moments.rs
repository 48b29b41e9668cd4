use crate::math::sqrt;
use crate::sum::{BLOCK, ExactSum, ExactSumParts, central_product_sum};
use crate::wide::{Wide, on_wide_vectors};
use crate::{Estimate, StatsError, check, distribution::StudentT};

/// Counts, mean, variance and range of a column of numbers, exact and independent of order and cut.
///
/// NaN counts as missing. Infinities are values: they make mean and variance infinite or NaN.
///
/// ```
/// use stats::sketch::Moments;
/// let mut moments = Moments::default();
/// moments.extend(&[1.0, 2.0, f64::NAN, 6.0]);
/// assert_eq!((moments.n(), moments.n_missing()), (3, 1));
/// assert_eq!(moments.mean(), Some(3.0));
/// assert_eq!(moments.variance(), Some(7.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    n: u64,
    n_missing: u64,
    n_zero: u64,
    n_negative: u64,
    min: f64,
    max: f64,
    sum: ExactSum,
    sum_of_squares: ExactSum,
}

/// Below so many values a block costs more than they do.
const FEW: usize = 32;
const LANES: usize = 8;

/// What [`Moments`] hold. `min` is infinite and `max` negative infinite without values.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are the methods of the same name")]
pub struct MomentsParts {
    pub n: u64,
    pub n_missing: u64,
    pub n_zero: u64,
    pub n_negative: u64,
    pub min: f64,
    pub max: f64,
    pub sum: ExactSumParts,
    pub sum_of_squares: ExactSumParts,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            n: 0,
            n_missing: 0,
            n_zero: 0,
            n_negative: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: ExactSum::default(),
            sum_of_squares: ExactSum::default(),
        }
    }
}

impl Moments {
    /// Adds one value; NaN counts as missing.
    pub fn add(&mut self, value: f64) {
        if value.is_nan() {
            self.n_missing += 1;
            return;
        }
        self.n += 1;
        self.n_zero += u64::from(value == 0.0);
        self.n_negative += u64::from(value < 0.0);
        self.min = self.min.min(value + 0.0);
        self.max = self.max.max(value + 0.0);
        self.sum.add(value);
        self.sum_of_squares.add_product(value, value);
    }

    /// Adds every value of a slice.
    pub fn extend(&mut self, values: &[f64]) {
        for values in values.chunks(BLOCK) {
            if values.len() < FEW || !self.add_block(values) {
                values.iter().for_each(|value| self.add(*value));
            }
        }
    }

    /// Adds a block; false, and nothing is done, where a value is infinite.
    fn add_block(&mut self, values: &[f64]) -> bool {
        let mut present = [0.0; BLOCK];
        let present = &mut present[..values.len()];
        let seen = on_wide_vectors(Pass { values, present });
        if !seen.is_finite {
            return false;
        }
        self.n += values.len() as u64 - seen.n_missing;
        self.n_missing += seen.n_missing;
        self.n_zero += seen.n_zero - seen.n_missing;
        self.n_negative += seen.n_negative;
        self.min = self.min.min(seen.min + 0.0);
        self.max = self.max.max(seen.max + 0.0);
        self.sum_of_squares.extend_products(present, present);
        self.sum.pour(present);
        true
    }

    /// Counts values that were missing.
    pub fn add_missing(&mut self, n: u64) {
        self.n_missing = self.n_missing.saturating_add(n);
    }

    /// Adds everything that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.n_missing = self.n_missing.saturating_add(other.n_missing);
        self.n_zero = self.n_zero.saturating_add(other.n_zero);
        self.n_negative = self.n_negative.saturating_add(other.n_negative);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum.merge(&other.sum);
        self.sum_of_squares.merge(&other.sum_of_squares);
    }

    /// Number of values that are not missing.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Number of missing values.
    #[must_use]
    pub fn n_missing(&self) -> u64 {
        self.n_missing
    }

    /// Number of zeros, of either sign.
    #[must_use]
    pub fn n_zero(&self) -> u64 {
        self.n_zero
    }

    /// Number of values below 0.
    #[must_use]
    pub fn n_negative(&self) -> u64 {
        self.n_negative
    }

    /// Smallest value; `None` without values.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        (self.n > 0).then_some(self.min)
    }

    /// Largest value; `None` without values.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        (self.n > 0).then_some(self.max)
    }

    /// Sum of the values, rounded once.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// Mean; `None` without values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum.value() / self.n as f64)
    }

    /// Variance with `n - 1` in the denominator; `None` below 2 values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        let squares = || central_product_sum(&self.sum_of_squares, &self.sum, &self.sum, self.n);
        (self.n > 1).then(|| squares() / (self.n - 1) as f64)
    }

    /// Standard deviation; `None` below 2 values.
    #[must_use]
    pub fn sd(&self) -> Option<f64> {
        self.variance().map(sqrt)
    }

    /// Mean with Student's interval.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] below 2 values, a level outside (0, 1).
    pub fn mean_interval(&self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let (Some(value), Some(sd)) = (self.mean(), self.sd()) else {
            return Err(StatsError::TooFewValues {
                what: "values".to_owned(),
                found: self.n as usize,
                expected: 2,
            });
        };
        let n = self.n as f64;
        let half = StudentT::new(n - 1.0)?.upper_quantile(0.5 * (1.0 - level)) * sd / sqrt(n);
        Ok(Estimate {
            value,
            low: value - half,
            high: value + half,
        })
    }

    /// The mean of these values minus that of others, with Welch's interval; infinitely wide below 2 values on a side.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] if a side has no values, a level outside (0, 1).
    ///
    /// # Reference
    /// B. L. Welch (1947), Biometrika 34, 28-35.
    pub fn mean_difference(&self, other: &Self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let (Some(a), Some(b)) = (self.mean(), other.mean()) else {
            return Err(StatsError::TooFewValues {
                what: "values of each side".to_owned(),
                found: self.n.min(other.n) as usize,
                expected: 1,
            });
        };
        let value = a - b;
        let part = |side: &Self| Some((side.variance()? / side.n as f64, side.n as f64 - 1.0));
        let (Some((a, df_a)), Some((b, df_b))) = (part(self), part(other)) else {
            return Ok(Estimate {
                value,
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
            });
        };
        if a + b == 0.0 {
            return Ok(Estimate {
                value,
                low: value,
                high: value,
            });
        }
        let df = (a + b) * (a + b) / (a * a / df_a + b * b / df_b);
        let half = StudentT::new(df)?.upper_quantile(0.5 * (1.0 - level)) * sqrt(a + b);
        Ok(Estimate {
            value,
            low: value - half,
            high: value + half,
        })
    }

    /// The content, for storing.
    #[must_use]
    pub fn parts(&self) -> MomentsParts {
        MomentsParts {
            n: self.n,
            n_missing: self.n_missing,
            n_zero: self.n_zero,
            n_negative: self.n_negative,
            min: self.min,
            max: self.max,
            sum: self.sum.parts(),
            sum_of_squares: self.sum_of_squares.parts(),
        }
    }

    /// The moments with this content.
    ///
    /// # Errors
    /// [`StatsError::Corrupt`] if counts, range and sums contradict each other.
    pub fn from_parts(parts: MomentsParts) -> Result<Self, StatsError> {
        let corrupt = |reason| {
            Err(StatsError::Corrupt {
                what: "moments",
                reason,
            })
        };
        if parts
            .n_zero
            .checked_add(parts.n_negative)
            .is_none_or(|sum| sum > parts.n)
        {
            return corrupt("more zeros and negative values than values");
        }
        let empty = parts.min == f64::INFINITY && parts.max == f64::NEG_INFINITY;
        if (parts.n == 0 && !empty)
            || (parts.n > 0 && (parts.min > parts.max || parts.min.is_nan() || parts.max.is_nan()))
        {
            return corrupt("range and count do not fit");
        }
        if parts.n == 0 && parts.sum != ExactSumParts::default() {
            return corrupt("a sum without values");
        }
        if parts.sum_of_squares.negative || parts.sum_of_squares.n_negative_infinite > 0 {
            return corrupt("sum of squares below 0");
        }
        Ok(Self {
            n: parts.n,
            n_missing: parts.n_missing,
            n_zero: parts.n_zero,
            n_negative: parts.n_negative,
            min: parts.min,
            max: parts.max,
            sum: ExactSum::from_parts(parts.sum)?,
            sum_of_squares: ExactSum::from_parts(parts.sum_of_squares)?,
        })
    }
}

/// One pass over a block, which leaves its values with 0 for what is missing.
struct Pass<'a> {
    values: &'a [f64],
    present: &'a mut [f64],
}

struct Seen {
    n_missing: u64,
    /// What is missing counts as 0.
    n_zero: u64,
    n_negative: u64,
    min: f64,
    max: f64,
    is_finite: bool,
}

impl Wide for Pass<'_> {
    type Found = Seen;

    #[inline(always)]
    fn run(self) -> Seen {
        let (mut n_missing, mut n_zero, mut n_negative) = ([0_u64; LANES], [0_u64; LANES], [0_u64; LANES]);
        let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        for (values, present) in self.values.chunks(LANES).zip(self.present.chunks_mut(LANES)) {
            for (lane, (value, present)) in values.iter().zip(present).enumerate() {
                let value = *value;
                *present = if value.is_nan() { 0.0 } else { value };
                n_missing[lane] += u64::from(value.is_nan());
                n_zero[lane] += u64::from(*present == 0.0);
                n_negative[lane] += u64::from(value < 0.0);
                min[lane] = if value < min[lane] { value } else { min[lane] };
                max[lane] = if max[lane] < value { value } else { max[lane] };
            }
        }
        let (min, max) = (
            min.iter().copied().fold(f64::INFINITY, f64::min),
            max.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        Seen {
            n_missing: n_missing.iter().sum(),
            n_zero: n_zero.iter().sum(),
            n_negative: n_negative.iter().sum(),
            min,
            max,
            is_finite: f64::MIN <= min.min(f64::MAX) && max.max(f64::MIN) <= f64::MAX,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Draw;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        moments.extend(values);
        moments
    }

    #[test]
    fn order_and_cut_change_nothing() {
        let mut draw = Draw::new(1, 0);
        let mut values: Vec<f64> = (0..1000).map(|_| draw.normal() * 1e6 + 1e9).collect();
        let whole = of(&values);
        draw.shuffle(&mut values);
        let mut merged = Moments::default();
        for chunk in values.chunks(77) {
            merged.merge(&of(chunk));
        }
        assert_eq!(whole, merged);
        assert_eq!(Moments::from_parts(whole.parts()).unwrap(), whole);
    }

    #[test]
    fn blocks_hold_what_single_values_hold() {
        let mut draw = Draw::new(2, 0);
        let kinds = [0.0, -0.0, f64::NAN, 1.5, -7.0, 1e-300, 1e200, -3e-320];
        let mut of_kinds = |n: usize| {
            (0..n)
                .map(|_| kinds[draw.below(8) as usize] * 1.0)
                .collect::<Vec<f64>>()
        };
        let with_infinity = [of_kinds(2000), vec![f64::INFINITY]].concat();
        for values in [
            of_kinds(5000),
            of_kinds(33),
            with_infinity,
            vec![f64::NAN; 1500],
            vec![-1.0; 40],
        ] {
            let mut single = Moments::default();
            values.iter().for_each(|value| single.add(*value));
            assert_eq!(of(&values).parts(), single.parts());
        }
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let moments = of(&[1e15 + 1.0, 1e15 + 2.0, 1e15 + 3.0]);
        assert_eq!(moments.variance(), Some(1.0));
        let interval = moments.mean_interval(0.95).unwrap();
        assert!(interval.low < 1e15 + 2.0 && interval.high > 1e15 + 2.0);
    }

    #[test]
    fn differences_are_those_of_welch() {
        // scipy 1.17.1: ttest_ind([1, 2, 4, 8], [0, 1, 1], equal_var=False).confidence_interval(0.9)
        let found = of(&[1.0, 2.0, 4.0, 8.0])
            .mean_difference(&of(&[0.0, 1.0, 1.0]), 0.9)
            .unwrap();
        assert!((found.value - 37.0 / 12.0).abs() < 1e-14);
        assert!(
            (found.low + 0.5190084623773217).abs() < 1e-9 && (found.high - 6.685675129043986).abs() < 1e-9,
            "{found:?}"
        );
        let same = of(&[2.0, 2.0]).mean_difference(&of(&[1.0, 1.0]), 0.9).unwrap();
        assert_eq!((same.low, same.high), (1.0, 1.0));
        assert!(
            of(&[1.0])
                .mean_difference(&of(&[2.0]), 0.9)
                .unwrap()
                .low
                .is_infinite()
        );
        assert!(of(&[]).mean_difference(&of(&[2.0]), 0.9).is_err());
    }

    #[test]
    fn empty_and_constant_columns() {
        let empty = Moments::default();
        assert_eq!((empty.mean(), empty.variance(), empty.min()), (None, None, None));
        assert!(empty.mean_interval(0.9).is_err());
        assert_eq!(Moments::from_parts(empty.parts()).unwrap(), empty);
        assert_eq!(of(&[0.1; 7]).variance(), Some(0.0));
        assert_eq!(of(&[-0.0, -1.0, 0.0]).n_zero(), 2);
    }

    #[test]
    fn hostile_parts_are_refused() {
        let good = of(&[1.0, -2.0]).parts();
        for hostile in [
            MomentsParts {
                n_zero: u64::MAX,
                ..good.clone()
            },
            MomentsParts {
                min: f64::NAN,
                ..good.clone()
            },
            MomentsParts {
                min: 5.0,
                ..good.clone()
            },
            MomentsParts {
                n: 0,
                n_negative: 0,
                ..good.clone()
            },
        ] {
            assert!(Moments::from_parts(hostile).is_err());
        }
    }
}
