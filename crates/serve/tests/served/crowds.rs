//! Who is slow, idle or greedy, and whether others are answered all the same.

use crate::client::{self, serve_with};
use crate::forms;
use crate::safety::{INFER, request, simple};
use crate::sample::{self, Columns};
use futures::future::Either;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

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

/// A service that finds a body slow after half a second.
fn impatient(bound: impl FnOnce(&mut serve::Limits)) -> client::Running {
    serve_with(simple(), |config, _| {
        config.limits.head_timeout_ms = 5_000;
        bound(&mut config.limits);
    })
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
    let running = impatient(|limits| limits.max_in_flight = 2);
    let slow: Vec<TcpStream> = (0..2).map(|_| announced(&running, INFER)).collect();
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(running.text(INFER, &request()).status, 200);
    // its place is free now
    assert_eq!(running.text(INFER, &request()).status, 200);
    drop(slow);
}

#[test]
fn a_body_that_drips_in_beside_others_gives_its_place_away_alone() {
    let running = impatient(|limits| limits.max_in_flight = 2);
    multiplexed(&running, async |mut client| {
        let (first, mut first_body) = begun(&mut client, infer(&running));
        let (second, mut second_body) = begun(&mut client, infer(&running));
        tokio::time::sleep(Duration::from_millis(800)).await;
        assert_eq!(blocking(|| running.text(INFER, &request()).status), 200);
        // which of them began to wait first is not known
        let both = futures::future::select(first, second);
        let ended = tokio::time::timeout(Duration::from_secs(5), both).await.unwrap();
        let (told, kept, body) = match ended {
            Either::Left((told, kept)) => (told, kept, &mut second_body),
            Either::Right((told, kept)) => (told, kept, &mut first_body),
        };
        assert_eq!(told.unwrap().status(), 429);
        body.send_data(request()[1..].to_owned().into(), true).unwrap();
        assert_eq!(kept.await.unwrap().status(), 200);
    });
}

#[test]
fn what_holds_no_place_is_not_given_up_for_one() {
    let running = impatient(|limits| limits.max_in_flight = 1);
    multiplexed(&running, async |mut client| {
        let index = to(&running, "/v2/repository/index");
        let (index, mut index_body) = begun(&mut client, index);
        let call = call(&running, "inference.GRPCInferenceService/ModelStreamInfer");
        let (talk, _talk_body) = client.send_request(call, false).unwrap();
        assert_eq!(talk.await.unwrap().status(), 200);
        // both have been awaited for long when a place is taken, and still are when it is asked for
        tokio::time::sleep(Duration::from_millis(700)).await;
        let slow = announced(&running, INFER);
        blocking(|| wait_for_one_in_flight(&running));
        assert_eq!(blocking(|| running.text(INFER, &request()).status), 429);
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(blocking(|| running.text(INFER, &request()).status), 200);
        index_body.send_data("}".into(), true).unwrap();
        assert_eq!(index.await.unwrap().status(), 200);
        drop(slow);
    });
}

#[test]
fn bodies_that_drip_in_side_by_side_make_room_for_those_that_ask() {
    let running = impatient(|limits| limits.max_connections = 1);
    multiplexed(&running, async |mut client| {
        let (first, _first_body) = begun(&mut client, infer(&running));
        let (second, _second_body) = begun(&mut client, infer(&running));
        let started = Instant::now();
        assert_eq!(blocking(|| running.get("/ping").status), 200);
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "{:?}",
            started.elapsed()
        );
        assert!(first.await.is_err() && second.await.is_err());
    });
}

#[test]
fn who_says_nothing_in_a_call_makes_room() {
    let running = impatient(|limits| limits.max_connections = 1);
    multiplexed(&running, async |mut client| {
        let watch = call(&running, "grpc.health.v1.Health/Watch");
        let (answer, _body) = client.send_request(watch, false).unwrap();
        let started = Instant::now();
        assert_eq!(blocking(|| running.get("/ping").status), 200);
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "{:?}",
            started.elapsed()
        );
        assert!(answer.await.is_err());
    });
}

/// A call over gRPC.
fn call(running: &client::Running, method: &str) -> axum::http::Request<()> {
    axum::http::Request::post(format!("http://{}/{method}", running.server.address()))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap()
}

type Client = h2::client::SendRequest<axum::body::Bytes>;
type Begun = (h2::client::ResponseFuture, h2::SendStream<axum::body::Bytes>);

/// A connection whose requests come side by side.
fn multiplexed(running: &client::Running, talk: impl AsyncFnOnce(Client)) {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    threads.block_on(async {
        let stream = tokio::net::TcpStream::connect(running.server.address())
            .await
            .unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        talk(client.ready().await.unwrap()).await;
    });
}

/// A request of whose body one byte was sent.
fn begun(client: &mut Client, request: axum::http::Request<()>) -> Begun {
    let (answer, mut body) = client.send_request(request, false).unwrap();
    body.send_data("{".into(), false).unwrap();
    (answer, body)
}

fn blocking<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

fn infer(running: &client::Running) -> axum::http::Request<()> {
    to(running, INFER)
}

fn to(running: &client::Running, path: &str) -> axum::http::Request<()> {
    axum::http::Request::post(format!("http://{}{path}", running.server.address()))
        .header("content-type", "application/json")
        .body(())
        .unwrap()
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
    let running = impatient(|limits| limits.max_in_flight = 1);
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
