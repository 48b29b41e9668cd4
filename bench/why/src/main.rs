//! Does `why` name what moved, and nothing else? Tables whose movements are known are made up and explained.
//!
//! `bench-why [--cases 200] [--threads 2] [--seed 2026] [--verbose yes]` prints the tables of `bench/results/2026-11-29-why.md`.
//! The exit code is 1 if a goal is missed. The same cases give the same tables on any number of threads.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod axes;
mod case;
mod draws;
mod judge;
mod print;
mod segments;
mod signal;

use case::{Case, Sort};
use judge::{Judged, judge};
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
    let is_reached = print::tables(&planted, &nulls);
    ExitCode::from(u8::from(!is_reached))
}

/// Cases of a sort, in order.
fn run(sort: Sort, n_cases: usize, seed: u64, n_threads: usize, is_verbose: bool) -> Vec<Judged> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let k = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if k >= n_cases {
                return done;
            }
            let judged = judge(&Case::draw(sort, k, seed));
            if is_verbose {
                eprintln!("{sort:?} {k}: {judged}");
            }
            done.push((k, judged));
        }
    };
    let mut done: Vec<(usize, Judged)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a case does not panic"))
            .collect()
    });
    done.sort_by_key(|(k, _)| *k);
    done.into_iter().map(|(_, judged)| judged).collect()
}
