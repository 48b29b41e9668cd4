//! Posts to a collector: HTTP/1.1 over TCP or TLS, again after a while where that may help.

use super::settings::Settings;
use crate::{ServeError, error::TlsFault};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a batch is tried for: those behind it wait in a bounded queue meanwhile.
const MAX_TRYING: Duration = Duration::from_secs(60);
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const MAX_WAIT: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// The most that is read of an answer: its head is all that counts.
const MAX_ANSWER: u64 = 16 << 10;
/// Where systems keep the certificates that they trust.
const TRUSTED: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Posts to one address.
pub(super) struct Client {
    address: Option<Address>,
    /// The head up to the length, with what may be a secret.
    head: String,
    tls: Option<Arc<ClientConfig>>,
    /// Whether nothing is waited for any more.
    is_over: Arc<AtomicBool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    is_secret: bool,
    host: String,
    port: u16,
    path: String,
}

/// What came of an attempt.
enum Outcome {
    Done,
    /// It may help to try again, after as long as the collector said.
    Later(Option<Duration>),
    /// It would be refused again.
    Never,
}

impl Client {
    /// For `traces` or `logs`.
    ///
    /// # Errors
    /// [`ServeError::Otlp`], [`ServeError::Tls`].
    pub(super) fn new(
        settings: &Settings,
        kind: &str,
        is_over: Arc<AtomicBool>,
    ) -> Result<Client, ServeError> {
        let text = settings.address(kind);
        let address = match text.is_empty() {
            true => None,
            false => Some(Address::of(&text).ok_or_else(|| ServeError::Otlp {
                found: table::clip(&text),
            })?),
        };
        let mut head = String::new();
        if let Some(Address { host, port, path, .. }) = &address {
            let agent = env!("CARGO_PKG_VERSION");
            head = format!(
                "POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\nuser-agent: spanwise/{agent}\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\n"
            );
        }
        let is_plain = |text: &str| !text.contains(['\r', '\n']);
        for (name, value) in settings
            .headers
            .iter()
            .filter(|(name, value)| is_plain(name) && is_plain(value))
        {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let is_secret = address.as_ref().is_some_and(|address| address.is_secret);
        let tls = is_secret
            .then(|| trusting(settings.certificate.as_deref()))
            .transpose()?;
        Ok(Client {
            address,
            head,
            tls,
            is_over,
        })
    }

    /// Delivers a message, or gives up after a while.
    ///
    /// # Errors
    /// Why it was not delivered.
    pub(super) fn send(&self, message: &[u8]) -> io::Result<()> {
        let Some(address) = &self.address else {
            return Ok(());
        };
        let (begin, mut wait) = (Instant::now(), FIRST_WAIT);
        loop {
            let after = match self.post(address, message) {
                Ok(Outcome::Done) => return Ok(()),
                Ok(Outcome::Never) => return Err(io::Error::other("the collector refuses it")),
                Ok(Outcome::Later(after)) => after,
                Err(_) => None,
            };
            let pause = after.unwrap_or(wait).min(MAX_TRYING);
            wait = (wait * 2).min(MAX_WAIT);
            if MAX_TRYING < begin.elapsed() + pause || !self.rest(pause) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    /// Waits; whether there is time for more.
    fn rest(&self, pause: Duration) -> bool {
        let end = Instant::now() + pause;
        while Instant::now() < end {
            if self.is_over.load(Relaxed) {
                return false;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        true
    }

    fn post(&self, address: &Address, message: &[u8]) -> io::Result<Outcome> {
        let patience = match self.is_over.load(Relaxed) {
            true => Duration::from_secs(1),
            false => PATIENCE,
        };
        let stream = connected(address, patience)?;
        match &self.tls {
            None => self.exchange(stream, message, patience),
            Some(config) => {
                let name = ServerName::try_from(address.host.clone()).map_err(io::Error::other)?;
                let session = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                self.exchange(StreamOwned::new(session, stream), message, patience)
            }
        }
    }

    fn exchange(
        &self,
        mut stream: impl Read + Write,
        message: &[u8],
        patience: Duration,
    ) -> io::Result<Outcome> {
        let end = Instant::now() + patience;
        let head = format!("{}content-length: {}\r\n\r\n", self.head, message.len());
        stream.write_all(head.as_bytes())?;
        stream.write_all(message)?;
        stream.flush()?;
        let mut answer = Vec::new();
        let mut piece = [0; 1024];
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
            // A collector that drips its answer has no more time than one that is silent.
            if end < Instant::now() || MAX_ANSWER < answer.len() as u64 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match stream.read(&mut piece)? {
                0 => break,
                n => answer.extend(&piece[..n]),
            }
        }
        Ok(outcome(&String::from_utf8_lossy(&answer)))
    }
}

/// What the head of an answer says; of one that is none, that trying again may help.
fn outcome(head: &str) -> Outcome {
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.get(2..5)?.parse::<u16>().ok());
    let after = || {
        let value = lines.clone().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("retry-after")
                .then(|| value.trim().to_owned())
        });
        value
            .and_then(|value| value.parse().ok())
            .map(Duration::from_secs)
    };
    match status {
        Some(200..=299) => Outcome::Done,
        Some(429 | 502 | 503 | 504) => Outcome::Later(after()),
        None => Outcome::Later(None),
        Some(_) => Outcome::Never,
    }
}

fn connected(address: &Address, patience: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, patience) {
            Ok(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Address {
    fn of(text: &str) -> Option<Address> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let is_secret = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        let is_sound = |part: &str| !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, if is_secret { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_sound = !host.is_empty() && is_sound(host) && is_sound(path);
        is_sound.then(|| Address {
            is_secret,
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        })
    }
}

/// Trusts those whose certificates a file holds, or those that the system trusts.
fn trusting(file: Option<&Path>) -> Result<Arc<ClientConfig>, ServeError> {
    let of_system = || {
        let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        named
            .into_iter()
            .chain(TRUSTED.map(PathBuf::from))
            .find(|path| path.is_file())
    };
    let path = file
        .map(Path::to_owned)
        .or_else(of_system)
        .unwrap_or_else(|| TRUSTED[0].into());
    let fail = |fault| ServeError::Tls {
        file: path.clone(),
        fault,
    };
    let contents = std::fs::read(&path).map_err(|source| fail(TlsFault::Read(source)))?;
    let mut roots = RootCertStore::empty();
    let found = CertificateDer::pem_slice_iter(&contents).filter_map(Result::ok);
    let (n_added, _) = roots.add_parsable_certificates(found);
    if n_added == 0 {
        let expected = "certificates of those who sign for collectors";
        return Err(fail(TlsFault::Nothing { expected }));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|source| fail(TlsFault::Rustls(source)))?;
    Ok(Arc::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_have_a_scheme_a_host_and_perhaps_a_port() {
        let of =
            |text: &str| Address::of(text).map(|found| (found.is_secret, found.host, found.port, found.path));
        assert_eq!(
            of("http://c:4318/v1/traces"),
            Some((false, "c".into(), 4318, "/v1/traces".into()))
        );
        assert_eq!(
            of("https://c.example/x"),
            Some((true, "c.example".into(), 443, "/x".into()))
        );
        assert_eq!(
            of("http://[::1]:4318/a"),
            Some((false, "::1".into(), 4318, "/a".into()))
        );
        for wrong in [
            "c:4318",
            "grpc://c:1",
            "http://",
            "http://c:port/",
            "http://a:1/x y",
            "http://u:p@c/",
            "",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn answers_say_whether_to_try_again() {
        let waits = |head: &str| match outcome(head) {
            Outcome::Later(after) => Some(after.map(|after| after.as_secs())),
            _ => None,
        };
        assert!(matches!(outcome("HTTP/1.1 200 OK\r\n\r\n"), Outcome::Done));
        assert!(matches!(outcome("HTTP/1.1 400 Bad\r\n\r\n"), Outcome::Never));
        assert_eq!(
            waits("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n\r\n"),
            Some(Some(7))
        );
        assert_eq!(waits("HTTP/1.1 503 No\r\n\r\n"), Some(None));
        assert_eq!(waits("garbage"), Some(None));
        assert_eq!(waits(""), Some(None));
    }
}
