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
    /// Who is told.
    heeded: Heeded,
    is_awaited: bool,
}

#[derive(Debug)]
enum Heeded {
    /// The connection, which can be closed: no other request comes beside this one.
    Alone,
    /// The body itself, once it was awaited.
    Beside(Option<Arc<Awaited>>),
}

/// A body that came so slowly that its place was given to others.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly while others waited for its place")]
pub(crate) struct GivenUp {
    /// How long a body may be waited for.
    pub(crate) slow_ms: u64,
}

impl Taken {
    pub(crate) fn new(body: Incoming, origin: Origin, is_multiplexed: bool) -> Taken {
        let heeded = match is_multiplexed {
            true => Heeded::Beside(None),
            false => {
                origin.expect_body();
                Heeded::Alone
            }
        };
        Taken {
            body,
            origin,
            heeded,
            is_awaited: false,
        }
    }

    /// Notes that the body is awaited.
    fn note_wait(&mut self, context: &Context<'_>) {
        match &mut self.heeded {
            Heeded::Alone if self.is_awaited => {}
            Heeded::Alone => self.origin.await_body(),
            Heeded::Beside(awaited) => {
                let awaited = awaited.get_or_insert_with(|| self.origin.crowd().beside().enter());
                awaited.begin(context);
            }
        }
        self.is_awaited = true;
    }

    /// Notes that so many bytes came.
    fn note_bytes(&mut self, n_bytes: usize) {
        if !std::mem::take(&mut self.is_awaited) {
            return;
        }
        match &self.heeded {
            Heeded::Alone => self.origin.hear_body(n_bytes),
            Heeded::Beside(Some(awaited)) => awaited.hear(self.origin.crowd().fair(n_bytes)),
            Heeded::Beside(None) => {}
        }
    }

    fn is_given_up(&self) -> bool {
        matches!(&self.heeded, Heeded::Beside(Some(awaited)) if awaited.is_given_up())
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.is_given_up() {
            let slow_ms = self.origin.crowd().slow_ms();
            return Poll::Ready(Some(Err(GivenUp { slow_ms }.into())));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Pending => self.note_wait(context),
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
