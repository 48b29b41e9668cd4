//! Messages as they come: each behind a byte that says whether it is compressed, and its length.

use crate::body;
use crate::refusal::Refusal;
use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use bytes::{Bytes, BytesMut};
use std::future::poll_fn;
use std::pin::Pin;

/// A flag and four bytes of length.
const HEAD_BYTES: usize = 5;

/// The messages of a body.
#[derive(Debug)]
pub(super) struct Messages {
    body: Body,
    /// What came and was not handed out.
    buffer: BytesMut,
    encoding: String,
    limit_bytes: usize,
}

impl Messages {
    /// Messages of at most `limit_bytes` each, compressed or not.
    pub(super) fn new(headers: &HeaderMap, body: Body, limit_bytes: usize) -> Messages {
        let encoding = headers.get("grpc-encoding");
        let encoding = encoding.map_or("identity", |value| value.to_str().unwrap_or("?"));
        Messages {
            body,
            buffer: BytesMut::new(),
            encoding: encoding.to_owned(),
            limit_bytes,
        }
    }

    /// The one message of a body that must have one.
    pub(super) async fn only(mut self) -> Result<Bytes, Refusal> {
        let counted = |n: &str| Refusal::malformed(format!("found {n} in the call, expected 1"));
        let message = self.next().await?.ok_or_else(|| counted("0 messages"))?;
        match self.next().await? {
            None => Ok(message),
            Some(_) => Err(counted("several messages")),
        }
    }

    /// The next message, without compression; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let cut = || Refusal::malformed("the call ends within a message");
        if !self.fill(HEAD_BYTES).await? {
            return if self.buffer.is_empty() {
                Ok(None)
            } else {
                Err(cut())
            };
        }
        let head = self.buffer.split_to(HEAD_BYTES);
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if self.limit_bytes < length {
            return Err(Refusal::TooLarge {
                limit_bytes: self.limit_bytes,
            });
        }
        if !self.fill(length).await? {
            return Err(cut());
        }
        let message = self.buffer.split_to(length).freeze();
        match head[0] {
            0 => Ok(Some(message)),
            1 => decompressed(self.encoding.clone(), message, self.limit_bytes)
                .await
                .map(Some),
            flag => Err(Refusal::malformed(format!(
                "a message has flag {flag}, expected 0 or 1"
            ))),
        }
    }

    /// Reads until `n_bytes` are there; false if the body ends before.
    async fn fill(&mut self, n_bytes: usize) -> Result<bool, Refusal> {
        while self.buffer.len() < n_bytes {
            let frame = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await;
            let Some(frame) = frame else { return Ok(false) };
            let frame = frame.map_err(body::fault)?;
            if let Ok(data) = frame.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
        Ok(true)
    }
}

/// Off the threads that listen: a small message may hold a large one.
async fn decompressed(encoding: String, message: Bytes, limit_bytes: usize) -> Result<Bytes, Refusal> {
    let work = move || body::decoded_from(&encoding, message, limit_bytes);
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(Refusal::Internal))
}

/// A message behind its head.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(HEAD_BYTES + message.len());
    frame.push(0);
    // An answer beyond 4 GiB is cut off here: the limits of requests keep it far below.
    frame.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend(message);
    frame.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::http::HeaderValue;
    use flate2::{Compression, read::GzEncoder};
    use std::io::Read;

    fn read(bytes: &[u8], limit_bytes: usize) -> Result<Bytes, Refusal> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let headers =
            HeaderMap::from_iter([("grpc-encoding".parse().unwrap(), HeaderValue::from_static("gzip"))]);
        let messages = Messages::new(&headers, Body::from(bytes.to_vec()), limit_bytes);
        runtime.block_on(messages.only())
    }

    fn compressed(message: &[u8]) -> Vec<u8> {
        let mut small = Vec::new();
        GzEncoder::new(message, Compression::fast())
            .read_to_end(&mut small)
            .unwrap();
        let mut frame = framed(&small).to_vec();
        frame[0] = 1;
        frame
    }

    #[test]
    fn one_message_is_read_whole_and_within_its_limit() {
        assert_eq!(read(&framed(b"abc"), 3).unwrap(), "abc");
        assert_eq!(read(&framed(b""), 3).unwrap(), "");
        assert_eq!(
            read(&framed(b"abcd"), 3),
            Err(Refusal::TooLarge { limit_bytes: 3 })
        );
        // The length alone refuses, whatever follows.
        assert_eq!(
            read(&[0, 0xff, 0xff, 0xff, 0xff], 3),
            Err(Refusal::TooLarge { limit_bytes: 3 })
        );
    }

    #[test]
    fn compressed_messages_are_limited_by_what_they_hold() {
        let bomb = compressed(&[b'x'; 5000]);
        assert!(bomb.len() < 200);
        assert_eq!(read(&bomb, 5000).unwrap().len(), 5000);
        assert_eq!(read(&bomb, 4999), Err(Refusal::TooLarge { limit_bytes: 4999 }));
        let mut cut = compressed(b"abc");
        // its checksum, which stands in front of its length
        let at = cut.len() - 6;
        cut[at] ^= 0xff;
        assert!(matches!(read(&cut, 5000), Err(Refusal::Malformed { .. })));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let two = [framed(b"a"), framed(b"b")].concat();
        for bytes in [&b""[..], b"\0\0\0", b"\0\0\0\0\x05ab", b"\x02\0\0\0\x01a", &two] {
            assert!(
                matches!(read(bytes, 99), Err(Refusal::Malformed { .. })),
                "{bytes:?}"
            );
        }
    }
}
