//! What a protocol is given and gives, and on which thread it works.

use super::{Asked, InFlight};
use crate::app::App;
use crate::body::{self, Begun};
use crate::flow::{self, Stream};
use crate::listener::Origin;
use crate::models::Loaded;
use crate::protocol::{self, Flow};
use crate::refusal::Refusal;
use crate::route::Scoring;
use crate::scoring::Scored;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use bundle::ScoreOptions;
use bytes::Bytes;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A body up to this size is scored where it was read: handing it over would take longer.
pub(crate) const INLINE_BYTES: usize = 8 << 10;
/// A body from this size on is scored with every thread.
const PARALLEL_BYTES: usize = 1 << 20;

/// What a protocol needs to answer.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) model: Arc<Loaded>,
    pub(crate) headers: HeaderMap,
    /// What stands behind the path.
    pub(crate) query: Option<String>,
    /// Whole and without content encoding.
    pub(crate) body: Bytes,
    pub(crate) app: Arc<App>,
    pub(crate) n_threads: usize,
}

/// An answer that is not a refusal.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    /// Without one, the body is empty.
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
    /// What comes instead of a body, in the end.
    pub(crate) flow: Option<Body>,
}

/// An answer with what it was made from, for the log.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) reply: Reply,
    /// Behind its address, as it is handed on several times.
    pub(crate) scored: Box<Scored>,
    /// The request's name, if it brought one.
    pub(crate) request: Option<String>,
}

impl Call {
    /// What is known before the body is read; the body, and where it comes from if that is kept beside it.
    fn of(app: &Arc<App>, model: Arc<Loaded>, request: Request) -> (Call, Body, Option<Origin>) {
        let (parts, body) = request.into_parts();
        let origin = parts.extensions.get::<Origin>().cloned();
        let call = Call {
            model,
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            body: Bytes::new(),
            app: Arc::clone(app),
            n_threads: 1,
        };
        (call, body, origin)
    }

    /// How to score this request.
    pub(crate) fn options(&self, n_reasons: usize) -> ScoreOptions {
        ScoreOptions {
            n_reasons,
            n_threads: self.n_threads,
            ..ScoreOptions::default()
        }
    }
}

impl Reply {
    /// A JSON body.
    pub(crate) fn json(body: Vec<u8>) -> Reply {
        Reply {
            content_type: "application/json",
            body,
            ..Reply::default()
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(self.flow.unwrap_or_else(|| Body::from(self.body)));
        if !self.content_type.is_empty() {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        response.headers_mut().extend(self.headers);
        response
    }
}

/// Reads, scores and records what was asked.
pub(super) async fn answer(
    app: &Arc<App>,
    scoring: Scoring,
    model: Arc<Loaded>,
    asked: &Arc<Asked>,
    in_flight: Option<InFlight>,
    request: Box<Request>,
) -> Result<Reply, Refusal> {
    let limit_bytes = app.limits.max_body_bytes;
    let (mut call, body, origin) = Call::of(app, model, *request);
    call.body = match body::begin(body, limit_bytes).await? {
        Begun::Whole(body) => body,
        Begun::Larger(begin, rest) => match Flow::is_possible(scoring, &call.headers) {
            false => {
                Box::pin(body::discard(rest, limit_bytes)).await;
                return Err(Refusal::TooLarge { limit_bytes });
            }
            true => {
                let asked = Arc::clone(asked);
                let stream = Stream {
                    scoring,
                    asked,
                    rest,
                    origin,
                    in_flight,
                };
                return Box::pin(flow::answer(stream, call, begin)).await;
            }
        },
    };
    asked.see_read(call.body.len());
    let done = match is_inline(scoring, &call) {
        true => run(scoring, &mut call)?,
        false => Box::pin(on_its_thread(app, scoring, call)).await?,
    };
    asked.log_answer(app, done.scored, done.request).await?;
    Ok(done.reply)
}

/// Light requests are scored where they were read, others on the threads that score.
fn is_inline(scoring: Scoring, call: &Call) -> bool {
    call.body.len() <= INLINE_BYTES && protocol::may_be_inline(scoring, &call.headers)
}

async fn on_its_thread(app: &Arc<App>, scoring: Scoring, mut call: Call) -> Result<Done, Refusal> {
    if PARALLEL_BYTES <= call.body.len() {
        call.n_threads = app.n_threads;
    }
    let permits = Arc::clone(&app.permits).acquire_many_owned(call.n_threads as u32);
    // The permit goes along: work whose caller has gone still counts until it ends.
    let permit = permits.await.map_err(|_| Refusal::Stopping)?;
    let work = move || {
        let _permit = permit;
        run(scoring, &mut call)
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::Internal)?
}

/// Decodes, answers and encodes; a panic becomes a refusal.
fn run(scoring: Scoring, call: &mut Call) -> Result<Done, Refusal> {
    caught(|| {
        let body = std::mem::take(&mut call.body);
        call.body = body::decoded(&call.headers, body, call.app.limits.max_body_bytes)?;
        let mut done = protocol::score(scoring, call)?;
        if let Some((encoding, body)) = body::encoded(&call.headers, &done.reply.body) {
            done.reply.body = body;
            done.reply
                .headers
                .push((header::CONTENT_ENCODING, HeaderValue::from_static(encoding)));
        }
        Ok(done)
    })
}

pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    // What the work was given is dropped with it, so that nothing half done is seen.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Internal))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_becomes_a_neutral_refusal() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let caught: Result<(), Refusal> = caught(|| panic!("secret"));
        std::panic::set_hook(hook);
        assert_eq!(caught, Err(Refusal::Internal));
        assert!(!Refusal::Internal.to_string().contains("secret"));
    }
}
