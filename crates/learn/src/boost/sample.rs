//! Rows drawn by the size of their derivatives, so that those which matter are seldom missed.
//!
//! A. Ibragimov, G. Gusev (2019), Minimal variance sampling in stochastic gradient boosting, NeurIPS 32: a row is drawn
//! with a chance in proportion to the root of `g^2 + l h^2`, at most 1, and counts as often as its chance is small. Here
//! chances are powers of one half, rounded up, so that a row counts a whole number of times and sums stay whole.

use rayon::prelude::*;
use stats::random::Draw;

use super::loss::Derivatives;
use crate::trees::BLOCK;
use crate::weights::Weights;

/// A row counts at most `2^MOST_HALVINGS` times.
const MOST_HALVINGS: u8 = 7;

/// Sizes are told apart by their exponent and so many bits of what follows: eight buckets double.
const BITS: u32 = 3;
const N_BUCKETS: usize = 1 << (11 + BITS);

/// Rows that are looked at to weigh second derivatives against first ones.
const N_LOOKED_AT: usize = 1 << 16;

/// Stands for a row that was not drawn.
const NOT_DRAWN: u8 = u8::MAX;

/// Which rows were drawn for a round, and how often each counts.
#[derive(Debug)]
pub(super) struct Sample {
    /// Per row how many times its chance was halved.
    halvings: Vec<u8>,
    /// No drawn row's derivatives, times how often it counts and its weight, are larger than these times the largest
    /// weight.
    pub(super) largest: Derivatives,
}

/// What a sample is drawn from.
pub(super) struct Source<'a> {
    pub(super) weights: &'a Weights,
    pub(super) n_rows: usize,
    pub(super) n_outputs: usize,
    /// The derivatives of the rows from one on, `(n_rows, n_outputs)`, as many as there is room for.
    pub(super) derive: &'a (dyn Fn(usize, &mut [Derivatives]) + Sync),
    /// Bounds on the sizes of derivatives.
    pub(super) largest: Derivatives,
}

impl Sample {
    /// The most often that a row counts.
    pub(super) const MOST: i64 = 1 << MOST_HALVINGS;

    /// Draws about `share` of the rows, by their numbers.
    pub(super) fn draw(source: &Source<'_>, share: f64, draw: &Draw) -> Sample {
        let ratio = source.ratio();
        let buckets = source.buckets(ratio);
        let edge = edge(&buckets, share);
        let halve = |(row, bucket): (usize, &u16)| {
            let halvings = halvings(usize::from(*bucket), edge);
            let is_drawn = halvings == 0 || draw.at(row as u64) >> (64 - u32::from(halvings)) == 0;
            if is_drawn { halvings } else { NOT_DRAWN }
        };
        let drawn = buckets
            .par_iter()
            .with_min_len(BLOCK)
            .enumerate()
            .map(halve)
            .collect();
        // A row that counts more than once had a size below the edge, and has less than twice the edge's now.
        let most = 2.0 * size_at(edge) / (source.weights.largest_units.max(1) as f64 * source.weights.unit);
        let of_hessian = if 0.0 < ratio { most / ratio } else { 0.0 };
        Sample {
            halvings: drawn,
            largest: source.largest.larger(Derivatives {
                gradient: most,
                hessian: of_hessian,
            }),
        }
    }

    /// How often a row counts; never if it was not drawn.
    #[inline]
    pub(super) fn times(&self, row: usize) -> i64 {
        match self.halvings[row] {
            NOT_DRAWN => 0,
            halvings => 1 << halvings,
        }
    }
}

impl Source<'_> {
    /// The mean gradient's size over the mean second derivative, among rows evenly spread.
    fn ratio(&self) -> f64 {
        let mut derivatives = vec![Derivatives::default(); self.n_outputs];
        let (mut gradient, mut hessian) = (0.0, 0.0);
        for row in (0..self.n_rows).step_by(self.n_rows.div_ceil(N_LOOKED_AT).max(1)) {
            (self.derive)(row, &mut derivatives);
            let weight = self.weights.of(row) as f64;
            for d in &derivatives {
                gradient += weight * d.gradient.abs();
                hessian += weight * d.hessian;
            }
        }
        if 0.0 < hessian { gradient / hessian } else { 0.0 }
    }

    /// The bucket of each row's size; 0 for rows without weight.
    fn buckets(&self, ratio: f64) -> Vec<u16> {
        let mut buckets = vec![0; self.n_rows];
        buckets.par_chunks_mut(BLOCK).enumerate().for_each_init(
            Vec::new,
            |derivatives: &mut Vec<Derivatives>, (block, buckets)| {
                derivatives.resize(buckets.len() * self.n_outputs, Derivatives::default());
                (self.derive)(block * BLOCK, derivatives);
                let rows = derivatives.chunks_exact(self.n_outputs).zip(buckets);
                for (position, (derivatives, bucket)) in rows.enumerate() {
                    let square = |d: &Derivatives| {
                        let hessian = ratio * d.hessian;
                        d.gradient * d.gradient + hessian * hessian
                    };
                    let squares: f64 = derivatives.iter().map(square).sum();
                    let weight = self.weights.of(block * BLOCK + position) as f64 * self.weights.unit;
                    *bucket = bucket_of(weight * stats::math::sqrt(squares));
                }
            },
        );
        buckets
    }
}

fn bucket_of(size: f64) -> u16 {
    (size.to_bits() >> (52 - BITS)) as u16
}

/// The smallest size of a bucket.
fn size_at(bucket: usize) -> f64 {
    f64::from_bits((bucket.min(N_BUCKETS - 1) as u64) << (52 - BITS)).min(1e300)
}

/// How many times the chance of a bucket is halved, where those from `edge` on are certain.
fn halvings(bucket: usize, edge: usize) -> u8 {
    let below = edge.saturating_sub(bucket).div_ceil(1 << BITS);
    below.min(usize::from(MOST_HALVINGS)) as u8
}

/// The lowest bucket whose rows are certain, so that no more than a share of the rows is drawn on average.
fn edge(buckets: &[u16], share: f64) -> usize {
    let mut counts = vec![0u64; N_BUCKETS];
    buckets
        .iter()
        .filter(|bucket| **bucket != 0)
        .for_each(|bucket| counts[usize::from(*bucket)] += 1);
    let n: u64 = counts.iter().sum();
    let kept = |edge: usize| -> u64 {
        let rows = counts.iter().enumerate();
        rows.map(|(bucket, count)| (count << MOST_HALVINGS) >> halvings(bucket, edge))
            .sum()
    };
    let wanted = (share * (n << MOST_HALVINGS) as f64) as u64;
    let edges: Vec<usize> = (0..N_BUCKETS).collect();
    edges.partition_point(|&edge| wanted < kept(edge))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sizes() -> Vec<f64> {
        let mut draw = Draw::new(1, 1);
        (0..20_000).map(|_| draw.normal() * draw.normal()).collect()
    }

    fn sample(sizes: &[f64], share: f64, number: u64) -> Sample {
        let derive = |first: usize, out: &mut [Derivatives]| {
            for (out, size) in out.iter_mut().zip(&sizes[first..]) {
                *out = Derivatives {
                    gradient: *size,
                    hessian: 0.0,
                };
            }
        };
        let weights = Weights::new(None, sizes.len()).unwrap();
        let source = Source {
            weights: &weights,
            n_rows: sizes.len(),
            n_outputs: 1,
            derive: &derive,
            largest: Derivatives {
                gradient: sizes.iter().map(|size| size.abs()).fold(0.0, f64::max),
                hessian: 1.0,
            },
        };
        Sample::draw(&source, share, &Draw::new(7, number))
    }

    #[test]
    fn sums_of_drawn_rows_are_right_on_average_and_nearer_than_uniform_ones() {
        let sizes = sizes();
        let whole: f64 = sizes.iter().sum();
        let squares = |estimates: &[f64]| {
            estimates
                .iter()
                .map(|sum| (sum - whole) * (sum - whole))
                .sum::<f64>()
        };
        let by_size: Vec<f64> = (0..60)
            .map(|number| {
                let sample = sample(&sizes, 0.2, number);
                (0..sizes.len())
                    .map(|row| sizes[row] * sample.times(row) as f64)
                    .sum()
            })
            .collect();
        let uniform: Vec<f64> = (0..60)
            .map(|number| {
                let draw = Draw::new(9, number);
                let drawn = (0..sizes.len()).filter(|row| draw.uniform_at(*row as u64) < 0.2);
                drawn.map(|row| 5.0 * sizes[row]).sum()
            })
            .collect();
        let mean = by_size.iter().sum::<f64>() / 60.0;
        let error = stats::math::sqrt(squares(&by_size) / 60.0 / 60.0);
        assert!((mean - whole).abs() < 3.5 * error, "{mean} {whole} {error}");
        assert!(squares(&by_size) < 0.4 * squares(&uniform));
    }

    #[test]
    fn no_more_rows_are_drawn_than_asked_for_and_none_outgrows_the_bound() {
        let sizes = sizes();
        for share in [0.02, 0.1, 0.5, 0.9] {
            let sample = sample(&sizes, share, 1);
            let n_drawn = (0..sizes.len()).filter(|&row| sample.times(row) != 0).count() as f64;
            let found = n_drawn / sizes.len() as f64;
            assert!(
                (0.6 * share - 0.01..share + 0.01).contains(&found),
                "{share} {found}"
            );
            let outgrows = |row: usize| sample.largest.gradient < sizes[row].abs() * sample.times(row) as f64;
            assert!(!(0..sizes.len()).any(outgrows));
        }
    }
}
