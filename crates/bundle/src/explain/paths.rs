//! The ways to a tree's leaves, for explanations that look at each leaf by itself.
//!
//! What a leaf gives to features depends on the row only through the set of features at which the row follows the way
//! to the leaf. Few sets occur, so each is worked out once and looked up afterwards.

use std::collections::HashMap;

use super::tree::shares;
use crate::model::{Layout, Tree, TreeEnsemble};

/// A set of up to 256 features of one way, bit by bit.
pub(super) type Set = [u64; 4];

/// The way to one leaf.
#[derive(Debug)]
pub(super) struct Path {
    /// The leaf's value.
    pub(super) value: f64,
    /// The features asked on the way, each once.
    pub(super) features: Vec<usize>,
    /// Per feature: the share of training rows that follow the way at all its splits.
    pub(super) shares: Vec<f64>,
    /// The splits: node of the tree, whether the way goes right, and the feature's position on the way.
    steps: Vec<(usize, bool, usize)>,
}

/// The ways to all leaves of a tree, and which way a row goes at each split.
#[derive(Debug)]
pub(super) struct Paths {
    pub(super) paths: Vec<Path>,
    root: usize,
    goes_right: Vec<bool>,
}

impl Paths {
    pub(super) fn of(model: &TreeEnsemble, tree: &Tree) -> Paths {
        let start = Path {
            value: 0.0,
            features: Vec::new(),
            shares: Vec::new(),
            steps: Vec::new(),
        };
        let mut paths = Vec::with_capacity(tree.n_leaves());
        let mut stack = vec![(tree.root(), start)];
        while let Some((node, mut path)) = stack.pop() {
            let Some((feature, left)) = model.layout().split(node) else {
                path.value = model.layout().value(node);
                paths.push(path);
                continue;
            };
            let cover = &model.parts().cover;
            let [share_left, share_right] = shares(cover[left], cover[left + 1]);
            let local = node - tree.root();
            stack.push((left + 1, path.step(local, true, feature, share_right)));
            stack.push((left, path.step(local, false, feature, share_left)));
        }
        Paths {
            paths,
            root: tree.root(),
            goes_right: vec![false; tree.n_nodes()],
        }
    }

    /// Takes up a row as its slots hold it.
    pub(super) fn take(&mut self, layout: &Layout, row: &[f64]) {
        for (node, goes_right) in self.goes_right.iter_mut().enumerate() {
            *goes_right = layout.goes_right(self.root + node, row);
        }
    }

    /// The features at which the row taken up follows the way to a leaf.
    pub(super) fn followed(&self, path: &Path) -> Set {
        let mut left = [0; 4];
        for &(node, right, position) in &path.steps {
            left[position / 64] |= u64::from(self.goes_right[node] != right) << (position % 64);
        }
        left.map(|word: u64| !word)
    }
}

impl Path {
    fn step(&self, node: usize, right: bool, feature: usize, share: f64) -> Path {
        let mut features = self.features.clone();
        let mut shares = self.shares.clone();
        let known = features.iter().position(|other| *other == feature);
        let position = known.unwrap_or(features.len());
        match known {
            Some(position) => shares[position] *= share,
            None => {
                features.push(feature);
                shares.push(share);
            }
        }
        let mut steps = self.steps.clone();
        steps.push((node, right, position));
        Path {
            value: self.value,
            features,
            shares,
            steps,
        }
    }
}

/// Whether a set holds the feature at a position.
pub(super) fn holds(set: &Set, position: usize) -> bool {
    set[position / 64] >> (position % 64) & 1 == 1
}

/// What was worked out for the sets that one leaf has met.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: HashMap<Set, Vec<f64>>,
}

impl Memory {
    /// What a leaf gives for a set.
    pub(super) fn look_up(&mut self, set: Set, work_out: impl FnOnce() -> Vec<f64>) -> &[f64] {
        self.known.entry(set).or_insert_with(work_out)
    }
}
