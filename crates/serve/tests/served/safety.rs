//! Limits, keys, names, and what happens when things go wrong.

use crate::client::{self, NOW, serve, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::json;
use serve::{Config, Model, ServeError};
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

const INFER: &str = "/v2/models/churn/infer";

fn simple() -> bundle::Bundle {
    sample::bundle(Columns::Simple, sample::binary(), vec![], &[])
}

fn request() -> String {
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
fn a_body_that_never_ends_is_given_up() {
    let running = serve_with(simple(), |config, _| config.limits.timeout_ms = 200);
    let mut stream = TcpStream::connect(running.server.address()).unwrap();
    stream
        .write_all(&client::head(
            "POST",
            INFER,
            &[("content-type", "application/json")],
            100,
        ))
        .unwrap();
    stream.write_all(b"{\"inputs\"").unwrap();
    let started = Instant::now();
    assert!(client::read(stream).refused(504).contains("200 ms"));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn heads_that_drip_in_are_given_up() {
    let running = serve_with(simple(), |config, _| config.limits.head_timeout_ms = 300);
    let mut stream = TcpStream::connect(running.server.address()).unwrap();
    let started = Instant::now();
    // Each write would once have begun the wait anew.
    let _ = stream.write_all(b"GET /ping HTTP/1.1\r\n");
    while stream.write_all(b"x: y\r\n").is_ok() {
        assert!(started.elapsed() < Duration::from_secs(5), "it drips for ever");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(running.get("/ping").status, 200);
}

#[test]
fn idle_and_slow_connections_make_room_for_those_that_ask() {
    let running = serve_with(simple(), |config, _| config.limits.max_connections = 8);
    let address = running.server.address();
    let slow: Vec<TcpStream> = (0..8)
        .map(|number| {
            let mut stream = TcpStream::connect(address).unwrap();
            match number % 3 {
                0 => {}
                1 => stream.write_all(b"GET /ping HTTP/1.1\r\nx: y").unwrap(),
                // Answered once and kept open.
                _ => {
                    stream
                        .write_all(b"GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n")
                        .unwrap();
                    let _ = std::io::Read::read(&mut stream, &mut [0; 512]).unwrap();
                }
            }
            stream
        })
        .collect();
    let started = Instant::now();
    for _ in 0..12 {
        assert_eq!(running.get("/ping").status, 200);
    }
    assert!(started.elapsed() < Duration::from_secs(8));
    drop(slow);
}

#[test]
fn requests_under_way_are_not_closed_to_make_room() {
    let running = serve_with(simple(), |config, _| {
        config.limits.max_connections = 1;
        config.limits.head_timeout_ms = 600_000;
    });
    let mut stream = TcpStream::connect(running.server.address()).unwrap();
    let body = request();
    let head = client::head("POST", INFER, &[("content-type", "application/json")], body.len());
    stream.write_all(&head).unwrap();
    stream.write_all(&body.as_bytes()[..20]).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| running.get("/ping").status);
        std::thread::sleep(Duration::from_millis(600));
        stream.write_all(&body.as_bytes()[20..]).unwrap();
        client::read(stream).ok();
        assert_eq!(waiting.join().unwrap(), 200);
    });
}

/// A request whose body was announced and does not come.
fn announced(running: &client::Running, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.server.address()).unwrap();
    let head = client::head("POST", path, &[("content-type", "application/json")], 1000);
    stream.write_all(&head).unwrap();
    stream
}

#[test]
fn bodies_that_drip_in_make_room_for_those_that_ask() {
    // slow after a second, given up after ten
    let running = serve_with(simple(), |config, _| config.limits.max_connections = 4);
    let slow: Vec<TcpStream> = (0..4)
        .map(|_| announced(&running, "/v2/repository/index"))
        .collect();
    let started = Instant::now();
    for _ in 0..3 {
        assert_eq!(running.get("/ping").status, 200);
    }
    assert!(
        started.elapsed() < Duration::from_secs(6),
        "{:?}",
        started.elapsed()
    );
    drop(slow);
}

#[test]
fn a_body_that_drips_in_gives_its_place_away() {
    let running = serve_with(simple(), |config, _| {
        config.limits.max_in_flight = 2;
        config.limits.head_timeout_ms = 5_000;
    });
    let slow: Vec<TcpStream> = (0..2).map(|_| announced(&running, INFER)).collect();
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(running.text(INFER, &request()).status, 200);
    // its place is free now
    assert_eq!(running.text(INFER, &request()).status, 200);
    drop(slow);
}

#[test]
fn a_body_that_flows_and_drips_gives_its_place_away() {
    let running = serve_with(simple(), |config, _| {
        config.limits.max_body_bytes = 1000;
        config.limits.max_in_flight = 1;
        config.limits.head_timeout_ms = 5_000;
    });
    let rows = sample::rows(Columns::Simple, 40, 5);
    let lines: String = (0..40)
        .map(|row| format!("{}\n", forms::record(&rows, row)))
        .collect();
    let head = client::head(
        "POST",
        "/v1/models/churn:predict",
        &[("content-type", "application/jsonlines")],
        lines.len() + 1000,
    );
    let mut stream = TcpStream::connect(running.server.address()).unwrap();
    stream.write_all(&head).unwrap();
    stream.write_all(lines.as_bytes()).unwrap();
    wait_for_one_in_flight(&running);
    assert_eq!(running.text(INFER, "{}").status, 429);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(
        running
            .text(INFER, &forms::tensors(&rows.slice(0, 1)).to_string())
            .status,
        200
    );
    drop(stream);
}

#[test]
fn a_body_that_comes_well_keeps_its_place() {
    let running = serve_with(simple(), |config, _| {
        config.limits.max_in_flight = 1;
        config.limits.head_timeout_ms = 5_000;
    });
    let (body, n_blanks) = (request(), 4 << 20);
    let mut stream = TcpStream::connect(running.server.address()).unwrap();
    let head = client::head(
        "POST",
        INFER,
        &[("content-type", "application/json")],
        body.len() + n_blanks,
    );
    stream.write_all(&head).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    for number in 0..64 {
        if number == 48 {
            assert_eq!(running.text(INFER, &body).status, 429);
        }
        stream.write_all(&vec![b' '; n_blanks / 64]).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(client::read(stream).status, 200);
}

#[test]
fn who_never_stops_asking_makes_room() {
    let running = serve_with(simple(), |config, _| config.limits.max_connections = 1);
    let stream = TcpStream::connect(running.server.address()).unwrap();
    let mut asking = stream.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let many = b"GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(200);
            let until = Instant::now() + Duration::from_secs(12);
            while Instant::now() < until && asking.write_all(&many).is_ok() {}
            let _ = asking.shutdown(std::net::Shutdown::Both);
        });
        scope.spawn(move || {
            let (mut reading, mut answers) = (stream, [0; 4096]);
            while std::io::Read::read(&mut reading, &mut answers).is_ok_and(|n| 0 < n) {}
        });
        std::thread::sleep(Duration::from_millis(200));
        let started = Instant::now();
        assert_eq!(running.get("/ping").status, 200);
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{:?}",
            started.elapsed()
        );
    });
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

#[test]
fn requests_beyond_the_bound_are_told_to_come_later() {
    let running = serve_with(simple(), |config, _| {
        config.limits.max_in_flight = 1;
        // so that the one under way is not yet a slow one
        config.limits.head_timeout_ms = 600_000;
    });
    // one whose body is awaited is under way
    let mut slow = TcpStream::connect(running.server.address()).unwrap();
    let kind = [("content-type", "application/json")];
    slow.write_all(&client::head("POST", INFER, &kind, request().len()))
        .unwrap();
    wait_for_one_in_flight(&running);
    let busy = running.text(INFER, &request());
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("1")));
    assert!(
        busy.text().contains("1 requests are under way"),
        "{}",
        busy.text()
    );
    let mlflow = running.post("/invocations", &json!({ "instances": [[1, 2, "a", "b"]] }));
    assert_eq!(
        (mlflow.status, &mlflow.json()["error_code"]),
        (429, &json!("REQUEST_LIMIT_EXCEEDED"))
    );
    assert_eq!(running.get("/v2/health/ready").status, 200);
    slow.write_all(request().as_bytes()).unwrap();
    assert_eq!(client::read(slow).status, 200);
    assert_eq!(running.text(INFER, &request()).status, 200);
    let page = String::from_utf8(running.get("/metrics").body).unwrap();
    assert!(
        page.lines()
            .any(|line| line.contains("requests_total") && line.contains("code=\"429\"")),
        "{page}"
    );
}

#[test]
fn who_is_turned_away_keeps_nobody_out() {
    let running = serve_with(simple(), |config, _| config.limits.max_in_flight = 1);
    let kind = [("content-type", "application/json")];
    let send_head = || {
        let mut stream = TcpStream::connect(running.server.address()).unwrap();
        stream
            .write_all(&client::head("POST", INFER, &kind, request().len()))
            .unwrap();
        stream
    };
    let first = send_head();
    wait_for_one_in_flight(&running);
    // turned away, and slow to send what nobody reads
    let slow: Vec<TcpStream> = (0..3).map(|_| send_head()).collect();
    std::thread::sleep(Duration::from_millis(100));
    drop(first);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(running.text(INFER, &request()).status, 200);
    drop(slow);
}

fn wait_for_one_in_flight(running: &client::Running) {
    let deadline = Instant::now() + Duration::from_secs(10);
    let page = || String::from_utf8(running.get("/metrics").body).unwrap();
    while !page().contains("spanwise_inference_in_flight 1\n") {
        assert!(Instant::now() < deadline, "{}", page());
    }
}
