#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features};

use crate::model::tree::tests::{LEVELS, Random, random_ensemble, random_features};
use crate::model::{LEAF, Model, ModelError, SplitRule, TreeEnsemble, TreeNode, TreeParts};

/// The value of a tree when only the features in the bits of `known` are known, by definition.
pub(crate) fn value_of_subset(model: &TreeEnsemble, tree: usize, row: &[f64], known: u32) -> f64 {
    value_below(model, model.layout().trees()[tree].root(), row, known)
}

fn value_below(model: &TreeEnsemble, node: usize, row: &[f64], known: u32) -> f64 {
    let layout = model.layout();
    let Some((feature, left)) = layout.split(node) else {
        return layout.value(node) / model.grid().unit();
    };
    if known >> feature & 1 == 1 {
        return value_below(
            model,
            left + usize::from(layout.goes_right(node, row)),
            row,
            known,
        );
    }
    let (a, b) = (model.parts().cover[left], model.parts().cover[left + 1]);
    let below = |child| value_below(model, child, row, known);
    (a * below(left) + b * below(left + 1)) / (a + b)
}

pub(crate) fn factorial(n: u32) -> f64 {
    (1..=n).map(f64::from).product()
}

/// Shapley's formula over all subsets of the features.
pub(crate) fn shapley(value: impl Fn(u32) -> f64, n_features: u32, feature: u32) -> f64 {
    (0..1u32 << n_features)
        .filter(|known| known >> feature & 1 == 0)
        .map(|known| {
            let n_known = known.count_ones();
            let weight = factorial(n_known) * factorial(n_features - n_known - 1) / factorial(n_features);
            weight * (value(known | 1 << feature) - value(known))
        })
        .sum()
}

pub(crate) fn row_of(features: &Features, row: usize) -> Vec<f64> {
    let value = |column: &FeatureColumn| match column {
        FeatureColumn::Number(values) => values[row],
        FeatureColumn::Category { codes, .. } if codes[row] == u32::MAX => f64::NAN,
        FeatureColumn::Category { codes, .. } => f64::from(codes[row]),
    };
    features.columns.iter().map(value).collect()
}

#[test]
fn contributions_are_shapley_values_over_all_subsets() {
    let mut random = Random(21);
    for n_splits in [0, 1, 2, 5, 9, 20, 60] {
        let ensemble = random_ensemble(&mut random, 2, 4, n_splits);
        let features = random_features(&mut random, 8);
        let model = Model::Trees(ensemble.clone());
        let explanation = model.explain(&features, 0..8).unwrap();
        for row in 0..8 {
            let x = row_of(&features, row);
            for output in 0..2 {
                let value = |known| -> f64 {
                    (output..4)
                        .step_by(2)
                        .map(|tree| value_of_subset(&ensemble, tree, &x, known))
                        .sum()
                };
                for feature in 0..LEVELS.len() {
                    let expected = shapley(value, LEVELS.len() as u32, feature as u32);
                    let found = explanation.contributions_of(row, output)[feature] * f64::from(1 << 20);
                    // Half a unit of the grid from rounding; the values go up to a million units.
                    assert!(
                        (found - expected).abs() < 0.5 + 1e-6,
                        "{n_splits}: {found} {expected}"
                    );
                }
                let base = explanation.base[2 * row + output] * f64::from(1 << 20);
                assert!((base - value(0) - 77.0).abs() < 2.5, "{base} {}", value(0));
            }
        }
    }
}

#[test]
fn base_and_contributions_add_up_to_the_margin_in_any_order() {
    let mut random = Random(4);
    for n_outputs in [1, 3] {
        let model = Model::Trees(random_ensemble(&mut random, n_outputs, 30, 25));
        let features = random_features(&mut random, 100);
        let margins = model.all_margins(&features).unwrap();
        let explanation = model.explain(&features, 0..100).unwrap();
        for (i, &margin) in margins.iter().enumerate() {
            let mut terms = explanation.contributions[4 * i..4 * i + 4].to_vec();
            terms.push(explanation.base[i]);
            for _ in 0..6 {
                let last = random.below(5) as usize;
                terms.swap(0, last);
                terms.rotate_left(2);
                assert_eq!(terms.iter().sum::<f64>(), margin);
            }
        }
    }
}

#[test]
fn any_cut_of_the_rows_gives_the_same_bits() {
    let model = Model::Trees(random_ensemble(&mut Random(8), 1, 10, 25));
    let features = random_features(&mut Random(9), 100);
    let whole = model.explain(&features, 0..100).unwrap();
    for row in 0..100 {
        let one = model.explain(&features, row..row + 1).unwrap();
        assert_eq!(one.contributions, whole.contributions_of(row, 0));
        assert_eq!(one.base[0], whole.base[row]);
    }
}

/// A chain over `n` features, each with its own split: the deepest path has `n` distinct features.
fn chain(n: usize) -> TreeEnsemble {
    let mut parts = TreeParts::new(30, vec![0; n], vec![0]);
    let mut nodes = Vec::new();
    for i in 0..n {
        let cover = (n + 1 - i) as f64;
        let (left, right, rule) = (2 * i + 1, 2 * i + 2, SplitRule::AtMost(0.0));
        nodes.push(TreeNode::Split {
            feature: i as u32,
            rule,
            missing_left: true,
            left,
            right,
            cover,
        });
        nodes.push(TreeNode::Leaf {
            value: (i as i64 + 1) << 20,
            cover: 1.0,
        });
    }
    nodes.push(TreeNode::Leaf {
        value: 1 << 30,
        cover: 1.0,
    });
    parts.push_tree(0, &nodes).unwrap();
    TreeEnsemble::from_parts(parts).unwrap()
}

#[test]
fn each_number_of_points_agrees_with_the_definition() {
    for n in [2, 7, 12] {
        let ensemble = chain(n);
        let columns = (0..n).map(|i| FeatureColumn::Number(vec![if i % 3 == 2 { -1.0 } else { 1.0 }]));
        let features = Features {
            n_rows: 1,
            columns: columns.collect(),
        };
        let x = row_of(&features, 0);
        let found = Model::Trees(ensemble.clone()).explain(&features, 0..1).unwrap();
        for feature in 0..n {
            let expected = shapley(
                |known| value_of_subset(&ensemble, 0, &x, known),
                n as u32,
                feature as u32,
            );
            let found = found.contributions[feature] * f64::from(1 << 30);
            assert!(
                (found - expected).abs() < 0.51,
                "{n} {feature}: {found} {expected}"
            );
        }
    }
}

#[test]
fn long_paths_stay_exact() {
    // Efficiency: base is the mean, which the chain's covers give in closed form; no subset can be listed here.
    let n = 200;
    let ensemble = chain(n);
    let parts = ensemble.parts();
    let covers = parts
        .feature
        .iter()
        .zip(&parts.cover)
        .filter(|(feature, _)| **feature == LEAF);
    let mean: f64 = covers
        .zip(&parts.value)
        .map(|((_, cover), &value)| cover * value as f64)
        .sum::<f64>()
        / parts.cover[0];
    let columns = (0..n).map(|_| FeatureColumn::Number(vec![1.0])).collect();
    let features = Features { n_rows: 1, columns };
    let explanation = Model::Trees(ensemble).explain(&features, 0..1).unwrap();
    let base = explanation.base[0] * f64::from(1 << 30);
    assert!((base - mean).abs() < n as f64, "{base} {mean}");
}

#[test]
fn contributions_too_large_for_the_grid_are_refused() {
    // Almost all rows are at -M; knowing the first feature alone says +M, knowing both -M again.
    let large = (1 << 52) - 1;
    let split = |feature, left, right, cover| {
        let rule = SplitRule::AtMost(0.0);
        TreeNode::Split {
            feature,
            rule,
            missing_left: true,
            left,
            right,
            cover,
        }
    };
    let leaf = |value, cover| TreeNode::Leaf { value, cover };
    let nodes = [
        split(0, 1, 2, 1e12),
        leaf(-large, 1e12),
        split(1, 3, 4, 1e6),
        leaf(large, 1e6),
        leaf(-large, 1.0),
    ];
    let mut parts = TreeParts::new(0, vec![0; 2], vec![0]);
    parts.push_tree(0, &nodes).unwrap();
    let model = Model::Trees(TreeEnsemble::from_parts(parts).unwrap());
    let columns = vec![FeatureColumn::Number(vec![1.0]); 2];
    let refused = model.explain(&Features { n_rows: 1, columns }, 0..1);
    assert_eq!(refused, Err(ModelError::Inexact { row: 0 }));
}

#[test]
fn rows_of_one_cohort_and_rows_alone_get_the_same_bits() {
    // Deep trees over four features: every path asks the same features again and again.
    let model = Model::Trees(random_ensemble(&mut Random(31), 2, 6, 120));
    let features = random_features(&mut Random(32), 600);
    let whole = model.explain(&features, 0..600).unwrap();
    let parts: Vec<f64> = [0..1, 1..18, 18..600]
        .into_iter()
        .flat_map(|rows| model.explain(&features, rows).unwrap().contributions)
        .collect();
    assert_eq!(parts, whole.contributions);
}
