//! What the service tells of itself: its own events, a line a request, and who changed what.
//!
//! Whoever serves never waits here: events and visits go through bounded queues before threads of their own, and what does
//! not fit is counted. Only what must be on disk before it is answered ([`Teller::audited`]) is waited for.

mod access;
mod audit;
mod event;
mod line;
mod otlp;
mod queue;
mod refused;
mod requested;
mod settings;
mod throttle;
mod visit;

use audit::Audit;
pub(crate) use audit::Entry as AuditEntry;
pub use audit::{Break, Chain, verify};
pub(crate) use event::Event;
pub(crate) use queue::Counts;
pub(crate) use requested::{Requested, address_of};
pub use settings::{AccessLog, Level, LineFormat, Sink, Telling};
pub(crate) use visit::Visit;

use crate::ServeError;
use crate::app::Clock;
use crate::refusal::Refusal;
use audit::Entry;
use axum::http::HeaderMap;
use otlp::{Context, Exporter};
use queue::Queue;
use refused::Kind;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use throttle::Throttle;

/// The most events that wait to be written.
const MAX_EVENTS: usize = 4096;
/// How often the same kind of refusal is told.
const SAME_AGAIN: Duration = Duration::from_secs(10);

/// Tells; the end that those hold who have something to tell.
pub(crate) struct Teller {
    settings: Telling,
    clock: Clock,
    events: Option<Queue<Event>>,
    access: Option<Queue<Arc<visit::Record>>>,
    exporter: Option<Exporter>,
    /// `https` under TLS, else `http`.
    scheme: &'static str,
    audit: Option<Arc<Audit>>,
    throttle: Throttle,
}

impl Teller {
    /// Opens what is to be written.
    ///
    /// # Errors
    /// [`ServeError::Audit`], [`ServeError::AccessLog`], [`ServeError::System`].
    pub(crate) fn start(
        settings: &Telling,
        scheme: &'static str,
        clock: Clock,
    ) -> Result<Arc<Teller>, ServeError> {
        let variable = |name: &str| std::env::var(name).ok();
        let exported = otlp::Settings::of(settings.otlp.as_deref(), &variable)?;
        let audit = settings.audit.as_deref().map(|file| Audit::open(file, &clock));
        let audit = audit.transpose()?.map(Arc::new);
        let access = settings.access.as_ref();
        Ok(Arc::new(Teller {
            events: event::queue(settings, audit.clone())?,
            access: access
                .map(|log| access::queue(log, settings.format))
                .transpose()?,
            exporter: exported.as_ref().map(Exporter::start).transpose()?,
            scheme,
            audit,
            clock,
            settings: settings.clone(),
            throttle: Throttle::new(SAME_AGAIN),
        }))
    }

    /// Tells an event; never waits.
    pub(crate) fn tell(&self, mut event: Event) {
        event.time_micros = (self.clock)();
        let is_told = event.level <= self.settings.level;
        if let Some(exporter) = self.exporter.as_ref().filter(|_| is_told) {
            exporter.logs.offer(event.clone());
        }
        if let Some(events) = self.events.as_ref().filter(|_| is_told || event.is_audited) {
            events.offer(event);
        }
    }

    /// Tells an event, but the same `key` again only after a while, with how often it happened meanwhile.
    pub(crate) fn tell_some(&self, key: &str, event: impl FnOnce() -> Event) {
        if (self.events.is_some() || self.exporter.is_some())
            && let Some(more) = self.throttle.pass(key)
        {
            self.tell(event().with_more(more));
        }
    }

    /// Tells that a caller was refused, if it is of a kind that somebody should hear of.
    pub(crate) fn refused(&self, refusal: &Refusal, from: Option<SocketAddr>) {
        if let Some(kind) = Kind::of(refusal) {
            self.tell_some(kind.name, || kind.event(refusal, from));
        }
    }

    /// Does what changes something for everybody: who asked for it is on disk before it is done, and what became of it
    /// before the answer leaves.
    ///
    /// # Errors
    /// Those of `work`; [`Refusal::NotRecorded`] if it cannot be recorded: then it is not done.
    pub(crate) async fn audited<T: Send + 'static>(
        self: &Arc<Self>,
        entry: Entry,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let Some(audit) = self.audit.clone() else {
            return work.await;
        };
        let teller = Arc::clone(self);
        // on a task of its own: what was done is told although who asked for it has gone
        let told = tokio::spawn(async move {
            teller.record(&audit, entry.clone().asked()).await?;
            let done = work.await;
            teller.record(&audit, entry.came_to(done.as_ref().err())).await?;
            done
        });
        told.await.unwrap_or(Err(Refusal::Internal))
    }

    async fn record(&self, audit: &Arc<Audit>, entry: Entry) -> Result<(), Refusal> {
        let (audit, now) = (Arc::clone(audit), (self.clock)());
        let written = tokio::task::spawn_blocking(move || audit.record(&entry, now)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.tell(Event::audit_failing(&error.to_string()));
                Err(Refusal::NotRecorded)
            }
            Err(_) => Err(Refusal::Internal),
        }
    }

    /// Records what the service did by itself. What cannot be recorded is told.
    pub(crate) fn record_own(&self, entry: &Entry) {
        let Some(audit) = &self.audit else { return };
        if let Err(error) = audit.record(entry, (self.clock)()) {
            self.tell(Event::audit_failing(&error.to_string()));
        }
    }

    /// Records that the service begins.
    ///
    /// # Errors
    /// [`ServeError::Audit`]: what cannot be recorded must not begin.
    pub(crate) fn record_first(&self, entry: &Entry) -> Result<(), ServeError> {
        let (Some(audit), Some(file)) = (&self.audit, &self.settings.audit) else {
            return Ok(());
        };
        audit
            .record(entry, (self.clock)())
            .map_err(|error| ServeError::Audit {
                file: file.clone(),
                found: error.to_string(),
                expected: "a file that can be written",
            })
    }

    /// Whether somebody hears of each request.
    pub(crate) fn hears_visits(&self) -> bool {
        self.access.is_some() || self.exporter.is_some()
    }

    /// The place of a request in its trace, if traces are told.
    fn context(&self, headers: &HeaderMap) -> Option<Context> {
        let exporter = self.exporter.as_ref()?;
        Some(exporter.tracing.context(headers))
    }

    /// The lines written, left out and failed, by the name of their log.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, &Counts)> {
        let events = self.events.as_ref().map(|queue| ("events", queue.counts()));
        let access = self.access.as_ref().map(|queue| ("access", queue.counts()));
        let audit = self.audit.as_ref().map(|audit| ("audit", audit.counts()));
        let exporter = self.exporter.as_ref();
        let spans = exporter.map(|exporter| ("otlp_traces", exporter.spans.counts()));
        let logs = exporter.map(|exporter| ("otlp_logs", exporter.logs.counts()));
        [events, access, audit, spans, logs].into_iter().flatten()
    }

    /// Tells of panics in this process in one line, without what they say: that may be a caller's.
    pub(crate) fn hear_panics(self: &Arc<Self>) {
        let teller: Weak<Teller> = Arc::downgrade(self);
        std::panic::set_hook(Box::new(move |panic| {
            if let Some(teller) = teller.upgrade() {
                teller.tell(Event::panicked(panic.location()));
            }
        }));
    }

    /// Tells the end and writes what waits. What is told later is lost.
    pub(crate) fn close(&self) {
        for (kind, more) in self.throttle.rest() {
            self.tell(Event::more_of(&kind, more));
        }
        self.tell(Event::stopped());
        if let Some(access) = &self.access {
            access.close();
        }
        if let Some(events) = &self.events {
            events.close();
        }
        if let Some(exporter) = &self.exporter {
            exporter.close();
        }
    }
}

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
