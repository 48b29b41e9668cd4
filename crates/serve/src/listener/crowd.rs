//! All who are there: who has been idle for longest, whose body comes most slowly, and who is to go when there is no room.

use super::beside::Awaited;
use super::members::Members;
use super::presence::{Origin, Shared};
use super::state::State;
use axum::http::Extensions;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A connection without a request under way for this long may be closed to make room for another.
const MIN_IDLE: Duration = Duration::from_millis(200);
/// So many connections may be closing to make room: those at work hear it when they have their turn.
const MOST_CLOSING: usize = 8;
/// The same of those that lose nothing.
const MOST_IDLE_CLOSING: usize = 64;
/// So long is waited for a connection that was told to close before another one is.
const CLOSES_WITHIN: Duration = Duration::from_millis(200);
/// So many bytes of a body make up for having been waited for as long as slow bodies are.
const FAIR_BYTES: u32 = 16 << 10;

/// All connections that are open.
#[derive(Debug)]
pub(crate) struct Crowd {
    open: Members<Shared>,
    /// Bodies of requests under way that come side by side.
    beside: Members<Awaited>,
    /// A body that is not there after this long may be given up to make room for others, and requests in one go that take a
    /// quarter of it.
    slow: Duration,
}

/// What a connection does, and for how long.
pub(super) type What = fn(&State, Instant) -> Option<Duration>;

/// Who holds a place among the requests under way.
#[derive(Debug)]
pub(crate) enum Holder {
    /// The connection of a request that has none beside it.
    Alone(Origin),
    /// The body of one that may.
    Beside(Arc<Awaited>),
}

/// Holds a place for as long as it lives.
#[derive(Debug)]
pub(crate) struct Held(Holder);

impl Crowd {
    /// Nobody yet; a body is slow after so long.
    pub(crate) fn new(slow: Duration) -> Crowd {
        Crowd {
            open: Members::default(),
            beside: Members::default(),
            slow,
        }
    }

    /// Takes in one more, that is heeded for as long as it lives.
    pub(super) fn enter(&self, shared: &Arc<Shared>) {
        self.open.enter(shared);
    }

    /// A request takes a place among those under way, until what is given back is dropped.
    pub(crate) fn hold(&self, holder: Holder) -> Held {
        if let Holder::Beside(awaited) = &holder {
            self.beside.enter(awaited);
        }
        holder.hold_place(true);
        Held(holder)
    }

    /// Closes up to `n` connections that would be missed least: those idle for longest, else some whose bodies come most
    /// slowly, else some that have sent more requests in one go than others. `false` if all are at work.
    pub(super) fn make_way(&self, n: usize) -> bool {
        let (idle, at_work) = (n.min(MOST_IDLE_CLOSING), n.min(MOST_CLOSING));
        self.close_first(State::idles, MIN_IDLE, idle)
            || self.close_first(State::is_awaited, self.slow, at_work)
            || self.close_first(State::is_greedy, self.slow / 4, at_work)
    }

    /// Has the request under way leave whose body was waited for longest, by what came of it, unless one is leaving: with its
    /// connection where it is the only one there. `false` if no body is slow.
    pub(crate) fn give_up_slowest(&self) -> bool {
        let (alone, beside) = (self.open.here(), self.beside.here());
        let now = Instant::now();
        let is_leaving = |since| now.saturating_duration_since(since) < CLOSES_WITHIN;
        let alone_leaving = alone.iter().filter_map(|shared| shared.state().leaves_since());
        if alone_leaving
            .chain(beside.iter().filter_map(|awaited| awaited.leaves_since()))
            .any(is_leaving)
        {
            return true;
        }
        let alone = slowest(alone, |shared| shared.state().holds_place_slowly(now));
        let beside = slowest(beside, |awaited| awaited.lasts(now));
        match (alone, beside) {
            (Some((lasts, shared)), beside) if beside.as_ref().is_none_or(|(other, _)| *other < lasts) => {
                shared.close_if(State::holds_place_slowly, self.slow)
            }
            (_, Some((lasts, awaited))) if self.slow <= lasts => {
                awaited.give_up();
                true
            }
            _ => false,
        }
    }

    /// Closes those that do `what` for longest, if that is `least` at least, so that `n` are closing; `false` if fewer are
    /// and none does.
    fn close_first(&self, what: What, least: Duration, n: usize) -> bool {
        let (now, mut lasting, mut n_closing) = (Instant::now(), Vec::new(), 0);
        for shared in self.open.here() {
            let state = shared.state();
            if let Some(closed) = state.closed {
                n_closing += usize::from(now.saturating_duration_since(closed) < CLOSES_WITHIN);
                continue;
            }
            let lasts = what(&state, now).filter(|lasts| least <= *lasts);
            drop(state);
            lasting.extend(lasts.map(|lasts| (lasts, shared)));
        }
        let n_more = n.saturating_sub(n_closing);
        lasting.sort_by_key(|(lasts, _)| std::cmp::Reverse(*lasts));
        lasting.truncate(n_more);
        // each is asked again: a request may have begun meanwhile
        let n_closed = lasting
            .iter()
            .filter(|(_, shared)| shared.close_if(what, least))
            .count();
        n_more == 0 || 0 < n_closed
    }

    /// How many bytes in which time are slow.
    pub(super) fn fair(&self, n_bytes: usize) -> Duration {
        self.slow
            .saturating_mul(u32::try_from(n_bytes).unwrap_or(u32::MAX))
            / FAIR_BYTES
    }
}

/// The one of them that something lasts longest for.
fn slowest<T>(all: Vec<Arc<T>>, lasts: impl Fn(&T) -> Option<Duration>) -> Option<(Duration, Arc<T>)> {
    let lasting = all.into_iter().filter_map(|one| Some((lasts(&one)?, one)));
    lasting.max_by_key(|(lasts, _)| *lasts)
}

impl Holder {
    /// Who holds the place of a request that came on `origin`.
    pub(crate) fn of(origin: Option<Origin>, extensions: &Extensions) -> Option<Holder> {
        let beside = || extensions.get::<Arc<Awaited>>().cloned();
        let alone = || origin.or_else(|| extensions.get::<Origin>().cloned());
        beside()
            .map(Holder::Beside)
            .or_else(|| alone().map(Holder::Alone))
    }

    fn hold_place(&self, holds_place: bool) {
        match self {
            Holder::Alone(origin) => origin.hold_place(holds_place),
            Holder::Beside(awaited) => awaited.hold_place(holds_place),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.hold_place(false);
    }
}

#[cfg(test)]
mod tests {
    use super::super::presence::Arrival;
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
    fn what_was_waited_for_before_is_over_with_its_request() {
        // longer than a busy machine stops for
        let wait = Duration::from_millis(200);
        let crowd = Arc::new(Crowd::new(Duration::from_secs(1)));
        let all = silent(&crowd, 1);
        let origin = Origin::new(Arc::clone(&all[0]));
        let waited = || all[0].state().is_awaited(Instant::now());
        for _ in 0..3 {
            let busy = origin.begin(Arrival::Beside);
            origin.await_body();
            assert!(waited().unwrap() < wait, "the wait of the request before");
            std::thread::sleep(wait);
            assert!(wait <= waited().unwrap());
            // not the only one, and so not waited for alone
            let other = origin.begin(Arrival::Beside);
            assert_eq!(waited(), None);
            drop(other);
            assert!(wait <= waited().unwrap());
            origin.hear_body(0);
            assert_eq!(waited(), None);
            drop(busy);
        }
    }

    #[test]
    fn a_crowd_is_not_closed_as_a_whole() {
        let crowd = Arc::new(Crowd::new(Duration::from_secs(1)));
        let all = silent(&crowd, 200);
        std::thread::sleep(MIN_IDLE);
        assert!(crowd.make_way(usize::MAX));
        assert_eq!(n_closed(&all), MOST_IDLE_CLOSING);
    }
}
