//! Times the scoring and explaining of an imported model, and prints the figures as one JSON line.
//!
//! `bench-score MODEL.txt X.npy FIRST N_ROWS THREADS`: the rows from `FIRST` on in batches of all, one by one without a
//! table around them, and the contributions of the first 10,000.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use bench_trees::npy::{Array, read};
use bench_trees::{features, resident_mb};
use bundle::{Bundle, Model, ScoreOptions, import};
use prepare::Features;
use serde_json::json;

/// Rows that are scored one by one.
const SINGLE: usize = 20_000;
/// Rows that are explained.
const EXPLAINED: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |position: usize| arguments[position].parse::<usize>().expect("a number");
    let bytes = std::fs::read(&arguments[0]).expect("a model");
    let x = read(&arguments[1]);
    let (first, n_rows, n_threads) = (number(2), number(3), number(4));
    let start = Instant::now();
    let bundle = import::import(&bytes, &import::ImportOptions::default()).expect("a model that is known");
    let import_ms = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    Bundle::from_bytes(bundle.bytes().to_vec(), "bench").expect("a bundle");
    let load_ms = start.elapsed().as_secs_f64() * 1e3;
    let rows = features(&x, &[], first, n_rows);
    let options = ScoreOptions {
        n_threads,
        ..ScoreOptions::default()
    };
    let batch_s = best(3, || batch(&bundle.model, &rows, n_threads));
    let few = features(&x, &[], first, EXPLAINED.min(n_rows));
    let explain_s = best(1, || {
        bundle.explain(&few, &options).expect("contributions");
    });
    let (p50_us, p99_us) = single(&bundle.model, &x, first, &rows);
    println!(
        "{}",
        json!({"import_ms": import_ms, "load_ms": load_ms, "batch_s": batch_s, "rows": n_rows, "threads": n_threads,
               "single_p50_us": p50_us, "single_p99_us": p99_us, "explain_10k_s": explain_s, "rss_mb": resident_mb("VmHWM:")})
    );
}

/// All rows, a share of them on each thread.
fn batch(model: &Model, rows: &Features, n_threads: usize) {
    let share = rows.n_rows.div_ceil(n_threads);
    let mut out = vec![0.0; rows.n_rows * model.n_outputs()];
    std::thread::scope(|scope| {
        for (thread, out) in out.chunks_mut(share * model.n_outputs()).enumerate() {
            let first = thread * share;
            let n_rows = out.len() / model.n_outputs();
            scope.spawn(move || model.margins(rows, first..first + n_rows, out).expect("margins"));
        }
    });
}

/// The shortest of some runs, in seconds.
fn best(n: usize, work: impl Fn()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..n).map(once).fold(f64::INFINITY, f64::min)
}

/// Half and 99 hundredths of single rows take at most so many microseconds; what they give is what the batch gives.
fn single(model: &Model, x: &Array, first: usize, rows: &Features) -> (f64, f64) {
    let Model::Trees(trees) = model else {
        panic!("trees")
    };
    let n = SINGLE.min(rows.n_rows);
    let mut batch = vec![0.0; n];
    model.margins(rows, 0..n, &mut batch).expect("margins");
    let mut times = Vec::with_capacity(n);
    for (row, batch) in batch.iter().enumerate() {
        let cells = &x.values[(first + row) * x.n_columns..][..x.n_columns];
        let cells: Vec<f64> = cells.iter().map(|&cell| f64::from(cell)).collect();
        let mut out = [0.0];
        let start = Instant::now();
        trees
            .margins_of_row(std::hint::black_box(&cells), &mut out)
            .expect("a margin");
        times.push(start.elapsed().as_secs_f64() * 1e6);
        assert_eq!(out[0].to_bits(), batch.to_bits());
    }
    times.sort_unstable_by(f64::total_cmp);
    (times[n / 2], times[n * 99 / 100])
}
