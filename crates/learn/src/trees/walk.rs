//! Many rows of a table on their way through a tree.
//!
//! A row does not go from node to node: per feature of the tree, a table tells for each bin which leaves its splits
//! leave open, and the first leaf that all features leave open is the row's. C. Lucchese et al. (2015), QuickScorer,
//! SIGIR, whose thresholds are single bins here.

use super::bins::{BinSet, Cells};
use super::tree::{Tree, TreeNode};

/// Rows whose leaves are kept open side by side.
const ABREAST: usize = 256;

/// A tree laid out for many rows.
pub(crate) enum Walker {
    To32(Masks<1>),
    To64(Masks<2>),
    To128(Masks<4>),
    To256(Masks<8>),
    /// More leaves than that: from node to node.
    Nodes(Vec<Step>),
}

/// Which leaves are left open, `32 * W` at most, numbered from left to right.
pub(crate) struct Masks<const W: usize> {
    /// The features of the tree, those of a group together.
    groups: Vec<OfGroup<W>>,
    /// The position in the tree of each leaf.
    leaves: Vec<u16>,
}

struct OfGroup<const W: usize> {
    group: usize,
    /// Where each feature stands.
    slots: Vec<usize>,
    /// Which leaves each bin of each feature leaves open.
    tables: Vec<[[u32; W]; 256]>,
}

/// A node: what a row looks at and where it goes.
pub(crate) struct Step {
    left_bins: BinSet,
    feature: usize,
    /// The nodes on the left and on the right; a leaf leads nowhere.
    children: Option<[usize; 2]>,
}

impl Walker {
    /// Takes up a tree of at most 65,535 nodes on the table of these cells.
    pub(crate) fn new<L>(tree: &Tree<L>, cells: &Cells) -> Walker {
        match tree.nodes.len() / 2 + 1 {
            0..=32 => Walker::To32(Masks::new(tree, cells)),
            33..=64 => Walker::To64(Masks::new(tree, cells)),
            65..=128 => Walker::To128(Masks::new(tree, cells)),
            129..=256 => Walker::To256(Masks::new(tree, cells)),
            _ => Walker::Nodes(tree.nodes.iter().map(Step::new).collect()),
        }
    }

    /// The leaves that the rows from `first` on reach, by their positions among the tree's nodes.
    pub(crate) fn leaves(&self, cells: &Cells, first: usize, out: &mut [u16]) {
        match self {
            Walker::To32(masks) => masks.leaves(cells, first, out),
            Walker::To64(masks) => masks.leaves(cells, first, out),
            Walker::To128(masks) => masks.leaves(cells, first, out),
            Walker::To256(masks) => masks.leaves(cells, first, out),
            Walker::Nodes(steps) => {
                let rows = out.iter_mut().zip(first..);
                rows.for_each(|(out, row)| *out = leaf(steps, cells, row));
            }
        }
    }
}

impl<const W: usize> Masks<W> {
    fn new<L>(tree: &Tree<L>, cells: &Cells) -> Masks<W> {
        let mut masks = Masks {
            groups: vec![],
            leaves: vec![],
        };
        let n_leaves = leaves_below(tree);
        // What is still to be visited, and the number of the first leaf below.
        let mut open = vec![0];
        while let Some(position) = open.pop() {
            match &tree.nodes[position] {
                TreeNode::Leaf { .. } => masks.leaves.push(position as u16),
                TreeNode::Split {
                    feature,
                    left_bins,
                    left,
                    right,
                    ..
                } => {
                    let first = masks.leaves.len();
                    let closed = below::<W>(first + n_leaves[*left], first);
                    let table = masks.table(cells, *feature);
                    let on_the_right = (0..256).filter(|&bin| !left_bins.contains(bin));
                    for bin in on_the_right {
                        let words = table[bin].iter_mut().zip(closed);
                        words.for_each(|(open, closed)| *open &= !closed);
                    }
                    open.extend([*right, *left]);
                }
            }
        }
        masks
    }

    /// The table of a feature, which leaves everything open at first.
    fn table(&mut self, cells: &Cells, feature: usize) -> &mut [[u32; W]; 256] {
        let place = cells.place(feature);
        let groups = &mut self.groups;
        let known = groups.iter().position(|of| of.group == place.group);
        let position = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(OfGroup {
                group: place.group,
                slots: vec![],
                tables: vec![],
            });
        }
        let OfGroup { slots, tables, .. } = &mut groups[position];
        let known = slots.iter().position(|slot| *slot == place.slot);
        let position = known.unwrap_or(slots.len());
        if known.is_none() {
            slots.push(place.slot);
            tables.push([[u32::MAX; W]; 256]);
        }
        &mut tables[position]
    }

    fn leaves(&self, cells: &Cells, first: usize, out: &mut [u16]) {
        let mut open = [[u32::MAX; W]; ABREAST];
        for (out, first) in out.chunks_mut(ABREAST).zip((first..).step_by(ABREAST)) {
            open.fill([u32::MAX; W]);
            for of in &self.groups {
                let group = &cells.groups[of.group];
                for (open, row) in open[..out.len()].iter_mut().zip(first..) {
                    let bins = group.line(row);
                    for (slot, table) in of.slots.iter().zip(&of.tables) {
                        let left_open = &table[usize::from(bins[slot & 63])];
                        open.iter_mut()
                            .zip(left_open)
                            .for_each(|(open, more)| *open &= more);
                    }
                }
            }
            for (out, open) in out.iter_mut().zip(&open) {
                *out = self.leaves[first_open(open)];
            }
        }
    }
}

/// The number of the first leaf that is open; there is one.
#[inline(always)]
fn first_open<const W: usize>(open: &[u32; W]) -> usize {
    let word = open.iter().position(|word| *word != 0).unwrap_or(0);
    (32 * word + open[word].trailing_zeros() as usize) & (32 * W - 1)
}

/// The leaves from `first` on below `end`.
fn below<const W: usize>(end: usize, first: usize) -> [u32; W] {
    std::array::from_fn(|word| {
        let ones = |end: usize| match end.saturating_sub(32 * word) {
            0 => 0,
            bits @ 1..32 => (1 << bits) - 1,
            _ => u32::MAX,
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

impl Step {
    fn new<L>(node: &TreeNode<L>) -> Step {
        match node {
            TreeNode::Leaf { .. } => Step {
                left_bins: BinSet::default(),
                feature: 0,
                children: None,
            },
            TreeNode::Split {
                feature,
                left_bins,
                left,
                right,
                ..
            } => Step {
                left_bins: *left_bins,
                feature: *feature,
                children: Some([*left, *right]),
            },
        }
    }
}

fn leaf(steps: &[Step], cells: &Cells, row: usize) -> u16 {
    let mut at = 0;
    while let Some([left, right]) = steps[at].children {
        let bin = cells.bin(cells.place(steps[at].feature), row);
        at = if steps[at].left_bins.contains(usize::from(bin)) {
            left
        } else {
            right
        };
    }
    at as u16
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::{FeatureColumn, Features};
    use stats::random::Draw;

    use super::super::bins::Bins;
    use super::*;
    use crate::weights::Weights;

    /// A tree of so many leaves, split anywhere by anything.
    fn tree(n_leaves: usize, n_features: u64, draw: &mut Draw) -> Tree<()> {
        let leaf = || TreeNode::Leaf { cover: 1.0, leaf: () };
        let mut tree = Tree { nodes: vec![leaf()] };
        let mut leaves = vec![0];
        while leaves.len() < n_leaves {
            let position = leaves.swap_remove(draw.below(leaves.len() as u64) as usize);
            let mut left_bins = BinSet::default();
            (0..256)
                .filter(|_| draw.below(2) == 0)
                .for_each(|bin| left_bins.insert(bin));
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
        let n = 1000;
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
        let bins = Bins::new(&features, &Weights::new(None, n).unwrap(), &rows, 255);
        for n_leaves in [2, 3, 31, 32, 33, 64, 65, 128, 200, 256, 257, 700] {
            let tree = tree(n_leaves, 130, &mut draw);
            let walker = Walker::new(&tree, &bins.cells);
            let mut found = vec![0; n - 7];
            walker.leaves(&bins.cells, 7, &mut found);
            let expected: Vec<u16> = (7..n).map(|row| tree.leaf_of(&bins, row) as u16).collect();
            assert_eq!(found, expected, "{n_leaves}");
        }
    }
}
