//! Random numbers as a pure function of seed, stream and position.

mod counts;
mod lanes;
mod places;

pub(crate) use counts::{Columns, Counts};
pub(crate) use lanes::Lanes;
pub(crate) use places::{Below, Blocks, FEW, Place};

use crate::special::normal_quantile;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A counter-based generator: draw number `index` depends on seed, stream and `index` alone.
///
/// Rows can be drawn for in any order and on any thread by [`at`](Self::at) with the row number as index;
/// the other methods walk the same sequence from its start.
/// Streams of one seed are independent: give each purpose its own (`0` folds, `1` subsample, ...).
///
/// # Algorithm
/// `at(i) = mix(mix(k1 + (i + 1) * 0x9e3779b97f4a7c15) ^ k2)` in wrapping 64-bit arithmetic, where `mix` is SplitMix64's
/// finaliser (xor-shift 30, times `0xbf58476d1ce4e5b9`, xor-shift 27, times `0x94d049bb133111eb`, xor-shift 31),
/// `k1 = mix(mix(seed + c) + stream * c)` and `k2 = mix(mix(k1 ^ c))` with `c = 0x9e3779b97f4a7c15`.
/// The sequence is part of the contract and never changes. It is not fit for secrets.
///
/// # Reference
/// G. L. Steele, D. Lea, C. H. Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    key: u64,
    second_key: u64,
    index: u64,
}

impl Draw {
    /// The sequence of this seed and stream, at its start.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let key = mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add(stream.wrapping_mul(GOLDEN)));
        Self {
            key,
            second_key: mix(mix(key ^ GOLDEN)),
            index: 0,
        }
    }

    /// Draw number `index`, all 64 bits uniform, without moving the sequence.
    #[inline]
    #[must_use]
    pub fn at(&self, index: u64) -> u64 {
        let position = self.key.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN));
        mix(mix(position) ^ self.second_key)
    }

    /// Draw number `index` of a faster sequence, good enough where each draw does little, such as rounding by chance.
    #[inline]
    #[must_use]
    pub fn rough_at(&self, index: u64) -> u64 {
        mix(self
            .second_key
            .wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// 32 bits of draw number `index` of a sequence that goes through whole vectors, for what [`rough_at`](Self::rough_at)
    /// is good enough for: [`mix32`] of the index, with half of a key before it and half after.
    #[inline(always)]
    #[must_use]
    pub fn rough32_at(&self, index: u32) -> u32 {
        let [before, after] = [self.second_key as u32, (self.second_key >> 32) as u32];
        mix32(mix32(index.wrapping_add(before)) ^ after)
    }

    /// Draw number `index` as a number in [0, 1).
    #[inline]
    #[must_use]
    pub fn uniform_at(&self, index: u64) -> f64 {
        to_unit(self.at(index))
    }

    /// The next 64 uniform bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let value = self.at(self.index);
        self.index = self.index.wrapping_add(1);
        value
    }

    /// The next number in [0, 1), a multiple of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        to_unit(self.next_u64())
    }

    /// The next standard normal number: the quantile of one uniform number that is never 0 or 1.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(((self.next_u64() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0)
    }

    /// The next whole number in `0..n`, without bias; 0 when `n` is 0.
    ///
    /// # Reference
    /// D. Lemire (2019), Fast random integer generation in an interval, ACM TOMACS 29.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            let low = product as u64;
            if low >= n || low >= n.wrapping_neg().checked_rem(n).unwrap_or(0) {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts the items into an order drawn uniformly (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// `k` different positions out of `0..n` in the order drawn; all of them, shuffled, when `k >= n`.
    ///
    /// Needs memory for `n` positions.
    pub fn sample_indices(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut positions: Vec<usize> = (0..n).collect();
        let k = k.min(n);
        for i in 0..k {
            let j = i + self.below((n - i) as u64) as usize;
            positions.swap(i, j);
        }
        positions.truncate(k);
        positions
    }
}

/// SplitMix64's finaliser: a bijection of 64 bits in which every input bit moves every output bit.
#[inline]
#[must_use]
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// C. Wellons (2018), Prospecting for hash functions: the 32-bit one of two rounds and little bias.
#[inline(always)]
fn mix32(mut z: u32) -> u32 {
    z = (z ^ (z >> 16)).wrapping_mul(0x7feb_352d);
    z = (z ^ (z >> 15)).wrapping_mul(0x846c_a68b);
    z ^ (z >> 16)
}

#[inline]
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_and_positions_agree_and_streams_differ() {
        let fixed = Draw::new(7, 1);
        let mut walking = Draw::new(7, 1);
        let walked: Vec<u64> = (0..5).map(|_| walking.next_u64()).collect();
        let placed: Vec<u64> = (0..5).map(|i| fixed.at(i)).collect();
        assert_eq!(walked, placed);
        assert_ne!(Draw::new(7, 2).at(0), fixed.at(0));
        assert_ne!(Draw::new(8, 1).at(0), fixed.at(0));
    }

    #[test]
    fn the_sequence_never_changes() {
        // computed from the formula in the documentation by a Python script
        assert_eq!(Draw::new(0, 0).at(0), FIRST_OF_ZERO);
        assert_eq!(Draw::new(42, 3).at(1_000_000), MILLIONTH_OF_42_3);
    }

    #[test]
    fn the_halves_of_32_bits_are_even_and_know_nothing_of_each_other_or_of_their_neighbours() {
        let n = 1 << 16;
        for draw in [Draw::new(1, 0), Draw::new(1, 1), Draw::new(2, 7)] {
            let halves = |index: u32| {
                let bits = draw.rough32_at(index);
                [bits >> 16, bits & 0xffff].map(|half| (f64::from(half) - 32_767.5) / 65_536.0)
            };
            let mean = |of: &dyn Fn(u32) -> f64| (0..n).map(of).sum::<f64>() / f64::from(n);
            // Of n values a mean is right to 1 / sqrt(12 n), of products to 1 / (12 sqrt(n)): four of these.
            for half in [0, 1] {
                assert!(mean(&|i| halves(i)[half]).abs() < 4.0 / 887.0);
                assert!((12.0 * mean(&|i| halves(i)[half] * halves(i)[half]) - 1.0).abs() < 4.0 / 286.0);
                assert!(mean(&|i| halves(i)[half] * halves(i + 1)[half]).abs() < 4.0 / 3072.0);
            }
            assert!(mean(&|i| halves(i)[0] * halves(i)[1]).abs() < 4.0 / 3072.0);
        }
        assert_ne!(Draw::new(1, 0).rough32_at(5), Draw::new(1, 1).rough32_at(5));
    }

    #[test]
    fn uniform_fills_the_cells_evenly() {
        let mut draw = Draw::new(1, 0);
        let mut counts = [0_u32; 100];
        for _ in 0..100_000 {
            counts[(draw.uniform() * 100.0) as usize] += 1;
        }
        let chi2: f64 = counts
            .iter()
            .map(|&c| (f64::from(c) - 1000.0) * (f64::from(c) - 1000.0) / 1000.0)
            .sum();
        // 99 degrees of freedom: 61 to 149 hold 99.9 % on both sides
        assert!((61.0..149.0).contains(&chi2), "{chi2}");
    }

    #[test]
    fn normal_has_mean_0_and_variance_1() {
        let mut draw = Draw::new(1, 0);
        let values: Vec<f64> = (0..100_000).map(|_| draw.normal()).collect();
        let mean = values.iter().sum::<f64>() / 1e5;
        let variance = values.iter().map(|v| v * v).sum::<f64>() / 1e5;
        assert!(
            mean.abs() < 0.012 && (variance - 1.0).abs() < 0.02,
            "{mean} {variance}"
        );
    }

    #[test]
    fn below_covers_the_range_and_sampling_repeats_nothing() {
        let mut draw = Draw::new(5, 0);
        let mut seen = [false; 7];
        for _ in 0..200 {
            seen[draw.below(7) as usize] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.below(1), 0);
        let mut sample = draw.sample_indices(50, 20);
        sample.sort_unstable();
        sample.dedup();
        assert_eq!(sample.len(), 20);
        assert_eq!(draw.sample_indices(3, 9).len(), 3);
    }

    const FIRST_OF_ZERO: u64 = 0xbd5f17562482b204;
    const MILLIONTH_OF_42_3: u64 = 0x3c3b350ba9c9ea64;
}
