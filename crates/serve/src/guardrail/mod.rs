//! What champion and challenger did, summed up while they answer, and handed now and then to those who judge it.
//!
//! Sums are kept by groups of keys: keys are assigned to versions, and what one key asks is not independent. Whoever judges
//! (a closure, as [`crate::Finder`]) keeps the sums over restarts, adds up those of other instances, and moves aliases.

mod pair;
mod sums;

use crate::app::App;
use crate::telling::{AuditEntry, Event};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

pub(crate) use pair::{Guarded, Ticket};
pub use sums::{ArmSums, GROUPS};

/// Champion and challenger and what this process has seen of them since it met them side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// The model's name.
    pub model: String,
    /// The version of champion and challenger.
    pub versions: [String; 2],
    /// The hashes of their bundles, in hexadecimal digits.
    pub bundles: [String; 2],
    /// The challenger's share of keys.
    pub share: f64,
    /// Rises by one with each pair that this process met: sums begin anew with it.
    pub meeting: u64,
    /// What was seen of each.
    pub arms: [ArmSums; 2],
}

/// What is made of the sums at a look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// What is known now, for those who ask over HTTP.
    pub state: Value,
    /// What was decided, in a sentence, if anything is.
    pub decided: Option<String>,
    /// Whether this look did it: an alias was moved.
    pub is_done: bool,
    /// What kept the look from being taken, or the decision from being done.
    pub fault: Option<String>,
}

/// Judges what was seen; called every few seconds from a thread that may wait.
pub type Judge = Arc<dyn Fn(&Watched) -> Judged + Send + Sync>;

/// Takes a look, and tells what came of it.
pub(crate) fn look(app: &App) {
    let (Some(judge), Some(pair)) = (&app.judge, app.models.guarded.pair()) else {
        return;
    };
    let judged = judge(&pair.watched());
    let model = pair.model();
    if let Some(fault) = &judged.fault {
        let key = format!("guard_failing {model}");
        app.teller.tell_some(&key, || Event::guard_failing(model, fault));
    }
    if let Some(decided) = &judged.decided {
        tell(app, model, decided, judged.is_done);
    }
    *app.judged.lock().unwrap_or_else(PoisonError::into_inner) = Some(judged.state);
}

/// What is done is told at once and for good; what is only found, again after a while.
fn tell(app: &App, model: &str, decided: &str, is_done: bool) {
    if is_done {
        app.teller.record_own(&AuditEntry::guard(model, decided));
        app.teller.tell(Event::guard_decided(model, decided));
        return;
    }
    let key = format!("guard_finds {model}");
    app.teller.tell_some(&key, || Event::guard_finds(model, decided));
}

/// What `GET /v1/models/{model}/guard` tells: the state at the last look.
pub(crate) fn told(app: &App, model: &str) -> Value {
    let judged = app.judged.lock().unwrap_or_else(PoisonError::into_inner);
    let of_model = judged.as_ref().filter(|state| state["model"] == model);
    json!({ "model": model, "is_guarded": app.judge.is_some(), "state": of_model })
}
