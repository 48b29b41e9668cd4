//! Trains on one table of numpy arrays and prints what it took, and how good it is on the test rows, as one JSON line.
//!
//! `bench-trees SPEC` with SPEC a JSON object: `x`, `y` paths of `.npy` files, `n_train`, `n_test`, `task`
//! (`binary`, `regression`, `multiclass`), `cats` column numbers, `threads`, `params`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use bench_trees::npy::read;
use bench_trees::{features, resident_mb};
use learn::{Context, Target, Trainer, Training, Value, boost};
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

    let start = Instant::now();
    let train = features(&x, &cats, 0, n_train);
    let target = target(task, &y.values[..n_train]);
    let read_s = start.elapsed().as_secs_f64();
    let mut params = boost::Params::default();
    for (key, value) in spec["params"].as_object().into_iter().flatten() {
        params.set(key, &value_of(value)).expect("a parameter");
    }
    let trainer = params.check().expect("parameters in range");
    let context = Context {
        seed: 1,
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

    let test = features(&x, &cats, n_train, n_test);
    let margins = model.all_margins(&test).expect("margins");
    let quality = quality(task, &y.values[n_train..n_train + n_test], &margins);
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

/// Log loss, or root of the mean squared error.
fn quality(task: &str, y: &[f32], margins: &[f64]) -> f64 {
    let n = y.len() as f64;
    match task {
        "binary" => {
            let loss = y
                .iter()
                .zip(margins)
                .map(|(y, m)| math::softplus(if *y == 1.0 { -m } else { *m }));
            loss.sum::<f64>() / n
        }
        "multiclass" => {
            let rows = margins.chunks_exact(margins.len() / y.len());
            let loss = y
                .iter()
                .zip(rows)
                .map(|(y, m)| math::log_sum_exp(m) - m[*y as usize]);
            loss.sum::<f64>() / n
        }
        _ => {
            let squares = y
                .iter()
                .zip(margins)
                .map(|(y, m)| (f64::from(*y) - m) * (f64::from(*y) - m));
            math::sqrt(squares.sum::<f64>() / n)
        }
    }
}
