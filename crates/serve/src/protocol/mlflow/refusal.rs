//! The status and code of every refusal in MLflow's protocol.

use crate::call::Reply;
use crate::refusal::Refusal;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

/// How a refusal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `{"error_code": ..., "message": ...}`.
    Coded(&'static str),
    /// `{"detail": ...}`, as the framework under MLflow answers.
    Detail,
    /// The sentence alone.
    Text,
}

/// The table.
fn form(refusal: &Refusal) -> (StatusCode, Form) {
    const BAD_REQUEST: Form = Form::Coded("BAD_REQUEST");
    const INVALID: Form = Form::Coded("INVALID_PARAMETER_VALUE");
    match refusal {
        Refusal::NoRoute { .. } => (StatusCode::NOT_FOUND, Form::Detail),
        Refusal::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, Form::Detail),
        Refusal::Host { .. } => (StatusCode::MISDIRECTED_REQUEST, Form::Coded("PERMISSION_DENIED")),
        Refusal::NoKey | Refusal::Token { .. } => (StatusCode::UNAUTHORIZED, Form::Coded("UNAUTHENTICATED")),
        Refusal::NotAdmin | Refusal::NotYours { .. } | Refusal::NotAllYours => {
            (StatusCode::FORBIDDEN, Form::Coded("PERMISSION_DENIED"))
        }
        Refusal::AlreadyHeld { .. } => (StatusCode::CONFLICT, Form::Coded("RESOURCE_ALREADY_EXISTS")),
        Refusal::NoRoom { .. } => (
            StatusCode::INSUFFICIENT_STORAGE,
            Form::Coded("RESOURCE_EXHAUSTED"),
        ),
        Refusal::NoBundleAt { .. } => (StatusCode::BAD_REQUEST, INVALID),
        Refusal::Accept { .. } => (StatusCode::NOT_ACCEPTABLE, Form::Text),
        Refusal::NoModel { .. } | Refusal::NoVersion { .. } | Refusal::NotReady { .. } => {
            (StatusCode::NOT_FOUND, Form::Coded("RESOURCE_DOES_NOT_EXIST"))
        }
        Refusal::MediaType { .. } | Refusal::Encoding { .. } => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, Form::Text)
        }
        Refusal::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, BAD_REQUEST),
        Refusal::TooManyRows { .. }
        | Refusal::NoRows
        | Refusal::Malformed { .. }
        | Refusal::Cell { .. }
        | Refusal::Kind { .. }
        | Refusal::Wish { .. } => (StatusCode::BAD_REQUEST, BAD_REQUEST),
        Refusal::NoColumn { .. } | Refusal::NoTensor { .. } | Refusal::Broken { .. } => {
            (StatusCode::BAD_REQUEST, INVALID)
        }
        Refusal::Busy { .. } | Refusal::TooSlow => (
            StatusCode::TOO_MANY_REQUESTS,
            Form::Coded("REQUEST_LIMIT_EXCEEDED"),
        ),
        Refusal::Timeout { .. } => (StatusCode::GATEWAY_TIMEOUT, Form::Coded("DEADLINE_EXCEEDED")),
        Refusal::Stopping | Refusal::NotRecorded => (
            StatusCode::SERVICE_UNAVAILABLE,
            Form::Coded("TEMPORARILY_UNAVAILABLE"),
        ),
        Refusal::NotLoadable { .. } | Refusal::Internal => {
            (StatusCode::INTERNAL_SERVER_ERROR, Form::Coded("INTERNAL_ERROR"))
        }
    }
}

/// The status of a refusal.
pub(in crate::protocol) fn status(refusal: &Refusal) -> StatusCode {
    form(refusal).0
}

/// The answer that a refusal becomes.
pub(in crate::protocol) fn refused(refusal: &Refusal) -> Response {
    let (status, form) = form(refusal);
    let reply = match form {
        Form::Coded(code) => Reply::json(
            json!({ "error_code": code, "message": refusal.to_string() })
                .to_string()
                .into_bytes(),
        ),
        Form::Detail => {
            let reason = status.canonical_reason().unwrap_or_default();
            Reply::json(json!({ "detail": reason }).to_string().into_bytes())
        }
        Form::Text => {
            let body = refusal.to_string().into_bytes();
            Reply {
                content_type: "text/plain; charset=utf-8",
                body,
                ..Reply::default()
            }
        }
    };
    let mut response = reply.into_response();
    *response.status_mut() = status;
    response
}
