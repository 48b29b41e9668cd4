//! Features as bins: a byte a cell. Trees are grown on these alone.

mod category;
mod cells;
mod mark;
mod number;

use bundle::model::SplitRule;
use prepare::{FeatureColumn, Features};
use rayon::prelude::*;

pub(crate) use self::cells::{Cells, Column, Group, TILE};
pub(crate) use self::mark::mark;
use crate::LearnError;
use crate::parts::{Parts, go_through};
use crate::weights::Weights;

/// The table in bins.
#[derive(Debug)]
pub(crate) struct Bins {
    pub(crate) columns: Vec<BinColumn>,
    pub(crate) cells: Cells,
    /// The features of the table that the columns are.
    features: Vec<usize>,
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
        bin_of_level: Vec<u8>,
        levels: Vec<Vec<u32>>,
    },
}

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BinSet([u64; 4]);

impl Bins {
    /// Puts the features into at most `max_bins` bins each. Edges depend on the values of `edge_rows` and their
    /// weights, so that a whole weight equals repeated rows.
    pub(crate) fn new(features: &Features, weights: &Weights, edge_rows: &[usize], max_bins: usize) -> Bins {
        let columns = columns(features, weights, edge_rows, max_bins);
        let mut cells = Cells::with_room(features.n_rows, columns.len());
        cells.fill(0, features, &columns);
        Bins::of(columns, cells)
    }

    fn of(columns: Vec<BinColumn>, cells: Cells) -> Bins {
        Bins {
            features: (0..columns.len()).collect(),
            columns,
            cells,
        }
    }

    /// Puts the columns into another order, so that what is drawn of them, or decides between equals, follows it.
    pub(crate) fn in_order(mut self, order: &[usize]) -> Bins {
        let mut columns: Vec<Option<BinColumn>> = self.columns.into_iter().map(Some).collect();
        self.columns = order
            .iter()
            .filter_map(|&column| columns[column].take())
            .collect();
        self.cells.reorder(order);
        self.features = order.iter().map(|&column| self.features[column]).collect();
        self
    }

    /// The features of the table, column by column.
    pub(crate) fn features(&self) -> &[usize] {
        &self.features
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
        max_bins: usize,
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
        let columns = columns(&looked_at, &weights.of_rows(&rows), &all, max_bins);
        let mut cells = Cells::with_room(n_rows, columns.len());
        go_through(parts, n_rows, |first, part| cells.fill(first, part, &columns))?;
        Ok(Bins::of(columns, cells).in_order(&order(&looked_at)))
    }
}

fn columns(features: &Features, weights: &Weights, edge_rows: &[usize], max_bins: usize) -> Vec<BinColumn> {
    let kind = |column: &FeatureColumn| match column {
        FeatureColumn::Number(values) => number::kind(values, weights, edge_rows, max_bins),
        FeatureColumn::Category { codes, n_levels } => {
            category::kind(codes, *n_levels, weights, edge_rows, max_bins)
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
                category::fill(bin_of_level, levels.len(), &codes[start..], out);
            }
            _ => unreachable!("bins are of the kind of their feature"),
        }
    }
}

impl BinSet {
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
