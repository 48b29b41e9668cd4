//! Covers are the weight of the rows to learn from that reach a node, also where trees have seen but some of them.

use bundle::model::LEAF;

use super::*;

/// Rows enough that those are drawn which matter; three classes, numbers, and yes and no.
fn cases(values: &[f64], row_sample: Option<f64>) -> Vec<Case> {
    let change = |params| boost::Params {
        rounds: Some(4),
        column_sample: None,
        row_sample,
        gradients: GradientMode::Packed,
        ..params
    };
    losses(values, change).into_iter().take(3).collect()
}

/// The weights that reach the leaves of each tree, leaf by leaf.
fn reached(model: &Model, features: &Features, weights: Option<&[f64]>) -> Vec<Vec<f64>> {
    let Model::Trees(trees) = model else {
        panic!("trees")
    };
    let n_trees = trees.n_trees();
    let leaves = trees.leaves(features, 0..features.n_rows).unwrap();
    let mut found = vec![vec![]; n_trees];
    for (row, leaves) in leaves.chunks_exact(n_trees).enumerate() {
        for (found, &leaf) in found.iter_mut().zip(leaves) {
            let leaf = leaf as usize;
            found.resize(found.len().max(leaf + 1), 0.0);
            found[leaf] += weights.map_or(1.0, |weights| weights[row]);
        }
    }
    found
}

fn covers(parts: &TreeParts) -> Vec<Vec<f64>> {
    let mut start = 0;
    let of_tree = |&n_nodes: &u32| {
        let nodes = start..start + n_nodes as usize;
        start = nodes.end;
        let leaves = nodes.filter(|&node| parts.feature[node] == LEAF);
        leaves.map(|leaf| parts.cover[leaf]).collect()
    };
    parts.tree_n_nodes.iter().map(of_tree).collect()
}

#[test]
fn the_cover_of_a_leaf_is_what_reaches_it_on_any_number_of_threads() {
    let (features, values) = table(12_000);
    let weights: Vec<f64> = (0..12_000).map(|row| f64::from(1 + row % 10 / 9 * 40)).collect();
    for row_sample in [None, Some(0.4)] {
        for case in cases(&values, row_sample) {
            for weights in [None, Some(&weights[..])] {
                let model = fit(&case, &features, &case.target, weights, 1);
                let Model::Trees(trees) = &model else {
                    panic!("trees")
                };
                assert_eq!(
                    covers(trees.parts()),
                    reached(&model, &features, weights),
                    "{} {row_sample:?}",
                    case.name
                );
                for n_threads in [2, 3] {
                    let again = fit(&case, &features, &case.target, weights, n_threads);
                    let Model::Trees(again) = &again else {
                        panic!("trees")
                    };
                    assert_eq!(trees.parts(), again.parts(), "{}", case.name);
                }
            }
        }
    }
}
