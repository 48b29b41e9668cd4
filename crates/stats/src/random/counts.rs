//! How often each place is drawn, without drawing the places.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod columns;

pub(crate) use columns::Columns;

use super::lanes::{self, Lanes};
use crate::math::{exp, sqrt};
use crate::special::ln_poisson;
use columns::{DIGITS, DigitSums, GROUP, Group};

/// Counts that draws of 16 bits tell apart: 0 to 6; higher ones are among the undecided.
const KINDS: usize = 7;
const UNDECIDED: i16 = KINDS as i16;
/// Counts that draws of 64 bits tell apart.
const MOST: usize = 24;
/// Possible draws of 16 bits.
const CELLS: f64 = 65_536.0;
/// Standard deviations by which fewer draws are expected than are wanted: one time in 44 there are too many.
const SHORT_BY: f64 = 2.0;
/// Groups of places whose counts are made at a time, 64; sums of their digits fit 32 bits.
const CHUNK: usize = lanes::MOST / size_of::<Draws>();
/// Below so many draws the seeds of the generators cost more than places.
const FEWEST: usize = 256;

/// Draws for a group of places.
type Draws = [[u8; 2]; GROUP];

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
        })
    }

    /// The sums over all places, each as often as it is drawn, and how many draws these are.
    pub(crate) fn drawn<const M: usize>(&self, columns: &Columns<M>, lanes: &mut Lanes) -> ([f64; M], usize) {
        let (mut sums, mut n) = ([[0; DIGITS]; M], 0);
        for groups in columns.groups.chunks(CHUNK) {
            let bytes = lanes.bytes(groups.len() * size_of::<Draws>());
            let draws = bytes.as_chunks().0.as_chunks::<GROUP>().0;
            let mut chunk = self.chunk(groups, draws);
            if chunk.is_undecided {
                let undecided = self.undecided(groups, draws);
                self.decide(groups, &undecided, lanes, &mut chunk);
            }
            n += chunk.n;
            for (sum, part) in sums.as_flattened_mut().iter_mut().zip(chunk.sums.as_flattened()) {
                *sum += part;
            }
        }
        (columns.sums(&sums), n as usize)
    }

    #[inline]
    fn chunk<const M: usize>(&self, groups: &[Group<M>], draws: &[Draws]) -> Chunk<M> {
        #[cfg(target_arch = "x86_64")]
        if let Some(chunk) = avx2::chunk(self, groups, draws) {
            return chunk;
        }
        self.chunk_narrow(groups, draws)
    }

    fn chunk_narrow<const M: usize>(&self, groups: &[Group<M>], draws: &[Draws]) -> Chunk<M> {
        let mut chunk = Chunk::default();
        for (group, draws) in groups.iter().zip(draws) {
            let counts = draws.map(|draw| {
                let reached = |least: &i16| i16::from(*least <= i16::from_le_bytes(draw));
                self.least.iter().map(reached).sum()
            });
            chunk.is_undecided |= counts.contains(&UNDECIDED);
            for (place, (count, is_there)) in counts.iter().zip(group.is_there).enumerate() {
                chunk.n += i64::from(count * is_there);
                group.add(place, (*count).into(), &mut chunk.sums);
            }
        }
        chunk
    }

    /// Groups and places in them that 16 bits did not decide.
    #[cold]
    fn undecided<const M: usize>(&self, groups: &[Group<M>], draws: &[Draws]) -> Vec<(usize, usize)> {
        let least = self.least[KINDS - 1];
        let is_undecided = |draw: &[u8; 2]| least <= i16::from_le_bytes(*draw);
        let any = |draws: &Draws| draws.iter().fold(false, |any, draw| any | is_undecided(draw));
        let seen = draws.iter().enumerate().filter(|(_, draws)| any(draws));
        let places = seen.flat_map(|(group, draws)| {
            let places = (0..GROUP).filter(|place| is_undecided(&draws[*place]));
            places.map(move |place| (group, place))
        });
        places
            .filter(|(group, place)| groups[*group].is_there[*place] == 1)
            .collect()
    }

    /// Puts what 64 bits decide in the place of what 16 did not.
    #[cold]
    fn decide<const M: usize>(
        &self,
        groups: &[Group<M>],
        undecided: &[(usize, usize)],
        lanes: &mut Lanes,
        chunk: &mut Chunk<M>,
    ) {
        for &(group, place) in undecided {
            let draw = lanes.word();
            let count = self.remainders.partition_point(|end| *end <= draw);
            let more = count as i64 - i64::from(UNDECIDED);
            groups[group].add(place, more, &mut chunk.sums);
            chunk.n += more;
        }
    }
}

/// Places that were drawn, as sums; undecided places count 7 times.
#[derive(Debug, PartialEq)]
struct Chunk<const M: usize> {
    sums: DigitSums<M>,
    n: i64,
    is_undecided: bool,
}

impl<const M: usize> Default for Chunk<M> {
    fn default() -> Self {
        Self {
            sums: [[0; DIGITS]; M],
            n: 0,
            is_undecided: false,
        }
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
    fn vectors_of_any_width_draw_the_same_sums() {
        for n in [256, 1000, 1041] {
            let units: Vec<[f64; 2]> = (0..n).map(|k| [k as f64 - 300.0, (k as f64).sqrt()]).collect();
            let (law, columns) = (Counts::new(n, n).unwrap(), Columns::new(&units).unwrap());
            let mut lanes = Lanes::new(8, 9);
            for _ in 0..50 {
                for groups in columns.groups.chunks(CHUNK) {
                    let bytes = lanes.bytes(groups.len() * size_of::<Draws>());
                    let draws = bytes.as_chunks().0.as_chunks().0;
                    assert_eq!(law.chunk(groups, draws), law.chunk_narrow(groups, draws));
                }
            }
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
            let six = (law.remainders[6] - law.remainders[5]) as f64 / 18_446_744_073_709_551_616.0;
            assert!((six * undecided - left_over[6]).abs() < 1e-9 * undecided);
        }
        assert!(Counts::new(100, 100).is_none() && Counts::new(1000, 10).is_none());
        assert!(Counts::new(1000, 100_000).is_none());
    }
}
