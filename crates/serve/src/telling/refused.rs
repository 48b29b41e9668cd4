//! Which refusals somebody besides the caller should hear of.

use super::event::Event;
use super::settings::Level;
use crate::refusal::Refusal;
use std::net::SocketAddr;

/// A kind of refusal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    level: Level,
    sentence: &'static str,
    /// Whether it is about who may do what.
    is_audited: bool,
}

impl Kind {
    /// `None` for refusals that are between the service and its caller: rows that break a rule, unknown names.
    pub(super) fn of(refusal: &Refusal) -> Option<Kind> {
        let kind = |name, level, sentence, is_audited| {
            Some(Kind {
                name,
                level,
                sentence,
                is_audited,
            })
        };
        match refusal {
            Refusal::NoKey => kind(
                "no_key",
                Level::Warn,
                "a caller without a valid key was refused",
                true,
            ),
            Refusal::NotAdmin => kind(
                "not_admin",
                Level::Warn,
                "a caller without the admin key was refused",
                true,
            ),
            Refusal::Token { .. } => kind("token", Level::Warn, "a token was refused", true),
            Refusal::NotYours { .. } => kind(
                "not_yours",
                Level::Warn,
                "a key that does not open this model was refused",
                true,
            ),
            Refusal::NotAllYours => kind(
                "not_all_yours",
                Level::Warn,
                "a key that does not open all was refused",
                true,
            ),
            Refusal::Host { .. } => kind(
                "host",
                Level::Warn,
                "a request for another host was refused",
                true,
            ),
            Refusal::Busy { .. } => kind(
                "busy",
                Level::Warn,
                "requests were put off: too many are under way",
                false,
            ),
            Refusal::TooSlow => kind(
                "too_slow",
                Level::Warn,
                "a request whose body came too slowly gave its place away",
                false,
            ),
            Refusal::Timeout { .. } => kind("timeout", Level::Warn, "a request took too long", false),
            Refusal::NotRecorded => kind(
                "not_recorded",
                Level::Error,
                "an answer could not be recorded and was not given",
                false,
            ),
            Refusal::Internal => kind(
                "internal",
                Level::Error,
                "a request failed by a fault in the server",
                false,
            ),
            _ => None,
        }
    }

    /// The event: the reason, never what was sent as a secret.
    pub(super) fn event(self, refusal: &Refusal, from: Option<SocketAddr>) -> Event {
        let event = Event::refused(self.level, self.name, self.sentence, self.is_audited);
        let event = event.with("reason", refusal.to_string());
        match from {
            Some(address) => event.with("from", address.to_string()),
            None => event,
        }
    }
}
