//! What a line of the audit log says, between its number and the hash of the line before.

use crate::guard::Caller;
use crate::refusal::Refusal;
use crate::telling::line::Fields;
use crate::telling::requested::Requested;
use serde_json::{Value, json};

/// What was done or asked for, by whom, and what came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(super) fields: Fields,
}

impl Entry {
    fn new(action: &str) -> Entry {
        Entry::default().with("action", action)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Entry {
        self.fields.push((name, value.into()));
        self
    }

    /// A caller asked for `action` on `model`.
    pub(crate) fn of_caller(action: &str, model: &str, caller: &Caller, requested: &Requested) -> Entry {
        Entry::new(action)
            .with("model", crate::refusal::clip(model))
            .with("caller", caller.name().unwrap_or("anybody"))
            .with("from", requested.from.map(|from| from.to_string()))
            .with("request", requested.name.clone())
    }

    /// The service began.
    pub(crate) fn start(configuration: &str, models: &[String]) -> Entry {
        Entry::new("start")
            .with("spanwise", env!("CARGO_PKG_VERSION"))
            .with("configuration", configuration)
            .with("models", json!(models))
    }

    /// The service ends.
    pub(crate) fn stop(configuration: &str, reason: &str) -> Entry {
        Entry::new("stop")
            .with("reason", reason)
            .with("configuration", configuration)
    }

    /// Other versions are served than before, because a promotion was heard or a file changed.
    pub(crate) fn swap(model: &str, versions: &str) -> Entry {
        Entry::new("swap").with("model", model).with("versions", versions)
    }

    /// A guard has moved an alias.
    pub(crate) fn guard(model: &str, decided: &str) -> Entry {
        Entry::new("guard").with("model", model).with("decided", decided)
    }

    /// A day of the prediction log was removed because it was old enough.
    pub(crate) fn expired(file: &str) -> Entry {
        Entry::new("log_expired").with("file", file)
    }

    /// What stood behind the last whole line was set aside.
    pub(super) fn torn(bytes: &[u8]) -> Entry {
        Entry::new("torn_line_set_aside")
            .with("bytes", bytes.len())
            .with("blake3", blake3::hash(bytes).to_hex().as_str())
    }

    /// An event that concerns who may do what.
    pub(crate) fn heard(fields: &Fields) -> Entry {
        let mut entry = Entry::new("refused");
        entry.fields.extend(fields.iter().cloned());
        entry
    }

    pub(crate) fn asked(self) -> Entry {
        self.with("outcome", "asked")
    }

    pub(crate) fn came_to(self, refusal: Option<&Refusal>) -> Entry {
        match refusal {
            None => self.with("outcome", "done"),
            Some(refusal) => self.with("outcome", "failed").with("reason", refusal.to_string()),
        }
    }
}
