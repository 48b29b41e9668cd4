//! Parsers under libFuzzer with AddressSanitizer, two at a time (`conformance/fuzz`).
//!
//! cargo-fuzz would set the same flags; it asks for a program a target, and ours is one for all of them.

use crate::shell::{cargo, command, output, root};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Where libFuzzer's build, corpora and findings lie, below the root.
const FOLDER: &str = "target/fuzz";
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// What the compiler of nightly is told: libFuzzer's counters and comparisons, and the sanitizer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
    -Zsanitizer=address -Ccodegen-units=16";
/// A target that finds nothing new for so long is done.
const PATIENCE: Duration = Duration::from_secs(180);
const USAGE: &str = "usage: cargo xtask fuzz [--minutes N] [--target NAME ...] [--keep]";

struct Wish {
    minutes: u64,
    targets: Vec<String>,
    /// Whether what was found is put into the kept corpus.
    is_keeping: bool,
}

/// One target under way.
struct Running {
    target: String,
    child: Child,
    lines: Receiver<String>,
    started: Instant,
    newest: Instant,
    found: Found,
}

/// What came of a target.
#[derive(Default)]
struct Found {
    n_runs: u64,
    coverage: u64,
    n_inputs: u64,
}

pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let wish = Wish::of(arguments)?;
    let program = build()?;
    let mut waiting = wish.targets.clone();
    waiting.reverse();
    let (mut running, mut n_findings): (Vec<Running>, usize) = (Vec::new(), 0);
    println!(
        "{:<16} {:>10} {:>8} {:>7} {:>8}  findings",
        "target", "runs", "edges", "inputs", "seconds"
    );
    while !running.is_empty() || !waiting.is_empty() {
        if running.len() < 2
            && let Some(target) = waiting.pop()
        {
            running.push(Running::start(&program, target, wish.minutes)?);
            continue;
        }
        std::thread::sleep(Duration::from_millis(200));
        for at in (0..running.len()).rev() {
            if running[at].is_over()? {
                n_findings += running.swap_remove(at).tell()?;
            }
        }
    }
    if wish.is_keeping {
        wish.targets
            .iter()
            .try_for_each(|target| keep(&program, target))?;
    }
    match n_findings {
        0 => Ok(()),
        n => Err(format!(
            "{n} findings in {FOLDER}/findings; SPANWISE_FUZZ_TARGET=NAME PROGRAM FILE shows one again"
        )),
    }
}

impl Wish {
    fn of(arguments: &[&str]) -> Result<Wish, String> {
        let mut wish = Wish {
            minutes: 3,
            targets: Vec::new(),
            is_keeping: false,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--keep" => wish.is_keeping = true,
                "--minutes" => wish.minutes = rest.next().and_then(|n| n.parse().ok()).ok_or(USAGE)?,
                "--target" => wish.targets.push((*rest.next().ok_or(USAGE)?).to_owned()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        let known = targets()?;
        if let Some(other) = wish.targets.iter().find(|target| !known.contains(target)) {
            return Err(format!(
                "no target `{other}`, expected one of {}",
                known.join(", ")
            ));
        }
        if wish.targets.is_empty() {
            wish.targets = known;
        }
        Ok(wish)
    }
}

/// The targets that need no DataFusion, by the folders of their corpora.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("conformance/fuzz/corpus");
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.filter(|name| name != "project_file").collect();
    names.sort();
    Ok(names)
}

/// Compiles everything for libFuzzer, in a folder of its own; gives the program.
fn build() -> Result<PathBuf, String> {
    let folder = root().join("conformance/fuzz/libfuzzer");
    // The same versions as everywhere.
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))
        .map_err(|error| format!("cannot copy the lock: {error}"))?;
    output("rustup", &["toolchain", "list"])?
        .contains("nightly")
        .then_some(())
        .ok_or("found no nightly, expected it for the sanitizer; hint: rustup toolchain install nightly")?;
    // cargo, not the toolchain's own that `CARGO` names, knows `+nightly`
    let mut build = command(
        "rustup",
        &[
            "run",
            "nightly",
            "cargo",
            "build",
            "--release",
            "--jobs",
            "2",
            "--target",
            TRIPLE,
        ],
    );
    build
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", root().join(FOLDER))
        .env("RUSTFLAGS", FLAGS);
    let status = build
        .status()
        .map_err(|error| format!("cannot start `{}`: {error}", cargo()))?;
    match status.success() {
        true => Ok(root()
            .join(FOLDER)
            .join(TRIPLE)
            .join("release/spanwise-libfuzzer")),
        false => Err("the build for libFuzzer failed".to_owned()),
    }
}

fn folder(kind: &str, target: &str) -> Result<PathBuf, String> {
    let folder = root().join(FOLDER).join(kind).join(target);
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
    Ok(folder)
}

fn kept(target: &str) -> PathBuf {
    root().join("conformance/fuzz/corpus").join(target)
}

impl Running {
    fn start(program: &std::path::Path, target: String, minutes: u64) -> Result<Running, String> {
        let (grown, findings) = (folder("corpus", &target)?, folder("findings", &target)?);
        let mut fuzzer = command(&program.display().to_string(), &[]);
        fuzzer
            .arg(grown)
            .arg(kept(&target))
            .arg(format!("-max_total_time={}", minutes * 60))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .args(["-max_len=8192", "-timeout=20", "-rss_limit_mb=3000", "-reload=0"])
            .env("SPANWISE_FUZZ_TARGET", &target)
            // Threads that score end with the process.
            .env("ASAN_OPTIONS", "detect_leaks=0")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = fuzzer
            .spawn()
            .map_err(|error| format!("cannot start libFuzzer: {error}"))?;
        let stderr = child.stderr.take().ok_or("libFuzzer has no output")?;
        let (send, lines) = channel();
        std::thread::spawn(move || {
            // Who no longer listens has seen enough.
            BufReader::new(stderr)
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| send.send(line))
        });
        let now = Instant::now();
        Ok(Running {
            target,
            child,
            lines,
            started: now,
            newest: now,
            found: Found::default(),
        })
    }

    /// Whether it ended, or has found nothing new for so long that it is ended now.
    fn is_over(&mut self) -> Result<bool, String> {
        let lines: Vec<String> = self.lines.try_iter().collect();
        for line in lines {
            if self.found.see(&line) {
                self.newest = Instant::now();
            }
        }
        if PATIENCE < self.newest.elapsed() {
            // It may have ended meanwhile.
            let _ = self.child.kill();
        }
        let ended = self
            .child
            .try_wait()
            .map_err(|error| format!("cannot wait for libFuzzer: {error}"))?;
        Ok(ended.is_some())
    }

    /// Prints its line; gives how many findings there are.
    fn tell(self) -> Result<usize, String> {
        let findings = folder("findings", &self.target)?;
        let n = std::fs::read_dir(findings).map_or(0, |entries| entries.count());
        println!(
            "{:<16} {:>10} {:>8} {:>7} {:>8}  {n}",
            self.target,
            self.found.n_runs,
            self.found.coverage,
            self.found.n_inputs,
            self.started.elapsed().as_secs()
        );
        Ok(n)
    }
}

impl Found {
    /// Reads `#1024 NEW cov: 512 ft: 900 corp: 30/1200b ...`; says whether something new was covered.
    fn see(&mut self, line: &str) -> bool {
        let Some(rest) = line.strip_prefix('#') else {
            return false;
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let behind = |word: &str| {
            let at = words.iter().position(|found| *found == word)?;
            words.get(at + 1)?.split('/').next()?.parse::<u64>().ok()
        };
        self.n_runs = words.first().and_then(|n| n.parse().ok()).unwrap_or(self.n_runs);
        self.n_inputs = behind("corp:").unwrap_or(self.n_inputs);
        let coverage = behind("cov:").unwrap_or(self.coverage);
        let is_new = self.coverage < coverage;
        self.coverage = coverage;
        is_new
    }
}

/// Adds to the kept corpus what covers more, as few and as small inputs as do it.
fn keep(program: &std::path::Path, target: &str) -> Result<(), String> {
    let mut merge = command(&program.display().to_string(), &["-merge=1", "-max_len=2048"]);
    merge
        .arg(kept(target))
        .arg(folder("corpus", target)?)
        .env("SPANWISE_FUZZ_TARGET", target)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = merge
        .status()
        .map_err(|error| format!("cannot start libFuzzer: {error}"))?;
    status
        .success()
        .then_some(())
        .ok_or(format!("`{target}` could not be merged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_libfuzzer_are_read() {
        let mut found = Found::default();
        assert!(found.see("#1024\tNEW    cov: 512 ft: 900 corp: 30/1200b lim: 17 exec/s: 0 rss: 70Mb"));
        assert!(!found.see("#2048\tpulse  cov: 512 ft: 900 corp: 31/1300b lim: 17"));
        assert!(!found.see("INFO: seed corpus: files: 3"));
        assert_eq!((found.n_runs, found.coverage, found.n_inputs), (2048, 512, 31));
    }

    #[test]
    fn targets_that_are_not_there_are_named() {
        let refused = |arguments: &[&str]| Wish::of(arguments).err().unwrap_or_default();
        assert!(refused(&["--target", "cvs"]).contains("no target `cvs`"));
        assert!(refused(&["--minutes"]).starts_with("usage"));
    }
}
