//! What a model's file says beyond what a bundle needs: its own numbers of leaves, and the gains of its splits.

use std::collections::VecDeque;

use super::assemble::{Source, SourceNode, SourceTree};

/// What the library of an imported model calls things.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The library's numbers of the leaves of each tree, in the order of [`TreeParts`](crate::model::TreeParts).
    pub leaf_numbers: Vec<Vec<u32>>,
    /// Per feature how many splits ask for it, `(n_features,)`; splits that gained nothing are not counted.
    pub n_splits: Vec<u64>,
    /// Per feature what its splits gained when the model was trained, `(n_features,)`; `None` if the file does not say.
    pub gains: Option<Vec<f64>>,
}

impl Origin {
    pub(super) fn of(source: &Source) -> Origin {
        let n_features = source.feature_names.len();
        let (mut n_splits, mut gains) = (vec![0; n_features], Some(vec![0.0; n_features]));
        for node in source.trees.iter().flat_map(|tree| &tree.nodes) {
            let SourceNode::Split { feature, gain, .. } = node else {
                continue;
            };
            let feature = *feature as usize;
            // LightGBM and XGBoost both leave out splits without gain.
            n_splits[feature] += u64::from(gain.is_none_or(|gain| 0.0 < gain));
            match (&mut gains, gain) {
                (Some(gains), Some(gain)) => gains[feature] += gain.max(0.0),
                _ => gains = None,
            }
        }
        Origin {
            leaf_numbers: source.trees.iter().map(leaf_numbers).collect(),
            n_splits,
            gains,
        }
    }
}

/// The numbers of a tree's leaves, breadth first, as bundles keep them. The tree was checked to be one.
fn leaf_numbers(tree: &SourceTree) -> Vec<u32> {
    let mut queue = VecDeque::from([0]);
    let mut numbers = Vec::new();
    while let Some(node) = queue.pop_front() {
        match &tree.nodes[node] {
            SourceNode::Leaf { number, .. } => numbers.push(*number),
            SourceNode::Split { left, right, .. } => queue.extend([*left, *right]),
        }
    }
    numbers
}
