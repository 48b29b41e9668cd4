//! Answers: messages, and behind them the status as trailers.

use super::content_type;
use super::frame::framed;
use super::refusal::status_of;
use crate::refusal::Refusal;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// How many messages of a stream wait for a caller who reads slowly.
const MAX_WAITING: usize = 4;

/// The frames of a body: those that are there, then those that come.
#[derive(Debug)]
struct Frames {
    there: VecDeque<Frame<Bytes>>,
    coming: Option<mpsc::Receiver<Frame<Bytes>>>,
}

impl HttpBody for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(frame) = self.there.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        match &mut self.coming {
            Some(coming) => coming.poll_recv(context).map(|frame| frame.map(Ok)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.there.is_empty() && self.coming.is_none()
    }
}

/// An answer of one message.
pub(super) fn one(message: Vec<u8>) -> Response {
    response(Frames {
        there: [Frame::data(framed(&message)), Frame::trailers(status_of(None))].into(),
        coming: None,
    })
}

/// The end at which the messages of a stream are put in.
#[derive(Debug)]
pub(super) struct Sender(mpsc::Sender<Frame<Bytes>>);

impl Sender {
    /// Hands over a message; false if nobody reads any more.
    pub(super) async fn send(&self, message: &[u8]) -> bool {
        self.0.send(Frame::data(framed(message))).await.is_ok()
    }

    /// Ends the stream.
    pub(super) async fn end(self, refusal: Option<&Refusal>) {
        // Whoever has gone needs no end.
        let _ = self.0.send(Frame::trailers(status_of(refusal))).await;
    }

    /// Resolves when nobody reads any more.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}

/// An answer of messages that come one by one.
pub(super) fn many() -> (Sender, Response) {
    let (sender, coming) = mpsc::channel(MAX_WAITING);
    let frames = Frames {
        there: VecDeque::new(),
        coming: Some(coming),
    };
    (Sender(sender), response(frames))
}

fn response(frames: Frames) -> Response {
    with_type(Response::new(Body::new(frames)))
}

/// An answer of a status alone.
pub(super) fn none(status: HeaderMap) -> Response {
    let mut response = with_type(Response::new(Body::empty()));
    response.headers_mut().extend(status);
    response
}

fn with_type(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type());
    headers.insert(
        "grpc-accept-encoding",
        HeaderValue::from_static("identity,gzip,deflate"),
    );
    response
}
