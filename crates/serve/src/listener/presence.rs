//! A connection that is open, for those who accept and answer: what it is doing.

use super::crowd::{Crowd, What};
use super::state::{Phase, State, Wait};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The connection that a request came on.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Arc<Shared>);

/// How a request comes on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// When the one before was answered.
    Alone,
    /// Together with the one before.
    Queued,
    /// As one of several side by side, or as a part of one that may be.
    Beside,
}

/// Marks a connection as busy for as long as it lives.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Shared>);

/// What a connection is doing, for those who accept and answer.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    address: SocketAddr,
    crowd: Arc<Crowd>,
    /// Whether a request was answered since its task had its turn.
    had_turn: AtomicBool,
}

impl Origin {
    pub(super) fn new(shared: Arc<Shared>) -> Origin {
        Origin(shared)
    }

    /// Its request takes a place among those under way, or leaves it.
    pub(super) fn hold_place(&self, holds_place: bool) {
        self.0.state().holds_place = holds_place;
    }

    /// Who is at the other end.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The head of a request came in time, and its body is awaited, if only for a moment: what comes now is not late for the
    /// head.
    pub(crate) fn note_head(&self) {
        self.0.state().phase = Phase::Request;
    }

    /// A request begins.
    pub(crate) fn begin(&self, arrival: Arrival) -> Busy {
        let mut state = self.0.state();
        state.queue = match (arrival, state.queue) {
            (Arrival::Alone | Arrival::Beside, (_, since)) => (0, since),
            (Arrival::Queued, (0, _)) => (1, Instant::now()),
            (Arrival::Queued, (n, since)) => (n.saturating_add(1), since),
        };
        if arrival == Arrival::Beside && state.n_requests == 0 {
            // what was waited for before is answered
            state.body = Wait::default();
        }
        state.n_requests += 1;
        state.body.hear(Duration::ZERO);
        state.is_multiplexed |= arrival == Arrival::Beside;
        state.phase = Phase::Request;
        drop(state);
        Busy(Arc::clone(&self.0))
    }

    /// Another request's body is to come; nothing was waited for yet.
    pub(super) fn expect_body(&self) {
        self.0.state().body = Wait::default();
    }

    /// A request's body is awaited.
    pub(super) fn await_body(&self) {
        let mut state = self.0.state();
        state.n_awaited += 1;
        state.note_wait();
    }

    /// So many bytes of a body came after it was awaited, or it is no longer; for how long a wait they make up.
    pub(super) fn hear_body(&self, n_bytes: usize) -> Duration {
        let made_up = self.0.crowd.fair(n_bytes);
        let mut state = self.0.state();
        state.n_awaited -= 1;
        state.body.hear(made_up);
        state.note_wait();
        made_up
    }

    /// The connection's task has its turn.
    pub(crate) fn begin_turn(&self) {
        self.0.had_turn.store(false, Relaxed);
    }

    /// Whether a request is the first that is answered in the task's turn: who sends thousands in one go must not keep others
    /// waiting for all of them.
    pub(crate) fn takes_turn(&self) -> bool {
        !self.0.had_turn.swap(true, Relaxed)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.n_requests -= 1;
        match state.n_requests {
            0 => state.rest(),
            _ => state.note_wait(),
        }
    }
}

impl Shared {
    pub(super) fn new(address: SocketAddr, crowd: Arc<Crowd>) -> Shared {
        Shared {
            state: Mutex::new(State::new()),
            address,
            crowd,
            had_turn: AtomicBool::new(false),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Closes it if it still does `what` for so long.
    pub(super) fn close_if(&self, what: What, least: Duration) -> bool {
        let now = Instant::now();
        let mut state = self.state();
        if what(&state, now).is_none_or(|lasts| lasts < least) {
            return false;
        }
        state.closed = Some(now);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
        true
    }
}
