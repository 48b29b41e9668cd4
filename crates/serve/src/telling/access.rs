//! The access log: a line a request, written by a thread of its own.

use super::queue::Queue;
use super::settings::{AccessLog, LineFormat};
use super::visit::Record;
use crate::ServeError;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The most requests that wait to be written.
const MAX_WAITING: usize = 16_384;
/// How long lines gather: those who end meanwhile wake nobody.
const GATHER: Duration = Duration::from_millis(20);
/// How often is looked whether the file was moved away.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The thread that writes the access log.
///
/// # Errors
/// [`ServeError::AccessLog`] if the file cannot be opened.
pub(super) fn queue(log: &AccessLog, format: LineFormat) -> Result<Queue<Arc<Record>>, ServeError> {
    let mut out = Out::open(log)?;
    let work = move |records: Vec<Arc<Record>>| {
        let lines: String = records.iter().map(|record| record.line(format)).collect();
        out.write(lines.as_bytes())
    };
    Queue::start("access-log", MAX_WAITING, GATHER, work)
}

enum Out {
    File(Appended),
    Lines(super::Sink),
}

/// A file that is written at its end.
struct Appended {
    path: PathBuf,
    file: File,
    looked: Instant,
}

impl Out {
    fn open(log: &AccessLog) -> Result<Out, ServeError> {
        match log {
            AccessLog::Lines(sink) => Ok(Out::Lines(sink.clone())),
            AccessLog::File(path) => {
                let file = appended(path).map_err(|source| ServeError::AccessLog {
                    file: path.clone(),
                    source,
                })?;
                Ok(Out::File(Appended {
                    path: path.clone(),
                    file,
                    looked: Instant::now(),
                }))
            }
        }
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Out::Lines(sink) => sink.write(lines),
            Out::File(file) => file.write(lines),
        }
    }
}

impl Appended {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if LOOK_AGAIN <= self.looked.elapsed() {
            self.looked = Instant::now();
            if !is_at(&self.file, &self.path) {
                self.file = appended(&self.path)?;
            }
        }
        self.file.write_all(lines)
    }
}

fn appended(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Whether the file still stands under its name: programs that keep logs short move them away.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |open: std::fs::Metadata, there: std::fs::Metadata| {
        open.ino() == there.ino() && open.dev() == there.dev()
    };
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => same(open, there),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.is_file()
}
