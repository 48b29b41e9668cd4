//! What is known is not done again; what was killed goes on.

use crate::support::{demo, files, json, run, spanwise, write};
use serde_json::Value;
use std::time::{Duration, Instant};
use tempfile::TempDir;

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

/// Changes the project file of a copy.
fn change(folder: &std::path::Path, from: &str, to: &str) {
    let path = folder.join("spanwise.toml");
    let project = std::fs::read_to_string(&path).unwrap();
    assert!(project.contains(from), "{from}");
    std::fs::write(path, project.replace(from, to)).unwrap();
}

fn fresh(record: &Value) -> Vec<&str> {
    let steps = record["fresh"].as_array().unwrap().iter();
    steps.map(|step| step.as_str().unwrap()).collect()
}

#[test]
fn a_column_that_becomes_private_leaves_the_story() {
    let copy = demo().copy();
    let story = || std::fs::read_to_string(copy.path().join("out/churn.html")).unwrap();
    let values = ["monthly", "north"];
    assert!(values.iter().all(|value| story().contains(value)));
    change(
        copy.path(),
        "key = \"customer_id\"",
        "key = \"customer_id\"\nprivate = [\"contract\", \"region\"]",
    );
    let record = json(copy.path(), &["run"]);
    assert!(fresh(&record).contains(&"story churn"), "{:?}", fresh(&record));
    // The questions stay as the project asks them; no value of the columns does.
    for value in [
        "is monthly",
        ">monthly<",
        "monthly<",
        "monthly ",
        ">north",
        "north<",
    ] {
        let text = story().replace("with a monthly contract", "");
        assert!(!text.contains(value), "`{value}` is still there");
    }
    assert!(story().contains("group 1"));
    let told = record["questions"].to_string();
    assert!(told.contains("group 1") && !told.contains("monthly\""), "{told}");
}

#[test]
fn damaged_results_are_made_anew_in_the_same_run() {
    let copy = demo().copy();
    let blobs = copy.path().join(".spanwise/cache/blobs");
    for damage in ["cut short", "changed"] {
        for (path, mut bytes) in files(&blobs) {
            match damage {
                "cut short" => bytes.truncate(bytes.len() / 2),
                _ => bytes.iter_mut().take(100).for_each(|byte| *byte ^= 1),
            }
            std::fs::write(path, bytes).unwrap();
        }
        std::fs::remove_dir_all(copy.path().join("out")).unwrap();
        let record = json(copy.path(), &["run"]);
        assert!(!fresh(&record).is_empty());
        assert_eq!(
            record["models"]["churn"]["bundle"]["hash"],
            demo().record["models"]["churn"]["bundle"]["hash"]
        );
        let answer = run(copy.path(), &["query", "SELECT count(*) AS n FROM training"]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    }
    assert_eq!(json(copy.path(), &["run"])["fresh"].as_array().unwrap().len(), 0);
}

/// A folder with a table `rows` of 60 rows and a project around it.
fn small(project: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let row = |i: usize| format!("r{i},{},{}\n", i % 17, ["yes", "no"][usize::from(i % 17 < 6)]);
    let rows: String = (0..60).map(row).collect();
    write(folder.path(), "rows.csv", &format!("id,x,y\n{rows}"));
    write(folder.path(), "spanwise.toml", project);
    folder
}

const MODEL: &str = "[model.m]\ntarget = \"y\"\npositive = \"yes\"\ntrainer = \"linear\"\n";

#[test]
fn the_same_bytes_in_another_format_are_another_table() {
    let folder = small("[data.rows]\nsource = \"rows.csv\"\n");
    let columns = |record: &Value| record["tables"]["rows"]["n_columns"].as_u64();
    assert_eq!(columns(&json(folder.path(), &["run"])), Some(3));
    std::fs::rename(folder.path().join("rows.csv"), folder.path().join("rows.tsv")).unwrap();
    change(folder.path(), "rows.csv", "rows.tsv");
    assert_eq!(columns(&json(folder.path(), &["run"])), Some(1));
}

#[test]
fn words_that_are_no_tables_make_no_circle() {
    let project = "[data.rows]\nsource = \"rows.csv\"\n[data.x]\nsql = \"SELECT y AS z FROM rows -- not z\"\n[data.z]\nsql = \"SELECT x, 'x' AS w FROM rows\"\n";
    let record = json(small(project).path(), &["run"]);
    assert_eq!(record["tables"]["z"]["n_rows"], 60);
    let circle = "[data.rows]\nsource = \"rows.csv\"\n[data.a]\nsql = \"SELECT * FROM b\"\n[data.b]\nsql = \"SELECT * FROM a\"\n";
    let ended = run(small(circle).path(), &["run"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("a table made from itself"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_rule_ends_where_a_query_computes_another_column_of_that_name() {
    let rule =
        "[data.rows]\nsource = \"rows.csv\"\n[expect.rows]\nx = { max = 20 }\ny = { required = true }\n";
    let rules = |sql: &str| {
        let folder = small(&format!("{rule}[data.t]\nsql = \"{sql}\"\n{MODEL}"));
        json(folder.path(), &["run"]);
        let bundle = bundle::Bundle::load(&folder.path().join("out/m.bundle")).unwrap();
        let declared = bundle.contract.columns.iter().filter(|rule| rule.declared);
        declared
            .map(|rule| format!("{} {}", rule.column, rule.rule.text()))
            .collect::<Vec<_>>()
    };
    assert_eq!(rules("SELECT id, x, y FROM rows"), ["x max = 20"]);
    assert_eq!(
        rules("SELECT id, x * 100 AS x, y FROM rows"),
        Vec::<String>::new()
    );
}

#[test]
fn rows_that_are_no_longer_broken_leave_no_file() {
    let folder = small("[data.rows]\nsource = \"rows.csv\"\n[expect.rows]\nx = { max = 15 }\n");
    let path = folder.path().join("out/rows.quarantine.csv");
    json(folder.path(), &["run"]);
    assert!(path.is_file());
    change(folder.path(), "max = 15", "max = 16");
    let record = json(folder.path(), &["run"]);
    assert!(record["tables"]["rows"]["quarantine"].is_null());
    assert!(!path.exists());
}

#[test]
fn a_run_that_fails_is_recorded_and_what_killed_runs_left_is_removed() {
    let folder = small(&format!(
        "[data.rows]\nsource = \"rows.csv\"\n[data.t]\nsql = \"SELECT x, y FROM rows WHERE x > 100\"\n{MODEL}"
    ));
    let left = write(folder.path(), "out/.m.bundle.4294967295-3.part", "half");
    assert_eq!(run(folder.path(), &["run"]).code, 2, "no row is left");
    assert!(!left.exists());
    change(folder.path(), "x > 100", "x > 1");
    json(folder.path(), &["run"]);
    let registry = registry::Registry::open(&folder.path().join(".spanwise/registry")).unwrap();
    let runs = registry.runs().unwrap();
    let statuses: Vec<&str> = runs.iter().map(|(_, run)| run.status.as_str()).collect();
    assert_eq!(statuses, ["failed", "done"]);
}
