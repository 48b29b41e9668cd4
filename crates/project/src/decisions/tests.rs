#![allow(clippy::unwrap_used)]
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use stats::random::Draw;

use crate::file::{Overrides, load};
use crate::{Clock, Decision, Observer, ProjectError, RunRecord, run};

/// A clock that goes on by 2 ms whenever it is looked at.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now_micros(&self) -> i64 {
        self.0.fetch_add(2_000, Ordering::Relaxed)
    }
}

/// Keeps what it is told.
#[derive(Default)]
struct Listener(std::cell::RefCell<Vec<String>>);

impl Observer for Listener {
    fn started(&self, step: &str, _done: usize, _total: usize) {
        self.0.borrow_mut().push(step.to_owned());
    }

    fn finished(&self, _step: &str, _cached: bool, _done: usize, _total: usize) {}

    fn told(&self, step: &str, news: &str) {
        self.0.borrow_mut().push(format!("{step}: {news}"));
    }
}

fn rows(seed: u64) -> String {
    let mut draw = Draw::new(seed, 0);
    let mut text = "a,b,colour,left\n".to_owned();
    for _ in 0..400 {
        let (a, b) = (draw.normal(), draw.normal());
        let colour = ["red", "green", "blue"][draw.below(3) as usize];
        let left = if 0.0 < a * b + 0.3 * draw.normal() {
            "Yes"
        } else {
            "No"
        };
        writeln!(text, "{a:.4},{b:.4},{colour},{left}").unwrap();
    }
    text
}

const BUDGET: &str = "target = \"left\"\ntrainer = \"boost\"\nfolds = 2\nbudget = \"1s\"\n";

fn project(folder: &Path, model: &str, n_threads: usize) -> Result<(RunRecord, Vec<String>), ProjectError> {
    let text = format!("[project]\nname = \"p\"\n[data.rows]\nsource = \"rows.csv\"\n[model.m]\n{model}");
    std::fs::write(folder.join("spanwise.toml"), text).unwrap();
    let overrides = Overrides {
        n_threads: Some(n_threads),
        ..Overrides::default()
    };
    let listener = Listener::default();
    let project = load(&folder.join("spanwise.toml"), &overrides)?;
    let record = run(&project, &listener, &Ticking(AtomicI64::new(0)))?;
    Ok((record, listener.0.into_inner()))
}

fn decision(record: &RunRecord) -> Decision {
    record.models["m"].search.clone().unwrap()
}

fn hash(record: &RunRecord) -> String {
    record.models["m"].bundle.hash.clone()
}

#[test]
fn a_lock_is_replayed_without_a_search_on_other_threads_and_another_machine() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(1)).unwrap();
    let (first, told) = project(folder.path(), BUDGET, 2).unwrap();
    let found = decision(&first);
    assert!(!found.from_lock && 1 < found.record.trials && 0 < found.record.rounds);
    assert!(
        told.iter()
            .any(|line| line.starts_with("search m: searches parameters on 400 rows for 1 s at most"))
    );
    assert!(
        told.iter()
            .any(|line| line.starts_with("search m: trial 1: held-out loss"))
    );

    let elsewhere = tempfile::tempdir().unwrap();
    for file in ["rows.csv", "spanwise.lock"] {
        std::fs::copy(folder.path().join(file), elsewhere.path().join(file)).unwrap();
    }
    let (second, told) = project(elsewhere.path(), BUDGET, 1).unwrap();
    assert_eq!(hash(&second), hash(&first));
    assert_eq!(decision(&second).record, found.record);
    assert!(decision(&second).from_lock && !told.iter().any(|line| line.starts_with("search")));
    let lock = |folder: &Path| std::fs::read_to_string(folder.join("spanwise.lock")).unwrap();
    assert_eq!(lock(elsewhere.path()), lock(folder.path()));

    let (third, _) = project(folder.path(), BUDGET, 2).unwrap();
    assert!(
        third.fresh.is_empty() && decision(&third).from_lock,
        "{:?}",
        third.fresh
    );
}

#[test]
fn another_table_section_or_budget_is_searched_anew_and_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(1)).unwrap();
    let (first, _) = project(folder.path(), BUDGET, 1).unwrap();
    let changes = [
        (rows(2), BUDGET.to_owned()),
        (rows(2), format!("{BUDGET}params = {{ l2 = 3 }}\n")),
        (rows(2), BUDGET.replace("1s", "2s")),
    ];
    for (rows, model) in changes {
        std::fs::write(folder.path().join("rows.csv"), rows).unwrap();
        let (next, told) = project(folder.path(), &model, 1).unwrap();
        assert!(!decision(&next).from_lock && told.contains(&"search m".to_owned()));
        assert!(
            next.notes.iter().any(|note| note.contains("was made anew")),
            "{:?}",
            next.notes
        );
        assert_ne!(hash(&next), hash(&first));
        assert_eq!(
            decision(&next).record.params.contains_key("l2"),
            !model.contains("l2")
        );
    }
}

#[test]
fn a_bundle_tells_its_parameters_and_that_they_were_searched_and_no_time() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(1)).unwrap();
    let (record, _) = project(folder.path(), BUDGET, 1).unwrap();
    let bundle = bundle::Bundle::load(&record.models["m"].bundle.path).unwrap();
    let parameter = |name: &str| {
        let told = bundle.lineage.parameters.iter().find(|(known, _)| known == name);
        told.map(|(_, value)| value.clone()).unwrap()
    };
    let search = decision(&record).record;
    assert_eq!(parameter("rounds"), search.rounds.to_string());
    assert_eq!(parameter("l2"), search.params["l2"].to_string());
    assert!(
        bundle
            .card
            .caveats
            .iter()
            .any(|caveat| caveat.contains("were searched"))
    );
}

#[test]
fn a_budget_that_ends_in_the_first_trial_decides_by_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(1)).unwrap();
    let (record, _) = {
        struct Late;
        impl Clock for Late {
            fn now_micros(&self) -> i64 {
                use std::sync::atomic::AtomicI64;
                static NOW: AtomicI64 = AtomicI64::new(0);
                NOW.fetch_add(300_000, Ordering::Relaxed)
            }
        }
        let text =
            format!("[project]\nname = \"p\"\n[data.rows]\nsource = \"rows.csv\"\n[model.m]\n{BUDGET}");
        std::fs::write(folder.path().join("spanwise.toml"), text).unwrap();
        let project = load(&folder.path().join("spanwise.toml"), &Overrides::default()).unwrap();
        (run(&project, &Listener::default(), &Late).unwrap(), ())
    };
    let search = decision(&record).record;
    assert!(
        search.is_short && search.trials == 1 && (1..=5).contains(&search.rounds),
        "{search:?}"
    );
    assert!(
        record
            .notes
            .iter()
            .any(|note| note.contains("more time would do better"))
    );
}

#[test]
fn a_changed_lock_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(1)).unwrap();
    project(folder.path(), BUDGET, 1).unwrap();
    let path = folder.path().join("spanwise.lock");
    let lock = std::fs::read_to_string(&path).unwrap();
    let rounds = lock.lines().find(|line| line.starts_with("rounds")).unwrap();
    for (from, to) in [
        (rounds, "rounds = 0"),
        (rounds, "rounds = \"many\""),
        ("params = { ", "params = { leaves = 3, "),
        ("[model.m]", "[model.m"),
    ] {
        std::fs::write(&path, lock.replace(from, to)).unwrap();
        let error = project(folder.path(), BUDGET, 1).unwrap_err().to_string();
        assert!(
            error.contains("spanwise.lock") && error.contains("delete it to search anew"),
            "{error}"
        );
    }
}

#[test]
fn budgets_that_cannot_be_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), rows(1)).unwrap();
    let refused = |model: &str| project(folder.path(), model, 1).unwrap_err().to_string();
    for wrong in ["0s", "-5s", "soon", "30h", "60"] {
        let error = refused(&format!("target = \"left\"\nbudget = \"{wrong}\""));
        assert!(
            error.contains("[model.m].budget") && error.contains("such as \"60s\""),
            "{error}"
        );
        assert!(error.contains("spanwise.toml:7:10"), "{error}");
    }
    let error = refused("target = \"left\"\nbudget = 60");
    assert!(error.contains("found the number 60, expected a text"), "{error}");
    for trainer in ["forest", "linear", "baseline"] {
        let error = refused(&format!(
            "target = \"left\"\ntrainer = \"{trainer}\"\nbudget = \"5s\""
        ));
        assert!(error.contains(&format!("a budget for `{trainer}`")), "{error}");
    }
    let error = refused("task = \"anomaly\"\nbudget = \"5s\"");
    assert!(error.contains("a budget for `isolation`"), "{error}");
    let error = refused("target = \"left\"\nbudget = \"5s\"\ncontinue_from = \"m.bundle\"");
    assert!(error.contains("`budget` and `continue_from`"), "{error}");
}
