//! What the service tells of itself, of each request and of who changed what.

use crate::client::{Running, costs_nothing, send, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::{Value, json};
use serve::{AccessLog, Config, LineFormat, Sink, verify_audit};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What was told, line by line.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn sink(&self) -> Sink {
        let heard = Arc::clone(&self.0);
        Sink::new(move |lines| {
            heard.lock().unwrap().extend(lines);
            Ok(())
        })
    }

    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The lines, once there are so many of them.
    fn at_least(&self, n: usize) -> Vec<Value> {
        let begin = Instant::now();
        while self.lines().len() < n && begin.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.lines()
    }

    fn names(&self) -> Vec<String> {
        let name = |line: &Value| line["event"].as_str().unwrap_or_default().to_owned();
        self.lines().iter().map(name).collect()
    }
}

fn running(change: impl FnOnce(&mut Config, &TempDir)) -> Running {
    let bundle = sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]);
    serve_with(bundle, |config, folder| {
        config.telling.format = LineFormat::Json;
        change(config, folder);
    })
}

fn record() -> Value {
    let rows = sample::rows(Columns::EveryKind, 3, 4);
    json!({ "instances": [forms::record(&rows, 0), forms::record(&rows, 1)] })
}

#[test]
fn a_service_tells_what_happens_to_it_from_its_beginning_to_its_end() {
    let heard = Heard::default();
    let running = running(|config, _| {
        config.telling.events = Some(heard.sink());
        config.admin_key = Some("hush".into());
    });
    let admin = [("authorization", "Bearer hush")];
    let load = "/v2/repository/models/churn/load";
    assert_eq!(running.send("POST", load, &admin, b"").status, 200);
    let path = running.folder.path().join("a.bundle");
    let sound = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"broken").unwrap();
    assert_eq!(running.send("POST", load, &admin, b"").status, 500);
    std::fs::write(&path, sound).unwrap();
    for _ in 0..50 {
        assert_eq!(
            running
                .send("POST", load, &[("x-api-key", "wrong hush")], b"")
                .status,
            403
        );
    }
    running.server.stop().unwrap();
    assert_eq!(
        heard.names(),
        [
            "model_loaded",
            "started",
            "listening",
            "model_loaded",
            "model_refused",
            "caller_refused",
            "draining",
            "more",
            "stopped"
        ]
    );
    let lines = heard.lines();
    assert!(lines[0]["time"].as_str().unwrap().ends_with('Z'));
    assert_eq!(lines[5]["kind"], json!("not_admin"));
    assert!(lines[5]["from"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(lines[7]["more"], json!(49));
    let text = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hush"), "{text}");
}

#[test]
fn each_request_is_a_line_with_who_asked_what_and_what_came_of_it() {
    let heard = Heard::default();
    let running = running(|config, _| {
        config.telling.access = Some(AccessLog::Lines(heard.sink()));
        config.keys = vec!["hush".into()];
    });
    let key = ("authorization", "Bearer hush");
    let json = ("content-type", "application/json");
    let body = record().to_string();
    let name = ("x-request-id", "q-1");
    let answer = running.send("POST", "/invocations", &[key, json, name], body.as_bytes());
    assert_eq!(answer.status, 200);
    let empty = running.send("POST", "/v1/models/churn:predict", &[key, json], b"{}");
    assert_eq!(empty.status, 400);
    assert_eq!(running.send("GET", "/metrics", &[], b"").status, 401);
    assert_eq!(
        running.send("GET", "/no/such?secret=hush", &[key], b"").status,
        404
    );
    let lines = heard.at_least(4);
    assert_eq!(lines.len(), 4);
    let of = |field: &str| lines.iter().map(|line| line[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("status"), [200, 400, 401, 404]);
    assert_eq!(
        of("route"),
        ["/invocations", "/v1/models/{model}:predict", "none", "none"]
    );
    assert_eq!(of("rows"), [2, 0, 0, 0]);
    assert_eq!(lines[0]["model"], json!("churn"));
    assert_eq!(lines[0]["version"], json!("3"));
    assert_eq!(lines[0]["request"], json!("q-1"));
    assert_eq!(lines[0]["caller"], json!("api key 1"));
    assert_eq!(lines[0]["bytes_in"], json!(body.len()));
    assert_eq!(lines[0]["bytes_out"], json!(answer.body.len()));
    assert!(0.0 < lines[0]["ms"].as_f64().unwrap());
    let text = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hush"), "{text}");
    let page = running.send("GET", "/metrics", &[key], b"").text();
    assert!(
        page.contains("spanwise_told_lines_total{log=\"access\",outcome=\"written\"} 4\n"),
        "{page}"
    );
}

#[test]
fn an_access_log_that_nobody_reads_costs_requests_nothing_but_lines() {
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let waits = Mutex::new(waits);
    let running = running(|config, _| {
        let sink = Sink::new(move |_| {
            let _ = waits.lock().unwrap().recv();
            Ok(())
        });
        config.telling.access = Some(AccessLog::Lines(sink));
    });
    let usual = super::telling::running(|_, _| {});
    let ask = |running: &Running| drop(running.post("/invocations", &record()).ok());
    assert!(costs_nothing(60, || ask(&usual), || ask(&running)));
    drop(go_on);
    running.server.stop().unwrap();
}

#[test]
fn an_audit_log_holds_what_was_changed_before_the_answer_leaves() {
    let audit = |folder: &TempDir| folder.path().join("audit.jsonl");
    let running = running(|config, folder| {
        config.telling.audit = Some(audit(folder));
        config.admin_key = Some("hush".into());
    });
    let lines = |folder: &TempDir| -> Vec<Value> {
        let text = std::fs::read_to_string(audit(folder)).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let headers = [("authorization", "Bearer hush"), ("x-request-id", "q-9")];
    let answer = running.send("POST", "/v2/repository/models/churn/load", &headers, b"");
    assert_eq!(answer.status, 200);
    let now = lines(&running.folder);
    let of = |field: &str| now.iter().map(|line| line[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("action"), ["start", "load", "load"]);
    assert_eq!(of("outcome"), [Value::Null, json!("asked"), json!("done")]);
    assert_eq!(now[2]["caller"], json!("admin key"));
    assert_eq!(now[2]["request"], json!("q-9"));
    assert_eq!(now[2]["model"], json!("churn"));
    assert_eq!(now[0]["configuration"].as_str().unwrap().len(), 64);
    let missing = running.send("POST", "/v2/repository/models/fraud/unload", &headers, b"");
    assert_eq!(missing.status, 404);
    running
        .send("POST", "/v2/repository/models/churn/unload", &[], b"")
        .refused(403);
    // refusals are written by a thread of their own, so that nobody can hold others up with them
    let begin = std::time::Instant::now();
    while lines(&running.folder).len() < 6 {
        assert!(begin.elapsed().as_secs() < 20, "the refusal is not written");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let Running { server, folder, .. } = running;
    server.stop().unwrap();
    let now = lines(&folder);
    let of = |field: &str| now.iter().map(|line| line[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("action")[3..], ["unload", "unload", "refused", "stop"]);
    assert_eq!(now[4]["outcome"], json!("failed"));
    assert_eq!(now[5]["kind"], json!("not_admin"));
    let chain = verify_audit(&audit(&folder), None).unwrap();
    assert_eq!((chain.n_lines, chain.fault), (7, None));
    assert!(!std::fs::read_to_string(audit(&folder)).unwrap().contains("hush"));
}

#[test]
fn a_service_does_not_start_behind_an_audit_log_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bundle");
    sample::bundle(Columns::One, sample::binary(), vec![], &[])
        .save(&path)
        .unwrap();
    let model = serve::Model {
        name: "churn".into(),
        version: "1".into(),
        path,
        ..serve::Model::default()
    };
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), vec![model]);
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "notes\n").unwrap();
    config.telling.audit = Some(file.clone());
    let error = serve::start(config, Arc::new(|| 0)).unwrap_err();
    assert!(matches!(error, serve::ServeError::Audit { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "notes\n");
}

#[test]
fn what_flows_is_one_line_with_all_its_rows() {
    let heard = Heard::default();
    let running = running(|config, _| {
        config.telling.access = Some(AccessLog::Lines(heard.sink()));
        config.limits.max_body_bytes = 64 << 10;
    });
    let rows = sample::rows(Columns::EveryKind, 2000, 4);
    let lines: String = (0..2000)
        .map(|row| forms::record(&rows, row).to_string() + "\n")
        .collect();
    let headers = [("content-type", "application/jsonlines")];
    let answer = send(
        running.server.address(),
        "POST",
        "/v1/models/churn:predict",
        &headers,
        lines.as_bytes(),
    );
    assert_eq!(answer.status, 200);
    let told = heard.at_least(1);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["rows"], json!(2000));
    assert_eq!(told[0]["bytes_in"], json!(lines.len()));
    assert_eq!(told[0]["status"], json!(200));
}
