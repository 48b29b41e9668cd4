//! The status of every refusal in the Open Inference Protocol over HTTP and in KServe's first.

use crate::call::Reply;
use crate::refusal::Refusal;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

/// The table.
pub(in crate::protocol) fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NoRoute { .. } | Refusal::NoModel { .. } | Refusal::NoVersion { .. } => {
            StatusCode::NOT_FOUND
        }
        Refusal::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::Host { .. } => StatusCode::MISDIRECTED_REQUEST,
        Refusal::NoKey | Refusal::Token { .. } => StatusCode::UNAUTHORIZED,
        Refusal::NotAdmin | Refusal::NotYours { .. } | Refusal::NotAllYours => StatusCode::FORBIDDEN,
        Refusal::AlreadyHeld { .. } => StatusCode::CONFLICT,
        Refusal::NoRoom { .. } => StatusCode::INSUFFICIENT_STORAGE,
        Refusal::Accept { .. } => StatusCode::NOT_ACCEPTABLE,
        Refusal::MediaType { .. } | Refusal::Encoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::NoBundleAt { .. }
        | Refusal::TooManyRows { .. }
        | Refusal::NoRows
        | Refusal::Malformed { .. }
        | Refusal::NoColumn { .. }
        | Refusal::NoTensor { .. }
        | Refusal::Cell { .. }
        | Refusal::Kind { .. }
        | Refusal::Wish { .. }
        | Refusal::Broken { .. } => StatusCode::BAD_REQUEST,
        Refusal::NotReady { .. } | Refusal::Stopping | Refusal::NotRecorded => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Refusal::Busy { .. } | Refusal::TooSlow => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
        Refusal::NotLoadable { .. } | Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The answer that a refusal becomes: every one has the key `error`, which clients look for.
pub(in crate::protocol) fn refused(refusal: &Refusal) -> Response {
    let body = json!({ "error": refusal.to_string() }).to_string().into_bytes();
    let mut response = Reply::json(body).into_response();
    *response.status_mut() = status(refusal);
    response
}
