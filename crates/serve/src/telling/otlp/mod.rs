//! Traces and logs for OpenTelemetry: OTLP over HTTP, protobuf, in batches from threads of their own.
//!
//! A collector that is slow, down or answers nonsense costs those who serve nothing: what does not fit the bounded queues is
//! counted, and so is what could not be delivered.

mod batch;
mod client;
mod context;
mod messages;
mod settings;

pub(super) use context::{Context, Tracing};
pub(super) use settings::Settings;

use super::event::Event;
use super::queue::Queue;
use super::visit::Record;
use crate::ServeError;
use client::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// The most spans, and the most events, that wait.
const MAX_WAITING: usize = 8192;
/// How long they gather.
const GATHER: Duration = Duration::from_millis(500);

/// Delivers spans and events.
#[derive(Debug)]
pub(super) struct Exporter {
    pub(super) tracing: Tracing,
    pub(super) spans: Queue<Arc<Record>>,
    pub(super) logs: Queue<Event>,
    is_over: Arc<AtomicBool>,
}

impl Exporter {
    /// # Errors
    /// [`ServeError::Otlp`] if the address makes no sense or certificates cannot be read.
    pub(super) fn start(settings: &Settings) -> Result<Exporter, ServeError> {
        let is_over = Arc::new(AtomicBool::new(false));
        let client = |path| Client::new(settings, path, Arc::clone(&is_over));
        let (traces, logs) = (client("traces")?, client("logs")?);
        let (of_spans, of_logs) = (settings.resource(), settings.resource());
        let send_spans = move |records: Vec<Arc<Record>>| traces.send(&batch::spans(&of_spans, &records));
        let send_logs = move |events: Vec<Event>| logs.send(&batch::logs(&of_logs, &events));
        Ok(Exporter {
            tracing: Tracing::new(settings.sampler)?,
            spans: Queue::start("otlp-traces", MAX_WAITING, GATHER, send_spans)?,
            logs: Queue::start("otlp-logs", MAX_WAITING, GATHER, send_logs)?,
            is_over,
        })
    }

    /// Delivers what waits, if that can be done at once.
    pub(super) fn close(&self) {
        self.is_over.store(true, Relaxed);
        self.spans.close();
        self.logs.close();
    }
}
