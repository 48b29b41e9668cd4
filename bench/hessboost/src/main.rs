//! Trains hessboost on one table of numpy arrays and prints what it took, and how good it is on the test rows, as one
//! JSON line.
//!
//! `bench-hessboost SPEC` with SPEC a JSON object: `x`, `y` paths of `.npy` files, `n_train`, `n_test`, `task`
//! (`binary`, `regression`, `multiclass`), `cats` column numbers, `threads`, `rounds`, `leaves`, and `quant` for
//! quantised gradients.

mod npy;

use std::time::Instant;

use hessboost::config::{GrowPolicy, QuantizedGrad};
use hessboost::data::FeatureType;
use hessboost::objective::Multiclass;
use hessboost::prelude::*;
use serde_json::{Value, json};

/// Some rows: numbers row after row, and what is to be told.
struct Rows {
    x: Vec<f32>,
    y: Vec<f32>,
}

fn main() {
    let spec = std::env::args().nth(1).expect("a JSON object as argument");
    let spec: Value = serde_json::from_str(&spec).expect("valid JSON");
    let number = |key: &str| spec[key].as_u64().expect(key) as usize;
    let text = |key: &str| spec[key].as_str().expect(key);
    let (mut x, mut y) = (npy::Reader::open(text("x")), npy::Reader::open(text("y")));
    let types = types(&spec["cats"], x.n_columns);
    let mut next = |n_rows| Rows {
        x: numbers(x.rows(n_rows), &types),
        y: y.rows(n_rows),
    };
    let (train, test) = (next(number("n_train")), next(number("n_test")));
    let params = params(&spec, &train.y).expect("parameters in range");
    let data_mb = resident_mb("VmRSS:");

    // Everything inside one pool, the checks of the table too.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(number("threads"));
    let pool = pool.build().expect("threads");
    let start = Instant::now();
    let model = pool.install(|| fit(train, &types, &params, number("rounds")));
    let model = model.expect("a model");
    let time_s = start.elapsed().as_secs_f64();
    let rss_mb = resident_mb("VmHWM:");

    let answers = pool.install(|| model.predict_rows(&test.x, Iterations::Best));
    let answers = answers.expect("answers").into_vec();
    let (loss, value) = loss(text("task"), &test.y, &answers);
    println!(
        "{}",
        json!({"time_s": time_s, "rss_mb": rss_mb, "data_rss_mb": data_mb, loss: value})
    );
}

fn types(cats: &Value, n_columns: usize) -> Vec<FeatureType> {
    let mut types = vec![FeatureType::Numerical; n_columns];
    for cat in cats.as_array().into_iter().flatten() {
        types[cat.as_u64().expect("a column number") as usize] = FeatureType::Categorical;
    }
    types
}

/// Missing texts are negative codes in the files, which hessboost refuses as categories; it knows missing values.
fn numbers(mut x: Vec<f32>, types: &[FeatureType]) -> Vec<f32> {
    for row in x.chunks_exact_mut(types.len()) {
        for (cell, kind) in row.iter_mut().zip(types) {
            if *kind == FeatureType::Categorical && *cell < 0.0 {
                *cell = f32::NAN;
            }
        }
    }
    x
}

/// The settings that all peers share; the library's defaults else, which are those of XGBoost.
fn params(spec: &Value, y: &[f32]) -> Result<TrainingParams> {
    let n_classes = y.iter().fold(0.0, |most: f32, y| most.max(*y)) as usize + 1;
    let objective = match spec["task"].as_str() {
        Some("binary") => Objective::BinaryLogistic(RegLoss::default()),
        Some("multiclass") => Objective::Softprob(Multiclass::new(n_classes)?),
        _ => Objective::SquaredError(RegLoss::default()),
    };
    let params = TrainingParams::builder()
        .objective(objective)
        .tree_method(TreeMethod::Hist)
        .grow_policy(GrowPolicy::LossGuide)
        .max_leaves(spec["leaves"].as_u64().expect("leaves") as usize)
        .unlimited_depth()
        .eta(0.1)
        .max_bin(255);
    match spec["quant"].as_bool() {
        // As `lightgbm_quant` has it.
        Some(true) => params.quantized(QuantizedGrad::builder().bins(4).renew_leaf(true).build()?),
        _ => params,
    }
    .build()
}

fn fit(train: Rows, types: &[FeatureType], params: &TrainingParams, rounds: usize) -> Result<BoostedModel> {
    // The table is taken as it lies; bins are made in `train`.
    let data = DMatrix::from_dense_vec(train.x, train.y.len(), types.len())?
        .with_labels(&train.y)?
        .with_feature_types(types)?;
    hessboost::prelude::train(params, &data, rounds)
}

/// Log loss, or root of the mean squared error.
fn loss(task: &str, y: &[f32], answers: &[f32]) -> (&'static str, f64) {
    let n_outputs = answers.len() / y.len();
    // As scikit-learn does, so that one sure mistake costs 36 and not infinity.
    let of = |share: f64| -share.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
    let one = |(y, row): (&f32, &[f32])| match task {
        "binary" if *y == 1.0 => of(f64::from(row[0])),
        "binary" => of(1.0 - f64::from(row[0])),
        "multiclass" => of(f64::from(row[*y as usize])),
        _ => (f64::from(*y) - f64::from(row[0])).powi(2),
    };
    let sum: f64 = y.iter().zip(answers.chunks_exact(n_outputs)).map(one).sum();
    let mean = sum / y.len() as f64;
    match task {
        "regression" => ("rmse", mean.sqrt()),
        _ => ("logloss", mean),
    }
}

/// A figure of this process in MiB, such as `VmHWM:`, the most that was resident.
fn resident_mb(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kb = line.and_then(|line| line.split_whitespace().next());
    kb.and_then(|kb| kb.parse().ok()).unwrap_or(0.0) / 1024.0
}
