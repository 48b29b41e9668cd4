//! The rows that a round learns from: all, a share, or a share drawn by the size of their derivatives, so that those
//! which matter are seldom missed.
//!
//! A. Ibragimov, G. Gusev (2019), Minimal variance sampling in stochastic gradient boosting, NeurIPS 32: a row is drawn
//! with a chance in proportion to the root of `g^2 + l h^2`, at most 1, and counts as often as its chance is small. Here
//! chances are powers of one half, rounded up, so that a row counts a whole number of times and sums stay whole.

use std::borrow::Cow;

use rayon::prelude::*;
use stats::random::Draw;

use super::RowChance;
use super::draws::Draws;
use super::loss::Derivatives;
use super::settings::Settings;
use super::slopes::Slopes;
use crate::trees::BLOCK;
use crate::weights::Weights;

/// A row counts at most `2^MOST_HALVINGS` times.
const MOST_HALVINGS: u8 = 7;

/// Sizes are told apart by their exponent and so many bits of what follows: eight buckets double.
const BITS: u32 = 3;
const N_BUCKETS: usize = 1 << (11 + BITS);

/// Rows that are looked at to weigh second derivatives against first ones.
const N_LOOKED_AT: usize = 1 << 16;

/// The rows that a round learns from, and how often each counts.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    /// The rows, ascending.
    pub(super) rows: Cow<'a, [u32]>,
    /// Per row how many times its chance was halved; empty if each counts once.
    halvings: Vec<u8>,
    /// No drawn row's derivatives, times how often it counts and its weight, are larger than these times the largest
    /// weight.
    pub(super) largest: Derivatives,
}

/// What rows are drawn from by their derivatives.
struct Source<'a> {
    /// The rows, ascending.
    rows: &'a [u32],
    weights: &'a Weights,
    n_outputs: usize,
    /// The derivatives of some rows, `(n_rows, n_outputs)`.
    derive: &'a (dyn Fn(&[u32], &mut [Derivatives]) + Sync),
    /// Bounds on the sizes of derivatives.
    largest: Derivatives,
}

impl<'a> Sample<'a> {
    /// The rows of a round, out of those that may be learnt from.
    pub(super) fn of(
        settings: &Settings,
        slopes: &Slopes<'_>,
        learning: &'a [u32],
        weights: &Weights,
        draws: &Draws,
    ) -> Sample<'a> {
        let share = settings.row_sample;
        if share < 1.0 && settings.row_chance == RowChance::Gradient {
            return Source {
                rows: learning,
                weights,
                n_outputs: slopes.n_outputs(),
                derive: &|rows, out| slopes.of(rows, &mut vec![], out),
                largest: slopes.largest(learning),
            }
            .draw(share, &draws.rows);
        }
        let rows = match share < 1.0 {
            true => Cow::Owned(draws.sample_rows(learning, share)),
            false => Cow::Borrowed(learning),
        };
        Sample {
            largest: slopes.largest(&rows),
            rows,
            halvings: vec![],
        }
    }

    /// The most often that a row counts.
    pub(super) fn most(&self) -> i64 {
        if self.halvings.is_empty() {
            1
        } else {
            1 << MOST_HALVINGS
        }
    }

    /// How often the row at a position counts.
    #[inline]
    pub(super) fn times(&self, position: usize) -> i64 {
        self.halvings.get(position).map_or(1, |&halvings| 1 << halvings)
    }
}

impl Source<'_> {
    /// Draws about `share` of the rows, by their numbers.
    fn draw(&self, share: f64, draw: &Draw) -> Sample<'static> {
        let ratio = self.ratio();
        let buckets = self.buckets(ratio);
        let edge = edge(&buckets, share);
        let blocks = self.rows.par_chunks(BLOCK).zip(buckets.par_chunks(BLOCK));
        let drawn: Vec<(Vec<u32>, Vec<u8>)> = blocks
            .map(|(rows, buckets)| draw_block(rows, buckets, edge, draw))
            .collect();
        let rows: Vec<u32> = drawn.iter().flat_map(|(rows, _)| rows).copied().collect();
        let halvings = drawn.iter().flat_map(|(_, halvings)| halvings).copied().collect();
        // A row that counts more than once had a size below the edge, and has less than twice the edge's now.
        let most = 2.0 * size_at(edge) / (self.weights.largest_units.max(1) as f64 * self.weights.unit);
        let of_hessian = if 0.0 < ratio { most / ratio } else { 0.0 };
        Sample {
            rows: Cow::Owned(rows),
            halvings,
            largest: self.largest.larger(Derivatives {
                gradient: most,
                hessian: of_hessian,
            }),
        }
    }

    /// The mean gradient's size over the mean second derivative, among rows evenly spread.
    fn ratio(&self) -> f64 {
        let step = self.rows.len().div_ceil(N_LOOKED_AT).max(1);
        let rows: Vec<u32> = self.rows.iter().copied().step_by(step).collect();
        let mut derivatives = vec![Derivatives::default(); rows.len() * self.n_outputs];
        (self.derive)(&rows, &mut derivatives);
        let (mut gradient, mut hessian) = (0.0, 0.0);
        for (&row, derivatives) in rows.iter().zip(derivatives.chunks_exact(self.n_outputs)) {
            let weight = self.weights.of(row as usize) as f64;
            for d in derivatives {
                gradient += weight * d.gradient.abs();
                hessian += weight * d.hessian;
            }
        }
        if 0.0 < hessian { gradient / hessian } else { 0.0 }
    }

    /// The bucket of each row's size.
    fn buckets(&self, ratio: f64) -> Vec<u16> {
        let mut buckets = vec![0; self.rows.len()];
        let blocks = buckets.par_chunks_mut(BLOCK).zip(self.rows.par_chunks(BLOCK));
        blocks.for_each_init(Vec::new, |derivatives: &mut Vec<Derivatives>, (buckets, rows)| {
            derivatives.resize(rows.len() * self.n_outputs, Derivatives::default());
            (self.derive)(rows, derivatives);
            let mut squares = [0.0; BLOCK];
            let squares = &mut squares[..rows.len()];
            for (square, of_row) in squares.iter_mut().zip(derivatives.chunks_exact(self.n_outputs)) {
                for d in of_row {
                    let hessian = ratio * d.hessian;
                    *square += d.gradient * d.gradient + hessian * hessian;
                }
            }
            if !self.weights.are_equal() {
                for (square, &row) in squares.iter_mut().zip(rows) {
                    let weight = self.weights.of(row as usize) as f64 * self.weights.unit;
                    *square *= weight * weight;
                }
            }
            let places = buckets.iter_mut().zip(&*squares);
            places.for_each(|(bucket, square)| *bucket = bucket_of(square.sqrt()));
        });
        buckets
    }
}

/// The rows of a block that are drawn, and how many times the chance of each was halved. Four rows share a draw.
fn draw_block(rows: &[u32], buckets: &[u16], edge: usize, draw: &Draw) -> (Vec<u32>, Vec<u8>) {
    let (mut drawn, mut halved) = (vec![0; rows.len()], vec![0; rows.len()]);
    let (mut n_drawn, mut four, mut bits) = (0, None, 0);
    for (&row, &bucket) in rows.iter().zip(buckets) {
        if four != Some(row / 4) {
            four = Some(row / 4);
            bits = draw.at(u64::from(row / 4));
        }
        let halvings = halvings(usize::from(bucket), edge);
        // Without a branch, which would be guessed wrongly too often.
        drawn[n_drawn] = row;
        halved[n_drawn] = halvings;
        let of_row = (bits >> (16 * (row % 4))) & 0xffff;
        n_drawn += usize::from(of_row >> (16 - halvings) == 0);
    }
    drawn.truncate(n_drawn);
    halved.truncate(n_drawn);
    (drawn, halved)
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

    fn sample(sizes: &[f64], share: f64, number: u64) -> Sample<'static> {
        let derive = |rows: &[u32], out: &mut [Derivatives]| {
            for (out, &row) in out.iter_mut().zip(rows) {
                *out = Derivatives {
                    gradient: sizes[row as usize],
                    hessian: 0.0,
                };
            }
        };
        let weights = Weights::new(None, sizes.len()).unwrap();
        let rows: Vec<u32> = (0..sizes.len() as u32).collect();
        let source = Source {
            rows: &rows,
            weights: &weights,
            n_outputs: 1,
            derive: &derive,
            largest: Derivatives {
                gradient: sizes.iter().map(|size| size.abs()).fold(0.0, f64::max),
                hessian: 1.0,
            },
        };
        source.draw(share, &Draw::new(7, number))
    }

    /// The sizes of the rows drawn, and how often each counts.
    fn drawn(sizes: &[f64], sample: &Sample<'_>) -> Vec<(f64, i64)> {
        let rows = sample.rows.iter().enumerate();
        rows.map(|(position, &row)| (sizes[row as usize], sample.times(position)))
            .collect()
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
        let by_size: Vec<f64> = (0..240)
            .map(|number| {
                let drawn = drawn(&sizes, &sample(&sizes, 0.2, number));
                drawn.iter().map(|(size, times)| size * *times as f64).sum()
            })
            .collect();
        let uniform: Vec<f64> = (0..240)
            .map(|number| {
                let draw = Draw::new(9, number);
                let drawn = (0..sizes.len()).filter(|row| draw.uniform_at(*row as u64) < 0.2);
                drawn.map(|row| 5.0 * sizes[row]).sum()
            })
            .collect();
        let mean = by_size.iter().sum::<f64>() / 240.0;
        let error = stats::math::sqrt(squares(&by_size) / 240.0 / 240.0);
        assert!((mean - whole).abs() < 3.5 * error, "{mean} {whole} {error}");
        assert!(squares(&by_size) < 0.5 * squares(&uniform));
    }

    #[test]
    fn no_more_rows_are_drawn_than_asked_for_and_none_outgrows_the_bound() {
        let sizes = sizes();
        for share in [0.02, 0.1, 0.5, 0.9] {
            let sample = sample(&sizes, share, 1);
            let found = sample.rows.len() as f64 / sizes.len() as f64;
            assert!(
                (0.6 * share - 0.01..share + 0.01).contains(&found),
                "{share} {found}"
            );
            let drawn = drawn(&sizes, &sample);
            let outgrows = |&(size, times): &(f64, i64)| sample.largest.gradient < size.abs() * times as f64;
            assert!(!drawn.iter().any(outgrows));
        }
    }
}
