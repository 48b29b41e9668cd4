//! Plain requests over HTTP/1.1, read and answered with as little between as there can be. Everything else is hyper's.

mod head;
mod reply;

pub(crate) use head::{Came, take};

use crate::app::App;
use crate::body::{self, Begun};
use crate::call::{self, INLINE_BYTES};
use crate::listener::{Arrival, Connection, Origin};
use crate::secret;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::BytesMut;
use reply::Date;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::{unconstrained, yield_now};
use tokio::time::{Instant, timeout_at};

/// Many send a head and a body one after the other; what takes longer than this is no longer plain.
const BODY_COMES_WITHIN: Duration = Duration::from_millis(20);
/// Room that a read finds, and how much is made where there is less.
const MIN_ROOM: usize = 1 << 10;
const ROOM: usize = 4 << 10;
/// A larger answer does not keep its room.
const MAX_KEPT: usize = 4 << 10;

type Stream = secret::Stream<Connection, Origin>;

/// Answers plain requests for as long as nothing else comes; gives the connection back with what came, if it goes on.
pub(crate) async fn converse(
    stream: Stream,
    app: &Arc<App>,
    mut drain: watch::Receiver<bool>,
) -> Option<Stream> {
    // asked once, so that it must not be put off
    let mut draining = pin!(unconstrained(drain.wait_for(|drains| *drains)));
    let mut talk = Talk {
        stream,
        app,
        came: BytesMut::new(),
        answer: Vec::new(),
        date: Date::default(),
        is_asked: false,
        has_answered: false,
        has_waited: true,
    };
    loop {
        let (request, is_last) = match talk.next(draining.as_mut()).await {
            Next::Plain(request, is_last) => (request, is_last),
            Next::Other => {
                talk.stream.unread(talk.came.freeze());
                return Some(talk.stream);
            }
            Next::End => break,
        };
        let response = talk.answer(request).await?;
        let is_last = is_last || app.is_stopping.load(Relaxed);
        if talk.write(response, is_last).await.is_err() || is_last {
            break;
        }
    }
    let _ = talk.stream.shutdown().await;
    None
}

/// One connection whose requests were plain so far.
struct Talk<'a> {
    stream: Stream,
    app: &'a Arc<App>,
    /// What was read and not yet taken.
    came: BytesMut,
    /// The answer as it is written; kept for its room.
    answer: Vec<u8>,
    date: Date,
    /// Whether the server's draining wakes this task by now.
    is_asked: bool,
    has_answered: bool,
    /// Whether the request at hand was waited for, and did not come with the one before.
    has_waited: bool,
}

enum Next {
    /// A request, and whether it is the last.
    Plain(Request, bool),
    Other,
    End,
}

enum More {
    Bytes,
    /// The caller has gone, or was sent away.
    Gone,
    Drains,
}

impl Talk<'_> {
    async fn next(&mut self, mut draining: Pin<&mut impl Future>) -> Next {
        let max_body = INLINE_BYTES.min(self.app.limits.max_body_bytes);
        let mut late: Option<Instant> = None;
        loop {
            let is_headed = match take(&mut self.came, max_body) {
                Came::Whole(request, is_last) => return Next::Plain(request.map(Body::from), is_last),
                Came::Other => return Next::Other,
                Came::Headed => true,
                Came::Begun => false,
            };
            let origin = self.stream.origin.clone();
            let more = self.more(draining.as_mut());
            let more = match is_headed {
                false => more.await,
                true => {
                    let late = *late.get_or_insert_with(|| {
                        origin.note_head();
                        Instant::now() + BODY_COMES_WITHIN
                    });
                    match timeout_at(late, more).await {
                        Ok(more) => more,
                        Err(_) => return Next::Other,
                    }
                }
            };
            match more {
                More::Bytes => {}
                // whose head was read is known by its answer, or by its want of one: that is for hyper to tell
                More::Drains | More::Gone if is_headed => return Next::Other,
                // the first request is answered, however little of it has come
                More::Drains if !(self.has_answered || self.came.is_empty()) => return Next::Other,
                More::Drains | More::Gone => return Next::End,
            }
        }
    }

    /// Waits for more bytes, or for the server to drain.
    async fn more(&mut self, mut draining: Pin<&mut impl Future>) -> More {
        poll_fn(|context| {
            match self.poll_read(context) {
                Poll::Ready(true) => return Poll::Ready(More::Bytes),
                Poll::Ready(false) => return Poll::Ready(More::Gone),
                Poll::Pending => self.wait(),
            }
            // asked once so that it wakes this task, then only when it has
            if self.is_asked && !self.app.is_stopping.load(Relaxed) {
                return Poll::Pending;
            }
            self.is_asked = true;
            draining.as_mut().poll(context).map(|_| More::Drains)
        })
        .await
    }

    /// Nothing is there yet: who waits needs little room.
    fn wait(&mut self) {
        self.has_waited = true;
        if self.came.is_empty() && ROOM < self.came.capacity() {
            self.came = BytesMut::new();
        }
    }

    /// Whether something came; `false` at the end.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if self.came.capacity() - self.came.len() < MIN_ROOM {
            self.came.reserve(ROOM);
        }
        let read = pin!(self.stream.read_buf(&mut self.came)).poll(context);
        read.map(|read| read.is_ok_and(|n_bytes| 0 < n_bytes))
    }

    /// The answer to a request; `None` if the caller leaves before.
    async fn answer(&mut self, request: Request) -> Option<Response> {
        let origin = self.stream.origin.clone();
        let arrival = match std::mem::take(&mut self.has_waited) {
            true => Arrival::Alone,
            false => {
                // others first; who waits for another turn is not yet busy, and may be closed to make room
                yield_now().await;
                Arrival::Queued
            }
        };
        let busy = origin.begin(arrival);
        self.has_answered = true;
        // what is large is moved by its address from here on
        let mut answer = Box::pin(call::handle(
            Arc::clone(self.app),
            Some(origin),
            Box::new(request),
        ));
        let answered = poll_fn(|context| {
            if let Poll::Ready(response) = answer.as_mut().poll(context) {
                return Poll::Ready(Some(response));
            }
            // what else he says is for later, but one who leaves is heard
            while self.came.is_empty() {
                match self.poll_read(context) {
                    Poll::Ready(true) => {}
                    Poll::Ready(false) => return Poll::Ready(None),
                    Poll::Pending => break,
                }
            }
            Poll::Pending
        });
        let answered = answered.await;
        drop(busy);
        answered
    }

    async fn write(&mut self, response: Response, is_last: bool) -> io::Result<()> {
        let (head, body) = response.into_parts();
        // what flows answers requests that are too large to be plain
        let Ok(Begun::Whole(body)) = body::begin(body, usize::MAX).await else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let date = self.date.at((self.app.clock)());
        reply::write_head(&mut self.answer, &head, body.len(), date, is_last);
        // one writing less is worth a copy of what is small
        let is_joined = body.len() <= MAX_KEPT;
        if is_joined {
            self.answer.extend_from_slice(&body);
        }
        self.stream.write_all(&self.answer).await?;
        if !is_joined {
            self.stream.write_all(&body).await?;
        }
        self.stream.flush().await?;
        self.answer.clear();
        self.answer.shrink_to(MAX_KEPT);
        Ok(())
    }
}
