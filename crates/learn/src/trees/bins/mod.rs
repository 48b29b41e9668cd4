//! Features as bins: a byte a cell. Trees are grown on these alone.
//!
//! Cells stand row after row in groups of up to 64 features, so that a row of a group is one line of the cache: what is
//! fetched to part rows by one feature is there when the others are added up.

mod category;
mod number;

use bundle::model::SplitRule;
use prepare::{FeatureColumn, Features};
use rayon::prelude::*;

use super::gradient::BLOCK;
use super::prefetch::prefetch;
use crate::weights::Weights;

/// The features of a tile: the histograms of so many fit the first-level cache together.
pub(crate) const TILE: usize = 8;

/// The features of a group at most, and the bytes of a line of the cache.
const GROUP: usize = 64;

/// The table in bins.
#[derive(Debug)]
pub(crate) struct Bins {
    pub(crate) n_rows: usize,
    pub(crate) columns: Vec<BinColumn>,
    pub(crate) groups: Vec<Group>,
}

/// One feature in bins; missing has the bin after the last.
#[derive(Debug)]
pub(crate) struct BinColumn {
    /// The bins of values; the bin of missing values has this number.
    pub(crate) n_bins: usize,
    pub(crate) kind: BinKind,
    /// The group in which its cells stand, and where in each row of it.
    pub(crate) group: usize,
    pub(crate) slot: usize,
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

/// The cells of some neighbouring features.
#[derive(Debug)]
pub(crate) struct Group {
    /// The bytes of a row, a multiple of [`TILE`].
    stride: usize,
    /// Where the first row starts, so that rows do not lie across lines more often than they must.
    first: usize,
    /// The bins, `(n_rows, stride)` from `first` on.
    cells: Vec<u8>,
}

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BinSet([u64; 4]);

impl Bins {
    /// Puts the features into at most `max_bins` bins each. Edges depend on the values of `edge_rows` and their
    /// weights, so that a whole weight equals repeated rows.
    pub(crate) fn new(features: &Features, weights: &Weights, edge_rows: &[usize], max_bins: usize) -> Bins {
        let kind = |column: &FeatureColumn| match column {
            FeatureColumn::Number(values) => number::kind(values, weights, edge_rows, max_bins),
            FeatureColumn::Category { codes, n_levels } => {
                category::kind(codes, *n_levels, weights, edge_rows, max_bins)
            }
        };
        let kinds: Vec<BinKind> = features.columns.par_iter().map(kind).collect();
        let columns: Vec<BinColumn> = kinds.into_iter().enumerate().map(BinColumn::new).collect();
        let groups = (0..columns.len().div_ceil(GROUP))
            .map(|group| Group::new(group * GROUP, features, &columns))
            .collect();
        Bins {
            n_rows: features.n_rows,
            columns,
            groups,
        }
    }

    /// The bin of a row's feature.
    #[inline(always)]
    pub(crate) fn bin(&self, column: &BinColumn, row: usize) -> usize {
        let group = &self.groups[column.group];
        usize::from(group.cells[group.first + row * group.stride + column.slot])
    }
}

impl Group {
    fn new(first_feature: usize, features: &Features, columns: &[BinColumn]) -> Group {
        let width = GROUP.min(columns.len() - first_feature);
        let stride = width.next_multiple_of(TILE);
        let n_cells = features.n_rows * stride;
        let mut cells = vec![0; n_cells + GROUP];
        let first = cells.as_ptr().align_offset(GROUP).min(GROUP);
        cells[first..first + n_cells]
            .par_chunks_mut(BLOCK * stride)
            .enumerate()
            .for_each(|(block, cells)| {
                let start = block * BLOCK;
                for (slot, column) in columns[first_feature..first_feature + width].iter().enumerate() {
                    let out = cells.iter_mut().skip(slot).step_by(stride);
                    column
                        .kind
                        .fill(&features.columns[first_feature + slot], start, out);
                }
            });
        Group { stride, first, cells }
    }

    /// The bins of a row in the tile that starts at a slot.
    #[inline(always)]
    pub(crate) fn tile(&self, row: u32, slot: usize) -> &[u8; TILE] {
        let start = self.first + row as usize * self.stride + slot;
        self.cells[start..].first_chunk().expect("rows are whole tiles")
    }

    /// Asks for a row to be fetched, because it is needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self, row: u32) {
        prefetch(&self.cells, self.first + row as usize * self.stride);
    }
}

impl BinColumn {
    fn new((feature, kind): (usize, BinKind)) -> BinColumn {
        let n_bins = match &kind {
            BinKind::Number { thresholds } => thresholds.len() + 1,
            BinKind::Category { levels, .. } => levels.len(),
        };
        BinColumn {
            n_bins,
            kind,
            group: feature / GROUP,
            slot: feature % GROUP,
        }
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

    pub(crate) fn insert(&mut self, bin: usize) {
        self.0[(bin / 64) & 3] |= 1 << (bin % 64);
    }

    /// The bins below `end`.
    pub(crate) fn below(end: usize) -> BinSet {
        let mut set = BinSet::default();
        (0..end).for_each(|bin| set.insert(bin));
        set
    }
}
