//! Serves one bundle as model `churn` until it is interrupted: `serve_bundle PATH PORT [LOG_FOLDER sampled|audit]`.
#![allow(clippy::print_stderr)]

use serve::{Config, LogMode, Model};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, port, log) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [path, port] => (path, port, None),
        [path, port, folder, "sampled"] => (path, port, Some((folder.into(), LogMode::Sampled))),
        [path, port, folder, "audit"] => (path, port, Some((folder.into(), LogMode::Audit))),
        _ => return Err("usage: serve_bundle PATH PORT [LOG_FOLDER sampled|audit]".into()),
    };
    let model = Model {
        name: "churn".into(),
        version: "1".into(),
        path: path.into(),
        ..Model::default()
    };
    let mut config = Config::new(([127, 0, 0, 1], port.parse()?).into(), vec![model]);
    config.log = log;
    let clock = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros() as i64)
    };
    let server = serve::start(config, Arc::new(clock))?;
    server.hear_signals()?;
    eprintln!("listening on http://{}", server.address());
    Ok(server.wait()?)
}
