//! An answer as it goes over the wire (RFC 9112).

use axum::http::header;
use axum::http::response::Parts;
use std::io::Write;
use std::time::{Duration, SystemTime};

/// The second that was told last, and how it is written (RFC 9110, section 5.6.7).
#[derive(Debug, Default)]
pub(super) struct Date {
    second: Option<u64>,
    text: String,
}

impl Date {
    /// A time in microseconds since 1970; earlier ones are told as that.
    pub(super) fn at(&mut self, micros: i64) -> &str {
        let second = u64::try_from(micros).unwrap_or(0) / 1_000_000;
        if self.second != Some(second) {
            self.second = Some(second);
            self.text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        }
        &self.text
    }
}

/// Writes the head of an answer behind what `out` holds; that of the last one says so.
///
/// How long its body is, when it was answered and how the connection goes on is told here alone: a handler's word on these is
/// left out.
pub(super) fn write_head(out: &mut Vec<u8>, head: &Parts, n_body: usize, date: &str, is_last: bool) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(head.status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(head.status.canonical_reason().unwrap_or_default().as_bytes());
    for (name, value) in &head.headers {
        if ![header::CONTENT_LENGTH, header::DATE, header::CONNECTION].contains(name) {
            line(out, name.as_str(), value.as_bytes());
        }
    }
    // Writing to memory cannot fail.
    let _ = write!(out, "\r\ncontent-length: {n_body}");
    line(out, "date", date.as_bytes());
    if is_last {
        line(out, "connection", b"close");
    }
    out.extend_from_slice(b"\r\n\r\n");
}

fn line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::http::Response;

    #[test]
    fn what_a_head_tells_it_tells_once() {
        let response = Response::builder()
            .status(429)
            .header("content-type", "a/b")
            .header("x-a", "1")
            .header("x-a", "2")
            .header("content-length", "9")
            .header("date", "today")
            .header("connection", "upgrade");
        let (head, ()) = response.body(()).unwrap().into_parts();
        let mut date = Date::default();
        let mut out = Vec::new();
        write_head(&mut out, &head, 3, date.at(784_111_777_999_999), true);
        let expected = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: a/b\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 3\r\n\
            date: Sun, 06 Nov 1994 08:49:37 GMT\r\nconnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn dates_follow_the_clock() {
        let mut date = Date::default();
        assert_eq!(date.at(784_111_778_000_000), "Sun, 06 Nov 1994 08:49:38 GMT");
        assert_eq!(date.at(784_111_777_000_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date.at(-5), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
