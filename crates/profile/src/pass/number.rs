//! Numbers in short.

use stats::sketch::{Moments, Quantiles, Repeats};

/// Exact up to so many values; then no rank of a million values is off by more than 0.02%.
const CAPACITY: usize = 1 << 14;

/// What has been seen of a column of numbers.
#[derive(Debug)]
pub(crate) struct NumberPass {
    pub(crate) moments: Moments,
    pub(crate) quantiles: Quantiles,
    pub(crate) repeats: Repeats,
    /// Whether every number is whole.
    pub(crate) are_whole: bool,
    /// Numbers equal to 1.
    pub(crate) n_one: u64,
}

impl Default for NumberPass {
    fn default() -> NumberPass {
        NumberPass {
            moments: Moments::default(),
            quantiles: Quantiles::with_capacity(CAPACITY),
            repeats: Repeats::default(),
            are_whole: true,
            n_one: 0,
        }
    }
}

impl NumberPass {
    /// Takes in numbers (NaN is missing) and the hashes of these cells.
    pub(super) fn see(&mut self, numbers: &[f64], hashes: &[u64]) {
        self.moments.extend(numbers);
        self.quantiles.extend(numbers);
        for (number, hash) in numbers.iter().zip(hashes) {
            if !number.is_nan() {
                self.repeats.add_hash(*hash);
            }
        }
        self.n_one += numbers.iter().filter(|number| **number == 1.0).count() as u64;
        self.are_whole = self.are_whole && numbers.iter().all(|number| number.is_nan() || is_whole(*number));
    }

    /// Whether every number is 0 or 1.
    pub(crate) fn are_flags(&self) -> bool {
        self.moments.n_zero() + self.n_one == self.moments.n()
    }
}

/// Whether a number is whole, without a call for each.
fn is_whole(number: f64) -> bool {
    // from 2^53 on there are no others
    number.abs() >= 9_007_199_254_740_992.0 || (number as i64) as f64 == number
}
