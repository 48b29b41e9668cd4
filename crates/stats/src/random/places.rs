//! Places drawn evenly and many at a time, on vectors.

use crate::wide::{Wide, on_wide_vectors};

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
    /// The place that stands for none, and the least number to look at, of places below `n`; none where `n` is too wide.
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

    /// Draws a place below each bound, evenly; a rejected draw leaves the bound itself. Returns how many were rejected.
    ///
    /// # Reference
    /// D. Lemire (2019), Fast random integer generation in an interval, ACM TOMACS 29.
    pub(crate) fn places<P: Place>(
        &mut self,
        places: &mut [P],
        bounds: impl Iterator<Item = Below<P>>,
    ) -> usize {
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
        self.places(&mut place, std::iter::once(below));
        place[0]
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

/// Places to be drawn.
struct Places<'a, P, I> {
    blocks: &'a mut Blocks,
    places: &'a mut [P],
    bounds: I,
}

impl<P: Place, I: Iterator<Item = Below<P>>> Wide for Places<'_, P, I> {
    type Found = usize;

    #[inline(always)]
    fn run(mut self) -> usize {
        let mut blocks = [[0; BYTES]; GROUP];
        let mut n_rejected = 0;
        for places in self.places.chunks_mut(GROUP * BYTES / size_of::<P>()) {
            self.blocks.fill(&mut blocks);
            n_rejected += P::cut(blocks.as_flattened(), places, self.bounds.by_ref());
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
