//! What connections are doing, for those who accept and answer: who has been idle for longest, whose body comes most slowly.

use super::beside::Beside;
use super::state::{Phase, State, Wait};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// A connection without a request under way for this long may be closed to make room for another.
const MIN_IDLE: Duration = Duration::from_millis(200);
/// So many connections may be closing to make room: those at work hear it when they have their turn.
const MOST_CLOSING: usize = 64;
/// So long is waited for a connection that was told to close before another one is.
const CLOSES_WITHIN: Duration = Duration::from_millis(200);
/// So many bytes of a body make up for having been waited for as long as slow bodies are.
const FAIR_BYTES: u32 = 16 << 10;

/// All connections that are open.
#[derive(Debug)]
pub(crate) struct Crowd {
    open: Mutex<Vec<Weak<Shared>>>,
    /// A body that is not there after this long may be given up to make room for others, and requests in one go that take a
    /// quarter of it.
    slow: Duration,
    /// Bodies of requests that come side by side.
    beside: Beside,
}

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

impl Crowd {
    pub(crate) fn new(slow: Duration) -> Crowd {
        Crowd {
            open: Mutex::default(),
            slow,
            beside: Beside::default(),
        }
    }

    pub(super) fn beside(&self) -> &Beside {
        &self.beside
    }

    /// After how many milliseconds a body is slow.
    pub(super) fn slow_ms(&self) -> u64 {
        u64::try_from(self.slow.as_millis()).unwrap_or(u64::MAX)
    }

    /// Takes in one more, that is heeded for as long as it lives.
    pub(super) fn enter(&self, shared: &Arc<Shared>) {
        let mut open = self.open();
        if open.capacity() == open.len() {
            open.retain(|shared| 0 < shared.strong_count());
        }
        open.push(Arc::downgrade(shared));
    }

    /// Closes up to `n` connections that would be missed least: those idle for longest, else those whose bodies come most
    /// slowly, else those that have sent more requests in one go than others. `false` if all are at work.
    pub(super) fn make_way(&self, n: usize) -> bool {
        self.close_first(State::idles, MIN_IDLE, n)
            || self.close_first(State::is_awaited, self.slow, n)
            || self.close_first(State::is_greedy, self.slow / 4, n)
    }

    /// Gives up the body that was waited for longest, by what came of it, and its connection with it where it is the only one
    /// there, unless such a one is closing; `false` if no body is slow.
    pub(crate) fn give_up_slowest(&self) -> bool {
        // less is lost with a request than with a connection
        self.beside.give_up_slowest(self.slow) || self.close_first(State::is_awaited, self.slow, 1)
    }

    /// Closes those that do `what` for longest, if that is `least` at least, so that `n` are closing; `false` if fewer are
    /// and none does.
    fn close_first(
        &self,
        what: fn(&State, Instant) -> Option<Duration>,
        least: Duration,
        n: usize,
    ) -> bool {
        let mut open = self.open();
        open.retain(|shared| 0 < shared.strong_count());
        let (now, mut lasting, mut n_closing) = (Instant::now(), Vec::new(), 0);
        for shared in open.iter().filter_map(Weak::upgrade) {
            let state = shared.state();
            if let Some(closed) = state.closed {
                n_closing += usize::from(now.saturating_duration_since(closed) < CLOSES_WITHIN);
                continue;
            }
            let lasts = what(&state, now).filter(|lasts| least <= *lasts);
            drop(state);
            lasting.extend(lasts.map(|lasts| (lasts, shared)));
        }
        let n_more = n.min(MOST_CLOSING).saturating_sub(n_closing);
        lasting.sort_by_key(|(lasts, _)| std::cmp::Reverse(*lasts));
        lasting.truncate(n_more);
        lasting.iter().for_each(|(_, shared)| shared.close());
        n_more == 0 || !lasting.is_empty()
    }

    /// How many bytes in which time are slow.
    pub(super) fn fair(&self, n_bytes: usize) -> Duration {
        self.slow
            .saturating_mul(u32::try_from(n_bytes).unwrap_or(u32::MAX))
            / FAIR_BYTES
    }

    fn open(&self) -> MutexGuard<'_, Vec<Weak<Shared>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    pub(super) fn new(shared: Arc<Shared>) -> Origin {
        Origin(shared)
    }

    pub(super) fn crowd(&self) -> &Crowd {
        &self.0.crowd
    }

    /// Who is at the other end.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// A request begins.
    pub(crate) fn begin(&self, arrival: Arrival) -> Busy {
        let mut state = self.0.state();
        state.queue = match (arrival, state.queue) {
            (Arrival::Alone | Arrival::Beside, _) => (0, state.since),
            (Arrival::Queued, (0, _)) => (1, Instant::now()),
            (Arrival::Queued, (n, since)) => (n.saturating_add(1), since),
        };
        state.n_requests += 1;
        state.is_multiplexed |= arrival == Arrival::Beside;
        state.enter(Phase::Request);
        drop(state);
        Busy(Arc::clone(&self.0))
    }

    /// Another request's body is to come; nothing was waited for yet.
    pub(super) fn expect_body(&self) {
        self.0.state().body = Wait::default();
    }

    /// The request's body is awaited.
    pub(super) fn await_body(&self) {
        self.0.state().body.begin();
    }

    /// So many bytes of the body came after it was awaited, or it is no longer.
    pub(super) fn hear_body(&self, n_bytes: usize) {
        self.0.state().body.hear(self.0.crowd.fair(n_bytes));
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

    fn close(&self) {
        let mut state = self.state();
        state.closed = Some(Instant::now());
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many connections that have said nothing, the one that came first in front.
    fn silent(crowd: &Arc<Crowd>, n: u16) -> Vec<Arc<Shared>> {
        let enter = |port| {
            let shared = Arc::new(Shared::new(([127, 0, 0, 1], port).into(), Arc::clone(crowd)));
            crowd.enter(&shared);
            shared
        };
        (0..n).map(enter).collect()
    }

    fn n_closed(all: &[Arc<Shared>]) -> usize {
        // those that came first are closed first
        let closed = all.iter().take_while(|shared| shared.state().is_closed()).count();
        assert!(all[closed..].iter().all(|shared| !shared.state().is_closed()));
        closed
    }

    #[test]
    fn as_many_are_closing_as_are_asked_for_and_no_more() {
        let crowd = Arc::new(Crowd::new(Duration::from_secs(1)));
        let all = silent(&crowd, 6);
        assert!(!crowd.make_way(1), "nobody has been idle for long");
        let began = Instant::now();
        std::thread::sleep(MIN_IDLE);
        assert!(crowd.make_way(1) && crowd.make_way(1));
        // a slow machine may have let the first one's time pass
        let n = n_closed(&all);
        assert!(n == 1 || CLOSES_WITHIN < began.elapsed() - MIN_IDLE);
        assert!(crowd.make_way(4));
        let n = n_closed(&all);
        assert!(n == 4 || CLOSES_WITHIN < began.elapsed() - MIN_IDLE);
        crowd.make_way(100);
        assert_eq!(n_closed(&all), 6);
        std::thread::sleep(CLOSES_WITHIN);
        assert!(!crowd.make_way(100), "none is left to be closed");
    }

    #[test]
    fn a_crowd_is_not_closed_as_a_whole() {
        let crowd = Arc::new(Crowd::new(Duration::from_secs(1)));
        let all = silent(&crowd, 200);
        std::thread::sleep(MIN_IDLE);
        assert!(crowd.make_way(usize::MAX));
        assert_eq!(n_closed(&all), MOST_CLOSING);
    }
}
