//! Sums whose result depends on the values alone.
//!
//! [`ExactSum`] keeps every bit, so that threads, batches and machines may add and merge in any order.
//! [`in_order`] is the quick sum for one slice in one order.

mod exact;

pub(crate) use exact::BLOCK;
pub use exact::{ExactSum, ExactSumParts, central_product_sum};

use crate::wide::on_wide_vectors;

/// The sum of a slice in the order given, with Neumaier's compensation for lost low bits.
///
/// The error is about one rounding of the result plus `n * 2^-106` of the sum of magnitudes. 0 for an empty slice.
///
/// # Reference
/// A. Neumaier (1974), ZAMM 54, 39-51.
#[must_use]
pub fn in_order(values: &[f64]) -> f64 {
    let mut sum = Compensated::default();
    for &value in values {
        sum.add(value);
    }
    sum.value()
}

/// The mean of a slice in the order given; NaN for an empty slice.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    in_order(values) / values.len() as f64
}

/// The sums of several functions of every value in one quick pass: eight partial sums within blocks of 1024 values,
/// compensated between blocks.
///
/// The error is a few roundings of the sum of magnitudes. The order is fixed, whatever the width of the machine's vectors.
pub(crate) fn blocked<const N: usize>(values: &[f64], f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    on_wide_vectors(|| blocked_sums(values, f))
}

#[inline(always)]
fn blocked_sums<const N: usize>(values: &[f64], f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut totals = [Compensated::default(); N];
    for block in values.chunks(1024) {
        let mut lanes = [[0.0; 8]; N];
        let (eights, rest) = block.as_chunks::<8>();
        for eight in eights {
            for (lane, &value) in eight.iter().enumerate() {
                for (sums, term) in lanes.iter_mut().zip(f(value)) {
                    sums[lane] += term;
                }
            }
        }
        for (lane, &value) in rest.iter().enumerate() {
            for (sums, term) in lanes.iter_mut().zip(f(value)) {
                sums[lane] += term;
            }
        }
        for (total, sums) in totals.iter_mut().zip(lanes) {
            total.add(sums.iter().sum());
        }
    }
    totals.map(|total| total.value())
}

/// The sum of the products of neighbours in two columns, `(n,)` each, in one quick pass as [`blocked`].
pub(crate) fn products(x: &[f64], y: &[f64]) -> f64 {
    on_wide_vectors(|| {
        let n = x.len().min(y.len());
        let mut total = Compensated::default();
        for (x, y) in x[..n].chunks(1024).zip(y[..n].chunks(1024)) {
            let (x_eights, x_rest) = x.as_chunks::<8>();
            let (y_eights, y_rest) = y.as_chunks::<8>();
            let mut lanes = [0.0; 8];
            for (x, y) in x_eights.iter().zip(y_eights) {
                for (sum, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
                    *sum += x * y;
                }
            }
            let rest = x_rest.iter().zip(y_rest).map(|(x, y)| x * y);
            total.add(lanes.iter().copied().chain(rest).sum());
        }
        total.value()
    })
}

/// The least and the greatest value, none of which is NaN; infinity and its opposite of none.
pub(crate) fn ends(values: &[f64]) -> (f64, f64) {
    on_wide_vectors(|| {
        let mut ends = Ends::default();
        let (eights, rest) = values.as_chunks::<8>();
        eights.iter().for_each(|eight| ends.see(eight));
        ends.all(rest)
    })
}

/// As [`ends`], with the sum in the same pass, as [`blocked`] takes it.
pub(crate) fn ends_and_sum(values: &[f64]) -> (f64, f64, f64) {
    on_wide_vectors(|| {
        let (mut ends, mut total) = (Ends::default(), Compensated::default());
        let mut last: &[f64] = &[];
        for block in values.chunks(1024) {
            let (eights, rest) = block.as_chunks::<8>();
            let mut lanes = [0.0; 8];
            for eight in eights {
                ends.see(eight);
                for (sum, value) in lanes.iter_mut().zip(eight) {
                    *sum += value;
                }
            }
            for (sum, value) in lanes.iter_mut().zip(rest) {
                *sum += value;
            }
            total.add(lanes.iter().sum());
            last = rest;
        }
        let (least, most) = ends.all(last);
        (least, most, total.value())
    })
}

/// The ends of eight lanes.
struct Ends {
    least: [f64; 8],
    most: [f64; 8],
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            least: [f64::INFINITY; 8],
            most: [f64::NEG_INFINITY; 8],
        }
    }
}

impl Ends {
    #[inline(always)]
    fn see(&mut self, eight: &[f64; 8]) {
        let ends = self.least.iter_mut().zip(&mut self.most);
        for ((least, most), value) in ends.zip(eight) {
            *least = if value < least { *value } else { *least };
            *most = if value > most { *value } else { *most };
        }
    }

    fn all(&self, rest: &[f64]) -> (f64, f64) {
        let with_rest = |lanes: &[f64; 8], pick: fn(f64, f64) -> f64, start: f64| {
            lanes.iter().chain(rest).copied().fold(start, pick)
        };
        (
            with_rest(&self.least, f64::min, f64::INFINITY),
            with_rest(&self.most, f64::max, f64::NEG_INFINITY),
        )
    }
}

/// A running compensated sum for values that do not lie in one slice. The order of the calls matters.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    /// Adds one value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let total = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - total) + value
        } else {
            (value - total) + self.sum
        };
        self.sum = total;
    }

    /// The sum so far. An overflow gives the infinity or NaN that plain addition would give.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.sum.is_finite() {
            self.sum + self.lost
        } else {
            self.sum
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_sum_what_they_are_given() {
        for n in [0, 1, 7, 8, 1023, 1024, 5000] {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let [sum, squares] = blocked(&values, |v| [v, v * v]);
            let n = f64::from(n);
            assert_eq!(sum, n * (n + 1.0) / 2.0);
            assert_eq!(squares, n * (n + 1.0) * (2.0 * n + 1.0) / 6.0);
        }
    }

    #[test]
    fn products_of_columns_are_summed() {
        for n in [0, 1, 9, 1024, 3001] {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let n = f64::from(n);
            let expected = (n - 1.0) * n * (2.0 * n - 1.0) / 6.0;
            assert_eq!(products(&x, &x), if n == 0.0 { 0.0 } else { expected });
        }
        // the shorter column decides
        assert_eq!(products(&[1.0; 2000], &[2.0; 1030]), 2060.0);
    }

    #[test]
    fn ends_are_found_wherever_they_stand() {
        for n in [1, 7, 8, 9, 100] {
            for place in [0, n / 2, n - 1] {
                let mut values: Vec<f64> = (0..n).map(|i| (i as f64 * 0.7).fract()).collect();
                values[place] = 3.0;
                assert_eq!(ends(&values).1, 3.0);
                values[place] = -3.0;
                assert_eq!(ends(&values).0, -3.0);
            }
        }
        assert_eq!(ends(&[]), (f64::INFINITY, f64::NEG_INFINITY));
        for n in [0, 1, 9, 1024, 1030, 4001] {
            let values: Vec<f64> = (0..n).map(|i| f64::from((i * 7919) % 1009) - 100.0).collect();
            let (least, most, sum) = ends_and_sum(&values);
            assert_eq!((least, most), ends(&values));
            assert_eq!(sum, blocked(&values, |v| [v])[0]);
        }
    }

    #[test]
    fn compensation_keeps_what_plain_addition_drops() {
        assert_eq!(in_order(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(in_order(&[]), 0.0);
        assert_eq!(in_order(&[f64::INFINITY, 1.0]), f64::INFINITY);
    }
}
