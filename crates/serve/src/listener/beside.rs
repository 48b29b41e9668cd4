//! A body that comes beside others on its connection: it can be given up alone.

use super::state::Wait;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::Instant;

/// The body of a request, as far as others may have its place.
#[derive(Debug, Default)]
pub(crate) struct Awaited(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    wait: Wait,
    /// Whether its request is one of those under way, of which there may be only so many.
    holds_place: bool,
    /// Whether it is a conversation, whose next part may be a long time in coming.
    is_stream: bool,
    given_up: Option<Instant>,
    reader: Option<Waker>,
}

impl Awaited {
    /// It is awaited by who is woken when it is given up; `false` if it was.
    pub(super) fn begin(&self, context: &Context<'_>) -> bool {
        let mut state = self.state();
        state.wait.begin();
        state.reader = Some(context.waker().clone());
        state.given_up.is_none()
    }

    /// Something came that makes up for so long a wait.
    pub(super) fn hear(&self, made_up: Duration) {
        self.state().wait.hear(made_up);
    }

    /// Its request takes a place among those under way, or leaves it.
    pub(super) fn hold_place(&self, holds_place: bool) {
        self.state().holds_place = holds_place;
    }

    /// It is a conversation: nobody waits for its end.
    pub(crate) fn is_a_stream(&self) {
        self.state().is_stream = true;
    }

    pub(super) fn is_stream(&self) -> bool {
        self.state().is_stream
    }

    /// For how long it was waited for; `None` if it is not, has no place, or was given up.
    pub(super) fn lasts(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        let may_be = state.holds_place && state.given_up.is_none();
        state.wait.lasts(now).filter(|_| may_be)
    }

    /// When it was given up, if it has not yet left its place.
    pub(super) fn leaves_since(&self) -> Option<Instant> {
        let state = self.state();
        state.given_up.filter(|_| state.holds_place)
    }

    /// Others have its place: whoever awaits it hears so.
    pub(super) fn give_up(&self) {
        let mut state = self.state();
        state.given_up = Some(Instant::now());
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
