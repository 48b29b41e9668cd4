//! Features as bins: a byte a cell. Trees are grown on these alone.
//!
//! Cells stand in tiles of up to eight features, row after row: what is read for one feature of a row serves the
//! others of its tile, and the histograms of a tile fit the first-level cache together.

mod category;
mod number;

use bundle::model::SplitRule;
use prepare::{FeatureColumn, Features};
use rayon::prelude::*;

use super::gradient::BLOCK;
use crate::weights::Weights;

/// The features of a tile at most.
pub(super) const TILE: usize = 8;

/// The table in bins.
#[derive(Debug)]
pub(super) struct Bins {
    pub(super) n_rows: usize,
    pub(super) columns: Vec<BinColumn>,
    pub(super) tiles: Vec<Tile>,
}

/// One feature in bins; missing has the bin after the last.
#[derive(Debug)]
pub(super) struct BinColumn {
    /// The bins of values; the bin of missing values has this number.
    pub(super) n_bins: usize,
    pub(super) kind: BinKind,
    /// The tile in which its cells stand, and where in each row of it.
    pub(super) tile: usize,
    pub(super) slot: usize,
}

/// What the bins of a feature stand for.
#[derive(Debug)]
pub(super) enum BinKind {
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
pub(super) struct Tile {
    /// How many features.
    width: usize,
    /// The bins, `(n_rows, width)`, and [`TILE`] bytes more, so that any row can be read as a whole tile.
    cells: Vec<u8>,
}

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BinSet([u64; 4]);

impl Bins {
    /// Puts the features into at most `max_bins` bins each. Edges depend on the values of `edge_rows` and their
    /// weights, so that a whole weight equals repeated rows.
    pub(super) fn new(features: &Features, weights: &Weights, edge_rows: &[usize], max_bins: usize) -> Bins {
        let kind = |column: &FeatureColumn| match column {
            FeatureColumn::Number(values) => number::kind(values, weights, edge_rows, max_bins),
            FeatureColumn::Category { codes, n_levels } => {
                category::kind(codes, *n_levels, weights, edge_rows, max_bins)
            }
        };
        let kinds: Vec<BinKind> = features.columns.par_iter().map(kind).collect();
        let columns: Vec<BinColumn> = kinds.into_iter().enumerate().map(BinColumn::new).collect();
        let tiles = (0..columns.len().div_ceil(TILE))
            .map(|tile| Tile::new(tile * TILE, features, &columns))
            .collect();
        Bins {
            n_rows: features.n_rows,
            columns,
            tiles,
        }
    }

    /// The bin of a row's feature.
    #[inline(always)]
    pub(super) fn bin(&self, column: &BinColumn, row: usize) -> usize {
        let tile = &self.tiles[column.tile];
        usize::from(tile.cells[row * tile.width + column.slot])
    }
}

impl Tile {
    fn new(first: usize, features: &Features, columns: &[BinColumn]) -> Tile {
        let width = TILE.min(columns.len() - first);
        let mut cells = vec![0; features.n_rows * width + TILE];
        let filled = features.n_rows * width;
        cells[..filled]
            .par_chunks_mut(BLOCK * width)
            .enumerate()
            .for_each(|(block, cells)| {
                let start = block * BLOCK;
                for (slot, column) in columns[first..first + width].iter().enumerate() {
                    let out = cells.iter_mut().skip(slot).step_by(width);
                    column.kind.fill(&features.columns[first + slot], start, out);
                }
            });
        Tile { width, cells }
    }

    /// The bins of a row, followed by whatever comes next.
    #[inline(always)]
    pub(super) fn row(&self, row: u32) -> &[u8; TILE] {
        let start = row as usize * self.width;
        self.cells[start..]
            .first_chunk()
            .expect("the cells end with a tile to spare")
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
            tile: feature / TILE,
            slot: feature % TILE,
        }
    }

    /// Whether the bins are those of a number.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, BinKind::Number { .. })
    }

    /// The rule of a model's split that sends the rows of these bins to the left.
    pub(super) fn rule(&self, left: &BinSet) -> SplitRule {
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
    pub(super) fn contains(&self, bin: usize) -> bool {
        self.0[(bin / 64) & 3] >> (bin % 64) & 1 == 1
    }

    pub(super) fn insert(&mut self, bin: usize) {
        self.0[(bin / 64) & 3] |= 1 << (bin % 64);
    }

    /// The bins below `end`.
    pub(super) fn below(end: usize) -> BinSet {
        let mut set = BinSet::default();
        (0..end).for_each(|bin| set.insert(bin));
        set
    }
}
