//! Which requests are plain: those that can be read in one way only, whole and alone.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use bytes::{Bytes, BytesMut};
use std::cmp::Ordering;
use std::ops::Range;

/// More than clients of models send.
const MAX_HEADERS: usize = 32;
/// What has come by then without a head's end is not plain.
const MAX_HEAD: usize = 8 << 10;
/// Digits of a length that is not absurd.
const MAX_DIGITS: usize = 9;

/// What a connection sent.
#[derive(Debug)]
pub(crate) enum Came {
    /// Nothing, or a head that has not ended.
    Begun,
    /// The head of a plain request, without all of its body.
    Headed,
    /// A plain request, and whether it is to be the connection's last.
    Whole(Request<Bytes>, bool),
    /// What hyper must read.
    Other,
}

/// The head of a request that may be plain; where its parts stand in what came.
struct Head {
    method: Method,
    target: Range<usize>,
    headers: [(Place, Place); MAX_HEADERS],
    n_headers: usize,
    /// The bytes of the head, and those of the body as the head says.
    n_head: usize,
    n_body: usize,
    is_last: bool,
}

/// Where something stands, from its first byte to behind its last.
type Place = (u16, u16);

/// Takes the plain request out of `came`, if it holds one and nothing else.
///
/// Plain is a GET or POST of HTTP/1.1 (RFC 9112) for a path, with a body of at most `max_body` bytes whose length is told once
/// and in digits, that asks nothing of the connection but to stay or to end. Whatever else comes stays there for hyper to read,
/// or to refuse.
pub(crate) fn take(came: &mut BytesMut, max_body: usize) -> Came {
    if came.is_empty() {
        return Came::Begun;
    }
    let head = match Head::of(came) {
        Parsed::Plain(head) if head.n_body <= max_body => head,
        Parsed::Begun if came.len() < MAX_HEAD => return Came::Begun,
        _ => return Came::Other,
    };
    match came.len().cmp(&(head.n_head + head.n_body)) {
        Ordering::Less => Came::Headed,
        Ordering::Greater => Came::Other,
        Ordering::Equal => {
            let all = came.split().freeze();
            let is_last = head.is_last;
            if let Some(request) = head.request(&all) {
                return Came::Whole(request, is_last);
            }
            came.extend_from_slice(&all);
            Came::Other
        }
    }
}

enum Parsed {
    Begun,
    Plain(Head),
    Other,
}

impl Head {
    fn of(came: &[u8]) -> Parsed {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        // places are told in 16 bits
        let n_head = match request.parse(&came[..came.len().min(usize::from(u16::MAX))]) {
            Ok(httparse::Status::Complete(n_head)) => n_head,
            Ok(httparse::Status::Partial) => return Parsed::Begun,
            Err(_) => return Parsed::Other,
        };
        Head::plain(came, &request, n_head).map_or(Parsed::Other, Parsed::Plain)
    }

    fn plain(came: &[u8], request: &httparse::Request<'_, '_>, n_head: usize) -> Option<Head> {
        let method = match request.method? {
            "POST" => Method::POST,
            "GET" => Method::GET,
            _ => return None,
        };
        let target = request.path.filter(|path| path.starts_with('/'))?;
        (request.version == Some(1)).then_some(())?;
        let place = |part: &[u8]| {
            let start = part.as_ptr().addr() - came.as_ptr().addr();
            Some((
                u16::try_from(start).ok()?,
                u16::try_from(start + part.len()).ok()?,
            ))
        };
        let mut head = Head {
            method,
            target: range(place(target.as_bytes())?),
            headers: [Default::default(); MAX_HEADERS],
            n_headers: request.headers.len(),
            n_head,
            n_body: 0,
            is_last: false,
        };
        let mut has_length = false;
        for (at, httparse::Header { name, value }) in request.headers.iter().enumerate() {
            match role(name) {
                Role::Length if has_length => return None,
                Role::Length => {
                    head.n_body = length(value)?;
                    has_length = true;
                }
                Role::Connection if value.eq_ignore_ascii_case(b"keep-alive") => {}
                Role::Connection if value.eq_ignore_ascii_case(b"close") => head.is_last = true,
                Role::Connection | Role::Transfer => return None,
                Role::Any => {}
            }
            head.headers[at] = (place(name.as_bytes())?, place(value)?);
        }
        Some(head)
    }

    /// The request that `all` is; `None` if a part of it is not what it must be.
    fn request(self, all: &Bytes) -> Option<Request<Bytes>> {
        let mut headers = HeaderMap::with_capacity(self.n_headers);
        for (name, value) in &self.headers[..self.n_headers] {
            let name = HeaderName::from_bytes(&all[range(*name)]).ok()?;
            let value = HeaderValue::from_maybe_shared(all.slice(range(*value))).ok()?;
            headers.append(name, value);
        }
        let mut request = Request::new(all.slice(self.n_head..));
        *request.method_mut() = self.method;
        *request.uri_mut() = Uri::from_maybe_shared(all.slice(self.target)).ok()?;
        *request.headers_mut() = headers;
        Some(request)
    }
}

/// What a header decides here.
enum Role {
    Length,
    Connection,
    /// How the message or the connection goes on.
    Transfer,
    Any,
}

fn role(name: &str) -> Role {
    let is = |header: HeaderName| name.eq_ignore_ascii_case(header.as_str());
    match name.len() {
        14 if is(header::CONTENT_LENGTH) => Role::Length,
        10 if is(header::CONNECTION) => Role::Connection,
        17 if is(header::TRANSFER_ENCODING) => Role::Transfer,
        6 if is(header::EXPECT) => Role::Transfer,
        7 if is(header::UPGRADE) => Role::Transfer,
        _ => Role::Any,
    }
}

fn length(value: &[u8]) -> Option<usize> {
    let is_number = (1..=MAX_DIGITS).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(value).ok().filter(|_| is_number)?;
    digits.parse().ok()
}

fn range((start, end): Place) -> Range<usize> {
    usize::from(start)..usize::from(end)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MAX_BODY: usize = 64;

    fn taken(text: &str) -> Came {
        take(&mut BytesMut::from(text), MAX_BODY)
    }

    fn name(came: &Came) -> &'static str {
        match came {
            Came::Begun => "begun",
            Came::Headed => "headed",
            Came::Whole(..) => "whole",
            Came::Other => "other",
        }
    }

    #[test]
    fn a_plain_request_is_taken_as_it_stands() {
        let text = "POST /a?b=c HTTP/1.1\r\nHost: h\r\nx-many: 1\r\nX-Many:  2 \r\nConnection: Keep-Alive\r\ncontent-length: 3\r\n\r\nxyz";
        let mut came = BytesMut::from(text);
        let Came::Whole(request, false) = take(&mut came, MAX_BODY) else {
            panic!("not taken");
        };
        assert!(came.is_empty());
        let last = text.replace("Keep-Alive", "Close");
        assert!(matches!(taken(&last), Came::Whole(_, true)));
        assert_eq!(
            (request.method(), request.body().as_ref()),
            (&Method::POST, &b"xyz"[..])
        );
        assert_eq!(request.uri().to_string(), "/a?b=c");
        let many: Vec<_> = request.headers().get_all("x-many").iter().collect();
        assert_eq!(many, ["1", "2"]);
        assert_eq!(request.headers().len(), 5);
    }

    #[test]
    fn what_comes_in_part_is_waited_for() {
        let text = "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nxyz";
        let n_head = text.len() - 3;
        for end in 0..text.len() {
            let expected = if end < n_head { "begun" } else { "headed" };
            let mut came = BytesMut::from(&text[..end]);
            assert_eq!(name(&take(&mut came, MAX_BODY)), expected, "{end}");
            assert_eq!(came, text[..end]);
        }
        assert_eq!(name(&taken(text)), "whole");
        let long = |n_bytes: usize| format!("GET /{}", "a".repeat(n_bytes - 5));
        assert_eq!(name(&taken(&long(MAX_HEAD - 1))), "begun");
        assert_eq!(name(&taken(&long(MAX_HEAD))), "other");
    }

    #[test]
    fn what_may_be_read_otherwise_is_left_to_hyper() {
        let with =
            |header: &str| format!("POST /a HTTP/1.1\r\nhost: h\r\n{header}\r\ncontent-length: 1\r\n\r\nx");
        assert_eq!(name(&taken(&with("a: b"))), "whole");
        for header in [
            "content-length: 1",
            "transfer-encoding: chunked",
            "Transfer-Encoding: identity",
            "expect: 100-continue",
            "connection: close, x",
            "connection: keep-alive, upgrade",
            "upgrade: h2c",
            "a : b",
            "a\u{0}: b",
            " folded: b",
        ] {
            let text = with(header);
            let mut came = BytesMut::from(text.as_str());
            assert_eq!(name(&take(&mut came, MAX_BODY)), "other", "{header}");
            assert_eq!(came, text.as_bytes(), "{header}");
        }
        for text in [
            "POST /a HTTP/1.0\r\ncontent-length: 0\r\n\r\n",
            "PUT /a HTTP/1.1\r\n\r\n",
            "HEAD /a HTTP/1.1\r\n\r\n",
            "GET * HTTP/1.1\r\n\r\n",
            "GET http://h/a HTTP/1.1\r\n\r\n",
            "GET /a HTTP/1.1\r\n\r\nGET /b",
            "POST /a HTTP/1.1\r\ncontent-length: +1\r\n\r\nx",
            "POST /a HTTP/1.1\r\ncontent-length: \r\n\r\n",
            "POST /a HTTP/1.1\r\ncontent-length: 65\r\n\r\nx",
            "POST /a HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\nx",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{3}\u{1}",
        ] {
            assert_eq!(name(&taken(text)), "other", "{text}");
        }
        for (n_headers, expected) in [(MAX_HEADERS, "whole"), (MAX_HEADERS + 1, "other")] {
            let many = "a: b\r\n".repeat(n_headers);
            assert_eq!(name(&taken(&format!("GET /a HTTP/1.1\r\n{many}\r\n"))), expected);
        }
        for (n_bytes, expected) in [(MAX_BODY, "whole"), (MAX_BODY + 1, "other")] {
            let body = "x".repeat(n_bytes);
            let text = format!("POST /a HTTP/1.1\r\ncontent-length: {n_bytes}\r\n\r\n{body}");
            assert_eq!(name(&taken(&text)), expected);
        }
    }
}
