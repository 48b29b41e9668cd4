//! Imports a tree model and lets it answer a matrix, for comparisons with the library that made it.
//!
//! `trees MODEL MATRIX N_COLUMNS WHAT [OUT]`: the matrix is row after row of little-endian `f64`. `margins`, `answers`,
//! `contributions`, `interactions` and `interventional` (the last 100 rows are the background) are written to OUT as
//! `f64`, `onnx` as the exported model; `batch`, `single` and `shap` print the time of one thread, and of two where rows are cut, as JSON.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use bundle::import::{ImportOptions, import};
use bundle::{Bundle, Model, ScoreOptions, TreeEnsemble};
use prepare::{FeatureColumn, Features};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, model, matrix, n_columns, what, rest @ ..] = &arguments[..] else {
        panic!("trees MODEL MATRIX N_COLUMNS WHAT [OUT]");
    };
    let start = Instant::now();
    let bytes = std::fs::read(model).unwrap();
    let bundle = match import(&bytes, &ImportOptions::default()) {
        Ok(bundle) => bundle,
        Err(error) => {
            println!("refused: {error}");
            return;
        }
    };
    let import_ms = start.elapsed().as_secs_f64() * 1e3;
    let features = features(matrix, n_columns.parse().unwrap());
    let Model::Trees(trees) = &bundle.model else {
        panic!("imports are trees");
    };
    let numbers = match what.as_str() {
        "margins" => bundle.model.all_margins(&features).unwrap(),
        "answers" => answers(&bundle, &features),
        "contributions" => contributions(&bundle, &features),
        "interventional" => interventional(&bundle, &features),
        "interactions" => {
            let found = bundle.model.interactions(&features, 0..features.n_rows).unwrap();
            found.values
        }
        "onnx" => return std::fs::write(&rest[0], bundle::export::onnx(&bundle).unwrap()).unwrap(),
        "batch" => return time_batch(&bundle, &features, import_ms),
        "single" => return time_single(trees, &features),
        "shap" => return time_shap(&bundle, &features),
        other => panic!("`{other}` is not known"),
    };
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(&rest[0], bytes).unwrap();
}

fn features(path: &str, n_columns: usize) -> Features {
    let bytes = std::fs::read(path).unwrap();
    let cells: Vec<f64> = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|cell| f64::from_le_bytes(*cell))
        .collect();
    let n_rows = cells.len() / n_columns;
    let column = |column| (0..n_rows).map(|row| cells[row * n_columns + column]).collect();
    Features {
        n_rows,
        columns: (0..n_columns).map(|c| FeatureColumn::Number(column(c))).collect(),
    }
}

/// Through the whole of `Bundle::score`: probabilities, or predictions.
fn answers(bundle: &Bundle, features: &Features) -> Vec<f64> {
    let columns = bundle
        .recipe
        .inputs
        .iter()
        .zip(&features.columns)
        .map(|(input, column)| {
            let FeatureColumn::Number(values) = column else {
                panic!("numbers only");
            };
            let cells = values.iter().map(|value| (!value.is_nan()).then_some(*value));
            (
                input.name.clone(),
                Arc::new(cells.collect::<Float64Array>()) as ArrayRef,
            )
        });
    let table = Table::new(columns.collect::<Vec<_>>()).unwrap();
    let scores = bundle.score(&table, &ScoreOptions::default()).unwrap();
    [scores.probabilities, scores.predictions].concat()
}

/// Per row and output the contributions, then base and remainder.
fn contributions(bundle: &Bundle, features: &Features) -> Vec<f64> {
    let explained = bundle.model.explain(features, 0..features.n_rows).unwrap();
    let mut out = Vec::new();
    for row in 0..explained.n_rows {
        for output in 0..explained.n_outputs {
            let position = row * explained.n_outputs + output;
            out.extend(explained.contributions_of(row, output));
            out.extend([explained.base[position], explained.remainder[position]]);
        }
    }
    out
}

/// The contributions of all rows but the last 100, against those.
fn interventional(bundle: &Bundle, features: &Features) -> Vec<f64> {
    let n_rows = features.n_rows - 100;
    let background: Vec<usize> = (n_rows..features.n_rows).collect();
    let explained = bundle
        .model
        .explain_against(features, 0..n_rows, &features.take(&background));
    explained.unwrap().contributions
}

fn time_batch(bundle: &Bundle, features: &Features, import_ms: f64) {
    let loaded = Instant::now();
    let bundle = Bundle::from_bytes(&bundle.to_bytes(), "it").unwrap();
    let load_ms = loaded.elapsed().as_secs_f64() * 1e3;
    let n_outputs = bundle.model.n_outputs();
    let warm = bundle.model.n_outputs() * 2048.min(features.n_rows);
    bundle
        .model
        .margins(features, 0..warm / n_outputs, &mut vec![0.0; warm])
        .unwrap();
    let mut times = Vec::new();
    for n_threads in [1, 2] {
        let start = Instant::now();
        let size = features.n_rows.div_ceil(n_threads * 8);
        let cuts: Vec<usize> = (0..features.n_rows).step_by(size).collect();
        std::thread::scope(|scope| {
            for thread in 0..n_threads {
                let (cuts, model) = (&cuts, &bundle.model);
                scope.spawn(move || {
                    for &cut in cuts.iter().skip(thread).step_by(n_threads) {
                        let end = (cut + size).min(features.n_rows);
                        let mut out = vec![0.0; (end - cut) * n_outputs];
                        model.margins(features, cut..end, &mut out).unwrap();
                        black_box(&out);
                    }
                });
            }
        });
        times.push(start.elapsed().as_secs_f64());
    }
    println!(
        "{{\"rows\": {}, \"time_s\": {:?}, \"import_ms\": {import_ms:.1}, \"load_ms\": {load_ms:.1}}}",
        features.n_rows, times
    );
}

fn time_single(trees: &TreeEnsemble, features: &Features) {
    let rows: Vec<Vec<f64>> = (0..2000.min(features.n_rows))
        .map(|row| {
            let cell = |column: &FeatureColumn| match column {
                FeatureColumn::Number(values) => values[row],
                FeatureColumn::Category { .. } => f64::NAN,
            };
            features.columns.iter().map(cell).collect()
        })
        .collect();
    let mut out = vec![0.0; trees.n_outputs()];
    let mut times: Vec<f64> = (0..20_000)
        .map(|i| {
            let start = Instant::now();
            trees.margins_of_row(&rows[i % rows.len()], &mut out).unwrap();
            black_box(&out);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"p50_us\": {:.2}, \"p99_us\": {:.2}}}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
}

fn time_shap(bundle: &Bundle, features: &Features) {
    let mut times = Vec::new();
    for n_threads in [1, 2] {
        let start = Instant::now();
        let options = ScoreOptions {
            n_threads,
            ..ScoreOptions::default()
        };
        black_box(bundle.explain(features, &options).unwrap());
        times.push(start.elapsed().as_secs_f64());
    }
    println!("{{\"rows\": {}, \"time_s\": {:?}}}", features.n_rows, times);
}
