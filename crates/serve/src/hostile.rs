//! Doors for who means ill: requests go the whole way from head to answer without a socket, and files of keys are read from
//! bytes. `conformance/fuzz` knocks here; nothing else should.

use crate::ServeError;
use crate::app::App;
use crate::call::{self, INLINE_BYTES};
use crate::config::{Config, Jwt};
use crate::guard;
use crate::plain::{Came, take};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, Version};
use bytes::{Bytes, BytesMut};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

/// A server that listens nowhere.
#[derive(Debug)]
pub struct Door {
    app: Arc<App>,
    runtime: Runtime,
}

/// A request as it stands after HTTP was read.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// The method.
    pub method: &'a str,
    /// The path and what stands behind it.
    pub target: &'a str,
    /// Names and values.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body.
    pub body: &'a [u8],
    /// Whether the request comes over HTTP/2, as gRPC does.
    pub is_http2: bool,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The status of HTTP.
    pub status: u16,
    /// The status of gRPC, from head or tail.
    pub grpc_status: Option<String>,
    /// The sentence beside it.
    pub grpc_message: Option<String>,
    /// The type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A request as one reader of HTTP reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The method.
    pub method: String,
    /// The path and what stands behind it.
    pub target: String,
    /// Names and values in their order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection ends with the answer.
    pub is_last: bool,
}

impl Reading {
    fn of(request: &Request<Bytes>, is_last: bool) -> Reading {
        let headers = request.headers().iter();
        Reading {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
            body: request.body().to_vec(),
            is_last,
        }
    }
}

/// What is read without hyper from bytes of a connection, if anything is, and what hyper reads from the same.
pub fn readings(bytes: &[u8]) -> Option<(Reading, Option<Reading>)> {
    let mut came = BytesMut::from(bytes);
    let before = came.clone();
    let Came::Whole(request, is_last) = take(&mut came, INLINE_BYTES) else {
        assert_eq!(came, before, "bytes that are another's to read");
        return None;
    };
    assert!(came.is_empty(), "a part of what was taken");
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    Some((
        Reading::of(&request, is_last),
        runtime.block_on(reading_of_hyper(bytes)),
    ))
}

async fn reading_of_hyper(bytes: &[u8]) -> Option<Reading> {
    let (mut caller, service) = tokio::io::duplex(bytes.len().max(64 << 10));
    caller.write_all(bytes).await.ok()?;
    let read = Mutex::new(None);
    let answer = service_fn(async |request: Request<hyper::body::Incoming>| {
        let (head, body) = request.into_parts();
        let (body, _) = whole(Body::new(body)).await;
        let request = Request::from_parts(head, Bytes::from(body));
        if let Ok(mut read) = read.lock() {
            read.get_or_insert(Reading::of(&request, false));
        }
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(service), answer);
    let mut connection = pin!(connection);
    // All is there: what is not read by now is waited for.
    for _ in 0..16 {
        let _ = futures::poll!(connection.as_mut());
    }
    let mut answer = vec![0; 1 << 10];
    let answered = futures::poll!(pin!(caller.read(&mut answer)));
    let says_last = |line: &[u8]| line.eq_ignore_ascii_case(b"connection: close\r");
    let mut read = read.lock().ok()?.take()?;
    read.is_last = answered.is_ready() && answer.split(|byte| *byte == b'\n').any(says_last);
    Some(read)
}

impl Door {
    /// As [`crate::start`], without threads that listen and without an environment; it is always `now_micros`.
    ///
    /// # Errors
    /// As [`crate::start`].
    pub fn new(config: Config, now_micros: i64) -> Result<Door, ServeError> {
        let config = config.resolved(&|_| None)?;
        let app = Arc::new(App::new(&config, Arc::new(move || now_micros))?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = runtime.map_err(|source| ServeError::System {
            action: "start threads",
            source,
        })?;
        Ok(Door { app, runtime })
    }

    /// Answers one request; `None` for one that HTTP itself does not let through.
    pub fn answer(&self, knock: &Knock<'_>) -> Option<Answered> {
        let version = match knock.is_http2 {
            true => Version::HTTP_2,
            false => Version::HTTP_11,
        };
        let mut request = Request::builder()
            .method(knock.method)
            .uri(knock.target)
            .version(version);
        for (name, value) in knock.headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(Bytes::copy_from_slice(knock.body));
        let request = request.body(body).ok()?;
        let app = Arc::clone(&self.app);
        Some(self.runtime.block_on(async {
            let (head, body) = call::handle(app, None, Box::new(request)).await.into_parts();
            let (body, tail) = whole(body).await;
            let text = |name: &str| {
                let found = head.headers.get(name).or_else(|| tail.get(name));
                found.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            };
            Answered {
                status: head.status.as_u16(),
                grpc_status: text("grpc-status"),
                grpc_message: text("grpc-message"),
                content_type: text("content-type").unwrap_or_default(),
                body,
            }
        }))
    }
}

/// A body to its end or to where it is cut off, and what stands behind it.
async fn whole(body: Body) -> (Vec<u8>, HeaderMap) {
    let (mut body, mut bytes, mut tail) = (pin!(body), Vec::new(), HeaderMap::new());
    while let Some(Ok(frame)) = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await {
        match frame.into_data() {
            Ok(data) => bytes.extend_from_slice(&data),
            Err(frame) => tail.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    (bytes, tail)
}

/// How many keys stand in a keys file.
///
/// # Errors
/// [`ServeError::Keys`].
pub fn keys_in_file(text: &str) -> Result<usize, ServeError> {
    guard::keys_in_file(text)
}

/// How many keys of an issuer stand in a JSON Web Key Set.
///
/// # Errors
/// [`ServeError::Keys`].
pub fn keys_in_set(bytes: &[u8], jwt: &Jwt) -> Result<usize, ServeError> {
    guard::keys_in_set(bytes, jwt)
}
