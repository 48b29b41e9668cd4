//! How much each feature's splits tell apart.

use crate::model::{Layout, Model, TreeEnsemble};

/// The share of each feature in what the splits of a tree ensemble tell apart, `(n_features,)`: shares add up to 1, or
/// are all 0 if there is no split; `None` for a model without trees.
///
/// A split that parts rows of weight `a` and `b`, whose mean answers in this tree are `u` and `v`, tells
/// `a b / (a + b) (u - v)^2` apart: by so much the variance of the tree's answers among the training rows is larger
/// than that within both sides. Weights are the covers of the nodes, so nothing but the model is asked.
///
/// Features of many values are favoured, and correlated features share; permute columns on held-out rows to see what
/// the answers need.
///
/// # Reference
/// L. Breiman, J. Friedman, C. J. Stone, R. A. Olshen (1984), Classification and Regression Trees, section 5.3, taken
/// on the answers of the trees.
pub fn importances(model: &Model) -> Option<Vec<f64>> {
    let Model::Trees(trees) = model else {
        return None;
    };
    let mut told = vec![0.0; trees.n_features()];
    for tree in trees.layout().trees() {
        let (first, n_nodes) = (tree.root(), tree.n_nodes());
        add(trees, trees.layout(), first, n_nodes, &mut told);
    }
    let total: f64 = told.iter().sum();
    if 0.0 < total {
        told.iter_mut().for_each(|told| *told /= total);
    }
    Some(told)
}

/// Adds what the splits of one tree tell apart; children stand behind their parents.
fn add(trees: &TreeEnsemble, layout: &Layout, first: usize, n_nodes: usize, told: &mut [f64]) {
    let cover = &trees.parts().cover[first..first + n_nodes];
    let mut mean: Vec<f64> = (first..first + n_nodes).map(|node| layout.value(node)).collect();
    for node in (0..n_nodes).rev() {
        if let Some((feature, left)) = layout.split(first + node) {
            let (left, right) = (left - first, left - first + 1);
            let (a, b) = (cover[left], cover[right]);
            let (u, v) = (mean[left], mean[right]);
            mean[node] = (a * u + b * v) / (a + b);
            told[feature] += a * b / (a + b) * (u - v) * (u - v);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{SplitRule, TreeNode, TreeParts};

    #[test]
    fn a_split_tells_apart_what_its_sides_differ_by() {
        let mut parts = TreeParts::new(0, vec![0, 0, 0], vec![0]);
        let split = |feature, left, right, cover| TreeNode::Split {
            feature,
            rule: SplitRule::AtMost(0.0),
            missing_left: false,
            left,
            right,
            cover,
        };
        let leaf = |value, cover| TreeNode::Leaf { value, cover };
        // Left 4 rows of 2; right 2 of 5 and 2 of 9, with mean 7: 4 * 4 / 8 * 25 = 50 and 2 * 2 / 4 * 16 = 16.
        parts
            .push_tree(
                0,
                &[
                    split(0, 1, 2, 8.0),
                    leaf(2, 4.0),
                    split(2, 3, 4, 4.0),
                    leaf(5, 2.0),
                    leaf(9, 2.0),
                ],
            )
            .unwrap();
        let model = Model::Trees(TreeEnsemble::from_parts(parts).unwrap());
        assert_eq!(importances(&model), Some(vec![50.0 / 66.0, 0.0, 16.0 / 66.0]));
    }

    #[test]
    fn without_a_split_nothing_is_told_apart() {
        let parts = TreeParts::new(0, vec![0], vec![3]);
        let model = Model::Trees(TreeEnsemble::from_parts(parts).unwrap());
        assert_eq!(importances(&model), Some(vec![0.0]));
    }
}
