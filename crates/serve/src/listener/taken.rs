//! The body of a request as it is taken from its connection.

use super::presence::Origin;
use axum::body::HttpBody;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body whose connection knows when it is waited for.
#[derive(Debug)]
pub(crate) struct Taken {
    body: Incoming,
    /// The connection, where no other request comes beside this one.
    origin: Option<Origin>,
    is_awaited: bool,
}

impl Taken {
    pub(crate) fn new(body: Incoming, origin: Option<Origin>) -> Taken {
        if let Some(origin) = &origin {
            origin.expect_body();
        }
        Taken {
            body,
            origin,
            is_awaited: false,
        }
    }

    /// Notes that the body is awaited, or that so many bytes came.
    fn note(&mut self, n_bytes: Option<usize>) {
        let Some(origin) = &self.origin else { return };
        match n_bytes {
            None if !self.is_awaited => origin.await_body(),
            Some(n_bytes) if self.is_awaited => origin.hear_body(n_bytes),
            _ => {}
        }
        self.is_awaited = n_bytes.is_none();
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.note(match &polled {
            Poll::Pending => None,
            Poll::Ready(Some(Ok(frame))) => Some(frame.data_ref().map_or(0, Bytes::len)),
            Poll::Ready(_) => Some(0),
        });
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.note(Some(0));
    }
}
