//! Bodies that come beside others on their connection: the slowest of them is given up alone.

use super::state::Wait;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::Instant;

/// All such bodies that were awaited.
#[derive(Debug, Default)]
pub(super) struct Beside(Mutex<Vec<Weak<Awaited>>>);

/// One of them.
#[derive(Debug, Default)]
pub(super) struct Awaited(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    wait: Wait,
    is_given_up: bool,
    reader: Option<Waker>,
}

impl Beside {
    /// One more, for as long as it lives.
    pub(super) fn enter(&self) -> Arc<Awaited> {
        let awaited = Arc::default();
        let mut all = self.all();
        if all.capacity() == all.len() {
            all.retain(|awaited| 0 < awaited.strong_count());
        }
        all.push(Arc::downgrade(&awaited));
        awaited
    }

    /// Gives up the one that was waited for longest, if that is `least` at least.
    pub(super) fn give_up_slowest(&self, least: Duration) -> bool {
        let now = Instant::now();
        let lasting = |awaited: Arc<Awaited>| Some((awaited.lasts(now)?, awaited));
        let slowest = self.all().iter().filter_map(Weak::upgrade).filter_map(lasting).max_by_key(|(lasts, _)| *lasts);
        let slow = slowest.filter(|(lasts, _)| least <= *lasts);
        slow.map(|(_, awaited)| awaited.give_up()).is_some()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Weak<Awaited>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Awaited {
    /// It is awaited by who is woken when it is given up.
    pub(super) fn begin(&self, context: &Context<'_>) {
        let mut state = self.state();
        state.wait.begin();
        state.reader = Some(context.waker().clone());
    }

    /// Something came that makes up for so long a wait.
    pub(super) fn hear(&self, made_up: Duration) {
        self.state().wait.hear(made_up);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.state().is_given_up
    }

    /// For how long it was waited for; `None` if it is not, or was given up.
    fn lasts(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        state.wait.lasts(now).filter(|_| !state.is_given_up)
    }

    fn give_up(&self) {
        let mut state = self.state();
        state.is_given_up = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
