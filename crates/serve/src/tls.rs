//! TLS: certificates read from files, and read again when the files change.

use crate::config::Tls;
use crate::{ServeError, error::TlsFault};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// The largest file of certificates, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The certificates that are shown now, and what became of those that should have followed.
#[derive(Debug)]
pub(crate) struct Certificates {
    files: Tls,
    current: RwLock<Arc<ServerConfig>>,
    /// The hash of what was read last, sound or not.
    seen: Mutex<blake3::Hash>,
    pub(crate) counts: Counts,
}

/// What happened to certificates and handshakes.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) read_again: AtomicU64,
    pub(crate) failed_reads: AtomicU64,
    /// Whether the files hold something else than what is shown, because it is not sound.
    pub(crate) is_stale: AtomicBool,
    pub(crate) failed_handshakes: AtomicU64,
}

/// The files as they were read at one time.
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Certificates {
    /// Reads the files for the first time.
    pub(crate) fn read(files: &Tls) -> Result<Certificates, ServeError> {
        let contents = Contents::read(files)?;
        Ok(Certificates {
            current: RwLock::new(Arc::new(contents.config(files)?)),
            seen: Mutex::new(contents.hash()),
            files: files.clone(),
            counts: Counts::default(),
        })
    }

    /// What new connections are shown.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the files again; if they hold something new that is not sound, what was shown is shown on. `None` if they hold
    /// what they held before.
    pub(crate) fn refresh(&self) -> Option<Result<(), ServeError>> {
        let contents = Contents::read(&self.files);
        let hash = contents.as_ref().map_or(blake3::hash(b""), Contents::hash);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == hash {
            return None;
        }
        *seen = hash;
        let config = contents.and_then(|contents| contents.config(&self.files));
        self.counts.is_stale.store(config.is_err(), Relaxed);
        let count = match &config {
            Ok(_) => &self.counts.read_again,
            Err(_) => &self.counts.failed_reads,
        };
        count.fetch_add(1, Relaxed);
        Some(config.map(|config| {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        }))
    }
}

impl Contents {
    fn read(files: &Tls) -> Result<Contents, ServeError> {
        Ok(Contents {
            certificate: file(&files.certificate)?,
            key: file(&files.key)?,
            client_ca: files.client_ca.as_deref().map(file).transpose()?,
        })
    }

    fn hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for part in [
            &self.certificate,
            &self.key,
            self.client_ca.as_ref().unwrap_or(&Vec::new()),
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        hasher.finalize()
    }

    fn config(&self, files: &Tls) -> Result<ServerConfig, ServeError> {
        let chain = certificates(&files.certificate, &self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| {
            let expected = "a private key in PEM that no password protects";
            fault(&files.key, TlsFault::Nothing { expected })
        })?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|source| fault(&files.certificate, TlsFault::Rustls(source)))?;
        let builder = match (&files.client_ca, &self.client_ca) {
            (Some(path), Some(contents)) => {
                let mut roots = RootCertStore::empty();
                for root in certificates(path, contents)? {
                    let added = roots.add(root);
                    added.map_err(|source| fault(path, TlsFault::Rustls(source)))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = verifier.build();
                builder.with_client_cert_verifier(verifier.map_err(|_| {
                    let expected = "certificates of those who sign for clients";
                    fault(path, TlsFault::Nothing { expected })
                })?)
            }
            _ => builder.with_no_client_auth(),
        };
        // This compares the key with the first certificate.
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|source| fault(&files.certificate, TlsFault::Rustls(source)))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn certificates(path: &Path, contents: &[u8]) -> Result<Vec<CertificateDer<'static>>, ServeError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(contents).collect();
    let found = read.unwrap_or_default();
    if found.is_empty() {
        let expected = "certificates in PEM, the server's own first";
        return Err(fault(path, TlsFault::Nothing { expected }));
    }
    Ok(found)
}

fn file(path: &Path) -> Result<Vec<u8>, ServeError> {
    let failed = |source| fault(path, TlsFault::Read(source));
    let mut contents = Vec::new();
    let opened = std::fs::File::open(path).map_err(failed)?;
    opened
        .take(MAX_FILE + 1)
        .read_to_end(&mut contents)
        .map_err(failed)?;
    match contents.len() as u64 <= MAX_FILE {
        true => Ok(contents),
        false => Err(fault(
            path,
            TlsFault::TooLarge {
                limit_bytes: MAX_FILE,
            },
        )),
    }
}

fn fault(path: &Path, fault: TlsFault) -> ServeError {
    ServeError::Tls {
        file: path.to_owned(),
        fault,
    }
}
