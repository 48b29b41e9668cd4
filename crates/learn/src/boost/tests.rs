#![allow(clippy::unwrap_used)]
use std::ops::ControlFlow;

use bundle::model::TreeParts;
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::random::Draw;

use super::*;
use crate::{Baseline, Progress, Target};

/// Two numbers, one with missing values, a category of 6 and a constant; all but the last tell about the target.
fn table(n_rows: usize) -> (Features, Vec<f64>) {
    let mut draw = Draw::new(5, 0);
    let a: Vec<f64> = (0..n_rows)
        .map(|_| (draw.uniform() * 400.0).floor() / 100.0)
        .collect();
    let missing = |draw: &mut Draw, x: f64| if draw.below(6) == 0 { f64::NAN } else { x };
    let b: Vec<f64> = (0..n_rows)
        .map(|_| {
            let x = draw.normal();
            missing(&mut draw, x)
        })
        .collect();
    let codes: Vec<u32> = (0..n_rows)
        .map(|_| {
            if draw.below(9) == 0 {
                MISSING_CODE
            } else {
                draw.below(6) as u32
            }
        })
        .collect();
    let effect = [1.5, -0.5, 0.3, -2.0, 0.8, 0.1];
    let target = (0..n_rows).map(|row| {
        let of_b = if b[row].is_nan() { 1.0 } else { -b[row] };
        let of_code = effect.get(codes[row] as usize).copied().unwrap_or(-1.0);
        a[row] * of_b.signum() + of_b + 2.0 * of_code + 0.5 * draw.normal()
    });
    let target = target.collect();
    let columns = vec![
        FeatureColumn::Number(a),
        FeatureColumn::Number(b),
        FeatureColumn::Category { codes, n_levels: 6 },
        FeatureColumn::Number(vec![7.0; n_rows]),
    ];
    (Features { n_rows, columns }, target)
}

fn targets(numbers: &[f64]) -> [Target; 3] {
    let class = |x: &f64| if *x < -1.0 { 0 } else { u32::from(1.0 < *x) + 1 };
    [
        Target::Number(numbers.to_vec()),
        Target::Binary(numbers.iter().map(|x| 0.3 < *x).collect()),
        Target::Classes {
            codes: numbers.iter().map(class).collect(),
            n_classes: 3,
        },
    ]
}

fn params() -> Params {
    Params {
        rounds: Some(25),
        min_rows_per_leaf: Some(5.0),
        ..Params::default()
    }
}

fn fit(
    params: Params,
    features: &Features,
    target: &Target,
    weights: Option<&[f64]>,
    n_threads: usize,
) -> Model {
    let data = Training {
        features,
        target,
        weights,
        names: &[],
    };
    params
        .check()
        .unwrap()
        .fit(
            &data,
            &Context {
                seed: 3,
                n_threads,
                progress: None,
            },
        )
        .unwrap()
}

fn parts(model: &Model) -> &TreeParts {
    match model {
        Model::Trees(trees) => trees.parts(),
        _ => panic!("boosting makes trees"),
    }
}

/// The share of the squared error, or of the log loss of yes and no, that is left beside the baseline's.
fn loss_left(model: &Model, features: &Features, target: &Target) -> f64 {
    let weights = crate::weights::Weights::new(None, target.len()).unwrap();
    let loss = loss::loss_for(target, &Params::default(), &weights).unwrap();
    let data = Training {
        features,
        target,
        weights: None,
        names: &[],
    };
    let baseline = Baseline.fit(&data, &Context::new(0)).unwrap();
    let total = |model: &Model| -> f64 {
        let margins = model.all_margins(features).unwrap();
        margins
            .chunks(target.n_outputs())
            .enumerate()
            .map(|(row, margins)| loss.loss(row, margins))
            .sum()
    };
    total(model) / total(&baseline)
}

#[test]
fn threads_never_change_a_model() {
    let (features, numbers) = table(10_000);
    for target in targets(&numbers) {
        for gradients in [GradientMode::Exact, GradientMode::Packed] {
            let sampled = Params {
                row_sample: Some(0.8),
                rounds: Some(6),
                gradients,
                ..params()
            };
            let one = fit(sampled.clone(), &features, &target, None, 1);
            for n_threads in [2, 3] {
                let more = fit(sampled.clone(), &features, &target, None, n_threads);
                assert!(parts(&one) == parts(&more));
            }
        }
    }
}

#[test]
fn a_whole_weight_equals_repeated_rows() {
    let (features, numbers) = table(600);
    let weights: Vec<f64> = (0..600).map(|row| f64::from(row * row % 4)).collect();
    let repeated: Vec<usize> = (0..600)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    for target in targets(&numbers) {
        let weighted = fit(params(), &features, &target, Some(&weights), 2);
        let whole = fit(
            params(),
            &features.take(&repeated),
            &target.take(&repeated),
            None,
            2,
        );
        assert!(parts(&weighted) == parts(&whole));
    }
}

#[test]
fn rounds_are_chosen_alike_for_weights_and_repeated_rows() {
    let (features, numbers) = table(400);
    let weights: Vec<f64> = (0..400).map(|row| f64::from(row * row % 4)).collect();
    let repeated: Vec<usize> = (0..400)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    let quick = Params {
        learning_rate: Some(0.2),
        patience: 10,
        ..Params::default()
    };
    for target in targets(&numbers) {
        let weighted = fit(quick.clone(), &features, &target, Some(&weights), 1);
        let whole = fit(
            quick.clone(),
            &features.take(&repeated),
            &target.take(&repeated),
            None,
            3,
        );
        assert!(parts(&weighted) == parts(&whole));
        assert!(10 < parts(&whole).tree_output.len());
    }
}

#[test]
fn noise_gets_few_rounds() {
    let (features, _) = table(1000);
    let mut draw = Draw::new(8, 8);
    let target = Target::Binary((0..1000).map(|_| draw.below(2) == 0).collect());
    let model = fit(Params::default(), &features, &target, None, 2);
    assert!(
        parts(&model).tree_output.len() < 30,
        "{}",
        parts(&model).tree_output.len()
    );
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let (features, numbers) = table(500);
    let target = targets(&numbers)[1].clone();
    let order: Vec<usize> = (0..500).map(|i| i * 7 % 500).collect();
    let shuffled = fit(params(), &features.take(&order), &target.take(&order), None, 1);
    assert!(parts(&fit(params(), &features, &target, None, 1)) == parts(&shuffled));
}

#[test]
fn every_loss_is_learnt_in_both_modes() {
    let (features, numbers) = table(3000);
    let (fresh, fresh_numbers) = table(6000);
    let test: Vec<usize> = (3000..6000).collect();
    for (target, fresh_target) in targets(&numbers).iter().zip(targets(&fresh_numbers)) {
        for gradients in [GradientMode::Exact, GradientMode::Packed] {
            let strong = Params {
                rounds: Some(200),
                gradients,
                ..params()
            };
            let model = fit(strong, &features, target, None, 2);
            let left = loss_left(&model, &fresh.take(&test), &fresh_target.take(&test));
            assert!(left < 0.5, "{gradients:?} {left}");
        }
    }
}

#[test]
fn margins_in_training_are_those_in_serving() {
    // Trees fit the residuals of the margins that serving gives: one long training has the trees of a short one.
    let (features, numbers) = table(800);
    for target in targets(&numbers) {
        let sampled = Params {
            row_sample: Some(0.7),
            max_bins: 20,
            ..params()
        };
        let short = fit(
            Params {
                rounds: Some(10),
                ..sampled.clone()
            },
            &features,
            &target,
            None,
            1,
        );
        let model = fit(sampled, &features, &target, None, 1);
        let n = parts(&short).feature.len();
        assert_eq!(parts(&short).feature, parts(&model).feature[..n]);
        assert!(loss_left(&model, &features, &target) < loss_left(&short, &features, &target));
    }
}

#[test]
fn xor_is_learnt() {
    let mut draw = Draw::new(1, 1);
    let mut bits = || -> Vec<u32> { (0..600).map(|_| draw.below(2) as u32).collect() };
    let (a, b) = (bits(), bits());
    let target = Target::Binary(a.iter().zip(&b).map(|(a, b)| a != b).collect());
    let columns = vec![
        FeatureColumn::Number(a.iter().map(|&a| f64::from(a)).collect()),
        FeatureColumn::Category {
            codes: b,
            n_levels: 3,
        },
    ];
    let features = Features { n_rows: 600, columns };
    let all_columns = Params {
        column_sample: Some(1.0),
        rounds: Some(100),
        ..params()
    };
    let model = fit(all_columns, &features, &target, None, 1);
    assert!(loss_left(&model, &features, &target) < 0.05);
}

#[test]
fn levels_and_missing_values_are_told_apart() {
    let codes: Vec<u32> = (0..400)
        .map(|row| if row % 5 == 4 { MISSING_CODE } else { row % 5 })
        .collect();
    let target = Target::Binary(
        codes
            .iter()
            .map(|&code| code == 1 || code == MISSING_CODE)
            .collect(),
    );
    let features = Features {
        n_rows: 400,
        columns: vec![FeatureColumn::Category { codes, n_levels: 5 }],
    };
    let model = fit(params(), &features, &target, None, 1);
    assert!(loss_left(&model, &features, &target) < 0.5);

    let x: Vec<f64> = (0..400)
        .map(|row| if row % 3 == 0 { f64::NAN } else { 1.0 })
        .collect();
    let target = Target::Number(x.iter().map(|x| if x.is_nan() { 2.0 } else { -1.0 }).collect());
    let features = Features {
        n_rows: 400,
        columns: vec![FeatureColumn::Number(x)],
    };
    let model = fit(params(), &features, &target, None, 1);
    assert!(loss_left(&model, &features, &target) < 0.1);
}

#[test]
fn tables_without_information_give_the_baseline() {
    let constant = FeatureColumn::Number(vec![1.0; 50]);
    let one_level = FeatureColumn::Category {
        codes: vec![0; 50],
        n_levels: 2,
    };
    let missing = FeatureColumn::Number(vec![f64::NAN; 50]);
    let features = Features {
        n_rows: 50,
        columns: vec![constant, one_level, missing],
    };
    let target = Target::Number((0..50).map(f64::from).collect());
    let model = fit(params(), &features, &target, None, 1);
    assert_eq!(parts(&model).tree_output.len(), 0);
    assert_eq!(model.all_margins(&features).unwrap(), [24.5; 50]);
}

#[test]
fn tiny_tables_are_fine() {
    for n in [1, 2, 3] {
        let columns = vec![FeatureColumn::Number((0..n).map(|i| i as f64).collect())];
        let features = Features { n_rows: n, columns };
        let codes: Vec<u32> = (0..n as u32).collect();
        for target in [
            Target::Number(vec![4.0; n]),
            Target::Binary(vec![true; n]),
            Target::Classes { codes, n_classes: 3 },
        ] {
            let loose = Params {
                min_rows_per_leaf: Some(0.0),
                min_hessian: 0.0,
                ..params()
            };
            let margins = fit(loose, &features, &target, None, 1)
                .all_margins(&features)
                .unwrap();
            assert!(margins.iter().all(|margin| margin.is_finite()));
        }
        let none = Features {
            n_rows: n,
            columns: vec![],
        };
        assert!(fit(params(), &none, &Target::Binary(vec![true; n]), None, 1).n_outputs() == 1);
    }
}

#[test]
fn rows_without_weight_are_absent() {
    let (features, numbers) = table(300);
    let mut spoilt = numbers.clone();
    let weights: Vec<f64> = (0..300).map(|row| f64::from(u32::from(row % 3 != 0))).collect();
    spoilt.iter_mut().step_by(3).for_each(|value| *value = 1e6);
    let kept: Vec<usize> = (0..300).filter(|row| row % 3 != 0).collect();
    for (whole, spoilt) in targets(&numbers).iter().zip(targets(&spoilt)) {
        let model = fit(params(), &features, &spoilt, Some(&weights), 1);
        let alone = fit(params(), &features.take(&kept), &whole.take(&kept), None, 1);
        assert!(parts(&model) == parts(&alone));
    }
}

#[test]
fn held_out_rows_end_the_training() {
    let (features, numbers) = table(800);
    let target = &targets(&numbers)[1];
    let held_out = Params {
        rounds: Some(2000),
        learning_rate: Some(0.3),
        held_out_share: 0.25,
        patience: 20,
        ..params()
    };
    let model = fit(held_out, &features, target, None, 1);
    let n_trees = parts(&model).tree_output.len();
    assert!((5..500).contains(&n_trees), "{n_trees}");
}

#[test]
fn progress_is_told_and_may_interrupt() {
    let (features, numbers) = table(200);
    let target = &targets(&numbers)[0];
    let data = Training {
        features: &features,
        target,
        weights: None,
        names: &[],
    };
    let tell = |progress: Progress| match progress.round {
        4 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let context = Context {
        seed: 0,
        n_threads: 1,
        progress: Some(&tell),
    };
    let stopped = params().check().unwrap().fit(&data, &context);
    assert!(matches!(stopped, Err(LearnError::Interrupted { round: 4 })));
}

#[test]
fn contributions_of_a_trained_model_add_up() {
    let (features, numbers) = table(300);
    for target in targets(&numbers) {
        let model = fit(params(), &features, &target, None, 1);
        let margins = model.all_margins(&features).unwrap();
        let explanation = model.explain(&features, 0..300).unwrap();
        for (i, margin) in margins.iter().enumerate() {
            let contributions = &explanation.contributions[4 * i..4 * i + 4];
            assert_eq!(explanation.base[i] + contributions.iter().sum::<f64>(), *margin);
            assert_eq!(contributions[3], 0.0);
        }
    }
}

#[test]
fn rows_held_out_by_the_caller_are_not_learnt_from() {
    let (features, numbers) = table(400);
    let first: Vec<usize> = (0..300).collect();
    for target in targets(&numbers) {
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let trainer = params().check().unwrap();
        let held_out = trainer
            .fit_holding_out(&data, 100, &crate::Context::new(3))
            .unwrap();
        let alone = fit(params(), &features.take(&first), &target.take(&first), None, 1);
        // The best round may come before the last.
        let n_nodes = parts(&held_out).feature.len();
        assert!(0 < n_nodes);
        assert_eq!(parts(&held_out).feature, parts(&alone).feature[..n_nodes]);
        assert_eq!(parts(&held_out).base, parts(&alone).base);
        let none = trainer.fit_holding_out(&data, 400, &crate::Context::new(3));
        assert!(matches!(none, Err(LearnError::NoRows)));
    }
}

#[test]
fn the_example_of_the_page_on_trees() {
    let features = Features {
        n_rows: 8,
        columns: vec![FeatureColumn::Number(vec![
            1.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 7.0,
        ])],
    };
    let target = Target::Binary((0..8).map(|row| row < 4).collect());
    let params = Params {
        rounds: Some(1),
        learning_rate: Some(0.1),
        max_leaves: Some(2),
        min_rows_per_leaf: Some(1.0),
        l2: Some(1.0),
        column_sample: Some(1.0),
        ..Params::default()
    };
    let data = Training {
        features: &features,
        target: &target,
        weights: None,
        names: &[],
    };
    let model = params.check().unwrap().fit(&data, &Context::new(1)).unwrap();
    let margins = model.all_margins(&features).unwrap();
    let rounded: Vec<f64> = margins
        .iter()
        .map(|margin| (margin * 1e4).round() / 1e4)
        .collect();
    assert_eq!(rounded, [[0.0857; 3].as_slice(), &[-0.0667; 5]].concat());
}
