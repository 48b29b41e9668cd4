//! The prediction log: what was seen and said, handed to one thread that writes.

mod keeping;
mod settings;
mod writer;

pub use settings::Logging;

use crate::ServeError;
use crate::app::Clock;
use crate::config::LogMode;
use crate::refusal::Refusal;
use crate::scoring::Scored;
use crate::telling::Teller;
use bundle::log::{Refused, is_sampled};
use keeping::Keeper;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::oneshot;
use writer::Writer;

/// The most requests that wait for the writer.
const MAX_QUEUED: usize = 4096;
/// The most rows that wait for the writer, unless they are one request's.
const MAX_QUEUED_ROWS: u64 = 200_000;

/// The end that requests hold.
#[derive(Debug)]
pub(crate) struct PredictionLog {
    mode: LogMode,
    sender: SyncSender<Message>,
    spent: Arc<Spent>,
    counts: Arc<Counts>,
    share: f64,
    keeper: Keeper,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How many rows went where.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) written_rows: AtomicU64,
    pub(crate) dropped_rows: AtomicU64,
    pub(crate) failed_rows: AtomicU64,
    /// Rows of requests that are not in the share that is logged.
    pub(crate) left_out_rows: AtomicU64,
    queued_rows: AtomicU64,
}

/// One request's rows and scores.
#[derive(Debug)]
struct Entry {
    scored: Scored,
    now_micros: i64,
    /// When it was handed over: from here on it waits.
    came: Instant,
    request: String,
    /// Told whether the rows are on disk, in mode `audit`.
    done: Option<oneshot::Sender<bool>>,
}

/// Entries that were written, to be dropped by those who bring new ones: memory that one thread takes and another gives back
/// has to be found anew for every request.
#[derive(Debug, Default)]
struct Spent(Mutex<Vec<Box<Entry>>>);

impl Spent {
    fn entries(&self) -> MutexGuard<'_, Vec<Box<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn one(&self) -> Option<Box<Entry>> {
        self.entries().pop()
    }

    /// Takes those that were written last; of earlier ones nothing stays, so that no bundle outlives its service.
    fn give(&self, entries: Vec<Box<Entry>>) {
        let earlier = std::mem::replace(&mut *self.entries(), entries);
        drop(earlier);
    }

    /// Drops them here: nobody brings new ones.
    fn clear(&self) {
        let held = std::mem::take(&mut *self.entries());
        drop(held);
    }
}

#[derive(Debug)]
enum Message {
    Entry(Box<Entry>),
    Refused(Refused),
    Close,
}

impl PredictionLog {
    /// Starts the writer of a log in `folder`; `None` if nothing is to be logged.
    pub(crate) fn start(
        folder: &Path,
        mode: LogMode,
        logging: &Logging,
        clock: &Clock,
        teller: Arc<Teller>,
    ) -> Result<Option<PredictionLog>, ServeError> {
        if mode == LogMode::Off {
            return Ok(None);
        }
        let fail = |source| ServeError::Log {
            folder: folder.to_owned(),
            source,
        };
        table::file::make_folder(folder).map_err(fail)?;
        let (sender, receiver) = sync_channel(MAX_QUEUED);
        let counts = Arc::new(Counts::default());
        let spent = Arc::new(Spent::default());
        let writer = Writer::new(
            folder,
            mode,
            logging.recording(),
            clock(),
            receiver,
            (Arc::clone(&counts), Arc::clone(&spent)),
            Arc::clone(&teller),
        );
        let keeper = Keeper::start(folder, logging, Arc::clone(clock), teller)?;
        let thread = std::thread::Builder::new()
            .name("prediction-log".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| ServeError::System {
                action: "start a thread",
                source,
            })?;
        Ok(Some(PredictionLog {
            mode,
            sender,
            spent,
            counts,
            share: logging.share,
            keeper,
            thread: Mutex::new(Some(thread)),
        }))
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Records an answer, if its request is in the share that is logged: returns at once in mode `sampled`, when it is on disk in mode `audit`.
    pub(crate) async fn record(
        &self,
        scored: Scored,
        now_micros: i64,
        request: String,
    ) -> Result<(), Refusal> {
        if !is_sampled(&request, self.share) {
            let n_rows = scored.scores.n_rows as u64;
            self.counts.left_out_rows.fetch_add(n_rows, Relaxed);
            return Ok(());
        }
        if self.mode == LogMode::Sampled {
            self.offer(Entry {
                scored,
                now_micros,
                came: Instant::now(),
                request,
                done: None,
            });
            return Ok(());
        }
        let (done, written) = oneshot::channel();
        self.offer(Entry {
            scored,
            now_micros,
            came: Instant::now(),
            request,
            done: Some(done),
        });
        // An entry that was not taken has dropped its sender.
        if written.await.unwrap_or(false) {
            Ok(())
        } else {
            Err(Refusal::NotRecorded)
        }
    }

    /// Records a refusal, so that a monitor sees it; as in mode `sampled`, never waits.
    pub(crate) fn refuse(&self, refused: Refused) {
        if !is_sampled(&refused.request, self.share) {
            self.counts.left_out_rows.fetch_add(refused.n_rows, Relaxed);
            return;
        }
        // Who is refused so often that the queue is full is heard of often enough.
        let _ = self.sender.try_send(Message::Refused(refused));
    }

    /// Writes what is queued, closes and compacts the segments. Returns when that is done.
    pub(crate) fn close(&self) {
        self.keeper.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // If the thread has ended already, there is nobody left to tell.
            let _ = self.sender.send(Message::Close);
            let _ = thread.join();
        }
    }

    fn offer(&self, entry: Entry) {
        drop(self.spent.one());
        let n_rows = entry.scored.scores.n_rows as u64;
        let queued = self.counts.queued_rows.fetch_add(n_rows, Relaxed);
        let fits = queued == 0 || queued + n_rows <= MAX_QUEUED_ROWS;
        if !fits || self.sender.try_send(Message::Entry(Box::new(entry))).is_err() {
            self.counts.queued_rows.fetch_sub(n_rows, Relaxed);
            self.counts.dropped_rows.fetch_add(n_rows, Relaxed);
        }
    }
}
