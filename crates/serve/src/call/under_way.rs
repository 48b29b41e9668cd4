//! A request for scores from its beginning on.

use super::work::{Reply, answer};
use super::{Asked, next_name, see};
use crate::app::App;
use crate::body;
use crate::listener::{Held, Holder};
use crate::marks::{self, name_of};
use crate::metrics::Counters;
use crate::protocol;
use crate::refusal::Refusal;
use crate::route::Scoring;
use crate::telling::Visit;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::{Duration, Instant};

/// How often, and how long after one another, is looked for the place of a request that is to leave it.
const LOOKS: usize = 40;
const LOOK_FOR_PLACE: Duration = Duration::from_millis(5);
/// The same where the caller may ask, and hears why not now only if he is let finish.
const MAX_REFUSED: usize = 1 << 20;
/// Says which version answered.
const VERSION: HeaderName = HeaderName::from_static("x-spanwise-version");

/// A request for scores from its beginning on: counted, late after a while, noted when it ends.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    app: &'a Arc<App>,
    scoring: Scoring,
    started: Instant,
    /// `None` if there are as many as may be.
    in_flight: Option<InFlight>,
    /// Who will hold the place.
    holder: Option<Holder>,
}

impl<'a> UnderWay<'a> {
    /// `holder` may be made to leave its place while its body is awaited.
    pub(crate) async fn begin(app: &'a Arc<App>, scoring: Scoring, holder: Option<Holder>) -> UnderWay<'a> {
        let mut under_way = UnderWay {
            app,
            scoring,
            started: Instant::now(),
            in_flight: None,
            holder,
        };
        if !under_way.enter() {
            Box::pin(under_way.make_room()).await;
        }
        under_way
    }

    /// Takes a place, if there is one.
    fn enter(&mut self) -> bool {
        self.in_flight = InFlight::within(self.app, &mut self.holder);
        self.in_flight.is_some()
    }

    /// Takes the place of a request whose body comes too slowly, if there is one: many that drip would else keep all others
    /// out.
    async fn make_room(&mut self) {
        for _ in 0..LOOKS {
            // again each time: others who wait as well may have had the place
            if !self.app.crowd.give_up_slowest() {
                // the one that was leaving may have left by now
                self.enter();
                return;
            }
            tokio::time::sleep(LOOK_FOR_PLACE).await;
            if self.enter() {
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
        request: Box<Request>,
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
        // A future lies in those that wait for it, twice in each: without the box, a request would be large to make and to move.
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

/// The key that decides which version answers; anything if the request brings none.
fn key_of(app: &App, headers: &HeaderMap) -> Vec<u8> {
    marks::key_of(headers).unwrap_or_else(|| next_name(app).into_bytes())
}

/// Counts a request for as long as it lives.
#[derive(Debug)]
pub(crate) struct InFlight {
    app: Arc<App>,
    _held: Option<Held>,
}

impl InFlight {
    /// `None` if there are as many as may be: who is turned away is not under way, however slowly it leaves.
    fn within(app: &Arc<App>, holder: &mut Option<Holder>) -> Option<InFlight> {
        let limit = app.limits.max_in_flight as u64;
        let one_more = |n: u64| (n < limit).then_some(n + 1);
        app.in_flight.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(InFlight {
            app: Arc::clone(app),
            _held: holder.take().map(|holder| app.crowd.hold(holder)),
        })
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.app.in_flight.fetch_sub(1, Relaxed);
    }
}
