//! Traces of requests: taken from the caller, named in the answer, and a collector that does not work costs nothing.

use crate::client::{Running, costs_nothing, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn running(collector: &str) -> Running {
    let bundle = sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]);
    let collector = collector.to_owned();
    serve_with(bundle, |config, _| config.telling.otlp = Some(collector))
}

fn ask(running: &Running, headers: &[(&str, &str)]) -> crate::client::Answer {
    let rows = sample::rows(Columns::EveryKind, 1, 4);
    let body = json!({ "instances": [forms::record(&rows, 0)] }).to_string();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .copied()
        .chain([("content-type", "application/json")])
        .collect();
    running.send("POST", "/invocations", &headers, body.as_bytes())
}

fn plain() -> Running {
    serve_with(
        sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]),
        |_, _| {},
    )
}

#[test]
fn an_answer_names_its_place_in_the_callers_trace() {
    // nobody listens there
    let running = running("http://127.0.0.1:9");
    let answer = ask(&running, &[("traceparent", PARENT)]);
    assert_eq!(answer.status, 200);
    let told = answer.header("traceparent").unwrap();
    assert!(
        told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && told.ends_with("-01"),
        "{told}"
    );
    assert_ne!(told, PARENT);
    let other = ask(&running, &[("traceparent", "00-nonsense")]);
    assert!(!other.header("traceparent").unwrap().contains("nonsense"));
    assert_eq!(
        running.get("/no/such").header("traceparent").map(str::len),
        Some(55)
    );
}

#[test]
fn a_collector_that_hangs_or_talks_nonsense_costs_requests_nothing() {
    let usual = plain();
    for nonsense in [
        &b""[..],
        b"\x00\xff\x00",
        b"HTTP/1.1 200",
        b"HTTP/1.1 429 Later\r\nretry-after: 1000\r\n\r\n",
    ] {
        let collector = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", collector.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in collector.incoming().flatten() {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 64]);
                let _ = stream.write_all(nonsense);
                // never closed: it hangs
                held.push(stream);
            }
        });
        let running = running(&address);
        let asked = |running: &Running| assert_eq!(ask(running, &[]).status, 200);
        assert!(costs_nothing(40, || asked(&usual), || asked(&running)));
        let begin = Instant::now();
        running.server.stop().unwrap();
        assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    }
}

#[test]
fn what_is_no_address_is_refused() {
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
    let mut config = serve::Config::new("127.0.0.1:0".parse().unwrap(), vec![model]);
    config.telling.otlp = Some("collector:4318".into());
    let error = serve::start(config, std::sync::Arc::new(|| 0))
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("`collector:4318"), "{error}");
}
