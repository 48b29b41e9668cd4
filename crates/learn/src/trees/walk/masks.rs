//! Feature after feature, a table tells for each bin which leaves the splits by it leave open, and the first leaf that all
//! features leave open is the row's. C. Lucchese et al. (2015), QuickScorer, SIGIR, whose thresholds are single bins here.

use std::collections::BTreeMap;

use super::super::bins::{Column, View};
use super::super::tree::{Tree, TreeNode};
use stats::wide::{Wide, on_wide_vectors};

/// Rows whose leaves are kept open side by side: 8 KiB, as much as the table of a feature.
const ABREAST: usize = 256;

/// Leaves that are left open, numbered from left to right.
type Open = [u64; 4];

/// A tree of at most 256 leaves.
pub(super) struct Masks<'a> {
    /// Per column, which leaves each of its numbers leaves open.
    tables: Vec<(Column<'a>, Box<[Open; 256]>)>,
    /// The position in the tree of each leaf.
    leaves: Vec<u16>,
}

impl<'a> Masks<'a> {
    pub(super) fn new<L>(tree: &Tree<L>, bins: View<'a>) -> Masks<'a> {
        let (mut tables, mut leaves) = (vec![], vec![]);
        let mut table_of_column = BTreeMap::new();
        let n_leaves = leaves_below(tree);
        let mut unseen = vec![0];
        while let Some(position) = unseen.pop() {
            match &tree.nodes[position] {
                TreeNode::Leaf { .. } => leaves.push(position as u16),
                TreeNode::Split {
                    feature,
                    left_bins,
                    left,
                    right,
                    ..
                } => {
                    let number = *table_of_column.entry(bins.place(*feature)).or_insert_with(|| {
                        tables.push((bins.cells(*feature), Box::new([[u64::MAX; 4]; 256])));
                        tables.len() - 1
                    });
                    let closed = between(leaves.len(), leaves.len() + n_leaves[*left]);
                    let left_codes = bins.codes(*feature, left_bins);
                    let on_the_right = (0..bins.n_codes(*feature)).filter(|&code| !left_codes.contains(code));
                    for bin in on_the_right {
                        let words = tables[number].1[bin].iter_mut().zip(closed);
                        words.for_each(|(open, closed)| *open &= !closed);
                    }
                    unseen.extend([*right, *left]);
                }
            }
        }
        Masks { tables, leaves }
    }

    /// About what a row costs, in tenths of a cycle, for so many features.
    pub(super) fn cost(n_features: usize) -> usize {
        150 + 22 * n_features
    }

    /// The leaves that the rows from `first` on reach, by their positions among the tree's nodes.
    pub(super) fn leaves(&self, first: usize, out: &mut [u16]) {
        for (out, first) in out.chunks_mut(ABREAST).zip((first..).step_by(ABREAST)) {
            let mut open = [[u64::MAX; 4]; ABREAST];
            for (column, table) in &self.tables {
                on_wide_vectors(Close {
                    bins: column.bins(first),
                    table,
                    open: &mut open,
                });
            }
            for (out, open) in out.iter_mut().zip(&open) {
                *out = self.leaves[first_open(open)];
            }
        }
    }
}

/// Rows whose leaves a feature closes.
struct Close<'c> {
    bins: &'c [u8; ABREAST],
    table: &'c [Open; 256],
    open: &'c mut [Open; ABREAST],
}

impl Wide for Close<'_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        for (open, bin) in self.open.iter_mut().zip(self.bins) {
            let more = &self.table[usize::from(*bin)];
            *open = std::array::from_fn(|word| open[word] & more[word]);
        }
    }
}

/// The number of the first leaf that is open; there is one.
#[inline(always)]
fn first_open(open: &Open) -> usize {
    // Without branches, which would be guessed wrongly too often.
    let last = 192 + open[3].trailing_zeros() as usize;
    let before = |word: usize, found: usize| match open[word] {
        0 => found,
        bits => 64 * word + bits.trailing_zeros() as usize,
    };
    before(0, before(1, before(2, last))) & 255
}

/// The leaves from `first` on, below `end`.
fn between(first: usize, end: usize) -> Open {
    std::array::from_fn(|word| {
        let ones = |end: usize| match end.saturating_sub(64 * word) {
            0 => 0,
            bits @ 1..64 => (1 << bits) - 1,
            _ => u64::MAX,
        };
        ones(end) & !ones(first)
    })
}

/// How many leaves stand at or below each node; children stand after their parents.
fn leaves_below<L>(tree: &Tree<L>) -> Vec<usize> {
    let mut n_leaves = vec![1; tree.nodes.len()];
    for (position, node) in tree.nodes.iter().enumerate().rev() {
        if let TreeNode::Split { left, right, .. } = node {
            n_leaves[position] = n_leaves[*left] + n_leaves[*right];
        }
    }
    n_leaves
}
