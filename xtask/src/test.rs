//! Everything that proves the project.

use crate::shell::{cargo, command};
use crate::{check, python};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

pub(crate) fn run() -> Result<(), String> {
    let mut counts = Counts::default();
    cargo_test(&["test", "--release", "--no-fail-fast"], &mut counts)?;
    cargo_test(&["test", "--release", "--package", "xtask"], &mut counts)?;
    check::run_without_lints()?;
    let printed = python::conformance()?;
    counts.add_pytest(&printed);
    println!(
        "{} passed, {} failed, {} skipped",
        counts.passed, counts.failed, counts.skipped
    );
    if counts.failed == 0 {
        Ok(())
    } else {
        Err(format!("{} tests failed", counts.failed))
    }
}

#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// `test result: ok. 12 passed; 0 failed; 1 ignored; ...`
    fn add_cargo(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
            self.skipped += number_before(rest, " ignored");
        }
    }

    /// `20 passed, 1 skipped in 12.3s`
    fn add_pytest(&mut self, text: &str) {
        let last = text
            .lines()
            .rev()
            .find(|line| line.contains(" passed") || line.contains(" failed"))
            .unwrap_or_default();
        self.passed += number_before(last, " passed");
        self.failed += number_before(last, " failed");
        self.skipped += number_before(last, " skipped");
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text
        .split(word)
        .next()
        .filter(|before| before.len() < text.len())
        .unwrap_or_default();
    before
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// Runs `cargo test`, passes its output on and counts.
fn cargo_test(arguments: &[&str], counts: &mut Counts) -> Result<(), String> {
    eprintln!("$ cargo {}", arguments.join(" "));
    let mut child = command(&cargo(), arguments)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let stdout = child.stdout.take().ok_or("cargo has no output")?;
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        println!("{line}");
        counts.add_cargo(&line);
    }
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for cargo: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo test ended with {status}"))
    }
}
