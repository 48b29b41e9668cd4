//! Split after split, all rows of a block are asked for the split's feature, and those that are in its leaf so far and go
//! right move to a new one. Bins and leaves are bytes, of which a vector holds many.

use super::super::bins::{BinSet, Column, View, mark};
use super::super::tree::{Tree, TreeNode};
use stats::wide::{Wide, on_wide_vectors};

/// Rows that go through a tree together.
const ABREAST: usize = 128;

/// A tree of at most 256 leaves.
pub(super) struct Splits<'a> {
    /// Each after that of its parent.
    splits: Vec<Split<'a>>,
    /// The position in the tree of each leaf, in the order in which splits made them.
    leaves: Box<[u16; 256]>,
}

/// The rows of leaf `from` that go right make up leaf `to`.
struct Split<'a> {
    column: Column<'a>,
    from: u8,
    to: u8,
    right: Right,
}

/// Which bins go right.
enum Right {
    /// So many from this one on.
    Run {
        first: u8,
        n: u8,
    },
    Any(BinSet),
}

impl<'a> Splits<'a> {
    pub(super) fn new<L>(tree: &Tree<L>, bins: View<'a>) -> Splits<'a> {
        let (mut splits, mut leaves) = (vec![], Box::new([0; 256]));
        let mut leaf_of_node = vec![0u8; tree.nodes.len()];
        // Children stand after their parents.
        for (position, node) in tree.nodes.iter().enumerate() {
            let from = leaf_of_node[position];
            leaves[usize::from(from)] = position as u16;
            if let TreeNode::Split {
                feature,
                left_bins,
                left,
                right,
                ..
            } = node
            {
                let to = splits.len() as u8 + 1;
                (leaf_of_node[*left], leaf_of_node[*right]) = (from, to);
                splits.push(Split {
                    column: bins.cells(*feature),
                    from,
                    to,
                    right: Right::new(&bins.codes(*feature, left_bins), bins.n_codes(*feature)),
                });
            }
        }
        Splits { splits, leaves }
    }

    /// About what a row costs, in tenths of a cycle.
    pub(super) fn cost(&self) -> usize {
        let of_split = |split: &Split<'_>| match split.right {
            Right::Run { .. } => 4,
            Right::Any(_) => 9,
        };
        self.splits.iter().map(of_split).sum()
    }

    /// The leaves that the rows from `first` on reach, by their positions among the tree's nodes.
    pub(super) fn leaves(&self, first: usize, out: &mut [u16]) {
        for (out, first) in out.chunks_mut(ABREAST).zip((first..).step_by(ABREAST)) {
            let mut at = [0; ABREAST];
            on_wide_vectors(Go {
                splits: &self.splits,
                first,
                at: &mut at,
            });
            for (out, at) in out.iter_mut().zip(at) {
                *out = self.leaves[usize::from(at)];
            }
        }
    }
}

/// Rows before they go through a tree.
struct Go<'g, 'a> {
    splits: &'g [Split<'a>],
    first: usize,
    at: &'g mut [u8; ABREAST],
}

impl Wide for Go<'_, '_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        for split in self.splits {
            split.go(self.first, self.at);
        }
    }
}

impl Split<'_> {
    /// Moves rows on. Blocks are whole, so that there are bins also behind the last row.
    #[inline(always)]
    fn go(&self, first: usize, at: &mut [u8; ABREAST]) {
        let bins: &[u8; ABREAST] = self.column.bins(first);
        match &self.right {
            Right::Run { first, n } => {
                for (at, bin) in at.iter_mut().zip(bins) {
                    let goes = (bin.wrapping_sub(*first) < *n) & (*at == self.from);
                    *at = if goes { self.to } else { *at };
                }
            }
            Right::Any(set) => {
                let mut marks = [0; ABREAST];
                mark(set, bins, &mut marks);
                for (at, mark) in at.iter_mut().zip(marks) {
                    let goes = (mark != 0) & (*at == self.from);
                    *at = if goes { self.to } else { *at };
                }
            }
        }
    }
}

impl Right {
    /// The numbers below `n_codes` that do not go left.
    fn new(left: &BinSet, n_codes: usize) -> Right {
        let bins: Vec<usize> = (0..n_codes).filter(|&code| !left.contains(code)).collect();
        let first = bins.first().copied().unwrap_or(0);
        let last = bins.last().copied().unwrap_or(0);
        match u8::try_from(bins.len()) {
            Ok(n) if last - first < bins.len() => Right::Run {
                first: first as u8,
                n,
            },
            _ => {
                let mut set = BinSet::default();
                bins.into_iter().for_each(|bin| set.insert(bin));
                Right::Any(set)
            }
        }
    }
}
