//! A run under way: files in lanes, each written down when it is done.

use super::blocks::{Failed, Unkept, Watching, score_beside};
use super::journal::Journal;
use super::lanes::in_lanes;
use super::record::{FileRecord, Identity, Kept};
use super::size::{BUDGET_BYTES, takes_all_threads};
use super::task::Task;
use super::{Job, SoFar, Watch, places};
use crate::ProjectError;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use table::Hash;

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
        let (large, small): (Vec<Task>, Vec<Task>) = tasks
            .into_iter()
            .partition(|task| takes_all_threads(task.n_bytes));
        let n_lanes = n_threads.min(small.len().max(1));
        let budget = (BUDGET_BYTES, |task: &Task| task.weight);
        let mut records = in_lanes(n_lanes, &small, budget, |task| {
            self.one(task, n_threads / n_lanes)
        });
        records.extend(large.iter().map(|task| self.one(task, n_threads)));
        let ended = self.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        (records.into_iter().flatten().collect(), ended)
    }

    /// Scores a file, and writes down what became of it; `None` if the run is over.
    fn one(&self, task: &Task, n_threads: usize) -> Option<FileRecord> {
        if !self.goes_on() {
            return self.end(ProjectError::Stopped);
        }
        let record = match self.scored(task, n_threads) {
            Ok(record) => Ok(record),
            Err(Failed::File(error)) => self.refused(task, &error),
            Err(Failed::Writing(error)) => Err(error),
            Err(Failed::Stopped) => Err(ProjectError::Stopped),
        };
        let added = record.and_then(|record| self.journal.add(&record).map(|()| record));
        match added {
            Ok(record) => {
                self.n_files.fetch_add(1, Relaxed);
                self.n_bytes.fetch_add(task.n_bytes, Relaxed);
                self.watch.finished(&record);
                Some(record)
            }
            Err(error) => self.end(error),
        }
    }

    /// Scores a file while its hash is made; outputs are in their places only if both are of the same bytes.
    fn scored(&self, task: &Task, n_threads: usize) -> Result<FileRecord, Failed> {
        let path = &task.input.path;
        let has_failed = AtomicBool::new(false);
        let is_wanted = || self.goes_on() && !has_failed.load(Relaxed);
        let (hash, unkept) = std::thread::scope(|scope| {
            let hash = scope.spawn(|| Hash::of_file_while(path, is_wanted));
            let unkept = self.beside(task, n_threads);
            has_failed.store(unkept.is_err(), Relaxed);
            let hash = hash
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (hash, unkept)
        });
        let unkept = unkept?;
        let hash = hash?.ok_or(Failed::Stopped)?;
        self.kept(task, unkept, hash)
    }

    /// The outputs, beside their places.
    fn beside<'t>(&self, task: &'t Task, n_threads: usize) -> Result<Unkept<'t>, Failed> {
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
        let [out, quarantine] = places::names(task).map(|name| self.job.out.join(name));
        let (scorer, path) = (&self.job.scorer, &task.input.path);
        score_beside(scorer, path, [&out, &quarantine], n_threads, watching)
    }

    fn kept(&self, task: &Task, unkept: Unkept<'_>, hash: Hash) -> Result<FileRecord, Failed> {
        let read = Identity {
            hash: hash.to_hex(),
            ..unkept.seen.clone()
        };
        let scored = unkept.keep()?;
        let [_, quarantine] = places::names(task);
        // Of an earlier run over other rows; somebody may be correcting them.
        let set_aside = match scored.quarantine {
            None => places::set_one_aside(&self.job.out, &quarantine).map_err(Failed::Writing)?,
            Some(_) => None,
        };
        Ok(FileRecord {
            read,
            out: Some(Kept::new(&task.out, &scored.written)),
            n_rows: scored.n_rows,
            n_quarantined: scored.quarantine.map_or(0, |written| written.n_rows),
            quarantine: scored.kept_out(&quarantine),
            n_flagged: scored.n_flagged,
            complaints: scored.complaints.iter().map(ToString::to_string).collect(),
            breaches: scored.breaches,
            set_aside: set_aside.into_iter().collect(),
            ..FileRecord::of(task)
        })
    }

    /// The record of a file that was refused; what an earlier run made of it is set aside.
    fn refused(&self, task: &Task, error: &ProjectError) -> Result<FileRecord, ProjectError> {
        Ok(FileRecord {
            read: Identity::seen(&task.input.path).unwrap_or_default(),
            set_aside: places::set_aside(&self.job.out, task)?,
            error: Some(told(error)),
            ..FileRecord::of(task)
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
