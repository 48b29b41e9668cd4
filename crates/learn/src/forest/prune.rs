//! A tree of several classes as a tree for each: only the splits stay on whose sides the class has other shares.

use bundle::model::TreeNode as ModelNode;

use super::grow::Grown;
use crate::trees::{Bins, TreeNode};

impl Grown {
    /// What the leaf that a row of the table reaches answers, `(n_outputs,)`.
    pub(super) fn answer_of(&self, bins: &Bins, row: usize, n_outputs: usize) -> &[i64] {
        match self.tree.nodes[self.tree.leaf_of(bins.view(), row)] {
            TreeNode::Leaf { leaf, .. } => &self.answers[leaf * n_outputs..][..n_outputs],
            TreeNode::Split { .. } => &[],
        }
    }
}

/// The nodes that tell one output; the tree means the same, and so do its contributions.
pub(super) fn of_output(grown: &Grown, bins: &Bins, output: usize, n_outputs: usize) -> Vec<ModelNode> {
    let same = same_below(grown, output, n_outputs);
    let mut nodes: Vec<ModelNode> = vec![];
    // Positions in the tree, in the order of their places among `nodes`.
    let mut positions = vec![0];
    while let Some(&position) = positions.get(nodes.len()) {
        let node = &grown.tree.nodes[position];
        let mut kept = match same[position] {
            Some(value) => ModelNode::Leaf {
                value,
                cover: node.cover(),
            },
            None => node.model_node(bins.view(), 0),
        };
        if let ModelNode::Split { left, right, .. } = &mut kept {
            let places = [positions.len(), positions.len() + 1];
            positions.extend([*left, *right]);
            [*left, *right] = places;
        }
        nodes.push(kept);
    }
    nodes
}

/// Per node the answer that all leaves below have in common, if they do.
fn same_below(grown: &Grown, output: usize, n_outputs: usize) -> Vec<Option<i64>> {
    let nodes = &grown.tree.nodes;
    let mut same = vec![None; nodes.len()];
    // Children stand after their parents.
    for (position, node) in nodes.iter().enumerate().rev() {
        same[position] = match node {
            TreeNode::Leaf { leaf, .. } => Some(grown.answers[leaf * n_outputs + output]),
            TreeNode::Split { left, right, .. } => same[*left].filter(|_| same[*left] == same[*right]),
        };
    }
    same
}
