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
use table::{Hash, Table};

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
    /// The mean of the shadow's answers less those given.
    pub(crate) mean: f64,
    /// The sum of squares around it.
    spread: f64,
    pub(crate) largest: f64,
    /// The bundles that were compared: with others, counting begins anew.
    pair: Option<[Hash; 2]>,
}

impl Shadows {
    /// Asks each of `shadows` later what `scored` has answered.
    pub(crate) fn ask(&self, shadows: Vec<Arc<Loaded>>, scored: &Scored) {
        let n_rows = scored.scores.n_rows as u64;
        for shadow in shadows {
            let (counters, shadow_bundle) = (Arc::clone(&shadow.counters), Arc::clone(&shadow));
            let queued = self.queued_rows.fetch_add(n_rows, Relaxed);
            let fits = queued == 0 || queued + n_rows <= MAX_QUEUED_ROWS;
            if !fits || !self.send(shadow, scored) {
                self.queued_rows.fetch_sub(n_rows, Relaxed);
                let pair = pair(&shadow_bundle, &scored.model);
                counters.see_shadow(|all| all.of(pair).dropped_rows += n_rows);
            }
        }
    }

    fn send(&self, shadow: Arc<Loaded>, scored: &Scored) -> bool {
        let Some(queue) = self.queue.get_or_init(|| start(Arc::clone(&self.queued_rows))) else {
            return false;
        };
        let Ok(rows) = scored.rows.to_table(&scored.model.inputs) else {
            return false;
        };
        let told = told(&scored.model.bundle.task, &scored.scores);
        let job = Job {
            shadow,
            champion: Arc::clone(&scored.model),
            rows,
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
        let pair = pair(&job.shadow, &job.champion);
        job.shadow.counters.see_shadow(|all| match found {
            Some(found) => all.of(pair).add(&found),
            None => all.of(pair).failed_rows += n_rows,
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
    let (told, kept) = (told(&shadow.task, &scores), scores.kept());
    let mut found = Differences::default();
    for row in 0..job.answers.len() {
        // the shadow would refuse it
        if !kept[row] {
            found.failed_rows += 1;
            continue;
        }
        found.see(told.answers[row] - job.answers[row]);
        found.other_decisions += u64::from(told.decisions[row] != job.decisions[row].as_deref());
    }
    Some(found)
}

fn pair(shadow: &Loaded, champion: &Loaded) -> [Hash; 2] {
    [shadow.bundle.hash(), champion.bundle.hash()]
}

impl Differences {
    /// What was noted of these bundles; nothing yet if others were compared before.
    fn of(&mut self, pair: [Hash; 2]) -> &mut Differences {
        if self.pair != Some(pair) {
            *self = Differences {
                pair: Some(pair),
                ..Differences::default()
            };
        }
        self
    }

    /// Takes in one more row: B. P. Welford (1962), Technometrics 4, 419-420.
    fn see(&mut self, difference: f64) {
        self.rows += 1;
        let step = difference - self.mean;
        self.mean += step / self.rows as f64;
        self.spread += step * (difference - self.mean);
        self.largest = self.largest.max(difference.abs());
    }

    /// Takes in other rows: T. F. Chan, G. H. Golub, R. J. LeVeque (1983), The American Statistician 37, 242-247.
    fn add(&mut self, found: &Differences) {
        self.failed_rows += found.failed_rows;
        self.other_decisions += found.other_decisions;
        self.largest = self.largest.max(found.largest);
        let (before, more) = (self.rows as f64, found.rows as f64);
        self.rows += found.rows;
        if 0 < found.rows {
            let step = found.mean - self.mean;
            self.mean += step * more / (before + more);
            self.spread += found.spread + step * step * before * more / (before + more);
        }
    }

    /// The mean difference with its 95% interval; `None` below 2 rows. Rows are taken to be independent.
    pub(crate) fn mean_difference(&self) -> Option<[f64; 3]> {
        if self.rows < 2 {
            return None;
        }
        let n = self.rows as f64;
        let t = StudentT::new(n - 1.0).ok()?.quantile(0.975);
        let half = t * (self.spread / (n - 1.0) / n).sqrt();
        Some([self.mean, self.mean - half, self.mean + half])
    }

    /// The share of rows that would be decided otherwise with its 95% interval (Wilson); `None` without rows.
    pub(crate) fn share(&self) -> Option<[f64; 3]> {
        let found = stats::interval::wilson(self.other_decisions as f64, self.rows as f64, 0.95).ok()?;
        Some([found.value, found.low, found.high])
    }
}
