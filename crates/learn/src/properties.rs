//! What must hold of every loss and every kind of trees.
#![allow(clippy::unwrap_used)]

use bundle::model::TreeParts;
use bundle::{
    Baseline as Seen, Bundle, Calibration, Card, Draft, Evaluation, Lineage, Link, Model, ScoreOptions, Task,
};
use prepare::contract::Contract;
use prepare::recipe::RecipeBuilder;
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::random::Draw;

use crate::boost::{GradientMode, LossName, RowChance};
use crate::parameter::Kind;
use crate::trainers::TRAINERS;
use crate::{Context, Target, Trainer, Training, Value, boost, forest, isolation};

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

/// One loss or kind of trees with a target that it learns.
struct Case {
    name: &'static str,
    trainer: Box<dyn Trainer>,
    target: Target,
}

fn boost_params() -> boost::Params {
    boost::Params {
        rounds: Some(8),
        min_rows_per_leaf: Some(5.0),
        max_leaves: Some(16),
        column_sample: Some(1.0),
        ..boost::Params::default()
    }
}

/// Every loss of boosted trees, made by `change` of the usual parameters.
fn losses(values: &[f64], change: impl Fn(boost::Params) -> boost::Params) -> Vec<Case> {
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
    let cases: Vec<(&'static str, LossName, Target)> = vec![
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
    ];
    let case = |(name, loss, target)| {
        let params = boost::Params {
            loss,
            quantiles: vec![0.1, 0.5, 0.9],
            ..boost_params()
        };
        Case {
            name,
            trainer: Box::new(change(params).check().unwrap()),
            target,
        }
    };
    cases.into_iter().map(case).collect()
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

#[test]
fn threads_and_ways_to_draw_never_change_a_model_of_any_loss() {
    let (features, values) = table(6000);
    for gradients in [GradientMode::Exact, GradientMode::Packed] {
        for row_chance in [RowChance::Uniform, RowChance::Gradient] {
            let cases = losses(&values, |params| boost::Params {
                gradients,
                row_chance,
                row_sample: Some(0.5),
                rounds: Some(3),
                ..params
            });
            for case in cases {
                let one = fit(&case, &features, &case.target, None, 1);
                for n_threads in [2, 3] {
                    let more = fit(&case, &features, &case.target, None, n_threads);
                    assert!(
                        parts(&one) == parts(&more),
                        "{} {gradients:?} {row_chance:?}",
                        case.name
                    );
                }
            }
        }
    }
}

#[test]
fn rows_scored_in_any_cut_are_scored_alike() {
    let (features, values) = table(700);
    for case in all(&values, |params| params) {
        let model = fit(&case, &features, &case.target, None, 1);
        let (whole, n_outputs) = (model.all_margins(&features).unwrap(), model.n_outputs());
        let mut cut = vec![0.0; whole.len()];
        for rows in [0..1, 1..18, 18..333, 333..700] {
            let out = &mut cut[rows.start * n_outputs..rows.end * n_outputs];
            model.margins(&features, rows, out).unwrap();
        }
        assert!(whole == cut, "{}", case.name);
    }
}

#[test]
fn a_whole_weight_equals_rows_repeated_in_its_place() {
    let (features, values) = table(400);
    let weights: Vec<f64> = (0..400).map(|row| f64::from(row * row % 4)).collect();
    let repeated: Vec<usize> = (0..400)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    for case in all(&values, |params| params) {
        // Repeated rows of a query make more pairs than heavy ones.
        if case.name == "rank" {
            continue;
        }
        let weighted = fit(&case, &features, &case.target, Some(&weights), 2);
        let whole = fit(
            &case,
            &features.take(&repeated),
            &case.target.take(&repeated),
            None,
            1,
        );
        assert!(parts(&weighted) == parts(&whole), "{}", case.name);
    }
}

#[test]
fn packed_sums_tell_rows_within_a_twentieth_of_how_exact_ones_do() {
    // Rounding by chance moves each sum; what is left of the loss may differ by 5 % of what was taken off it.
    let (features, values) = table(4000);
    let (learnt, fresh): (Vec<usize>, Vec<usize>) = ((0..2000).collect(), (2000..4000).collect());
    let weights: Vec<f64> = (0..2000).map(|row| f64::from(row % 3)).collect();
    let repeated: Vec<usize> = (0..2000)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    let longer = |gradients| {
        losses(&values, move |params| boost::Params {
            gradients,
            rounds: Some(60),
            ..params
        })
    };
    for (packed, exact) in longer(GradientMode::Packed)
        .iter()
        .zip(longer(GradientMode::Exact))
    {
        let (train, test) = (packed.target.take(&learnt), packed.target.take(&fresh));
        let rows = features.take(&learnt);
        let error = |model: &Model| error(model, &features.take(&fresh), &test);
        let constant = error(&fit_baseline(&rows, &train));
        let best = error(&fit(&exact, &rows, &train, Some(&weights), 2));
        let near = |found: f64| (found - best).abs() <= 0.05 * (constant - best).abs();
        let found = error(&fit(packed, &rows, &train, Some(&weights), 2));
        assert!(near(found), "{}: {found}, {best} of {constant}", packed.name);
        if packed.name != "rank" {
            let found = error(&fit(
                packed,
                &rows.take(&repeated),
                &train.take(&repeated),
                None,
                2,
            ));
            assert!(
                near(found),
                "{} repeated: {found}, {best} of {constant}",
                packed.name
            );
        }
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

/// One minus the correlation of the first margin with what it should rise with: no loss, but falls with each of them.
fn error(model: &Model, features: &Features, target: &Target) -> f64 {
    let margins = model.all_margins(features).unwrap();
    let n_outputs = model.n_outputs();
    let wanted = |row: usize| match target {
        Target::Number(values) => values[row],
        Target::Binary(labels) => f64::from(u8::from(labels[row])),
        Target::Classes { codes, .. } => f64::from(u8::from(codes[row] == 0)),
        Target::Ranks { relevance, .. } => relevance[row],
        Target::Nothing(_) => 0.0,
    };
    let wanted: Vec<f64> = (0..target.len()).map(wanted).collect();
    let told: Vec<f64> = margins.iter().step_by(n_outputs).copied().collect();
    1.0 - stats::association::spearman(&wanted, &told, 0.95).map_or(0.0, |found| found.effect.estimate.value)
}

#[test]
fn the_order_of_columns_and_the_numbers_of_levels_only_rename() {
    let (features, values) = table(1500);
    let turned = Features {
        n_rows: 1500,
        columns: vec![
            features.columns[2].clone(),
            features.columns[0].clone(),
            features.columns[1].clone(),
        ],
    };
    let renamed = [3, 5, 0, 4, 1, 2];
    let mut recoded = features.clone();
    if let FeatureColumn::Category { codes, .. } = &mut recoded.columns[2] {
        let known = codes.iter_mut().filter(|code| **code != MISSING_CODE);
        known.for_each(|code| *code = renamed[*code as usize]);
    }
    for case in losses(&values, |params| params).iter().chain(&forests(&values)) {
        // A drawn split is drawn by the feature's number, and so is a bootstrap that nobody asked for otherwise.
        if ["extra trees", "isolation", "forest"].contains(&case.name) {
            continue;
        }
        let model = fit(case, &features, &case.target, None, 1);
        let margins = model.all_margins(&features).unwrap();
        let by_turned = fit(case, &turned, &case.target, None, 1)
            .all_margins(&turned)
            .unwrap();
        assert!(margins == by_turned, "{} columns", case.name);
        let by_recoded = fit(case, &recoded, &case.target, None, 1)
            .all_margins(&recoded)
            .unwrap();
        assert!(margins == by_recoded, "{} codes", case.name);
    }
}

#[test]
fn a_direction_is_kept_by_every_loss_of_one_margin() {
    let mut draw = Draw::new(2, 2);
    let x: Vec<f64> = (0..1200).map(|_| draw.uniform()).collect();
    let z: Vec<f64> = (0..1200).map(|_| draw.uniform()).collect();
    let values: Vec<f64> = (0..1200)
        .map(|row| 3.0 * (x[row] + z[row] - 1.0) + draw.normal())
        .collect();
    let features = |x: Vec<f64>, z: Vec<f64>| Features {
        n_rows: x.len(),
        columns: vec![FeatureColumn::Number(x), FeatureColumn::Number(z)],
    };
    let rows = features(x, z);
    let names = ["x", "z"].map(str::to_owned);
    let steps: Vec<f64> = (0..=40).map(|step| f64::from(step) / 40.0).collect();
    let cases = losses(&values, |params| boost::Params {
        monotone: vec![("x".to_owned(), 1)],
        rounds: Some(20),
        ..params
    });
    for case in cases {
        let data = Training {
            features: &rows,
            target: &case.target,
            weights: None,
            names: &names,
        };
        let model = case.trainer.fit(&data, &Context::new(1)).unwrap();
        for z in [0.05, 0.5, 0.95] {
            let margins = model.all_margins(&features(steps.clone(), vec![z; 41])).unwrap();
            for output in 0..model.n_outputs() {
                let of_output: Vec<f64> = margins
                    .iter()
                    .skip(output)
                    .step_by(model.n_outputs())
                    .copied()
                    .collect();
                assert!(of_output.is_sorted(), "{} {output} {of_output:?}", case.name);
            }
        }
    }
}

/// A table of text as a service would get it.
fn text_table() -> table::Table {
    let level = |row: usize| ["red", "blue", "green", ""][row * row % 7 % 4];
    let row = |row: usize| format!("{},{},{}\n", row % 83, (row * 37 % 101) as f64 / 7.0, level(row));
    let text = "a,b,c\n".to_owned() + &(0..500).map(row).collect::<String>();
    let options = table::read::Options::default();
    table::read::from_bytes(text.as_bytes(), table::read::Format::Csv, "t", &options)
        .unwrap()
        .table
}

fn task_of(case: &Case) -> Task {
    let target = "y".to_owned();
    match &case.target {
        Target::Binary(_) => Task::Binary {
            target,
            negative: "no".into(),
            positive: "yes".into(),
        },
        Target::Classes { .. } => Task::Classes {
            target,
            classes: vec!["a".into(), "b".into(), "c".into()],
        },
        Target::Number(_) => match case.trainer.levels() {
            [] => Task::Regression { target },
            levels => Task::Quantiles {
                target,
                levels: levels.to_vec(),
            },
        },
        Target::Ranks { .. } => Task::Ranking {
            target,
            query: "q".into(),
        },
        Target::Nothing(_) => Task::Anomaly,
    }
}

#[test]
fn a_bundle_is_the_model_bit_for_bit_and_answers_as_its_link_says() {
    let table = text_table();
    let recipe = RecipeBuilder::default().fit(&table, None).unwrap().recipe;
    let features = recipe.apply(&table).unwrap();
    let mut draw = Draw::new(6, 0);
    let values: Vec<f64> = (0..500)
        .map(|row| (row % 83) as f64 / 20.0 - 2.0 + draw.normal())
        .collect();
    for case in all(&values, |params| params) {
        let model = fit(&case, &features, &case.target, None, 1);
        let task = task_of(&case);
        let link = case.trainer.link(&case.target);
        let draft = Draft {
            name: "m".into(),
            task,
            private: vec![],
            recipe: recipe.clone(),
            contract: Contract::default(),
            model: model.clone(),
            link,
            calibration: Calibration::None,
            intervals: None,
            decision: None,
            evaluation: Evaluation::default(),
            baseline: Seen::of(&table, &[]).unwrap(),
            lineage: Lineage::default(),
            card: Card::default(),
        };
        let built = Bundle::build(draft).unwrap();
        let read = Bundle::from_bytes(built.bytes().to_vec(), case.name).unwrap();
        assert!(parts(&read.model) == parts(&model), "{}", case.name);
        assert_eq!(read.hash(), built.hash());
        let scores = read.score(&table, &ScoreOptions::default()).unwrap();
        assert!(
            scores.margins == model.all_margins(&features).unwrap(),
            "{}",
            case.name
        );
        check_answers(&case, link, &scores);
    }
}

fn check_answers(case: &Case, link: Link, scores: &bundle::Scores) {
    let near = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
    match (&case.target, case.name) {
        (Target::Classes { .. }, _) => {
            let sums = scores.probabilities.chunks(3).map(|row| row.iter().sum::<f64>());
            assert!(sums.into_iter().all(|sum| near(sum, 1.0)), "{}", case.name);
        }
        (_, "quantile") => assert!(scores.predictions.chunks(3).all(|row| row.is_sorted())),
        (_, "poisson" | "gamma" | "tweedie") => {
            assert_eq!(link, Link::Exp);
            assert!(scores.predictions.iter().all(|mean| 0.0 < *mean));
        }
        (_, "cross_entropy" | "isolation") => {
            assert!(
                scores
                    .predictions
                    .iter()
                    .all(|share| 0.0 < *share && *share < 1.0)
            );
        }
        (Target::Binary(_), _) => assert!(scores.probabilities.iter().all(|p| (0.0..=1.0).contains(p))),
        _ => assert!(scores.predictions == scores.margins, "{}", case.name),
    }
}

/// Values that a parameter must refuse.
fn bad(kind: Kind) -> Vec<Value> {
    let words = |text: &str| Value::Text(text.to_owned());
    match kind {
        Kind::Whole { least, most } => vec![
            Value::Whole(least - 1),
            Value::Whole(most + 1),
            Value::Number(1.5),
            words("x"),
        ],
        Kind::Number { least, most } => vec![
            Value::Number(least - 1.0),
            Value::Number(2.0 * most + 1.0),
            Value::Number(f64::NAN),
            Value::List(vec![]),
        ],
        Kind::Choice(_) => vec![words("no such word"), Value::Whole(1)],
        Kind::Numbers { above, below } => vec![
            Value::List(vec![]),
            Value::List(vec![Value::Number(above)]),
            Value::List(vec![Value::Number(below)]),
            Value::List(vec![Value::Number(0.6 * below), Value::Number(0.5 * below)]),
            words("x"),
        ],
        Kind::Named { least, most } => {
            let table = |value| Value::Table(vec![("x".to_owned(), Value::Whole(value))]);
            vec![table(least - 1), table(most + 1), Value::Whole(1)]
        }
        Kind::Sets => vec![words("x"), Value::List(vec![Value::Whole(1)])],
    }
}

#[test]
fn every_bad_value_is_refused_in_the_words_of_its_declaration() {
    for spec in TRAINERS {
        for parameter in spec.parameters {
            for value in bad(parameter.kind) {
                let fault = spec.make(&[(parameter.name, &value)]).unwrap_err();
                let expected = format!(
                    "parameter `{}` is {value}, expected {}",
                    parameter.name, parameter.kind
                );
                assert_eq!(fault.error.to_string(), expected, "{}", spec.name);
            }
        }
    }
}

#[test]
fn training_goes_on_from_a_model_as_if_it_had_not_ended() {
    let (features, values) = table(800);
    let longer = losses(&values, |params| boost::Params {
        rounds: Some(16),
        ..params
    });
    for (case, longer) in losses(&values, |params| params).into_iter().zip(longer) {
        let first = fit(&case, &features, &case.target, None, 1);
        let going_on = Case {
            trainer: case.trainer.after(&first).unwrap(),
            ..case
        };
        let second = fit(&going_on, &features, &going_on.target, None, 2);
        let at_once = fit(&longer, &features, &going_on.target, None, 1);
        let (found, expected) = (parts(&second), parts(&at_once));
        assert!(found.feature == expected.feature, "{}", going_on.name);
        assert!(found.threshold == expected.threshold, "{}", going_on.name);
        let margins = [second, at_once].map(|model| model.all_margins(&features).unwrap());
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        assert!(margins[0].iter().zip(&margins[1]).all(near), "{}", going_on.name);
    }
}

#[test]
fn what_cannot_be_gone_on_from_is_refused() {
    let (features, values) = table(300);
    let cases = losses(&values, |params| params);
    let number = Target::Number(values);
    let constant = fit_baseline(&features, &number);
    assert!(crate::Boost::default().after(&constant).is_err());
    assert!(crate::Linear::default().after(&constant).is_err());
    let softmax = fit(&cases[1], &features, &cases[1].target, None, 1);
    let going_on = crate::Boost::default().after(&softmax).unwrap();
    let mut fewer = features.clone();
    fewer.columns.pop();
    for (features, target, expected) in [
        (&features, &number, "3 outputs"),
        (&fewer, &cases[1].target, "features"),
    ] {
        let data = Training {
            features,
            target,
            weights: None,
            names: &[],
        };
        let error = going_on.fit(&data, &Context::new(1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
