//! The pieces of one file: read ahead on one thread, checked and scored on several.

use super::blocks::{Failed, Scorer};
use crate::ProjectError;
use crate::scoring::{self, Refusal, Rows, Scoring};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use table::read::{Blocks, Cut, in_blocks_cut};
use table::{Table, TableError};

/// Rows that are scored as one piece of work.
const PIECE_ROWS: usize = 1 << 14;

/// What the writer gets, in the order of rows.
pub(super) enum Order {
    /// Everything so far is void: columns turned out to be of other kinds.
    Begin,
    /// So many rows, and where it will be told what became of them.
    Piece(usize, Receiver<Judged>),
}

/// What became of a piece; an error where it could not even be held against the contract.
pub(super) type Judged = Result<Piece, ProjectError>;

/// What became of a piece that was held against the contract.
pub(super) enum Piece {
    Scored(Scoring),
    /// Rules that refuse were broken: by this piece, or, where there are none, by another of its pass.
    Refused(Vec<Refusal>),
    Unscored(ProjectError),
}

/// Rows, how many are before them in the file, their pass, and who waits to hear of them.
pub(super) struct Work {
    rows: Table,
    n_before: u64,
    /// Whether a rule that refuses was broken in the pass: then nothing of it is kept, and rows are only counted.
    is_refused: Arc<AtomicBool>,
    sender: Sender<Judged>,
}

pub(super) struct Queues {
    pub(super) orders: SyncSender<Order>,
    pub(super) works: SyncSender<Work>,
}

/// Why reading ended early.
pub(super) enum Halt {
    File(ProjectError),
    /// Nobody takes the rows any more.
    Gone,
}

impl From<TableError> for Halt {
    fn from(error: TableError) -> Halt {
        Halt::File(error.into())
    }
}

impl From<Halt> for Failed {
    fn from(halt: Halt) -> Failed {
        match halt {
            Halt::File(error) => Failed::File(error),
            Halt::Gone => Failed::Stopped,
        }
    }
}

/// One going over of the file.
#[derive(Default)]
struct Pass {
    n_before: u64,
    is_refused: Arc<AtomicBool>,
}

/// Reads a file, and hands out its pieces.
pub(super) fn read(scorer: &Scorer<'_>, path: &Path, cut: &Cut<'_>, queues: &Queues) -> Result<Blocks, Halt> {
    let pass = RefCell::new(Pass::default());
    in_blocks_cut(
        path,
        &scoring::options_for(scorer.bundle),
        cut,
        |columns| {
            // Names are the same in every pass: what is wrong with them need not wait for the end of this one.
            scoring::check_columns(scorer.bundle, columns, scorer.keep).map_err(Halt::File)?;
            pass.replace(Pass::default());
            queues.orders.send(Order::Begin).map_err(|_| Halt::Gone)
        },
        |table| {
            let offsets = (0..table.n_rows()).step_by(PIECE_ROWS);
            let mut pieces = offsets.map(|offset| table.slice(offset, PIECE_ROWS));
            let mut pass = pass.borrow_mut();
            pieces.try_for_each(|piece| queues.send(piece, &mut pass))
        },
    )
}

impl Queues {
    fn send(&self, rows: Table, pass: &mut Pass) -> Result<(), Halt> {
        let (sender, receiver) = channel();
        let order = Order::Piece(rows.n_rows(), receiver);
        let n_before = pass.n_before;
        pass.n_before += rows.n_rows() as u64;
        self.orders.send(order).map_err(|_| Halt::Gone)?;
        let work = Work {
            rows,
            n_before,
            is_refused: Arc::clone(&pass.is_refused),
            sender,
        };
        self.works.send(work).map_err(|_| Halt::Gone)
    }
}

/// Checks and scores pieces until there are no more.
pub(super) fn work_off(scorer: &Scorer<'_>, works: &Mutex<Receiver<Work>>) {
    work_off_with(works, |work| work.judged(scorer));
}

/// A panic is passed on when there are no more pieces: until then they are taken, or whoever sends them would wait for ever.
fn work_off_with(works: &Mutex<Receiver<Work>>, judged: impl Fn(&Work) -> Judged) {
    let mut panic = None;
    loop {
        let next = works.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { break };
        // Nothing half done is seen: it goes with the piece, whose sender ends without a word.
        match catch_unwind(AssertUnwindSafe(|| judged(&work))) {
            // Where nobody waits for it, the run has ended.
            Ok(judged) => drop(work.sender.send(judged)),
            Err(cause) => panic = Some(cause),
        }
    }
    if let Some(cause) = panic {
        resume_unwind(cause);
    }
}

impl Work {
    fn judged(&self, scorer: &Scorer<'_>) -> Judged {
        let rows = Rows {
            table: &self.rows,
            n_before: self.n_before,
        };
        let report = scoring::checked(scorer.bundle, rows.table)?;
        let refusals = Refusal::all(&report, rows.n_before);
        if !refusals.is_empty() {
            self.is_refused.store(true, Relaxed);
        }
        if self.is_refused.load(Relaxed) {
            return Ok(Piece::Refused(refusals));
        }
        let (bundle, keep) = (scorer.bundle, scorer.keep);
        let scored = scoring::score_checked(bundle, rows, &report, keep, &scorer.options, &scorer.why);
        Ok(scored.map_or_else(Piece::Unscored, Piece::Scored))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;
    use table::arrow::array::{ArrayRef, Int64Array};

    fn rows(n_rows: i64) -> Table {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..n_rows));
        Table::new(vec![("a".to_owned(), column)]).unwrap()
    }

    #[test]
    fn a_panic_leaves_no_piece_behind() {
        let (works, work) = sync_channel(1);
        let work = Mutex::new(work);
        let told = std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                work_off_with(&work, |work| {
                    assert_ne!(work.rows.n_rows(), 2);
                    Ok(Piece::Refused(Vec::new()))
                });
            });
            let told: Vec<bool> = (1..=5)
                .map(|n_rows| {
                    let (sender, receiver) = channel();
                    let is_refused = Arc::default();
                    let work = Work {
                        rows: rows(n_rows),
                        n_before: 0,
                        is_refused,
                        sender,
                    };
                    works.send(work).unwrap();
                    receiver.recv().is_ok()
                })
                .collect();
            drop(works);
            assert!(worker.join().is_err());
            told
        });
        assert_eq!(told, [true, false, true, true, true]);
    }
}
