//! The thread that writes: gathers what waits, appends it, and turns full segments into Parquet.

use super::{Counts, Entry, Message};
use crate::config::LogMode;
use crate::scoring::Scored;
use crate::telling::{Event, Teller};
use bundle::log::Refused;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use table::{Hash, Table, TableError, segment};

/// How long rows may wait for others in mode `sampled`; with the write itself it stays below 200 ms.
const GATHER: Duration = Duration::from_millis(100);
/// Rows that are written without waiting for more.
const GATHER_ROWS: usize = 16_384;
/// A segment of this size is closed and compacted.
const SEGMENT_BYTES: u64 = 32 << 20;

#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    mode: LogMode,
    start_micros: i64,
    receiver: Receiver<Message>,
    counts: Arc<Counts>,
    open: Vec<OpenSegment>,
    n_segments: u64,
    compacting: Vec<JoinHandle<()>>,
    teller: Arc<Teller>,
    is_failing: bool,
    /// The rows dropped that were told of.
    told_dropped: u64,
}

/// What came within a moment.
#[derive(Debug, Default)]
struct Gathered {
    entries: Vec<Entry>,
    refused: Vec<Refused>,
    is_closed: bool,
}

/// What a segment is about: answers of one bundle, or refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Answers(Hash),
    Refusals,
}

/// The segment that rows about one thing go to.
#[derive(Debug)]
struct OpenSegment {
    about: About,
    path: PathBuf,
    writer: segment::Writer,
    /// How long it was when it held no rows.
    n_head_bytes: u64,
}

impl Writer {
    pub(super) fn new(
        folder: &Path,
        mode: LogMode,
        start_micros: i64,
        receiver: Receiver<Message>,
        counts: Arc<Counts>,
        teller: Arc<Teller>,
    ) -> Writer {
        let (open, compacting) = (Vec::new(), Vec::new());
        Writer {
            folder: folder.to_owned(),
            mode,
            start_micros,
            receiver,
            counts,
            open,
            n_segments: 0,
            compacting,
            teller,
            is_failing: false,
            told_dropped: 0,
        }
    }

    /// Writes until it is told to close.
    pub(super) fn run(mut self) {
        loop {
            let gathered = self.gather();
            self.write(gathered.entries);
            self.write_refusals(&gathered.refused);
            self.tell_dropped();
            if gathered.is_closed {
                break;
            }
        }
        for segment in std::mem::take(&mut self.open) {
            self.compact(segment);
        }
        for thread in self.compacting {
            // A compaction that failed leaves its segment, which is read as well.
            let _ = thread.join();
        }
    }

    /// Waits for entries and takes those that come within a moment; in mode `audit`, those that already wait.
    fn gather(&self) -> Gathered {
        let mut gathered = Gathered::default();
        let mut n_rows = 0;
        let mut deadline = None;
        while n_rows < GATHER_ROWS {
            let message = match deadline {
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(deadline) => {
                    let now = Instant::now();
                    self.receiver.recv_timeout(std::cmp::max(deadline, now) - now)
                }
            };
            // What came while others were written has waited already.
            let mut came = Instant::now();
            match message {
                Ok(Message::Entry(entry)) => {
                    came = entry.came;
                    n_rows += entry.scored.scores.n_rows;
                    gathered.entries.push(*entry);
                }
                Ok(Message::Refused(refused)) => {
                    n_rows += 1;
                    gathered.refused.push(refused);
                }
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => {
                    gathered.is_closed = true;
                    return gathered;
                }
                Err(RecvTimeoutError::Timeout) => break,
            }
            let wait = if self.mode == LogMode::Audit {
                Duration::ZERO
            } else {
                GATHER
            };
            deadline = deadline.or(Some(came + wait));
        }
        gathered
    }

    /// Writes entries, those of one bundle as one frame; tells who waits.
    fn write(&mut self, mut entries: Vec<Entry>) {
        entries.sort_by_key(|entry| entry.scored.model.bundle.hash());
        while let Some(hash) = entries.first().map(|entry| entry.scored.model.bundle.hash()) {
            let n = entries.partition_point(|entry| entry.scored.model.bundle.hash() == hash);
            let rest = entries.split_off(n);
            let group = std::mem::replace(&mut entries, rest);
            let n_rows: u64 = group.iter().map(|entry| entry.scored.scores.n_rows as u64).sum();
            let written = self.append_answers(hash, &group).is_ok();
            let count = if written {
                &self.counts.written_rows
            } else {
                &self.counts.failed_rows
            };
            count.fetch_add(n_rows, Relaxed);
            self.counts.queued_rows.fetch_sub(n_rows, Relaxed);
            for done in group.into_iter().filter_map(|entry| entry.done) {
                // Who no longer waits has timed out.
                let _ = done.send(written);
            }
        }
    }

    fn append_answers(&mut self, bundle: Hash, group: &[Entry]) -> Result<(), bundle::BundleError> {
        let records: Result<Vec<Table>, _> = group.iter().map(record).collect();
        self.append(About::Answers(bundle), &Table::concat(&records?)?)
    }

    /// Nobody waits for these, and nobody was given what they are about.
    fn write_refusals(&mut self, refused: &[Refused]) {
        if refused.is_empty() {
            return;
        }
        let written = bundle::log::refusals(refused).and_then(|table| self.append(About::Refusals, &table));
        if written.is_err() {
            self.counts.failed_rows.fetch_add(refused.len() as u64, Relaxed);
        }
    }

    /// Appends rows, and tells when that begins to fail and when it goes on.
    fn append(&mut self, about: About, records: &Table) -> Result<(), bundle::BundleError> {
        let appended = self.append_quietly(about, records);
        match &appended {
            Err(error) => {
                let event = || Event::log_failing(&error.to_string());
                self.teller.tell_some("log_failing", event);
            }
            Ok(()) if self.is_failing => self.teller.tell(Event::log_recovered()),
            Ok(()) => {}
        }
        self.is_failing = appended.is_err();
        appended
    }

    fn tell_dropped(&mut self) {
        let dropped = self.counts.dropped_rows.load(Relaxed);
        let n_new = dropped - std::mem::replace(&mut self.told_dropped, dropped);
        if 0 < n_new {
            self.teller.tell_some("log_dropping", || Event::log_dropping(n_new));
        }
    }

    fn append_quietly(&mut self, about: About, records: &Table) -> Result<(), bundle::BundleError> {
        let position = match self.open.iter().position(|segment| segment.about == about) {
            Some(position) => position,
            None => self.open_segment(about)?,
        };
        let writer = &mut self.open[position].writer;
        let mut appended = writer.append(records);
        if self.mode == LogMode::Audit {
            appended = appended.and_then(|()| writer.sync());
        }
        let is_full = SEGMENT_BYTES <= writer.size_bytes();
        if appended.is_err() {
            // Half a frame may stand at the end: what comes after it would not be found.
            let failed = self.open.swap_remove(position);
            if failed.writer.size_bytes() == failed.n_head_bytes {
                remove_empty(&failed.path);
            }
        } else if is_full {
            let full = self.open.swap_remove(position);
            self.compact(full);
        }
        Ok(appended?)
    }

    fn open_segment(&mut self, about: About) -> Result<usize, TableError> {
        let path = loop {
            let (bundle, is_about_refusals) = match about {
                About::Answers(bundle) => (bundle.short(), false),
                About::Refusals => ("requests".to_owned(), true),
            };
            let name =
                bundle::log::segment_name(&bundle, self.start_micros, self.n_segments, is_about_refusals);
            self.n_segments += 1;
            let path = self.folder.join(name);
            if !path.exists() && !path.with_extension("parquet").exists() {
                break path;
            }
        };
        // On a full disk every write would leave another file.
        let writer = segment::Writer::open(&path).inspect_err(|_| remove_empty(&path))?;
        self.open.push(OpenSegment {
            n_head_bytes: writer.size_bytes(),
            about,
            path,
            writer,
        });
        Ok(self.open.len() - 1)
    }

    /// Turns a segment into Parquet beside the writing.
    fn compact(&mut self, mut segment: OpenSegment) {
        self.compacting.retain(|thread| !thread.is_finished());
        let compact = move || {
            let synced = segment.writer.sync();
            drop(segment.writer);
            // The segment stays where it is not possible.
            if synced.is_ok() {
                let _ = bundle::log::compact(&segment.path);
            }
        };
        if let Ok(thread) = std::thread::Builder::new()
            .name("log-compaction".to_owned())
            .spawn(compact)
        {
            self.compacting.push(thread);
        }
    }
}

/// Removes a segment that holds nothing; one that stays is read as one without rows.
fn remove_empty(path: &Path) {
    let _ = std::fs::remove_file(path);
}

fn record(entry: &Entry) -> Result<Table, bundle::BundleError> {
    let Scored { model, rows, scores } = &entry.scored;
    bundle::log::record(&model.bundle, rows, scores, entry.now_micros, &entry.request)
}
