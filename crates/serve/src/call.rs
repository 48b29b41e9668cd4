//! One request from its first byte to its answer: who may, which model, within which time, on which thread.

use crate::app::App;
use crate::body::{self, Begun};
use crate::config::Limits;
use crate::flow::{self, Stream};
use crate::guard::Caller;
use crate::guardrail::Ticket;
use crate::listener::Origin;
use crate::marks::{self, clipped, echoed, name_of};
use crate::metrics::Counters;
use crate::models::Loaded;
use crate::protocol::{self, Flow};
use crate::refusal::Refusal;
use crate::route::{Protocol, Route, Scoring};
use crate::scoring::Scored;
use crate::telling::{Visit, address_of};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use axum::response::Response;
use bundle::ScoreOptions;
use bundle::log::Refused;
use bytes::Bytes;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

/// A body up to this size is scored where it was read: handing it over would take longer.
pub(crate) const INLINE_BYTES: usize = 8 << 10;
/// A body from this size on is scored with every thread.
const PARALLEL_BYTES: usize = 1 << 20;
/// How often, and how long after one another, is looked for the place of a connection that was closed.
const LOOKS: usize = 40;
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// How much is taken of a body that nobody reads.
const MAX_DISCARDED: usize = 64 << 10;
/// The same where the caller may ask, and hears why not now only if he is let finish.
const MAX_REFUSED: usize = 1 << 20;
/// Says which version answered.
const VERSION: HeaderName = HeaderName::from_static("x-spanwise-version");

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
    pub(crate) limits: Limits,
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

/// Answers any request; `origin` is the connection that it came on.
pub(crate) async fn handle(app: Arc<App>, origin: Option<Origin>, mut request: Request) -> Response {
    // Most rows are few, and nobody asks for their connection: what is kept beside a request takes three allocations.
    let is_light = is_light(&app, &request) && !app.teller.hears_visits();
    let origin = match is_light {
        true => origin,
        false => keep(origin, &mut request),
    };
    let visit = Visit::begin(&app.teller, &mut request);
    let visit = visit.as_deref();
    if protocol::grpc::is_spoken(&request) {
        return Box::pin(protocol::grpc::handle(app, visit, request)).await;
    }
    let mut response = answer_to(&app, visit, origin, request).await;
    if let Some(visit) = visit {
        visit.answer(&mut response);
    }
    response
}

/// Whether the body is known to be so small that it is read before anything is answered.
fn is_light(app: &App, request: &Request) -> bool {
    let limit = app.limits.max_body_bytes.min(INLINE_BYTES) as u64;
    request.version() != Version::HTTP_2 && request.body().size_hint().exact().is_some_and(|n| n <= limit)
}

/// Keeps the connection beside the request, for those who ask for it.
fn keep(origin: Option<Origin>, request: &mut Request) -> Option<Origin> {
    if let Some(origin) = origin {
        request.extensions_mut().insert(origin);
    }
    None
}

/// Answers a request over HTTP; `origin` is where it came from, if that is not kept beside it.
async fn answer_to(
    app: &Arc<App>,
    visit: Option<&Visit>,
    origin: Option<Origin>,
    mut request: Request,
) -> Response {
    let protocol = Protocol::of(request.uri().path());
    let entered = enter(app, &request);
    if let (Some(visit), Ok((caller, route))) = (visit, &entered) {
        visit.know(caller, route.pattern());
    }
    match entered {
        Ok((
            caller,
            Route::Score {
                scoring,
                model,
                version,
            },
        )) => score(app, &caller, scoring, model, version, request).await,
        Ok((caller, route)) => {
            keep(origin, &mut request);
            match Box::pin(protocol::answer(app, &caller, route, request)).await {
                Ok(reply) => reply.into_response(),
                Err(refusal) => protocol::refused(protocol, &caller.hushed(refusal)),
            }
        }
        Err(refusal) => {
            keep(origin, &mut request);
            app.refused_at_door.fetch_add(1, Relaxed);
            app.teller.refused(&refusal, address_of(request.extensions()));
            Box::pin(body::discard(request.into_body(), MAX_DISCARDED)).await;
            protocol::refused(protocol, &refusal)
        }
    }
}

fn enter(app: &App, request: &Request) -> Result<(Caller, Route), Refusal> {
    app.guard.check_source(request.headers(), request.uri())?;
    let route = Route::of(request.method(), request.uri().path(), app.platform.as_ref())?;
    let route = route.or_model(|| app.models.first_name());
    let caller = app.guard.caller(request.headers(), || (app.clock)());
    caller.check(&route)?;
    Ok((caller, route))
}

/// What is known of a request that scores before it is read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) started: Instant,
    pub(crate) counters: Arc<Counters>,
    /// For those who hear of each request.
    pub(crate) visit: Option<Arc<Visit>>,
    /// For those who compare champion and challenger.
    ticket: Option<Ticket>,
    model: Arc<Loaded>,
    /// The request's name, if it came with one.
    name: Option<String>,
}

impl Asked {
    /// Records an answer, under the name that stood in its body if there was one, and asks those who shadow it.
    pub(crate) async fn log_answer(
        &self,
        app: &App,
        done: Box<Scored>,
        own: Option<String>,
    ) -> Result<(), Refusal> {
        if let Some(visit) = &self.visit {
            visit.scored(done.scores.n_rows);
        }
        if let Some(ticket) = &self.ticket {
            ticket.see_answers(&done.model, &done.scores);
        }
        let shadows = app.models.shadows(&done.model.name, &done.model.version);
        if !shadows.is_empty() {
            app.shadows.ask(shadows, &done);
        }
        let Some(log) = &app.log else { return Ok(()) };
        let name = own.map_or_else(|| self.log_name(app), clipped);
        log.record(done, (app.clock)(), name).await
    }

    /// Records a refusal that the rows are to blame for.
    pub(crate) fn log_refusal(&self, app: &App, refusal: &Refusal) {
        if let (Some(log), Some((reason, n_rows))) = (&app.log, refusal.of_rows()) {
            log.refuse(Refused {
                time_micros: (app.clock)(),
                request: self.log_name(app),
                bundle: self.model.bundle.hash().to_hex(),
                reason,
                n_rows,
            });
        }
    }

    /// Notes that the request has ended, with scores or a refusal.
    pub(crate) fn see_end(&self, is_answered: bool) {
        if let Some(ticket) = &self.ticket {
            ticket.see_end(is_answered, self.started.elapsed());
        }
    }

    /// Notes bytes of the body that came.
    pub(crate) fn see_read(&self, n_bytes: usize) {
        see(&self.counters.bytes_read, n_bytes);
        if let Some(visit) = &self.visit {
            visit.read(n_bytes);
        }
    }

    /// Notes bytes of an answer that flows.
    pub(crate) fn see_written(&self, n_bytes: usize) {
        see(&self.counters.bytes_written, n_bytes);
        if let Some(visit) = &self.visit {
            visit.sent(n_bytes);
        }
    }

    fn log_name(&self, app: &App) -> String {
        clipped(self.name.clone().unwrap_or_else(|| next_name(app)))
    }
}

fn see(count: &AtomicU64, n_bytes: usize) {
    count.fetch_add(n_bytes as u64, Relaxed);
}

async fn score(
    app: &Arc<App>,
    caller: &Caller,
    scoring: Scoring,
    model: Option<String>,
    version: Option<String>,
    request: Request,
) -> Response {
    let echoed = echoed(request.headers());
    let under_way = UnderWay::begin(app, scoring).await;
    let mut response = match under_way.score(model, version, request).await {
        Ok(reply) => reply.into_response(),
        Err(refusal) => protocol::refused(scoring.protocol(), &caller.hushed(refusal)),
    };
    response.headers_mut().extend(echoed);
    response
}

/// A request for scores from its beginning on: counted, late after a while, noted when it ends.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    app: &'a Arc<App>,
    scoring: Scoring,
    started: Instant,
    /// `None` if there are as many as may be.
    in_flight: Option<InFlight>,
}

impl<'a> UnderWay<'a> {
    pub(crate) async fn begin(app: &'a Arc<App>, scoring: Scoring) -> UnderWay<'a> {
        let mut under_way = UnderWay {
            app,
            scoring,
            started: Instant::now(),
            in_flight: InFlight::within(app, app.limits.max_in_flight as u64),
        };
        if under_way.in_flight.is_none() {
            Box::pin(under_way.make_room()).await;
        }
        under_way
    }

    /// Takes the place of a request whose body comes too slowly, if there is one: many that drip would else keep all others
    /// out.
    async fn make_room(&mut self) {
        if !self.app.crowd.close_slowest() {
            return;
        }
        for _ in 0..LOOKS {
            tokio::time::sleep(LOOK_AGAIN).await;
            self.in_flight = InFlight::within(self.app, self.app.limits.max_in_flight as u64);
            if self.in_flight.is_some() {
                return;
            }
        }
    }

    /// Whether there is room for it.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let limit = self.app.limits.max_in_flight;
        self.in_flight.as_ref().map(drop).ok_or(Refusal::Busy { limit })
    }

    /// What `work` gives, unless the request's time is up before.
    pub(crate) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let mut work = pin!(work);
        // Most answers are there at once, and need no timer.
        if let Poll::Ready(answer) = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
            return answer;
        }
        let limit_ms = self.app.limits.timeout_ms;
        let left = Duration::from_millis(limit_ms).saturating_sub(self.started.elapsed());
        tokio::time::timeout(left, work)
            .await
            .unwrap_or(Err(Refusal::Timeout { limit_ms }))
    }

    /// Ends it before its model is known.
    pub(crate) fn refuse(self, refusal: Refusal) -> Refusal {
        self.note(&self.app.no_model, Some(&refusal));
        refusal
    }

    /// Answers it: which model it is for must be known by now, its body may still be on the way.
    pub(crate) async fn score(
        mut self,
        model: Option<String>,
        version: Option<String>,
        request: Request,
    ) -> Result<Reply, Refusal> {
        let found = self.check().and_then(|()| match model {
            // who names a version was not assigned to it
            Some(name) if version.is_some() => {
                let found = self.app.models.find(&name, version.as_deref());
                found.map(|model| (model, None))
            }
            name => {
                let key = || key_of(self.app, request.headers());
                self.app.models.assigned(name.as_deref(), key)
            }
        });
        let (model, ticket) = match found {
            Ok(found) => found,
            Err(refusal) => {
                Box::pin(body::discard(request.into_body(), MAX_REFUSED)).await;
                return Err(self.refuse(refusal));
            }
        };
        let visit = request.extensions().get::<Arc<Visit>>().cloned();
        if let Some(visit) = &visit {
            visit.ask(&model);
        }
        let asked = Arc::new(Asked {
            started: self.started,
            counters: Arc::clone(&model.counters),
            visit,
            ticket,
            model: Arc::clone(&model),
            name: name_of(request.headers()),
        });
        let told = model.version_header.clone();
        let in_flight = self.in_flight.take();
        // A future lies in those that wait for it, twice in each: without the box, a request would be 60 KB to make and move.
        let answer = Box::pin(answer(self.app, self.scoring, model, &asked, in_flight, request));
        let mut answer = self.in_time(answer).await;
        if let (Ok(reply), Some(version)) = (&mut answer, told) {
            reply.headers.push((VERSION, version));
        }
        match &answer {
            // counted and recorded as it goes
            Ok(reply) if reply.flow.is_some() => return answer,
            // what a visit tells is the whole answer, which gRPC wraps
            Ok(reply) => see(&asked.counters.bytes_written, reply.body.len()),
            Err(refusal) => asked.log_refusal(self.app, refusal),
        }
        asked.see_end(answer.is_ok());
        self.note(&asked.counters, answer.as_ref().err());
        answer
    }

    fn note(&self, counters: &Counters, refusal: Option<&Refusal>) {
        let code = refusal.map_or(200, |refusal| protocol::code(self.scoring.protocol(), refusal));
        if let Some(refusal) = refusal {
            self.app.teller.refused(refusal, None);
        }
        counters.see_request(self.scoring, code, self.started.elapsed());
    }
}

async fn answer(
    app: &Arc<App>,
    scoring: Scoring,
    model: Arc<Loaded>,
    asked: &Arc<Asked>,
    in_flight: Option<InFlight>,
    request: Request,
) -> Result<Reply, Refusal> {
    let (parts, body) = request.into_parts();
    let origin = parts.extensions.get::<Origin>().cloned();
    let limit_bytes = app.limits.max_body_bytes;
    let mut call = Call {
        model,
        headers: parts.headers,
        query: parts.uri.query().map(str::to_owned),
        body: Bytes::new(),
        app: Arc::clone(app),
        limits: app.limits,
        n_threads: 1,
    };
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
    call.body.len() <= INLINE_BYTES && protocol::is_light(scoring, &call.headers)
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
        call.body = body::decoded(&call.headers, body, call.limits.max_body_bytes)?;
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

/// The key that decides which version answers; anything if the request brings none.
fn key_of(app: &App, headers: &HeaderMap) -> Vec<u8> {
    marks::key_of(headers).unwrap_or_else(|| next_name(app).into_bytes())
}

fn next_name(app: &App) -> String {
    marks::numbered(app.start_micros, app.n_requests.fetch_add(1, Relaxed))
}

/// Counts a request for as long as it lives.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<App>);

impl InFlight {
    /// `None` if there are as many as may be: who is turned away is not under way, however slowly it leaves.
    fn within(app: &Arc<App>, limit: u64) -> Option<InFlight> {
        let one_more = |n: u64| (n < limit).then_some(n + 1);
        app.in_flight.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(InFlight(Arc::clone(app)))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
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
