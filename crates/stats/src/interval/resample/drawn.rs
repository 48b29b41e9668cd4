//! Sums over units drawn with replacement.

use crate::random::{Below, Columns, Counts, FEW, Lanes, Place};
use crate::wide::{Wide, on_wide_vectors};

/// Places drawn at a time; most resamples lack fewer than these.
const PLACES: usize = 128;
/// Sums kept side by side, so that none waits for the one before.
const LANES: usize = 4;

/// Units and how many of them are drawn.
pub(super) struct Pool<const M: usize> {
    /// The last one is zero and stands for a rejected draw.
    units: Vec<[f64; M]>,
    n_draws: usize,
    counted: Option<Counted<M>>,
}

/// The same units on grids, and how often they are drawn.
struct Counted<const M: usize> {
    counts: Counts,
    columns: Columns<M>,
}

impl<const M: usize> Pool<M> {
    pub(super) fn new(mut units: Vec<[f64; M]>, n_draws: usize) -> Self {
        let counted = Counts::new(n_draws, units.len())
            .and_then(|counts| Columns::new(&units).map(|columns| Counted { counts, columns }));
        units.push([0.0; M]);
        Self {
            units,
            n_draws,
            counted,
        }
    }

    pub(super) fn n_draws(&self) -> usize {
        self.n_draws
    }

    pub(super) fn drawn_sums(&self, lanes: &mut Lanes) -> [f64; M] {
        let Some(counted) = &self.counted else {
            return self.placed_sums(self.n_draws, lanes);
        };
        loop {
            let (mut sums, n) = counted.counts.drawn(&counted.columns, lanes);
            if n <= self.n_draws {
                add(&mut sums, &self.placed_sums(self.n_draws - n, lanes));
                return sums;
            }
        }
    }

    /// By places of the narrowest width that rarely rejects a draw.
    fn placed_sums(&self, n_draws: usize, lanes: &mut Lanes) -> [f64; M] {
        let n = self.units.len() - 1;
        match (u16::below(n), u32::below(n), u64::below(n)) {
            (Some(below), _, _) if n <= FEW => self.sums_below(below, n_draws, lanes),
            (_, Some(below), _) => self.sums_below(below, n_draws, lanes),
            (_, _, Some(below)) => self.sums_below(below, n_draws, lanes),
            _ => [0.0; M],
        }
    }

    /// In chunks until none is left, as rejected draws add nothing and are drawn again behind the others.
    fn sums_below<P: Place>(&self, below: Below<P>, mut n_left: usize, lanes: &mut Lanes) -> [f64; M] {
        let (mut places, mut sums) = ([P::default(); PLACES], [0.0; M]);
        let units = &self.units[..];
        while 0 < n_left {
            let places = &mut places[..PLACES.min(n_left)];
            n_left -= places.len() - lanes.places(places, below);
            add(&mut sums, &on_wide_vectors(SumsAt { units, places }));
        }
        sums
    }
}

struct SumsAt<'a, P, const M: usize> {
    units: &'a [[f64; M]],
    places: &'a [P],
}

impl<P: Place, const M: usize> Wide for SumsAt<'_, P, M> {
    type Found = [f64; M];

    #[inline(always)]
    fn run(self) -> [f64; M] {
        let mut lanes = [[0.0; M]; LANES];
        let (whole, rest) = self.places.as_chunks::<LANES>();
        for places in whole {
            for (lane, place) in lanes.iter_mut().zip(places) {
                add(lane, &self.units[place.index()]);
            }
        }
        for (lane, place) in lanes.iter_mut().zip(rest) {
            add(lane, &self.units[place.index()]);
        }
        let mut sums = [0.0; M];
        lanes.iter().for_each(|lane| add(&mut sums, lane));
        sums
    }
}

// not always inlined, which would be so early that columns are no longer added as vectors
pub(super) fn add<const M: usize>(sums: &mut [f64; M], unit: &[f64; M]) {
    for (sum, value) in sums.iter_mut().zip(unit) {
        *sum += value;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::distribution::Binomial;
    use crate::math::sqrt;

    const N: usize = 600;
    const N_RESAMPLES: u64 = 40_000;

    /// Of each resample the counts of two neighbouring units and of a far one, and the number of draws.
    fn counts(n_draws: usize) -> Vec<[f64; 4]> {
        let unit = |row: usize| [row == 37, row == 38, row == 599, true].map(|is| f64::from(u8::from(is)));
        let pool = Pool::new((0..N).map(unit).collect(), n_draws);
        assert_eq!(pool.counted.is_some(), n_draws == N);
        let sums = |stream| pool.drawn_sums(&mut Lanes::new(5, stream));
        (0..N_RESAMPLES).map(sums).collect()
    }

    #[test]
    fn counted_and_placed_units_are_drawn_as_often_as_even_draws_are() {
        for n_draws in [N, 120] {
            let found = counts(n_draws);
            assert!(found.iter().all(|sums| sums[3] == n_draws as f64));
            let law = Binomial::new(n_draws as u64, 1.0 / N as f64).unwrap();
            let n = N_RESAMPLES as f64;
            for unit in 0..3 {
                for k in 0..8 {
                    let chance = if k < 7 { law.pmf(k) } else { law.sf(6) };
                    let is = |sums: &&[f64; 4]| {
                        if k < 7 {
                            sums[unit] == k as f64
                        } else {
                            7.0 <= sums[unit]
                        }
                    };
                    let n_seen = found.iter().filter(is).count() as f64;
                    let off = (n_seen - n * chance) / sqrt(n * chance).max(1.0);
                    assert!(
                        off.abs() < 4.5,
                        "{n_draws} draws, unit {unit}, {k} times: {n_seen}"
                    );
                }
            }
            let (mean, p) = (n_draws as f64 / N as f64, 1.0 / N as f64);
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                let products = found.iter().map(|sums| (sums[one] - mean) * (sums[other] - mean));
                let covariance = products.sum::<f64>() / n;
                let off = (covariance + n_draws as f64 * p * p) / (mean / sqrt(n));
                assert!(off.abs() < 4.5, "{n_draws} draws, units {one} and {other}: {off}");
            }
        }
    }
}
