//! What must hold of every loss and every kind of trees.
#![allow(clippy::unwrap_used)]

mod bundles;
mod categories;
mod constraints;
mod covers;
mod going_on;
mod names;
mod threads;
mod units;
mod values;
mod weights;

use bundle::Model;
use bundle::model::TreeParts;
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::random::Draw;

use crate::boost::{GradientMode, LossName, RowChance};
use crate::{Context, Target, Trainer, Training, boost, forest, isolation};

/// Two numbers, one with missing values, and a category of 6 levels; all tell about the number that comes with them.
fn table(n_rows: usize) -> (Features, Vec<f64>) {
    let mut draw = Draw::new(15, 0);
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
    let value = |row: usize| {
        let of_b = if b[row].is_nan() { 1.0 } else { -b[row] };
        let of_code = effect.get(codes[row] as usize).copied().unwrap_or(-1.0);
        0.5 * a[row] + of_b + of_code + 0.5 * draw.normal()
    };
    let values = (0..n_rows).map(value).collect();
    let columns = vec![
        FeatureColumn::Number(a),
        FeatureColumn::Number(b),
        FeatureColumn::Category { codes, n_levels: 6 },
    ];
    (Features { n_rows, columns }, values)
}

/// The same with what columns can be besides: a category of 400 levels, three flags that exclude each other and one that
/// does not, a column with one value, and one without any.
fn broad_table(n_rows: usize) -> (Features, Vec<f64>) {
    let (mut features, mut values) = table(n_rows);
    let mut draw = Draw::new(16, 0);
    let effect: Vec<f64> = (0..400).map(|_| draw.normal()).collect();
    let codes: Vec<u32> = (0..n_rows).map(|_| draw.below(401) as u32).collect();
    let of_code = codes
        .iter()
        .map(|&code| effect.get(code as usize).unwrap_or(&-1.0));
    values
        .iter_mut()
        .zip(of_code)
        .for_each(|(value, effect)| *value += effect);
    let kinds: Vec<u64> = (0..n_rows).map(|_| draw.below(5)).collect();
    let codes = codes
        .iter()
        .map(|&code| if code == 400 { MISSING_CODE } else { code });
    features.columns.push(FeatureColumn::Category {
        codes: codes.collect(),
        n_levels: 400,
    });
    let flag = |is_on: &dyn Fn(usize) -> bool| {
        let cells = (0..n_rows).map(|row| f64::from(u8::from(is_on(row))));
        FeatureColumn::Number(cells.collect())
    };
    for kind in 0..3 {
        features.columns.push(flag(&|row| kinds[row] == kind));
    }
    features.columns.push(flag(&|row| values[row].to_bits() % 7 < 3));
    features.columns.push(flag(&|_| true));
    features
        .columns
        .push(FeatureColumn::Number(vec![f64::NAN; n_rows]));
    (features, values)
}

/// One loss or kind of trees with a target that it learns.
struct Case {
    name: &'static str,
    trainer: Box<dyn Trainer>,
    target: Target,
}

/// Every loss of boosted trees with a target that it learns.
fn learnable(values: &[f64]) -> Vec<(&'static str, LossName, Target)> {
    let number = |of: &dyn Fn(f64) -> f64| Target::Number(values.iter().map(|&x| of(x)).collect());
    let class = |x: &f64| if *x < -1.0 { 0 } else { u32::from(1.0 < *x) + 1 };
    let classes = Target::Classes {
        codes: values.iter().map(class).collect(),
        n_classes: 3,
    };
    let ranks = Target::Ranks {
        relevance: values.iter().map(|x| (x + 2.0).floor().clamp(0.0, 4.0)).collect(),
        query: (0..values.len() as u32).map(|row| row / 20).collect(),
    };
    vec![
        (
            "logistic",
            LossName::Auto,
            Target::Binary(values.iter().map(|x| 0.3 < *x).collect()),
        ),
        ("softmax", LossName::Auto, classes),
        ("squared", LossName::Squared, number(&|x| x)),
        ("absolute", LossName::Absolute, number(&|x| x)),
        ("huber", LossName::Huber, number(&|x| x)),
        ("quantile", LossName::Quantile, number(&|x| x)),
        ("poisson", LossName::Poisson, number(&|x| x.abs().floor())),
        ("gamma", LossName::Gamma, number(&|x| 0.1 + x.abs())),
        ("tweedie", LossName::Tweedie, number(&|x| x.max(0.0))),
        (
            "cross_entropy",
            LossName::CrossEntropy,
            number(&stats::math::sigmoid),
        ),
        ("rank", LossName::Auto, ranks),
    ]
}

/// The usual parameters of a loss.
fn params_of(loss: LossName) -> boost::Params {
    boost::Params {
        loss,
        quantiles: vec![0.1, 0.5, 0.9],
        rounds: Some(8),
        min_rows_per_leaf: Some(5.0),
        max_leaves: Some(16),
        column_sample: Some(1.0),
        ..boost::Params::default()
    }
}

/// Every loss of boosted trees, made by `change` of the usual parameters.
fn losses(values: &[f64], change: impl Fn(boost::Params) -> boost::Params) -> Vec<Case> {
    let case = |(name, loss, target)| Case {
        name,
        trainer: Box::new(change(params_of(loss)).check().unwrap()),
        target,
    };
    learnable(values).into_iter().map(case).collect()
}

/// Forests of each kind of target, and an isolation forest.
fn forests(values: &[f64]) -> Vec<Case> {
    let targets = losses(values, |params| params);
    let params = || forest::Params {
        trees: 8,
        max_features: Some(1.0),
        ..forest::Params::default()
    };
    let mut cases = vec![];
    for case in targets.into_iter().take(3) {
        cases.push(Case {
            name: "forest",
            trainer: Box::new(params().check().unwrap()),
            target: case.target.clone(),
        });
        cases.push(Case {
            name: "extra trees",
            trainer: Box::new(params().check_extra().unwrap()),
            target: case.target,
        });
    }
    cases.push(Case {
        name: "isolation",
        trainer: Box::new(isolation::Params::default().check().unwrap()),
        target: Target::Nothing(values.len()),
    });
    cases
}

fn all(values: &[f64], change: impl Fn(boost::Params) -> boost::Params) -> Vec<Case> {
    losses(values, change)
        .into_iter()
        .chain(forests(values))
        .collect()
}

fn fit(
    case: &Case,
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
        n_threads,
        ..Context::new(3)
    };
    case.trainer.fit(&data, &context).unwrap()
}

fn parts(model: &Model) -> &TreeParts {
    match model {
        Model::Trees(trees) => trees.parts(),
        _ => panic!("trees"),
    }
}

fn fit_baseline(features: &Features, target: &Target) -> Model {
    let case = Case {
        name: "baseline",
        trainer: Box::new(crate::Baseline),
        target: target.clone(),
    };
    fit(&case, features, target, None, 1)
}
