#![allow(clippy::unwrap_used)]
use super::*;
use std::cell::{Cell, RefCell};

struct Quiet {
    stop_after: usize,
    started: RefCell<Vec<String>>,
}

impl Quiet {
    fn new(stop_after: usize) -> Quiet {
        Quiet {
            stop_after,
            started: RefCell::new(Vec::new()),
        }
    }
}

impl Observer for Quiet {
    fn started(&self, step: &str, _: usize, _: usize) {
        self.started.borrow_mut().push(step.to_owned());
    }

    fn finished(&self, _: &str, _: bool, _: usize, _: usize) {}

    fn interrupted(&self) -> bool {
        self.stop_after <= self.started.borrow().len()
    }
}

fn one(bytes: impl Into<Vec<u8>>) -> Outputs {
    [("out".to_owned(), bytes.into())].into()
}

/// `source` -> `length` (of the source, so that most changes do not reach behind it) -> `report`; `other` alone.
fn graph<'a>(source: &'a str, other: &'a str, runs: &'a Cell<usize>) -> Graph<'a> {
    let mut graph = Graph::default();
    let count = move || runs.set(runs.get() + 1);
    graph.add(Step::new("source", source.as_bytes(), &[], move |_| {
        count();
        Ok(one(source))
    }));
    graph.add(Step::new("length", b"v1", &["source"], move |inputs| {
        count();
        Ok(one(inputs.read("source", "out")?.len().to_string()))
    }));
    graph.add(Step::new("other", other.as_bytes(), &[], move |_| {
        count();
        if other == "fail" {
            Err("it failed".into())
        } else {
            Ok(one(other))
        }
    }));
    graph.add(Step::new("report", b"v1", &["length"], move |inputs| {
        count();
        Ok(one(
            [b"length ".as_slice(), &inputs.read("length", "out")?].concat()
        ))
    }));
    graph
}

fn fresh(store: &Store, source: &str, other: &str) -> Vec<String> {
    let runs = Cell::new(0);
    let outcome = graph(source, other, &runs).run(store, &Quiet::new(99)).unwrap();
    assert_eq!(runs.get(), outcome.fresh.len());
    assert_eq!(
        outcome.read("report", "out").unwrap(),
        format!("length {}", source.len()).into_bytes()
    );
    outcome.fresh
}

#[test]
fn only_what_depends_on_a_change_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    assert_eq!(fresh(&store, "abc", "x"), ["source", "length", "other", "report"]);
    assert_eq!(fresh(&store, "abc", "x"), Vec::<String>::new());
    assert_eq!(fresh(&store, "abc", "y"), ["other"]);
    assert_eq!(
        fresh(&store, "abd", "y"),
        ["source", "length"],
        "the same length, so the report stands"
    );
    assert_eq!(fresh(&store, "abcd", "y"), ["source", "length", "report"]);
    assert_eq!(
        fresh(&store, "abc", "x"),
        Vec::<String>::new(),
        "the first results are still known"
    );
}

#[test]
fn what_was_finished_before_a_failure_or_a_stop_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let runs = Cell::new(0);
    let error = graph("abc", "fail", &runs)
        .run(&store, &Quiet::new(99))
        .unwrap_err()
        .to_string();
    assert_eq!(error, "other: it failed");
    assert_eq!(fresh(&store, "abc", "x"), ["other", "report"]);
    let error = graph("abcde", "z", &runs)
        .run(&store, &Quiet::new(1))
        .unwrap_err()
        .to_string();
    assert!(error.contains("stopped before length"), "{error}");
    assert_eq!(fresh(&store, "abcde", "z"), ["length", "other", "report"]);
}

#[test]
fn a_damaged_result_is_noticed_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    fresh(&store, "abc", "x");
    let runs = Cell::new(0);
    let outcome = graph("abc", "x", &runs).run(&store, &Quiet::new(99)).unwrap();
    std::fs::write(outcome.path("report", "out").unwrap(), b"damaged").unwrap();
    assert!(
        outcome
            .read("report", "out")
            .unwrap_err()
            .to_string()
            .contains("damaged")
    );
    assert_eq!(fresh(&store, "abc", "x"), ["report"]);
}

#[test]
fn damage_that_a_later_step_meets_is_mended_in_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    fresh(&store, "abc", "x");
    let runs = Cell::new(0);
    let outcome = graph("abc", "x", &runs).run(&store, &Quiet::new(99)).unwrap();
    let paths = ["source", "length"].map(|step| outcome.path(step, "out").unwrap());
    for damage in ["length", "both", "same length"] {
        match damage {
            "length" => std::fs::write(&paths[1], b"").unwrap(),
            "both" => paths.iter().for_each(|path| std::fs::write(path, b"").unwrap()),
            // Nothing but the content tells it.
            _ => std::fs::write(&paths[1], b"7").unwrap(),
        }
        // Forgetting the last step alone makes it read what it needs.
        store.forget(outcome.key_of("report").unwrap());
        let again = graph("abc", "x", &runs).run(&store, &Quiet::new(99)).unwrap();
        assert_eq!(again.read("report", "out").unwrap(), b"length 3", "{damage}");
        let n_fresh = if damage == "both" { 3 } else { 2 };
        assert_eq!(again.fresh.len(), n_fresh, "{damage}: {:?}", again.fresh);
        assert_eq!(again.fresh.len() + again.cached.len(), 4);
        assert_eq!(again.read("length", "out").unwrap(), b"3");
    }
}

#[test]
fn a_step_reads_only_what_it_declared() {
    let folder = tempfile::tempdir().unwrap();
    let mut graph = Graph::default();
    graph.add(Step::new("a", b"", &[], |_| Ok(one("x"))));
    graph.add(Step::new("b", b"", &[], |inputs| {
        Ok(one(inputs.read("a", "out")?))
    }));
    let error = graph
        .run(&Store::new(folder.path()), &Quiet::new(99))
        .unwrap_err()
        .to_string();
    assert!(error.contains("`b` needs `a`"), "{error}");
}
