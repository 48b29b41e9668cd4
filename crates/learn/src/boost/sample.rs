//! The rows that a round learns from: all, a share, or a share drawn by the size of their derivatives, so that those
//! which matter are seldom missed.
//!
//! A. Ibragimov, G. Gusev (2019), Minimal variance sampling in stochastic gradient boosting, NeurIPS 32: a row is drawn
//! with a chance in proportion to the root of `g^2 + l h^2`, at most 1, and counts as often as its chance is small.

use std::borrow::Cow;

use stats::random::Draw;

use super::RowChance;
use super::chances::{MOST_HALVINGS, Sizes, bucket_of, halvings, size_at};
use super::draws::Draws;
use super::loss::Derivatives;
use super::settings::Settings;
use super::slopes::Slopes;
use crate::crew::Crew;
use crate::trees::BLOCK;
use crate::weights::Weights;
use stats::wide::{Wide, on_wide_vectors};

/// Rows that are looked at to find the chances.
const N_LOOKED_AT: usize = 1 << 15;

/// Rows that are derived together: their derivatives stay in the first-level cache meanwhile.
const ABREAST: usize = 512;

/// What rows are drawn from.
pub(super) struct Source<'r, 'd> {
    /// The rows that may be learnt from, ascending.
    rows: &'r [u32],
    weights: &'d Weights,
    n_outputs: usize,
    /// The derivatives of some rows, `(n_rows, n_outputs)`.
    derive: &'d (dyn Fn(&[u32], &mut [Derivatives]) + Sync),
    /// Bounds on the sizes of derivatives.
    largest: Derivatives,
}

/// How rows are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Chance {
    /// Each is.
    Certain,
    /// Each as likely as the others.
    Share(f64),
    /// By size: the root of the squares of `g` and of `ratio * h`; those in buckets from `edge` on are certain.
    Size { ratio: f64, edge: u16 },
}

/// Some rows that were drawn.
pub(super) struct Drawn<'b> {
    pub(super) rows: &'b [u32],
    /// Per row how many times its chance was halved.
    pub(super) halvings: &'b [u8],
    /// `(n_rows, n_outputs)`.
    pub(super) derivatives: &'b [Derivatives],
}

/// The rows that a round learns from.
#[derive(Debug)]
pub(super) struct Sample<'a, R> {
    /// The rows, ascending.
    pub(super) rows: Cow<'a, [u32]>,
    /// Per row how many times its chance was halved; empty if each counts once.
    halvings: Vec<u8>,
    /// What was made of their derivatives, `(n_rows, n_outputs)`.
    pub(super) derivatives: Vec<R>,
}

impl<R> Sample<'_, R> {
    /// How often the row at a position counts.
    #[inline]
    pub(super) fn times(&self, position: usize) -> i64 {
        self.halvings.get(position).map_or(1, |&halvings| 1 << halvings)
    }
}

impl Chance {
    pub(super) fn new(settings: &Settings, source: &Source<'_, '_>, draw: &Draw, crew: &Crew) -> Chance {
        match (settings.row_sample, settings.row_chance) {
            (1.0.., _) => Chance::Certain,
            (share, RowChance::Gradient) => source.by_size(share, draw, crew),
            (share, _) => Chance::Share(share),
        }
    }

    /// The most often that a row counts.
    pub(super) fn most(&self) -> i64 {
        match self {
            Chance::Size { .. } => 1 << MOST_HALVINGS,
            _ => 1,
        }
    }

    /// Bounds on derivatives times how often they count and their weight, relative to the largest weight.
    pub(super) fn largest(&self, source: &Source<'_, '_>) -> Derivatives {
        let Chance::Size { ratio, edge } = *self else {
            return source.largest;
        };
        // A row that counts more than once had a size below the edge, and has less than twice the edge's now.
        let weights = source.weights;
        let most = 2.0 * size_at(edge) / (weights.largest_units.max(1) as f64 * weights.unit);
        source.largest.larger(Derivatives {
            gradient: most,
            hessian: if 0.0 < ratio { most / ratio } else { 0.0 },
        })
    }
}

impl<'r, 'd> Source<'r, 'd> {
    pub(super) fn new(
        slopes: &Slopes<'_>,
        derive: &'d (dyn Fn(&[u32], &mut [Derivatives]) + Sync),
        rows: &'r [u32],
        weights: &'d Weights,
        crew: &Crew,
    ) -> Source<'r, 'd> {
        Source {
            rows,
            weights,
            n_outputs: slopes.n_outputs(),
            derive,
            largest: slopes.largest(rows, crew),
        }
    }

    /// Draws rows; `settle` makes something of the derivatives of those that are drawn, block by block.
    pub(super) fn draw<R: Send + Clone + Default>(
        &self,
        chance: Chance,
        draws: &Draws,
        crew: &Crew,
        settle: impl Fn(&Drawn<'_>, &mut [R]) + Sync,
    ) -> Sample<'r, R> {
        let rows = match chance {
            Chance::Share(share) => Cow::Owned(draws.sample_rows(self.rows, share, crew)),
            _ => Cow::Borrowed(self.rows),
        };
        let blocks = crew.map(rows.chunks(BLOCK), |_, rows| match chance {
            Chance::Size { ratio, edge } => self.draw_block(rows, (ratio, edge), draws, &settle),
            _ => self.settle_block(rows, &settle),
        });
        let derivatives: Vec<&[R]> = blocks.iter().map(|block| &block.derivatives[..]).collect();
        let derivatives = derivatives.concat();
        if !matches!(chance, Chance::Size { .. }) {
            return Sample {
                rows,
                halvings: vec![],
                derivatives,
            };
        }
        let rows: Vec<&[u32]> = blocks.iter().map(|block| &block.rows[..]).collect();
        let halvings: Vec<&[u8]> = blocks.iter().map(|block| &block.halvings[..]).collect();
        Sample {
            rows: Cow::Owned(rows.concat()),
            halvings: halvings.concat(),
            derivatives,
        }
    }

    fn settle_block<R: Clone + Default>(
        &self,
        rows: &[u32],
        settle: &impl Fn(&Drawn<'_>, &mut [R]),
    ) -> Sample<'static, R> {
        let mut derivatives = vec![Derivatives::default(); ABREAST * self.n_outputs];
        let mut settled = vec![R::default(); rows.len() * self.n_outputs];
        let places = settled.chunks_mut(ABREAST * self.n_outputs);
        for (rows, out) in rows.chunks(ABREAST).zip(places) {
            let derivatives = &mut derivatives[..rows.len() * self.n_outputs];
            (self.derive)(rows, derivatives);
            let drawn = Drawn {
                rows,
                halvings: &[0; ABREAST][..rows.len()],
                derivatives,
            };
            settle(&drawn, out);
        }
        Sample {
            rows: Cow::Owned(vec![]),
            halvings: vec![],
            derivatives: settled,
        }
    }

    /// Draws rows of a block by their sizes.
    fn draw_block<R: Clone + Default>(
        &self,
        rows: &[u32],
        (ratio, edge): (f64, u16),
        draws: &Draws,
        settle: &impl Fn(&Drawn<'_>, &mut [R]),
    ) -> Sample<'static, R> {
        let n_outputs = self.n_outputs;
        let mut derivatives = vec![Derivatives::default(); ABREAST * n_outputs];
        let mut taken = Vec::with_capacity(ABREAST * n_outputs);
        let mut drawn = Vec::with_capacity(rows.len());
        let mut halved = Vec::with_capacity(rows.len());
        let mut settled = Vec::with_capacity(rows.len() * n_outputs);
        for rows in rows.chunks(ABREAST) {
            let mut buckets = [0; ABREAST];
            self.buckets(rows, ratio, &mut derivatives, &mut buckets);
            let mut bits = [0; ABREAST];
            draws.bits(rows, &mut bits);
            let (mut halvings, mut positions) = ([0; ABREAST], [0; ABREAST]);
            let n_drawn = choose(&buckets[..rows.len()], &bits, edge, &mut halvings, &mut positions);
            let positions = &positions[..n_drawn];
            let before = drawn.len();
            drawn.extend(positions.iter().map(|&position| rows[usize::from(position)]));
            halved.extend(positions.iter().map(|&position| halvings[usize::from(position)]));
            taken.clear();
            match n_outputs {
                1 => taken.extend(
                    positions
                        .iter()
                        .map(|&position| derivatives[usize::from(position)]),
                ),
                _ => positions.iter().for_each(|&position| {
                    taken.extend_from_slice(&derivatives[usize::from(position) * n_outputs..][..n_outputs]);
                }),
            }
            settled.resize(before * n_outputs + taken.len(), R::default());
            let of_rows = Drawn {
                rows: &drawn[before..],
                halvings: &halved[before..],
                derivatives: &taken,
            };
            settle(&of_rows, &mut settled[before * n_outputs..]);
        }
        Sample {
            rows: Cow::Owned(drawn),
            halvings: halved,
            derivatives: settled,
        }
    }

    /// The chances that draw about a share of the rows, as some rows tell, one of each so many.
    fn by_size(&self, share: f64, draw: &Draw, crew: &Crew) -> Chance {
        let step = self.rows.len().div_ceil(N_LOOKED_AT).max(1);
        // One row of each step, drawn, because tables come in periods: stores in turn, days of weeks.
        let one_of = |rows: &[u32]| rows[(draw.at(u64::from(rows[0])) % rows.len() as u64) as usize];
        let rows: Vec<u32> = self.rows.chunks(step).map(one_of).collect();
        let n_outputs = self.n_outputs;
        let blocks = crew.map(rows.chunks(ABREAST), |_, rows| {
            let mut derivatives = vec![Derivatives::default(); rows.len() * n_outputs];
            (self.derive)(rows, &mut derivatives);
            (rows, derivatives)
        });
        let (mut gradient, mut hessian) = (0.0, 0.0);
        for (rows, derivatives) in &blocks {
            for (&row, derivatives) in rows.iter().zip(derivatives.chunks_exact(n_outputs)) {
                let weight = self.weights.of(row as usize) as f64;
                for d in derivatives {
                    gradient += weight * d.gradient.abs();
                    hessian += weight * d.hessian;
                }
            }
        }
        // The mean gradient's size weighs as much as the mean second derivative.
        let ratio = if 0.0 < hessian { gradient / hessian } else { 0.0 };
        let buckets = blocks.iter().flat_map(|(rows, derivatives)| {
            let mut buckets = [0; ABREAST];
            self.buckets_of(rows, ratio, derivatives, &mut buckets);
            buckets.into_iter().take(rows.len())
        });
        let edge = Sizes::new(buckets).edge_of_share(share);
        Chance::Size { ratio, edge }
    }

    /// Derives some rows and finds the bucket of each one's size.
    fn buckets(
        &self,
        rows: &[u32],
        ratio: f64,
        derivatives: &mut [Derivatives],
        buckets: &mut [u16; ABREAST],
    ) {
        let derivatives = &mut derivatives[..rows.len() * self.n_outputs];
        (self.derive)(rows, derivatives);
        self.buckets_of(rows, ratio, derivatives, buckets);
    }

    fn buckets_of(
        &self,
        rows: &[u32],
        ratio: f64,
        derivatives: &[Derivatives],
        buckets: &mut [u16; ABREAST],
    ) {
        let mut squares = [0.0; ABREAST];
        let square = |d: &Derivatives| {
            let hessian = ratio * d.hessian;
            d.gradient * d.gradient + hessian * hessian
        };
        match self.n_outputs {
            1 => on_wide_vectors(|| {
                let places = squares.iter_mut().zip(derivatives);
                places.for_each(|(out, d)| *out = square(d));
            }),
            n_outputs => {
                let places = squares.iter_mut().zip(derivatives.chunks_exact(n_outputs));
                places.for_each(|(out, of_row)| *out = of_row.iter().map(square).sum());
            }
        }
        if !self.weights.are_equal() {
            for (square, &row) in squares.iter_mut().zip(rows) {
                let weight = self.weights.of(row as usize) as f64 * self.weights.unit;
                *square *= weight * weight;
            }
        }
        let places = buckets.iter_mut().zip(&squares);
        places.for_each(|(bucket, square)| *bucket = bucket_of(*square));
    }
}

/// Which rows are drawn, told for a vector of them at a time.
struct Choice<'c> {
    buckets: &'c [u16],
    bits: &'c [u16; ABREAST],
    edge: u16,
    halved: &'c mut [u8; ABREAST],
    is_in: &'c mut [u8; ABREAST],
}

impl Wide for Choice<'_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        let places = self.halved.iter_mut().zip(self.is_in.iter_mut());
        for ((halved, is_in), (&bucket, &bits)) in places.zip(self.buckets.iter().zip(self.bits)) {
            *halved = halvings(bucket, self.edge);
            *is_in = u8::from(u32::from(bits) << (*halved & 31) <= 0xffff);
        }
    }
}

/// Chooses rows by the buckets of their sizes and what was drawn for each: how often the chance of each was halved, and the
/// positions of those chosen; how many there are.
fn choose(
    buckets: &[u16],
    bits: &[u16; ABREAST],
    edge: u16,
    halved: &mut [u8; ABREAST],
    positions: &mut [u16; ABREAST],
) -> usize {
    let mut is_in = [0; ABREAST];
    on_wide_vectors(Choice {
        buckets,
        bits,
        edge,
        halved,
        is_in: &mut is_in,
    });
    let mut n_drawn = 0;
    for (position, is_in) in (0..).zip(&is_in[..buckets.len()]) {
        // Without a branch, which would be guessed wrongly too often.
        positions[n_drawn % ABREAST] = position;
        n_drawn += usize::from(*is_in);
    }
    n_drawn
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sizes() -> Vec<f64> {
        let mut draw = Draw::new(1, 1);
        (0..20_000).map(|_| draw.normal() * draw.normal()).collect()
    }

    #[test]
    fn tables_in_periods_are_drawn_as_others() {
        let n = 4 * N_LOOKED_AT;
        for [every_fourth, others] in [[1e-3, 1.0], [1.0, 0.1]] {
            let sizes: Vec<f64> = (0..n)
                .map(|row| if row % 4 == 0 { every_fourth } else { others })
                .collect();
            let (sample, _) = sample(&sizes, 0.5, 1);
            let share = sample.rows.len() as f64 / n as f64;
            assert!((0.3..0.51).contains(&share), "{share}");
        }
    }

    /// A sample whose derivatives are left out, and the bound on them.
    fn sample(sizes: &[f64], share: f64, number: u64) -> (Sample<'static, ()>, Derivatives) {
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
        let crew = Crew::new(2).unwrap();
        let chance = source.by_size(share, &Draw::new(3, 9), &crew);
        let draws = Draws::new(7, number);
        let Sample { rows, halvings, .. } = source.draw(chance, &draws, &crew, |_, _: &mut [()]| ());
        let sample = Sample {
            rows: Cow::Owned(rows.into_owned()),
            halvings,
            derivatives: vec![],
        };
        (sample, chance.largest(&source))
    }

    /// The sizes of the rows drawn, and how often each counts.
    fn drawn(sizes: &[f64], sample: &Sample<'_, ()>) -> Vec<(f64, i64)> {
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
                let drawn = drawn(&sizes, &sample(&sizes, 0.2, number).0);
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
            let (sample, largest) = sample(&sizes, share, 1);
            let found = sample.rows.len() as f64 / sizes.len() as f64;
            assert!(
                (0.6 * share - 0.01..share + 0.01).contains(&found),
                "{share} {found}"
            );
            let drawn = drawn(&sizes, &sample);
            let outgrows = |&(size, times): &(f64, i64)| largest.gradient < size.abs() * times as f64;
            assert!(!drawn.iter().any(outgrows));
        }
    }

    #[test]
    fn second_derivatives_weigh_as_much_as_first_ones() {
        let derive = |rows: &[u32], out: &mut [Derivatives]| {
            for (out, &row) in out.iter_mut().zip(rows) {
                *out = Derivatives {
                    gradient: if row % 2 == 0 { -3.0 } else { 1.0 },
                    hessian: 0.25,
                };
            }
        };
        let rows: Vec<u32> = (0..1000).collect();
        let source = Source {
            rows: &rows,
            weights: &Weights::new(None, 1000).unwrap(),
            n_outputs: 1,
            derive: &derive,
            largest: Derivatives::default(),
        };
        let Chance::Size { ratio, edge } = source.by_size(0.5, &Draw::new(3, 9), &Crew::alone()) else {
            panic!("chances by size")
        };
        assert_eq!(ratio, 2.0 / 0.25);
        // The bound on second derivatives is that on sizes in their own unit.
        let largest = Chance::Size { ratio, edge }.largest(&source);
        assert_eq!(largest.hessian * ratio, largest.gradient);
    }
}
