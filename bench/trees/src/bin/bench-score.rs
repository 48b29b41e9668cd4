//! Times the scoring and explaining of an imported model, and prints the figures as one JSON line.
//!
//! `bench-score MODEL.txt X.npy FIRST N_ROWS THREADS [WHAT]`: the rows from `FIRST` on in batches of all, one by one
//! without a table around them, the contributions of the first 10,000, and loading the bundle. `WHAT` is some of
//! `batch,single,explain,load`; all unless given.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use bench_trees::npy::{Array, read};
use bench_trees::{features, resident_mb};
use bundle::{Bundle, Model, ScoreOptions, import};
use prepare::Features;
use serde_json::json;

/// Rows that are scored one by one, as often as `bench/score/row.c` does.
const SINGLE: usize = 5_000;
const PASSES: usize = 3;
/// Rows that are explained.
const EXPLAINED: usize = 10_000;
/// How often the bundle is loaded.
const LOADS: usize = 7;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |position: usize| arguments[position].parse::<usize>().expect("a number");
    let bytes = std::fs::read(&arguments[0]).expect("a model");
    let x = read(&arguments[1]);
    let (first, n_rows, n_threads) = (number(2), number(3), number(4));
    let start = Instant::now();
    let bundle = import::import(&bytes, &import::ImportOptions::default()).expect("a model that is known");
    let import_ms = start.elapsed().as_secs_f64() * 1e3;
    let wanted = arguments
        .get(5)
        .map_or("batch,single,explain,load", String::as_str);
    let wants = |what: &str| wanted.split(',').any(|wanted| wanted == what);
    let rows = features(&x, &[], first, n_rows);
    let mut figures = json!({"import_ms": import_ms, "rows": n_rows, "threads": n_threads});
    if wants("load") {
        figures["load_ms"] = json!(load_ms(&bundle));
    }
    if wants("single") {
        let (p50_us, p99_us) = single(&bundle.model, &x, first, &rows);
        figures["single_p50_us"] = json!(p50_us);
        figures["single_p99_us"] = json!(p99_us);
    }
    if wants("batch") {
        // As with the peers: some rows first, then all once.
        batch(
            &bundle.model,
            &features(&x, &[], first, n_rows.min(1000)),
            n_threads,
        );
        figures["batch_s"] = json!(seconds(|| batch(&bundle.model, &rows, n_threads)));
    }
    if wants("explain") {
        figures["explain_s"] = json!(explain_s(
            &bundle,
            &features(&x, &[], first, EXPLAINED.min(n_rows)),
            n_threads
        ));
    }
    figures["rss_mb"] = json!(resident_mb("VmHWM:"));
    println!("{figures}");
}

/// The bundle from its bytes, in the middle of some times.
fn load_ms(bundle: &Bundle) -> f64 {
    let bytes = bundle.to_bytes();
    let mut times: Vec<f64> = (0..LOADS)
        .map(|_| {
            let start = Instant::now();
            Bundle::from_bytes(&bytes, "bench").expect("a bundle");
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times[LOADS / 2]
}

fn explain_s(bundle: &Bundle, rows: &Features, n_threads: usize) -> f64 {
    let options = ScoreOptions {
        n_threads,
        ..ScoreOptions::default()
    };
    seconds(|| {
        bundle.explain(rows, &options).expect("contributions");
    })
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

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Half and 99 hundredths of single rows take at most so many microseconds; what they give is what the batch gives.
fn single(model: &Model, x: &Array, first: usize, rows: &Features) -> (f64, f64) {
    let Model::Trees(trees) = model else {
        panic!("trees")
    };
    let n = SINGLE.min(rows.n_rows);
    let mut batch = vec![0.0; n];
    model.margins(rows, 0..n, &mut batch).expect("margins");
    let mut times = Vec::with_capacity(n * PASSES);
    for (row, batch) in (0..PASSES).flat_map(|_| batch.iter().enumerate()) {
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
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
