//! The thread that keeps the log's folder in order: merges what was closed into a file a day, and removes what is old.

use super::Logging;
use crate::ServeError;
use crate::app::Clock;
use crate::telling::{AuditEntry, Event, Teller};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use table::TableError;

/// After each piece of work it rests this many times as long as that took, so that those who answer have the machine.
const RESTS: u32 = 4;
/// The longest rest.
const MAX_REST: Duration = Duration::from_millis(200);

/// Keeps a folder in order until it is closed.
#[derive(Debug)]
pub(super) struct Keeper {
    is_over: Arc<AtomicBool>,
    thread: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Keeper {
    pub(super) fn start(
        folder: &Path,
        logging: &Logging,
        clock: Clock,
        teller: Arc<Teller>,
    ) -> Result<Keeper, ServeError> {
        let (stop, stopped) = channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let work = Work {
            folder: folder.to_owned(),
            logging: logging.clone(),
            clock,
            teller,
            is_over: Arc::clone(&is_over),
        };
        let thread = std::thread::Builder::new()
            .name("log-keeping".to_owned())
            .spawn(move || work.run(&stopped))
            .map_err(|source| ServeError::System {
                action: "start a thread",
                source,
            })?;
        Ok(Keeper {
            is_over,
            thread: Mutex::new(Some((stop, thread))),
        })
    }

    /// Stops at the next piece of work; what was begun is as if it had not been.
    pub(super) fn close(&self) {
        self.is_over.store(true, Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, thread)) = thread {
            drop(stop);
            // If it has panicked, that was told.
            let _ = thread.join();
        }
    }
}

struct Work {
    folder: PathBuf,
    logging: Logging,
    clock: Clock,
    teller: Arc<Teller>,
    is_over: Arc<AtomicBool>,
}

impl Work {
    fn run(&self, stopped: &Receiver<()>) {
        while stopped.recv_timeout(self.logging.merge_every) == Err(RecvTimeoutError::Timeout) {
            if let Err(error) = self.keep()
                && !is_for_later(&error)
            {
                let event = || Event::log_not_kept(&error.to_string());
                self.teller.tell_some("log_not_kept", event);
            }
        }
    }

    fn keep(&self) -> Result<(), bundle::BundleError> {
        let now = (self.clock)();
        let mut worked = Instant::now();
        let mut go_on = || {
            std::thread::sleep((worked.elapsed() * RESTS).min(MAX_REST));
            worked = Instant::now();
            !self.is_over.load(Relaxed)
        };
        // a file that cannot be merged keeps nothing else from being removed
        let merged = bundle::log::merge(&self.folder, now, self.logging.merge_from, &mut go_on);
        self.expire(now)?;
        let merged = merged?;
        if 0 < merged.n_days {
            self.teller.tell(Event::log_merged(&merged));
        }
        Ok(())
    }

    /// Removes what is older than it is to be kept.
    fn expire(&self, now: i64) -> Result<(), bundle::BundleError> {
        let Some(keep) = self.logging.keep else {
            return Ok(());
        };
        let before = now.saturating_sub(i64::try_from(keep.as_micros()).unwrap_or(i64::MAX));
        for path in bundle::log::expire(&self.folder, before)? {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            self.teller.record_own(&AuditEntry::expired(&name));
            self.teller.tell(Event::log_expired(&name));
        }
        Ok(())
    }
}

/// Whether another one works on the folder, or this one is to stop.
fn is_for_later(error: &bundle::BundleError) -> bool {
    let bundle::BundleError::Table(TableError::File { source, .. }) = error else {
        return false;
    };
    matches!(source.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
