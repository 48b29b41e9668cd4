//! Plain requests are not hyper's to answer; whoever asks does not see the difference.

use crate::client::{self, Answer, Running, serve, serve_with, with_log};
use crate::forms;
use crate::sample::{self, Columns};
use serve::LogMode;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const INFER: &str = "/v2/models/churn/infer";
/// Connection options that leave a request to hyper, and that do not.
const HYPER: &str = "close, x";
const PLAIN: &str = "close";
/// What the service's own clock says; hyper asks another.
const PLAIN_DATE: &str = "Tue, 14 Nov 2023 22:13:20 GMT";

fn simple() -> bundle::Bundle {
    sample::bundle(Columns::Simple, sample::binary(), vec![], &[])
}

fn request() -> String {
    forms::tensors(&sample::rows(Columns::Simple, 2, 5)).to_string()
}

/// A request's bytes.
fn asked(method: &str, target: &str, headers: &[&str], body: &str) -> String {
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    for header in headers {
        text += header;
        text += "\r\n";
    }
    if !body.is_empty() {
        text += &format!("content-length: {}\r\n", body.len());
    }
    text + "\r\n" + body
}

fn connect(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(running.server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn answer_to(running: &Running, text: &str) -> Answer {
    let mut stream = connect(running);
    stream.write_all(text.as_bytes()).unwrap();
    client::read(stream)
}

/// What a caller sees but for the date, and whether hyper was not asked.
fn seen(answer: Answer) -> ((u16, Vec<(String, String)>, String), bool) {
    let is_plain = answer.header("date") == Some(PLAIN_DATE);
    let text = answer.text();
    let mut headers = answer.headers;
    headers.retain(|(name, _)| name != "date");
    headers.sort();
    ((answer.status, headers, text), is_plain)
}

/// One whole answer of a connection that goes on, without its date, and whether hyper was not asked.
fn next_answer(stream: &mut TcpStream) -> (String, bool) {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    let dated = |line: &&str| line.starts_with("date: ");
    let date = head.lines().find(dated).unwrap();
    let is_plain = date.ends_with(PLAIN_DATE);
    (
        head.replace(date, "") + std::str::from_utf8(&body).unwrap(),
        is_plain,
    )
}

#[test]
fn both_ways_give_the_same_answers() {
    let running = serve(simple());
    let body = request();
    let host = "host: localhost";
    let json = "content-type: application/json";
    let cases: [(&str, &str, Vec<&str>, &str); 16] = [
        ("POST", INFER, vec![host, json], &body),
        (
            "POST",
            INFER,
            vec![host, json, "x-request-id: a b", "X-Request-Id: c"],
            &body,
        ),
        ("POST", INFER, vec![host, json, "accept-encoding: gzip"], &body),
        ("POST", INFER, vec![host], "{"),
        ("POST", INFER, vec![host], ""),
        ("POST", INFER, vec![json], &body),
        ("POST", INFER, vec![host, host], &body),
        ("POST", INFER, vec!["host: evil.example"], &body),
        ("POST", "/v2/models/nobody/infer?a=b", vec![host, json], &body),
        ("POST", "/nowhere", vec![host], "x"),
        ("POST", "/a b", vec![host], "x"),
        ("GET", INFER, vec![host], ""),
        ("GET", "/v2/models/churn", vec![host], ""),
        ("GET", "/openapi.json", vec![host], ""),
        ("GET", "/ping#x", vec![host], "a body"),
        ("GET", "/v2/models/ch%75rn", vec![host, "x-text: \u{e4}"], ""),
    ];
    let mut statuses = Vec::new();
    for (method, target, headers, body) in &cases {
        let [plain, hyper] = [PLAIN, HYPER].map(|options| {
            let options = format!("connection: {options}");
            let headers: Vec<&str> = headers.iter().copied().chain([options.as_str()]).collect();
            seen(answer_to(&running, &asked(method, target, &headers, body)))
        });
        assert_eq!(plain.0, hyper.0, "{method} {target} {headers:?}");
        assert_eq!((plain.1, hyper.1), (*target != "/a b", false), "{target}");
        statuses.push(plain.0.0);
    }
    assert_eq!(
        statuses,
        [
            200, 200, 200, 400, 400, 421, 421, 421, 404, 404, 400, 405, 200, 200, 200, 200
        ]
    );
}

#[test]
fn a_request_may_come_byte_by_byte_and_with_others() {
    let running = serve(simple());
    let body = request();
    let headers = ["host: localhost", "content-type: application/json"];
    let one = asked("POST", INFER, &headers, &body);
    let mut stream = connect(&running);
    stream.set_nodelay(true).unwrap();
    stream.write_all(one.as_bytes()).unwrap();
    let (at_once, is_plain) = next_answer(&mut stream);
    assert!(
        at_once.starts_with("HTTP/1.1 200 OK\r\n") && is_plain,
        "{at_once}"
    );
    // in two parts, as many clients send it; where the second took its time, on another connection
    let in_parts = |stream: &mut TcpStream| {
        stream
            .write_all(&one.as_bytes()[..one.len() - body.len()])
            .unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let (answer, is_plain) = next_answer(stream);
        assert_eq!(answer, at_once);
        is_plain
    };
    assert!((0..50).any(|_| in_parts(&mut connect(&running))));
    for byte in one.as_bytes() {
        stream.write_all(&[*byte]).unwrap();
    }
    assert_eq!(next_answer(&mut stream).0, at_once);
    // a body that takes its time
    stream.write_all(&one.as_bytes()[..one.len() - 5]).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(&one.as_bytes()[one.len() - 5..]).unwrap();
    assert_eq!(next_answer(&mut stream), (at_once.clone(), false));
    // several in one go, on a connection of their own: the one above is hyper's by now
    let mut stream = connect(&running);
    stream
        .write_all((one.clone() + &one + &one[..20]).as_bytes())
        .unwrap();
    assert_eq!(next_answer(&mut stream), (at_once.clone(), false));
    assert_eq!(next_answer(&mut stream), (at_once.clone(), false));
    stream.write_all(&one.as_bytes()[20..]).unwrap();
    assert_eq!(next_answer(&mut stream), (at_once.clone(), false));
}

#[test]
fn who_asks_to_go_on_is_told_so_before_he_does() {
    let running = serve(simple());
    let body = request();
    let length = format!("content-length: {}", body.len());
    let headers = ["host: localhost", "expect: 100-continue", length.as_str()];
    let mut stream = connect(&running);
    stream
        .write_all(asked("POST", INFER, &headers, "").as_bytes())
        .unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    assert!(next_answer(&mut stream).0.starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn plain_connections_end_with_the_service() {
    let running = serve_with(simple(), with_log(LogMode::Audit));
    let headers = ["host: localhost"];
    let body = request();
    let one = asked("POST", INFER, &headers, &body);
    let answered = || {
        let mut stream = connect(&running);
        stream
            .write_all(asked("GET", "/ping", &headers, "").as_bytes())
            .unwrap();
        assert!(next_answer(&mut stream).1);
        stream
    };
    let (mut idle, mut begins_another) = (answered(), answered());
    begins_another.write_all(&one.as_bytes()[..9]).unwrap();
    let begun = |n_bytes: usize| {
        let mut stream = connect(&running);
        stream.write_all(&one.as_bytes()[..n_bytes]).unwrap();
        (stream, n_bytes)
    };
    // the head in part, and all but the last byte: before the plain way has given it up, and after
    let (head, late) = (begun(9), begun(one.len() - 1));
    std::thread::sleep(Duration::from_millis(50));
    let headed = begun(one.len() - 1);
    let stopping = std::thread::spawn(move || running.server.stop().unwrap());
    for stream in [&mut idle, &mut begins_another] {
        let mut rest = Vec::new();
        assert_eq!(stream.read_to_end(&mut rest).unwrap(), 0);
    }
    // what was begun is answered
    for (mut stream, n_bytes) in [headed, head, late] {
        stream.write_all(&one.as_bytes()[n_bytes..]).unwrap();
        let answer = client::read(stream);
        assert_eq!(
            (answer.status, answer.header("connection")),
            (200, Some("close")),
            "{n_bytes} bytes came before"
        );
    }
    stopping.join().unwrap();
}

#[test]
fn a_body_is_read_from_its_first_byte_though_time_for_the_head_is_up() {
    const N_CALLERS: u64 = 150;
    let patience = Duration::from_millis(400);
    let running = serve_with(simple(), |config, _| config.limits.head_timeout_ms = 400);
    let body = request();
    let one = asked("POST", INFER, &["host: localhost"], &body);
    let n_head = one.len() - body.len();
    let ask = |number: u64| {
        let mut stream = connect(&running);
        let connected = std::time::Instant::now();
        let wait_for = |end: Duration| std::thread::sleep(end.saturating_sub(connected.elapsed()));
        stream.write_all(&one.as_bytes()[..n_head - 2]).unwrap();
        wait_for(patience - Duration::from_millis(8));
        stream.write_all(b"\r\n").unwrap();
        // around the moment when a head would be late
        wait_for(patience + Duration::from_micros(20 * number));
        let _ = stream.write_all(body.as_bytes());
        std::thread::sleep(Duration::from_millis(60));
        // as long, and nothing that could be answered with 200
        let _ = stream.write_all(&vec![b'x'; body.len()]);
        let mut answer = [0; 12];
        let is_answered = stream.read_exact(&mut answer).is_ok();
        is_answered.then(|| String::from_utf8_lossy(&answer).into_owned())
    };
    let mut answers: Vec<Option<String>> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..N_CALLERS)
            .map(|number| scope.spawn(move || ask(number)))
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    answers.sort();
    answers.dedup();
    // a head that did come late is cut off
    answers.retain(Option::is_some);
    assert_eq!(answers, [Some("HTTP/1.1 200".to_owned())]);
}
