//! Services and what monitors see of them.

use crate::support::{Served, demo, json, run, spanwise};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Rows of the later month as a CSV request.
fn rows(n: usize) -> String {
    let later = std::fs::read_to_string(demo().path().join("later.csv")).unwrap();
    later
        .lines()
        .take(n + 1)
        .map(|line| format!("{line}\n"))
        .collect()
}

fn ask(served: &Served, text: &str) -> u16 {
    served.post("/invocations", "text/csv", text.as_bytes()).0
}

fn watch(folder: &Path) -> (i32, Value) {
    let ended = run(folder, &["--json", "monitor", "churn"]);
    (ended.code, serde_json::from_str(&ended.stdout).unwrap())
}

#[test]
fn a_service_that_refuses_everything_alarms() {
    let copy = demo().copy();
    let served = Served::start(copy.path(), &["churn"]);
    let broken = rows(1).replacen(",monthly,", ",monthly,9", 1);
    assert_ne!(broken, rows(1), "47 months become 947");
    for _ in 0..60 {
        assert_eq!(ask(&served, &broken), 400);
    }
    served.stop();
    let (code, record) = watch(copy.path());
    assert_eq!(code, 5, "{record:#}");
    assert_eq!(record["n_refused"], 60);
    assert!(
        record["sentence"]
            .as_str()
            .unwrap()
            .contains("of the rows were refused"),
        "{record:#}"
    );
    let page = std::fs::read_to_string(copy.path().join("out/monitor-churn.html")).unwrap();
    assert!(page.contains("Rows refused"));
}

#[test]
fn after_a_promotion_the_monitor_names_what_the_service_still_serves_and_load_renews_it() {
    let copy = demo().copy();
    let path = copy.path().join("spanwise.toml");
    let project = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, project.replace("seed = 7", "seed = 8")).unwrap();
    json(copy.path(), &["run"]);
    let served = Served::start_with(copy.path(), &["churn"], &[("SPANWISE_ADMIN_KEY", "boss")]);
    let head = [("X-Api-Key", "boss"), ("Content-Type", "text/csv")];
    let send = |path: &str, body: &str| served.post_with(path, &head, body.as_bytes()).0;
    assert_eq!(send("/invocations", &rows(40)), 200);
    json(copy.path(), &["promote", "churn@2", "--why", "newer"]);
    // What was answered is on disk after 200 ms.
    std::thread::sleep(std::time::Duration::from_millis(400));
    let ended = run(copy.path(), &["monitor", "churn"]);
    assert_eq!(ended.code, 3);
    for word in ["in the last day, but 40 of", "(version 1)", "/load"] {
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
    assert_eq!(send("/v2/repository/models/churn/load", ""), 200);
    assert_eq!(send("/invocations", &rows(40)), 200);
    std::thread::sleep(std::time::Duration::from_millis(400));
    let (code, record) = watch(copy.path());
    assert!(code == 0 || code == 5, "{record:#}");
    assert_eq!(record["n_rows"], 40);
    served.stop();
}

#[test]
fn a_table_is_watched_in_the_kinds_that_it_would_be_scored_in() {
    let copy = demo().copy();
    let rows = std::fs::read_to_string(copy.path().join("customers.csv")).unwrap();
    // Each region as a number: by itself, the reader takes the column for numbers.
    let project = std::fs::read_to_string(copy.path().join("spanwise.toml")).unwrap();
    let project = project.replace(
        "source = \"customers.csv\"",
        "source = \"customers.csv\"\ntypes = { region = \"text\" }",
    );
    let coded = |text: &str| {
        ["north", "south", "east", "west"]
            .iter()
            .enumerate()
            .fold(text.to_owned(), |text, (code, name)| {
                text.replace(&format!(",{name},"), &format!(",{code},"))
            })
    };
    std::fs::write(copy.path().join("customers.csv"), coded(&rows)).unwrap();
    std::fs::write(copy.path().join("spanwise.toml"), project).unwrap();
    json(copy.path(), &["run"]);
    // The demo's first version is the champion until another one is promoted.
    json(copy.path(), &["promote", "churn@2", "--why", "coded regions"]);
    let ended = run(copy.path(), &["monitor", "churn", "--table", "customers.csv"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn a_log_without_a_folder_is_refused_and_silence_is_said() {
    let folder = TempDir::new().unwrap();
    let bundle = demo().bundle();
    let bundle = bundle.to_str().unwrap();
    for mode in ["audit", "sampled"] {
        let ended = run(folder.path(), &["serve", bundle, "--log", mode]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("--log-folder"), "{}", ended.stderr);
    }
    let served = Served::start(folder.path(), &[bundle]);
    assert!(served.stop_and_hear().contains("nothing is logged"));
    let served = Served::start(
        folder.path(),
        &[bundle, "--log", "audit", "--log-folder", "answers"],
    );
    assert_eq!(ask(&served, &rows(3)), 200);
    assert!(served.stop_and_hear().contains("logged in answers"));
    assert_eq!(
        bundle::log::answers(&folder.path().join("answers")).unwrap()[0].n_rows(),
        3
    );
}

#[test]
fn the_folder_of_the_log_can_be_chosen_for_a_service_of_a_project() {
    let copy = demo().copy();
    let served = Served::start(copy.path(), &["churn", "--log-folder", "answers"]);
    assert_eq!(ask(&served, &rows(3)), 200);
    served.stop();
    assert_eq!(
        bundle::log::answers(&copy.path().join("answers")).unwrap()[0].n_rows(),
        3
    );
    assert!(!copy.path().join(".spanwise/log/churn").exists());
}

#[test]
fn a_damaged_bundle_in_the_registry_is_a_matter_of_the_bundle() {
    let copy = demo().copy();
    let folder = copy.path().join(".spanwise/registry/bundles");
    for entry in std::fs::read_dir(folder).unwrap() {
        std::fs::write(entry.unwrap().path(), b"not a bundle").unwrap();
    }
    for arguments in [
        vec!["serve", "churn", "--address", "127.0.0.1:0"],
        vec!["score", "churn@champion", "later.csv"],
        vec!["monitor", "churn", "--table", "later.csv"],
    ] {
        let output = spanwise()
            .current_dir(copy.path())
            .args(&arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
    }
    assert_eq!(run(copy.path(), &["score", "churn@best", "later.csv"]).code, 2);
    assert_eq!(run(copy.path(), &["score", "chrun@1", "later.csv"]).code, 2);
}
