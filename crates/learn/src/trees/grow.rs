//! One tree, grown leaf by leaf.

use std::ops::Range;

use rayon::prelude::*;

use super::bins::{Bins, Cells};
use super::constraints::{Limits, Paths};
use super::find::{Finder, Node, Split};
use super::gradient::{Mode, Scale, Sum, Sums};
use super::histogram::{Adder, Entry, Shape, take_away};
use super::partition::{Rule, partition};
use super::settings::{Growth, Settings};
use super::tree::{Tree, TreeNode};
use crate::weights::Weights;

/// From so many sums on, the features of a node are shared out among threads.
const PARALLEL_SUMS: usize = 1 << 14;

/// Below so many sums, the two sides of a split are looked at one after the other.
const FEW_SUMS: usize = 1024;

/// What a leaf knows of the rows that it was made from.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Where they stand among the entries.
    pub(crate) rows: Range<usize>,
    pub(crate) sums: Sums,
    /// What the leaf's value must lie within.
    pub(crate) limits: Limits,
}

/// What the growing of a tree looks at.
pub(crate) struct Grower<'a> {
    pub(crate) bins: &'a Bins,
    /// The cells of the rows that the tree learns from; entries name rows of these.
    pub(crate) cells: &'a Cells,
    /// The weights of these rows.
    pub(crate) weights: &'a Weights,
    pub(crate) settings: &'a Settings,
    /// The features that the tree may use, ascending.
    pub(crate) features: &'a [usize],
    pub(crate) scale: Scale,
    /// The threads at most that share a node.
    pub(crate) n_threads: usize,
}

/// Rooms that trees use one after the other.
pub(crate) struct Rooms<M: Mode> {
    /// The rows that the tree learns from; when it is grown, leaf after leaf.
    pub(crate) entries: Vec<Entry<M::Row>>,
    spare: Vec<Entry<M::Row>>,
    histograms: Vec<Vec<M::Sum>>,
    /// One for each thread.
    adders: Vec<Adder<M>>,
}

/// A leaf that may be split.
struct Leaf<S> {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    weight: f64,
    total: S,
    histogram: Vec<S>,
    split: Option<Split<S>>,
    limits: Limits,
    paths: Paths,
}

impl<S: Sum> Leaf<S> {
    fn as_node(&self) -> Node<S> {
        Node {
            total: self.total,
            rows: self.weight,
        }
    }
}

impl<M: Mode> Rooms<M> {
    pub(crate) fn new() -> Rooms<M> {
        Rooms {
            entries: vec![],
            spare: vec![],
            histograms: vec![],
            adders: vec![],
        }
    }

    fn histogram(&mut self, n_sums: usize) -> Vec<M::Sum> {
        let mut histogram = self.histograms.pop().unwrap_or_default();
        histogram.resize(n_sums, M::Sum::default());
        histogram
    }

    fn give_back(&mut self, histogram: Vec<M::Sum>) {
        if histogram.capacity() != 0 {
            self.histograms.push(histogram);
        }
    }
}

impl Grower<'_> {
    /// Grows a tree on the entries of `rooms`.
    pub(crate) fn grow<M: Mode>(&self, rooms: &mut Rooms<M>) -> Tree<Rows> {
        let shape = Shape::new(self.bins, self.cells, self.features);
        let filler = rooms.entries.first().copied();
        rooms
            .spare
            .resize_with(rooms.entries.len(), || filler.expect("there is an entry"));
        rooms.adders.resize_with(self.n_threads, Adder::new);
        let mut tree = Tree { nodes: vec![] };
        let root = self.root(rooms, &shape);
        tree.nodes.push(self.leaf_node(&root));
        let mut leaves = vec![root];
        while leaves.len() < self.settings.max_leaves {
            let Some(position) = self.next(&leaves) else {
                break;
            };
            let leaf = leaves.remove(position);
            let [left, right] = self.split(&mut tree, rooms, leaf, &shape, leaves.len() + 2);
            leaves.insert(position, left);
            leaves.push(right);
        }
        for leaf in leaves {
            rooms.give_back(leaf.histogram);
        }
        tree
    }

    /// The leaf to split next: the most gainful, of those nearest to the root if it grows level by level.
    fn next<S: Sum>(&self, leaves: &[Leaf<S>]) -> Option<usize> {
        let level = |leaf: &Leaf<S>| match self.settings.growth {
            Growth::Leaf => 0,
            Growth::Level => leaf.depth,
        };
        let gains = leaves
            .iter()
            .enumerate()
            .filter_map(|(position, leaf)| Some((position, level(leaf), leaf.split?.gain)));
        let first = gains.reduce(|best, next| {
            let is_better = next.1 < best.1 || (next.1 == best.1 && best.2 < next.2);
            if is_better { next } else { best }
        });
        first.map(|(position, ..)| position)
    }

    fn root<M: Mode>(&self, rooms: &mut Rooms<M>, shape: &Shape) -> Leaf<M::Sum> {
        let weight = self.weight(&rooms.entries);
        let mut histogram = rooms.histogram(shape.n_sums());
        shape.add_up::<M>(self.cells, &rooms.entries, &mut histogram, &mut rooms.adders);
        let total = self.total::<M>(&rooms.entries, &histogram[..], shape);
        let (limits, paths) = (Limits::default(), self.settings.interactions.start());
        let finder = self.finder(Node { total, rows: weight }, limits);
        let split = self.find(&finder, &histogram, shape, &paths);
        Leaf {
            node: 0,
            rows: 0..rooms.entries.len(),
            depth: 0,
            weight,
            total,
            histogram,
            split,
            limits,
            paths,
        }
    }

    /// The sums of all rows: those of the first feature's bins, which hold each row once.
    fn total<M: Mode>(&self, entries: &[Entry<M::Row>], histogram: &[M::Sum], shape: &Shape) -> M::Sum {
        let mut total = M::Sum::default();
        if self.features.is_empty() {
            for entry in entries {
                M::pour(M::widen(entry.derivatives), &mut total);
            }
        } else {
            histogram[shape.range(0)].iter().for_each(|&sum| total.add(sum));
        }
        total
    }

    /// Parts a leaf in two, each with its own best split.
    ///
    /// The smaller side is added up, the larger is what is left of the whole.
    fn split<M: Mode>(
        &self,
        tree: &mut Tree<Rows>,
        rooms: &mut Rooms<M>,
        leaf: Leaf<M::Sum>,
        shape: &Shape,
        n_leaves: usize,
    ) -> [Leaf<M::Sum>; 2] {
        let split = leaf.split.expect("only a leaf with a split is split");
        let is_last = n_leaves == self.settings.max_leaves || self.settings.max_depth <= leaf.depth + 1;
        let small_left = self.finder(leaf.as_node(), leaf.limits).is_lighter(split.left);
        let rows = leaf.rows.clone();
        let rule = Rule::new(self.cells, split.feature, &split.left_bins);
        let (entries, spare) = (&mut rooms.entries[rows.clone()], &mut rooms.spare[rows.clone()]);
        let middle = rows.start + partition(entries, spare, &rule, self.n_threads);
        let ranges = [rows.start..middle, middle..rows.end];
        let mut children = self.children::<M>(tree, rooms, &leaf, &split, ranges.clone());
        if is_last {
            rooms.give_back(leaf.histogram);
            return children;
        }
        let mut part = rooms.histogram(shape.n_sums());
        let small = ranges[usize::from(!small_left)].clone();
        shape.add_up::<M>(self.cells, &rooms.entries[small], &mut part, &mut rooms.adders);
        let mut whole = leaf.histogram;
        take_away(&mut whole, &part);
        let [left, right] = &mut children;
        let (small, large) = if small_left { (left, right) } else { (right, left) };
        (small.histogram, large.histogram) = (part, whole);
        let find = |child: &mut Leaf<M::Sum>| {
            let finder = self.finder(child.as_node(), child.limits);
            child.split = self.find(&finder, &child.histogram, shape, &child.paths);
        };
        let [left, right] = &mut children;
        match self.n_threads == 1 || shape.n_sums() < FEW_SUMS {
            true => [left, right].into_iter().for_each(find),
            false => drop(rayon::join(|| find(left), || find(right))),
        }
        children
    }

    /// The leaves that a split makes of a leaf, which become nodes of the tree.
    fn children<M: Mode>(
        &self,
        tree: &mut Tree<Rows>,
        rooms: &Rooms<M>,
        leaf: &Leaf<M::Sum>,
        split: &Split<M::Sum>,
        ranges: [Range<usize>; 2],
    ) -> [Leaf<M::Sum>; 2] {
        let left_weight = self.weight(&rooms.entries[ranges[0].clone()]);
        let weights = [left_weight, leaf.weight - left_weight];
        let totals = [split.left, leaf.total.minus(split.left)];
        let nodes = [0, 1].map(|side| Node {
            total: totals[side],
            rows: weights[side],
        });
        let limits = self.finder(nodes[0], leaf.limits).limits_below(split, nodes);
        let first = tree.nodes.len();
        let children = [0, 1].map(|side| Leaf {
            node: first + side,
            rows: ranges[side].clone(),
            depth: leaf.depth + 1,
            weight: weights[side],
            total: totals[side],
            histogram: vec![],
            split: None,
            limits: limits[side],
            paths: leaf.paths.after(split.feature, &self.settings.interactions),
        });
        tree.nodes[leaf.node] = TreeNode::Split {
            feature: split.feature,
            left_bins: split.left_bins,
            left: first,
            right: first + 1,
            cover: leaf.weight,
        };
        tree.nodes
            .extend(children.iter().map(|child| self.leaf_node(child)));
        children
    }

    /// The most gainful split, the first of equals: features come in ascending order.
    fn find<S: Sum>(
        &self,
        finder: &Finder<'_, S>,
        histogram: &[S],
        shape: &Shape,
        paths: &Paths,
    ) -> Option<Split<S>> {
        if !finder.may_split() {
            return None;
        }
        let find = |position: usize| {
            let feature = self.features[position];
            let is_allowed = paths.allow(feature, &self.settings.interactions);
            let sums = &histogram[shape.range(position)];
            is_allowed
                .then(|| finder.find(feature, &self.bins.columns[feature], sums))
                .flatten()
        };
        let better = |best: Split<S>, next: Split<S>| {
            let is_better = best.gain < next.gain || (best.gain == next.gain && next.feature < best.feature);
            if is_better { next } else { best }
        };
        if self.n_threads == 1 || histogram.len() < PARALLEL_SUMS {
            return (0..self.features.len()).filter_map(find).reduce(better);
        }
        (0..self.features.len())
            .into_par_iter()
            .filter_map(find)
            .reduce_with(better)
    }

    fn finder<S: Sum>(&self, node: Node<S>, limits: Limits) -> Finder<'_, S> {
        Finder::new(self.settings, &self.scale, node, limits)
    }

    fn leaf_node<S: Sum>(&self, leaf: &Leaf<S>) -> TreeNode<Rows> {
        TreeNode::Leaf {
            cover: leaf.weight,
            leaf: Rows {
                rows: leaf.rows.clone(),
                sums: leaf.total.scaled(&self.scale, 0.0),
                limits: leaf.limits,
            },
        }
    }

    /// The weight of rows: whole units, so their sum has no order.
    fn weight<R>(&self, entries: &[Entry<R>]) -> f64 {
        let units: i64 = match self.weights.are_equal() {
            true => entries.len() as i64,
            false => entries
                .iter()
                .map(|entry| self.weights.of(entry.row as usize))
                .sum(),
        };
        units as f64 * self.weights.unit
    }
}
