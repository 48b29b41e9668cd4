//! The Open Inference Protocol over gRPC, with health checks and reflection: HTTP/2 on the address of everything else.
//!
//! The messages are those of `proto/`, which reflection tells. A request for scores goes the way of one over HTTP
//! ([`UnderWay`]); any other is the [`Route`] that it would be there. Messages are framed and read here and not by
//! tonic, which decompresses without a limit and builds a message whole before anybody may look at it.

mod answer;
mod describe;
mod frame;
mod health;
mod infer;
mod messages;
mod reflection;
mod refusal;
mod stream;
pub(super) mod typed;
mod wire;

pub(in crate::protocol) use infer::infer;
pub(in crate::protocol) use refusal::refused;

use crate::app::App;
use crate::call::{Reply, UnderWay};
use crate::guard::Caller;
use crate::listener::{Awaited, Holder};
use crate::marks::echoed;
use crate::protocol::code;
use crate::refusal::{Refusal, clip};
use crate::route::{Protocol, Route, Scoring};
use crate::telling::{Requested, Visit, address_of};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Version, header};
use axum::response::Response;
use bytes::Bytes;
use frame::Messages;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The content type of answers.
const CONTENT_TYPE: &str = "application/grpc";
/// The largest message that brings no rows, in bytes.
const MAX_SMALL: usize = 64 << 10;
/// How often a stream that waits for its caller looks whether the server stops.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    ServerLive,
    ServerReady,
    ModelReady,
    ServerMetadata,
    ModelMetadata,
    ModelInfer,
    ModelStreamInfer,
    ModelConfig,
    ModelStatistics,
    RepositoryIndex,
    RepositoryModelLoad,
    RepositoryModelUnload,
    HealthCheck,
    HealthWatch,
    Reflection,
}

impl Method {
    /// The method of a path.
    fn of(path: &str) -> Result<Method, Refusal> {
        let nowhere = || Refusal::NoRoute { path: clip(path) };
        let (service, method) = path
            .strip_prefix('/')
            .and_then(|path| path.split_once('/'))
            .ok_or_else(nowhere)?;
        Ok(match (service, method) {
            (health::INFERENCE, method) => match method {
                "ServerLive" => Method::ServerLive,
                "ServerReady" => Method::ServerReady,
                "ModelReady" => Method::ModelReady,
                "ServerMetadata" => Method::ServerMetadata,
                "ModelMetadata" => Method::ModelMetadata,
                "ModelInfer" => Method::ModelInfer,
                "ModelStreamInfer" => Method::ModelStreamInfer,
                "ModelConfig" => Method::ModelConfig,
                "ModelStatistics" => Method::ModelStatistics,
                "RepositoryIndex" => Method::RepositoryIndex,
                "RepositoryModelLoad" => Method::RepositoryModelLoad,
                "RepositoryModelUnload" => Method::RepositoryModelUnload,
                _ => return Err(nowhere()),
            },
            ("grpc.health.v1.Health", "Check") => Method::HealthCheck,
            ("grpc.health.v1.Health", "Watch") => Method::HealthWatch,
            (
                "grpc.reflection.v1.ServerReflection" | "grpc.reflection.v1alpha.ServerReflection",
                "ServerReflectionInfo",
            ) => Method::Reflection,
            _ => return Err(nowhere()),
        })
    }

    /// Its path.
    fn path(self) -> &'static str {
        match self {
            Method::ServerLive => "/inference.GRPCInferenceService/ServerLive",
            Method::ServerReady => "/inference.GRPCInferenceService/ServerReady",
            Method::ModelReady => "/inference.GRPCInferenceService/ModelReady",
            Method::ServerMetadata => "/inference.GRPCInferenceService/ServerMetadata",
            Method::ModelMetadata => "/inference.GRPCInferenceService/ModelMetadata",
            Method::ModelInfer => "/inference.GRPCInferenceService/ModelInfer",
            Method::ModelStreamInfer => "/inference.GRPCInferenceService/ModelStreamInfer",
            Method::ModelConfig => "/inference.GRPCInferenceService/ModelConfig",
            Method::ModelStatistics => "/inference.GRPCInferenceService/ModelStatistics",
            Method::RepositoryIndex => "/inference.GRPCInferenceService/RepositoryIndex",
            Method::RepositoryModelLoad => "/inference.GRPCInferenceService/RepositoryModelLoad",
            Method::RepositoryModelUnload => "/inference.GRPCInferenceService/RepositoryModelUnload",
            Method::HealthCheck => "/grpc.health.v1.Health/Check",
            Method::HealthWatch => "/grpc.health.v1.Health/Watch",
            Method::Reflection => "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        }
    }

    /// Whether its messages are a conversation.
    fn is_stream(self) -> bool {
        // a watch asks once
        matches!(self, Method::ModelStreamInfer | Method::Reflection)
    }

    /// Whether somebody without a key may call it, if the message asks for no more than a probe does.
    fn may_be_probe(self) -> bool {
        matches!(
            self,
            Method::ServerLive | Method::ServerReady | Method::HealthCheck | Method::HealthWatch
        )
    }
}

/// Whether the request is a call over gRPC.
pub(crate) fn is_spoken(request: &Request) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let ending = content_type.and_then(|value| value.as_bytes().strip_prefix(CONTENT_TYPE.as_bytes()));
    request.version() == Version::HTTP_2 && matches!(ending, Some(b"" | b"+proto"))
}

/// Answers any call.
pub(crate) async fn handle(app: Arc<App>, visit: Option<&Visit>, request: Request) -> Response {
    let echoed = echoed(request.headers());
    let from = address_of(request.extensions());
    let refuse = |app: &App, refusal: &Refusal| {
        app.teller.refused(refusal, from);
        if let Some(visit) = visit {
            // counted as it would be over HTTP, where the status says it
            visit.end(code(Protocol::Grpc, refusal));
        }
        refused(refusal)
    };
    let mut response = match enter(&app, &request) {
        Ok((method, caller)) => {
            if let Some(visit) = visit {
                visit.know(&caller, method.path());
                visit.end(200);
            }
            let answer = answered(Arc::clone(&app), method, caller, request).await;
            answer.unwrap_or_else(|refusal| refuse(&app, &refusal))
        }
        Err(refusal) => {
            app.refused_at_door.fetch_add(1, Relaxed);
            refuse(&app, &refusal)
        }
    };
    if let Some(visit) = visit {
        visit.leave(&mut response);
    }
    response.headers_mut().extend(echoed);
    response
}

fn enter(app: &App, request: &Request) -> Result<(Method, Caller), Refusal> {
    app.guard.check_source(request.headers(), request.uri())?;
    let method = Method::of(request.uri().path())?;
    let caller = app.guard.caller(request.headers(), || (app.clock)());
    if !method.may_be_probe() {
        // before any body is read
        caller.check_known()?;
    }
    Ok((method, caller))
}

async fn answered(
    app: Arc<App>,
    method: Method,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    // Messages are compressed one by one; these would speak of the stream, which is not.
    parts.headers.remove(header::ACCEPT_ENCODING);
    parts.headers.remove(header::CONTENT_ENCODING);
    let limit_bytes = match method {
        Method::ModelInfer | Method::ModelStreamInfer => app.limits.max_body_bytes,
        _ => MAX_SMALL,
    };
    if let (true, Some(awaited)) = (method.is_stream(), parts.extensions.get::<Arc<Awaited>>()) {
        awaited.is_a_stream();
    }
    let messages = Messages::new(&parts.headers, body, limit_bytes);
    let answer = match method {
        Method::ModelInfer => score(&app, &caller, parts, messages)
            .await
            .map(|reply| answer::one(reply.body)),
        Method::ModelStreamInfer => Ok(stream::start(app, caller.clone(), parts, messages)),
        Method::HealthWatch => health::watch(app, caller.clone(), messages).await,
        Method::Reflection => Ok(reflection::start(app, messages)),
        _ => {
            let requested = Requested::of(&parts.headers, &parts.extensions);
            let answer = small(&app, method, &caller, &requested, messages).await;
            answer.map(answer::one)
        }
    };
    answer.map_err(|refusal| caller.hushed(refusal))
}

/// Answers a call that brings no rows.
async fn small(
    app: &Arc<App>,
    method: Method,
    caller: &Caller,
    requested: &Requested,
    messages: Messages,
) -> Result<Vec<u8>, Refusal> {
    let message = in_time(app, messages.only()).await?;
    match method {
        Method::HealthCheck => health::check(app, caller, message),
        _ => describe::answer(app, method, caller, requested, message).await,
    }
}

async fn in_time<T>(app: &App, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    let limit_ms = app.limits.timeout_ms;
    tokio::time::timeout(Duration::from_millis(limit_ms), work)
        .await
        .unwrap_or(Err(Refusal::Timeout { limit_ms }))
}

/// Resolves when the server is to stop.
async fn stopping(app: &App) {
    while !app.is_stopping.load(Relaxed) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Answers a call for scores.
async fn score(app: &Arc<App>, caller: &Caller, parts: Parts, messages: Messages) -> Result<Reply, Refusal> {
    let holder = Holder::of(None, &parts.extensions);
    let under_way = UnderWay::begin(app, Scoring::ModelInfer, holder).await;
    let read = async {
        under_way.check()?;
        under_way.in_time(messages.only()).await
    };
    match read.await {
        Ok(message) => score_message(under_way, caller, parts, message).await,
        Err(refusal) => Err(under_way.refuse(refusal)),
    }
}

/// Scores what one message asks for.
async fn score_message(
    under_way: UnderWay<'_>,
    caller: &Caller,
    parts: Parts,
    message: Bytes,
) -> Result<Reply, Refusal> {
    let asked = infer::asked(&message).and_then(|(model, version)| {
        caller.check(&Route::Score {
            scoring: Scoring::ModelInfer,
            model: Some(model.clone()),
            version: version.clone(),
        })?;
        Ok((model, version))
    });
    match asked {
        Ok((model, version)) => {
            let request = Box::new(Request::from_parts(parts, message.into()));
            under_way.score(Some(model), version, request).await
        }
        Err(refusal) => Err(under_way.refuse(refusal)),
    }
}

/// The content type as a header.
fn content_type() -> HeaderValue {
    HeaderValue::from_static(CONTENT_TYPE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_lead_to_methods() {
        assert_eq!(
            Method::of("/inference.GRPCInferenceService/ModelInfer").unwrap(),
            Method::ModelInfer
        );
        assert_eq!(
            Method::of("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").unwrap(),
            Method::Reflection
        );
        for path in [
            "/inference.GRPCInferenceService/TraceSetting",
            "/inference.GRPCInferenceService",
            "/ModelInfer",
            "",
            "/grpc.health.v1.Health/ModelInfer",
        ] {
            assert!(matches!(Method::of(path), Err(Refusal::NoRoute { .. })), "{path}");
        }
        assert_eq!(
            Method::of(Method::HealthWatch.path()).unwrap(),
            Method::HealthWatch
        );
    }
}
