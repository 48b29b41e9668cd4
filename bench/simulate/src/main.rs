//! Do tests keep their level, intervals their coverage and sequential methods their promise? Data whose truth is known are
//! drawn again and again, and what was found is counted beside what was promised.
//!
//! `bench-simulate [--replications 20000] [--only WORDS] [--threads 1]` prints the table of `docs/statistics.md`.
//! `--only` keeps the rows whose name or scenario contains the words. The exit code is 1 if a row is outside its limits.
//! The same replications give the same table on any number of threads.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod data;
mod run;
mod study;
mod table;

mod experiments;
mod intervals;
mod tests;

use std::process::ExitCode;
use std::time::Instant;

use run::{Found, replicate};
use study::Study;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(2);
        }
    };
    let studies: Vec<Study> = [tests::studies(), intervals::studies(), experiments::studies()]
        .into_iter()
        .flatten()
        .filter(|study| study.matches(&options.only))
        .collect();
    let mut closing = table::Closing::default();
    let mut part = "";
    for study in &studies {
        if study.part != part {
            part = study.part;
            println!("{}", table::heading(part));
        }
        let found = replicated(study, &options);
        println!("{}", table::row(study, &found));
        closing.count(study, &found);
    }
    println!("\n{closing}");
    ExitCode::from(u8::from(closing.n_outside > 0))
}

/// Runs a study. One outside its limits runs again, five times as often and with other seeds, and what is found then counts:
/// of hundreds of rows one or the other lies outside three standard errors by chance, and only there a second time if
/// something is wrong.
fn replicated(study: &Study, options: &Options) -> Found {
    let started = Instant::now();
    let n = (options.replications / study.divisor).max(1);
    let mut found = replicate(study, 0, n, options.threads);
    if !study.holds(&found) {
        found = replicate(study, 1, 5 * n, options.threads);
    }
    let mark = if study.holds(&found) { "held" } else { "OUTSIDE" };
    let shares = table::shares(study, &found);
    eprintln!(
        "{:6.1} s  {mark}  {}, {}: {shares}",
        started.elapsed().as_secs_f64(),
        study.what,
        study.scenario
    );
    found
}

struct Options {
    replications: u64,
    threads: usize,
    only: String,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            replications: 20_000,
            threads: 1,
            only: String::new(),
        };
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("`{name}` needs a value"))?;
            let number = || {
                value
                    .parse::<u64>()
                    .ok()
                    .filter(|number| *number > 0)
                    .ok_or_else(|| format!("`{name}` needs a number above 0, found `{value}`"))
            };
            match name.as_str() {
                "--replications" => options.replications = number()?,
                "--threads" => options.threads = number()? as usize,
                "--only" => options.only = value.to_lowercase(),
                _ => {
                    return Err(format!(
                        "unknown option `{name}`; there are `--replications`, `--threads` and `--only`"
                    ));
                }
            }
        }
        Ok(options)
    }
}
