//! One file scored block by block: read ahead on one thread, scored on several, written in the order of its rows.

use super::record::Kept;
use crate::ProjectError;
use crate::records::BreachRecord;
use crate::scoring::{self, Rows, Scoring, Why};
use bundle::{Bundle, ScoreOptions};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use table::read::{Blocks, Cut, in_blocks_cut};
use table::write::{Output, Written};
use table::{Table, TableError};

/// Files up to this size are read at once: several of them are under way at a time.
const SMALL_BYTES: u64 = 16 << 20;
/// The same of Parquet, where a byte may be many cells.
const SMALL_PARQUET_BYTES: u64 = 1 << 20;
/// Bytes of separated values that are read at a time.
const BLOCK_BYTES: usize = 4 << 20;
/// Rows that are scored as one piece of work.
const PIECE_ROWS: usize = 1 << 14;

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
/// [`Failed`]; what was at the places before is untouched then.
pub fn score_blocks(
    scorer: &Scorer<'_>,
    path: &Path,
    out: &Path,
    quarantine: &Path,
    n_threads: usize,
    watching: Watching<'_>,
) -> Result<Scored, Failed> {
    let n_threads = n_threads.max(1);
    let (orders, ordered) = sync_channel(n_threads + 1);
    let (works, work) = sync_channel(n_threads + 1);
    let work = Mutex::new(work);
    let options = scoring::options_for(scorer.bundle);
    std::thread::scope(|scope| {
        let cut = Cut {
            small_bytes: match path.extension() {
                Some(ending) if ending == "parquet" => SMALL_PARQUET_BYTES,
                _ => SMALL_BYTES,
            },
            block_bytes: BLOCK_BYTES,
            n_read: Some(watching.n_read),
        };
        let reader = scope.spawn(move || read(path, &options, &cut, &Queues { orders, works }));
        for _ in 0..n_threads {
            scope.spawn(|| work_off(scorer, &work));
        }
        let mut writing = Writing::new(scorer, out, quarantine);
        let received = writing.receive(ordered, watching);
        let read = reader
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        received?;
        match read {
            Ok(blocks) => writing.finish(path, blocks),
            Err(Halt::Table(error)) => Err(error.into()),
            Err(Halt::Gone) => Err(Failed::Stopped),
        }
    })
}

/// What the writer gets, in the order of rows.
enum Order {
    /// Everything so far is void: columns turned out to be of other kinds.
    Begin,
    /// So many rows, and where their scores will be.
    Piece(usize, Receiver<Result<Scoring, ProjectError>>),
}

/// Rows, how many are before them in the file, and who waits for their scores.
type Work = (Table, u64, Sender<Result<Scoring, ProjectError>>);

struct Queues {
    orders: SyncSender<Order>,
    works: SyncSender<Work>,
}

/// Why reading ended early.
enum Halt {
    Table(TableError),
    /// Nobody takes the rows any more.
    Gone,
}

impl From<TableError> for Halt {
    fn from(error: TableError) -> Halt {
        Halt::Table(error)
    }
}

fn read(path: &Path, options: &table::read::Options, cut: &Cut<'_>, queues: &Queues) -> Result<Blocks, Halt> {
    let n_before = Cell::new(0);
    let send = |table: Table| {
        let (sender, receiver) = channel();
        let n_rows = table.n_rows();
        let before = n_before.replace(n_before.get() + n_rows as u64);
        let order = Order::Piece(n_rows, receiver);
        queues.orders.send(order).map_err(|_| Halt::Gone)?;
        queues.works.send((table, before, sender)).map_err(|_| Halt::Gone)
    };
    in_blocks_cut(
        path,
        options,
        cut,
        |_| {
            n_before.set(0);
            queues.orders.send(Order::Begin).map_err(|_| Halt::Gone)
        },
        |table| {
            let offsets = (0..table.n_rows()).step_by(PIECE_ROWS);
            offsets
                .map(|offset| table.slice(offset, PIECE_ROWS))
                .try_for_each(&send)
        },
    )
}

/// Scores pieces until there are no more.
fn work_off(scorer: &Scorer<'_>, work: &Mutex<Receiver<Work>>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((table, n_before, sender)) = next else {
            return;
        };
        let rows = Rows {
            table: &table,
            n_before,
        };
        let scored = scoring::score_rows(scorer.bundle, rows, scorer.keep, &scorer.options, &scorer.why);
        // Where nobody waits for it, the run has ended.
        let _ = sender.send(scored);
    }
}

/// The outputs of one file in the making, and what was seen on the way.
struct Writing<'a> {
    scorer: &'a Scorer<'a>,
    paths: [PathBuf; 2],
    outputs: [Option<Output>; 2],
    n_rows: u64,
    n_flagged: u64,
    breaches: Vec<BreachRecord>,
}

impl<'a> Writing<'a> {
    fn new(scorer: &'a Scorer<'a>, out: &Path, quarantine: &Path) -> Writing<'a> {
        Writing {
            scorer,
            paths: [out.to_owned(), quarantine.to_owned()],
            outputs: [None, None],
            n_rows: 0,
            n_flagged: 0,
            breaches: Vec::new(),
        }
    }

    fn receive(&mut self, ordered: Receiver<Order>, watching: Watching<'_>) -> Result<(), Failed> {
        for order in ordered {
            match order {
                Order::Begin => *self = Writing::new(self.scorer, &self.paths[0], &self.paths[1]),
                Order::Piece(n_rows, scored) => {
                    // A sender that is gone was dropped by a panic, which the scope passes on.
                    let scored = scored.recv().map_err(|_| Failed::Stopped)?;
                    self.take(n_rows, scored?)?;
                    if !(watching.goes_on)(n_rows as u64) {
                        return Err(Failed::Stopped);
                    }
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, n_rows: usize, scored: Scoring) -> Result<(), Failed> {
        self.push(0, &scored.table)?;
        if 0 < scored.quarantine.n_rows() {
            self.push(1, &scored.quarantine)?;
        }
        scored.breaches.into_iter().for_each(|breach| self.note(breach));
        self.n_flagged += scored.n_flagged as u64;
        self.n_rows += n_rows as u64;
        Ok(())
    }

    fn push(&mut self, which: usize, table: &Table) -> Result<(), Failed> {
        let output = match &mut self.outputs[which] {
            Some(output) => output,
            none => none.insert(Output::begin(&self.paths[which], &table.columns()).map_err(writing)?),
        };
        output.push(table).map_err(writing)
    }

    /// A rule broken in this piece.
    fn note(&mut self, breach: BreachRecord) {
        let is_same = |known: &&mut BreachRecord| {
            (&known.column, &known.rule, &known.action) == (&breach.column, &breach.rule, &breach.action)
        };
        match self.breaches.iter_mut().find(is_same) {
            None => self.breaches.push(breach),
            Some(known) => {
                known.n_rows += breach.n_rows;
                let room = 5usize.saturating_sub(known.rows.len());
                known.rows.extend(breach.rows.into_iter().take(room));
            }
        }
    }

    fn finish(mut self, path: &Path, blocks: Blocks) -> Result<Scored, Failed> {
        let [out, quarantine] = std::mem::take(&mut self.outputs);
        let out = out.ok_or_else(|| TableError::NoRows {
            name: path.display().to_string(),
        })?;
        let rules = &self.scorer.bundle.contract.columns;
        let place = |breach: &BreachRecord| {
            let is_it = |rule: &prepare::contract::ColumnRule| {
                rule.column == breach.column && rule.rule.text() == breach.rule
            };
            rules.iter().position(is_it)
        };
        self.breaches.sort_by_key(place);
        // Rows kept out are there before the others say that they are not among them.
        let quarantine = quarantine.map(Output::finish).transpose().map_err(writing)?;
        Ok(Scored {
            n_rows: self.n_rows,
            n_flagged: self.n_flagged,
            breaches: self.breaches,
            complaints: blocks.complaints,
            written: out.finish().map_err(writing)?,
            quarantine,
        })
    }
}

fn writing(error: TableError) -> Failed {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let is_full = |kind| {
        matches!(
            kind,
            StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem
        )
    };
    match error {
        TableError::File { ref source, .. } if is_full(source.kind()) => Failed::Writing(error.into()),
        error => Failed::File(error.into()),
    }
}

impl Scored {
    /// The record of the rows kept out, under their name in the folder.
    pub(super) fn kept_out(&self, name: &str) -> Option<Kept> {
        self.quarantine.as_ref().map(|written| Kept::new(name, written))
    }
}
