//! `TreeEnsembleRegressor` of `ai.onnx.ml` 3.

use super::Matrix;
use crate::export::onnx::graph::{Attribute, Graph};
use crate::model::TreeEnsemble;

/// The lists of the operator, an entry a node or a leaf.
#[derive(Default)]
struct Lists {
    tree: Vec<i64>,
    node: Vec<i64>,
    feature: Vec<i64>,
    mode: Vec<String>,
    value: Vec<f32>,
    yes: Vec<i64>,
    no: Vec<i64>,
    missing_yes: Vec<i64>,
    target_tree: Vec<i64>,
    target_node: Vec<i64>,
    target: Vec<i64>,
    weight: Vec<f32>,
}

/// The sums of the trees and the base values.
pub(super) fn write(model: &TreeEnsemble, matrix: &Matrix, graph: &mut Graph) -> String {
    let lists = lists(model, matrix);
    let base = model.base().iter().map(|base| *base as f32).collect();
    let attributes = [
        ("nodes_treeids", Attribute::Ints(lists.tree)),
        ("nodes_nodeids", Attribute::Ints(lists.node)),
        ("nodes_featureids", Attribute::Ints(lists.feature)),
        ("nodes_modes", Attribute::Texts(lists.mode)),
        ("nodes_values", Attribute::Floats(lists.value)),
        ("nodes_truenodeids", Attribute::Ints(lists.yes)),
        ("nodes_falsenodeids", Attribute::Ints(lists.no)),
        (
            "nodes_missing_value_tracks_true",
            Attribute::Ints(lists.missing_yes),
        ),
        ("target_treeids", Attribute::Ints(lists.target_tree)),
        ("target_nodeids", Attribute::Ints(lists.target_node)),
        ("target_ids", Attribute::Ints(lists.target)),
        ("target_weights", Attribute::Floats(lists.weight)),
        ("n_targets", Attribute::Int(model.n_outputs() as i64)),
        ("base_values", Attribute::Floats(base)),
        ("aggregate_function", Attribute::Text("SUM")),
        ("post_transform", Attribute::Text("NONE")),
    ];
    graph.node_with(
        "ai.onnx.ml",
        "TreeEnsembleRegressor",
        &[&matrix.name],
        &attributes,
    )
}

fn lists(model: &TreeEnsemble, matrix: &Matrix) -> Lists {
    let mut lists = Lists::default();
    for (position, tree) in model.layout().trees().iter().enumerate() {
        for node in 0..tree.n_nodes() {
            lists.tree.push(position as i64);
            lists.node.push(node as i64);
            match model.layout().question(tree.root() + node) {
                Some(question) => {
                    let left = (question.left - tree.root()) as i64;
                    lists.feature.push(matrix.column_of[question.slot] as i64);
                    lists.mode.push("BRANCH_LEQ".to_owned());
                    lists.value.push(at_most(question.threshold.unwrap_or(0.0)));
                    lists.yes.push(left);
                    lists.no.push(left + 1);
                    lists.missing_yes.push(i64::from(!question.missing_right));
                }
                None => {
                    lists.feature.push(0);
                    lists.mode.push("LEAF".to_owned());
                    lists.value.push(0.0);
                    lists.yes.push(0);
                    lists.no.push(0);
                    lists.missing_yes.push(0);
                    lists.target_tree.push(position as i64);
                    lists.target_node.push(node as i64);
                    lists.target.push(tree.output() as i64);
                    lists.weight.push(model.layout().value(tree.root() + node) as f32);
                }
            }
        }
    }
    lists
}

/// The largest `f32` that is not above a threshold: no `f32` compares differently with it.
pub(super) fn at_most(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if threshold < f64::from(nearest) {
        nearest.next_down()
    } else {
        nearest
    }
}
