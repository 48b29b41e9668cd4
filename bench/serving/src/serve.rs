//! What `spanwise serve FILE` runs, without the rest of the program: `cargo build --profile dist` of it takes minutes.
//!
//! `bench-serve FILE PORT [LOG_FOLDER] [--audit] [--share SHARE] [--keys FILE] [--certificate FILE --key FILE]`

use serve::{Config, LogMode, Model, Role, Tls};
use std::path::PathBuf;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (mut plain, mut mode, mut share, mut keys, mut certificate, mut key) =
        (Vec::new(), LogMode::Sampled, None, None, None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--audit" => mode = LogMode::Audit,
            "--share" => share = words.next(),
            "--keys" => keys = words.next(),
            "--certificate" => certificate = words.next(),
            "--key" => key = words.next(),
            _ => plain.push(word),
        }
    }
    let [file, port, rest @ ..] = plain.as_slice() else {
        return Err("expected FILE PORT [LOG_FOLDER]".into());
    };
    let model = Model {
        name: "m".to_owned(),
        version: "1".to_owned(),
        path: PathBuf::from(file),
        private: Vec::new(),
        role: Role::Listed,
    };
    let mut config = Config::new(format!("127.0.0.1:{port}").parse()?, vec![model]);
    config.log = rest.first().map(|folder| (PathBuf::from(folder), mode));
    if let Some(share) = share {
        config.logging.share = share.parse()?;
    }
    config.keys_file = keys.map(PathBuf::from);
    config.tls = certificate.zip(key).map(|(certificate, key)| Tls {
        certificate: PathBuf::from(certificate),
        key: PathBuf::from(key),
        client_ca: None,
    });
    let server = serve::start(config, Arc::new(now))?;
    server.hear_signals()?;
    server.wait()?;
    Ok(())
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as i64)
}
