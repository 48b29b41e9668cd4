//! One tree, grown leaf by leaf, the most gainful first.

use std::ops::Range;

use rayon::prelude::*;

use super::bins::{BinSet, Bins};
use super::find::{Finder, Node, Split};
use super::gradient::{Cell, Scale};
use super::histogram::{NodeRows, Shape, take_away};
use super::partition::partition;
use super::settings::Settings;
use crate::weights::Weights;

/// From this many cells on, the features of a node are shared out among threads.
const PARALLEL_CELLS: usize = 16_384;

/// A tree in bins.
#[derive(Debug)]
pub(super) struct Tree {
    /// The first is the root; children stand after their parents.
    pub(super) nodes: Vec<TreeNode>,
    /// The rows of the leaves, leaf after leaf.
    pub(super) rows: Vec<u32>,
}

/// A node of a tree in bins.
#[derive(Debug)]
pub(super) enum TreeNode {
    Leaf {
        rows: Range<usize>,
        cover: f64,
    },
    Split {
        feature: usize,
        left_bins: BinSet,
        left: usize,
        right: usize,
        cover: f64,
    },
}

/// What the growing of a tree looks at.
pub(super) struct Grower<'a, C> {
    pub(super) bins: &'a Bins,
    pub(super) weights: &'a Weights,
    pub(super) settings: &'a Settings,
    /// The features that the tree may use, ascending.
    pub(super) features: &'a [usize],
    pub(super) cells: &'a [C],
    pub(super) scale: Scale,
}

/// A leaf that may be split.
struct Leaf<C> {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    weight: f64,
    total: C,
    histogram: Vec<C>,
    split: Option<Split<C>>,
}

impl<C: Cell> Grower<'_, C> {
    /// Grows a tree on `rows`, which ascend.
    pub(super) fn grow(&self, rows: Vec<u32>) -> Tree {
        let shape = Shape::new(self.bins, self.features);
        let mut room = vec![0; rows.len()];
        let weight = self.weight(&rows);
        let root = TreeNode::Leaf {
            rows: 0..rows.len(),
            cover: weight,
        };
        let mut tree = Tree {
            nodes: vec![root],
            rows,
        };
        let mut leaves = vec![self.root(&tree.rows, weight, &shape)];
        while leaves.len() < self.settings.max_leaves {
            let Some((position, split)) = most_gainful(&leaves) else {
                break;
            };
            let leaf = leaves.remove(position);
            let [left, right] = self.split(&mut tree, &mut room, leaf, &split, &shape, leaves.len() + 2);
            leaves.insert(position, left);
            leaves.push(right);
        }
        tree
    }

    fn root(&self, rows: &[u32], weight: f64, shape: &Shape) -> Leaf<C> {
        let mut histogram = vec![C::default(); shape.n_cells()];
        let node_rows = NodeRows::gather(rows, self.cells);
        let total = node_rows.total();
        let finder = Finder::new(self.settings, &self.scale, Node { total, rows: weight });
        let splits = self.each_feature(rows.len(), shape.cut(&mut histogram), |feature, histogram| {
            let column = &self.bins.columns[feature];
            node_rows.add_up(column, histogram);
            finder.find(feature, column, histogram)
        });
        let split = best(splits.into_iter());
        Leaf {
            node: 0,
            rows: 0..rows.len(),
            depth: 0,
            weight,
            total,
            histogram,
            split,
        }
    }

    /// Parts a leaf in two, each with its own best split.
    fn split(
        &self,
        tree: &mut Tree,
        room: &mut [u32],
        leaf: Leaf<C>,
        split: &Split<C>,
        shape: &Shape,
        n_leaves: usize,
    ) -> [Leaf<C>; 2] {
        let Range { start, end } = leaf.rows;
        let column = &self.bins.columns[split.feature];
        let n_left = partition(
            &mut tree.rows[start..end],
            &mut room[start..end],
            column,
            &split.left_bins,
        );
        let middle = start + n_left;
        let ranges = [start..middle, middle..end];
        let left_weight = self.weight(&tree.rows[ranges[0].clone()]);
        let weights = [left_weight, leaf.weight - left_weight];
        let totals = [split.left, leaf.total.minus(split.left)];
        let [left, right] = tree.push_children(leaf.node, split, &ranges, weights);
        let child = |side: usize, node, histogram, split| Leaf {
            node,
            rows: ranges[side].clone(),
            depth: leaf.depth + 1,
            weight: weights[side],
            total: totals[side],
            histogram,
            split,
        };
        if n_leaves == self.settings.max_leaves || self.settings.max_depth <= leaf.depth + 1 {
            return [child(0, left, vec![], None), child(1, right, vec![], None)];
        }
        // The smaller side is added up, the larger is what is left of the whole.
        let small = usize::from(ranges[1].len() < ranges[0].len());
        let nodes = [0, 1].map(|side| Node {
            total: totals[side],
            rows: weights[side],
        });
        let rows = &tree.rows[ranges[small].clone()];
        let [(a, split_a), (b, split_b)] = self.find_both(rows, small, leaf.histogram, nodes, shape);
        [child(0, left, a, split_a), child(1, right, b, split_b)]
    }

    /// The histograms of the left and the right side, and the best split of each; `rows` are those of side `small`.
    fn find_both(
        &self,
        rows: &[u32],
        small: usize,
        mut whole: Vec<C>,
        nodes: [Node<C>; 2],
        shape: &Shape,
    ) -> [(Vec<C>, Option<Split<C>>); 2] {
        let mut part = vec![C::default(); shape.n_cells()];
        let node_rows = NodeRows::gather(rows, self.cells);
        let finders = nodes.map(|node| Finder::new(self.settings, &self.scale, node));
        let pairs = shape
            .cut(&mut part)
            .into_iter()
            .zip(shape.cut(&mut whole))
            .collect();
        let splits = self.each_feature(
            rows.len(),
            pairs,
            |feature, (part, whole): (&mut [C], &mut [C])| {
                let column = &self.bins.columns[feature];
                node_rows.add_up(column, part);
                take_away(whole, part);
                [
                    finders[small].find(feature, column, part),
                    finders[1 - small].find(feature, column, whole),
                ]
            },
        );
        let [of_part, of_whole] = [0, 1].map(|which| best(splits.iter().map(|found| found[which])));
        match small {
            0 => [(part, of_part), (whole, of_whole)],
            _ => [(whole, of_whole), (part, of_part)],
        }
    }

    /// Does `work` for each feature with its item, on all threads if that is worth it; answers in order.
    fn each_feature<T: Send, R: Send>(
        &self,
        n_rows: usize,
        items: Vec<T>,
        work: impl Fn(usize, T) -> R + Sync,
    ) -> Vec<R> {
        if n_rows * items.len() < PARALLEL_CELLS {
            return items
                .into_iter()
                .zip(self.features)
                .map(|(item, &feature)| work(feature, item))
                .collect();
        }
        items
            .into_par_iter()
            .zip(self.features)
            .map(|(item, &feature)| work(feature, item))
            .collect()
    }

    /// The weight of rows: whole units, so their sum has no order.
    fn weight(&self, rows: &[u32]) -> f64 {
        let units: i64 = match self.weights.are_equal() {
            true => rows.len() as i64,
            false => rows.iter().map(|&row| self.weights.of(row as usize)).sum(),
        };
        units as f64 * self.weights.unit
    }
}

impl Tree {
    fn push_children<C>(
        &mut self,
        node: usize,
        split: &Split<C>,
        ranges: &[Range<usize>; 2],
        covers: [f64; 2],
    ) -> [usize; 2] {
        let (left, right) = (self.nodes.len(), self.nodes.len() + 1);
        let (feature, left_bins, cover) = (split.feature, split.left_bins, covers[0] + covers[1]);
        self.nodes[node] = TreeNode::Split {
            feature,
            left_bins,
            left,
            right,
            cover,
        };
        for (range, cover) in ranges.iter().zip(covers) {
            self.nodes.push(TreeNode::Leaf {
                rows: range.clone(),
                cover,
            });
        }
        [left, right]
    }

    /// The leaf that a row of the table reaches.
    pub(super) fn leaf_of(&self, bins: &Bins, row: usize) -> usize {
        let mut node = 0;
        while let TreeNode::Split {
            feature,
            left_bins,
            left,
            right,
            ..
        } = &self.nodes[node]
        {
            let bin = bins.columns[*feature].bins[row];
            node = if left_bins.contains(usize::from(bin)) {
                *left
            } else {
                *right
            };
        }
        node
    }
}

/// The leaf whose split gains most, the first of equals.
fn most_gainful<C: Cell>(leaves: &[Leaf<C>]) -> Option<(usize, Split<C>)> {
    let splits = leaves
        .iter()
        .enumerate()
        .filter_map(|(position, leaf)| Some((position, leaf.split?)));
    splits.reduce(|best, next| if best.1.gain < next.1.gain { next } else { best })
}

/// The most gainful split, the first of equals: features come in ascending order.
fn best<C: Cell>(splits: impl Iterator<Item = Option<Split<C>>>) -> Option<Split<C>> {
    splits
        .flatten()
        .reduce(|best, next| if best.gain < next.gain { next } else { best })
}
