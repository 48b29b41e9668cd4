//! A server for one test and the plainest HTTP client.

use bundle::Bundle;
use serde_json::Value;
use serve::{Config, LogMode, Model, Server};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use tempfile::TempDir;

pub const NOW: i64 = 1_700_000_000_000_000;

/// A running server and the folder of its bundles and log.
pub struct Running {
    pub server: Server,
    pub folder: TempDir,
    pub bundle: Bundle,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Serves `bundle` as model `churn`, version `3`.
pub fn serve(bundle: Bundle) -> Running {
    serve_with(bundle, |_, _| {})
}

pub fn serve_with(bundle: Bundle, change: impl FnOnce(&mut Config, &TempDir)) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bundle");
    bundle.save(&path).unwrap();
    let model = Model {
        name: "churn".into(),
        version: "3".into(),
        path,
        ..Model::default()
    };
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), vec![model]);
    config.n_threads = 2;
    change(&mut config, &folder);
    Running {
        server: serve::start(config, Arc::new(|| NOW)).unwrap(),
        folder,
        bundle,
    }
}

/// Adds a log in the folder `log`.
pub fn with_log(mode: LogMode) -> impl FnOnce(&mut Config, &TempDir) {
    move |config, folder| config.log = Some((folder.path().join("log"), mode))
}

impl Running {
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        send(self.server.address(), method, path, headers, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(
            "POST",
            path,
            &[("content-type", "application/json")],
            body.to_string().as_bytes(),
        )
    }

    pub fn text(&self, path: &str, body: &str) -> Answer {
        self.send(
            "POST",
            path,
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }
}

pub fn send(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(&head(method, path, headers, body.len()))
        .unwrap();
    // A server that has refused already may not read on.
    let _ = stream.write_all(body);
    read(stream)
}

pub fn head(method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    (head + "\r\n").into_bytes()
}

pub fn read(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Answer {
        status,
        headers: headers.collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The JSON, if the status is 200.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The sentence of a refusal with this status, of whichever protocol.
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let json = self.json();
        ["error", "message"]
            .iter()
            .find_map(|key| json[*key].as_str())
            .unwrap_or_else(|| panic!("{json}"))
            .to_owned()
    }
}

/// Whether `tried` takes no longer than `usual` does at the same time on the same machine: the medians of both, asked in turn.
pub fn costs_nothing(n: usize, usual: impl Fn(), tried: impl Fn()) -> bool {
    let timed = |ask: &dyn Fn()| {
        let begin = std::time::Instant::now();
        ask();
        begin.elapsed()
    };
    let (mut before, mut now): (Vec<_>, Vec<_>) = (0..n).map(|_| (timed(&usual), timed(&tried))).unzip();
    before.sort();
    now.sort();
    now[n / 2] < 3 * before[n / 2]
}
