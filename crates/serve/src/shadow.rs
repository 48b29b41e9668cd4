//! Bundles that are asked what others answered, after they did: how their answers would differ.

use crate::models::Loaded;
use crate::scoring::Scored;
use bundle::ScoreOptions;
use bundle::log::told;
use stats::distribution::StudentT;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use table::Table;

/// The most requests that wait to be compared.
const MAX_QUEUED: usize = 1024;
/// The most rows that wait to be compared, unless they are one request's.
const MAX_QUEUED_ROWS: u64 = 100_000;

/// The end that requests hold; never waits, and counts what does not fit.
#[derive(Debug, Default)]
pub(crate) struct Shadows {
    queue: OnceLock<Option<SyncSender<Job>>>,
    queued_rows: Arc<AtomicU64>,
}

/// Rows as one bundle answered them, and another to ask.
#[derive(Debug)]
struct Job {
    shadow: Arc<Loaded>,
    champion: Arc<Loaded>,
    rows: Table,
    answers: Vec<f64>,
    decisions: Vec<Option<String>>,
}

/// How the answers of a shadow differ from those that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Differences {
    /// Rows compared.
    pub(crate) rows: u64,
    /// Rows that the shadow could not answer: other columns, another task, a broken contract.
    pub(crate) failed_rows: u64,
    /// Rows that did not fit the queue.
    pub(crate) dropped_rows: u64,
    pub(crate) other_decisions: u64,
    /// Of the shadow's answers less those given.
    pub(crate) sum: f64,
    pub(crate) squares: f64,
    pub(crate) largest: f64,
}

impl Shadows {
    /// Asks each of `shadows` later what `scored` has answered.
    pub(crate) fn ask(&self, shadows: Vec<Arc<Loaded>>, scored: &Scored) {
        let n_rows = scored.scores.n_rows as u64;
        for shadow in shadows {
            let counters = Arc::clone(&shadow.counters);
            let queued = self.queued_rows.fetch_add(n_rows, Relaxed);
            let fits = queued == 0 || queued + n_rows <= MAX_QUEUED_ROWS;
            if !fits || !self.send(shadow, scored) {
                self.queued_rows.fetch_sub(n_rows, Relaxed);
                counters.see_shadow(|differences| differences.dropped_rows += n_rows);
            }
        }
    }

    fn send(&self, shadow: Arc<Loaded>, scored: &Scored) -> bool {
        let Some(queue) = self.queue.get_or_init(|| start(Arc::clone(&self.queued_rows))) else {
            return false;
        };
        let told = told(&scored.model.bundle.task, &scored.scores);
        let job = Job {
            shadow,
            champion: Arc::clone(&scored.model),
            rows: scored.rows.clone(),
            answers: told.answers,
            decisions: told
                .decisions
                .iter()
                .map(|class| class.map(str::to_owned))
                .collect(),
        };
        queue.try_send(job).is_ok()
    }
}

/// One thread that compares; ends when nobody can ask any more.
fn start(queued_rows: Arc<AtomicU64>) -> Option<SyncSender<Job>> {
    let (sender, receiver) = sync_channel(MAX_QUEUED);
    let work = move || compare_all(&receiver, &queued_rows);
    let thread = std::thread::Builder::new().name("shadow".to_owned());
    thread.spawn(work).ok().map(|_| sender)
}

fn compare_all(jobs: &Receiver<Job>, queued_rows: &AtomicU64) {
    for job in jobs {
        let n_rows = job.answers.len() as u64;
        // a shadow that panics has failed; nothing of it is kept
        let found = catch_unwind(AssertUnwindSafe(|| compared(&job))).unwrap_or(None);
        job.shadow.counters.see_shadow(|all| match found {
            Some(found) => all.add(&found),
            None => all.failed_rows += n_rows,
        });
        queued_rows.fetch_sub(n_rows, Relaxed);
    }
}

/// `None` if the shadow cannot answer these rows, or answers another question.
fn compared(job: &Job) -> Option<Differences> {
    let (shadow, champion) = (&job.shadow.bundle, &job.champion.bundle);
    if std::mem::discriminant(&shadow.task) != std::mem::discriminant(&champion.task) {
        return None;
    }
    let names: Vec<&str> = job.shadow.inputs.iter().map(|(name, _)| name.as_str()).collect();
    let rows = job.rows.select(&names).ok()?;
    let options = ScoreOptions {
        n_threads: 1,
        ..ScoreOptions::default()
    };
    let scores = shadow.score(&rows, &options).ok()?;
    let told = told(&shadow.task, &scores);
    let mut found = Differences {
        rows: job.answers.len() as u64,
        ..Differences::default()
    };
    for (theirs, given) in told.answers.iter().zip(&job.answers) {
        let difference = theirs - given;
        found.sum += difference;
        found.squares += difference * difference;
        found.largest = found.largest.max(difference.abs());
    }
    let decisions = told.decisions.iter().zip(&job.decisions);
    found.other_decisions = decisions
        .filter(|(theirs, given)| **theirs != given.as_deref())
        .count() as u64;
    Some(found)
}

impl Differences {
    fn add(&mut self, found: &Differences) {
        self.rows += found.rows;
        self.other_decisions += found.other_decisions;
        self.sum += found.sum;
        self.squares += found.squares;
        self.largest = self.largest.max(found.largest);
    }

    /// The mean difference with its 95% interval; `None` below 2 rows. Rows are taken to be independent.
    pub(crate) fn mean(&self) -> Option<[f64; 3]> {
        if self.rows < 2 {
            return None;
        }
        let n = self.rows as f64;
        let mean = self.sum / n;
        let variance = (self.squares - n * mean * mean).max(0.0) / (n - 1.0);
        let t = StudentT::new(n - 1.0).ok()?.quantile(0.975);
        let half = t * (variance / n).sqrt();
        Some([mean, mean - half, mean + half])
    }

    /// The share of rows that would be decided otherwise with its 95% interval (Wilson); `None` without rows.
    pub(crate) fn share(&self) -> Option<[f64; 3]> {
        let found = stats::interval::wilson(self.other_decisions as f64, self.rows as f64, 0.95).ok()?;
        Some([found.value, found.low, found.high])
    }
}
