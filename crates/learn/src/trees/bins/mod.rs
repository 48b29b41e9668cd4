//! Features as bins: a byte a cell. Trees are grown on these alone.

mod category;
mod cells;
mod mark;
mod number;
mod regroup;
mod share;
mod view;

use bundle::model::SplitRule;
use prepare::{FeatureColumn, Features};
use rayon::prelude::*;

pub(crate) use self::cells::{Cells, Column, Group, TILE};
pub(crate) use self::mark::mark;
use self::regroup::Wide;
pub(crate) use self::regroup::{Grouping, Regrouped};
use self::share::Share;
pub(crate) use self::view::View;
use crate::LearnError;
use crate::parts::{Parts, go_through};
use crate::weights::Weights;

/// The table in bins.
#[derive(Debug)]
pub(crate) struct Bins {
    /// The features that vary.
    pub(crate) columns: Vec<BinColumn>,
    seats: Vec<Seat>,
    pub(crate) cells: Cells,
    /// The categories that each tree puts into bins of its own.
    wide: Vec<Wide>,
    /// The features of the table that the columns are.
    features: Vec<usize>,
    max_bins: usize,
}

/// How a table is put into bins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    /// The bins of a feature at most, missing apart.
    pub(crate) max_bins: usize,
    pub(crate) many_levels: ManyLevels<'a>,
    /// About how many rows are added up for a split: so much is saved where features share a column.
    pub(crate) rows_per_split: usize,
}

/// What is done with a category of more levels than bins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ManyLevels<'a> {
    /// The lightest levels share a bin.
    Share,
    /// Levels are put in order by the mean of these numbers, one a row, and neighbours share a bin.
    ByTarget(&'a [i64]),
    /// Each tree does so anew by what its rows say.
    ByTree,
}

/// One feature in bins; missing has the bin after the last.
#[derive(Debug)]
pub(crate) struct BinColumn {
    /// The bins of values; the bin of missing values has this number.
    pub(crate) n_bins: usize,
    pub(crate) kind: BinKind,
}

/// What the bins of a feature stand for.
#[derive(Debug)]
pub(crate) enum BinKind {
    /// Bin `b` holds the numbers above threshold `b - 1` up to threshold `b`.
    Number { thresholds: Vec<f64> },
    /// The bin of each level, and the levels of each bin.
    Category {
        bin_of_level: Vec<u16>,
        levels: Vec<Vec<u32>>,
    },
}

/// Where the bins of a feature stand.
#[derive(Debug)]
enum Seat {
    /// In a column of the cells.
    Own(usize),
    /// In one that features share.
    Shared(usize, Box<Share>),
    /// In a column that each tree makes of these codes.
    Wide(usize),
}

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BinSet([u64; 4]);

impl Rules<'_> {
    /// A byte a cell and nothing more.
    pub(crate) fn plain(max_bins: usize) -> Rules<'static> {
        Rules {
            max_bins,
            many_levels: ManyLevels::Share,
            rows_per_split: 0,
        }
    }
}

impl Bins {
    /// Puts the features into bins. Edges depend on the values of `edge_rows` and their weights, so that a whole weight
    /// equals repeated rows.
    pub(crate) fn new(
        features: &Features,
        weights: &Weights,
        edge_rows: &[usize],
        rules: &Rules<'_>,
    ) -> Bins {
        let columns = columns(features, weights, edge_rows, rules);
        let mut bins = Bins::with_room(features.n_rows, columns, rules);
        bins.fill(0, features);
        bins.close_up(rules)
    }

    /// Puts a table into bins part after part, as [`Bins::new`] does the whole: edges are found on the way through, and
    /// the second time its cells are put into bins. `edge_rows` ascend; `order` is asked for the order of the columns, given
    /// the table of these rows.
    ///
    /// # Errors
    /// [`LearnError::Parts`] if the parts do not fit together, or what is wrong with a value.
    pub(crate) fn in_parts(
        parts: &dyn Parts,
        n_rows: usize,
        weights: &Weights,
        edge_rows: &[usize],
        rules: &Rules<'_>,
        order: impl FnOnce(&Features) -> Vec<usize>,
    ) -> Result<Bins, LearnError> {
        let mut looked_at = parts.columns();
        let mut rest = edge_rows;
        go_through(parts, n_rows, |first, part| {
            let n_here = rest.partition_point(|&row| row < first + part.n_rows);
            let here: Vec<usize> = rest[..n_here].iter().map(|row| row - first).collect();
            rest = &rest[n_here..];
            looked_at.n_rows += n_here;
            let columns = looked_at.columns.iter_mut().zip(&part.columns);
            columns.for_each(|(column, part)| column.append(part.take(&here)));
        })?;
        let rows: Vec<u32> = edge_rows.iter().map(|&row| row as u32).collect();
        let all: Vec<usize> = (0..rows.len()).collect();
        let columns = columns(&looked_at, &weights.of_rows(&rows), &all, rules);
        let mut bins = Bins::with_room(n_rows, columns, rules);
        go_through(parts, n_rows, |first, part| bins.fill(first, part))?;
        Ok(bins.close_up(rules).in_order(&order(&looked_at)))
    }

    fn with_room(n_rows: usize, columns: Vec<BinColumn>, rules: &Rules<'_>) -> Bins {
        let (mut seats, mut wide, mut n_own) = (vec![], vec![], 0);
        for column in &columns {
            if rules.max_bins < column.n_bins {
                seats.push(Seat::Wide(wide.len()));
                wide.push(Wide::with_room(n_rows));
            } else {
                seats.push(Seat::Own(n_own));
                n_own += 1;
            }
        }
        Bins {
            features: (0..columns.len()).collect(),
            cells: Cells::with_room(n_rows, n_own),
            max_bins: rules.max_bins,
            columns,
            seats,
            wide,
        }
    }

    /// Puts rows into bins, the first of them at `first`.
    fn fill(&mut self, first: usize, features: &Features) {
        let mut own = Vec::with_capacity(self.columns.len());
        for ((seat, column), values) in self.seats.iter().zip(&self.columns).zip(&features.columns) {
            match seat {
                Seat::Wide(number) => self.wide[*number].fill(first, values, &column.kind),
                _ => own.push((values, &column.kind)),
            }
        }
        self.cells.fill(first, features.n_rows, &own);
    }

    /// Puts the columns into an order, so that what is drawn of them, or decides between equals, follows it.
    pub(crate) fn in_order(mut self, order: &[usize]) -> Bins {
        let mut place_of_feature = vec![None; order.len()];
        let places = self.features.iter().zip(0..);
        places.for_each(|(&feature, place)| place_of_feature[feature] = Some(place));
        let order = order.iter().filter_map(|&feature| place_of_feature[feature]);
        let order: Vec<usize> = order.collect();
        self.keep(&order);
        self
    }

    /// Keeps the features at some places, in this order.
    fn keep(&mut self, places: &[usize]) {
        fn taken<T>(all: &mut Vec<T>, places: &[usize]) -> Vec<T> {
            let mut all: Vec<Option<T>> = all.drain(..).map(Some).collect();
            places.iter().filter_map(|&place| all[place].take()).collect()
        }
        self.columns = taken(&mut self.columns, places);
        self.seats = taken(&mut self.seats, places);
        self.features = taken(&mut self.features, places);
    }

    /// The features of the table, column by column.
    pub(crate) fn features(&self) -> &[usize] {
        &self.features
    }

    /// Whether any category has bins of each tree's own.
    pub(crate) fn any_wide(&self) -> bool {
        self.seats.iter().any(|seat| matches!(seat, Seat::Wide(_)))
    }

    /// The table as all trees see it that have no bins of their own.
    pub(crate) fn view(&self) -> View<'_> {
        View::new(self, &[])
    }
}

fn columns(features: &Features, weights: &Weights, edge_rows: &[usize], rules: &Rules<'_>) -> Vec<BinColumn> {
    let kind = |column: &FeatureColumn| match column {
        FeatureColumn::Number(values) => number::kind(values, weights, edge_rows, rules.max_bins),
        FeatureColumn::Category { codes, n_levels } => {
            category::kind((codes, *n_levels), weights, edge_rows, rules)
        }
    };
    let kinds: Vec<BinKind> = features.columns.par_iter().map(kind).collect();
    kinds.into_iter().map(BinColumn::new).collect()
}

impl BinColumn {
    fn new(kind: BinKind) -> BinColumn {
        let n_bins = match &kind {
            BinKind::Number { thresholds } => thresholds.len() + 1,
            BinKind::Category { levels, .. } => levels.len(),
        };
        BinColumn { n_bins, kind }
    }

    /// Whether the bins are those of a number.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind, BinKind::Number { .. })
    }

    /// The rule of a model's split that sends the rows of these bins to the left.
    pub(crate) fn rule(&self, left: &BinSet) -> SplitRule {
        match &self.kind {
            BinKind::Number { thresholds } => {
                let last = (0..self.n_bins)
                    .rev()
                    .find(|&bin| left.contains(bin))
                    .unwrap_or(0);
                // All numbers against missing: every number is at most the largest.
                SplitRule::AtMost(thresholds.get(last).copied().unwrap_or(f64::MAX))
            }
            BinKind::Category { levels, .. } => {
                let bins = levels.iter().enumerate().filter(|(bin, _)| left.contains(*bin));
                SplitRule::AnyOf(bins.flat_map(|(_, levels)| levels.iter().copied()).collect())
            }
        }
    }
}

impl BinKind {
    /// Writes the bins of the rows from `start` on, as many as `out` takes.
    fn fill<'a>(&self, column: &FeatureColumn, start: usize, out: impl Iterator<Item = &'a mut u8>) {
        match (self, column) {
            (BinKind::Number { thresholds }, FeatureColumn::Number(values)) => {
                number::fill(thresholds, &values[start..], out);
            }
            (BinKind::Category { bin_of_level, levels }, FeatureColumn::Category { codes, .. }) => {
                let bins = category::bins(bin_of_level, levels.len(), &codes[start..]);
                out.zip(bins).for_each(|(out, bin)| *out = bin as u8);
            }
            _ => unreachable!("bins are of the kind of their feature"),
        }
    }
}

impl BinSet {
    /// The numbers below `end` that are chosen.
    pub(crate) fn of(end: usize, is_in: impl Fn(usize) -> bool) -> BinSet {
        let mut set = BinSet::default();
        (0..end).filter(|&bin| is_in(bin)).for_each(|bin| set.insert(bin));
        set
    }

    #[inline(always)]
    pub(crate) fn contains(&self, bin: usize) -> bool {
        self.0[(bin / 64) & 3] >> (bin % 64) & 1 == 1
    }

    /// A bit a bin.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        std::array::from_fn(|byte| self.0[byte / 8].to_le_bytes()[byte % 8])
    }

    pub(crate) fn insert(&mut self, bin: usize) {
        self.0[(bin / 64) & 3] |= 1 << (bin % 64);
    }

    /// The bins below `end`.
    pub(crate) fn below(end: usize) -> BinSet {
        BinSet(std::array::from_fn(|word| match end.saturating_sub(64 * word) {
            0 => 0,
            bits @ 1..64 => (1 << bits) - 1,
            _ => u64::MAX,
        }))
    }
}
