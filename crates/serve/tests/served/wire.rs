//! How requests come over the wire, and how connections end.

use crate::client::{self, Running, serve, serve_with, with_log};
use crate::forms;
use crate::sample::{self, Columns};
use serve::LogMode;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const INFER: &str = "/v2/models/churn/infer";

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

/// One whole answer of a connection that goes on, without its date.
fn next_answer(stream: &mut TcpStream) -> String {
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
    let date = head.lines().find(|line| line.starts_with("date: ")).unwrap();
    head.replace(date, "") + std::str::from_utf8(&body).unwrap()
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
    let at_once = next_answer(&mut stream);
    assert!(at_once.starts_with("HTTP/1.1 200 OK\r\n"), "{at_once}");
    // in two parts, as many clients send it
    let (head, rest) = one.as_bytes().split_at(one.len() - body.len());
    stream.write_all(head).unwrap();
    stream.write_all(rest).unwrap();
    assert_eq!(next_answer(&mut stream), at_once);
    for byte in one.as_bytes() {
        stream.write_all(&[*byte]).unwrap();
    }
    assert_eq!(next_answer(&mut stream), at_once);
    // a body that takes its time
    let (begin, end) = one.as_bytes().split_at(one.len() - 5);
    stream.write_all(begin).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(end).unwrap();
    assert_eq!(next_answer(&mut stream), at_once);
    // several in one go
    let (begin, end) = one.split_at(20);
    stream.write_all((one.clone() + &one + begin).as_bytes()).unwrap();
    assert_eq!(next_answer(&mut stream), at_once);
    assert_eq!(next_answer(&mut stream), at_once);
    stream.write_all(end.as_bytes()).unwrap();
    assert_eq!(next_answer(&mut stream), at_once);
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
    assert!(next_answer(&mut stream).starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn connections_end_with_the_service() {
    let running = serve_with(simple(), with_log(LogMode::Audit));
    let headers = ["host: localhost"];
    let mut idle = connect(&running);
    let mut begun = connect(&running);
    idle.write_all(asked("GET", "/ping", &headers, "").as_bytes())
        .unwrap();
    assert!(next_answer(&mut idle).starts_with("HTTP/1.1 200 OK"));
    let body = request();
    let one = asked("POST", INFER, &headers, &body);
    begun.write_all(&one.as_bytes()[..one.len() - 1]).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let stopping = std::thread::spawn(move || running.server.stop().unwrap());
    let mut rest = Vec::new();
    assert_eq!(idle.read_to_end(&mut rest).unwrap(), 0);
    // what was begun is answered
    begun.write_all(&one.as_bytes()[one.len() - 1..]).unwrap();
    let answer = client::read(begun);
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    stopping.join().unwrap();
}
