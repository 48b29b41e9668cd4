#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features};

use super::{Batch, lanes, planes::Planes};
use crate::model::tree::tests::{LEVELS, Random, random_features, random_tree};
use crate::model::{FloatParts, Precision, SplitRule, TreeEnsemble, TreeNode, TreeParts, ZERO};

/// Float trees over two numbers and two codes, some splits with zero as missing.
fn float_ensemble(
    random: &mut Random,
    precision: Precision,
    n_outputs: u32,
    sizes: &[usize],
) -> TreeEnsemble {
    let codes: Vec<u32> = (0..2).chain((0..39).map(|code| 3 * code + 1)).collect();
    let rounded = |value: f64| match precision {
        Precision::F64 => value,
        Precision::F32 => f64::from(value as f32),
    };
    let floats = FloatParts {
        precision,
        base: (0..n_outputs)
            .map(|output| f64::from(output) * 0.5 - 0.25)
            .collect(),
        value: Vec::new(),
        n_averaged: 3,
        codes,
    };
    let mut parts = TreeParts::of_floats(LEVELS.to_vec(), floats);
    for (position, &n_splits) in sizes.iter().enumerate() {
        let nodes: Vec<TreeNode<f64>> = random_tree(random, n_splits)
            .into_iter()
            .map(|node| match node {
                TreeNode::Leaf { value, cover } => TreeNode::Leaf {
                    value: rounded(value as f64 / 999_983.0),
                    cover,
                },
                TreeNode::Split {
                    feature,
                    rule,
                    missing_left,
                    left,
                    right,
                    cover,
                } => TreeNode::Split {
                    feature,
                    rule: match rule {
                        SplitRule::AtMost(t) if random.below(3) == 0 && precision == Precision::F64 => {
                            SplitRule::NonZeroAtMost(t - 0.3)
                        }
                        SplitRule::AtMost(t) => SplitRule::AtMost(rounded(t)),
                        other => other,
                    },
                    missing_left,
                    left,
                    right,
                    cover,
                },
            })
            .collect();
        parts.push_tree(position as u32 % n_outputs, &nodes).unwrap();
    }
    TreeEnsemble::from_parts(parts).unwrap()
}

/// Numbers at and beside thresholds, zeros, infinities, and codes of every kind.
fn float_rows(random: &mut Random, model: &TreeEnsemble, n_rows: usize) -> Features {
    let thresholds = model.cuts(1000);
    let special = [
        0.0,
        -0.0,
        ZERO,
        -ZERO,
        1e-34,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
    ];
    let column = |feature: usize, random: &mut Random| {
        (0..n_rows)
            .map(|_| match (random.below(4), &thresholds[feature][..]) {
                (0, _) | (_, []) => special[random.below(special.len() as u64) as usize],
                (1, _) => 50.0 * random.unit() - 2.0,
                (_, known) => {
                    let at = known[random.below(known.len() as u64) as usize];
                    [at, at.next_up(), at.next_down(), f64::from((at as f32).next_up())]
                        [random.below(4) as usize]
                }
            })
            .collect()
    };
    Features {
        n_rows,
        columns: (0..LEVELS.len())
            .map(|feature| FeatureColumn::Number(column(feature, random)))
            .collect(),
    }
}

fn same_bits(model: &TreeEnsemble, features: &Features) {
    let n = features.n_rows;
    let mut walked = vec![0.0; n * model.n_outputs()];
    model.score_by_walking(features, 0..n, &mut walked);
    let mut batched = vec![0.0; n * model.n_outputs()];
    model.margins(features, 0..n, &mut batched).unwrap();
    let bits = |margins: &[f64]| margins.iter().map(|margin| margin.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&batched), bits(&walked));
    let mut alone = vec![0.0; model.n_outputs()];
    for row in 0..n.min(40) {
        model.margins(features, row..row + 1, &mut alone).unwrap();
        assert_eq!(bits(&alone), bits(&walked[row * alone.len()..][..alone.len()]));
    }
}

#[test]
fn many_rows_get_the_bits_of_a_walk() {
    let mut random = Random(19);
    let sizes = [0, 1, 5, 30, 30, 31, 32, 254, 255, 256, 700, 3];
    for n_outputs in [1, 3, 40] {
        let mut parts = TreeParts::new(20, LEVELS.to_vec(), vec![9; n_outputs as usize]);
        for (position, &n_splits) in sizes.iter().enumerate() {
            let tree = random_tree(&mut random, n_splits);
            parts.push_tree(position as u32 % n_outputs, &tree).unwrap();
        }
        let model = TreeEnsemble::from_parts(parts).unwrap();
        for n_rows in [16, 127, 128, 129, 1500] {
            same_bits(&model, &random_features(&mut random, n_rows));
        }
    }
}

#[test]
fn many_rows_get_the_bits_of_a_walk_in_other_arithmetics() {
    let mut random = Random(23);
    for precision in [Precision::F64, Precision::F32] {
        for n_outputs in [1, 3] {
            let model = float_ensemble(&mut random, precision, n_outputs, &[0, 2, 30, 31, 255, 256, 400]);
            for n_rows in [17, 300, 1100] {
                let rows = float_rows(&mut random, &model, n_rows);
                same_bits(&model, &rows);
            }
        }
    }
}

#[test]
fn one_row_alone_is_read_as_in_a_table() {
    let mut random = Random(29);
    let model = float_ensemble(
        &mut random,
        Precision::F64,
        2,
        &[4, 30, 31, 7, 9, 30, 2, 1, 8, 30],
    );
    let features = float_rows(&mut random, &model, 60);
    let margins = crate::Model::Trees(model.clone()).all_margins(&features).unwrap();
    for row in 0..60 {
        if row == 30 {
            model.lay_out();
        }
        let cells: Vec<f64> = features
            .columns
            .iter()
            .map(|column| match column {
                FeatureColumn::Number(values) => values[row],
                FeatureColumn::Category { .. } => unreachable!("imports read numbers"),
            })
            .collect();
        let mut out = [0.0; 2];
        model.margins_of_row(&cells, &mut out).unwrap();
        assert_eq!(out[..], margins[2 * row..2 * row + 2]);
    }
    assert!(model.margins_of_row(&[0.0; 3], &mut [0.0; 2]).is_err());
    assert!(model.margins_of_row(&[0.0; 4], &mut [0.0; 1]).is_err());
}

#[test]
fn wide_registers_find_the_same_leaves() {
    let mut random = Random(37);
    let model = float_ensemble(&mut random, Precision::F64, 1, &[255, 40, 3]);
    let features = float_rows(&mut random, &model, 256);
    let batch = Batch::build(model.layout());
    let mut planes = Planes::new(&batch, 256);
    planes.take(&batch, model.layout().reader(), &features, 0..256);
    for program in &batch.programs {
        let super::Program::Steps { steps, groups, .. } = program else {
            panic!("small trees are not walked");
        };
        for first in [0, 128] {
            planes.take_groups(&batch, &batch.groups[groups.clone()], first);
            let mut plain = [0; lanes::LANES];
            lanes::portable(&batch.steps[steps.clone()], &planes, first, &mut plain);
            assert_eq!(lanes::leaves(&batch.steps[steps.clone()], &planes, first), plain);
        }
    }
}
