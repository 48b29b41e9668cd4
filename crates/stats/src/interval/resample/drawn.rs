//! Sums over units drawn with replacement.

use crate::random::{Below, Blocks, FEW, Place};
use crate::wide::{Wide, on_wide_vectors};

/// Places drawn at a time.
const CHUNK: usize = 1024;
/// Sums kept side by side, so that none waits for the one before.
const LANES: usize = 4;

/// Units and how many of them are drawn.
pub(super) struct Pool<const M: usize> {
    /// The last one is zero and stands for a rejected draw.
    units: Vec<[f64; M]>,
    n_draws: usize,
}

impl<const M: usize> Pool<M> {
    pub(super) fn new(mut units: Vec<[f64; M]>, n_draws: usize) -> Self {
        units.push([0.0; M]);
        Self { units, n_draws }
    }

    pub(super) fn n_draws(&self) -> usize {
        self.n_draws
    }

    /// The sums over drawn units, by places of the narrowest width that rarely rejects a draw.
    pub(super) fn drawn_sums(&self, blocks: &mut Blocks) -> [f64; M] {
        let n = self.units.len() - 1;
        match (u16::below(n), u32::below(n), u64::below(n)) {
            (Some(below), _, _) if n <= FEW => self.sums_below(below, blocks),
            (_, Some(below), _) => self.sums_below(below, blocks),
            (_, _, Some(below)) => self.sums_below(below, blocks),
            _ => [0.0; M],
        }
    }

    /// In chunks until none is left, as rejected draws add nothing and are drawn again behind the others.
    fn sums_below<P: Place>(&self, below: Below<P>, blocks: &mut Blocks) -> [f64; M] {
        let (mut places, mut sums) = ([P::default(); CHUNK], [0.0; M]);
        let (units, mut n_left) = (&self.units[..], self.n_draws);
        while 0 < n_left {
            let places = &mut places[..CHUNK.min(n_left)];
            n_left -= places.len() - blocks.places(places, std::iter::repeat(below));
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
