//! Features as bins: a byte a cell, column by column. Trees are grown on these alone.

mod category;
mod number;

use bundle::model::SplitRule;
use prepare::{FeatureColumn, Features};
use rayon::prelude::*;

use crate::weights::Weights;

/// The table in bins.
#[derive(Debug)]
pub(super) struct Bins {
    pub(super) n_rows: usize,
    pub(super) columns: Vec<BinColumn>,
}

/// One feature in bins; missing has the bin after the last.
#[derive(Debug)]
pub(super) struct BinColumn {
    /// The bin of each row, `(n_rows,)`.
    pub(super) bins: Vec<u8>,
    /// The bins of values; the bin of missing values has this number.
    pub(super) n_bins: usize,
    pub(super) kind: BinKind,
}

/// What the bins of a feature stand for.
#[derive(Debug)]
pub(super) enum BinKind {
    /// Bin `b` holds the numbers above threshold `b - 1` up to threshold `b`.
    Number { thresholds: Vec<f64> },
    /// The levels of each bin.
    Category { levels: Vec<Vec<u32>> },
}

/// A set of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BinSet([u64; 4]);

impl Bins {
    /// Puts the features into at most `max_bins` bins each. Edges depend on the values of `edge_rows` and their
    /// weights, so that a whole weight equals repeated rows.
    pub(super) fn new(features: &Features, weights: &Weights, edge_rows: &[usize], max_bins: usize) -> Bins {
        let column = |column: &FeatureColumn| match column {
            FeatureColumn::Number(values) => number::bin(values, weights, edge_rows, max_bins),
            FeatureColumn::Category { codes, n_levels } => {
                category::bin(codes, *n_levels, weights, edge_rows, max_bins)
            }
        };
        Bins {
            n_rows: features.n_rows,
            columns: features.columns.par_iter().map(column).collect(),
        }
    }
}

impl BinColumn {
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
            BinKind::Category { levels } => {
                let bins = levels.iter().enumerate().filter(|(bin, _)| left.contains(*bin));
                SplitRule::AnyOf(bins.flat_map(|(_, levels)| levels.iter().copied()).collect())
            }
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
