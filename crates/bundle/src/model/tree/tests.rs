#![allow(clippy::unwrap_used)]
use prepare::{FeatureColumn, Features, MISSING_CODE};

use super::*;
use crate::model::Model;

/// A small generator for tests (Marsaglia 2003, xorshift64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub(crate) const LEVELS: [u32; 4] = [0, 0, 3, 40];

/// Random rows of two numbers, a category of 3 and one of 40 levels, a fifth of the cells missing.
pub(crate) fn random_features(random: &mut Random, n_rows: usize) -> Features {
    let columns = LEVELS.iter().map(|&levels| match levels {
        0 => FeatureColumn::Number(
            (0..n_rows)
                .map(|_| {
                    if random.below(5) == 0 {
                        f64::NAN
                    } else {
                        random.unit()
                    }
                })
                .collect(),
        ),
        levels => FeatureColumn::Category {
            codes: (0..n_rows)
                .map(|_| match random.below(5) {
                    0 => MISSING_CODE,
                    _ => random.below(u64::from(levels)) as u32,
                })
                .collect(),
            n_levels: levels,
        },
    });
    Features {
        n_rows,
        columns: columns.collect(),
    }
}

/// A random tree of `n_splits` splits over [`LEVELS`], grown at random leaves.
pub(crate) fn random_tree(random: &mut Random, n_splits: usize) -> Vec<TreeNode> {
    let mut nodes = vec![TreeNode::Leaf {
        value: 0,
        cover: 1000.0,
    }];
    for _ in 0..n_splits {
        let leaves: Vec<usize> = (0..nodes.len())
            .filter(|&i| matches!(nodes[i], TreeNode::Leaf { .. }))
            .collect();
        let leaf = leaves[random.below(leaves.len() as u64) as usize];
        let TreeNode::Leaf { cover, .. } = nodes[leaf] else {
            unreachable!()
        };
        let left_cover = cover * (0.05 + 0.9 * random.unit());
        let feature = random.below(LEVELS.len() as u64) as u32;
        let rule = match LEVELS[feature as usize] {
            0 => SplitRule::AtMost(random.unit()),
            levels => SplitRule::AnyOf((0..levels).filter(|_| random.below(2) == 0).collect()),
        };
        let (left, right) = (nodes.len(), nodes.len() + 1);
        nodes.push(TreeNode::Leaf {
            value: random.below(2_000_000) as i64 - 900_000,
            cover: left_cover,
        });
        nodes.push(TreeNode::Leaf {
            value: random.below(2_000_000) as i64 - 900_000,
            cover: cover - left_cover,
        });
        nodes[leaf] = TreeNode::Split {
            feature,
            rule,
            missing_left: random.below(2) == 0,
            left,
            right,
            cover,
        };
    }
    nodes
}

pub(crate) fn random_ensemble(
    random: &mut Random,
    n_outputs: u32,
    n_trees: u32,
    n_splits: usize,
) -> TreeEnsemble {
    let mut parts = TreeParts::new(20, LEVELS.to_vec(), vec![77; n_outputs as usize]);
    for tree in 0..n_trees {
        parts
            .push_tree(tree % n_outputs, &random_tree(random, n_splits))
            .unwrap();
    }
    TreeEnsemble::from_parts(parts).unwrap()
}

/// Walks the nodes as they were before they were laid out.
fn value_of(nodes: &[TreeNode], features: &Features, row: usize) -> i64 {
    let mut at = 0;
    loop {
        let (feature, rule, missing_left, children) = match &nodes[at] {
            TreeNode::Leaf { value, .. } => return *value,
            TreeNode::Split {
                feature,
                rule,
                missing_left,
                left,
                right,
                ..
            } => (feature, rule, missing_left, [left, right]),
        };
        let goes_left = match (&features.columns[*feature as usize], rule) {
            (FeatureColumn::Number(x), SplitRule::AtMost(t)) if !x[row].is_nan() => x[row] <= *t,
            (FeatureColumn::Category { codes, .. }, SplitRule::AnyOf(levels))
                if codes[row] != MISSING_CODE =>
            {
                levels.contains(&codes[row])
            }
            _ => *missing_left,
        };
        at = *children[usize::from(!goes_left)];
    }
}

#[test]
fn scores_as_a_walk_through_the_nodes() {
    let mut random = Random(7);
    let features = random_features(&mut random, 203);
    let trees: Vec<_> = (0..12).map(|i| random_tree(&mut random, 3 * i)).collect();
    let mut parts = TreeParts::new(20, LEVELS.to_vec(), vec![5, -5, 0]);
    for (i, tree) in trees.iter().enumerate() {
        parts.push_tree(i as u32 % 3, tree).unwrap();
    }
    let model = Model::Trees(TreeEnsemble::from_parts(parts.clone()).unwrap());
    let margins = model.all_margins(&features).unwrap();
    for row in 0..features.n_rows {
        for output in 0..3 {
            let trees = trees.iter().skip(output).step_by(3);
            let units = parts.base[output] + trees.map(|tree| value_of(tree, &features, row)).sum::<i64>();
            assert_eq!(margins[row * 3 + output], units as f64 / f64::from(1 << 20));
        }
    }
}

#[test]
fn any_cut_gives_the_same_bits() {
    let mut random = Random(11);
    let model = random_ensemble(&mut random, 2, 20, 30);
    let features = random_features(&mut random, 150);
    let mut whole = vec![0.0; 300];
    model.margins(&features, 0..150, &mut whole).unwrap();
    for step in [1, 7, 64, 65] {
        let mut cut = vec![0.0; 300];
        for start in (0..150).step_by(step) {
            let end = (start + step).min(150);
            model
                .margins(&features, start..end, &mut cut[2 * start..2 * end])
                .unwrap();
        }
        assert_eq!(cut, whole);
    }
}

#[test]
fn parts_come_back_and_make_the_same_model() {
    let model = random_ensemble(&mut Random(3), 1, 5, 9);
    let again = TreeEnsemble::from_parts(model.parts().clone()).unwrap();
    assert_eq!(again.parts(), model.parts());
}

#[test]
fn unknown_codes_count_as_other() {
    let mut parts = TreeParts::new(0, vec![3], vec![0]);
    let split = |left| TreeNode::Split {
        feature: 0,
        rule: SplitRule::AnyOf(left),
        missing_left: false,
        left: 1,
        right: 2,
        cover: 2.0,
    };
    let leaf = |value| TreeNode::Leaf { value, cover: 1.0 };
    parts.push_tree(0, &[split(vec![2]), leaf(1), leaf(2)]).unwrap();
    let model = TreeEnsemble::from_parts(parts).unwrap();
    let codes = vec![0, 2, 3, 4_000_000_000, MISSING_CODE];
    let features = Features {
        n_rows: 5,
        columns: vec![FeatureColumn::Category { codes, n_levels: 3 }],
    };
    let mut out = [0.0; 5];
    model.margins(&features, 0..5, &mut out).unwrap();
    assert_eq!(out, [2.0, 1.0, 1.0, 1.0, 2.0]);
}

#[test]
fn features_that_do_not_fit_are_refused() {
    let model = random_ensemble(&mut Random(5), 1, 2, 3);
    let features = random_features(&mut Random(5), 4);
    let refused = |features: &Features| model.margins(features, 0..4, &mut [0.0; 4]).is_err();
    assert!(!refused(&features));
    let mut fewer = features.clone();
    fewer.columns.pop();
    assert!(refused(&fewer));
    let mut swapped = features.clone();
    swapped.columns.swap(1, 2);
    assert!(refused(&swapped));
    let mut short = features.clone();
    short.columns[0] = FeatureColumn::Number(vec![0.0; 3]);
    assert!(refused(&short));
}

type Spoil = fn(&mut TreeParts);

#[test]
fn every_spoilt_list_is_refused() {
    let good = random_ensemble(&mut Random(9), 2, 4, 12).parts().clone();
    let spoil: &[(&str, Spoil)] = &[
        ("exponent", |p| p.grid_exponent = 4000),
        ("no output", |p| p.base.clear()),
        ("large base", |p| p.base[0] = i64::MIN),
        ("output", |p| p.tree_output[1] = 2),
        ("tree count", |p| p.tree_n_nodes.push(1)),
        ("empty tree", |p| p.tree_n_nodes[0] = 0),
        ("node count", |p| p.tree_n_nodes[0] += 2),
        ("moved node", |p| {
            p.tree_n_nodes[0] += 2;
            p.tree_n_nodes[1] -= 2;
        }),
        ("huge count", |p| p.tree_n_nodes = vec![u32::MAX; 4]),
        ("feature", |p| p.feature[0] = 4),
        ("leaf for split", |p| p.feature[0] = LEAF),
        ("cover list", |p| p.cover.truncate(3)),
        ("zero cover", |p| p.cover[2] = 0.0),
        ("no cover", |p| p.cover[2] = f64::NAN),
        ("threshold", |p| p.threshold[0] = f64::INFINITY),
        ("missing_left", |p| p.missing_left[1] = 2),
        ("words", |p| p.category_words.push(0)),
        ("bits", |p| {
            p.category_words.iter_mut().for_each(|w| *w = u32::MAX)
        }),
        ("values", |p| p.value.push(0)),
        ("overflow", |p| p.value[0] = i64::MIN),
        ("sum", |p| p.value.iter_mut().for_each(|v| *v = 1 << 51)),
    ];
    assert!(TreeEnsemble::from_parts(good.clone()).is_ok());
    for (what, spoil) in spoil {
        let mut parts = good.clone();
        spoil(&mut parts);
        assert!(TreeEnsemble::from_parts(parts).is_err(), "{what}");
    }
}

#[test]
fn trees_too_deep_and_nodes_met_twice_are_refused() {
    let chain = |n: usize| {
        let mut parts = TreeParts::new(0, vec![0], vec![0]);
        let mut nodes = Vec::new();
        for i in 0..n {
            let rule = SplitRule::AtMost(i as f64);
            let (left, right) = (2 * i + 1, 2 * i + 2);
            nodes.push(TreeNode::Split {
                feature: 0,
                rule,
                missing_left: true,
                left,
                right,
                cover: 1.0,
            });
            nodes.push(TreeNode::Leaf { value: 1, cover: 1.0 });
        }
        nodes.push(TreeNode::Leaf { value: 2, cover: 1.0 });
        parts.push_tree(0, &nodes).unwrap();
        TreeEnsemble::from_parts(parts)
    };
    assert!(chain(MAX_DEPTH).is_ok());
    assert!(chain(MAX_DEPTH + 1).is_err());

    let mut parts = TreeParts::new(0, vec![0], vec![0]);
    let rule = SplitRule::AtMost(0.0);
    let own: TreeNode = TreeNode::Split {
        feature: 0,
        rule,
        missing_left: true,
        left: 0,
        right: 0,
        cover: 1.0,
    };
    assert!(parts.push_tree(0, &[own]).is_err());
}

#[test]
fn five_hundred_large_trees_load_quickly() {
    let parts = random_ensemble(&mut Random(13), 1, 500, 254).parts().clone();
    let start = std::time::Instant::now();
    let model = TreeEnsemble::from_parts(parts).unwrap();
    let elapsed_ms = start.elapsed().as_millis();
    assert_eq!(model.n_trees(), 500);
    // 10 ms is the aim on a quiet machine; tests run beside others.
    assert!(elapsed_ms < 100, "{elapsed_ms} ms");
}
