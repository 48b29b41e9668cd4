//! Bodies in and out: limits, also on what compressed ones hold.

use crate::config::Limits;
use crate::listener::GivenUp;
use crate::refusal::Refusal;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::pin::Pin;
use std::time::Duration;
use table::clip;

/// A shorter answer costs more to compress than to send.
const MIN_COMPRESSED: usize = 1024;
/// How long a body is taken that nobody reads.
const MAX_DISCARD: Duration = Duration::from_secs(1);

/// How far a body was read.
#[derive(Debug)]
pub(crate) enum Begun {
    /// To its end.
    Whole(Bytes),
    /// Beyond the limit, or not at all where it says itself that it is larger.
    Larger(Bytes, Body),
}

/// Reads a body of at most `limit_bytes`; of a larger one some more is taken, so that its sender hears the refusal.
pub(crate) async fn read(body: Body, limit_bytes: usize) -> Result<Bytes, Refusal> {
    match begin(body, limit_bytes).await? {
        Begun::Whole(body) => Ok(body),
        Begun::Larger(_, rest) => {
            discard(rest, limit_bytes).await;
            Err(Refusal::TooLarge { limit_bytes })
        }
    }
}

/// Reads a body as far as `limit_bytes` go.
pub(crate) async fn begin(mut body: Body, limit_bytes: usize) -> Result<Begun, Refusal> {
    if (limit_bytes as u64) < body.size_hint().lower() {
        return Ok(Begun::Larger(Bytes::new(), body));
    }
    let mut first: Option<Bytes> = None;
    let mut joined: Vec<u8> = Vec::new();
    while let Some(data) = next(&mut body).await? {
        // Most bodies come in one piece, which need not be copied.
        match first.take() {
            None if joined.is_empty() => first = Some(data),
            None => joined.extend(&data),
            Some(begin) => {
                joined.extend(&begin);
                joined.extend(&data);
            }
        }
        if limit_bytes < first.as_ref().map_or(joined.len(), Bytes::len) {
            return Ok(Begun::Larger(first.unwrap_or_else(|| Bytes::from(joined)), body));
        }
    }
    Ok(Begun::Whole(first.unwrap_or_else(|| Bytes::from(joined))))
}

/// The next bytes of a body; `None` at its end.
pub(crate) async fn next(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        let frame = frame.map_err(fault)?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// What is told of a body that does not come to its end.
pub(crate) fn fault(error: axum::Error) -> Refusal {
    match error.into_inner().is::<GivenUp>() {
        true => Refusal::TooSlow,
        false => Refusal::malformed("the body ends early"),
    }
}

/// Reads a small body, which may take no longer than a head: who drips it in would hold the connection for ever.
pub(crate) async fn read_soon(body: Body, limit_bytes: usize, limits: Limits) -> Result<Bytes, Refusal> {
    let limit_ms = limits.head_timeout_ms;
    tokio::time::timeout(Duration::from_millis(limit_ms), read(body, limit_bytes))
        .await
        .unwrap_or(Err(Refusal::Timeout { limit_ms }))
}

/// Takes up to `limit_bytes` of a body that nobody reads: who is cut off while sending does not hear the answer.
pub(crate) async fn discard(mut body: Body, limit_bytes: usize) {
    let take = async {
        let mut n_bytes = 0;
        while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            n_bytes += frame.data_ref().map_or(0, Bytes::len);
            if limit_bytes < n_bytes {
                break;
            }
        }
    };
    // Who sends more slowly than that is cut off.
    let _ = tokio::time::timeout(MAX_DISCARD, take).await;
}

/// The body without its content encoding, at most `limit_bytes` of it.
pub(crate) fn decoded(headers: &HeaderMap, body: Bytes, limit_bytes: usize) -> Result<Bytes, Refusal> {
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .map_or(Ok(""), |value| value.to_str());
    decoded_from(encoding.unwrap_or("?"), body, limit_bytes)
}

/// The body without the encoding that is called so.
pub(crate) fn decoded_from(encoding: &str, body: Bytes, limit_bytes: usize) -> Result<Bytes, Refusal> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => inflated(MultiGzDecoder::new(body.as_ref()), "gzip", limit_bytes),
        "deflate" => inflated(ZlibDecoder::new(body.as_ref()), "deflate", limit_bytes),
        other => Err(Refusal::Encoding { found: clip(other) }),
    }
}

fn inflated(reader: impl Read, name: &str, limit_bytes: usize) -> Result<Bytes, Refusal> {
    let mut out = Vec::new();
    let limit = (limit_bytes as u64).saturating_add(1);
    reader
        .take(limit)
        .read_to_end(&mut out)
        .map_err(|_| Refusal::malformed(format!("the body is not a whole {name} stream")))?;
    if limit_bytes < out.len() {
        Err(Refusal::TooLarge { limit_bytes })
    } else {
        Ok(Bytes::from(out))
    }
}

/// `body` compressed as the caller accepts it, and the name of the encoding; `None` if it stays as it is.
pub(crate) fn encoded(headers: &HeaderMap, body: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    if body.len() < MIN_COMPRESSED {
        return None;
    }
    let accepts = |name: &str| {
        let values = headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|choice| {
            let mut parts = choice.split(';').map(str::trim);
            let named = parts.next().is_some_and(|found| found.eq_ignore_ascii_case(name));
            let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
            named && !refused
        })
    };
    // Writing to memory cannot fail.
    if accepts("gzip") {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).ok()?;
        Some(("gzip", encoder.finish().ok()?))
    } else if accepts("deflate") {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).ok()?;
        Some(("deflate", encoder.finish().ok()?))
    } else {
        None
    }
}

/// The media type of a body and its parameters, lower case; empty without a header.
pub(crate) fn media_type(headers: &HeaderMap) -> (String, Vec<String>) {
    let text = headers
        .get(header::CONTENT_TYPE)
        .map_or("", |value| value.to_str().unwrap_or("?"));
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    (
        parts.next().unwrap_or_default(),
        parts.filter(|part| !part.is_empty()).collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn compression_goes_both_ways_within_the_limit() {
        let body = Bytes::from(vec![b'x'; 5000]);
        for name in ["gzip", "deflate"] {
            let (found, small) = encoded(&headers(header::ACCEPT_ENCODING, name), &body).unwrap();
            assert_eq!(found, name);
            let as_sent = headers(header::CONTENT_ENCODING, name);
            assert_eq!(decoded(&as_sent, small.clone().into(), 5000).unwrap(), body);
            assert_eq!(
                decoded(&as_sent, small.clone().into(), 4999),
                Err(Refusal::TooLarge { limit_bytes: 4999 })
            );
            assert!(matches!(
                decoded(&as_sent, small[..9].to_vec().into(), 5000),
                Err(Refusal::Malformed { .. })
            ));
        }
        assert!(encoded(&headers(header::ACCEPT_ENCODING, "gzip;q=0, br"), &body).is_none());
        assert!(matches!(
            decoded(&headers(header::CONTENT_ENCODING, "br"), body, 9),
            Err(Refusal::Encoding { .. })
        ));
    }

    #[test]
    fn pieces_are_joined_and_limited() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let read_whole = |limit| runtime.block_on(read(Body::from("abcdef"), limit));
        assert_eq!(read_whole(6).unwrap(), "abcdef");
        assert_eq!(read_whole(5), Err(Refusal::TooLarge { limit_bytes: 5 }));
    }
}
