//! Doors for who means ill: requests go the whole way from head to answer without a socket, and files of keys are read from
//! bytes. `conformance/fuzz` knocks here; nothing else should.

use crate::ServeError;
use crate::app::App;
use crate::call;
use crate::config::{Config, Jwt};
use crate::guard;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, Version};
use bytes::Bytes;
use std::pin::pin;
use std::sync::Arc;
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
