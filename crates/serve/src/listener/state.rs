//! What one connection is doing, and for how long it would not be missed.

use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// So many requests that came in one go are more than anybody else's.
const MANY: u32 = 8;

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Requests under way, several of them only over HTTP/2.
    pub(super) n_requests: usize,
    /// How many bodies of them are awaited.
    pub(super) n_awaited: usize,
    /// While nothing else is: of one request its body, of several all of them.
    pub(super) body: Wait,
    /// Whether the only request here is one of those under way, of which there may be only so many.
    pub(super) holds_place: bool,
    /// Whether requests come side by side: then the bytes after an answer need not be the next request's head.
    pub(super) is_multiplexed: bool,
    /// Since when, or of answers when something was written last; of no meaning while a request is under way.
    pub(super) since: Instant,
    /// How many requests came in one go so far, and since when.
    pub(super) queue: (u32, Instant),
    /// When it was told to close.
    pub(super) closed: Option<Instant>,
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

/// How long a body was waited for, less what the bytes that came make up for.
#[derive(Debug, Default)]
pub(super) struct Wait {
    /// Since when it is.
    pub(super) since: Option<Instant>,
    pub(super) before: Duration,
}

impl Wait {
    /// It is waited for, from now on if it was not.
    pub(super) fn begin(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    /// Something came that makes up for so long a wait.
    pub(super) fn hear(&mut self, made_up: Duration) {
        // most bodies come with their heads, and nobody looks at the clock
        if let Some(since) = self.since.take() {
            self.before = (self.before + since.elapsed()).saturating_sub(made_up);
        }
    }

    /// Something else makes up for so much of the wait, which goes on.
    pub(super) fn make_up(&mut self, made_up: Duration) {
        if let Some(since) = self.since {
            let now = Instant::now();
            let lasted = self.before + now.saturating_duration_since(since);
            (self.since, self.before) = (Some(now), lasted.saturating_sub(made_up));
        }
    }

    /// For how long it was waited for; `None` while it is not.
    pub(super) fn lasts(&self, now: Instant) -> Option<Duration> {
        Some(self.before + now.saturating_duration_since(self.since?))
    }
}

impl State {
    pub(super) fn new() -> State {
        let now = Instant::now();
        State {
            phase: Phase::Head,
            n_requests: 0,
            n_awaited: 0,
            holds_place: false,
            body: Wait::default(),
            is_multiplexed: false,
            since: now,
            queue: (0, now),
            closed: None,
            reader: None,
        }
    }

    /// Nothing is asked any more.
    pub(super) fn rest(&mut self) {
        self.phase = Phase::Rest;
        self.since = Instant::now();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// For how long nobody would have missed it; `None` while a request is under way.
    pub(super) fn idles(&self, now: Instant) -> Option<Duration> {
        (self.phase != Phase::Request).then(|| now.saturating_duration_since(self.since))
    }

    /// For how long requests are answered that came in one go.
    pub(super) fn is_greedy(&self, now: Instant) -> Option<Duration> {
        let (n, since) = self.queue;
        (MANY <= n).then(|| now.saturating_duration_since(since))
    }

    /// For how long nothing but bodies is awaited.
    pub(super) fn is_awaited(&self, now: Instant) -> Option<Duration> {
        let is_under_way = self.phase == Phase::Request;
        self.body.lasts(now).filter(|_| is_under_way)
    }

    /// The same of the only request, if others may have its place.
    pub(super) fn holds_place_slowly(&self, now: Instant) -> Option<Duration> {
        let may_be = self.holds_place && !self.is_multiplexed && self.closed.is_none();
        self.is_awaited(now).filter(|_| may_be)
    }

    /// When it was told to close, if it has not yet left its place.
    pub(super) fn leaves_since(&self) -> Option<Instant> {
        self.closed.filter(|_| self.holds_place)
    }

    /// Begins to wait if nothing but bodies is awaited.
    pub(super) fn note_wait(&mut self) {
        // one that flows is marked twice until its answer begins
        let n_requests = match self.is_multiplexed {
            true => self.n_requests,
            false => self.n_requests.min(1),
        };
        if 0 < n_requests && n_requests <= self.n_awaited {
            self.body.begin();
        }
    }
}
