//! What a request's headers say of the request itself: its name, the key that it is assigned by, what is given back.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The longest name of a request that is kept.
const MAX_REQUEST_NAME: usize = 128;
/// Headers that name a request: anybody's, SageMaker's, Azure ML's.
const REQUEST_NAMES: [&str; 4] = [
    "x-request-id",
    "x-amzn-sagemaker-inference-id",
    "x-ms-client-request-id",
    "x-ms-request-id",
];
/// The key whose requests meet the same version: a customer, a session.
const KEY: &str = "x-spanwise-key";
/// A caller's own words, which SageMaker passes on both ways.
const CUSTOM_ATTRIBUTES: &str = "x-amzn-sagemaker-custom-attributes";
/// The longest header that is given back.
const MAX_ECHOED: usize = 1024;

/// Whether any of the headers might be one of those above: most requests have none, and looking a dozen names up takes as
/// long as reading a row.
fn has_any(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("x-"))
}

fn values<'h>(headers: &'h HeaderMap, names: &'h [&'static str]) -> impl Iterator<Item = &'h HeaderValue> {
    let names = if has_any(headers) { names } else { &[] };
    names.iter().filter_map(|name| headers.get(*name))
}

/// The first of the names that a caller or a platform gives a request.
pub(crate) fn name_of(headers: &HeaderMap) -> Option<String> {
    let name = values(headers, &REQUEST_NAMES).next()?;
    Some(name.to_str().ok()?.to_owned())
}

/// What decides which version answers: the caller's key, else the request's name; bytes as they came, a name need not be
/// ASCII.
pub(crate) fn key_of(headers: &HeaderMap) -> Option<Vec<u8>> {
    let key = values(headers, &[KEY]).next();
    let key = key.or_else(|| values(headers, &REQUEST_NAMES).next())?;
    Some(key.as_bytes().to_vec())
}

/// What callers get back as they sent it.
pub(crate) fn echoed(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    if !has_any(headers) {
        return Vec::new();
    }
    let short = |value: &&HeaderValue| value.len() <= MAX_ECHOED;
    let sent = |name: &&'static str| {
        let value = headers.get(*name).filter(short)?;
        Some((HeaderName::from_static(name), value.clone()))
    };
    REQUEST_NAMES
        .iter()
        .chain(&[CUSTOM_ATTRIBUTES])
        .filter_map(sent)
        .collect()
}

/// A name as it is kept.
pub(crate) fn clipped(name: String) -> String {
    if name.len() <= MAX_REQUEST_NAME {
        return name;
    }
    name.chars().take(MAX_REQUEST_NAME).collect()
}

/// How the names begin of requests that bring none: with the moment when their service began.
pub(crate) fn beginning(start_micros: i64) -> String {
    format!("{start_micros:x}-")
}

/// The name of a request that brought none: its number in hexadecimal behind what all begin with.
pub(crate) fn numbered(beginning: &str, number: u64) -> String {
    let n_digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
    let mut name = String::with_capacity(beginning.len() + n_digits as usize);
    name.push_str(beginning);
    for digit in (0..n_digits).rev() {
        name.push(char::from(
            b"0123456789abcdef"[(number >> (4 * digit) & 15) as usize],
        ));
    }
    name
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_made_are_hexadecimal() {
        for (start, number) in [(0, 0), (1_763_000_000_123_456, 15), (-5, u64::MAX), (16, 256)] {
            assert_eq!(
                numbered(&beginning(start), number),
                format!("{start:x}-{number:x}")
            );
        }
    }

    #[test]
    fn marks_are_found_among_other_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("accept", "x-request-id".parse().unwrap());
        assert_eq!(
            (name_of(&headers), key_of(&headers), echoed(&headers)),
            (None, None, vec![])
        );
        headers.insert("x-ms-request-id", "b".parse().unwrap());
        assert_eq!(name_of(&headers).as_deref(), Some("b"));
        assert_eq!(key_of(&headers).as_deref(), Some(&b"b"[..]));
        headers.insert("x-request-id", "a".parse().unwrap());
        headers.insert(KEY, "k".parse().unwrap());
        assert_eq!(name_of(&headers).as_deref(), Some("a"));
        assert_eq!(key_of(&headers).as_deref(), Some(&b"k"[..]));
        assert_eq!(echoed(&headers).len(), 2);
    }
}
