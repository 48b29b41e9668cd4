//! Random bits by the vector: generators side by side.

use super::{Below, Blocks, Place};
use crate::wide::{Wide, on_wide_vectors};

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Generators in a vector.
const WIDTH: usize = 4;
/// Vectors of them, so that none waits for the step before.
const VECTORS: usize = 2;

/// A word of each generator of a vector.
type Words = [u64; WIDTH];
/// What one step of all generators makes.
type Step = [[[u8; 8]; WIDTH]; VECTORS];
/// Steps made at a time, at most.
const STEPS: usize = 32;
/// As many bytes as [`Lanes::bytes`] makes at most.
pub(crate) const MOST: usize = STEPS * size_of::<Step>();

/// Eight generators of 64 bits a step, whose states are Philox blocks of a seed and a stream.
///
/// # Algorithm
/// SFC64, chaotic with a counter: no period below `2^64`, nothing linear that sums of bits could show, and eleven operations
/// without a multiplication. States of 192 random bits meet with a chance of `2^-192` times the pairs of draws.
///
/// # Reference
/// C. Doty-Humphrey (2010), PractRand, `sfc64`; the words are those of numpy's `SFC64`.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    generators: Generators,
    made: [Step; STEPS],
}

#[derive(Debug, Clone)]
struct Generators {
    vectors: [States; VECTORS],
    counter: u64,
}

#[derive(Debug, Clone)]
struct States {
    a: Words,
    b: Words,
    c: Words,
}

impl Lanes {
    /// The generators whose states are the first blocks of the stream.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let words = Blocks::new(seed, stream).words();
        let words = words.as_chunks::<WIDTH>().0;
        let states = |vector: usize| States {
            a: words[3 * vector],
            b: words[3 * vector + 1],
            c: words[3 * vector + 2],
        };
        Self {
            generators: Generators {
                vectors: std::array::from_fn(states),
                counter: 1,
            },
            made: [Step::default(); STEPS],
        }
    }

    /// The next `n` random bytes, 2,048 at most.
    #[inline]
    pub(crate) fn bytes(&mut self, n: usize) -> &[u8] {
        let steps = &mut self.made[..n.div_ceil(size_of::<Step>()).min(STEPS)];
        self.generators.fill(steps);
        let bytes = steps.as_flattened().as_flattened().as_flattened();
        &bytes[..n.min(bytes.len())]
    }

    /// The next word, for which all generators make a step.
    #[cold]
    pub(crate) fn word(&mut self) -> u64 {
        let mut step = [Step::default()];
        self.generators.fill(&mut step);
        u64::from_le_bytes(step[0][0][0])
    }

    /// Draws places, evenly; a rejected draw leaves the bound itself. Returns how many were rejected.
    pub(crate) fn places<P: Place>(&mut self, places: &mut [P], below: Below<P>) -> usize {
        let mut n_rejected = 0;
        for places in places.chunks_mut(MOST / size_of::<P>()) {
            let bytes = self.bytes(size_of_val(places));
            n_rejected += on_wide_vectors(Cut { bytes, places, below });
        }
        n_rejected
    }
}

struct Cut<'a, P> {
    bytes: &'a [u8],
    places: &'a mut [P],
    below: Below<P>,
}

impl<P: Place> Wide for Cut<'_, P> {
    type Found = usize;

    #[inline(always)]
    fn run(self) -> usize {
        P::cut(self.bytes, self.places, std::iter::repeat(self.below))
    }
}

impl Generators {
    #[inline]
    fn fill(&mut self, steps: &mut [Step]) {
        #[cfg(target_arch = "x86_64")]
        if avx2::fill(self, steps) {
            return;
        }
        self.fill_narrow(steps);
    }

    fn fill_narrow(&mut self, steps: &mut [Step]) {
        for step in steps {
            for (states, words) in self.vectors.iter_mut().zip(step) {
                *words = std::array::from_fn(|k| states.next(k, self.counter).to_le_bytes());
            }
            self.counter = self.counter.wrapping_add(1);
        }
    }
}

impl States {
    fn next(&mut self, k: usize, counter: u64) -> u64 {
        let (a, b, c) = (self.a[k], self.b[k], self.c[k]);
        let drawn = a.wrapping_add(b).wrapping_add(counter);
        self.a[k] = b ^ (b >> 11);
        self.b[k] = c.wrapping_add(c << 3);
        self.c[k] = c.rotate_left(24).wrapping_add(drawn);
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_numpy() {
        // numpy 2.4.6, `SFC64` with the state [1, 2, 3, 1] and [2^64 - 1, 5, 2^63, 1], `random_raw`
        let first = [
            0x4,
            0x1f,
            0x1b00_0042,
            0x1b_0000_3f03_613f,
            0x3f_0362_2e04_9e6e,
            0x321_04a1_935f_ec8e,
        ];
        let second = [
            0x5,
            0x8000_0000_0000_0007,
            0x8010_0000_0480_0030,
            0x8004_8000_3180_9070,
            0xd1_8090_9905_a674,
            0x141_97a8_5e13_5726,
        ];
        for (state, expected) in [([1, 2, 3], first), ([u64::MAX, 5, 1 << 63], second)] {
            let [a, b, c] = state.map(|word| [word; WIDTH]);
            let mut generators = Generators {
                vectors: std::array::from_fn(|_| States { a, b, c }),
                counter: 1,
            };
            let mut steps = [Step::default(); 6];
            generators.fill(&mut steps);
            for (step, expected) in steps.iter().zip(expected) {
                assert_eq!(*step, [[u64::to_le_bytes(expected); WIDTH]; VECTORS]);
            }
        }
    }

    #[test]
    fn vectors_draw_the_same() {
        let mut wide = Lanes::new(3, 4).generators;
        let (mut narrow, mut steps) = (wide.clone(), [Step::default(); 9]);
        let mut expected = steps;
        for _ in 0..2 {
            wide.fill(&mut steps);
            narrow.fill_narrow(&mut expected);
            assert_eq!(steps, expected);
        }
    }
}
