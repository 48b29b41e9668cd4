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
    origin: Origin,
    is_awaited: bool,
}

impl Taken {
    pub(crate) fn new(body: Incoming, origin: Origin) -> Taken {
        Taken {
            body,
            origin,
            is_awaited: false,
        }
    }

    fn note(&mut self, is_awaited: bool) {
        if is_awaited != self.is_awaited {
            self.is_awaited = is_awaited;
            self.origin.await_body(is_awaited);
        }
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
        self.note(polled.is_pending());
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
        self.note(false);
    }
}
