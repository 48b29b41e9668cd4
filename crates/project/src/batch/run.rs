//! A run under way: files in lanes, each written down when it is done.

use super::blocks::{Failed, Watching, score_blocks};
use super::journal::Journal;
use super::lanes::in_lanes;
use super::record::{FileRecord, Identity, Kept};
use super::task::Task;
use super::{Job, QUARANTINE_ENDING, SoFar, Watch};
use crate::ProjectError;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use table::Hash;

/// Files from this size on are scored one at a time, with all threads.
const LARGE_BYTES: u64 = 64 << 20;

/// A run under way.
pub(super) struct Run<'a> {
    job: &'a Job<'a>,
    journal: &'a Journal,
    watch: &'a dyn Watch,
    n_files: AtomicUsize,
    n_rows: AtomicU64,
    n_bytes: AtomicU64,
    is_over: AtomicBool,
    /// Why it ended before all were done.
    ended: Mutex<Option<ProjectError>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        job: &'a Job<'a>,
        journal: &'a Journal,
        watch: &'a dyn Watch,
        n_done: usize,
    ) -> Run<'a> {
        Run {
            job,
            journal,
            watch,
            n_files: AtomicUsize::new(n_done),
            n_rows: AtomicU64::new(0),
            n_bytes: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            ended: Mutex::new(None),
        }
    }

    /// Small files several at a time, then large ones with all threads each: the records, and why it ended early if it did.
    pub(super) fn all(self, tasks: Vec<Task>) -> (Vec<FileRecord>, Option<ProjectError>) {
        let n_threads = self.job.n_threads.max(1);
        let (small, large): (Vec<Task>, Vec<Task>) =
            tasks.into_iter().partition(|task| task.n_bytes < LARGE_BYTES);
        let n_lanes = n_threads.min(small.len().max(1));
        let mut records = in_lanes(n_lanes, &small, |task| self.one(task, n_threads / n_lanes));
        records.extend(large.iter().map(|task| self.one(task, n_threads)));
        let ended = self.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        (records.into_iter().flatten().collect(), ended)
    }

    /// Scores a file, and writes down what became of it; `None` if the run is over.
    fn one(&self, task: &Task, n_threads: usize) -> Option<FileRecord> {
        if self.goes_on() {
            let record = match self.scored(task, n_threads) {
                Ok(record) => record,
                Err(Failed::File(error)) => refused(task, &error),
                Err(Failed::Writing(error)) => return self.end(error),
                Err(Failed::Stopped) => return self.end(ProjectError::Stopped),
            };
            if let Err(error) = self.journal.add(&record) {
                return self.end(error);
            }
            self.n_files.fetch_add(1, Relaxed);
            self.n_bytes.fetch_add(task.n_bytes, Relaxed);
            self.watch.finished(&record);
            return Some(record);
        }
        self.end(ProjectError::Stopped)
    }

    fn scored(&self, task: &Task, n_threads: usize) -> Result<FileRecord, Failed> {
        let path = &task.input.path;
        let (out, kept_out) = (
            self.job.out.join(&task.out),
            format!("{}{QUARANTINE_ENDING}", task.out),
        );
        let n_read = AtomicU64::new(0);
        let goes_on = |n_rows| {
            let n_rows = self.n_rows.fetch_add(n_rows, Relaxed) + n_rows;
            self.watch.seen(&SoFar {
                n_files: self.n_files.load(Relaxed),
                n_rows,
                n_bytes: self.n_bytes.load(Relaxed) + n_read.load(Relaxed),
            });
            self.goes_on()
        };
        let watching = Watching {
            n_read: &n_read,
            goes_on: &goes_on,
        };
        let seen = Identity::seen(path)?;
        let quarantine = self.job.out.join(&kept_out);
        let (hash, scored) = std::thread::scope(|scope| {
            let hash = scope.spawn(|| Hash::of_file(path));
            let scored = score_blocks(&self.job.scorer, path, &out, &quarantine, n_threads, watching);
            let hash = hash
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (hash, scored)
        });
        let (scored, hash) = (scored?, hash?);
        if Identity::seen(path)? != seen {
            let expected = "a file that stays as it is; run the same again to score what it is now";
            let what = format!("the input `{}`", path.display());
            return Err(ProjectError::data(what, "a change while it was read", expected).into());
        }
        if scored.quarantine.is_none() {
            // Of an earlier run over other rows.
            let _ = std::fs::remove_file(&quarantine);
        }
        Ok(FileRecord {
            input: task.input.name.clone(),
            read: Identity {
                hash: hash.to_hex(),
                ..seen
            },
            out: Some(Kept::new(&task.out, &scored.written)),
            n_rows: scored.n_rows,
            n_quarantined: scored.quarantine.map_or(0, |written| written.n_rows),
            quarantine: scored.kept_out(&kept_out),
            n_flagged: scored.n_flagged,
            complaints: scored.complaints.iter().map(ToString::to_string).collect(),
            breaches: scored.breaches,
            error: None,
        })
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Relaxed) && !self.watch.is_stopped()
    }

    /// Ends the run for all lanes; the first reason is told.
    fn end(&self, error: ProjectError) -> Option<FileRecord> {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get_or_insert(error);
        self.is_over.store(true, Relaxed);
        None
    }
}

fn refused(task: &Task, error: &ProjectError) -> FileRecord {
    FileRecord {
        input: task.input.name.clone(),
        read: Identity::seen(&task.input.path).unwrap_or_default(),
        error: Some(told(error)),
        ..FileRecord::default()
    }
}

/// An error with its causes, each said once.
fn told(error: &ProjectError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        cause = error.source();
    }
    text
}
