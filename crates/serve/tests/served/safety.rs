//! Limits, keys, names, and what happens when things go wrong.

use crate::client::{self, NOW, serve, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::json;
use serve::{Config, Model, ServeError};
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const INFER: &str = "/v2/models/churn/infer";

/// A bundle of few trees over few columns.
pub(crate) fn simple() -> bundle::Bundle {
    sample::bundle(Columns::Simple, sample::binary(), vec![], &[])
}

/// Two rows for it, as tensors.
pub(crate) fn request() -> String {
    forms::tensors(&sample::rows(Columns::Simple, 2, 5)).to_string()
}

#[test]
fn a_taken_address_and_missing_keys_are_typed_refusals() {
    let running = serve(simple());
    let model = Model {
        name: "m".into(),
        version: "1".into(),
        path: running.folder.path().join("a.bundle"),
        ..Model::default()
    };
    let taken = serve::start(
        Config::new(running.server.address(), vec![model.clone()]),
        Arc::new(|| NOW),
    )
    .unwrap_err();
    assert!(matches!(taken, ServeError::Address { .. }));
    assert!(
        taken.to_string().contains(&running.server.address().to_string()),
        "{taken}"
    );
    let open = serve::start(
        Config::new("0.0.0.0:0".parse().unwrap(), vec![model]),
        Arc::new(|| NOW),
    )
    .unwrap_err();
    assert!(matches!(open, ServeError::NoKeys { .. }));
    let gone = Model {
        name: "m".into(),
        version: "1".into(),
        path: "/nowhere/a.bundle".into(),
        ..Model::default()
    };
    let gone = serve::start(
        Config::new("127.0.0.1:0".parse().unwrap(), vec![gone]),
        Arc::new(|| NOW),
    )
    .unwrap_err();
    assert!(
        matches!(&gone, ServeError::Bundle { name, .. } if name == "m"),
        "{gone}"
    );
}

#[test]
fn only_this_machine_and_its_pages_are_answered_on_loopback() {
    let running = serve(simple());
    assert!(
        running
            .send("GET", "/v2", &[("host", "evil.example")], b"")
            .refused(421)
            .contains("evil.example")
    );
    let page = [
        ("origin", "https://evil.example"),
        ("content-type", "application/json"),
    ];
    assert!(
        running
            .send("POST", INFER, &page, request().as_bytes())
            .refused(421)
            .contains("evil.example")
    );
}

#[test]
fn keys_are_asked_of_everyone_but_probes() {
    let running = serve_with(simple(), |config, _| {
        config.address = "0.0.0.0:0".parse().unwrap();
        config.keys = vec!["k1".into()];
        config.admin_key = Some("boss".into());
    });
    let send = |method: &str, path: &str, key: &str| {
        let value = format!("Bearer {key}");
        let address = ([127, 0, 0, 1], running.server.address().port()).into();
        client::send(
            address,
            method,
            path,
            &[("authorization", &value), ("content-type", "application/json")],
            request().as_bytes(),
        )
    };
    assert_eq!(send("GET", "/v2/health/ready", "").status, 200);
    assert_eq!(send("GET", "/ping", "").status, 200);
    for path in ["/v2", "/metrics", "/v2/models/churn"] {
        assert_eq!(send("GET", path, "wrong").status, 401, "{path}");
    }
    assert_eq!(send("POST", INFER, "").status, 401);
    assert_eq!(send("POST", INFER, "k1").status, 200);
    assert_eq!(
        send("POST", "/v2/repository/models/churn/unload", "k1").status,
        403
    );
    assert_eq!(
        send("POST", "/v2/repository/models/churn/unload", "boss").status,
        200
    );
    assert_eq!(send("POST", INFER, "k1").status, 503);
    assert_eq!(send("GET", "/v2/health/ready", "").status, 503);
    assert_eq!(send("GET", "/ping", "").status, 404);
    assert_eq!(
        send("POST", "/v2/repository/models/churn/load", "boss").status,
        200
    );
    assert_eq!(send("POST", INFER, "k1").status, 200);
    assert_eq!(
        send("POST", "/v2/repository/models/other/load", "boss").status,
        404
    );
}

#[test]
fn a_bundle_that_went_bad_is_not_loaded_and_the_old_one_stays() {
    let running = serve_with(simple(), |config, _| config.admin_key = Some("boss".into()));
    let post = |path: &str| {
        running.send(
            "POST",
            path,
            &[("x-api-key", "boss"), ("content-type", "application/json")],
            request().as_bytes(),
        )
    };
    std::fs::write(running.folder.path().join("a.bundle"), b"junk").unwrap();
    let refused = post("/v2/repository/models/churn/load").refused(500);
    assert!(
        !refused.contains("a.bundle") && !refused.contains("tmp"),
        "{refused}"
    );
    assert_eq!(post(INFER).status, 200);
    assert_eq!(post("/v2/repository/models/churn/unload").status, 200);
    assert_eq!(post("/v2/repository/models/churn/load").status, 500);
    let index = running.send("POST", "/v2/repository/index", &[], b"").ok();
    assert_eq!(
        index,
        json!([{ "name": "churn", "version": "3", "state": "UNAVAILABLE", "reason": "the bundle is missing or not sound" }])
    );
    assert_eq!(
        running
            .send("POST", "/v2/repository/index", &[], b"{\"ready\": true}")
            .ok(),
        json!([])
    );
    let other = Model {
        name: "churn".into(),
        version: "4".into(),
        path: running.folder.path().join("b.bundle"),
        ..Model::default()
    };
    simple().save(&other.path).unwrap();
    running.server.load(other).unwrap();
    let answer = running.text("/v2/models/churn/versions/4/infer", &request()).ok();
    assert_eq!(answer["model_version"], "4");
}

#[test]
fn bodies_are_limited_also_after_decompression() {
    let running = serve_with(simple(), |config, _| {
        config.limits.max_body_bytes = 10_000;
        config.limits.max_rows = 20;
    });
    let long = vec![b' '; 10_001];
    for path in [INFER, "/v1/models/churn:predict", "/invocations"] {
        let json = [("content-type", "application/json")];
        assert!(
            running
                .send("POST", path, &json, &long)
                .refused(413)
                .contains("10000 bytes")
        );
        let zipped = [("content-type", "application/json"), ("content-encoding", "gzip")];
        assert!(
            running
                .send("POST", path, &zipped, &gzip(&vec![b' '; 5_000_000]))
                .refused(413)
                .contains("10000 bytes")
        );
    }
    let many = sample::rows(Columns::One, 21, 1);
    let lists = json!({ "instances": vec![json!([1, 2, "a", "b"]); 21] });
    assert!(
        running
            .post("/invocations", &lists)
            .refused(400)
            .contains("more than 20 rows")
    );
    assert!(
        running
            .post(INFER, &forms::tensors(&many))
            .refused(400)
            .contains("more than 20 rows")
    );
    let csv = sample::csv(Columns::Simple, 21, 1);
    assert!(
        running
            .send(
                "POST",
                "/invocations",
                &[("content-type", "text/csv")],
                csv.as_bytes()
            )
            .refused(400)
            .contains("20 rows")
    );
    let parquet = table::write::to_bytes(
        &sample::rows(Columns::Simple, 21, 1),
        table::read::Format::Parquet,
    )
    .unwrap();
    let refused = running.send(
        "POST",
        "/invocations",
        &[("content-type", "application/vnd.apache.parquet")],
        &parquet,
    );
    assert!(refused.refused(400).contains("20 rows"));
}

#[test]
fn compression_changes_no_answer() {
    let running = serve(simple());
    let rows = forms::tensors(&sample::rows(Columns::Simple, 200, 5)).to_string();
    let plain = running.text(INFER, &rows);
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
        ("accept-encoding", "gzip"),
    ];
    let small = running.send("POST", INFER, &headers, &gzip(rows.as_bytes()));
    assert_eq!(
        (small.status, small.header("content-encoding")),
        (200, Some("gzip"))
    );
    let mut whole = Vec::new();
    std::io::Read::read_to_end(
        &mut flate2::read::GzDecoder::new(small.body.as_slice()),
        &mut whole,
    )
    .unwrap();
    assert_eq!(whole, plain.body);
    let broken = running.send("POST", INFER, &headers, &gzip(rows.as_bytes())[..50]);
    assert!(broken.refused(400).contains("gzip"));
    let unknown = [("content-type", "application/json"), ("content-encoding", "br")];
    assert!(
        running
            .send("POST", INFER, &unknown, b"x")
            .refused(415)
            .contains("`br`")
    );
}

#[test]
fn loading_takes_the_version_that_is_to_be_served_now() {
    let now: Arc<std::sync::Mutex<Option<Model>>> = Arc::default();
    let asked = Arc::clone(&now);
    let running = serve_with(simple(), |config, folder| {
        config.admin_key = Some("boss".into());
        config.finder = Some(Arc::new(move |_| Some(vec![asked.lock().unwrap().clone()?])));
        let next = sample::bundle(Columns::One, sample::binary(), vec![], &[]);
        next.save(&folder.path().join("next.bundle")).unwrap();
    });
    let load = || {
        let key = [("x-api-key", "boss")];
        running.send("POST", "/v2/repository/models/churn/load", &key, b"")
    };
    let versions = || {
        let key = [("x-api-key", "boss")];
        running.send("GET", "/v2/models/churn", &key, b"").ok()["versions"].clone()
    };
    load().refused(500);
    assert_eq!(versions(), json!(["3"]), "the old one stays");
    *now.lock().unwrap() = Some(Model {
        name: "churn".into(),
        version: "4".into(),
        path: running.folder.path().join("next.bundle"),
        ..Model::default()
    });
    assert_eq!(load().status, 200);
    assert_eq!(versions(), json!(["4"]));
}

#[test]
fn stopping_answers_what_is_under_way_and_takes_nothing_new() {
    let running = serve(simple());
    let address = running.server.address();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = request();
    stream
        .write_all(&client::head(
            "POST",
            INFER,
            &[("content-type", "application/json")],
            body.len(),
        ))
        .unwrap();
    stream.write_all(&body.as_bytes()[..20]).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let server = running.server;
    let stopping = std::thread::spawn(move || server.stop());
    std::thread::sleep(Duration::from_millis(200));
    assert!(TcpStream::connect(address).is_err(), "nothing new is taken");
    stream.write_all(&body.as_bytes()[20..]).unwrap();
    client::read(stream).ok();
    stopping.join().unwrap().unwrap();
}

#[test]
fn garbage_is_answered_and_the_server_lives() {
    let running = serve(sample::bundle(Columns::EveryKind, sample::binary(), vec![], &[]));
    let (body, length) = forms::binary(&sample::rows(Columns::EveryKind, 3, 9));
    let mut draw = stats::random::Draw::new(11, 1);
    for _ in 0..300 {
        let mut bad = body.clone();
        for _ in 0..1 + (draw.uniform() * 4.0) as usize {
            let position = (draw.uniform() * bad.len() as f64) as usize;
            bad[position] = (draw.uniform() * 256.0) as u8;
        }
        bad.truncate((bad.len() as f64 * (0.5 + draw.uniform())) as usize);
        let length = length.to_string();
        let answer = running.send(
            "POST",
            INFER,
            &[("inference-header-content-length", &length)],
            &bad,
        );
        assert!(matches!(answer.status, 200 | 400), "{}", answer.text());
    }
    assert_eq!(running.get("/ping").status, 200);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
