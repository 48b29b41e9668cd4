//! One file scored block by block: read ahead on one thread, scored on several, written in the order of its rows.

use super::pieces::{Queues, read, work_off};
use super::record::{Identity, Kept};
use super::size::at_once_bytes;
use super::writing::{Made, Writing};
use crate::ProjectError;
use crate::records::BreachRecord;
use crate::scoring::Why;
use bundle::{Bundle, ScoreOptions};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use table::TableError;
use table::read::{Cut, Format};
use table::write::Written;

/// Bytes of separated values that are read at a time.
const BLOCK_BYTES: usize = 4 << 20;

/// How rows are scored, for every file of a run.
#[derive(Clone, Copy, Debug)]
pub struct Scorer<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// Columns to carry along; all if `None`.
    pub keep: Option<&'a [String]>,
    /// Reasons and the rows of a block within a piece; the threads are those of a piece.
    pub options: ScoreOptions,
    /// What else is said of why.
    pub why: Why<'a>,
}

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Rows read.
    pub n_rows: u64,
    /// Rows that were scored though a learnt or flagging rule was broken.
    pub n_flagged: u64,
    /// The rules broken, in the order of the contract; rows are those of the file.
    pub breaches: Vec<BreachRecord>,
    /// What was repaired, and where.
    pub complaints: table::Complaints,
    /// What was written.
    pub written: Written,
    /// What was written of rows that break the contract, if there were any.
    pub quarantine: Option<Written>,
}

/// Who watches one file: counts along, and may want to stop.
#[derive(Clone, Copy)]
pub struct Watching<'a> {
    /// The bytes of the file that were read so far.
    pub n_read: &'a AtomicU64,
    /// Hears how many rows were written; false stops.
    pub goes_on: &'a (dyn Fn(u64) -> bool + Sync),
}

impl std::fmt::Debug for Watching<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watching({:?})", self.n_read)
    }
}

/// Why a file was not scored.
#[derive(Debug)]
pub enum Failed {
    /// It is about this file: it cannot be read, lacks a column, breaks a rule that refuses.
    File(ProjectError),
    /// It would be the same for all others: the disk is full.
    Writing(ProjectError),
    /// Somebody asked to stop.
    Stopped,
}

impl From<ProjectError> for Failed {
    fn from(error: ProjectError) -> Failed {
        Failed::File(error)
    }
}

impl From<TableError> for Failed {
    fn from(error: TableError) -> Failed {
        Failed::File(error.into())
    }
}

/// Scores the file at `path` into `out`, and rows that break the contract into `quarantine`; both appear whole or not at all.
/// Nothing depends on `n_threads`. Memory is that of a few blocks a thread, whatever the size of the file, where its format is
/// read by blocks (uncompressed separated values, Parquet).
///
/// # Errors
/// [`Failed`]; what was at the places before is untouched then. A rule that refuses is told with the rows of the whole file.
pub fn score_blocks(
    scorer: &Scorer<'_>,
    path: &Path,
    out: &Path,
    quarantine: &Path,
    n_threads: usize,
    watching: Watching<'_>,
) -> Result<Scored, Failed> {
    score_beside(scorer, path, [out, quarantine], n_threads, watching)?.keep()
}

/// As [`score_blocks`], with outputs that are not yet in their places.
pub(super) fn score_beside<'p>(
    scorer: &Scorer<'_>,
    path: &'p Path,
    outputs: [&Path; 2],
    n_threads: usize,
    watching: Watching<'_>,
) -> Result<Unkept<'p>, Failed> {
    let seen = Identity::seen(path)?;
    let n_threads = n_threads.max(1);
    let (orders, ordered) = sync_channel(n_threads + 1);
    let (works, work) = sync_channel(n_threads + 1);
    let work = Mutex::new(work);
    let cut = Cut {
        small_bytes: at_once_bytes(path),
        block_bytes: BLOCK_BYTES,
        n_read: Some(watching.n_read),
    };
    let is_final = !matches!(Format::of(path)?, Format::Csv | Format::Tsv);
    let made = std::thread::scope(|scope| {
        let reader = scope.spawn(move || read(scorer, path, &cut, &Queues { orders, works }));
        for _ in 0..n_threads {
            scope.spawn(|| work_off(scorer, &work));
        }
        let mut writing = Writing::new(&scorer.bundle.contract, outputs, is_final);
        let received = writing.receive(ordered, watching);
        let read = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        received?;
        writing.end(path, read?)
    })?;
    Ok(Unkept { path, seen, made })
}

/// Outputs that are whole, and what the file was when its reading began.
pub(super) struct Unkept<'p> {
    path: &'p Path,
    pub(super) seen: Identity,
    made: Made,
}

impl Unkept<'_> {
    /// Puts the outputs in their places, unless the file changed since its reading began.
    pub(super) fn keep(self) -> Result<Scored, Failed> {
        if Identity::seen(self.path)? == self.seen {
            return self.made.keep();
        }
        let what = format!("the input `{}`", self.path.display());
        let expected = "a file that stays as it is; run the same again to score what it is now";
        Err(ProjectError::data(what, "a change while it was read", expected).into())
    }
}

impl Scored {
    /// The record of the rows kept out, under their name in the folder.
    pub(super) fn kept_out(&self, name: &str) -> Option<Kept> {
        self.quarantine.as_ref().map(|written| Kept::new(name, written))
    }
}
