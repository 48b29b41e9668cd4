//! Chances of rows to be drawn, by the sizes of their derivatives.
//!
//! Chances are powers of one half, so that a row counts a whole number of times and sums stay whole.

/// A row counts at most `2^MOST_HALVINGS` times.
pub(super) const MOST_HALVINGS: u8 = 7;

/// Squares of sizes are told apart by their exponent and so many bits of what follows: sizes double in
/// [`PER_DOUBLING`] buckets.
const BITS: u32 = 2;
const N_BUCKETS: u16 = 1 << (11 + BITS);
const PER_DOUBLING: u16 = 2 << BITS;

/// The sizes of rows, by bucket.
pub(super) struct Sizes {
    /// How many rows there are of each bucket that has any but the lowest, whose sizes are nothing.
    counts: Vec<(u16, u64)>,
}

/// The bucket of a size, given its square.
#[inline(always)]
pub(super) fn bucket_of(square: f64) -> u16 {
    (square.to_bits() >> (52 - BITS)) as u16
}

/// The smallest size of a bucket.
pub(super) fn size_at(bucket: u16) -> f64 {
    square_at(bucket).sqrt().min(1e300)
}

fn square_at(bucket: u16) -> f64 {
    f64::from_bits(u64::from(bucket.min(N_BUCKETS - 1)) << (52 - BITS))
}

/// How many times the chance of a bucket is halved, where those from `edge` on are certain.
#[inline(always)]
pub(super) fn halvings(bucket: u16, edge: u16) -> u8 {
    let below = edge.saturating_sub(bucket).div_ceil(PER_DOUBLING);
    below.min(u16::from(MOST_HALVINGS)) as u8
}

impl Sizes {
    pub(super) fn new(buckets: impl Iterator<Item = u16>) -> Sizes {
        let mut counts = vec![0; usize::from(N_BUCKETS)];
        buckets.for_each(|bucket| counts[usize::from(bucket & (N_BUCKETS - 1))] += 1);
        Sizes {
            counts: (0..)
                .zip(counts)
                .filter(|&(bucket, count)| bucket != 0 && count != 0)
                .collect(),
        }
    }

    /// Whether every row's size is nothing.
    pub(super) fn are_nothing(&self) -> bool {
        self.counts.is_empty()
    }

    /// The lowest bucket whose rows are certain, so that no more than a share of the rows is drawn on average.
    pub(super) fn edge_of_share(&self, share: f64) -> u16 {
        let n: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let wanted = (share * (n << MOST_HALVINGS) as f64) as u64;
        first(|edge| {
            let kept = |&(bucket, count): &(u16, u64)| (count << MOST_HALVINGS) >> halvings(bucket, edge);
            self.counts.iter().map(kept).sum::<u64>() <= wanted
        })
    }

    /// The highest bucket from which on rows are certain, so that drawing adds no more to the variance of a sum over
    /// rows than `noise` times what there is of it already, rows being draws from a larger world.
    pub(super) fn edge_of_noise(&self, noise: f64) -> u16 {
        let squares = |&(bucket, count): &(u16, u64)| count as f64 * square_at(bucket);
        let most = noise * self.counts.iter().map(squares).sum::<f64>();
        let too_high = first(|edge| {
            let added = |of: &(u16, u64)| {
                let times = 1u32 << halvings(of.0, edge);
                f64::from(times - 1) * squares(of)
            };
            most < self.counts.iter().map(added).sum::<f64>()
        });
        too_high.saturating_sub(1)
    }
}

/// The first bucket of which something is so that is so of all above.
fn first(is_so: impl Fn(u16) -> bool) -> u16 {
    let (mut low, mut high) = (0, N_BUCKETS);
    while low < high {
        let middle = low.midpoint(high);
        match is_so(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(squares: &[f64]) -> Sizes {
        Sizes::new(squares.iter().map(|&square| bucket_of(square)))
    }

    #[test]
    fn equal_sizes_are_certain_until_half_of_them_are_wanted() {
        let sizes = sizes(&[1.0; 1000]);
        let halved = |share| halvings(bucket_of(1.0), sizes.edge_of_share(share));
        assert_eq!([1.0, 0.99, 0.5, 0.49, 0.25, 0.01].map(halved), [0, 1, 1, 2, 2, 7]);
    }

    #[test]
    fn noise_is_no_more_than_asked_for() {
        let squares: Vec<f64> = (1..1000).map(|i| f64::from(i) * f64::from(i)).collect();
        let whole: f64 = squares.iter().sum();
        for noise in [0.0, 0.1, 0.5, 2.0] {
            let edge = sizes(&squares).edge_of_noise(noise);
            let added = |edge: u16| -> f64 {
                let times = |square: &f64| f64::from(1u32 << halvings(bucket_of(*square), edge));
                squares.iter().map(|square| (times(square) - 1.0) * square).sum()
            };
            // A bucket's sizes are up to a quarter of their square apart.
            assert!(added(edge) <= 1.25 * noise * whole, "{noise}");
            assert!(noise * whole < 1.25 * added(edge + PER_DOUBLING), "{noise}");
        }
    }
}
