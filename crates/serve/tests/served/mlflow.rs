//! MLflow's scoring protocol, request by request.

use crate::client::{Running, serve};
use crate::sample::{self, Columns};
use prepare::contract::{Action, Rule};
use serde_json::{Value, json};

const URL: &str = "/invocations";

fn running() -> Running {
    let rules = vec![sample::rule("tenure", Rule::Max(120.0), Action::Default)];
    serve(sample::bundle(Columns::Simple, sample::binary(), rules, &[]))
}

fn split() -> Value {
    json!({ "columns": ["internet", "note", "tenure", "charges", "plan"], "data": [["dsl", {"x": [1]}, 5, 20.5, "monthly"], ["fibre", null, null, 70, null]] })
}

#[test]
fn every_form_gives_the_same_predictions() {
    let running = running();
    let expected = running.post(URL, &json!({ "dataframe_split": split() })).ok();
    let rows = expected["predictions"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["decision", "margin", "probability"]
    );
    let records = json!([{ "tenure": 5, "charges": 20.5, "plan": "monthly", "internet": "dsl" }, { "internet": "fibre", "charges": 70 }]);
    let lists = json!([[5, 20.5, "monthly", "dsl"], [null, 70.0, "", "fibre"]]);
    let columns = json!({ "tenure": [5, null], "charges": [20.5, 70], "plan": ["monthly", null], "internet": ["dsl", "fibre"], "note": 1 });
    for form in [
        json!({ "dataframe_split": split(), "params": { "a": 1 } }),
        json!({ "dataframe_records": records, "unknown": [] }),
        json!({ "instances": records }),
        json!({ "instances": lists }),
        json!({ "inputs": lists }),
        json!({ "inputs": columns }),
    ] {
        assert_eq!(running.post(URL, &form).ok(), expected, "{form}");
    }
    let mut late_columns = "{\"dataframe_split\": {\"index\": [7, 8], \"data\": ".to_owned();
    late_columns.push_str(&format!(
        "{}, \"columns\": {}}}}}",
        split()["data"],
        split()["columns"]
    ));
    assert_eq!(
        running.text(URL, &late_columns.replace("null", "NaN")).ok(),
        expected
    );
    let csv = "internet,note,tenure,charges,plan\ndsl,1,5,20.5,monthly\nfibre,2,,70,\n";
    assert_eq!(
        running
            .send(
                "POST",
                URL,
                &[("content-type", "text/csv; charset=utf-8")],
                csv.as_bytes()
            )
            .ok(),
        expected
    );
}

#[test]
fn health_and_version_are_as_clients_expect() {
    let running = running();
    for path in ["/ping", "/health"] {
        let answer = running.get(path);
        assert_eq!((answer.status, answer.text().as_str()), (200, "\n"));
    }
    assert!(running.get("/version").text().starts_with(char::is_numeric));
    let nowhere = running.get("/nowhere");
    assert_eq!(
        (nowhere.status, nowhere.json()),
        (404, json!({ "detail": "Not Found" }))
    );
    let wrong = running.get(URL);
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("POST")));
}

#[test]
fn refusals_have_a_code_and_name_the_offender() {
    let running = running();
    let refused = |body: &str, code: &str, word: &str| {
        let answer = running.text(URL, body);
        let sentence = answer.refused(400);
        assert_eq!(answer.json()["error_code"], code, "{body}");
        assert!(sentence.contains(word), "{sentence}");
    };
    refused("{bad", "BAD_REQUEST", "line 1");
    refused("7", "BAD_REQUEST", "exactly one");
    refused("[1]", "BAD_REQUEST", "a row as an object or a list");
    refused(r#"{"a": 1}"#, "BAD_REQUEST", "exactly one");
    refused(r#"{"inputs": {}, "instances": []}"#, "BAD_REQUEST", "exactly one");
    refused(
        r#"{"dataframe_records": {"a": 1}}"#,
        "BAD_REQUEST",
        "list of rows",
    );
    refused(
        r#"{"dataframe_records": [1]}"#,
        "BAD_REQUEST",
        "a row as an object",
    );
    refused(r#"{"dataframe_records": []}"#, "BAD_REQUEST", "0 rows");
    refused(
        r#"{"dataframe_records": [{"tenure": 1}]}"#,
        "INVALID_PARAMETER_VALUE",
        "no column `charges`",
    );
    refused(
        r#"{"dataframe_records": [{"tenure": 1, "tenure": 2}]}"#,
        "BAD_REQUEST",
        "`tenure` stands twice in row 0",
    );
    refused(r#"{"dataframe_split": []}"#, "BAD_REQUEST", "dataframe_split");
    refused(
        r#"{"dataframe_split": {"columns": ["tenure", "charges"], "data": [[1]]}}"#,
        "BAD_REQUEST",
        "1 cells, expected 2",
    );
    refused(
        r#"{"dataframe_split": {"columns": ["tenure"], "data": [[1, 2]]}}"#,
        "BAD_REQUEST",
        "more cells",
    );
    refused(
        r#"{"dataframe_split": {"columns": ["tenure", "tenure"], "data": [[1, 2]]}}"#,
        "BAD_REQUEST",
        "stands twice",
    );
    refused(
        r#"{"inputs": {"tenure": [1], "charges": [1, 2], "plan": ["a"], "internet": ["b"]}}"#,
        "BAD_REQUEST",
        "different lengths",
    );
    refused(
        r#"{"instances": [[1, "x", "monthly", "dsl"]]}"#,
        "BAD_REQUEST",
        "column `charges`, row 0",
    );
    refused(
        r#"{"instances": [[1, [2], "monthly", "dsl"]]}"#,
        "BAD_REQUEST",
        "a list in a cell of column `charges`",
    );
    refused(
        r#"{"instances": [[200, 2, "monthly", "dsl"]]}"#,
        "INVALID_PARAMETER_VALUE",
        "`tenure` breaks max = 120",
    );
    let deep = format!("{{\"instances\": {}", "[".repeat(100_000));
    refused(&deep, "BAD_REQUEST", "");
}

#[test]
fn files_are_held_to_the_same() {
    let running = running();
    let csv = |text: &str| running.send("POST", URL, &[("content-type", "text/csv")], text.as_bytes());
    let head = "tenure,charges,plan,internet\n";
    assert!(
        csv(&format!("{head}5,cheap,monthly,dsl\n"))
            .refused(400)
            .contains("column `charges`, row 0 (counted from 0): found `cheap`")
    );
    assert!(
        csv(&format!("{head}5,1.5,monthly\n"))
            .refused(400)
            .contains("3 cells, expected 4")
    );
    assert!(csv(head).refused(400).contains("0 rows"));
    assert!(csv("").refused(400).contains("0 rows"));
    assert!(
        csv("tenure,charges\n1,2\n")
            .refused(400)
            .contains("no column `plan`")
    );
    assert!(
        csv(&format!("{head}500,1.5,monthly,dsl\n"))
            .refused(400)
            .contains("breaks max")
    );
    let parquet = |bytes: &[u8]| {
        running.send(
            "POST",
            URL,
            &[("content-type", "application/vnd.apache.parquet")],
            bytes,
        )
    };
    assert!(
        parquet(b"PAR1 no PAR1")
            .refused(400)
            .contains("not a Parquet file")
    );
    let rows = sample::rows(Columns::Simple, 10, 5)
        .with_column(
            "charges",
            sample::rows(Columns::Simple, 10, 5).column("plan").unwrap(),
        )
        .unwrap();
    let bytes = table::write::to_bytes(&rows, table::read::Format::Parquet).unwrap();
    assert!(parquet(&bytes).refused(400).contains("column `charges`"));
    // A flipped byte may not bring the server down, whatever it answers.
    let good = table::write::to_bytes(
        &sample::rows(Columns::Simple, 10, 5),
        table::read::Format::Parquet,
    )
    .unwrap();
    for position in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[position] ^= 0x41;
        assert!(
            matches!(parquet(&bad).status, 200 | 400 | 413 | 500),
            "{position}"
        );
    }
    assert_eq!(parquet(&good).status, 200);
}

#[test]
fn content_types_are_as_strict_as_the_original() {
    let running = running();
    let status = |content_type: &str, body: &str| {
        running
            .send("POST", URL, &[("content-type", content_type)], body.as_bytes())
            .status
    };
    let body = json!({ "dataframe_split": split() }).to_string();
    assert_eq!(status("application/json; charset=utf-8", &body), 200);
    assert_eq!(status("application/json; format=pandas-split", &body), 415);
    assert_eq!(status("application/xml", &body), 415);
    let none = running.send("POST", URL, &[], body.as_bytes());
    assert_eq!(
        (none.status, none.header("content-type")),
        (415, Some("text/plain; charset=utf-8"))
    );
}
