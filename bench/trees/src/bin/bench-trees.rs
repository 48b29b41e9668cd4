//! Trains on one table of numpy arrays and prints what it took, and how good it is on the test rows, as one JSON line.
//!
//! `bench-trees SPEC` with SPEC a JSON object: `x`, `y` paths of `.npy` files, `n_train`, `n_test`, `task`
//! (`binary`, `regression`, `multiclass`), `cats` column numbers, `threads`, `trainer` (`boost` if left out), `params`;
//! and if wanted `seed`, and `out`, where answers to the test rows go.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use bench_trees::npy::{read, write};
use bench_trees::{features, resident_mb};
use bundle::Link;
use learn::{Context, Target, Training, Value, trainers};
use serde_json::json;
use stats::math;

fn main() {
    let spec: serde_json::Value =
        serde_json::from_str(&std::env::args().nth(1).expect("a JSON object as argument"))
            .expect("valid JSON");
    let number = |key: &str| spec[key].as_u64().expect(key) as usize;
    let (n_train, n_test) = (number("n_train"), number("n_test"));
    let x = read(spec["x"].as_str().expect("x"));
    let y = read(spec["y"].as_str().expect("y"));
    let cats: Vec<usize> = spec["cats"]
        .as_array()
        .map(|cats| {
            cats.iter()
                .filter_map(|cat| Some(cat.as_u64()? as usize))
                .collect()
        })
        .unwrap_or_default();
    let task = spec["task"].as_str().expect("task");
    let data_mb = resident_mb("VmRSS:");

    let test = features(&x, &cats, n_train, n_test);
    let start = Instant::now();
    let train = features(&x, &cats, 0, n_train);
    let target = target(task, &y.values[..n_train]);
    drop(x);
    let read_s = start.elapsed().as_secs_f64();
    let given = spec["params"].as_object().into_iter().flatten();
    let given: Vec<(&str, Value)> = given
        .map(|(key, value)| (key.as_str(), value_of(value)))
        .collect();
    let settings: Vec<(&str, &Value)> = given.iter().map(|(key, value)| (*key, value)).collect();
    let known = trainers::find(spec["trainer"].as_str().unwrap_or("boost")).expect("a trainer");
    let trainer = known.make(&settings).expect("parameters in range").trainer;
    let context = Context {
        seed: spec["seed"].as_u64().unwrap_or(1),
        n_threads: number("threads"),
        progress: None,
    };
    let data = Training {
        features: &train,
        target: &target,
        weights: None,
        names: &[],
    };
    let model = trainer.fit(&data, &context).expect("a model");
    let time_s = start.elapsed().as_secs_f64();
    let rss_mb = resident_mb("VmHWM:");

    let margins = model.all_margins(&test).expect("margins");
    let answers = answers(margins, target.n_outputs(), trainer.link(&target));
    if let Some(path) = spec["out"].as_str() {
        write(path, &answers);
    }
    let quality = quality(task, &y.values[n_train..n_train + n_test], &answers);
    println!(
        "{}",
        json!({"time_s": time_s, "read_s": read_s, "rss_mb": rss_mb, "data_rss_mb": data_mb, "loss": quality})
    );
}

fn value_of(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Number(number) if number.is_i64() => Value::Whole(number.as_i64().unwrap_or(0)),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        _ => Value::Auto,
    }
}

fn target(task: &str, y: &[f32]) -> Target {
    match task {
        "binary" => Target::Binary(y.iter().map(|y| *y == 1.0).collect()),
        "multiclass" => Target::Classes {
            codes: y.iter().map(|y| *y as u32).collect(),
            n_classes: y.iter().map(|y| *y as u32).max().unwrap_or(0) + 1,
        },
        _ => Target::Number(y.iter().map(|y| f64::from(*y)).collect()),
    }
}

fn answers(mut margins: Vec<f64>, n_outputs: usize, link: Link) -> Vec<f64> {
    margins
        .chunks_exact_mut(n_outputs)
        .for_each(|row| link.of_classes(row));
    margins
}

/// Log loss, or root of the mean squared error.
fn quality(task: &str, y: &[f32], answers: &[f64]) -> f64 {
    let n_outputs = answers.len() / y.len();
    // As scikit-learn does, so that one sure mistake costs 36 and not infinity.
    let of = |share: f64| -math::ln(share.clamp(f64::EPSILON, 1.0 - f64::EPSILON));
    let one = |(y, row): (&f32, &[f64])| match task {
        "binary" => of(if *y == 1.0 { row[0] } else { 1.0 - row[0] }),
        "multiclass" => of(row[*y as usize]),
        _ => (f64::from(*y) - row[0]) * (f64::from(*y) - row[0]),
    };
    let mean = y
        .iter()
        .zip(answers.chunks_exact(n_outputs))
        .map(one)
        .sum::<f64>()
        / y.len() as f64;
    match task {
        "regression" => math::sqrt(mean),
        _ => mean,
    }
}
