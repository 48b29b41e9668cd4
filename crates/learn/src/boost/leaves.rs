//! The values of leaves: steps by the derivatives, or for losses without curvature the quantile of what rows are off by.

use std::ops::Range;

use super::desk::Round;
use super::loss::quantile;
use crate::crew::Crew;
use crate::trees::{Entry, Limits, Rows, Tree, TreeNode, leaf_step};

/// What the leaves of an output's tree are given values by.
pub(super) struct Leaves<'a, R> {
    pub(super) round: &'a Round<'a, R>,
    pub(super) output: usize,
    /// The margins of all rows before the tree.
    pub(super) margins: &'a [i64],
}

impl<R: Copy + Send + Sync> Leaves<'_, R> {
    /// The values of a tree's nodes in units, zero at splits; `entries` are its rows, leaf after leaf.
    pub(super) fn values(&self, tree: &Tree<Rows>, entries: &[Entry<R>], crew: &Crew) -> Vec<i64> {
        let problem = self.round.problem;
        let settings = &problem.settings;
        let in_units = |step: f64| problem.grid.round(settings.learning_rate * step);
        match problem.loss.leaf_level(self.output) {
            None => {
                let value = |node: &TreeNode<Rows>| match node {
                    TreeNode::Leaf { leaf, .. } => in_units(leaf_step(
                        &leaf.sums,
                        &settings.tree,
                        &leaf.limits,
                        problem.max_step,
                    )),
                    TreeNode::Split { .. } => 0,
                };
                tree.nodes.iter().map(value).collect()
            }
            Some(level) => {
                let rows = ranges(tree);
                let found = self.quantiles(tree, entries, &rows, level, crew);
                let limits = self.limits(tree, &found);
                let value = |(node, (&found, limits)): (&TreeNode<Rows>, (&f64, &Limits))| match node {
                    TreeNode::Leaf { .. } => in_units(limits.hold(found)),
                    TreeNode::Split { .. } => 0,
                };
                tree.nodes
                    .iter()
                    .zip(found.iter().zip(&limits))
                    .map(value)
                    .collect()
            }
        }
    }

    /// The quantile of what the rows of each node are off by; zero of those for whom nobody asks.
    fn quantiles(
        &self,
        tree: &Tree<Rows>,
        entries: &[Entry<R>],
        rows: &[Range<usize>],
        level: f64,
        crew: &Crew,
    ) -> Vec<f64> {
        let directions = &self.round.problem.settings.tree.directions;
        let mut is_asked = vec![false; tree.nodes.len()];
        for (position, node) in tree.nodes.iter().enumerate() {
            match node {
                TreeNode::Leaf { .. } => is_asked[position] = true,
                TreeNode::Split {
                    feature, left, right, ..
                } if directions.of(*feature) != 0 => {
                    (is_asked[*left], is_asked[*right]) = (true, true);
                }
                TreeNode::Split { .. } => {}
            }
        }
        crew.map(rows.iter().zip(is_asked), |_, (rows, is_asked)| {
            if !is_asked {
                return 0.0;
            }
            let errors = entries[rows.clone()].iter().map(|entry| self.error(entry.row));
            quantile(&mut errors.collect::<Vec<_>>(), level)
        })
    }

    /// What the row at a position of the sample is off by, and the weight that it counts with.
    fn error(&self, position: u32) -> (f64, i64) {
        let Round {
            problem,
            sample,
            weights,
            ..
        } = self.round;
        let row = sample.rows[position as usize] as usize;
        let margin = self.margins[row * problem.n_outputs() + self.output];
        let units = sample.times(position as usize) * weights.of(row);
        (problem.loss.error(row, problem.grid.value(margin)), units)
    }

    /// The limits of each node, given the quantiles of the sides of splits with a direction.
    ///
    /// What trees are grown by tells the way of these losses but not how far, so that only now limits are known.
    fn limits(&self, tree: &Tree<Rows>, quantiles: &[f64]) -> Vec<Limits> {
        let directions = &self.round.problem.settings.tree.directions;
        let mut limits = vec![Limits::default(); tree.nodes.len()];
        // Children stand after their parents.
        for (position, node) in tree.nodes.iter().enumerate() {
            if let TreeNode::Split {
                feature, left, right, ..
            } = node
            {
                let here = limits[position];
                let sides = [*left, *right].map(|side| here.hold(quantiles[side]));
                [limits[*left], limits[*right]] = here.parted(directions.of(*feature), sides);
            }
        }
        limits
    }
}

/// Where the rows of each node stand among the entries.
fn ranges(tree: &Tree<Rows>) -> Vec<Range<usize>> {
    let mut ranges = vec![0..0; tree.nodes.len()];
    for (position, node) in tree.nodes.iter().enumerate().rev() {
        ranges[position] = match node {
            TreeNode::Leaf { leaf, .. } => leaf.rows.clone(),
            TreeNode::Split { left, right, .. } => ranges[*left].start..ranges[*right].end,
        };
    }
    ranges
}
