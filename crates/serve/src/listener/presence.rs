//! What connections are doing, for those who accept and answer: who has been idle for longest, whose body comes most slowly.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// A connection without a request under way for this long may be closed to make room for another.
const MIN_IDLE: Duration = Duration::from_millis(200);

/// All connections that are open.
#[derive(Debug)]
pub(crate) struct Crowd {
    open: Mutex<Vec<Weak<Shared>>>,
    /// A body that is not there after this long may be given up to make room for others, and requests in one go that take a
    /// quarter of it.
    slow: Duration,
}

/// The connection that a request came on.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Arc<Shared>);

/// Marks a connection as busy for as long as it lives.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Shared>);

/// What a connection is doing, for those who accept and answer.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    address: SocketAddr,
    /// Whether a request was answered since its task had its turn.
    had_turn: AtomicBool,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Requests under way, several of them only over HTTP/2.
    n_requests: usize,
    /// Those of them whose bodies are awaited.
    n_awaited: usize,
    /// Whether requests come side by side: then the bytes after an answer need not be the next request's head.
    pub(super) is_multiplexed: bool,
    /// Since when, or of answers when something was written last.
    pub(super) since: Instant,
    /// Since when there was always another request at hand when one was answered.
    queued_since: Option<Instant>,
    pub(super) is_closed: bool,
    pub(super) reader: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The head of a request is awaited, or came in part.
    Head,
    /// A request is read, answered or scored.
    Request,
    /// An answer is written, or nothing happens.
    Rest,
}

impl Crowd {
    pub(crate) fn new(slow: Duration) -> Crowd {
        Crowd {
            open: Mutex::default(),
            slow,
        }
    }

    /// Takes in one more, that is heeded for as long as it lives.
    pub(super) fn enter(&self, shared: &Arc<Shared>) {
        let mut open = self.open();
        if open.capacity() == open.len() {
            open.retain(|shared| 0 < shared.strong_count());
        }
        open.push(Arc::downgrade(shared));
    }

    /// Closes the connection that would be missed least: the one idle for longest, else the one whose body comes most slowly,
    /// else the one that has sent more requests in one go than others; `false` if all are at work.
    pub(super) fn close_one(&self) -> bool {
        self.close_first(State::idle_since, MIN_IDLE)
            || self.close_slowest()
            || self.close_first(State::greedy_since, self.slow / 4)
    }

    /// Closes the connection that sends the bodies of all its requests most slowly; `false` if there is none.
    pub(crate) fn close_slowest(&self) -> bool {
        self.close_first(State::awaited_since, self.slow)
    }

    /// Closes the one that does `what` for longest, if that is `least` at least.
    fn close_first(&self, what: fn(&State) -> Option<Instant>, least: Duration) -> bool {
        let mut open = self.open();
        open.retain(|shared| 0 < shared.strong_count());
        let since = open.iter().filter_map(|shared| {
            let shared = shared.upgrade()?;
            let since = what(&shared.state())?;
            Some((since, shared))
        });
        let first = since.min_by_key(|(since, _)| *since);
        let first = first.filter(|(since, _)| least <= since.elapsed());
        first.is_some_and(|(_, shared)| {
            shared.close();
            true
        })
    }

    fn open(&self) -> MutexGuard<'_, Vec<Weak<Shared>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    pub(super) fn new(shared: Arc<Shared>) -> Origin {
        Origin(shared)
    }

    /// Who is at the other end.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// A request begins; a queued one came together with the one before.
    pub(crate) fn begin(&self, is_multiplexed: bool, is_queued: bool) -> Busy {
        let mut state = self.0.state();
        state.queued_since = is_queued.then(|| state.queued_since.unwrap_or_else(Instant::now));
        state.n_requests += 1;
        state.is_multiplexed |= is_multiplexed;
        state.enter(Phase::Request);
        drop(state);
        Busy(Arc::clone(&self.0))
    }

    /// A request's body is awaited, or no longer.
    pub(super) fn await_body(&self, is_awaited: bool) {
        let mut state = self.0.state();
        match is_awaited {
            true => state.n_awaited += 1,
            false => state.n_awaited -= 1,
        }
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
        if state.n_requests == 0 {
            state.enter(Phase::Rest);
        }
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }

    /// Since when nobody would miss it; `None` while a request is under way.
    fn idle_since(&self) -> Option<Instant> {
        (self.phase != Phase::Request && !self.is_closed).then_some(self.since)
    }

    /// Since when requests are answered that came in one go.
    fn greedy_since(&self) -> Option<Instant> {
        self.queued_since.filter(|_| !self.is_closed)
    }

    /// Since when nothing but bodies is awaited; `None` while anything is answered.
    fn awaited_since(&self) -> Option<Instant> {
        let is_slow = self.phase == Phase::Request && self.n_awaited == self.n_requests;
        (is_slow && !self.is_closed).then_some(self.since)
    }
}

impl Shared {
    pub(super) fn new(address: SocketAddr) -> Shared {
        let state = State {
            phase: Phase::Head,
            n_requests: 0,
            n_awaited: 0,
            is_multiplexed: false,
            since: Instant::now(),
            queued_since: None,
            is_closed: false,
            reader: None,
        };
        Shared {
            state: Mutex::new(state),
            address,
            had_turn: AtomicBool::new(false),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}
