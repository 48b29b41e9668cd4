//! How often each place is drawn, without drawing the places.

use super::lanes::{self, Lanes};
use crate::math::{exp, sqrt};
use crate::special::ln_poisson;
use crate::wide::{Wide, on_wide_vectors};

/// Counts that draws of 16 bits tell apart: 0 to 7; higher ones are among the undecided.
const KINDS: usize = 8;
const UNDECIDED: u16 = KINDS as u16;
/// Counts that draws of 64 bits tell apart.
const MOST: usize = 24;
/// Possible draws of 16 bits.
const CELLS: f64 = 65_536.0;
/// Standard deviations by which fewer draws are expected than are wanted: one time in 44 there are too many.
const SHORT_BY: f64 = 2.0;
/// Places whose counts are made at a time.
pub(crate) const CHUNK: usize = lanes::MOST / size_of::<i16>();
/// Below so many draws the seeds of the generators cost more than places.
const FEWEST: usize = 256;

/// Counts of places drawn with replacement, as Poisson counts.
///
/// Independent Poisson counts of one rate are, given their sum, the counts of as many even draws. So each place gets a
/// Poisson count of a rate that falls a little short; counts whose sum is beyond `n_draws` are thrown away and made anew, and what a smaller sum lacks
/// is drawn place by place. Nothing is approximated: a draw of 16 bits decides a count with as many of the 65,536 values as
/// its chance holds whole, and the few values left over draw 64 bits among the remainders.
#[derive(Debug, Clone)]
pub(crate) struct Counts {
    /// The least draw of each count from 1 on, and of those that decide nothing; draws go from -32,768 up.
    least: [i16; KINDS],
    /// Running sums of the remainders, the last of which is never reached.
    remainders: Vec<u64>,
    n_places: usize,
}

impl Counts {
    /// How often each of `n_places` comes in `n_draws` even draws; `None` where drawing places one by one is as fast.
    pub(crate) fn new(n_draws: usize, n_places: usize) -> Option<Self> {
        let n = n_draws as f64;
        let rate = (n - SHORT_BY * sqrt(n)) / n_places as f64;
        if n_draws < FEWEST || !(0.3..=1.5).contains(&rate) {
            return None;
        }
        let shares: [f64; MOST] = std::array::from_fn(|k| CELLS * exp(ln_poisson(k as f64, rate)));
        let (mut cell, mut left_over) = (f64::from(i16::MIN), shares);
        let least = std::array::from_fn(|count| {
            cell += shares[count].floor();
            left_over[count] -= shares[count].floor();
            cell as i16
        });
        Some(Self {
            least,
            remainders: running(&left_over),
            n_places,
        })
    }

    /// Counts of the places from `start` on, and their sum; places that are not there have none.
    #[inline(always)]
    pub(crate) fn next(&self, start: usize, lanes: &mut Lanes, counts: &mut [u16; CHUNK]) -> usize {
        let draws = lanes.bytes(lanes::MOST).first_chunk::<{ 2 * CHUNK }>();
        if draws.is_some_and(|draws| count(&self.least, draws, counts)) {
            self.decide(lanes, counts);
        }
        if self.n_places < start + CHUNK {
            counts[self.n_places.saturating_sub(start)..].fill(0);
        }
        on_wide_vectors(Total(counts))
    }

    #[cold]
    fn decide(&self, lanes: &mut Lanes, counts: &mut [u16; CHUNK]) {
        let is_seen =
            |block: &&mut [u16; 32]| block.iter().fold(0, |seen, count| seen | count) & UNDECIDED != 0;
        let blocks = counts.as_chunks_mut().0.iter_mut().filter(is_seen);
        for count in blocks.flatten().filter(|count| **count == UNDECIDED) {
            let draw = lanes.word();
            *count = self.remainders.partition_point(|end| *end <= draw) as u16;
        }
    }
}

/// The sum of counts.
struct Total<'a>(&'a [u16; CHUNK]);

impl Wide for Total<'_> {
    type Found = usize;

    #[inline(always)]
    fn run(self) -> usize {
        // 512 counts of at most 24
        usize::from(self.0.iter().sum::<u16>())
    }
}

/// The counts that draws of 16 bits decide, and whether one is undecided.
#[inline]
fn count(least: &[i16; KINDS], draws: &[u8; 2 * CHUNK], counts: &mut [u16; CHUNK]) -> bool {
    on_wide_vectors(Count { least, draws, counts })
}

struct Count<'a> {
    least: &'a [i16; KINDS],
    draws: &'a [u8; 2 * CHUNK],
    counts: &'a mut [u16; CHUNK],
}

impl Wide for Count<'_> {
    type Found = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let mut seen = 0;
        for (count, draw) in self.counts.iter_mut().zip(self.draws.as_chunks::<2>().0) {
            let draw = i16::from_le_bytes(*draw);
            let reached = |k: usize| u16::from(self.least[k] <= draw);
            *count = (reached(0) + reached(1)) + (reached(2) + reached(3));
            *count += (reached(4) + reached(5)) + (reached(6) + reached(7));
            seen |= *count;
        }
        seen & UNDECIDED != 0
    }
}

/// Running sums of these weights as shares of all 64-bit numbers, without the last.
fn running(weights: &[f64]) -> Vec<u64> {
    let whole: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let ends = weights.iter().map(|weight| {
        sum += weight / whole;
        (sum * 18_446_744_073_709_551_616.0) as u64
    });
    ends.take(weights.len() - 1).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_any_width_count_the_same() {
        let law = Counts::new(1000, 1000).unwrap();
        let mut lanes = Lanes::new(8, 9);
        for _ in 0..50 {
            let draws = lanes
                .bytes(lanes::MOST)
                .first_chunk::<{ 2 * CHUNK }>()
                .copied()
                .unwrap();
            let (least, draws) = (&law.least, &draws);
            let (mut widest, mut narrow) = ([0; CHUNK], [0; CHUNK]);
            let is_undecided = count(least, draws, &mut widest);
            let counts = &mut narrow;
            assert_eq!(Count { least, draws, counts }.run(), is_undecided);
            assert_eq!(widest, narrow);
        }
    }

    #[test]
    fn each_count_has_as_many_draws_as_its_chance_holds_whole() {
        for (n_draws, n_places) in [(256_u16, 256_u16), (1000, 1000), (5000, 4000), (300, 700)] {
            let law = Counts::new(n_draws.into(), n_places.into()).unwrap();
            let mut shares = [0_u32; KINDS + 1];
            for draw in i16::MIN..=i16::MAX {
                shares[law.least.iter().filter(|least| **least <= draw).count()] += 1;
            }
            let n = f64::from(n_draws);
            let rate = (n - SHORT_BY * sqrt(n)) / f64::from(n_places);
            let mut left_over = Vec::new();
            for (count, share) in shares[..KINDS].iter().enumerate() {
                let exact = CELLS * exp(ln_poisson(count as f64, rate));
                assert_eq!(f64::from(*share), exact.floor(), "{n_draws} {n_places} {count}");
                left_over.push(exact - exact.floor());
            }
            // what is left over is shared out in proportion
            let undecided = f64::from(shares[KINDS]);
            let first = law.remainders[0] as f64 / 18_446_744_073_709_551_616.0;
            assert!((first * undecided - left_over[0]).abs() < 1e-9 * undecided);
            let seven = (law.remainders[7] - law.remainders[6]) as f64 / 18_446_744_073_709_551_616.0;
            assert!((seven * undecided - left_over[7]).abs() < 1e-9 * undecided);
        }
        assert!(Counts::new(100, 100).is_none() && Counts::new(1000, 10).is_none());
        assert!(Counts::new(1000, 100_000).is_none());
    }
}
