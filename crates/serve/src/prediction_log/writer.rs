//! The thread that writes: gathers what waits, appends it, and turns full segments into Parquet.

use super::{Counts, Entry, Message, Spent};
use crate::config::LogMode;
use crate::rows::Rows;
use crate::telling::{Event, Teller};
use bundle::log::{Answered, Recording, Refused};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use table::{Hash, MICROS_PER_DAY, Table, TableError, segment};

/// How long rows may wait for others in mode `sampled`; with the write itself it stays below 200 ms.
const GATHER: Duration = Duration::from_millis(100);
/// How long this thread sleeps between two looks for more.
const NAP: Duration = Duration::from_millis(10);
/// Rows that are written without waiting for more.
const GATHER_ROWS: usize = 16_384;
/// A segment of this size is closed and compacted.
const SEGMENT_BYTES: u64 = 32 << 20;
/// And one that is so old.
const MAX_AGE: Duration = Duration::from_secs(3600);
/// How often is looked for such ones when nothing comes.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    mode: LogMode,
    recording: Recording,
    start_micros: i64,
    receiver: Receiver<Message>,
    counts: Arc<Counts>,
    spent: Arc<Spent>,
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
    entries: Vec<Box<Entry>>,
    refused: Vec<Refused>,
    is_closed: bool,
}

/// What a segment is about: answers of one bundle, or refusals, of one day, counted from 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Answers(Hash, i64),
    Refusals(i64),
}

/// The segment that rows about one thing go to.
#[derive(Debug)]
struct OpenSegment {
    about: About,
    path: PathBuf,
    writer: segment::Writer,
    /// Marks it as written.
    held: Option<File>,
    opened: Instant,
    /// How long it was when it held no rows.
    n_head_bytes: u64,
}

impl Writer {
    pub(super) fn new(
        folder: &Path,
        mode: LogMode,
        recording: Recording,
        start_micros: i64,
        receiver: Receiver<Message>,
        (counts, spent): (Arc<Counts>, Arc<Spent>),
        teller: Arc<Teller>,
    ) -> Writer {
        let (open, compacting) = (Vec::new(), Vec::new());
        Writer {
            folder: folder.to_owned(),
            mode,
            recording,
            start_micros,
            receiver,
            counts,
            spent,
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
            if gathered.entries.is_empty() {
                self.spent.clear();
            }
            self.write(gathered.entries);
            self.write_refusals(&gathered.refused);
            self.tell_dropped();
            self.close_old();
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
                // A segment may be old enough to be closed.
                None => self.receiver.recv_timeout(LOOK_AGAIN),
                Some(deadline) => self.next_until(deadline),
            };
            // What came while others were written has waited already.
            let mut came = Instant::now();
            match message {
                Ok(Message::Entry(entry)) => {
                    came = entry.came;
                    n_rows += entry.scored.scores.n_rows;
                    gathered.entries.push(entry);
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

    /// The next message that comes before the deadline. Between two looks this thread sleeps: nobody who sends has to wake it.
    fn next_until(&self, deadline: Instant) -> Result<Message, RecvTimeoutError> {
        loop {
            match self.receiver.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(RecvTimeoutError::Timeout);
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    /// Writes entries, those of one bundle and day as one frame; tells who waits.
    fn write(&mut self, mut entries: Vec<Box<Entry>>) {
        entries.sort_by_key(|entry| entry.about());
        while let Some(about) = entries.first().map(|entry| entry.about()) {
            let n = entries.partition_point(|entry| entry.about() == about);
            let rest = entries.split_off(n);
            let mut group = std::mem::replace(&mut entries, rest);
            let n_rows: u64 = group.iter().map(|entry| entry.scored.scores.n_rows as u64).sum();
            let written = self.append_answers(about, &group).is_ok();
            let count = if written {
                &self.counts.written_rows
            } else {
                &self.counts.failed_rows
            };
            count.fetch_add(n_rows, Relaxed);
            self.counts.queued_rows.fetch_sub(n_rows, Relaxed);
            for done in group.iter_mut().filter_map(|entry| entry.done.take()) {
                // Who no longer waits has timed out.
                let _ = done.send(written);
            }
            self.spent.give(group);
        }
    }

    fn append_answers(&mut self, about: About, group: &[Box<Entry>]) -> Result<(), bundle::BundleError> {
        let records = records(group, &self.recording)?;
        self.append(about, &records)
    }

    /// Nobody waits for these, and nobody was given what they are about.
    fn write_refusals(&mut self, refused: &[Refused]) {
        for of_day in refused.chunk_by(|one, next| day_of(one.time_micros) == day_of(next.time_micros)) {
            let about = About::Refusals(day_of(of_day[0].time_micros));
            let written = bundle::log::refusals(of_day, self.recording.share)
                .and_then(|table| self.append(about, &table));
            if written.is_err() {
                self.counts.failed_rows.fetch_add(of_day.len() as u64, Relaxed);
            }
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
            self.teller
                .tell_some("log_dropping", || Event::log_dropping(n_new));
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
            self.beside("log-sync", move || drop(full.closed()));
        }
        Ok(appended?)
    }

    fn open_segment(&mut self, about: About) -> Result<usize, TableError> {
        let (path, writer, held) = loop {
            let (bundle, is_about_refusals) = match about {
                About::Answers(bundle, _) => (bundle.short(), false),
                About::Refusals(_) => ("requests".to_owned(), true),
            };
            let name =
                bundle::log::segment_name(&bundle, self.start_micros, self.n_segments, is_about_refusals);
            self.n_segments += 1;
            let path = self.folder.join(name);
            if path.exists() || path.with_extension("parquet").exists() {
                continue;
            }
            // On a full disk every write would leave another file.
            let writer = segment::Writer::open(&path).inspect_err(|_| remove_empty(&path))?;
            // Who merges may have taken an empty one already.
            if let Ok(held) = bundle::log::hold(&path) {
                break (path, writer, held);
            }
        };
        self.open.push(OpenSegment {
            n_head_bytes: writer.size_bytes(),
            about,
            path,
            writer,
            held,
            opened: Instant::now(),
        });
        Ok(self.open.len() - 1)
    }

    /// Closes segments that are old enough, or of a day that is over: whoever merges takes them then.
    fn close_old(&mut self) {
        let latest = self.open.iter().map(|segment| segment.about.day()).max();
        let is_done = |segment: &OpenSegment| {
            MAX_AGE <= segment.opened.elapsed() || latest.is_some_and(|latest| segment.about.day() < latest)
        };
        while let Some(position) = self.open.iter().position(is_done) {
            let done = self.open.swap_remove(position);
            self.compact(done);
        }
    }

    /// Turns a segment into Parquet beside the writing.
    fn compact(&mut self, segment: OpenSegment) {
        self.beside("log-compaction", move || {
            let path = segment.path.clone();
            // The segment stays where it is not possible.
            if let Ok(held) = segment.closed() {
                let _ = bundle::log::compact(&path);
                // Until here nobody else takes it.
                drop(held);
            }
        });
    }

    /// Works beside the writing.
    fn beside(&mut self, name: &str, work: impl FnOnce() + Send + 'static) {
        self.compacting.retain(|thread| !thread.is_finished());
        if let Ok(thread) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
            self.compacting.push(thread);
        }
    }
}

impl OpenSegment {
    /// Writes it to disk and closes it; gives what holds it against others. One that is full is left to
    /// whoever merges, who rests between pieces of work: while as much comes, those who answer need the machine.
    fn closed(mut self) -> Result<Option<File>, TableError> {
        self.writer.sync()?;
        Ok(self.held)
    }
}

/// Removes a segment that holds nothing; one that stays is read as one without rows.
fn remove_empty(path: &Path) {
    let _ = std::fs::remove_file(path);
}

impl Entry {
    fn about(&self) -> About {
        About::Answers(self.scored.model.bundle.hash(), day_of(self.now_micros))
    }
}

impl About {
    fn day(self) -> i64 {
        match self {
            About::Answers(_, day) | About::Refusals(day) => day,
        }
    }
}

fn day_of(micros: i64) -> i64 {
    micros.div_euclid(MICROS_PER_DAY)
}

/// Entries of one bundle as one table.
fn records(group: &[Box<Entry>], recording: &Recording) -> Result<Table, bundle::BundleError> {
    let Some(first) = group.first() else {
        return Ok(Table::new(Vec::new())?);
    };
    let model = &first.scored.model;
    let rows: Vec<&Rows> = group.iter().map(|entry| &entry.scored.rows).collect();
    let answered = group.iter().map(|entry| Answered {
        scores: &entry.scored.scores,
        time_micros: entry.now_micros,
        request: &entry.request,
    });
    let rows = Rows::joined(&model.inputs, &rows)?;
    bundle::log::records(&model.bundle, &rows, &answered.collect::<Vec<_>>(), recording)
}
