//! Wide categories, those of more levels than a byte tells apart: each tree puts them into bins of its own, of levels whose
//! derivatives are alike.
//!
//! Levels are ordered by what the loss says of them before the tree is grown, as a split orders them (W. D. Fisher, 1958),
//! and cut into runs of about as many rows. A tree thus costs one more walk over the rows, whatever the number of levels,
//! and levels of few rows are never judged alone; another tree cuts them elsewhere.

use std::iter::zip;

use prepare::FeatureColumn;

use super::super::gradient::{BLOCK, Mode, Scale, Sum};
use super::{BinColumn, BinKind, Bins, Column, Seat, category};
use crate::crew::Crew;
use crate::weights::Weights;

/// The most levels that codes tell apart; missing has the code after them.
pub(crate) const MOST_CODES: usize = u16::MAX as usize - 1;

/// A wide category: a code a row.
#[derive(Debug)]
pub(crate) struct Wide {
    codes: Vec<u16>,
}

/// A wide category in the bins of one tree.
#[derive(Debug)]
pub(crate) struct Regrouped {
    pub(super) column: BinColumn,
    /// The bins of all rows, in whole blocks.
    cells: Vec<u8>,
}

/// What levels are grouped by.
pub(crate) struct Grouping<'a, R> {
    /// The rows that the tree learns from, with their derivatives.
    pub(crate) rows: &'a [u32],
    pub(crate) derivatives: &'a [R],
    /// The weights of all rows of the table.
    pub(crate) weights: &'a Weights,
    /// Where the derivatives of the tree's output start, and how many stand between two rows'.
    pub(crate) output: usize,
    pub(crate) n_outputs: usize,
    pub(crate) scale: &'a Scale,
    /// How many rows of the mean each level is given beside its own.
    pub(crate) smoothing: f64,
}

impl Wide {
    pub(super) fn with_room(n_rows: usize) -> Wide {
        Wide {
            codes: vec![0; n_rows],
        }
    }

    /// Puts rows into their codes, the first of them at `first`.
    pub(super) fn fill(&mut self, first: usize, values: &FeatureColumn, kind: &BinKind) {
        let (FeatureColumn::Category { codes, .. }, BinKind::Category { bin_of_level, levels }) =
            (values, kind)
        else {
            unreachable!("bins are of the kind of their feature")
        };
        let found = category::bins(bin_of_level, levels.len(), codes);
        zip(&mut self.codes[first..], found).for_each(|(out, code)| *out = code);
    }
}

impl Regrouped {
    pub(super) fn cells(&self) -> Column<'_> {
        Column::alone(&self.cells)
    }
}

impl Bins {
    /// Puts the wide ones of some features into bins for a tree, in the order of all wide ones.
    pub(crate) fn regroup<M: Mode>(
        &self,
        features: &[usize],
        grouping: &Grouping<'_, M::Row>,
        crew: &Crew,
    ) -> Vec<Option<Regrouped>> {
        let mut regrouped: Vec<Option<Regrouped>> = self.wide.iter().map(|_| None).collect();
        for &feature in features {
            if let Seat::Wide(number) = self.seats[feature] {
                let (wide, column) = (&self.wide[number], &self.columns[feature]);
                let bin_of_code = grouping.bins::<M>(wide, column.n_bins, self.max_bins, crew);
                regrouped[number] = Some(wide.regrouped(column, &bin_of_code, crew));
            }
        }
        regrouped
    }
}

impl<R: Copy + Sync> Grouping<'_, R> {
    /// The bin of each code, missing not among them. Those that no row has here share the last.
    fn bins<M: Mode<Row = R>>(&self, wide: &Wide, n_codes: usize, max_bins: usize, crew: &Crew) -> Vec<u8> {
        let levels = self.add_up::<M>(wide, n_codes, crew);
        let mut total = M::Sum::default();
        levels.iter().for_each(|level| total.add(level.sum));
        let total = total.scaled(self.scale, 0.0);
        let mean = total.gradient / total.hessian;
        let key = |level: &Level<M::Sum>| {
            let sums = level.sum.scaled(self.scale, 0.0);
            let key = (sums.gradient + self.smoothing * mean) / (sums.hessian + self.smoothing);
            if key.is_finite() { key } else { 0.0 }
        };
        let present = levels[..n_codes]
            .iter()
            .enumerate()
            .filter(|(_, level)| 0 < level.weight);
        // Of equals, the one that was met first: what a level is called decides nothing.
        let mut order: Vec<_> = present
            .map(|(code, level)| (key(level), level.first, code))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let order = order.iter().map(|&(.., code)| (code, levels[code].weight));
        runs(order, n_codes, (max_bins - 1).max(2))
    }

    /// What rows say of each level, missing being the last.
    fn add_up<M: Mode<Row = R>>(&self, wide: &Wide, n_codes: usize, crew: &Crew) -> Vec<Level<M::Sum>> {
        let share = self.rows.len().div_ceil(crew.n_threads()).max(BLOCK);
        let derivatives = self.derivatives.chunks(share * self.n_outputs);
        let shares = zip(self.rows.chunks(share), derivatives);
        let of_shares = crew.map(shares, |_, (rows, derivatives)| {
            let mut levels = vec![Level::default(); n_codes + 1];
            let derivatives = derivatives.iter().skip(self.output).step_by(self.n_outputs);
            for (&row, &derivatives) in zip(rows, derivatives) {
                let level: &mut Level<M::Sum> = &mut levels[usize::from(wide.codes[row as usize])];
                level.take(row, self.weights.of(row as usize), |sum| {
                    M::pour(M::widen(derivatives), sum)
                });
            }
            levels
        });
        let mut levels: Vec<Level<M::Sum>> = vec![Level::default(); n_codes + 1];
        for of_share in of_shares {
            let places = zip(&mut levels, &of_share).filter(|(_, other)| 0 < other.weight);
            places.for_each(|(level, other)| level.take(other.first, other.weight, |sum| sum.add(other.sum)));
        }
        levels
    }
}

/// What the rows of a level say.
#[derive(Clone, Copy, Default)]
struct Level<S> {
    first: u32,
    weight: i64,
    sum: S,
}

impl<S> Level<S> {
    /// Takes more rows, the first of them at `first`, behind those that it has.
    #[inline]
    fn take(&mut self, first: u32, weight: i64, add: impl FnOnce(&mut S)) {
        if self.weight == 0 {
            self.first = first;
        }
        self.weight += weight;
        add(&mut self.sum);
    }
}

/// The runs, of about as much weight each, into which an order of codes with their weights is cut.
pub(super) fn runs(
    order: impl Iterator<Item = (usize, i64)> + Clone,
    n_codes: usize,
    n_runs: usize,
) -> Vec<u8> {
    let total: i128 = order.clone().map(|(_, weight)| i128::from(weight)).sum();
    let mut run_of_code = vec![None; n_codes];
    let (mut before, mut run, mut last) = (0, 0, None);
    for (code, weight) in order {
        // The run in which the middle of its weight lies.
        let here = (2 * before + i128::from(weight)) * n_runs as i128 / (2 * total);
        run += usize::from(last.is_some_and(|last| last != here));
        (last, before) = (Some(here), before + i128::from(weight));
        run_of_code[code] = Some(run as u8);
    }
    let absent = if last.is_some() { run as u8 + 1 } else { 0 };
    run_of_code.into_iter().map(|run| run.unwrap_or(absent)).collect()
}

impl Wide {
    fn regrouped(&self, column: &BinColumn, bin_of_code: &[u8], crew: &Crew) -> Regrouped {
        let BinKind::Category { levels: of_code, .. } = &column.kind else {
            unreachable!("only categories are wide")
        };
        let n_bins = bin_of_code.iter().max().map_or(0, |&bin| usize::from(bin) + 1);
        let mut levels = vec![Vec::new(); n_bins];
        for (&bin, of_code) in zip(bin_of_code, of_code) {
            levels[usize::from(bin)].extend_from_slice(of_code);
        }
        let mut bins = bin_of_code.to_vec();
        bins.push(n_bins as u8);
        let mut cells = vec![0; self.codes.len().next_multiple_of(BLOCK)];
        crew.each(
            zip(cells.chunks_mut(BLOCK), self.codes.chunks(BLOCK)),
            |_, (cells, codes)| {
                zip(cells, codes).for_each(|(cell, &code)| *cell = bins[usize::from(code)]);
            },
        );
        let kind = BinKind::Category {
            bin_of_level: vec![],
            levels,
        };
        Regrouped {
            column: BinColumn { n_bins, kind },
            cells,
        }
    }
}
