//! Many rows of a table on their way through a tree.
//!
//! A row does not go from node to node, where each step would wait for the one before: a block of rows goes through a tree
//! together, split after split or feature after feature, whichever is less work.

mod masks;
mod splits;

use self::masks::Masks;
use self::splits::Splits;
use super::bins::View;
use super::tree::{Tree, TreeNode};

/// A tree laid out for many rows.
pub(crate) struct Walker<'a, L>(Way<'a, L>);

enum Way<'a, L> {
    Splits(Splits<'a>),
    Masks(Masks<'a>),
    /// More than 256 leaves: from node to node.
    Nodes(&'a Tree<L>, View<'a>),
}

impl<'a, L> Walker<'a, L> {
    /// Takes up a tree of at most 65,535 nodes on a table.
    pub(crate) fn new(tree: &'a Tree<L>, bins: View<'a>) -> Walker<'a, L> {
        if 256 <= tree.nodes.len() / 2 {
            return Walker(Way::Nodes(tree, bins));
        }
        let splits = Splits::new(tree, bins);
        match splits.cost() <= Masks::cost(n_features(tree)) {
            true => Walker(Way::Splits(splits)),
            false => Walker(Way::Masks(Masks::new(tree, bins))),
        }
    }

    /// The leaves that the rows from `first` on, the start of a block, reach, by their positions among the tree's nodes.
    pub(crate) fn leaves(&self, first: usize, out: &mut [u16]) {
        match &self.0 {
            Way::Splits(splits) => splits.leaves(first, out),
            Way::Masks(masks) => masks.leaves(first, out),
            Way::Nodes(tree, bins) => {
                let rows = out.iter_mut().zip(first..);
                rows.for_each(|(out, row)| *out = tree.leaf_of(*bins, row) as u16);
            }
        }
    }
}

fn n_features<L>(tree: &Tree<L>) -> usize {
    let feature = |node: &TreeNode<L>| match node {
        TreeNode::Split { feature, .. } => Some(*feature),
        TreeNode::Leaf { .. } => None,
    };
    let mut features: Vec<usize> = tree.nodes.iter().filter_map(feature).collect();
    features.sort_unstable();
    features.dedup();
    features.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::{FeatureColumn, Features};
    use stats::random::Draw;

    use super::super::bins::{BinSet, Bins, Rules};
    use super::super::gradient::BLOCK;
    use super::*;
    use crate::weights::Weights;

    /// Any bins, or those of a number up to an edge, with or without the missing one.
    fn left_bins(draw: &mut Draw) -> BinSet {
        let mut left_bins = BinSet::default();
        match draw.below(3) {
            0 => (0..256)
                .filter(|_| draw.below(2) == 0)
                .for_each(|bin| left_bins.insert(bin)),
            with_missing => {
                left_bins = BinSet::below(1 + draw.below(198) as usize);
                if with_missing == 2 {
                    left_bins.insert(200);
                }
            }
        }
        left_bins
    }

    /// A tree of so many leaves, split anywhere by anything.
    fn tree(n_leaves: usize, n_features: u64, draw: &mut Draw) -> Tree<()> {
        let leaf = || TreeNode::Leaf { cover: 1.0, leaf: () };
        let mut tree = Tree { nodes: vec![leaf()] };
        let mut leaves = vec![0];
        while leaves.len() < n_leaves {
            let position = leaves.swap_remove(draw.below(leaves.len() as u64) as usize);
            let left_bins = left_bins(draw);
            let left = tree.nodes.len();
            tree.nodes[position] = TreeNode::Split {
                feature: draw.below(n_features) as usize,
                left_bins,
                left,
                right: left + 1,
                cover: 1.0,
            };
            tree.nodes.extend([leaf(), leaf()]);
            leaves.extend([left, left + 1]);
        }
        tree
    }

    #[test]
    fn rows_reach_the_leaves_that_they_reach_node_by_node() {
        let n = 5000;
        let mut draw = Draw::new(3, 1);
        let column = |_| FeatureColumn::Category {
            codes: (0..n).map(|_| draw.below(200) as u32).collect(),
            n_levels: 200,
        };
        let features = Features {
            n_rows: n,
            columns: (0..130).map(column).collect(),
        };
        let rows: Vec<usize> = (0..n).collect();
        let weights = Weights::new(None, n).unwrap();
        let bins = Bins::new(&features, &weights, &rows, &Rules::plain(255));
        let bins = bins.view();
        for n_leaves in [2, 3, 31, 64, 200, 255, 256, 257, 700] {
            let tree = tree(n_leaves, 130, &mut draw);
            let mut walkers = vec![Walker::new(&tree, bins)];
            if n_leaves <= 256 {
                walkers.push(Walker(Way::Splits(Splits::new(&tree, bins))));
                walkers.push(Walker(Way::Masks(Masks::new(&tree, bins))));
            }
            let starts = || (0..n).step_by(BLOCK);
            for (walker, first) in walkers
                .iter()
                .flat_map(|walker| starts().map(move |first| (walker, first)))
            {
                let mut found = vec![0; BLOCK.min(n - first)];
                walker.leaves(first, &mut found);
                let expected = (first..).map(|row| tree.leaf_of(bins, row) as u16);
                let expected = expected.take(found.len());
                assert!(found.iter().copied().eq(expected), "{n_leaves}");
            }
        }
    }
}
