//! The prediction log: what was seen and said, handed to one thread that writes.

mod gathering;
mod keeping;
mod masking;
mod segments;
mod settings;
mod writer;

pub use settings::Logging;

use crate::ServeError;
use crate::app::Clock;
use crate::config::LogMode;
use crate::models::{Loaded, Models};
use crate::refusal::Refusal;
use crate::scoring::Scored;
use crate::telling::{Event, Teller};
use bundle::log::{Refused, is_sampled};
use gathering::Gathering;
use keeping::Keeper;
use masking::Masking;
use segments::Segments;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;
use writer::Writer;

/// The most rows that wait for the writer, unless they are one request's.
const MAX_QUEUED_ROWS: u64 = 200_000;

/// The end that requests hold.
#[derive(Debug)]
pub(crate) struct PredictionLog {
    mode: LogMode,
    gathering: Arc<Gathering>,
    counts: Arc<Counts>,
    share: f64,
    masking: Masking,
    teller: Arc<Teller>,
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
}

impl PredictionLog {
    /// Starts the writer of a log in `folder`; `None` if nothing is to be logged.
    pub(crate) fn start(
        folder: &Path,
        mode: LogMode,
        logging: &Logging,
        models: &Models,
        clock: &Clock,
        teller: Arc<Teller>,
    ) -> Result<Option<PredictionLog>, ServeError> {
        if mode == LogMode::Off {
            return Ok(None);
        }
        let masking = Masking::new(logging.mask.clone(), logging.recording());
        masking.check(models)?;
        let fail = |source| ServeError::Log {
            folder: folder.to_owned(),
            source,
        };
        table::file::make_folder(folder).map_err(fail)?;
        let counts = Arc::new(Counts::default());
        let gathering = Arc::new(Gathering::new(mode));
        let segments = Segments::new(folder, mode, clock());
        let writer = Writer::new(
            Arc::clone(&gathering),
            segments,
            masking.clone(),
            Arc::clone(&counts),
            Arc::clone(&teller),
        );
        let keeper = Keeper::start(folder, logging, Arc::clone(clock), Arc::clone(&teller))?;
        let thread = std::thread::Builder::new()
            .name("prediction-log".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| ServeError::System {
                action: "start a thread",
                source,
            })?;
        Ok(Some(PredictionLog {
            mode,
            gathering,
            counts,
            share: logging.share,
            masking,
            teller,
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
        scored: Box<Scored>,
        now_micros: i64,
        request: String,
    ) -> Result<(), Refusal> {
        let n_rows = scored.scores.n_rows as u64;
        if !is_sampled(&request, self.share) {
            self.counts.left_out_rows.fetch_add(n_rows, Relaxed);
            return Ok(());
        }
        if self.mode == LogMode::Sampled {
            self.offer(scored, now_micros, &request, None);
            return Ok(());
        }
        let (done, written) = oneshot::channel();
        self.offer(scored, now_micros, &request, Some(done));
        // Rows that were not taken have dropped their sender.
        match written.await {
            Ok(true) => Ok(()),
            _ => Err(Refusal::NotRecorded),
        }
    }

    /// Records a refusal, so that a monitor sees it; as in mode `sampled`, never waits.
    pub(crate) fn refuse(&self, refused: Refused) {
        let n_rows = refused.n_rows;
        if !is_sampled(&refused.request, self.share) {
            self.counts.left_out_rows.fetch_add(n_rows, Relaxed);
        } else if !self.gathering.put_refusal(refused) {
            self.counts.dropped_rows.fetch_add(n_rows, Relaxed);
        }
    }

    /// Writes what is queued, closes and compacts the segments. Returns when that is done.
    pub(crate) fn close(&self) {
        self.keeper.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.gathering.close();
            let _ = thread.join();
        }
    }

    fn offer(
        &self,
        scored: Box<Scored>,
        now_micros: i64,
        request: &str,
        done: Option<oneshot::Sender<bool>>,
    ) {
        let n_rows = scored.scores.n_rows as u64;
        if !self.may_be_logged(&scored.model) || !self.gathering.put(scored, now_micros, request, done) {
            self.counts.dropped_rows.fetch_add(n_rows, Relaxed);
        }
    }

    /// Whether the model has all inputs that are to be masked; tells once in a while if not.
    fn may_be_logged(&self, model: &Loaded) -> bool {
        let missing = self.masking.missing(model);
        if let Some(column) = missing {
            let kind = format!("log_withheld {} {}", model.name, model.version);
            let event = || Event::log_withheld(&model.name, &model.version, column);
            self.teller.tell_some(&kind, event);
        }
        missing.is_none()
    }
}
