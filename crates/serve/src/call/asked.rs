//! What is known of a request for scores before it is read, and to whom its answer is told.

use crate::app::App;
use crate::guardrail::Ticket;
use crate::marks::{self, clipped};
use crate::metrics::Counters;
use crate::models::Loaded;
use crate::refusal::Refusal;
use crate::scoring::Scored;
use crate::telling::Visit;
use bundle::log::Refused;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// What is known of a request that scores before it is read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) started: Instant,
    pub(crate) counters: Arc<Counters>,
    /// For those who hear of each request.
    pub(crate) visit: Option<Arc<Visit>>,
    /// For those who compare champion and challenger.
    pub(super) ticket: Option<Ticket>,
    pub(super) model: Arc<Loaded>,
    /// The request's name, if it came with one.
    pub(super) name: Option<String>,
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

pub(super) fn see(count: &AtomicU64, n_bytes: usize) {
    count.fetch_add(n_bytes as u64, Relaxed);
}

pub(super) fn next_name(app: &App) -> String {
    marks::numbered(&app.names_begin, app.n_requests.fetch_add(1, Relaxed))
}
