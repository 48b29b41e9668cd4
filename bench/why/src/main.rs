//! Does `why` name what moved, and nothing else? Tables whose movements are known are made up and explained.
//!
//! `bench-why [--cases 200] [--threads 2] [--seed 2026] [--verbose yes]` prints the tables of `bench/results/2026-11-29-why.md`.
//! The exit code is 1 if a goal is missed. The same cases give the same tables on any number of threads.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use bench_why::{Judged, Sort, run, tables};
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut n_cases, mut n_threads, mut seed, mut is_verbose) = (200_usize, 2_usize, 2026_u64, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match (name.as_str(), value.parse::<usize>()) {
            ("--cases", Ok(n)) => n_cases = n,
            ("--threads", Ok(n)) => n_threads = n.max(1),
            ("--seed", Ok(n)) => seed = n as u64,
            ("--verbose", _) => is_verbose = value == "yes",
            _ => {
                eprintln!(
                    "error: `{name} {value}`; there are `--cases N`, `--threads N`, `--seed N` and `--verbose yes`"
                );
                return ExitCode::from(2);
            }
        }
    }
    let run = |sort, n| run(sort, n, seed, n_threads, is_verbose);
    let planted = run(Sort::Planted, n_cases);
    let nulls: Vec<(Sort, Vec<Judged>)> = [Sort::Nothing, Sort::Everything, Sort::Clusters]
        .into_iter()
        .map(|sort| (sort, run(sort, n_cases.div_ceil(3))))
        .collect();
    let is_reached = tables(&planted, &nulls);
    ExitCode::from(u8::from(!is_reached))
}
