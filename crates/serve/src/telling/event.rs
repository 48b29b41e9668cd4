//! The service's own events: every one of them, and how it is told.

use super::MAX_EVENTS;
use super::audit::{Audit, Entry};
use super::line::{Fields, line};
use super::queue::Queue;
use super::settings::{Level, Telling};
use crate::ServeError;
use crate::cost::{Price, Usage};
use crate::models::Loaded;
use serde_json::Value;
use std::io;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

/// Something that happened to the service.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(super) level: Level,
    pub(super) name: &'static str,
    /// The same in words.
    pub(super) sentence: &'static str,
    pub(super) fields: Fields,
    pub(super) time_micros: i64,
    /// Whether the audit log holds it too.
    pub(super) is_audited: bool,
}

impl Event {
    fn new(level: Level, name: &'static str, sentence: &'static str) -> Event {
        Event {
            level,
            name,
            sentence,
            fields: Vec::new(),
            time_micros: 0,
            is_audited: false,
        }
    }

    pub(super) fn with(mut self, field: &'static str, value: impl Into<Value>) -> Event {
        self.fields.push((field, value.into()));
        self
    }

    /// Says how often the same happened without being told.
    pub(super) fn with_more(self, more: u64) -> Event {
        if 0 < more { self.with("more", more) } else { self }
    }

    pub(super) fn refused(
        level: Level,
        kind: &'static str,
        sentence: &'static str,
        is_audited: bool,
    ) -> Event {
        let event = Event::new(level, "caller_refused", sentence).with("kind", kind);
        Event { is_audited, ..event }
    }

    pub(super) fn more_of(kind: &str, more: u64) -> Event {
        Event::new(Level::Warn, "more", "more of the same happened")
            .with("kind", kind)
            .with("more", more)
    }

    pub(crate) fn started(configuration: &str, n_models: usize) -> Event {
        Event::new(Level::Info, "started", "the service has started")
            .with("spanwise", env!("CARGO_PKG_VERSION"))
            .with("configuration", configuration)
            .with("models", n_models)
    }

    pub(crate) fn listening(scheme: &str, address: std::net::SocketAddr) -> Event {
        Event::new(Level::Info, "listening", "requests are answered")
            .with("address", format!("{scheme}://{address}"))
    }

    pub(crate) fn loaded(model: &Loaded) -> Event {
        Event::new(Level::Info, "model_loaded", "a model was loaded")
            .with("model", model.name.as_str())
            .with("version", model.version.as_str())
            .with("bundle", model.bundle.hash().to_hex())
            .with("ms", model.load_time.as_micros() as f64 / 1e3)
    }

    pub(crate) fn not_loaded(model: &str, version: &str, reason: &str) -> Event {
        Event::new(
            Level::Error,
            "model_refused",
            "a model cannot be served; what was served before, if anything, still is",
        )
        .with("model", model)
        .with("version", version)
        .with("reason", reason)
    }

    pub(crate) fn unknown_versions(model: &str) -> Event {
        let sentence = "which versions are to be served cannot be found out; what was served before still is";
        Event::new(Level::Error, "versions_unknown", sentence).with("model", model)
    }

    pub(crate) fn swapped(model: &str, versions: &str) -> Event {
        Event::new(Level::Info, "model_swapped", "other versions are served now")
            .with("model", model)
            .with("versions", versions)
    }

    pub(crate) fn guard_decided(model: &str, decided: &str) -> Event {
        let sentence = "champion and challenger differ as far as was to be found out; an alias was moved";
        Event::new(Level::Info, "guard_decided", sentence)
            .with("model", model)
            .with("decided", decided)
    }

    pub(crate) fn guard_finds(model: &str, decided: &str) -> Event {
        let sentence = "champion and challenger differ as far as was to be found out; nothing was moved";
        Event::new(Level::Warn, "guard_finds", sentence)
            .with("model", model)
            .with("decided", decided)
    }

    pub(crate) fn guard_failing(model: &str, reason: &str) -> Event {
        let sentence = "what champion and challenger did cannot be kept or judged";
        Event::new(Level::Error, "guard_failing", sentence)
            .with("model", model)
            .with("reason", reason)
    }

    pub(crate) fn unloaded(model: &str) -> Event {
        Event::new(Level::Info, "model_unloaded", "a model was unloaded").with("model", model)
    }

    pub(crate) fn certificates_read() -> Event {
        Event::new(Level::Info, "certificate_read", "new certificates are shown")
    }

    pub(crate) fn certificates_stale(reason: &str) -> Event {
        let sentence = "new certificates are not sound; the old ones are shown";
        Event::new(Level::Error, "certificate_stale", sentence).with("reason", reason)
    }

    pub(crate) fn draining(reason: &str, in_flight: u64) -> Event {
        Event::new(
            Level::Info,
            "draining",
            "no more requests are taken; those under way are answered",
        )
        .with("reason", reason)
        .with("in_flight", in_flight)
    }

    pub(crate) fn cost(model: &str, version: &str, usage: Usage, price: Option<&Price>) -> Event {
        let event = Event::new(Level::Info, "cost", "what the answers of a model took")
            .with("model", model)
            .with("version", version)
            .with("predictions", usage.rows)
            .with("cpu_microseconds_per_prediction", usage.micros_per_row())
            .with("bytes_read", usage.bytes_read)
            .with("bytes_written", usage.bytes_written);
        match price {
            None => event,
            Some(price) => event
                .with("cost_per_million_predictions", usage.per_million(price))
                .with("currency", price.currency.as_str()),
        }
    }

    pub(crate) fn stopped() -> Event {
        Event::new(Level::Info, "stopped", "the service has stopped")
    }

    pub(crate) fn panicked(location: Option<&Location<'_>>) -> Event {
        let place = location.map(|place| format!("{}:{}", place.file(), place.line()));
        let thread = std::thread::current();
        Event::new(
            Level::Error,
            "panic",
            "a fault in the program; one request is answered with 500",
        )
        .with("at", place)
        .with("thread", thread.name())
    }

    pub(crate) fn log_failing(reason: &str) -> Event {
        Event::new(
            Level::Error,
            "log_failing",
            "the prediction log cannot be written",
        )
        .with("reason", reason)
    }

    pub(crate) fn log_withheld(model: &str, version: &str, column: &str) -> Event {
        Event::new(
            Level::Error,
            "log_withheld",
            "rows of a model without a column that is to be masked are not logged",
        )
        .with("model", model)
        .with("version", version)
        .with("column", column)
    }

    pub(crate) fn log_recovered() -> Event {
        Event::new(
            Level::Info,
            "log_recovered",
            "the prediction log is written again",
        )
    }

    pub(crate) fn log_dropping(n_rows: u64) -> Event {
        let sentence = "rows did not fit the queue of the prediction log";
        Event::new(Level::Warn, "log_dropping", sentence).with("rows", n_rows)
    }

    pub(crate) fn log_merged(merged: &bundle::log::Merged) -> Event {
        Event::new(
            Level::Info,
            "log_merged",
            "closed files of the prediction log became files of days",
        )
        .with("days", merged.n_days)
        .with("files", merged.n_files)
        .with("rows", merged.n_rows)
    }

    pub(crate) fn log_expired(file: &str) -> Event {
        Event::new(
            Level::Info,
            "log_expired",
            "a day of the prediction log was removed, as it was to be",
        )
        .with("file", file)
    }

    pub(crate) fn log_not_kept(reason: &str) -> Event {
        let sentence = "the folder of the prediction log cannot be kept in order";
        Event::new(Level::Error, "log_not_kept", sentence).with("reason", reason)
    }

    pub(crate) fn audit_failing(reason: &str) -> Event {
        let sentence = "the audit log cannot be written; what must stand in it is not done";
        Event::new(Level::Error, "audit_failing", sentence).with("reason", reason)
    }

    /// The event as a line.
    fn line(&self, settings: &Telling) -> String {
        let level = self.level.word();
        let named: Fields = vec![
            ("level", level.into()),
            ("event", self.name.into()),
            ("message", self.sentence.into()),
        ];
        let begin = format!("{level:<5} {}: {}", self.name, self.sentence);
        match settings.format {
            super::LineFormat::Text => line(settings.format, self.time_micros, &begin, &self.fields),
            super::LineFormat::Json => {
                let fields: Fields = named.into_iter().chain(self.fields.iter().cloned()).collect();
                line(settings.format, self.time_micros, "", &fields)
            }
        }
    }
}

/// The thread that writes events; `None` if nobody hears of them.
pub(super) fn queue(
    settings: &Telling,
    audit: Option<Arc<Audit>>,
) -> Result<Option<Queue<Event>>, ServeError> {
    if settings.events.is_none() && audit.is_none() {
        return Ok(None);
    }
    let settings = settings.clone();
    let work = move |events: Vec<Event>| {
        for event in events.iter().filter(|event| event.is_audited) {
            if let Some(audit) = &audit {
                // What fails is counted; the next change is refused for it.
                let _ = audit.record(&Entry::heard(&event.fields), event.time_micros);
            }
        }
        write(&settings, &events)
    };
    Queue::start("events", MAX_EVENTS, Duration::ZERO, work).map(Some)
}

fn write(settings: &Telling, events: &[Event]) -> io::Result<()> {
    let Some(sink) = &settings.events else {
        return Ok(());
    };
    let told = events.iter().filter(|event| event.level <= settings.level);
    let lines: String = told.map(|event| event.line(settings)).collect();
    if lines.is_empty() {
        return Ok(());
    }
    sink.write(lines.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::telling::{LineFormat, Sink};
    use serde_json::json;

    #[test]
    fn an_event_is_a_sentence_or_an_object() {
        let mut settings = Telling {
            events: Some(Sink::new(|_| Ok(()))),
            ..Telling::default()
        };
        let event = Event::not_loaded("churn", "4", "section `trees` is damaged").with_more(2);
        let text = event.line(&settings);
        assert!(
            text.starts_with("1970-01-01T00:00:00.000000Z error model_refused: a model cannot be served"),
            "{text}"
        );
        assert!(
            text.ends_with(" model=churn version=4 reason=\"section `trees` is damaged\" more=2\n"),
            "{text}"
        );
        settings.format = LineFormat::Json;
        let object: Value = serde_json::from_str(&event.line(&settings)).unwrap();
        assert_eq!(object["level"], json!("error"));
        assert_eq!(object["event"], json!("model_refused"));
        assert_eq!(object["version"], json!("4"));
        assert_eq!(object["more"], json!(2));
    }
}
