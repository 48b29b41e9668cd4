//! Rows that wait for the thread that writes: those who answer put them down here, in columns, and go.
//!
//! What a request leaves is a few hundred bytes behind those of others, under a lock held no longer than that takes: handing
//! whole requests over would have two threads share memory that is cold by the time it is read.

use super::MAX_QUEUED_ROWS;
use crate::config::LogMode;
use crate::models::Loaded;
use crate::rows::Rows;
use crate::scoring::Scored;
use bundle::log::{Answers, Refused};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use table::MICROS_PER_DAY;
use tokio::sync::oneshot;

/// How long rows may wait for others in mode `sampled`; with the write itself it stays below 200 ms.
const GATHER: Duration = Duration::from_millis(100);
/// Rows that are written without waiting for more: so few that what is made of them stays in the second cache, so many that
/// a frame's head is little beside them.
const GATHER_ROWS: u64 = 1024;
/// How long the thread that writes rests while nothing comes: segments grow old meanwhile.
const REST: Duration = Duration::from_secs(60);
/// A request of more rows keeps them as they are instead of behind others.
const MAX_COPIED_ROWS: usize = 256;

/// Rows of one bundle and day that wait.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) model: Arc<Loaded>,
    /// Counted from 1970-01-01 UTC.
    pub(super) day: i64,
    /// The rows, in parts.
    pub(super) rows: Vec<Rows>,
    pub(super) answers: Answers,
    /// Told whether the rows are on disk, in mode `audit`.
    pub(super) done: Vec<oneshot::Sender<bool>>,
}

/// All that waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) batches: Vec<Batch>,
    pub(super) refused: Vec<Refused>,
    n_rows: u64,
    /// Since when the first of them waits.
    since: Option<Instant>,
}

/// What came, and whether that was all.
pub(super) struct Gathered {
    pub(super) waiting: Waiting,
    pub(super) is_closed: bool,
}

#[derive(Debug)]
pub(super) struct Gathering {
    mode: LogMode,
    state: Mutex<State>,
    enough: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Waiting,
    is_closed: bool,
    /// With so many rows the thread that writes is to be woken; `None` while it works.
    wake_at: Option<u64>,
}

impl Gathering {
    pub(super) fn new(mode: LogMode) -> Gathering {
        Gathering {
            mode,
            state: Mutex::default(),
            enough: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an answer down; `false` if there is no room for it.
    pub(super) fn put(
        &self,
        scored: Box<Scored>,
        now_micros: i64,
        request: &str,
        done: Option<oneshot::Sender<bool>>,
    ) -> bool {
        let mut state = self.state();
        let fits = state.has_room(scored.scores.n_rows as u64);
        if fits {
            state.waiting.put(scored, now_micros, request, done);
            self.wake(state);
        }
        fits
    }

    /// Puts a refusal down; `false` if there is no room for it.
    pub(super) fn put_refusal(&self, refused: Refused) -> bool {
        let mut state = self.state();
        let fits = state.has_room(1);
        if fits {
            state.waiting.count(1);
            state.waiting.refused.push(refused);
            self.wake(state);
        }
        fits
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        drop(state);
        self.enough.notify_one();
    }

    /// Wakes the thread that writes if it waits for no more than there is now.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let n_rows = state.waiting.n_rows;
        if state.wake_at.take_if(|at| *at <= n_rows).is_some() {
            drop(state);
            self.enough.notify_one();
        }
    }

    /// Waits until something is there, and a moment for others in mode `sampled`; empty after a long rest.
    pub(super) fn gathered(&self) -> Gathered {
        let mut state = self.state();
        if state.waiting.since.is_none() {
            state = self.rest(state, 1, REST);
        }
        if let (LogMode::Sampled, Some(since)) = (self.mode, state.waiting.since) {
            let left = GATHER.saturating_sub(since.elapsed());
            state = self.rest(state, GATHER_ROWS, left);
        }
        state.wake_at = None;
        Gathered {
            waiting: std::mem::take(&mut state.waiting),
            is_closed: state.is_closed,
        }
    }

    /// Rests until there are so many rows, or the time is up, or nothing more comes.
    fn rest<'s>(
        &self,
        mut state: MutexGuard<'s, State>,
        n_rows: u64,
        time: Duration,
    ) -> MutexGuard<'s, State> {
        let is_little = |state: &mut State| {
            let is_little = state.waiting.n_rows < n_rows && !state.is_closed;
            state.wake_at = is_little.then_some(n_rows);
            is_little
        };
        if is_little(&mut state) {
            let waited = self.enough.wait_timeout_while(state, time, is_little);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}

impl State {
    fn has_room(&self, n_rows: u64) -> bool {
        let waiting = self.waiting.n_rows;
        !self.is_closed && (waiting == 0 || waiting + n_rows <= MAX_QUEUED_ROWS)
    }
}

impl Waiting {
    fn put(
        &mut self,
        scored: Box<Scored>,
        now_micros: i64,
        request: &str,
        done: Option<oneshot::Sender<bool>>,
    ) {
        self.count(scored.scores.n_rows as u64);
        let Scored { model, rows, scores } = *scored;
        let day = day_of(now_micros);
        // Mostly it is the last one.
        let is_his = |batch: &Batch| batch.day == day && Arc::ptr_eq(&batch.model, &model);
        let at = self.batches.iter().rposition(is_his).unwrap_or_else(|| {
            self.batches.push(Batch::new(Arc::clone(&model), day));
            self.batches.len() - 1
        });
        let batch = &mut self.batches[at];
        batch
            .answers
            .push(&model.bundle.task, &scores, now_micros, request);
        batch.put_rows(rows);
        batch.done.extend(done);
    }

    fn count(&mut self, n_rows: u64) {
        self.n_rows += n_rows.max(1);
        self.since.get_or_insert_with(Instant::now);
    }
}

impl Batch {
    fn new(model: Arc<Loaded>, day: i64) -> Batch {
        Batch {
            model,
            day,
            rows: Vec::new(),
            answers: Answers::default(),
            done: Vec::new(),
        }
    }

    fn put_rows(&mut self, rows: Rows) {
        let is_taken = match self.rows.last_mut() {
            Some(last) if rows.n_rows() <= MAX_COPIED_ROWS => last.absorb(&rows),
            _ => false,
        };
        if !is_taken {
            self.rows.push(rows);
        }
    }
}

/// The day of an instant, counted from 1970-01-01 UTC.
pub(super) fn day_of(micros: i64) -> i64 {
    micros.div_euclid(MICROS_PER_DAY)
}
