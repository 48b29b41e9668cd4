//! The files that rows go to: one for each bundle and day, closed when it is full or old.

use crate::config::LogMode;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use table::{Hash, Table, TableError, segment};

/// A segment of this size is closed and left to whoever merges.
const SEGMENT_BYTES: u64 = 32 << 20;
/// And one that is so old is closed and compacted.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// The segments that are written.
#[derive(Debug)]
pub(super) struct Segments {
    folder: PathBuf,
    mode: LogMode,
    start_micros: i64,
    open: Vec<OpenSegment>,
    n_segments: u64,
    /// Threads that close and compact beside the writing.
    beside: Vec<JoinHandle<()>>,
}

/// What a segment is about: answers of one bundle, or refusals, of one day, counted from 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
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

impl Segments {
    /// `start_micros` tells the segments of this service from those of others.
    pub(super) fn new(folder: &Path, mode: LogMode, start_micros: i64) -> Segments {
        Segments {
            folder: folder.to_owned(),
            mode,
            start_micros,
            open: Vec::new(),
            n_segments: 0,
            beside: Vec::new(),
        }
    }

    /// Appends rows; in mode `audit` they are on disk then.
    pub(super) fn append(&mut self, about: About, records: &Table) -> Result<(), TableError> {
        let position = match self.open.iter().position(|segment| segment.about == about) {
            Some(position) => position,
            None => self.open(about)?,
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
        appended
    }

    fn open(&mut self, about: About) -> Result<usize, TableError> {
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
    pub(super) fn close_old(&mut self) {
        let latest = self.open.iter().map(|segment| segment.about.day()).max();
        let is_done = |segment: &OpenSegment| {
            MAX_AGE <= segment.opened.elapsed() || latest.is_some_and(|latest| segment.about.day() < latest)
        };
        while let Some(position) = self.open.iter().position(is_done) {
            let done = self.open.swap_remove(position);
            self.compact(done);
        }
    }

    /// Closes all and waits until that is done.
    pub(super) fn close(mut self) {
        for segment in std::mem::take(&mut self.open) {
            self.compact(segment);
        }
        for thread in self.beside {
            // A compaction that failed leaves its segment, which is read as well.
            let _ = thread.join();
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
        self.beside.retain(|thread| !thread.is_finished());
        if let Ok(thread) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
            self.beside.push(thread);
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

impl About {
    fn day(self) -> i64 {
        match self {
            About::Answers(_, day) | About::Refusals(day) => day,
        }
    }
}
