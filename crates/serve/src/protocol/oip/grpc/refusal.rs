//! The status of every refusal over gRPC.

use super::answer;
use crate::refusal::Refusal;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use std::fmt::Write;

/// The longest sentence in a status, in characters: clients take heads of 8 KiB.
const MAX_SENTENCE: usize = 1000;

/// Statuses by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// The table.
pub(super) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::NoRoute { .. } | Refusal::Method { .. } | Refusal::Encoding { .. } => Code::Unimplemented,
        Refusal::Host { .. } | Refusal::NotAdmin | Refusal::NotYours { .. } | Refusal::NotAllYours => {
            Code::PermissionDenied
        }
        Refusal::NoKey | Refusal::Token { .. } => Code::Unauthenticated,
        Refusal::NoModel { .. } | Refusal::NoVersion { .. } => Code::NotFound,
        Refusal::NotReady { .. } | Refusal::Stopping | Refusal::NotRecorded => Code::Unavailable,
        Refusal::NotLoadable { .. } => Code::FailedPrecondition,
        Refusal::AlreadyHeld { .. } => Code::AlreadyExists,
        Refusal::Busy { .. } | Refusal::TooSlow | Refusal::TooLarge { .. } | Refusal::NoRoom { .. } => {
            Code::ResourceExhausted
        }
        Refusal::Timeout { .. } => Code::DeadlineExceeded,
        Refusal::NoBundleAt { .. }
        | Refusal::Accept { .. }
        | Refusal::MediaType { .. }
        | Refusal::TooManyRows { .. }
        | Refusal::NoRows
        | Refusal::Malformed { .. }
        | Refusal::NoColumn { .. }
        | Refusal::NoTensor { .. }
        | Refusal::Cell { .. }
        | Refusal::Kind { .. }
        | Refusal::Wish { .. }
        | Refusal::Broken { .. } => Code::InvalidArgument,
        Refusal::Internal => Code::Internal,
    }
}

/// The status as headers or trailers; `None` is success.
pub(super) fn status_of(refusal: Option<&Refusal>) -> HeaderMap {
    let mut status = HeaderMap::new();
    let number = refusal.map_or(0, |refusal| code(refusal) as u16);
    status.insert("grpc-status", HeaderValue::from(number));
    if let Some(refusal) = refusal
        && let Ok(sentence) = escaped(&refusal.to_string()).parse()
    {
        status.insert("grpc-message", sentence);
    }
    status
}

/// The answer that a refusal becomes.
pub(in crate::protocol) fn refused(refusal: &Refusal) -> Response {
    answer::none(status_of(Some(refusal)))
}

/// A sentence as a status may hold it: what is no plain ASCII character stands as percent signs.
fn escaped(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut buffer = [0; 4];
    for character in sentence.chars().take(MAX_SENTENCE) {
        match character {
            ' '..='~' if character != '%' => out.push(character),
            _ => character.encode_utf8(&mut buffer).bytes().for_each(|byte| {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_escaped_and_cut() {
        assert_eq!(escaped("100 % `Ü`\n"), "100 %25 `%C3%9C`%0A");
        assert_eq!(escaped(&"x".repeat(5000)).len(), MAX_SENTENCE);
        let status = status_of(Some(&Refusal::NoKey));
        assert_eq!(status["grpc-status"], "16");
        assert!(
            status["grpc-message"]
                .to_str()
                .is_ok_and(|text| text.contains("key"))
        );
        assert_eq!(status_of(None).len(), 1);
    }
}
