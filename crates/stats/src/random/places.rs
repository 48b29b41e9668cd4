//! Places drawn evenly and many at a time, on vectors.

use crate::wide::{Wide, on_wide_vectors};

/// Up to so many places 16 bits will do: at most one draw in eight is rejected.
pub(crate) const FEW: usize = 1 << 13;

/// Blocks made at a time.
const GROUP: usize = 16;
const BYTES: usize = 16;
const LOW: u64 = u32::MAX as u64;

/// Random blocks of 16 bytes, of which block `i` depends on seed, stream and `i` alone.
///
/// # Algorithm
/// Philox 4x32 of 7 rounds with the seed as key and a counter of `i` (64 bits) and the stream (64 bits), so that no two
/// streams of a seed ever share a block. 7 is the least number of rounds that passes all of TestU01's BigCrush; there is
/// nothing to seed and no multiplication wider than 32 bits, so that vectors do it.
///
/// # Reference
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    seed: u64,
    stream: u64,
    next: u64,
}

/// A width of places, as many random bits as are spent on each.
pub(crate) trait Place: Copy + Default {
    /// The bound of places below `n`; none where `n` is 0 or too wide.
    fn below(n: usize) -> Option<Below<Self>>;
    fn index(self) -> usize;
    /// Places of random bytes and how many were rejected.
    fn cut(bytes: &[u8], places: &mut [Self], bounds: impl Iterator<Item = Below<Self>>) -> usize;
}

/// All places from 0 to before `n`, none of them preferred.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Below<P> {
    /// How many there are; as a drawn place it says that the draw was rejected.
    pub(crate) n: P,
    /// Draws whose product with `n` ends below this are rejected: `2^bits mod n`.
    least: P,
}

impl Blocks {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self {
            seed,
            stream,
            next: 0,
        }
    }

    /// Draws a place below each bound, evenly, or all below the only one; a rejected draw leaves the bound itself. Returns how
    /// many were rejected.
    ///
    /// # Reference
    /// D. Lemire (2019), Fast random integer generation in an interval, ACM TOMACS 29.
    pub(crate) fn places<P: Place>(&mut self, places: &mut [P], bounds: &[Below<P>]) -> usize {
        let blocks = self;
        on_wide_vectors(Places {
            blocks,
            places,
            bounds,
        })
    }

    /// One more place, or the bound where the draw was rejected.
    #[cold]
    pub(crate) fn place<P: Place>(&mut self, below: Below<P>) -> P {
        let mut place = [P::default()];
        self.places(&mut place, &[below]);
        place[0]
    }

    /// The next 24 words.
    pub(crate) fn words(&mut self) -> [u64; 24] {
        let mut blocks = [[0; BYTES]; GROUP];
        let (blocks_of, blocks) = (self, &mut blocks);
        on_wide_vectors(Fill { blocks_of, blocks });
        let words = blocks.as_flattened().as_chunks::<8>().0;
        std::array::from_fn(|k| u64::from_le_bytes(words[k]))
    }

    #[inline(always)]
    fn fill(&mut self, blocks: &mut [[u8; BYTES]; GROUP]) {
        let key = halves(self.seed);
        let [third, fourth] = halves(self.stream);
        for (k, block) in blocks.iter_mut().enumerate() {
            let [first, second] = halves(self.next.wrapping_add(k as u64));
            *block = philox(key, [first, second, third, fourth]);
        }
        self.next = self.next.wrapping_add(GROUP as u64);
    }
}

/// Blocks to be made.
struct Fill<'a> {
    blocks_of: &'a mut Blocks,
    blocks: &'a mut [[u8; BYTES]; GROUP],
}

impl Wide for Fill<'_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        self.blocks_of.fill(self.blocks);
    }
}

/// Places to be drawn.
struct Places<'a, P> {
    blocks: &'a mut Blocks,
    places: &'a mut [P],
    bounds: &'a [Below<P>],
}

impl<P: Place> Wide for Places<'_, P> {
    type Found = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let mut bytes = [[0; BYTES]; GROUP];
        let group = GROUP * BYTES / size_of::<P>();
        let groups = self.places.chunks_mut(group);
        let mut n_rejected = 0;
        if let [below] = *self.bounds {
            for places in groups {
                self.blocks.fill(&mut bytes);
                n_rejected += P::cut(bytes.as_flattened(), places, std::iter::repeat(below));
            }
            return n_rejected;
        }
        for (places, bounds) in groups.zip(self.bounds.chunks(group)) {
            self.blocks.fill(&mut bytes);
            n_rejected += P::cut(bytes.as_flattened(), places, bounds.iter().copied());
        }
        n_rejected
    }
}

#[inline(always)]
fn halves(bits: u64) -> [u64; 2] {
    [bits & LOW, bits >> 32]
}

/// Words of 32 bits in words of 64, as vectors multiply them.
#[inline(always)]
fn philox(key: [u64; 2], counter: [u64; 4]) -> [u8; BYTES] {
    let (mut key, mut words) = (key, counter);
    for _ in 0..7 {
        let (first, third) = (words[0] * 0xd251_1f53, words[2] * 0xcd9e_8d57);
        words = [
            (third >> 32) ^ words[1] ^ key[0],
            third & LOW,
            (first >> 32) ^ words[3] ^ key[1],
            first & LOW,
        ];
        key = [(key[0] + 0x9e37_79b9) & LOW, (key[1] + 0xbb67_ae85) & LOW];
    }
    let mut block = [0; BYTES];
    block[..8].copy_from_slice(&(words[0] | words[1] << 32).to_le_bytes());
    block[8..].copy_from_slice(&(words[2] | words[3] << 32).to_le_bytes());
    block
}

macro_rules! place {
    ($place:ty, $double:ty) => {
        impl Place for $place {
            fn below(n: usize) -> Option<Below<Self>> {
                let n = <$place>::try_from(n).ok()?;
                let least = n.wrapping_neg().checked_rem(n)?;
                Some(Below { n, least })
            }

            #[inline(always)]
            fn index(self) -> usize {
                self as usize
            }

            #[inline(always)]
            fn cut(bytes: &[u8], places: &mut [Self], bounds: impl Iterator<Item = Below<Self>>) -> usize {
                let bytes = bytes.as_chunks::<{ size_of::<$place>() }>().0;
                let mut n_rejected: $place = 0;
                for ((place, bytes), below) in places.iter_mut().zip(bytes).zip(bounds) {
                    let product = <$double>::from(<$place>::from_le_bytes(*bytes)) * <$double>::from(below.n);
                    let is_rejected = (product as $place) < below.least;
                    let drawn = (product >> <$place>::BITS) as $place;
                    *place = if is_rejected { below.n } else { drawn };
                    n_rejected += <$place>::from(is_rejected);
                }
                n_rejected as usize
            }
        }
    };
}

place!(u16, u32);
place!(u32, u64);
place!(u64, u128);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn drawn<P: Place>(n: usize, seed: u64, stream: u64, n_draws: usize) -> Vec<usize> {
        let (mut blocks, mut places) = (Blocks::new(seed, stream), vec![P::default(); n_draws]);
        let below = P::below(n).unwrap();
        let n_rejected = blocks.places(&mut places, &[below]);
        let kept: Vec<usize> = places
            .iter()
            .map(|p| p.index())
            .filter(|&place| place < n)
            .collect();
        assert_eq!(kept.len() + n_rejected, n_draws);
        kept
    }

    /// How many standard deviations the chi-square of cells with equal chances lies above or below its mean.
    fn unevenness(cells: impl Iterator<Item = usize>, n_cells: usize) -> f64 {
        let mut counts = vec![0_u32; n_cells];
        let n = cells.map(|cell| counts[cell] += 1).count();
        let expected = n as f64 / n_cells as f64;
        let off = |&count: &u32| (f64::from(count) - expected) * (f64::from(count) - expected) / expected;
        let df = n_cells as f64 - 1.0;
        (counts.iter().map(off).sum::<f64>() - df) / (2.0 * df).sqrt()
    }

    #[test]
    fn words_are_those_of_random123() {
        // D. E. Shaw Research, Random123, kat_vectors: philox4x32 of 7 rounds
        let ones = LOW;
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        for (counter, key, expected) in [
            (
                [0; 4],
                [0; 2],
                [0x5f6f_b709, 0x0d89_3f64, 0x4f12_1f81, 0x4f73_0a48_u32],
            ),
            (
                [ones; 4],
                [ones; 2],
                [0x5207_ddc2, 0x4516_5e59, 0x4d8e_e751, 0x8c52_f662],
            ),
            (
                pi,
                [0xa409_3822, 0x299f_31d0],
                [0x4dfc_caba, 0x190a_87f0, 0xc473_62ba, 0xb6b5_242a],
            ),
        ] {
            let block = philox(key, counter);
            let words: Vec<u32> = block
                .as_chunks::<4>()
                .0
                .iter()
                .map(|w| u32::from_le_bytes(*w))
                .collect();
            assert_eq!(words, expected);
        }
    }

    #[test]
    fn of_all_16_bits_each_place_takes_as_many() {
        let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        for n in [1_usize, 2, 3, 7, 1000, 4096, 8191, 40_000, 65_535] {
            let mut places = vec![0_u16; 1 << 16];
            let bounds = std::iter::repeat(u16::below(n).unwrap());
            u16::cut(&bytes, &mut places, bounds);
            let mut counts = vec![0; n + 1];
            places.iter().for_each(|&place| counts[usize::from(place)] += 1);
            assert_eq!(counts.pop(), Some(65_536 % n), "{n}");
            assert!(counts.iter().all(|count| *count == 65_536 / n), "{n}");
        }
        assert!(u16::below(65_536).is_none() && u16::below(0).is_none());
    }

    #[test]
    fn places_are_even_over_streams() {
        for n in [3, 1000, 65_000] {
            let streams = (0..10_000).flat_map(|stream| drawn::<u16>(n, 1, stream, 1000));
            let z = unevenness(streams, n);
            assert!(z.abs() < 4.0, "{n}: {z}");
        }
        let z = unevenness(drawn::<u32>(10_007, 2, 0, 1_000_000).into_iter(), 10_007);
        assert!(z.abs() < 4.0, "{z}");
        let z = unevenness(drawn::<u64>(1000, 3, 0, 1_000_000).into_iter(), 1000);
        assert!(z.abs() < 4.0, "{z}");
    }

    #[test]
    fn neighbours_in_a_stream_and_in_streams_and_seeds_know_nothing_of_each_other() {
        // 32 of 65,536 values reject nothing, so that places keep their distance
        let of = |seed, stream| drawn::<u16>(32, seed, stream, 1024);
        for seed in [0, 7] {
            for distance in [1, 2, 4, 8, 32, 128] {
                let pairs = (0..2000).flat_map(|stream| {
                    let places = of(seed, stream);
                    let pair = |k: usize| 32 * places[k] + places[k + distance];
                    (0..1024 - distance).map(pair).collect::<Vec<usize>>()
                });
                let z = unevenness(pairs, 1024);
                assert!(z.abs() < 4.0, "{seed} {distance}: {z}");
            }
            let beside = |other: &dyn Fn(u64) -> Vec<usize>| {
                let pairs = |stream| {
                    let pairs = of(seed, stream).into_iter().zip(other(stream));
                    pairs.map(|(a, b)| 32 * a + b).collect::<Vec<usize>>()
                };
                unevenness((0..2000).flat_map(pairs), 1024)
            };
            let next_stream = beside(&|stream| of(seed, stream + 1));
            let next_seed = beside(&|stream| of(seed + 1, stream));
            assert!(
                next_stream.abs().max(next_seed.abs()) < 4.0,
                "{next_stream} {next_seed}"
            );
        }
    }

    #[test]
    fn narrow_vectors_draw_the_same() {
        for n_draws in [1, 7, 128, 1000] {
            let (mut narrow, mut wide) = (vec![0_u16; n_draws], vec![0_u16; n_draws]);
            let bounds = &[u16::below(1000).unwrap()];
            let places = Places {
                blocks: &mut Blocks::new(5, 6),
                places: &mut narrow,
                bounds,
            };
            let n_rejected = places.run();
            assert_eq!(Blocks::new(5, 6).places(&mut wide, bounds), n_rejected);
            assert_eq!(narrow, wide);
        }
    }
}
