//! The body of a request as it is taken from its connection.

use super::beside::Awaited;
use super::presence::Origin;
use axum::BoxError;
use axum::body::HttpBody;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A body that is known to be waited for, so that others may have its place if that takes long.
#[derive(Debug)]
pub(crate) struct Taken {
    body: Incoming,
    origin: Origin,
    /// Where other requests may come beside this one.
    beside: Option<Arc<Awaited>>,
    is_awaited: bool,
}

/// A body that came so slowly that its place was given to others.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly while others waited for its place")]
pub(crate) struct GivenUp;

impl Taken {
    /// `beside` is what can be given up of a request that may have others beside it.
    pub(crate) fn new(body: Incoming, origin: Origin, beside: Option<Arc<Awaited>>) -> Taken {
        if beside.is_none() {
            origin.expect_body();
        }
        Taken {
            body,
            origin,
            beside,
            is_awaited: false,
        }
    }

    /// Notes that the body is awaited; `false` if it was given up.
    fn note_wait(&mut self, context: &Context<'_>) -> bool {
        let is_stream = || self.beside.as_ref().is_some_and(|awaited| awaited.is_stream());
        if !self.is_awaited && !is_stream() {
            self.is_awaited = true;
            self.origin.await_body();
        }
        self.beside.as_ref().is_none_or(|awaited| awaited.begin(context))
    }

    /// Notes that so many bytes came.
    fn note_bytes(&mut self, n_bytes: usize) {
        if std::mem::take(&mut self.is_awaited) {
            let made_up = self.origin.hear_body(n_bytes);
            if let Some(awaited) = &self.beside {
                awaited.hear(made_up);
            }
        }
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            // what is there is taken all the same
            Poll::Pending if !self.note_wait(context) => return Poll::Ready(Some(Err(GivenUp.into()))),
            Poll::Pending => {}
            Poll::Ready(Some(Ok(frame))) => {
                let n_bytes = frame.data_ref().map_or(0, Bytes::len);
                self.note_bytes(n_bytes);
            }
            Poll::Ready(_) => self.note_bytes(0),
        }
        polled.map_err(BoxError::from)
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
        self.note_bytes(0);
    }
}
