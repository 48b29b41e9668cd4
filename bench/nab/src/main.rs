//! Which detector finds the labelled anomalies of NAB early and raises few false alarms?
//!
//! `cargo run --release -p bench-nab [FOLDER]` reads `windows.json` and the series beside it (`../shared/data/anomaly/nab`
//! without a folder) and prints the table of `bench/results/2026-11-29-nab.md`. Detectors see one value after the other. The
//! exit code is 1 if ours is not above the two others.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod corpus;
mod cut_forest;
mod gaussian;
mod profile;

use corpus::Series;
use cut_forest::Forest;
use profile::{Judged, judge};
use stats::series::{AnomalyParams, anomalies};
use std::path::PathBuf;
use std::process::ExitCode;

const FOLDER: &str = "../shared/data/anomaly/nab";

fn main() -> ExitCode {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| FOLDER.to_owned()));
    match corpus::read(&folder) {
        Ok(series) => ExitCode::from(u8::from(!compare(&series))),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Prints a line per detector, and says whether ours is above the others.
fn compare(series: &[Series]) -> bool {
    println!(
        "| detector | NAB score | windows found | false rows | threshold of the other half of the series |"
    );
    println!("|---|---|---|---|---|");
    let silent = line("says nothing", series, |one| vec![0.0; one.values.len()]);
    let perfect = line("knows the labels", series, perfect);
    let ours = line("**`stats::series::anomalies`, defaults**", series, |one| {
        scores_of_ours(one, &AnomalyParams::default())
    });
    for (name, params) in variants() {
        line(&name, series, |one| scores_of_ours(one, &params));
    }
    line("ours, with a season of a day", series, |one| {
        let season_length = 24 * 60 / one.step_minutes();
        scores_of_ours(
            one,
            &AnomalyParams {
                season_length,
                ..AnomalyParams::default()
            },
        )
    });
    let gaussian = line("windowed Gaussian (6,400, step 100)", series, |one| {
        gaussian::windowed_gaussian(&one.values)
    });
    let mut best_forest = 0.0_f64;
    for (shingle, seed) in [(1, 1), (1, 2), (1, 3), (4, 1), (16, 1)] {
        let forest = Forest {
            n_trees: 50,
            n_rows: 256,
            shingle,
        };
        let name = format!("random cut forest, 50 trees of 256, shingle {shingle}, seed {seed}");
        best_forest = best_forest.max(line(&name, series, |one| forest.scores(&one.values, seed)));
    }
    (silent, perfect) == (0.0, 100.0) && ours > gaussian.max(best_forest)
}

fn variants() -> Vec<(String, AnomalyParams)> {
    let usual = AnomalyParams::default();
    [(0.0005, 12), (0.002, 12), (0.001, 24), (0.001, 48)]
        .into_iter()
        .map(|(forgetting, window)| {
            let name = format!("ours, forgetting {forgetting}, window {window}");
            (
                name,
                AnomalyParams {
                    forgetting,
                    window,
                    ..usual
                },
            )
        })
        .collect()
}

fn scores_of_ours(one: &Series, params: &AnomalyParams) -> Vec<f64> {
    let readings = anomalies(&one.values, params).unwrap_or_default();
    readings.iter().map(|reading| reading.score).collect()
}

fn perfect(one: &Series) -> Vec<f64> {
    let mut scores = vec![0.0; one.values.len()];
    for (first, _) in &one.windows {
        scores[(*first).max(one.n_probation())] = 1.0;
    }
    scores
}

fn line(name: &str, series: &[Series], detect: impl Fn(&Series) -> Vec<f64>) -> f64 {
    let scores: Vec<Vec<f64>> = series.iter().map(detect).collect();
    let of = |keep: &dyn Fn(usize) -> bool, threshold| -> Judged {
        let kept: Vec<usize> = (0..series.len()).filter(|&i| keep(i)).collect();
        let one: Vec<&Series> = kept.iter().map(|&i| &series[i]).collect();
        let own: Vec<&Vec<f64>> = kept.iter().map(|&i| &scores[i]).collect();
        judge(&one, &own, threshold)
    };
    let all = of(&|_| true, None);
    let half = |parity: usize| move |i: usize| i % 2 == parity;
    let [even, odd] = [0, 1].map(|parity| of(&half(parity), None).threshold);
    let [even, odd] = [of(&half(0), Some(odd)).score, of(&half(1), Some(even)).score];
    println!(
        "| {name} | {:.1} | {} of {} | {} | {even:.1}, {odd:.1} |",
        all.score, all.n_found, all.n_windows, all.n_false
    );
    all.score
}
