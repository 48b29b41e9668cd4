#![allow(clippy::unwrap_used)]
use super::*;
use crate::estimator::{Aim, Estimator, Lesson, Rows};
use crate::scoring::{Why, options_for, score};
use bundle::{Bundle, Draft, ScoreOptions};
use learn::Context;
use prepare::contract::{Action, ColumnRule, Contract, Rule};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Says in each row how long it is, so that files are large with few rows.
const NOTE: usize = 300;

/// A model of numbers that refuses rows without `x0`, and with an `x1` below -100.
fn refusing() -> Bundle {
    let mut draw = stats::random::Draw::new(3, 0);
    let mut numbers = || (0..300).map(|_| draw.normal()).collect::<Vec<f64>>();
    let (x0, x1) = (numbers(), numbers());
    let y = x0.iter().zip(&x1).map(|(a, b)| a + b * b).collect();
    let lesson = Lesson {
        rows: Rows::of_numbers(&["x0".to_owned(), "x1".to_owned()], 300, vec![x0, x1]),
        aim: Aim::Numbers(y),
        weights: None,
        n_held_out: 0,
        contamination: None,
        intervals: None,
        interval_groups: None,
        before: None,
        name: "model".to_owned(),
        target: "y".to_owned(),
    };
    let fitted = Estimator::new("boost", &[]).unwrap();
    let fitted = fitted.fit(lesson, &Context::new(1)).unwrap();
    let rule = |column: &str, rule| ColumnRule {
        column: column.to_owned(),
        rule,
        action: Action::Refuse,
        declared: true,
    };
    let contract = Contract {
        columns: vec![rule("x0", Rule::Required), rule("x1", Rule::Min(-100.0))],
        table: Vec::new(),
    };
    let draft = (*fitted).clone();
    Bundle::build(Draft { contract, ..draft }).unwrap()
}

fn scorer(bundle: &Bundle) -> Scorer<'_> {
    Scorer {
        bundle,
        keep: None,
        options: ScoreOptions::default(),
        why: Why::default(),
    }
}

/// A file of so many rows with these `x0` and `x1`.
fn written(path: &Path, n_rows: usize, row: impl Fn(usize) -> [String; 2]) {
    let note = "x".repeat(NOTE);
    let line = |k: usize| format!("{},{note}\n", row(k).join(","));
    let text = (0..n_rows).map(line).collect::<String>();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("x0,x1,note\n{text}")).unwrap();
}

fn plain(k: usize) -> [String; 2] {
    [format!("{}.25", k % 7), format!("-{}.5", k % 5)]
}

fn in_blocks(bundle: &Bundle, path: &Path, n_threads: usize) -> Result<Vec<u8>, String> {
    let out = path.with_extension("out.csv");
    let quarantine = path.with_extension("quarantine.csv");
    let watching = Watching {
        n_read: &AtomicU64::new(0),
        goes_on: &|_| true,
    };
    match score_blocks(&scorer(bundle), path, &out, &quarantine, n_threads, watching) {
        Ok(_) => Ok(std::fs::read(out).unwrap()),
        Err(Failed::File(error)) => {
            assert!(!out.exists() && !quarantine.exists());
            Err(error.to_string())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn at_once(bundle: &Bundle, path: &Path) -> Result<Vec<u8>, String> {
    let read = table::read::open(path, &options_for(bundle)).unwrap();
    let scored = score(
        bundle,
        &read.table,
        None,
        &ScoreOptions::default(),
        &Why::default(),
    );
    let scored = scored.map_err(|error| error.to_string())?;
    Ok(table::write::to_csv(&scored.table, ','))
}

#[test]
fn a_rule_that_refuses_waits_until_its_pass_is_known_not_to_be_void() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let n_rows = (18 << 20) / NOTE;
    // between two of the pieces that are looked at first: numbers with marks, which only a whole column tells
    let gap = n_rows / 32;
    let is_marked = |k: usize| 7 * gap + gap / 4 <= k && k < 8 * gap - gap / 8;
    written(&path, n_rows, |k| match is_marked(k) {
        true => [format!("${}.25", k % 7), "1.5".to_owned()],
        false => plain(k),
    });
    let bundle = refusing();
    let whole = at_once(&bundle, &path).unwrap();
    for n_threads in [1, 3] {
        assert!(in_blocks(&bundle, &path, n_threads).unwrap() == whole);
    }
}

#[test]
fn a_refusal_counts_the_rows_of_the_whole_file_as_if_it_was_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let n_rows = (18 << 20) / NOTE;
    // the rule that the contract has first is broken last
    written(&path, n_rows, |k| match k {
        77 | 20_000 => ["1".to_owned(), "-700.5".to_owned()],
        k if n_rows - 3 <= k => [String::new(), "1".to_owned()],
        k => plain(k),
    });
    let bundle = refusing();
    let whole = at_once(&bundle, &path).unwrap_err();
    let expected = format!(
        "3 of {n_rows} rows break `required = true` of column `x0` (first: row {}",
        n_rows - 2
    );
    assert!(whole.contains(&expected), "{whole}");
    for n_threads in [1, 3] {
        assert_eq!(in_blocks(&bundle, &path, n_threads).unwrap_err(), whole);
    }
}

#[test]
fn what_is_wrong_with_the_columns_is_told_before_the_rows_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = refusing();
    for (name, header, row) in [
        ("a.csv", "x0,y", "1.5,2\n"),
        ("b.csv", "x0,x1,prediction", "1.5,2,3\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{header}\n{}", row.repeat((17 << 20) / row.len()))).unwrap();
        let (n_read, n_seen) = (AtomicU64::new(0), AtomicU64::new(0));
        let watching = Watching {
            n_read: &n_read,
            goes_on: &|n_rows| n_seen.fetch_add(n_rows, Relaxed) < u64::MAX,
        };
        let out = folder.path().join("out.csv");
        let failed = score_blocks(
            &scorer(&bundle),
            &path,
            &out,
            &path.with_extension("q.csv"),
            1,
            watching,
        );
        let Err(Failed::File(error)) = failed else {
            panic!("{failed:?}");
        };
        let told = error.to_string();
        assert!(
            told.contains("no column `x1`") || told.contains("columns named like scores: `prediction`"),
            "{told}"
        );
        assert_eq!((n_read.into_inner(), n_seen.into_inner()), (0, 0));
    }
}

/// Does something once, after the first rows of a run.
struct Once<F: Fn()>(std::sync::Once, F);

impl<F: Fn() + Sync> Watch for Once<F> {
    fn seen(&self, _: &SoFar) {
        self.0.call_once(&self.1);
    }
}

struct Quiet;

impl Watch for Quiet {}

fn job<'a>(bundle: &'a Bundle, inputs: &Path, out: &Path) -> Job<'a> {
    Job {
        scorer: scorer(bundle),
        inputs: vec![inputs.to_owned()],
        out: out.to_owned(),
        format: None,
        n_threads: 2,
        again: false,
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_leaves_no_output_of_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in/a.csv"), folder.path().join("out"));
    written(&input, 3000, plain);
    let bundle = refusing();
    let touch = || {
        let file = std::fs::OpenOptions::new().append(true).open(&input);
        std::io::Write::write_all(&mut file.unwrap(), b"1,2,x\n").unwrap();
    };
    let watch = Once(std::sync::Once::new(), touch);
    let outcome = score_files(&job(&bundle, &folder.path().join("in"), &out), &watch).unwrap();
    let error = outcome.files[0].error.as_deref().unwrap();
    assert!(error.contains("a change while it was read"), "{error}");
    assert!(!out.join("a.csv").exists() && outcome.files[0].set_aside.is_empty());
    // the single file of another caller
    let single = folder.path().join("single.csv");
    std::fs::write(&single, b"before").unwrap();
    let watching = Watching {
        n_read: &AtomicU64::new(0),
        goes_on: &|_| {
            touch();
            true
        },
    };
    let failed = score_blocks(
        &scorer(&bundle),
        &input,
        &single,
        &folder.path().join("q.csv"),
        1,
        watching,
    );
    assert!(matches!(failed, Err(Failed::File(_))), "{failed:?}");
    assert_eq!(std::fs::read(&single).unwrap(), b"before");
}

#[test]
fn outputs_of_an_earlier_run_are_set_aside_where_their_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in/a.csv"), folder.path().join("out"));
    let bundle = refusing();
    let run = || {
        let outcome = score_files(&job(&bundle, &folder.path().join("in"), &out), &Quiet).unwrap();
        outcome.files[0].clone()
    };
    for stale in ["a.csv.stale", "a.csv.stale-2"] {
        written(&input, 100, plain);
        assert_eq!(run().error, None);
        let scores = std::fs::read(out.join("a.csv")).unwrap();
        written(&input, 90, |_| [String::new(), "1".to_owned()]);
        let refused = run();
        assert!(refused.error.is_some());
        assert_eq!(refused.set_aside, [stale]);
        assert!(!out.join("a.csv").exists());
        assert_eq!(std::fs::read(out.join(stale)).unwrap(), scores);
        // once
        assert!(run().set_aside.is_empty());
    }
}

#[test]
fn the_output_of_another_file_of_the_same_name_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let bundle = refusing();
    let run = |inputs: &str, again: bool| {
        let job = Job {
            again,
            ..job(&bundle, &at(inputs), &at("out"))
        };
        score_files(&job, &Quiet).map_err(|error| error.to_string())
    };
    written(&at("one/a.csv"), 100, plain);
    written(&at("two/a.csv"), 50, plain);
    written(&at("three/a.csv"), 100, plain);
    run("one", false).unwrap();
    let scores = std::fs::read(at("out/a.csv")).unwrap();
    let told = run("two", false).unwrap_err();
    for name in ["out/a.csv", "one/a.csv", "two/a.csv"] {
        let place = at(name).canonicalize().unwrap_or_else(|_| at(name));
        assert!(told.contains(&place.display().to_string()), "{told}");
    }
    assert_eq!(std::fs::read(at("out/a.csv")).unwrap(), scores);
    // the same bytes elsewhere are the same input, and so is what a file became in its place
    assert_eq!(run("three", false).unwrap().n_done_before, 1);
    written(&at("one/a.csv"), 70, plain);
    assert_eq!(run("one", false).unwrap().files[0].n_rows, 70);
    assert!(run("two", false).is_err());
    assert_eq!(run("two", true).unwrap().files[0].n_rows, 50);
}

#[test]
fn a_refusal_does_not_wait_for_the_hash_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in/a.parquet");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    // no bytes on the disk, and minutes to hash
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(100 << 30).unwrap();
    let began = Instant::now();
    let bundle = refusing();
    let job = job(&bundle, &folder.path().join("in"), &folder.path().join("out"));
    let outcome = score_files(&job, &Quiet).unwrap();
    assert!(outcome.files[0].error.is_some());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn what_killed_runs_left_is_swept_in_the_folder_and_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    written(&folder.path().join("in/a/b.csv"), 10, plain);
    // no process has the greatest number
    let left = [
        "..spanwise-score.jsonl.4294967295-0.part",
        "a/.b.csv.4294967295-1.part",
    ]
    .map(|name| out.join(name));
    std::fs::create_dir_all(out.join("a")).unwrap();
    left.iter().for_each(|path| std::fs::write(path, b"x").unwrap());
    let bundle = refusing();
    score_files(&job(&bundle, &folder.path().join("in"), &out), &Quiet).unwrap();
    assert!(left.iter().all(|path| !path.exists()) && out.join("a/b.csv").exists());
}
