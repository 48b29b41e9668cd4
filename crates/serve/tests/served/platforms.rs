//! What SageMaker, Vertex AI and Azure ML ask their containers.

use crate::client::{Running, serve_with};
use crate::sample::{self, Columns};
use serde_json::{Value, json};
use serve::Platform;

const CSV: &str = "5,20.5,monthly,dsl\n,70,,fibre\n";

fn on(platform: Platform) -> Running {
    let bundle = sample::bundle(Columns::Simple, sample::binary(), vec![], &[]);
    serve_with(bundle, |config, _| config.platform = Some(platform))
}

fn sagemaker(accept: Option<&str>) -> Running {
    on(Platform::SageMaker {
        models: None,
        accept: accept.map(str::to_owned),
    })
}

fn expected(running: &Running) -> Value {
    let rows = json!([[5, 20.5, "monthly", "dsl"], [null, 70, null, "fibre"]]);
    running.post("/invocations", &json!({ "instances": rows })).ok()
}

#[test]
fn sagemakers_forms_give_the_same_predictions() {
    let running = sagemaker(None);
    let expected = expected(&running);
    let asked = |kind: &str, body: &str| {
        running
            .send("POST", "/invocations", &[("content-type", kind)], body.as_bytes())
            .ok()
    };
    assert_eq!(asked("text/csv", CSV), expected);
    assert_eq!(
        asked("text/csv", &format!("tenure,charges,plan,internet\n{CSV}")),
        expected
    );
    let rows = r#"[[5, 20.5, "monthly", "dsl"], [null, 70, null, "fibre"]]"#;
    assert_eq!(asked("application/json", rows), expected);
    for (body, what) in [
        (format!("\u{feff}{CSV}"), "a mark"),
        (CSV.replace('\n', "\r\n"), "two ends"),
    ] {
        assert_eq!(asked("text/csv", &body), expected, "{what}");
    }
    let named = r#"{"instances": [{"tenure": 5, "charges": 20.5, "plan": "monthly", "internet": "dsl", "features": [1]},
        {"features": 7, "charges": 70, "internet": "fibre"}]}"#;
    assert_eq!(asked("application/json", named), expected);
    let features = r#"{"instances": [{"features": [5, 20.5, "monthly", "dsl"]}, {"features": [null, 70, null, "fibre"]}]}"#;
    assert_eq!(asked("application/json", features), expected);
    let lines = "{\"features\": [5, 20.5, \"monthly\", \"dsl\"]}\n\n[NaN, 70, null, \"fibre\"]\n";
    assert_eq!(asked("application/jsonlines", lines), expected);
    let data = r#"{"input_data": {"columns": ["charges", "plan", "internet", "tenure"], "index": [0, 1],
        "data": [[20.5, "monthly", "dsl", 5], [70, null, "fibre", null]]}}"#;
    assert_eq!(asked("application/json", data), expected["predictions"]);
}

#[test]
fn a_line_is_a_row_and_nothing_else() {
    let running = sagemaker(None);
    let status = |kind: &str, body: &str| {
        running
            .send("POST", "/invocations", &[("content-type", kind)], body.as_bytes())
            .status
    };
    for body in [
        "[5, 20.5, \"a\", \"b\"], [5, 20.5, \"a\", \"b\"]\n",
        "[5]\n",
        "5\n",
        "\n\n",
        "{\"features\": 5}\n",
    ] {
        assert_eq!(status("application/jsonlines", body), 400, "{body}");
    }
    // a header that lacks a name is no row, and neither is a row that lacks a cell
    for body in [
        "tenure,charges,plan,net\n5,20.5,monthly,dsl\n",
        "Tenure,Charges,Plan,Internet\n5,20.5,monthly,dsl\n",
        "5,20.5,monthly\n",
        "",
    ] {
        assert_eq!(status("text/csv", body), 400, "{body}");
    }
}

#[test]
fn answers_come_in_the_form_that_is_accepted() {
    let running = sagemaker(Some("application/jsonlines"));
    let ask = |accept: &str| {
        let headers = [("content-type", "text/csv"), ("accept", accept)];
        running.send("POST", "/invocations", &headers, CSV.as_bytes())
    };
    let objects = ask("application/json").ok();
    let rows = objects["predictions"].as_array().unwrap();
    let lines = ask("*/*");
    assert_eq!(lines.header("content-type"), Some("application/jsonlines"));
    let text = String::from_utf8(lines.body).unwrap();
    let found: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(&found, rows);
    let csv = String::from_utf8(ask("image/png, text/csv;q=0.5").body).unwrap();
    let names = running.bundle.output_names();
    for (line, row) in csv.lines().zip(rows) {
        for (cell, name) in line.split(',').zip(&names) {
            match &row[name.as_str()] {
                Value::Number(number) => assert_eq!(cell.parse::<f64>().unwrap(), number.as_f64().unwrap()),
                value => assert_eq!(value, cell),
            }
        }
    }
    assert_eq!(csv.lines().count(), 2);
    for (accept, kind) in [
        ("text/csv;q=0, application/json", "application/json"),
        (
            "application/json;q=0.1, text/csv;q=0.9",
            "text/csv; charset=utf-8",
        ),
        ("text/*", "text/csv; charset=utf-8"),
    ] {
        assert_eq!(ask(accept).header("content-type"), Some(kind), "{accept}");
    }
    assert_eq!(ask("image/png").status, 406);
}

#[test]
fn sagemaker_asks_how_to_send_and_gets_its_words_back() {
    let running = sagemaker(None);
    let parameters = running.get("/execution-parameters").ok();
    assert_eq!(parameters["BatchStrategy"], "MULTI_RECORD");
    assert_eq!(
        (
            &parameters["MaxConcurrentTransforms"],
            &parameters["MaxPayloadInMB"]
        ),
        (&json!(2), &json!(64))
    );
    let name = "x-amzn-sagemaker-custom-attributes";
    let headers = [
        ("content-type", "text/csv"),
        (name, "k=v"),
        ("x-ms-client-request-id", "c1"),
    ];
    let answer = running.send("POST", "/invocations", &headers, CSV.as_bytes());
    assert_eq!(
        (answer.header(name), answer.header("x-ms-client-request-id")),
        (Some("k=v"), Some("c1"))
    );
    let plain = crate::client::serve(sample::bundle(Columns::Simple, sample::binary(), vec![], &[]));
    assert_eq!(plain.get("/execution-parameters").status, 404);
    assert_eq!(plain.send("POST", "/models", &[], b"{}").status, 404);
}

#[test]
fn models_come_and_go_within_their_folder() {
    let bundle = sample::bundle(Columns::Simple, sample::binary(), vec![], &[]);
    let running = serve_with(bundle, |config, folder| {
        let models = folder.path().join("models");
        std::fs::create_dir_all(models.join("m2/model")).unwrap();
        std::fs::copy(folder.path().join("a.bundle"), models.join("m2/model/a.bundle")).unwrap();
        config.models.clear();
        config.platform = Some(Platform::SageMaker {
            models: Some(models),
            accept: None,
        });
    });
    let url = running
        .folder
        .path()
        .join("models/m2/model")
        .to_string_lossy()
        .into_owned();
    let hold = |name: &str, url: &str| running.post("/models", &json!({ "model_name": name, "url": url }));
    assert_eq!(running.get("/ping").status, 200);
    assert_eq!(running.get("/models").ok(), json!({ "models": [] }));
    assert_eq!(hold("m2", &url).status, 200);
    assert_eq!(hold("m2", &url).status, 409);
    let told = json!({ "modelName": "m2", "modelUrl": url });
    assert_eq!(running.get("/models").ok(), json!({ "models": [told] }));
    assert_eq!(running.get("/models/m2").ok(), told);
    let invoke = |name: &str| {
        let path = format!("/models/{name}/invoke");
        running.send("POST", &path, &[("content-type", "text/csv")], CSV.as_bytes())
    };
    assert_eq!(invoke("m2").ok()["predictions"].as_array().unwrap().len(), 2);
    assert_eq!(running.send("DELETE", "/models/m2", &[], b"").status, 200);
    assert_eq!(
        (invoke("m2").status, running.get("/models/m2").status),
        (404, 404)
    );
    // what lies elsewhere on the machine is not opened, whatever way leads there
    let outside = running.folder.path().to_string_lossy().into_owned();
    for elsewhere in [
        outside,
        format!("{url}/../../.."),
        "/etc".to_owned(),
        format!("{url}/gone"),
    ] {
        let answer = hold("m3", &elsewhere);
        assert_eq!(answer.status, 400, "{elsewhere}");
    }
    assert_eq!(running.send("POST", "/models", &[], b"{}").status, 400);
    assert_eq!(hold("", &url).status, 400);
    // a link that leads out
    let link = running.folder.path().join("models/link");
    std::fs::create_dir(&link).unwrap();
    std::os::unix::fs::symlink(running.folder.path().join("a.bundle"), link.join("a.bundle")).unwrap();
    assert_eq!(hold("m4", &link.to_string_lossy()).status, 400);
}

#[test]
fn vertex_ai_and_azure_ml_ask_by_paths_of_their_own() {
    let (health, predict) = (
        "/v1/endpoints/1/deployedModels/2",
        "/v1/endpoints/1/deployedModels/2:predict",
    );
    let vertex = on(Platform::VertexAi {
        health: health.to_owned(),
        predict: predict.to_owned(),
    });
    assert_eq!(vertex.get(health).status, 200);
    let rows = json!([[5, 20.5, "monthly", "dsl"], { "tenure": null, "charges": 70, "internet": "fibre" }]);
    let found = vertex
        .post(predict, &json!({ "instances": rows, "parameters": {} }))
        .ok();
    assert_eq!(found, expected(&vertex));
    assert_eq!(vertex.post(predict, &json!({ "instances": [] })).status, 400);

    let azure = on(Platform::AzureMl);
    assert_eq!(azure.get("/").status, 200);
    let found = azure.post(
        "/score",
        &json!({ "input_data": [[5, 20.5, "monthly", "dsl"], [null, 70, null, "fibre"]] }),
    );
    assert_eq!(found.ok(), expected(&azure)["predictions"]);
}
