//! Scores with reasons against background rows, and with pairs of features that act together.

use crate::support::{demo, json, run, write};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// Rows whose `y` is above 0 where `a` and `b` have the same sign, and a model of boosted trees over them.
fn learnt() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "a,b,plan,y\n".to_owned();
    for row in 0..400 {
        // Spread evenly, and out of step with each other.
        let [a, b] = [0.618_034, 0.414_214].map(|step| 4.0 * (f64::from(row) * step).fract() - 2.0);
        let plan = ["basic", "pro"][row as usize % 7 % 2];
        writeln!(text, "{a:.4},{b:.4},{plan},{:.4}", a * b + 0.1 * a).unwrap();
    }
    write(folder.path(), "rows.csv", &text);
    let learn = [
        "train",
        "rows.csv",
        "--target",
        "y",
        "--set",
        "rounds=60",
        "--out",
        "m.bundle",
    ];
    assert_eq!(run(folder.path(), &learn).code, 0);
    folder
}

fn told(folder: &Path, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["score", "m.bundle", "rows.csv"];
    arguments.extend(more);
    json(folder, &arguments)["rows"].as_array().unwrap().clone()
}

fn text<'v>(row: &'v Value, column: &str) -> &'v str {
    row[column].as_str().unwrap_or_default()
}

#[test]
fn pairs_that_act_together_stand_beside_the_scores() {
    let folder = learnt();
    let plain = told(folder.path(), &[]);
    let explained = told(folder.path(), &["--interactions", "1"]);
    assert!(plain[0].get("interactions").is_none());
    let of_signs = explained.iter().filter(|row| {
        let pair = text(row, "interactions");
        assert!(!pair.contains("; "), "{pair}");
        pair.starts_with(&format!("a = {} with b = {} ", row["a"], row["b"]))
    });
    assert!(360 < of_signs.count());
    for (row, scored) in explained.iter().zip(&plain) {
        assert_eq!(row["margin"], scored["margin"]);
        let (a, b) = (row["a"].as_f64().unwrap(), row["b"].as_f64().unwrap());
        if text(row, "interactions").starts_with("a = ") && 1.0 < (a * b).abs() {
            let verb = if 0.0 < a * b { "raises by" } else { "lowers by" };
            assert!(text(row, "interactions").contains(verb), "{row}");
        }
    }
    let both = told(
        folder.path(),
        &["--interactions", "2", "--reasons", "1", "--threads", "2"],
    );
    assert!(both[0].get("reasons").is_some());
    assert!(
        both.iter()
            .zip(&explained)
            .all(|(two, one)| text(two, "interactions").starts_with(text(one, "interactions")))
    );
}

#[test]
fn reasons_against_a_background_take_its_values() {
    let folder = learnt();
    let rows = std::fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    let lines: Vec<&str> = rows.lines().collect();
    // Against the row itself nothing is left to say.
    write(folder.path(), "one.csv", &format!("{}\n{}\n", lines[0], lines[5]));
    write(folder.path(), "some.csv", &lines[..60].join("\n"));
    let own = told(folder.path(), &["--reasons", "3", "--background", "one.csv"]);
    assert_eq!(text(&own[4], "reasons"), "");
    assert_ne!(text(&own[5], "reasons"), "");
    let against = told(folder.path(), &["--reasons", "3", "--background", "some.csv"]);
    let again = told(
        folder.path(),
        &["--reasons", "3", "--background", "some.csv", "--threads", "2"],
    );
    let plain = told(folder.path(), &["--reasons", "3"]);
    assert_eq!(against, again);
    assert!(
        against
            .iter()
            .zip(&plain)
            .all(|(a, b)| a["margin"] == b["margin"])
    );
    assert!(
        against
            .iter()
            .zip(&plain)
            .any(|(a, b)| a["reasons"] != b["reasons"])
    );
}

#[test]
fn what_says_nothing_together_is_refused() {
    let folder = learnt();
    write(folder.path(), "fewer.csv", "a,plan\n1,pro\n");
    write(folder.path(), "none.csv", "a,b,plan\n");
    let refused = |more: &[&str], code: i32, words: &[&str]| {
        let mut arguments = vec!["score", "m.bundle", "rows.csv"];
        arguments.extend(more);
        let ended = run(folder.path(), &arguments);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(
            words.iter().all(|word| ended.stderr.contains(word)),
            "{}",
            ended.stderr
        );
    };
    let beside = [
        "--reasons",
        "2",
        "--background",
        "rows.csv",
        "--interactions",
        "1",
    ];
    refused(
        &beside,
        2,
        &["`--background` beside `--interactions`", "one of them"],
    );
    refused(&["--background", "rows.csv"], 2, &["no `--reasons`"]);
    let with = |file: &'static str| ["--reasons", "1", "--background", file];
    refused(
        &with("fewer.csv"),
        3,
        &["`--background fewer.csv`", "no column `b`"],
    );
    refused(&with("none.csv"), 3, &["none.csv", "no row"]);
    refused(&with("not.csv"), 4, &["not.csv"]);
    let over = [
        "--reasons",
        "1",
        "--background",
        "fewer.csv",
        "--out",
        "fewer.csv",
    ];
    refused(&over, 2, &["fewer.csv"]);
}

#[test]
fn the_demo_tells_pairs_of_classes_and_dates() {
    let bundle = demo().bundle();
    let rows = demo().path().join("later.csv");
    let arguments = [
        "score",
        bundle.to_str().unwrap(),
        rows.to_str().unwrap(),
        "--interactions",
        "1",
    ];
    let record = json(&demo().path(), &arguments);
    assert_eq!(
        record["rows"].as_array().unwrap().len() as u64,
        record["n_rows"].as_u64().unwrap()
    );
    assert!(record["rows"][0].get("interactions").is_some());
}

#[test]
fn a_model_is_explained_in_words_pictures_and_a_page() {
    let folder = learnt();
    let explain = ["explain", "m.bundle", "rows.csv"];
    let found = json(folder.path(), &explain);
    assert_eq!(
        (found["n_explained"].as_u64(), &found["answer"]),
        (Some(400), &Value::from("y"))
    );
    let names: Vec<&str> = found["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "name"))
        .collect();
    assert!(names.contains(&"a") && names.contains(&"b"));
    let effect = &found["features"][0]["close"]["effect"];
    let n_places = effect["at"].as_array().unwrap().len();
    assert!(2 < n_places && effect["accumulated"].as_array().unwrap().len() == n_places);
    let mut asked = explain.to_vec();
    asked.extend([
        "--features",
        "a",
        "--charts",
        "pictures",
        "--draw",
        "--out",
        "page.html",
    ]);
    let ended = run(folder.path(), &asked);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("What does the model look at? Most at"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("How far each feature moves predictions"),
        "drawn in letters"
    );
    for name in ["001-summary", "002-a-effect", "003-a-contributions"] {
        for ending in ["svg", "png", "json"] {
            assert!(
                folder.path().join(format!("pictures/{name}.{ending}")).exists(),
                "{name}.{ending}"
            );
        }
    }
    let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("How does the y go with a?") && !page.contains("<script"));
    let wrong = run(
        folder.path(),
        &["explain", "m.bundle", "rows.csv", "--features", "aa"],
    );
    assert!(
        wrong.code != 0 && wrong.stderr.contains("is it `a`?"),
        "{}",
        wrong.stderr
    );
    let over = run(
        folder.path(),
        &["explain", "m.bundle", "rows.csv", "--out", "rows.csv"],
    );
    assert!(
        over.code != 0 && over.stderr.contains("written over"),
        "{}",
        over.stderr
    );
}

#[test]
fn decisions_are_counted_and_a_story_shows_them() {
    let bundle = bundle::Bundle::load(&demo().path().join("out/churn.bundle")).unwrap();
    let confusion = &bundle.evaluation.confusion;
    assert_eq!((confusion.len(), confusion[0].len()), (2, 2));
    let all: f64 = confusion.iter().flatten().sum();
    assert_eq!(all, bundle.evaluation.n_rows as f64);
    let metric = |name: &str| {
        bundle
            .evaluation
            .metrics
            .iter()
            .find(|metric| metric.name == name)
            .unwrap()
            .value
    };
    assert!((metric("recall") - confusion[1][1] / (confusion[1][0] + confusion[1][1])).abs() < 1e-12);
    assert!((metric("precision") - confusion[1][1] / (confusion[0][1] + confusion[1][1])).abs() < 1e-12);
    let story = std::fs::read_to_string(demo().path().join("out/churn.html")).unwrap();
    assert!(story.contains("Decisions by what") && story.contains("How far each feature moves predictions"));
}
