//! `--json` prints exactly one object, whatever happens.

use crate::support::{Ended, demo, run, write};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// The one object of a command, and how the command ended.
fn object(folder: &Path, arguments: &[&str]) -> (Value, Ended) {
    let mut all = arguments.to_vec();
    all.push("--json");
    let ended = run(folder, &all);
    let mut objects = serde_json::Deserializer::from_str(&ended.stdout).into_iter::<Value>();
    let first = objects
        .next()
        .unwrap_or_else(|| panic!("{arguments:?} printed nothing: {}", ended.stderr));
    assert!(
        objects.next().is_none(),
        "{arguments:?} printed more: {}",
        ended.stdout
    );
    let first = first.unwrap();
    assert!(first.is_object(), "{first}");
    (first, ended)
}

#[test]
fn the_command_line_is_refused_with_an_object() {
    let folder = TempDir::new().unwrap();
    for arguments in [
        vec!["rnu"],
        vec!["score"],
        vec!["run", "--threads", "many"],
        vec![],
        vec!["serve"],
        vec!["demo", "chrun"],
    ] {
        let (object, ended) = object(folder.path(), &arguments);
        assert_eq!(
            object["exit_code"].as_i64(),
            Some(i64::from(ended.code)),
            "{arguments:?}"
        );
        assert!(!object["error"].as_str().unwrap().is_empty());
    }
}

#[test]
fn answers_that_go_to_a_file_leave_an_object_as_well() {
    let folder = demo().path();
    let out = TempDir::new().unwrap();
    let path = out.path().join("answer.csv");
    let (answer, _) = object(
        &folder,
        &[
            "query",
            "SELECT region FROM customers LIMIT 3",
            "-f",
            "customers.csv",
            "--out",
            path.to_str().unwrap(),
        ],
    );
    assert_eq!(
        (answer["n_rows"].as_u64(), answer["out"].as_str()),
        (Some(3), path.to_str())
    );
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 4);
}

#[test]
fn scores_stand_in_the_object_unless_they_go_to_a_file() {
    let folder = TempDir::new().unwrap();
    let later = std::fs::read_to_string(demo().path().join("later.csv")).unwrap();
    let few: Vec<&str> = later.lines().take(4).collect();
    write(folder.path(), "rows.csv", &(few.join("\n") + "\n"));
    let bundle = demo().bundle();
    // So many threads would once have been started.
    let (scored, ended) = object(
        folder.path(),
        &[
            "score",
            bundle.to_str().unwrap(),
            "rows.csv",
            "--threads",
            "100000",
        ],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rows = scored["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert!(rows[0]["probability"].is_number());
}
