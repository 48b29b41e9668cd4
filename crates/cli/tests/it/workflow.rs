//! What is known is not done again; what was killed goes on.

use crate::support::{demo, files, json, run, spanwise};
use std::time::{Duration, Instant};

#[test]
fn a_second_run_does_nothing_quickly_and_says_so() {
    let copy = demo().copy();
    let began = Instant::now();
    let ended = run(copy.path(), &["run"]);
    // "Well under a second" is measured in bench/; here only that nothing is computed.
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("nothing to do"), "{}", ended.stdout);
    let again = json(copy.path(), &["run"]);
    assert_eq!(again["fresh"].as_array().unwrap().len(), 0);
    assert_eq!(again["models"], with_path(&again, &demo().record["models"]));
}

/// The demo's models with the bundle's path of the copy.
fn with_path(copy: &serde_json::Value, models: &serde_json::Value) -> serde_json::Value {
    let mut models = models.clone();
    models["churn"]["bundle"]["path"] = copy["models"]["churn"]["bundle"]["path"].clone();
    models
}

#[test]
fn touching_one_query_reruns_only_what_depends_on_it() {
    let copy = demo().copy();
    let path = copy.path().join("spanwise.toml");
    let project = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, project.replace("tenure_months > 0", "tenure_months >= 1")).unwrap();
    let record = json(copy.path(), &["run"]);
    let fresh: Vec<&str> = record["fresh"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step.as_str().unwrap())
        .collect();
    assert_eq!(
        fresh,
        ["table training", "story churn"],
        "the same rows, so the models stand; the story quotes the query"
    );
    std::fs::write(&path, project.replace("tenure_months > 0", "tenure_months > 1")).unwrap();
    let record = json(copy.path(), &["run"]);
    let fresh = record["fresh"].as_array().unwrap();
    assert!(fresh.iter().any(|step| step == "model churn"), "{fresh:?}");
    assert!(
        !fresh
            .iter()
            .any(|step| step == "question calls" || step == "table customers"),
        "{fresh:?}"
    );
}

#[test]
fn a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bundle() {
    let copy = demo().copy();
    std::fs::remove_dir_all(copy.path().join(".spanwise")).unwrap();
    std::fs::remove_dir_all(copy.path().join("out")).unwrap();
    let mut kills = 0;
    for wait_ms in [30, 60, 120, 250, 500, 900] {
        let mut child = spanwise()
            .current_dir(copy.path())
            .args(["-q", "run"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        kills += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        let _ = child.wait();
    }
    assert!(1 < kills, "the test must kill something");
    let record = json(copy.path(), &["run"]);
    assert_eq!(
        record["models"]["churn"]["bundle"]["hash"],
        demo().record["models"]["churn"]["bundle"]["hash"]
    );
    let left = files(copy.path())
        .into_iter()
        .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "part"))
        .count();
    assert!(
        left <= kills,
        "at most the file that was being written when each run was killed"
    );
}

#[test]
fn threads_change_no_byte_of_the_results() {
    let copy = demo().copy();
    std::fs::remove_dir_all(copy.path().join(".spanwise")).unwrap();
    let one = json(copy.path(), &["run", "--threads", "1"]);
    assert_eq!(
        one["models"]["churn"]["bundle"]["hash"],
        demo().record["models"]["churn"]["bundle"]["hash"]
    );
    let story = |folder: &std::path::Path| std::fs::read(folder.join("out/churn.html")).unwrap();
    assert_eq!(story(copy.path()), story(&demo().path()));
    let lock = |folder: &std::path::Path| std::fs::read_to_string(folder.join("spanwise.lock")).unwrap();
    assert_eq!(lock(copy.path()), lock(&demo().path()));
}
