//! Refusals to start or stop; refusals of requests are answers, see `refusal.rs`.

use crate::models::NotLoaded;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A refusal by the serve crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Nothing to serve.
    #[error("found no model to serve, expected at least 1")]
    NoModels,
    /// A platform did not say where its model lies.
    #[error(
        "no model in the container of {platform}: found `{variable}` empty or not set, expected a folder or address that holds one file `*.bundle`; hint: SPANWISE_BUNDLE names a bundle that the image carries"
    )]
    NoContainerModel {
        /// Whose container it is.
        platform: &'static str,
        /// The variable that it sets.
        variable: &'static str,
    },
    /// A name and version twice.
    #[error("version `{version}` of model `{name}` is listed twice")]
    SameModel {
        /// The model.
        name: String,
        /// Its version.
        version: String,
    },
    /// Anybody on the network could ask.
    #[error(
        "`{address}` can be reached by others, expected at least one key; hint: set SPANWISE_API_KEYS, name a keys file, or listen on 127.0.0.1"
    )]
    NoKeys {
        /// Where to listen.
        address: SocketAddr,
    },
    /// A version cannot have its role.
    #[error("version `{version}` of model `{name}`: found {found}, expected {expected}")]
    Role {
        /// The model.
        name: String,
        /// Its version.
        version: String,
        /// What was found.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// A limit of nothing.
    #[error("limit `{option}` is 0, expected at least 1")]
    Limit {
        /// The limit.
        option: &'static str,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`: {source}{}", taken(source))]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A variable of the environment that a platform sets is not what it must be.
    #[error("environment variable `{name}`: found `{found}`, expected {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// Its value.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// A folder does not hold the one bundle that is to be served.
    #[error("bundles in `{}`: found {found}, expected one file `*.bundle`; hint: SPANWISE_BUNDLE names another place", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What is in it.
        found: String,
    },
    /// A folder of bundles cannot be listed.
    #[error("cannot list the bundles in `{}`: {source}", folder.display())]
    Models {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A bundle is not sound.
    #[error("cannot serve model `{name}`: {source}")]
    Bundle {
        /// The model.
        name: String,
        /// What is wrong with it.
        source: bundle::BundleError,
    },
    /// A bundle takes more memory than all of them may.
    #[error(
        "model `{name}` needs about {needed_bytes} bytes of memory, expected at most {limit_bytes}; hint: raise `memory`"
    )]
    NoRoom {
        /// The model.
        name: String,
        /// What it takes.
        needed_bytes: u64,
        /// What all may take.
        limit_bytes: u64,
    },
    /// A file of TLS cannot be used.
    #[error("cannot use `{}` for TLS: {fault}", file.display())]
    Tls {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        fault: TlsFault,
    },
    /// A file of keys cannot be used.
    #[error("cannot use `{}`: found {found}, expected {expected}", file.display())]
    Keys {
        /// The file.
        file: PathBuf,
        /// What is in it.
        found: String,
        /// What must be in it.
        expected: &'static str,
    },
    /// The prediction log cannot be written.
    #[error("cannot write the prediction log in `{}`: {source}", folder.display())]
    Log {
        /// Its folder.
        folder: PathBuf,
        /// What went wrong.
        source: table::TableError,
    },
    /// A share of requests that cannot be logged.
    #[error("the share of requests that is logged: found {found}, expected {expected}")]
    Sample {
        /// The share.
        found: f64,
        /// What would do.
        expected: &'static str,
    },
    /// A column to mask that a model has not got.
    #[error(
        "`mask`: no {wanted}; found {known}{hint} (`column` is masked in every model, `model:column` in one)"
    )]
    Mask {
        /// The column and its model, or the model.
        wanted: String,
        /// Those that there are.
        known: String,
        /// The nearest of them.
        hint: String,
    },
    /// An audit log cannot be used.
    #[error("cannot use `{}` as an audit log: found {found}, expected {expected}", file.display())]
    Audit {
        /// The file.
        file: PathBuf,
        /// What was found.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// Traces and logs are to go to what is no address.
    #[error("cannot send traces and logs to `{found}`, expected an address such as http://127.0.0.1:4318")]
    Otlp {
        /// The address.
        found: String,
    },
    /// The access log is to go to the standard output of a program that has none.
    #[error("the access log is `-`, and nobody takes its lines; expected a file")]
    NoTaker,
    /// The access log cannot be written.
    #[error("cannot write the access log `{}`: {source}", file.display())]
    AccessLog {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A thread or a signal could not be had from the operating system.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Our bug.
    #[error("the server ended unexpectedly; please report it")]
    Ended,
}

impl ServeError {
    pub(crate) fn of(name: String, fault: NotLoaded) -> ServeError {
        match fault {
            NotLoaded::Bundle(source) => ServeError::Bundle { name, source },
            NotLoaded::NoRoom {
                needed_bytes,
                limit_bytes,
            } => ServeError::NoRoom {
                name,
                needed_bytes,
                limit_bytes,
            },
        }
    }
}

/// What is wrong with a file of TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFault {
    /// It cannot be read.
    #[error("{0}")]
    Read(std::io::Error),
    /// It is larger than any file of certificates.
    #[error("found more than {limit_bytes} bytes")]
    TooLarge {
        /// How large it may be.
        limit_bytes: u64,
    },
    /// It holds none of what it must hold.
    #[error("found nothing of the kind, expected {expected}")]
    Nothing {
        /// What must be in it.
        expected: &'static str,
    },
    /// It holds something that TLS cannot use: a certificate and a key that are not each other's, for example.
    #[error("{0}")]
    Rustls(tokio_rustls::rustls::Error),
}

fn taken(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => "; hint: another program listens there, choose another port",
        _ => "",
    }
}
