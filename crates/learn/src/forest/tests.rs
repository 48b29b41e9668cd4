#![allow(clippy::unwrap_used)]
use bundle::model::TreeParts;
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::random::Draw;

use super::*;
use crate::{Baseline, ParameterError, Value};

/// Two numbers, one with missing values, a category of 6 and a constant; all but the last tell about the target.
fn table(n_rows: usize) -> (Features, Vec<f64>) {
    let mut draw = Draw::new(5, 0);
    let a: Vec<f64> = (0..n_rows)
        .map(|_| (draw.uniform() * 400.0).floor() / 100.0)
        .collect();
    let b: Vec<f64> = (0..n_rows)
        .map(|_| match (draw.normal(), draw.below(6)) {
            (_, 0) => f64::NAN,
            (x, _) => x,
        })
        .collect();
    let codes: Vec<u32> = (0..n_rows)
        .map(|_| match draw.below(9) {
            0 => MISSING_CODE,
            _ => draw.below(6) as u32,
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

fn trainers(params: &Params) -> [Box<dyn Trainer>; 2] {
    [
        Box::new(params.clone().check().unwrap()),
        Box::new(params.clone().check_extra().unwrap()),
    ]
}

fn small() -> Params {
    Params {
        trees: 20,
        ..Params::default()
    }
}

fn fit(
    trainer: &dyn Trainer,
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
    let context = Context {
        seed: 3,
        n_threads,
        progress: None,
    };
    trainer.fit(&data, &context).unwrap()
}

fn parts(model: &Model) -> &TreeParts {
    match model {
        Model::Trees(trees) => trees.parts(),
        _ => panic!("forests are trees"),
    }
}

/// The mean squared error, about the number or the share of each class.
fn error(margins: &[f64], target: &Target) -> f64 {
    let n_outputs = target.n_outputs();
    let wanted = |row: usize, output: usize| match target {
        Target::Number(values) => values[row],
        Target::Binary(labels) => f64::from(u8::from(labels[row])),
        Target::Classes { codes, .. } => f64::from(u8::from(codes[row] as usize == output)),
        Target::Ranks { .. } | Target::Nothing(_) => unreachable!(),
    };
    let squares = margins.iter().enumerate().map(|(place, margin)| {
        let error = margin - wanted(place / n_outputs, place % n_outputs);
        error * error
    });
    squares.sum::<f64>() / target.len() as f64
}

#[test]
fn threads_never_change_a_forest() {
    let (features, numbers) = table(2000);
    for target in targets(&numbers) {
        for trainer in trainers(&small()) {
            let one = fit(trainer.as_ref(), &features, &target, None, 1);
            for n_threads in [2, 3] {
                let more = fit(trainer.as_ref(), &features, &target, None, n_threads);
                assert!(parts(&one) == parts(&more));
            }
        }
    }
}

#[test]
fn a_whole_weight_equals_rows_repeated_in_its_place() {
    let (features, numbers) = table(400);
    let weights: Vec<f64> = (0..400).map(|row| f64::from(row * row % 4)).collect();
    let repeated: Vec<usize> = (0..400)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    let sampled = Params {
        bootstrap: Bootstrapping::Yes,
        row_sample: 0.7,
        ..small()
    };
    for target in targets(&numbers) {
        for trainer in trainers(&small()).into_iter().chain(trainers(&sampled)) {
            let weighted = fit(trainer.as_ref(), &features, &target, Some(&weights), 2);
            let (features, target) = (features.take(&repeated), target.take(&repeated));
            let whole = fit(trainer.as_ref(), &features, &target, None, 1);
            assert!(
                parts(&weighted) == parts(&whole),
                "{} {}",
                trainer.name(),
                target.kind()
            );
        }
    }
}

#[test]
fn without_bootstrap_the_order_of_rows_changes_nothing() {
    let (features, numbers) = table(500);
    let order: Vec<usize> = (0..500).map(|i| i * 7 % 500).collect();
    let all = Params {
        bootstrap: Bootstrapping::No,
        ..small()
    };
    for target in targets(&numbers) {
        for trainer in trainers(&all) {
            let model = fit(trainer.as_ref(), &features, &target, None, 1);
            let shuffled = fit(
                trainer.as_ref(),
                &features.take(&order),
                &target.take(&order),
                None,
                1,
            );
            assert!(parts(&model) == parts(&shuffled));
        }
    }
}

#[test]
fn every_target_is_learnt_and_shares_add_up_to_one() {
    let (features, numbers) = table(6000);
    let (learnt, fresh): (Vec<usize>, Vec<usize>) = ((0..3000).collect(), (3000..6000).collect());
    for target in targets(&numbers) {
        let (train, test) = (target.take(&learnt), target.take(&fresh));
        let constant = fit(&Baseline, &features.take(&learnt), &train, None, 1);
        let mut expected = constant.all_margins(&features.take(&fresh)).unwrap();
        expected
            .chunks_mut(target.n_outputs())
            .for_each(|row| match target.link() {
                Link::Identity => {}
                link => link.of_classes(row),
            });
        for trainer in trainers(&Params::default()) {
            let model = fit(trainer.as_ref(), &features.take(&learnt), &train, None, 2);
            let margins = model.all_margins(&features.take(&fresh)).unwrap();
            let left = error(&margins, &test) / error(&expected, &test);
            assert!(left < 0.45, "{} {} {left}", trainer.name(), target.kind());
            if let Target::Classes { .. } = target {
                assert!(margins.chunks(3).all(|row| row.iter().sum::<f64>() == 1.0));
            }
            if let Target::Binary(_) = target {
                assert!(margins.iter().all(|margin| (0.0..=1.0).contains(margin)));
            }
        }
    }
}

#[test]
fn a_deep_tree_of_all_rows_knows_them_by_heart() {
    let (features, numbers) = table(1000);
    let sharp = Params {
        trees: 1,
        bootstrap: Bootstrapping::No,
        max_features: Some(1.0),
        min_rows_per_leaf: Some(1.0),
        ..Params::default()
    };
    for target in targets(&numbers) {
        for trainer in trainers(&sharp) {
            let model = fit(trainer.as_ref(), &features, &target, None, 1);
            let margins = model.all_margins(&features).unwrap();
            // Two rows of one cell each cannot be told apart; hardly any are alike.
            assert!(error(&margins, &target) < 0.01, "{}", trainer.name());
        }
    }
}

#[test]
fn a_feature_with_a_direction_keeps_it() {
    let mut draw = Draw::new(2, 2);
    let x: Vec<f64> = (0..800).map(|_| draw.uniform()).collect();
    let z: Vec<f64> = (0..800).map(|_| draw.uniform()).collect();
    let y: Vec<f64> = (0..800)
        .map(|row| x[row] + z[row] + 0.7 * draw.normal())
        .collect();
    let names = ["x", "z"].map(str::to_owned);
    let grid: Vec<f64> = (0..=50).map(|step| f64::from(step) / 50.0).collect();
    let features = |x: Vec<f64>, z: Vec<f64>| Features {
        n_rows: x.len(),
        columns: vec![FeatureColumn::Number(x), FeatureColumn::Number(z)],
    };
    let params = Params {
        monotone: vec![("x".to_owned(), 1)],
        ..small()
    };
    let rows = features(x, z);
    for target in [
        Target::Binary(y.iter().map(|y| 1.0 < *y).collect()),
        Target::Number(y),
    ] {
        let data = Training {
            features: &rows,
            target: &target,
            weights: None,
            names: &names,
        };
        for trainer in trainers(&params) {
            let model = trainer.fit(&data, &Context::new(1)).unwrap();
            for z in [0.1, 0.5, 0.9] {
                let margins = model.all_margins(&features(grid.clone(), vec![z; 51])).unwrap();
                assert!(margins.is_sorted(), "{} {margins:?}", trainer.name());
            }
            let free = trainers(&small()).map(|trainer| trainer.fit(&data, &Context::new(1)).unwrap());
            let margins = free[0]
                .all_margins(&features(grid.clone(), vec![0.5; 51]))
                .unwrap();
            assert!(!margins.is_sorted(), "the data alone do not keep it");
        }
    }
}

#[test]
fn features_that_may_not_meet_do_not() {
    let (features, numbers) = table(600);
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    let target = Target::Number(numbers);
    let data = Training {
        features: &features,
        target: &target,
        weights: None,
        names: &names,
    };
    let params = Params {
        interactions: vec![vec!["a".to_owned(), "c".to_owned()]],
        ..small()
    };
    for trainer in trainers(&params) {
        let model = trainer.fit(&data, &Context::new(1)).unwrap();
        let parts = parts(&model);
        let mut start = 0;
        for &n_nodes in &parts.tree_n_nodes {
            let used: Vec<u32> = parts.feature[start..start + n_nodes as usize].to_vec();
            start += n_nodes as usize;
            // The set of the root is that of the whole tree: `b` meets nothing.
            let with_b = used.contains(&1);
            assert!(
                !with_b
                    || used
                        .iter()
                        .all(|feature| [1, bundle::model::LEAF].contains(feature))
            );
        }
    }
}

#[test]
fn out_of_bag_rows_are_told_as_in_cross_validation() {
    let (features, numbers) = table(2000);
    // A third of them tells each row; so many that more would hardly tell it better.
    let many = Params {
        trees: 300,
        ..Params::default()
    };
    let forest = many.check().unwrap();
    for target in targets(&numbers) {
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let (_, out_of_bag) = forest.fit_out_of_bag(&data, &Context::new(2)).unwrap();
        assert!(out_of_bag.margins.iter().all(|margin| margin.is_finite()));
        let mean = f64::from(out_of_bag.n_trees.iter().sum::<u32>()) / 2000.0;
        assert!((mean - 110.4).abs() < 1.0, "{mean}");
        let mut by_folds = 0.0;
        for fold in 0..5 {
            let (tested, learnt): (Vec<usize>, Vec<usize>) = (0..2000).partition(|row| row % 5 == fold);
            let model = fit(&forest, &features.take(&learnt), &target.take(&learnt), None, 2);
            let margins = model.all_margins(&features.take(&tested)).unwrap();
            by_folds += error(&margins, &target.take(&tested)) / 5.0;
        }
        let told = error(&out_of_bag.margins, &target);
        assert!(
            (told / by_folds - 1.0).abs() < 0.08,
            "{} {told} {by_folds}",
            target.kind()
        );
    }
}

#[test]
fn contributions_add_up_and_the_bundle_parts_make_the_model_again() {
    let (features, numbers) = table(300);
    for target in targets(&numbers) {
        for trainer in trainers(&small()) {
            let model = fit(trainer.as_ref(), &features, &target, None, 1);
            let margins = model.all_margins(&features).unwrap();
            let explanation = model.explain(&features, 0..300).unwrap();
            for (place, margin) in margins.iter().enumerate() {
                let contributions = &explanation.contributions[4 * place..4 * place + 4];
                assert_eq!(
                    explanation.base[place] + contributions.iter().sum::<f64>(),
                    *margin
                );
            }
        }
    }
}

#[test]
fn tiny_and_empty_tables_are_fine() {
    for n in [1, 2, 3] {
        let columns = vec![FeatureColumn::Number((0..n).map(|i| i as f64).collect())];
        let with = Features { n_rows: n, columns };
        let without = Features {
            n_rows: n,
            columns: vec![],
        };
        let codes: Vec<u32> = (0..n as u32).collect();
        for target in [
            Target::Number(vec![4.0; n]),
            Target::Binary(vec![true; n]),
            Target::Classes { codes, n_classes: 3 },
        ] {
            for trainer in trainers(&small()) {
                for features in [&with, &without] {
                    let margins = fit(trainer.as_ref(), features, &target, None, 1)
                        .all_margins(features)
                        .unwrap();
                    assert!(margins.iter().all(|margin| margin.is_finite()));
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_learnt_is_refused() {
    let (features, numbers) = table(50);
    let [_, _, classes] = targets(&numbers);
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    let ranks = Target::Ranks {
        relevance: vec![0.0; 50],
        query: vec![1; 50],
    };
    let directed = Params {
        monotone: vec![("a".to_owned(), 1)],
        ..small()
    };
    for (target, params) in [(&ranks, small()), (&classes, directed)] {
        let data = Training {
            features: &features,
            target,
            weights: None,
            names: &names,
        };
        assert!(params.check().unwrap().fit(&data, &Context::new(0)).is_err());
    }
    let mut params = Params::default();
    let error = params.set("bootstrap", &Value::Text("maybe".into())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "parameter `bootstrap` is `maybe`, expected one of `auto`, `yes`, `no`"
    );
    assert!(matches!(
        params.set("tree", &Value::Whole(1)),
        Err(ParameterError::Unknown { .. })
    ));
}
