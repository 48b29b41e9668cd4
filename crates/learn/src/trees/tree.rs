//! A tree in bins, before a model holds it.

use bundle::model::TreeNode as ModelNode;

use super::bins::{BinSet, View};

/// A tree in bins; `L` is what its leaves know.
#[derive(Debug)]
pub(crate) struct Tree<L> {
    /// The first is the root; children stand after their parents.
    pub(crate) nodes: Vec<TreeNode<L>>,
}

/// A node of a tree in bins.
#[derive(Debug)]
pub(crate) enum TreeNode<L> {
    Leaf {
        /// The weight of the rows that it was made from.
        cover: f64,
        leaf: L,
    },
    Split {
        feature: usize,
        left_bins: BinSet,
        left: usize,
        right: usize,
        cover: f64,
    },
}

impl<L> Tree<L> {
    /// The position of the leaf that a row of the table reaches.
    #[inline]
    pub(crate) fn leaf_of(&self, bins: View<'_>, row: usize) -> usize {
        let mut node = 0;
        while let TreeNode::Split {
            feature,
            left_bins,
            left,
            right,
            ..
        } = &self.nodes[node]
        {
            let code = bins.cells(*feature).bin(row as u32);
            node = if bins.codes(*feature, left_bins).contains(usize::from(code)) {
                *left
            } else {
                *right
            };
        }
        node
    }

    /// Gives every node the weight of the rows that reach it, given that of leaves.
    pub(crate) fn cover(&mut self, of_leaf: impl Fn(usize) -> f64) {
        // Children stand behind their parents.
        for node in (0..self.nodes.len()).rev() {
            let found = match self.nodes[node] {
                TreeNode::Leaf { .. } => of_leaf(node),
                TreeNode::Split { left, right, .. } => self.nodes[left].cover() + self.nodes[right].cover(),
            };
            match &mut self.nodes[node] {
                TreeNode::Leaf { cover, .. } | TreeNode::Split { cover, .. } => *cover = found,
            }
        }
    }

    /// The nodes as a model holds them; `values` are those of the leaves in units, position by position.
    pub(crate) fn model_nodes(&self, bins: View<'_>, values: &[i64]) -> Vec<ModelNode> {
        let nodes = self.nodes.iter().zip(values);
        nodes.map(|(node, &value)| node.model_node(bins, value)).collect()
    }
}

impl<L> TreeNode<L> {
    /// The node as a model holds it; a leaf has this value.
    pub(crate) fn model_node(&self, bins: View<'_>, value: i64) -> ModelNode {
        match self {
            TreeNode::Leaf { cover, .. } => ModelNode::Leaf { value, cover: *cover },
            TreeNode::Split {
                feature,
                left_bins,
                left,
                right,
                cover,
            } => {
                let column = bins.column(*feature);
                ModelNode::Split {
                    feature: bins.feature(*feature) as u32,
                    rule: column.rule(left_bins),
                    missing_left: left_bins.contains(column.n_bins),
                    left: *left,
                    right: *right,
                    cover: *cover,
                }
            }
        }
    }

    pub(crate) fn cover(&self) -> f64 {
        match self {
            TreeNode::Leaf { cover, .. } | TreeNode::Split { cover, .. } => *cover,
        }
    }
}
