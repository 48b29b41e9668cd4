//! Does `why` name what moved, and nothing else? Tables whose movements are known are made up and explained.
//!
//! `bench-why [--cases 200] [--seeds 1] [--threads 2] [--verbose yes]` prints the tables of `bench/results/2026-11-29-why.md`,
//! for as many planted cases and as many in which nothing is to be found, for each seed from 2026 on. The exit code is 1 if a
//! goal is missed. The same cases give the same tables on any number of threads.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use bench_why::{Judged, Sort, run, tables};
use std::process::ExitCode;

const FIRST_SEED: u64 = 2026;

fn main() -> ExitCode {
    let (mut n_cases, mut n_threads, mut n_seeds, mut is_verbose) = (200_usize, 2_usize, 1_u64, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match (name.as_str(), value.parse::<usize>()) {
            ("--cases", Ok(n)) => n_cases = n,
            ("--threads", Ok(n)) => n_threads = n.max(1),
            ("--seeds", Ok(n)) => n_seeds = n.max(1) as u64,
            ("--verbose", _) => is_verbose = value == "yes",
            _ => {
                eprintln!(
                    "error: `{name} {value}`; there are `--cases N`, `--seeds N`, `--threads N` and `--verbose yes`"
                );
                return ExitCode::from(2);
            }
        }
    }
    let all = |sort, n| -> Vec<Judged> {
        let seeds = FIRST_SEED..FIRST_SEED + n_seeds;
        seeds
            .flat_map(|seed| run(sort, n, seed, n_threads, is_verbose))
            .collect()
    };
    let planted = all(Sort::Planted, n_cases);
    let nulls: Vec<(Sort, Vec<Judged>)> = [Sort::Nothing, Sort::Everything, Sort::Clusters]
        .into_iter()
        .map(|sort| (sort, all(sort, n_cases.div_ceil(3))))
        .collect();
    ExitCode::from(u8::from(!tables(&planted, &nulls)))
}
