//! Connections are answered, a task each, until the server drains.

use crate::app::App;
use crate::call;
use crate::listener::{Arrival, Awaited, Connection, LimitedListener, Origin, Taken};
use crate::plain;
use crate::secret::Stream;
use axum::body::Body;
use axum::http::Version;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use tokio::sync::{mpsc, watch};
use tokio::task::unconstrained;

/// Answers whoever comes until `drain` holds `true`, then those who are there to the end of what they have asked.
pub(crate) async fn answer_all(mut listener: LimitedListener, app: Arc<App>, drain: watch::Receiver<bool>) {
    let (open, mut closed) = mpsc::channel::<Infallible>(1);
    let mut draining = drain.clone();
    loop {
        let stream = tokio::select! {
            stream = listener.accept() => stream,
            // whoever would have said so is gone as well
            _ = draining.wait_for(|drains| *drains) => break,
        };
        let (app, drain, open) = (Arc::clone(&app), drain.clone(), open.clone());
        tokio::spawn(async move {
            converse(stream, app, drain).await;
            drop(open);
        });
    }
    // nobody else is let in, and the last one to go is waited for
    drop(listener);
    drop(open);
    closed.recv().await;
}

/// Answers one connection until it closes; when the server drains, no further request of it is read.
async fn converse(stream: Stream<Connection, Origin>, app: Arc<App>, drain: watch::Receiver<bool>) {
    if let Some(stream) = plain::converse(stream, &app, drain.clone()).await {
        // large, and not needed by most
        Box::pin(converse_on(stream, app, drain)).await;
    }
}

/// The same for whatever else there is in HTTP.
async fn converse_on(stream: Stream<Connection, Origin>, app: Arc<App>, mut drain: watch::Receiver<bool>) {
    let (origin, turns) = (stream.origin.clone(), stream.origin.clone());
    let stopping = Arc::clone(&app);
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let (origin, is_multiplexed) = (origin.clone(), request.version() == Version::HTTP_2);
        let arrival = match is_multiplexed {
            true => Arrival::Beside,
            false if origin.takes_turn() => Arrival::Alone,
            false => Arrival::Queued,
        };
        let beside = is_multiplexed.then(Arc::<Awaited>::default);
        let mut request = request.map(|body| Body::new(Taken::new(body, origin.clone(), beside.clone())));
        if let Some(beside) = beside {
            request.extensions_mut().insert(beside);
        }
        let answer = call::handle(Arc::clone(&app), Some(origin.clone()), Box::new(request));
        // what is large is moved by its address from here on
        let answer = Box::pin(answer);
        async move {
            // who waits for another turn is not yet busy, and may be closed to make room
            if arrival == Arrival::Queued {
                tokio::task::yield_now().await;
                origin.takes_turn();
            }
            let busy = origin.begin(arrival);
            let response: Response = answer.await;
            drop(busy);
            Ok::<_, Infallible>(response)
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
    let mut draining = pin!(unconstrained(drain.wait_for(|drains| *drains)));
    // asked once so that it wakes this task (and must not be put off), then only when it has
    let (mut is_asked, mut is_draining) = (false, false);
    poll_fn(|context| {
        turns.begin_turn();
        // who goes in the midst of a request is nobody's fault here
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        if is_draining || (is_asked && !stopping.is_stopping.load(Relaxed)) {
            return Poll::Pending;
        }
        is_asked = true;
        if draining.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        is_draining = true;
        connection.as_mut().graceful_shutdown();
        connection.as_mut().poll(context).map(drop)
    })
    .await;
}
