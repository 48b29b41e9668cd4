//! One tree, grown depth first as far as its rows differ.

use std::ops::Range;

use stats::random::Draw;

use super::criterion::{Answer, Criterion, Drawn};
use super::draws::draws_of_tree;
use super::search::{Desk, Finder, Node, Split};
use super::settings::Settings;
use crate::trees::{Bins, Entry, Limits, Paths, Rule, Tree, TreeNode};
use crate::weights::Weights;

/// A tree and what its leaves answer.
pub(super) struct Grown {
    /// A leaf knows where its answer stands among `answers`, in numbers of outputs.
    pub(super) tree: Tree<usize>,
    /// In units of the margin, `(n_leaves, n_outputs)`.
    pub(super) answers: Vec<i64>,
}

/// What the growing of trees looks at.
pub(super) struct Grower<'a, C> {
    pub(super) bins: &'a Bins,
    pub(super) weights: &'a Weights,
    pub(super) settings: &'a Settings,
    pub(super) criterion: &'a C,
    /// The rows' numbers to tell in units, or their classes.
    pub(super) targets: &'a [i64],
    pub(super) seed: u64,
}

/// Rooms that trees use one after the other.
pub(super) struct Rooms {
    /// The rows that the tree drew; when it is grown, leaf after leaf.
    entries: Vec<Entry<Drawn>>,
    spare: Vec<Entry<Drawn>>,
    desk: Desk,
}

/// A node that is still to be split or to become a leaf.
struct Open {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    limits: Limits,
    paths: Paths,
}

impl<C: Criterion> Grower<'_, C> {
    pub(super) fn rooms(&self) -> Rooms {
        let width = self.criterion.zero().as_ref().len();
        Rooms {
            entries: vec![],
            spare: vec![],
            desk: Desk::new(self.bins.columns.len(), width),
        }
    }

    /// Grows the tree of this number; its leaves answer as `answer` says.
    pub(super) fn grow(&self, tree: usize, answer: Answer, rooms: &mut Rooms) -> Grown {
        let [rows, nodes] = draws_of_tree(self.seed, tree);
        self.draw_rows(&rows, rooms);
        rooms.desk.start();
        let mut grown = Grown {
            tree: Tree { nodes: vec![] },
            answers: vec![],
        };
        // The place of the root is taken when it has become a leaf or a split, as that of every node.
        grown.tree.nodes.push(TreeNode::Leaf { cover: 0.0, leaf: 0 });
        let mut open = vec![Open {
            node: 0,
            rows: 0..rooms.entries.len(),
            depth: 0,
            limits: Limits::default(),
            paths: self.settings.interactions.start(),
        }];
        let mut n_leaves = 0;
        while let Some(next) = open.pop() {
            let (total, is_pure) = self.total(&rooms.entries[next.rows.clone()]);
            let cover = self.criterion.weight(total.as_ref()) as f64 * self.weights.unit;
            match self.split(&next, &total, is_pure, &nodes, rooms) {
                None => {
                    answer.push(total.as_ref(), &next.limits, &mut grown.answers);
                    grown.tree.nodes[next.node] = TreeNode::Leaf {
                        cover,
                        leaf: n_leaves,
                    };
                    n_leaves += 1;
                }
                Some(split) => open.extend(self.part(next, &split, cover, rooms, &mut grown.tree)),
            }
        }
        grown
    }

    fn draw_rows(&self, rows: &Draw, rooms: &mut Rooms) {
        let entry = |row: usize, weight: i64| Entry {
            row: row as u32,
            derivatives: Drawn {
                target: self.targets[row],
                weight,
            },
        };
        let weighted = || {
            self.weights
                .rows(self.bins.cells.n_rows)
                .map(|row| (row, self.weights.of(row)))
        };
        rooms.entries.clear();
        let drawn = weighted()
            .map(|(row, units)| entry(row, self.settings.bootstrap.draw(rows, row, units)))
            .filter(|entry| entry.derivatives.weight != 0);
        rooms.entries.extend(drawn);
        if rooms.entries.is_empty() {
            rooms
                .entries
                .extend(weighted().map(|(row, units)| entry(row, units)));
        }
        rooms.spare.clone_from(&rooms.entries);
    }

    /// The sums of a node's rows, and whether all have the same target.
    fn total(&self, entries: &[Entry<Drawn>]) -> (C::Sum, bool) {
        let mut total = self.criterion.zero();
        let first = entries.first().map_or(0, |entry| entry.derivatives.target);
        let mut is_pure = true;
        for entry in entries {
            self.criterion.add(entry.derivatives, total.as_mut());
            is_pure &= entry.derivatives.target == first;
        }
        (total, is_pure)
    }

    fn split(
        &self,
        open: &Open,
        total: &C::Sum,
        is_pure: bool,
        nodes: &Draw,
        rooms: &mut Rooms,
    ) -> Option<Split> {
        let units = self.criterion.weight(total.as_ref());
        let is_small = units < 2 * self.settings.min_units_per_leaf;
        if is_pure || is_small || self.settings.max_depth <= open.depth {
            return None;
        }
        let finder = Finder {
            bins: self.bins,
            settings: self.settings,
            criterion: self.criterion,
        };
        let node = Node {
            entries: &rooms.entries[open.rows.clone()],
            total,
            limits: open.limits,
            paths: &open.paths,
        };
        let mut draw = Draw::new(nodes.at(open.node as u64), 0);
        finder.find(&node, &mut draw, &mut rooms.desk)
    }

    /// Parts the rows and makes the node a split; its children are to be split next, the left one first.
    fn part(
        &self,
        open: Open,
        split: &Split,
        cover: f64,
        rooms: &mut Rooms,
        tree: &mut Tree<usize>,
    ) -> [Open; 2] {
        let rule = Rule::new(self.bins.view().cells(split.feature), &split.left_bins);
        let (entries, spare) = (
            &mut rooms.entries[open.rows.clone()],
            &mut rooms.spare[open.rows.clone()],
        );
        let n_left = rule.part(entries, spare);
        entries.copy_from_slice(spare);
        let middle = open.rows.start + n_left;
        let rows = [open.rows.start..middle, middle..open.rows.end];
        let limits = self.limits_below(
            &open.limits,
            split,
            rows.each_ref().map(|rows| &rooms.entries[rows.clone()]),
        );
        let left = tree.nodes.len();
        tree.nodes[open.node] = TreeNode::Split {
            feature: split.feature,
            left_bins: split.left_bins,
            left,
            right: left + 1,
            cover,
        };
        let empty = || TreeNode::Leaf { cover: 0.0, leaf: 0 };
        tree.nodes.extend([empty(), empty()]);
        let child = |side: usize| Open {
            node: left + side,
            rows: rows[side].clone(),
            depth: open.depth + 1,
            limits: limits[side],
            paths: open.paths.after(split.feature, &self.settings.interactions),
        };
        [child(1), child(0)]
    }

    fn limits_below(&self, limits: &Limits, split: &Split, sides: [&[Entry<Drawn>]; 2]) -> [Limits; 2] {
        if self.settings.directions.are_free() {
            return [*limits; 2];
        }
        let value = |entries| {
            let (total, _) = self.total(entries);
            let sum = total.as_ref();
            limits.hold(sum[self.criterion.leading(sum)] as f64 / self.criterion.weight(sum) as f64)
        };
        limits.parted(self.settings.directions.of(split.feature), sides.map(value))
    }
}
