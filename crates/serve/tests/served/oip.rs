//! The Open Inference Protocol, request by request.

use crate::client::{Running, serve};
use crate::forms;
use crate::sample::{self, Columns};
use prepare::contract::{Action, Rule};
use serde_json::{Value, json};

const INFER: &str = "/v2/models/churn/infer";

fn running() -> Running {
    serve(sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]))
}

fn request() -> Value {
    forms::tensors(&sample::rows(Columns::EveryKind, 2, 5))
}

#[test]
fn metadata_names_one_tensor_per_raw_column() {
    let running = running();
    let metadata = running.get("/v2/models/churn").ok();
    let inputs: Vec<(&str, &str)> = metadata["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| {
            (
                input["name"].as_str().unwrap(),
                input["datatype"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("tenure", "INT64"),
        ("charges", "FP64"),
        ("plan", "BYTES"),
        ("internet", "BYTES"),
        ("senior", "BOOL"),
        ("joined", "BYTES"),
        ("seen", "BYTES"),
    ];
    assert_eq!(inputs, expected);
    assert_eq!(metadata["platform"], "spanwise_bundle1");
    assert_eq!(metadata["versions"], json!(["3"]));
    assert_eq!(metadata["inputs"][0]["shape"], json!([-1]));
    let hash = running.bundle.hash().to_hex();
    for version in ["3", &hash[..8], &hash] {
        let answer = running
            .post(&format!("/v2/models/churn/versions/{version}/infer"), &request())
            .ok();
        assert_eq!(answer["model_version"], "3");
        assert_eq!(
            running
                .get(&format!("/v2/models/churn/versions/{version}/ready"))
                .status,
            200
        );
    }
    assert!(
        running
            .get("/v2/models/churn/versions/4")
            .refused(404)
            .contains("version `4`")
    );
    assert!(
        running
            .get(&format!("/v2/models/churn/versions/{}", &hash[..7]))
            .refused(404)
            .contains("no version")
    );
    for path in ["/v2/health/live", "/v2/health/ready", "/v2/models/churn/ready"] {
        assert_eq!(running.get(path).status, 200);
    }
    assert_eq!(running.get("/v2").ok()["name"], "spanwise");
    assert_eq!(running.get("/v2/models").ok(), json!({ "models": ["churn"] }));
    assert_eq!(
        running.get("/v2/models/churn/config").ok()["input"][2]["data_type"],
        "TYPE_STRING"
    );
}

#[test]
fn faults_of_the_caller_are_named() {
    let running = running();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = request();
        change(&mut body);
        running.post(INFER, &body).refused(400)
    };
    let says =
        |found: String, words: &[&str]| assert!(words.iter().all(|word| found.contains(word)), "{found}");
    says(running.text(INFER, "{not json").refused(400), &["line 1"]);
    says(running.text(INFER, "{}").refused(400), &["inputs"]);
    says(running.text(INFER, "[]").refused(400), &["object"]);
    says(running.text(INFER, "").refused(400), &["object"]);
    says(
        changed(&|b| b["inputs"][0]["datatype"] = json!("FP31")),
        &["`FP31`", "FP64"],
    );
    says(changed(&|b| b["inputs"][0]["shape"] = json!([3])), &["`tenure`"]);
    says(
        changed(&|b| {
            b["inputs"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|i| i["shape"] = json!([3]))
        }),
        &["2 values", "expected 3"],
    );
    says(
        changed(&|b| {
            b["inputs"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|i| i["shape"] = json!([1]))
        }),
        &["more values", "expected 1"],
    );
    says(
        changed(&|b| b["inputs"][0]["shape"] = json!([-1])),
        &["shape [-1]"],
    );
    says(
        changed(&|b| b["inputs"][0]["shape"] = json!([2, 2])),
        &["shape [2, 2]"],
    );
    says(
        changed(&|b| b["inputs"][0]["name"] = json!("tenur")),
        &["input `tenur`", "`tenure`"],
    );
    says(
        changed(&|b| b["inputs"][1] = b["inputs"][0].clone()),
        &["`tenure` stands twice"],
    );
    says(
        changed(&|b| drop(b["inputs"].as_array_mut().unwrap().remove(1))),
        &["no column `charges`"],
    );
    says(
        changed(&|b| b["outputs"] = json!([{ "name": "score" }])),
        &["output `score`", "`margin`"],
    );
    says(
        changed(&|b| b["outputs"] = json!([{ "name": "margin" }, { "name": "margin" }])),
        &["output `margin` stands twice"],
    );
    says(
        changed(&|b| b["inputs"][1]["data"] = json!([1.5, "two"])),
        &["`charges`", "row 1", "`two`", "finite number"],
    );
    says(
        changed(&|b| b["inputs"][1]["data"] = json!([1.5, { "a": 1 }])),
        &["charges"],
    );
    says(
        changed(&|b| b["inputs"][0]["data"] = json!([1, 1.5])),
        &["`tenure`", "row 1", "1.5", "whole number"],
    );
    says(
        changed(&|b| b["inputs"][2]["data"] = json!([1, 2])),
        &["`plan`", "row 0", "a text"],
    );
    says(
        changed(&|b| b["inputs"][5]["data"] = json!(["2024-02-30", null])),
        &["`joined`", "`2024-02-30`", "a day"],
    );
    says(changed(&|b| b["inputs"] = json!([])), &["0 rows"]);
    assert_eq!(
        running.get(INFER).refused(405),
        "found GET, expected POST at this path"
    );
    says(
        running.post("/v2/models/nope/infer", &request()).refused(404),
        &["no model `nope`", "`churn`"],
    );
    says(running.get("/v2/nowhere").refused(404), &["/v2/nowhere"]);
    let wrong = running.send("POST", INFER, &[("content-type", "text/plain")], b"{}");
    says(wrong.refused(415), &["`text/plain`", "application/json"]);
}

#[test]
fn values_are_coerced_where_nothing_is_lost_and_missing_has_many_forms() {
    let running = running();
    let margin = |body: &str| forms::bits(&forms::output(&running.text(INFER, body).ok(), "margin"));
    let plain = request();
    let expected = margin(&plain.to_string());
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut body = plain.clone();
        change(&mut body);
        body.to_string()
    };
    let nested = changed(&|b| {
        for input in b["inputs"].as_array_mut().unwrap() {
            input["shape"] = json!([2, 1]);
            input["data"] = input["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|cell| json!([cell]))
                .collect();
        }
    });
    assert_eq!(margin(&nested), expected);
    assert_eq!(
        margin(&changed(&|b| b["inputs"][0]["datatype"] = json!("FP64"))),
        expected,
        "whole numbers as numbers"
    );
    assert_eq!(
        margin(&changed(&|b| b["inputs"][0]["datatype"] = json!("INT16"))),
        expected
    );
    let truths = changed(&|b| {
        let as_number = |cell: &Value| cell.as_bool().map_or(Value::Null, |truth| json!(u8::from(truth)));
        b["inputs"][4]["data"] = b["inputs"][4]["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(as_number)
            .collect();
    });
    assert_eq!(margin(&truths), expected);
    let missing = margin(&changed(&|b| {
        b["inputs"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(|i| i["data"] = json!([null, null]))
    }));
    let blank = changed(&|b| {
        for input in b["inputs"].as_array_mut().unwrap() {
            let cell = if input["datatype"] == "BYTES" {
                json!("")
            } else {
                Value::Null
            };
            input["data"] = json!([cell, cell]);
        }
    });
    assert_eq!(margin(&blank), missing);
    assert_eq!(
        margin(
            &changed(&|b| b["inputs"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|i| i["data"] = json!([null, null])))
            .replace("null", "NaN")
        ),
        missing
    );
    let refused =
        changed(&|b| b["inputs"][1]["data"] = json!([1.0, null])).replace("1.0,null", "1.0,-Infinity");
    assert!(
        running
            .text(INFER, &refused)
            .refused(400)
            .contains("number out of range")
    );
}

#[test]
fn outputs_are_given_as_listed() {
    let running = running();
    let mut body = request();
    body["id"] = json!("42");
    body["outputs"] = json!([{ "name": "reasons" }, { "name": "decision", "parameters": { "binary_data": true } }, { "name": "broken" }]);
    body["parameters"] = json!({ "n_reasons": 2 });
    let answer = running.post(INFER, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let length: usize = answer
        .header("inference-header-content-length")
        .unwrap()
        .parse()
        .unwrap();
    let head: Value = serde_json::from_slice(&answer.body[..length]).unwrap();
    assert_eq!(head["id"], "42");
    let names: Vec<&str> = head["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|output| output["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["reasons", "decision", "broken"]);
    let reasons = forms::output(&head, "reasons");
    assert!(
        reasons
            .iter()
            .all(|row| row.as_str().unwrap().matches(" by ").count() == 2),
        "{reasons:?}"
    );
    assert_eq!(forms::output(&head, "broken"), [json!(""), json!("")]);
    assert!(matches!(
        &answer.body[length..length + 5],
        [2, 0, 0, 0, b'n'] | [3, 0, 0, 0, b'y']
    ));
    assert!(
        running.post(INFER, &request()).ok().get("id").is_none(),
        "no id was given"
    );
}

#[test]
fn a_model_of_one_input_takes_raw_bytes() {
    let running = serve(sample::bundle(Columns::One, sample::binary(), vec![], &[]));
    let raw = [
        ("inference-header-content-length", "0"),
        ("content-type", "application/octet-stream"),
    ];
    let answer = running.send("POST", INFER, &raw, &20.5f64.to_le_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = running
        .text(
            INFER,
            r#"{"inputs":[{"name":"charges","shape":[1],"datatype":"FP64","data":[20.5]}]}"#,
        )
        .ok();
    let length: usize = answer
        .header("inference-header-content-length")
        .unwrap()
        .parse()
        .unwrap();
    let margin = f64::from_le_bytes(answer.body[length..length + 8].try_into().unwrap());
    assert_eq!(forms::bits(&forms::output(&json, "margin")), [margin.to_bits()]);
    assert!(
        running
            .send("POST", INFER, &raw, &[0; 9])
            .refused(400)
            .contains("9 bytes, expected the 8")
    );
    for (length, word) in [("9999", "9999"), ("x", "`x`"), ("3", "EOF")] {
        let refused = running
            .send(
                "POST",
                INFER,
                &[("inference-header-content-length", length)],
                b"{\"inputs\":[]}",
            )
            .refused(400);
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn binary_tensors_must_be_as_long_as_they_say() {
    let running = serve(sample::bundle(Columns::One, sample::binary(), vec![], &[]));
    let send = |size: usize, shape: usize, tail: &[u8]| {
        let head = json!({ "inputs": [{ "name": "charges", "shape": [shape], "datatype": "FP64", "parameters": { "binary_data_size": size } }] }).to_string();
        let length = head.len().to_string();
        running.send(
            "POST",
            INFER,
            &[("inference-header-content-length", &length)],
            &[head.as_bytes(), tail].concat(),
        )
    };
    assert_eq!(send(16, 2, &[0; 16]).status, 200);
    assert!(send(16, 2, &[0; 15]).refused(400).contains("fewer than its 16"));
    assert!(send(16, 2, &[0; 17]).refused(400).contains("1 bytes follow"));
    assert!(send(8, 2, &[0; 8]).refused(400).contains("expected 2"));
    assert!(send(usize::MAX, 2, &[0; 8]).refused(400).contains("fewer"));
    assert!(
        send(8, usize::MAX / 4, &[0; 8])
            .refused(400)
            .contains("more than 100000 rows")
    );
}

#[test]
fn rows_that_break_the_contract_are_refused_by_name_unless_the_rule_only_flags() {
    let rules = vec![
        sample::rule("tenure", Rule::Max(120.0), Action::Default),
        sample::rule("plan", Rule::OneOf(vec!["monthly".into()]), Action::Quarantine),
        sample::rule("charges", Rule::Min(0.0), Action::Flag),
        sample::rule("internet", Rule::Required, Action::Refuse),
    ];
    let running = serve(sample::bundle(Columns::Simple, sample::binary(), rules, &[]));
    let send = |tenure: i64, charges: f64, plan: &str, internet: Value| {
        running.post(
            INFER,
            &json!({
                "outputs": [{ "name": "margin" }, { "name": "broken" }],
                "inputs": [
                    { "name": "tenure", "shape": [2], "datatype": "INT64", "data": [1, tenure] },
                    { "name": "charges", "shape": [2], "datatype": "FP64", "data": [1.0, charges] },
                    { "name": "plan", "shape": [2], "datatype": "BYTES", "data": ["monthly", plan] },
                    { "name": "internet", "shape": [2], "datatype": "BYTES", "data": ["dsl", internet] },
                ],
            }),
        )
    };
    let flagged = send(3, -1.0, "monthly", json!("dsl")).ok();
    assert_eq!(
        forms::output(&flagged, "broken"),
        [json!(""), json!("`charges` breaks min = 0")]
    );
    let sentence = send(200, 1.0, "monthly", json!("dsl")).refused(400);
    assert_eq!(
        sentence,
        "column `tenure` breaks max = 120: found 200 in row 1 (counted from 0)"
    );
    assert!(
        send(3, 1.0, "weekly", json!("dsl"))
            .refused(400)
            .contains("`plan` breaks one_of = [\"monthly\"]: found weekly")
    );
    assert!(
        send(3, 1.0, "monthly", json!(null))
            .refused(400)
            .contains("`internet` breaks required")
    );
    let metrics = running.get("/metrics").text();
    for line in [
        "spanwise_data_quality_violations_total{model=\"churn\",version=\"3\",column=\"charges\",rule=\"min\",refused=\"false\"} 1",
        "spanwise_data_quality_violations_total{model=\"churn\",version=\"3\",column=\"plan\",rule=\"one_of\",refused=\"true\"} 1",
        "spanwise_inference_rows_total{model=\"churn\",version=\"3\"} 2",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}
