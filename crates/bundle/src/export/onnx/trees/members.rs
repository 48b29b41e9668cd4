//! `TreeEnsemble` of `ai.onnx.ml` 5, which knows sets of members and doubles.

use super::classic::at_most;
use super::{MISSING_CODE, Matrix};
use crate::export::onnx::graph::{Attribute, Element, Graph, byte_tensor, tensor};
use crate::model::{Question, TreeEnsemble};

const AT_MOST: u8 = 0;
const MEMBER: u8 = 6;
/// In no row: a list of members may not be empty.
const NEVER: f64 = -3.0;

/// The lists of the operator: splits and leaves apart.
#[derive(Default)]
struct Lists {
    roots: Vec<i64>,
    feature: Vec<i64>,
    mode: Vec<u8>,
    split: Vec<f64>,
    yes: Vec<i64>,
    yes_is_leaf: Vec<i64>,
    no: Vec<i64>,
    no_is_leaf: Vec<i64>,
    missing_yes: Vec<i64>,
    members: Vec<f64>,
    target: Vec<i64>,
    weight: Vec<f64>,
}

/// The sums of the trees and the base values.
pub(super) fn write(model: &TreeEnsemble, matrix: &Matrix, graph: &mut Graph) -> String {
    graph.ml_version = 5;
    let element = graph.element;
    let lists = lists(model, matrix, element);
    let list = |values: &[f64]| Attribute::Tensor(tensor(element, values, &[values.len()]));
    let attributes = [
        ("tree_roots", Attribute::Ints(lists.roots)),
        ("nodes_featureids", Attribute::Ints(lists.feature)),
        ("nodes_modes", Attribute::Tensor(byte_tensor(&lists.mode))),
        ("nodes_splits", list(&lists.split)),
        ("nodes_truenodeids", Attribute::Ints(lists.yes)),
        ("nodes_trueleafs", Attribute::Ints(lists.yes_is_leaf)),
        ("nodes_falsenodeids", Attribute::Ints(lists.no)),
        ("nodes_falseleafs", Attribute::Ints(lists.no_is_leaf)),
        (
            "nodes_missing_value_tracks_true",
            Attribute::Ints(lists.missing_yes),
        ),
        ("membership_values", list(&lists.members)),
        ("leaf_targetids", Attribute::Ints(lists.target)),
        ("leaf_weights", list(&lists.weight)),
        ("n_targets", Attribute::Int(model.n_outputs() as i64)),
        ("aggregate_function", Attribute::Int(1)),
        ("post_transform", Attribute::Int(0)),
    ];
    let sums = graph.node_with("ai.onnx.ml", "TreeEnsemble", &[&matrix.name], &attributes);
    let base = graph.numbers(model.base(), &[1, model.n_outputs()]);
    graph.node("Add", &[&sums, &base])
}

fn lists(model: &TreeEnsemble, matrix: &Matrix, element: Element) -> Lists {
    let mut lists = Lists::default();
    for tree in model.layout().trees() {
        let nodes = tree.root()..tree.root() + tree.n_nodes();
        let questions: Vec<Option<Question>> =
            nodes.clone().map(|node| model.layout().question(node)).collect();
        // Where each node stands among the splits or among the leaves.
        let (mut next_split, mut next_leaf) = (lists.mode.len() as i64, lists.weight.len() as i64);
        let place = |question: &Option<Question>| {
            let next = if question.is_some() {
                &mut next_split
            } else {
                &mut next_leaf
            };
            *next += 1;
            *next - 1
        };
        let places: Vec<i64> = questions.iter().map(place).collect();
        lists.roots.push(lists.mode.len() as i64);
        if questions[0].is_none() {
            lists.push_split(0, AT_MOST, 0.0, [(places[0], true); 2], false);
        }
        for (position, node) in nodes.enumerate() {
            let Some(question) = &questions[position] else {
                lists.target.push(tree.output() as i64);
                lists.weight.push(model.layout().value(node));
                continue;
            };
            let child = |child: usize| {
                let local = question.left - tree.root() + child;
                (places[local], questions[local].is_none())
            };
            let column = matrix.column_of[question.slot];
            match question.threshold {
                Some(threshold) => {
                    let threshold = match element {
                        Element::Float => f64::from(at_most(threshold)),
                        _ => threshold,
                    };
                    let children = [child(0), child(1)];
                    lists.push_split(column, AT_MOST, threshold, children, !question.missing_right);
                }
                None => {
                    let (members, yes_is_left) = members(model, matrix, node, question);
                    lists.members.extend(members);
                    lists.members.push(f64::NAN);
                    let children = if yes_is_left {
                        [child(0), child(1)]
                    } else {
                        [child(1), child(0)]
                    };
                    lists.push_split(column, MEMBER, 0.0, children, false);
                }
            }
        }
    }
    lists
}

impl Lists {
    fn push_split(
        &mut self,
        column: usize,
        mode: u8,
        split: f64,
        [yes, no]: [(i64, bool); 2],
        missing_yes: bool,
    ) {
        self.feature.push(column as i64);
        self.mode.push(mode);
        self.split.push(split);
        self.yes.push(yes.0);
        self.yes_is_leaf.push(i64::from(yes.1));
        self.no.push(no.0);
        self.no_is_leaf.push(i64::from(no.1));
        self.missing_yes.push(i64::from(missing_yes));
    }
}

/// The values that answer yes, and whether yes is left: of codes, those on the side where "other" is not.
fn members(model: &TreeEnsemble, matrix: &Matrix, node: usize, question: &Question) -> (Vec<f64>, bool) {
    let layout = model.layout();
    let slot = &layout.reader().slots()[question.slot];
    let n_levels = slot.n_levels as usize;
    let other_right = layout.level_goes_right(node, n_levels - 1);
    let yes_is_left = !matrix.has_codes || other_right;
    let on_yes_side = |right: bool| right != yes_is_left;
    let levels = (0..n_levels).filter(|&level| on_yes_side(layout.level_goes_right(node, level)));
    let mut members: Vec<f64> = match layout.reader().codes_of(slot.feature) {
        Some(codes) => levels
            .filter_map(|level| codes.get(level))
            .map(|&code| f64::from(code))
            .collect(),
        None => levels.map(|level| level as f64).collect(),
    };
    if on_yes_side(question.missing_right) {
        members.push(if matrix.has_codes {
            MISSING_CODE
        } else {
            n_levels as f64
        });
    }
    if members.is_empty() {
        members.push(NEVER);
    }
    (members, yes_is_left)
}
