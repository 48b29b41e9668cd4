//! An ensemble as flat lists, and how trees are put into them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::ModelError;

/// Stands in [`TreeParts::feature`] for a leaf.
pub const LEAF: u32 = u32::MAX;

/// An ensemble as flat lists: what a bundle stores.
///
/// The nodes of a tree stand in breadth-first order: the children of its split number `k` (from 0) are its nodes
/// `2 * k + 1` (left) and `2 * k + 2` (right). So the lists cannot describe a cycle or a shared node.
/// A row goes left at a number if its value is at most the threshold, at a category if its level is in the set,
/// and with a missing value as `missing_left` says. In an imported ensemble, a number of at most [`ZERO`] in size may
/// count as missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TreeParts {
    /// A unit of leaf values and margins is 2^-exponent.
    pub grid_exponent: i32,
    /// Per feature: 0 for a number, else the number of levels, `(n_features,)`.
    pub feature_levels: Vec<u32>,
    /// What every row starts from, in units, `(n_outputs,)`.
    pub base: Vec<i64>,
    /// The output that a tree adds to, `(n_trees,)`.
    pub tree_output: Vec<u32>,
    /// The number of nodes of a tree, `(n_trees,)`.
    pub tree_n_nodes: Vec<u32>,
    /// The feature that a node looks at, or [`LEAF`], `(n_nodes,)`, tree after tree.
    pub feature: Vec<u32>,
    /// The weight of the training rows that reached a node, positive, `(n_nodes,)`.
    pub cover: Vec<f64>,
    /// The threshold of a split, 0 for a category, `(n_splits,)` in the order of the nodes.
    pub threshold: Vec<f64>,
    /// 1 if a missing value goes left, else 0; 2 more if zero counts as missing, `(n_splits,)`.
    pub missing_left: Vec<u8>,
    /// The levels that go left, as bits: split after split, each category split has `ceil(n_levels / 32)` words,
    /// level `l` is bit `l % 32` of word `l / 32`.
    pub category_words: Vec<u32>,
    /// The value of a leaf in units, `(n_leaves,)` in the order of the nodes.
    pub value: Vec<i64>,
    /// The values of an ensemble that adds up floats, as another library does; `base`, `value` and `grid_exponent`
    /// are then empty and 0.
    pub floats: Option<FloatParts>,
}

/// What an imported ensemble holds instead of whole units.
///
/// Its features are all given as numbers. One with levels is read as a whole-number code: `codes` lists what its
/// levels stand for, and every other number is its last level, "other".
#[derive(Clone, Debug, PartialEq)]
pub struct FloatParts {
    /// What sums are rounded to, and how numbers are read.
    pub precision: Precision,
    /// What every row starts from, `(n_outputs,)`; the trees follow one by one.
    pub base: Vec<f64>,
    /// The value of a leaf, `(n_leaves,)` in the order of the nodes.
    pub value: Vec<f64>,
    /// What the sum is divided by, at least 1: the rounds of a forest whose trees are averaged.
    pub n_averaged: u32,
    /// Feature after feature, the numbers that its levels but the last stand for, rising.
    pub codes: Vec<u32>,
}

/// The arithmetic of an imported ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Numbers of at most [`ZERO`] in size are zero; sums of `f64` in the order of the trees. Codes are cut towards
    /// zero.
    F64,
    /// Numbers are rounded to `f32` before they are compared; sums of `f32` in the order of the trees.
    /// Codes are cut towards zero, and negative numbers are no code.
    F32,
}

/// A number of at most this size is zero to LightGBM.
pub const ZERO: f64 = 1e-35_f32 as f64;

/// One node while a tree is being made; children are positions in the same slice.
#[derive(Clone, Debug, PartialEq)]
pub enum TreeNode<V = i64> {
    /// An end with its value: units of the grid, or `f64` for an imported tree.
    Leaf {
        /// What it adds to the margin.
        value: V,
        /// The weight of the training rows that reached it.
        cover: f64,
    },
    /// A question.
    Split {
        /// The feature asked.
        feature: u32,
        /// Who goes left.
        rule: SplitRule,
        /// Whether a missing value goes left.
        missing_left: bool,
        /// The node for those who go left.
        left: usize,
        /// The node for the others.
        right: usize,
        /// The weight of the training rows that reached it.
        cover: f64,
    },
}

/// Who goes left at a split.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitRule {
    /// Numbers up to this one, included.
    AtMost(f64),
    /// Numbers up to this one, included, while zero counts as missing; only in imported ensembles.
    NonZeroAtMost(f64),
    /// These levels.
    AnyOf(Vec<u32>),
}

/// A leaf value of one of the two arithmetics.
pub trait LeafValue: Copy + private::Sealed {
    /// Appends the value to the list of its kind.
    ///
    /// # Errors
    /// [`ModelError`] if the parts hold values of the other kind.
    fn push(self, parts: &mut TreeParts) -> Result<(), ModelError>;
}

mod private {
    pub trait Sealed {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

impl LeafValue for i64 {
    fn push(self, parts: &mut TreeParts) -> Result<(), ModelError> {
        if parts.floats.is_some() {
            return Err(parts.shape(parts.feature.len(), "whole units among floats"));
        }
        parts.value.push(self);
        Ok(())
    }
}

impl LeafValue for f64 {
    fn push(self, parts: &mut TreeParts) -> Result<(), ModelError> {
        match &mut parts.floats {
            Some(floats) => {
                floats.value.push(self);
                Ok(())
            }
            None => Err(parts.shape(parts.feature.len(), "a float among whole units")),
        }
    }
}

impl TreeParts {
    /// An ensemble without trees.
    pub fn new(grid_exponent: i32, feature_levels: Vec<u32>, base: Vec<i64>) -> TreeParts {
        TreeParts {
            grid_exponent,
            feature_levels,
            base,
            ..TreeParts::default()
        }
    }

    /// An ensemble of an imported kind, without trees.
    pub fn of_floats(feature_levels: Vec<u32>, floats: FloatParts) -> TreeParts {
        TreeParts {
            feature_levels,
            floats: Some(floats),
            ..TreeParts::default()
        }
    }

    /// How many outputs there are.
    pub fn n_outputs(&self) -> usize {
        self.floats
            .as_ref()
            .map_or(self.base.len(), |floats| floats.base.len())
    }

    /// Appends a tree whose root is `nodes[0]`, putting its nodes into breadth-first order.
    ///
    /// # Errors
    /// [`ModelError`] if a child, feature or level does not exist or a node is reached twice.
    /// Other faults are found when the parts are made a model. The parts are spoilt by an error.
    pub fn push_tree<V: LeafValue>(&mut self, output: u32, nodes: &[TreeNode<V>]) -> Result<(), ModelError> {
        let mut queue = VecDeque::from([0]);
        let mut visited = vec![false; nodes.len()];
        let mut n_visited: usize = 0;
        while let Some(position) = queue.pop_front() {
            let Some(node) = nodes.get(position) else {
                return Err(self.shape(position, "there is no such node"));
            };
            n_visited += 1;
            if std::mem::replace(&mut visited[position], true) {
                return Err(self.shape(position, "a node is reached twice"));
            }
            if let Some(children) = self.push_node(node)? {
                queue.extend(children);
            }
        }
        self.tree_output.push(output);
        self.tree_n_nodes
            .push(u32::try_from(n_visited).map_err(|_| self.shape(0, "too many nodes"))?);
        Ok(())
    }

    fn push_node<V: LeafValue>(&mut self, node: &TreeNode<V>) -> Result<Option<[usize; 2]>, ModelError> {
        match node {
            TreeNode::Leaf { value, cover } => {
                value.push(self)?;
                self.feature.push(LEAF);
                self.cover.push(*cover);
                Ok(None)
            }
            TreeNode::Split {
                feature,
                rule,
                missing_left,
                left,
                right,
                cover,
            } => {
                self.push_rule(*feature, rule)?;
                self.feature.push(*feature);
                self.cover.push(*cover);
                let zero_missing = matches!(rule, SplitRule::NonZeroAtMost(_));
                self.missing_left
                    .push(u8::from(*missing_left) | u8::from(zero_missing) << 1);
                Ok(Some([*left, *right]))
            }
        }
    }

    fn push_rule(&mut self, feature: u32, rule: &SplitRule) -> Result<(), ModelError> {
        let limit = self.feature_levels.len();
        let Some(&n_levels) = self.feature_levels.get(feature as usize) else {
            return Err(ModelError::Index {
                list: "feature",
                position: self.feature.len(),
                found: feature as usize,
                limit,
            });
        };
        match rule {
            SplitRule::AtMost(threshold) | SplitRule::NonZeroAtMost(threshold) if n_levels == 0 => {
                self.threshold.push(*threshold);
            }
            SplitRule::AnyOf(levels) if 0 < n_levels => {
                self.threshold.push(0.0);
                self.push_levels(levels, n_levels)?;
            }
            _ => {
                return Err(self.shape(
                    self.feature.len(),
                    "the rule does not fit the kind of its feature",
                ));
            }
        }
        Ok(())
    }

    fn push_levels(&mut self, levels: &[u32], n_levels: u32) -> Result<(), ModelError> {
        let start = self.category_words.len();
        self.category_words.resize(start + n_words(n_levels), 0);
        for (position, &level) in levels.iter().enumerate() {
            if n_levels <= level {
                let (found, limit) = (level as usize, n_levels as usize);
                return Err(ModelError::Index {
                    list: "levels",
                    position,
                    found,
                    limit,
                });
            }
            self.category_words[start + (level / 32) as usize] |= 1 << (level % 32);
        }
        Ok(())
    }

    fn shape(&self, node: usize, problem: &'static str) -> ModelError {
        ModelError::Shape {
            tree: self.tree_output.len(),
            node,
            problem,
        }
    }
}

/// The words of a set of levels.
pub(crate) fn n_words(n_levels: u32) -> usize {
    n_levels.div_ceil(32) as usize
}
