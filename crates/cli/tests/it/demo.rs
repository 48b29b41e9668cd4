//! The README's first command, and the truth that it planted.

use crate::support::{demo, json, run};
use serde_json::Value;

#[test]
fn the_story_names_what_was_planted_and_nothing_else() {
    let demo = demo();
    let truth: Value =
        serde_json::from_slice(&std::fs::read(demo.path().join("truth.json")).unwrap()).unwrap();
    let story = std::fs::read_to_string(demo.path().join("out/churn.html")).unwrap();
    let findings = demo.record["findings"].as_array().unwrap();
    let single = |finding: &&Value| !finding["segment"].as_str().unwrap().contains(" and ");
    let of_column = |column: &str| {
        findings
            .iter()
            .filter(single)
            .find(|finding| finding["column"] == column)
    };
    for planted in truth["planted"].as_array().unwrap() {
        let column = planted["column"].as_str().unwrap();
        let finding = of_column(column).unwrap_or_else(|| panic!("no finding about {column}: {findings:#?}"));
        assert!(
            story.contains(
                &finding["segment"]
                    .as_str()
                    .unwrap()
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
            ),
            "the story names {finding}"
        );
        let difference = finding["difference"][0].as_f64().unwrap();
        assert!(0.05 < difference.abs(), "{finding}");
    }
    let contract = findings
        .iter()
        .filter(single)
        .find(|finding| finding["segment"] == "contract is monthly")
        .unwrap();
    let planted = truth["planted"][0]["difference"].as_f64().unwrap();
    let [low, high] = [1, 2].map(|end| contract["difference"][end].as_f64().unwrap());
    assert!(
        low < planted && planted < high,
        "planted {planted}, found {low} to {high}"
    );
    for column in truth["without_effect"].as_array().unwrap() {
        assert!(
            of_column(column.as_str().unwrap()).is_none(),
            "{column} does nothing: {findings:#?}"
        );
    }
}

#[test]
fn the_questions_are_answered_as_planted() {
    let questions = demo().record["questions"].as_array().unwrap();
    let adjusted = |name: &str| {
        questions
            .iter()
            .find(|question| question["name"] == name)
            .unwrap()["p_adjusted"]
            .as_f64()
            .unwrap()
    };
    assert!(adjusted("contract") < 1e-20);
    assert!(adjusted("calls") < 1e-10);
    assert!(0.05 < adjusted("region"));
}

#[test]
fn the_record_holds_what_its_schema_promises() {
    let record = &demo().record;
    let auc = &record["models"]["churn"]["metrics"]["auc"];
    let [value, low, high] = ["value", "low", "high"].map(|key| auc[key].as_f64().unwrap());
    assert!(0.6 < low && low < value && value < high && high < 0.8, "{auc}");
    assert_eq!(
        record["models"]["churn"]["bundle"]["hash"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
    assert!(record["story"].as_str().unwrap().ends_with("churn.html"));
    let schema: Value = serde_json::from_str(include_str!("../../../../docs/run.schema.json")).unwrap();
    for key in schema["required"].as_array().unwrap() {
        assert!(record.get(key.as_str().unwrap()).is_some(), "{key}");
    }
    let described = schema["properties"].as_object().unwrap();
    for key in record.as_object().unwrap().keys() {
        assert!(
            described.contains_key(key),
            "docs/run.schema.json does not describe `{key}`"
        );
    }
}

#[test]
fn a_changed_later_month_alarms_and_the_same_month_does_not() {
    let copy = demo().copy();
    let alarm = run(
        copy.path(),
        &["--json", "monitor", "churn", "--table", "later.csv"],
    );
    assert_eq!(alarm.code, 5, "{}", alarm.stderr);
    let record: Value = serde_json::from_str(&alarm.stdout).unwrap();
    assert_eq!(record["checks"][0]["column"], "support_calls");
    assert!(copy.path().join("out/monitor-churn.html").is_file());
    let calm = run(copy.path(), &["monitor", "churn", "--table", "customers.csv"]);
    assert_eq!(calm.code, 0, "{}", calm.stdout);
}

#[test]
fn scores_come_with_reasons_and_broken_rows_are_put_aside() {
    let copy = demo().copy();
    let mut rows = std::fs::read_to_string(copy.path().join("later.csv")).unwrap();
    rows.push_str("C99999,monthly,999,50,1,card,north,40,web,2020-01-01,no\n");
    std::fs::write(copy.path().join("rows.csv"), rows).unwrap();
    let record = json(
        copy.path(),
        &[
            "score",
            "out/churn.bundle",
            "rows.csv",
            "--out",
            "scored.parquet",
            "--reasons",
            "2",
        ],
    );
    assert_eq!(
        (record["n_rows"].as_u64(), record["n_quarantined"].as_u64()),
        (Some(2000), Some(1))
    );
    let quarantine = std::fs::read_to_string(copy.path().join("scored.parquet.quarantine.csv")).unwrap();
    assert!(
        quarantine.contains("C99999") && quarantine.contains("`tenure_months` breaks max = 120"),
        "{quarantine}"
    );
    let table = table::read::open(&copy.path().join("scored.parquet"), &Default::default())
        .unwrap()
        .table;
    assert!(
        ["margin", "probability", "decision", "reasons"]
            .iter()
            .all(|name| table.kind(name).is_some())
    );
}

#[test]
fn promotion_moves_the_champion_and_the_ledger_remembers() {
    let copy = demo().copy();
    let project = std::fs::read_to_string(copy.path().join("spanwise.toml")).unwrap();
    std::fs::write(
        copy.path().join("spanwise.toml"),
        project.replace("seed = 7", "seed = 8"),
    )
    .unwrap();
    let record = json(copy.path(), &["run"]);
    assert_eq!(record["models"]["churn"]["bundle"]["version"], 2);
    assert_eq!(record["models"]["churn"]["bundle"]["champion"], false);
    assert_eq!(
        run(copy.path(), &["promote", "churn@2"]).code,
        2,
        "a promotion needs a reason"
    );
    json(copy.path(), &["promote", "churn@2", "--why", "another seed"]);
    json(
        copy.path(),
        &["rollback", "churn", "--why", "the first was as good"],
    );
    let history = json(copy.path(), &["promote", "churn"]);
    let versions: Vec<u64> = history["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 1]);
    for (arguments, word) in [
        (["promote", "chrun@1", "--why", "x"], "did you mean `churn`"),
        (["promote", "churn@7", "--why", "x"], "no version or alias `7`"),
        (["promote", "churn@2", "--why", " "], "found no reason"),
        (["rollback", "churn", "--why", "x"], "no version before"),
        (["rollback", "churn", "--why", ""], "no version before"),
    ] {
        let ended = run(copy.path(), &arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}
