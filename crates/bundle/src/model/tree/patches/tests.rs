#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features};

use crate::model::tree::patches::{Patches, avx2};
use crate::model::tree::questions::Questions;
use crate::model::tree::tests::Random;
use crate::model::{FloatParts, Precision, SplitRule, TreeEnsemble, TreeNode, TreeParts};

/// What trees look like.
struct Shape {
    n_numbers: u32,
    /// Each number is compared with 0, 1 and so on.
    n_thresholds: u64,
    n_trees: u32,
    /// Which trees add to in turn.
    n_outputs: u32,
    n_splits: usize,
    /// Every split is made at the newest leaf.
    is_chain: bool,
}

const WIDE: Shape = Shape {
    n_numbers: 28,
    n_thresholds: 254,
    n_trees: 21,
    n_outputs: 1,
    n_splits: 254,
    is_chain: false,
};

/// Trees over some numbers and a category of three levels.
fn ensemble(random: &mut Random, shape: &Shape) -> TreeEnsemble {
    let mut levels = vec![0; shape.n_numbers as usize];
    levels.push(3);
    let mut parts = TreeParts::new(0, levels, vec![5; shape.n_outputs as usize]);
    for number in 0..shape.n_trees {
        let tree = tree(random, shape);
        parts.push_tree(number % shape.n_outputs, &tree).unwrap();
    }
    TreeEnsemble::from_parts(parts).unwrap()
}

fn tree(random: &mut Random, shape: &Shape) -> Vec<TreeNode> {
    let leaf = |random: &mut Random| TreeNode::Leaf {
        value: random.below(1 << 40) as i64,
        cover: 1.0,
    };
    let mut nodes = vec![leaf(random)];
    let mut leaves = vec![0];
    for _ in 0..shape.n_splits {
        let chosen = match shape.is_chain {
            true => leaves.len() - 1,
            false => random.below(leaves.len() as u64) as usize,
        };
        let (at, left, right) = (leaves.swap_remove(chosen), nodes.len(), nodes.len() + 1);
        let feature = random.below(u64::from(shape.n_numbers) + 1) as u32;
        let rule = match feature == shape.n_numbers {
            true => SplitRule::AnyOf(vec![random.below(3) as u32]),
            false => SplitRule::AtMost(random.below(shape.n_thresholds) as f64),
        };
        nodes[at] = TreeNode::Split {
            feature,
            rule,
            missing_left: random.below(2) == 0,
            left,
            right,
            cover: 1.0,
        };
        nodes.extend([leaf(random), leaf(random)]);
        leaves.extend([left, right]);
    }
    nodes
}

/// Rows at, between and beyond the thresholds, and missing.
fn rows(random: &mut Random, shape: &Shape, n_rows: usize) -> Features {
    let number = |random: &mut Random| match random.below(9) {
        0 => f64::NAN,
        1 => [f64::INFINITY, f64::NEG_INFINITY, -0.0][random.below(3) as usize],
        _ => random.below(2 * shape.n_thresholds + 4) as f64 / 2.0 - 1.0,
    };
    let mut columns: Vec<FeatureColumn> = (0..shape.n_numbers)
        .map(|_| FeatureColumn::Number((0..n_rows).map(|_| number(random)).collect()))
        .collect();
    columns.push(FeatureColumn::Category {
        codes: (0..n_rows)
            .map(|_| [0, 1, 2, prepare::MISSING_CODE][random.below(4) as usize])
            .collect(),
        n_levels: 3,
    });
    Features { n_rows, columns }
}

/// Scores rows one by one and by walking node by node; says whether patches were used.
fn is_cut(shape: &Shape) -> bool {
    let mut random = Random(91 + shape.n_splits as u64);
    let model = ensemble(&mut random, shape);
    let features = rows(&mut random, shape, 200);
    get_the_same_bits(&model, &features);
    model.laid_out().unwrap().is_cut()
}

fn get_the_same_bits(model: &TreeEnsemble, features: &Features) {
    let n_outputs = model.n_outputs();
    let mut walked = vec![0.0; features.n_rows * n_outputs];
    model.score_by_walking(features, 0..features.n_rows, &mut walked);
    assert!(model.ranked.get().is_none());
    model.lay_out();
    let bits = |margins: &[f64]| margins.iter().map(|margin| margin.to_bits()).collect::<Vec<_>>();
    for (row, walked) in walked.chunks(n_outputs).enumerate() {
        let mut out = vec![0.0; n_outputs];
        model.score(features, row..row + 1, &mut out);
        assert_eq!(bits(&out), bits(walked), "{} trees, row {row}", model.n_trees());
    }
}

/// As trees are imported: values are no whole numbers, and sums of them are rounded, so that their order counts.
fn imported(random: &mut Random, shape: &Shape, precision: Precision) -> TreeEnsemble {
    let rounded = |value: f64| match precision {
        Precision::F64 => value,
        Precision::F32 => f64::from(value as f32),
    };
    let floats = FloatParts {
        precision,
        base: vec![rounded(0.1); shape.n_outputs as usize],
        value: Vec::new(),
        n_averaged: 1,
        codes: Vec::new(),
    };
    let mut parts = TreeParts::of_floats(vec![0; shape.n_numbers as usize], floats);
    let of_numbers = |node| match node {
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
            feature: feature % shape.n_numbers,
            rule: match rule {
                SplitRule::AnyOf(_) => SplitRule::AtMost(1.0),
                rule => rule,
            },
            missing_left,
            left,
            right,
            cover,
        },
    };
    for number in 0..shape.n_trees {
        let nodes: Vec<TreeNode<f64>> = tree(random, shape).into_iter().map(of_numbers).collect();
        parts.push_tree(number % shape.n_outputs, &nodes).unwrap();
    }
    TreeEnsemble::from_parts(parts).unwrap()
}

#[test]
fn sums_are_rounded_in_the_order_of_the_trees() {
    for precision in [Precision::F64, Precision::F32] {
        for n_outputs in [1, 3] {
            for n_trees in [1, 31, 32, 33, 64, 65, 127, 128, 129, 257, 391] {
                let shape = Shape {
                    n_splits: 20,
                    n_thresholds: 30,
                    n_trees,
                    n_outputs,
                    ..WIDE
                };
                let mut random = Random(u64::from(n_trees));
                let model = imported(&mut random, &shape, precision);
                let mut features = rows(&mut random, &shape, 40);
                features.columns.pop();
                get_the_same_bits(&model, &features);
                assert_eq!(model.laid_out().unwrap().is_cut(), avx2::is_there());
            }
        }
    }
}

#[test]
fn few_long_trees_stand_among_short_ones() {
    let of = |n_splits, n_trees| Shape {
        n_splits,
        n_trees,
        is_chain: true,
        ..WIDE
    };
    for n_long in [0_u32, 1, 7, 8, 9] {
        let (mut random, mut parts) = (
            Random(3 + u64::from(n_long)),
            TreeParts::new(0, [vec![0; 28], vec![3]].concat(), vec![5]),
        );
        for number in 0..70 {
            let n_splits = if number % 9 == 0 && number / 9 < n_long {
                250
            } else {
                9
            };
            parts.push_tree(0, &tree(&mut random, &of(n_splits, 1))).unwrap();
        }
        let model = TreeEnsemble::from_parts(parts).unwrap();
        get_the_same_bits(&model, &rows(&mut random, &WIDE, 100));
    }
}

#[test]
fn single_rows_get_the_bits_of_a_walk() {
    for n_splits in [0, 1, 2, 6, 7, 8, 9, 30, 31, 63, 254] {
        for n_trees in [1, 7, 8, 9] {
            let shape = Shape {
                n_splits,
                n_trees,
                ..WIDE
            };
            assert_eq!(is_cut(&shape), avx2::is_there());
            assert_eq!(
                is_cut(&Shape {
                    is_chain: true,
                    ..shape
                }),
                avx2::is_there()
            );
        }
    }
}

#[test]
fn many_trees_are_walked_some_at_a_time() {
    let shape = |n_trees| Shape {
        n_trees,
        n_splits: 20,
        n_thresholds: 30,
        ..WIDE
    };
    for n_trees in [120, 127, 128, 129, 136, 137, 256, 257] {
        for n_outputs in [1, 3] {
            let shape = Shape {
                n_outputs,
                ..shape(n_trees)
            };
            assert_eq!(is_cut(&shape), avx2::is_there());
        }
    }
}

#[test]
fn any_number_of_tables_and_windows_gives_the_bits_of_a_walk() {
    // Sets of the category take up to six bytes.
    for n_numbers in [1, 3, 10, 17, 33, 58] {
        assert_eq!(is_cut(&Shape { n_numbers, ..WIDE }), avx2::is_there());
    }
    for n_thresholds in [1, 253, 255, 508, 509, 4000] {
        let shape = Shape {
            n_numbers: 2,
            n_thresholds,
            n_trees: 40,
            ..WIDE
        };
        assert_eq!(is_cut(&shape), avx2::is_there());
    }
}

#[test]
fn what_does_not_fit_is_walked() {
    assert!(!is_cut(&Shape {
        n_numbers: 65,
        ..WIDE
    }));
    assert!(!is_cut(&Shape {
        n_numbers: 4,
        n_thresholds: 10_000,
        n_trees: 99,
        ..WIDE
    }));
}

#[test]
fn trees_are_laid_out_when_some_rows_were_asked() {
    let mut random = Random(7);
    let model = ensemble(&mut random, &WIDE);
    let features = rows(&mut random, &WIDE, 90);
    let mut walked = vec![0.0; 90];
    model.score_by_walking(&features, 0..90, &mut walked);
    for (row, walked) in walked.iter().enumerate() {
        assert_eq!(model.ranked.get().is_some(), 65 <= row, "row {row}");
        let mut out = [0.0];
        model.score(&features, row..row + 1, &mut out);
        assert_eq!(out[0].to_bits(), walked.to_bits(), "row {row}");
    }
    let copy = model.clone();
    assert!(copy.ranked.get().is_some());
}

#[test]
fn a_layout_that_answers_otherwise_is_not_used() {
    let mut random = Random(19);
    for shape in [
        WIDE,
        Shape {
            n_splits: 3,
            n_trees: 9,
            ..WIDE
        },
    ] {
        let (model, other) = (ensemble(&mut random, &shape), ensemble(&mut random, &shape));
        let [own, others] = [&model, &other]
            .map(|of| super::super::ranked::Ranked::build(&of.layout, &of.parts.cover).unwrap());
        assert!(model.is_answered_by(&own));
        assert!(!model.is_answered_by(&others));
    }
}

/// A tree over one number in patches, where the machine has what they need.
fn patches_of(nodes: &[TreeNode]) -> Option<Patches> {
    let mut parts = TreeParts::new(0, vec![0], vec![0]);
    parts.push_tree(0, nodes).unwrap();
    let model = TreeEnsemble::from_parts(parts).unwrap();
    let (questions, asked) = Questions::of(&model.layout).unwrap();
    let built = Patches::build(&model.layout, &questions, &asked, &model.parts.cover);
    assert_eq!(built.is_some(), avx2::is_there());
    built
}

#[test]
fn what_most_rows_meet_stands_in_the_first_patch() {
    // on the left fifteen splits that a row in a hundred meets, on the right five for all others
    let leaf = |cover| TreeNode::Leaf { value: 1, cover };
    let split = |threshold: u32, left, cover| TreeNode::Split {
        feature: 0,
        rule: SplitRule::AtMost(f64::from(threshold)),
        missing_left: true,
        left,
        right: left + 1,
        cover,
    };
    let mut nodes = vec![split(50, 1, 100.0), leaf(1.0), leaf(99.0)];
    // breadth first, from node 1 on; node 2 is the right's
    for number in 0..15 {
        let (at, left) = (if number == 0 { 1 } else { number + 2 }, nodes.len());
        nodes[at] = split(number as u32, left, 1.0);
        nodes.extend([leaf(0.5), leaf(0.5)]);
    }
    let mut at = 2;
    for number in 0..5 {
        let left = nodes.len();
        nodes[at] = split(60 + number, left, 99.0);
        nodes.extend([leaf(1.0), leaf(98.0)]);
        at = left + 1;
    }
    if let Some(patches) = patches_of(&nodes) {
        // two ends lead on to the left's other splits, six are the leaves of the right
        assert_eq!(patches.sheet.firsts()[0].leaves[0], 0b1111_1100);
    }
}

#[test]
fn where_nothing_is_known_of_rows_ends_of_many_leaves_are_split() {
    // a full tree of six levels: three of them stand in a patch
    let mut nodes = Vec::new();
    for number in 0..127 {
        nodes.push(match number < 63 {
            true => TreeNode::Split {
                feature: 0,
                rule: SplitRule::AtMost(f64::from(number)),
                missing_left: true,
                left: 2 * number as usize + 1,
                right: 2 * number as usize + 2,
                cover: 1.0,
            },
            false => TreeNode::Leaf { value: 1, cover: 1.0 },
        });
    }
    let Some(patches) = patches_of(&nodes) else { return };
    // the root's eight ends all lead on, and each of theirs is a leaf
    assert_eq!(patches.sheet.firsts()[0].leaves[0], 0);
    let others = patches.sheet.others();
    assert!(others.iter().all(|patch| patch.leaves & 0xFF == 0xFF));
}
