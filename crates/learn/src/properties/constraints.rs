//! Constraints hold.

use super::*;
use crate::trees::Growth;

/// Two numbers that the target rises with, one with missing values, and noise.
fn rising(n_rows: usize) -> (Features, Vec<f64>) {
    let mut draw = Draw::new(2, 2);
    let mut uniform = || -> Vec<f64> { (0..n_rows).map(|_| draw.uniform()).collect() };
    let (mut x, z, gap) = (uniform(), uniform(), uniform());
    let values = (0..n_rows)
        .map(|row| 3.0 * (x[row] + z[row] - 1.0) + draw.normal())
        .collect();
    x.iter_mut()
        .zip(gap)
        .filter(|(_, gap)| *gap < 0.1)
        .for_each(|(x, _)| *x = f64::NAN);
    (numbers([x, z]), values)
}

fn numbers(columns: [Vec<f64>; 2]) -> Features {
    Features {
        n_rows: columns[0].len(),
        columns: columns.map(FeatureColumn::Number).into(),
    }
}

fn fit_named(case: &Case, features: &Features, names: &[&str]) -> Model {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let data = Training {
        features,
        target: &case.target,
        weights: None,
        names: &names,
    };
    case.trainer.fit(&data, &Context::new(1)).unwrap()
}

/// Whether each output goes in a direction along the first feature, wherever the second stands.
fn goes(model: &Model, direction: i64) -> bool {
    let steps: Vec<f64> = (0..=200).map(|step| f64::from(step) / 200.0).collect();
    let n_outputs = model.n_outputs();
    [0.05, 0.3, 0.5, 0.7, 0.95, f64::NAN].iter().all(|z| {
        let margins = model
            .all_margins(&numbers([steps.clone(), vec![*z; 201]]))
            .unwrap();
        (0..n_outputs).all(|output| {
            let of_output = margins.iter().skip(output).step_by(n_outputs);
            let of_output: Vec<f64> = of_output.map(|margin| margin * direction as f64).collect();
            of_output.is_sorted()
        })
    })
}

#[test]
fn what_keeps_a_direction_still_follows_its_target_in_any_unit() {
    let x: Vec<f64> = (0..500).map(|row| f64::from(row) / 499.0).collect();
    let features = numbers([x.clone(), vec![0.0; 500]]);
    for unit in [1e-3, 1.0, 1e6] {
        let target = Target::Number(x.iter().map(|x| x * unit).collect());
        for loss in [LossName::Squared, LossName::Absolute, LossName::Quantile] {
            let params = boost::Params {
                loss,
                quantiles: vec![0.5],
                rounds: Some(100),
                monotone: vec![("x".to_owned(), 1)],
                ..boost::Params::default()
            };
            let case = Case {
                name: "",
                trainer: Box::new(params.check().unwrap()),
                target: target.clone(),
            };
            let model = fit_named(&case, &features, &["x", "z"]);
            let found = model.all_margins(&features).unwrap();
            let furthest = found
                .iter()
                .zip(&x)
                .map(|(found, x)| (found / unit - x).abs())
                .fold(0.0, f64::max);
            assert!(furthest < 0.05, "{loss:?} {unit} {furthest}");
            assert!(goes(&model, 1), "{loss:?} {unit}");
        }
    }
}

#[test]
fn a_direction_is_kept_by_every_loss_however_trees_grow() {
    let (features, values) = rising(3000);
    let ways = [
        (Growth::Leaf, 8, None, RowChance::Auto, GradientMode::Exact),
        (
            Growth::Leaf,
            255,
            Some(0.5),
            RowChance::Uniform,
            GradientMode::Packed,
        ),
        (
            Growth::Level,
            255,
            Some(0.4),
            RowChance::Gradient,
            GradientMode::Exact,
        ),
        (
            Growth::Level,
            31,
            Some(0.4),
            RowChance::Gradient,
            GradientMode::Packed,
        ),
    ];
    for direction in [1, -1] {
        for (growth, leaves, row_sample, row_chance, gradients) in ways {
            let cases = losses(&values, |params| boost::Params {
                monotone: vec![("x".to_owned(), direction)],
                growth,
                max_leaves: Some(leaves),
                min_rows_per_leaf: Some(1.0),
                l2: Some(0.0),
                row_sample,
                row_chance,
                gradients,
                ..params
            });
            for case in cases {
                let model = fit_named(&case, &features, &["x", "z"]);
                assert!(
                    goes(&model, direction),
                    "{} {direction} {growth:?} {leaves}",
                    case.name
                );
            }
        }
    }
    let free = losses(&values, |params| params);
    let bends = |case: &Case| !goes(&fit_named(case, &features, &["x", "z"]), 1);
    assert!(free.iter().any(bends), "the data alone do not keep it");
}

/// The features on the ways to the leaves of each tree.
fn paths(parts: &TreeParts) -> Vec<Vec<u32>> {
    let mut paths = vec![];
    let mut start = 0;
    for &n_nodes in &parts.tree_n_nodes {
        let of_tree = &parts.feature[start..start + n_nodes as usize];
        start += n_nodes as usize;
        let mut on_way: Vec<Vec<u32>> = vec![vec![]];
        // The children of a tree's splits stand in the order of their parents.
        for (node, &feature) in of_tree.iter().enumerate() {
            let mut way = on_way[node].clone();
            if feature == bundle::model::LEAF {
                paths.push(way);
            } else {
                way.push(feature);
                on_way.extend([way.clone(), way]);
            }
        }
    }
    paths
}

/// Five numbers and a category that all matter together.
fn entangled(n_rows: usize) -> (Features, Vec<f64>) {
    let mut draw = Draw::new(8, 1);
    let columns: Vec<Vec<f64>> = (0..5)
        .map(|_| (0..n_rows).map(|_| draw.normal()).collect())
        .collect();
    let codes: Vec<u32> = (0..n_rows).map(|_| draw.below(9) as u32).collect();
    let value = |row: usize| {
        let signs: f64 = columns.iter().map(|column| column[row].signum()).product();
        columns.iter().map(|column| column[row]).sum::<f64>() + signs * f64::from(codes[row] % 3)
    };
    let values = (0..n_rows).map(value).collect();
    let mut columns: Vec<FeatureColumn> = columns.into_iter().map(FeatureColumn::Number).collect();
    columns.push(FeatureColumn::Category { codes, n_levels: 9 });
    (Features { n_rows, columns }, values)
}

#[test]
fn features_of_no_common_set_never_meet_on_a_way() {
    let (features, values) = entangled(1500);
    let names = ["a", "b", "c", "d", "e", "f"];
    // `c` is in two sets, `e` in none.
    let sets: [&[u32]; 4] = [&[0, 1, 2], &[2, 3], &[5, 3], &[4]];
    let named = |set: &&[u32]| {
        set.iter()
            .map(|&feature| names[feature as usize].to_owned())
            .collect()
    };
    let interactions: Vec<Vec<String>> = sets[..3].iter().map(named).collect();
    let mut cases = Vec::new();
    for growth in [Growth::Leaf, Growth::Level] {
        cases.extend(losses(&values, |params| boost::Params {
            interactions: interactions.clone(),
            growth,
            max_leaves: Some(64),
            row_sample: Some(0.7),
            ..params
        }));
    }
    let of_forest = || forest::Params {
        trees: 12,
        interactions: interactions.clone(),
        ..forest::Params::default()
    };
    for (_, _, target) in learnable(&values).into_iter().take(3) {
        for trainer in [
            Box::new(of_forest().check().unwrap()) as Box<dyn Trainer>,
            Box::new(of_forest().check_extra().unwrap()),
        ] {
            let target = target.clone();
            cases.push(Case {
                name: "forest",
                trainer,
                target,
            });
        }
    }
    let mut longest = 0;
    for case in cases {
        for way in paths(parts(&fit_named(&case, &features, &names))) {
            let is_within = |set: &&[u32]| way.iter().all(|feature| set.contains(feature));
            assert!(sets.iter().any(is_within), "{} {way:?}", case.name);
            longest = longest.max(way.len());
        }
    }
    assert!(3 < longest);
}
