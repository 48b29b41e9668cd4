//! The audit log: who did what that changes something for everybody, or was kept from it.
//!
//! A file of lines, each an object of JSON that ends with `previous`: the BLAKE3 hash of the line before, without its end,
//! or 64 zeros in the first one. Who changes, removes or adds a line in between has to write all lines behind it anew, and
//! the last hash, kept elsewhere, tells that. A line is on disk when [`Audit::record`] returns.

mod entry;
mod verify;

pub(crate) use entry::Entry;
pub use verify::{Break, Chain, verify};

use super::line::{Fields, line};
use super::queue::Counts;
use super::settings::LineFormat;
use crate::ServeError;
use crate::app::Clock;
use serde::Deserialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

/// The longest line, in bytes.
const MAX_LINE: u64 = 64 << 10;

/// Writes the audit log.
#[derive(Debug)]
pub(crate) struct Audit {
    end: Mutex<End>,
    counts: Counts,
}

/// Where the next line goes, and what it has to say of the one before.
#[derive(Debug)]
struct End {
    file: File,
    n_bytes: u64,
    n_lines: u64,
    previous: blake3::Hash,
}

/// What of a line is needed to go on behind it, or to check it.
#[derive(Debug, Deserialize)]
struct Link {
    n: u64,
    time: String,
    previous: String,
}

impl Audit {
    /// Opens the log at `path` behind its last line; makes it if it is not there. A last line that was cut off (by a kill or
    /// a power cut) is kept aside in `PATH.torn`, and told in the log.
    ///
    /// # Errors
    /// [`ServeError::Audit`]: it cannot be read or written, is something else, or another process writes it.
    pub(crate) fn open(path: &Path, clock: &Clock) -> Result<Audit, ServeError> {
        let fail = |error: io::Error| fault(path, error.to_string(), "a file that can be written");
        if let Some(folder) = path.parent() {
            table::file::make_folder(folder)
                .map_err(|error| fault(path, error.to_string(), "a folder for it"))?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(fail)?;
        file.try_lock().map_err(|_| {
            fault(
                path,
                "another process that writes it".to_owned(),
                "a file for each service",
            )
        })?;
        let tail = Tail::of(&mut file).map_err(fail)?;
        let torn = tail.torn.clone();
        let end = tail.end(file, path)?;
        let audit = Audit {
            end: Mutex::new(end),
            counts: Counts::default(),
        };
        if !torn.is_empty() {
            audit.set_aside(&torn, path).map_err(fail)?;
            audit.record(&Entry::torn(&torn), clock()).map_err(fail)?;
        }
        Ok(audit)
    }

    /// Adds a line; it is on disk when this returns. `time_micros` is the time since 1970-01-01 UTC.
    ///
    /// # Errors
    /// What the operating system said; the log is then as it was before.
    pub(crate) fn record(&self, entry: &Entry, time_micros: i64) -> io::Result<()> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let written = end.write(&entry.fields, time_micros);
        let count = if written.is_ok() {
            &self.counts.done
        } else {
            &self.counts.failed
        };
        count.fetch_add(1, Relaxed);
        written
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Keeps what stands behind the last whole line, and cuts it off.
    fn set_aside(&self, torn: &[u8], path: &Path) -> io::Result<()> {
        let beside = beside(path);
        let mut kept = OpenOptions::new().create(true).append(true).open(beside)?;
        kept.write_all(torn)?;
        kept.write_all(b"\n")?;
        kept.sync_all()?;
        self.end.lock().unwrap_or_else(PoisonError::into_inner).cut()
    }
}

/// Where the torn ends of a log are kept.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".torn");
    PathBuf::from(name)
}

impl End {
    fn write(&mut self, fields: &Fields, time_micros: i64) -> io::Result<()> {
        let n = self.n_lines + 1;
        let mut all: Fields = vec![("n", n.into())];
        all.extend(fields.iter().cloned());
        all.push(("previous", self.previous.to_hex().as_str().into()));
        let line = line(LineFormat::Json, time_micros, "", &all);
        if MAX_LINE < line.len() as u64 {
            return Err(io::Error::other("a line is longer than any line of an audit log"));
        }
        // What failed before may have left half a line.
        self.cut()?;
        let written = self
            .file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What cannot be cut off now is cut off before the next line.
            let _ = self.cut();
            return Err(error);
        }
        self.n_bytes += line.len() as u64;
        self.n_lines = n;
        self.previous = blake3::hash(line.trim_end().as_bytes());
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        let found = self.file.metadata()?.len();
        if found < self.n_bytes {
            // zeros in their place would hide that lines were taken
            return Err(io::Error::other("the audit log was shortened by somebody else"));
        }
        if found != self.n_bytes {
            self.file.set_len(self.n_bytes)?;
        }
        self.file.seek(SeekFrom::Start(self.n_bytes)).map(drop)
    }
}

/// The end of a file: its last whole line and what stands behind it.
struct Tail {
    n_bytes: u64,
    last: Vec<u8>,
    torn: Vec<u8>,
}

impl Tail {
    fn of(file: &mut File) -> io::Result<Tail> {
        let n_bytes = file.metadata()?.len();
        let from = n_bytes.saturating_sub(2 * MAX_LINE);
        file.seek(SeekFrom::Start(from))?;
        let mut end = Vec::new();
        file.take(2 * MAX_LINE).read_to_end(&mut end)?;
        let n_whole = end.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let torn = end.split_off(n_whole);
        let before = end.len().saturating_sub(1);
        let begin = end[..before]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        Ok(Tail {
            n_bytes: n_bytes - torn.len() as u64,
            last: end[begin..].to_vec(),
            torn,
        })
    }

    /// # Errors
    /// [`ServeError::Audit`] if the last line is none of an audit log: nothing is written behind it.
    fn end(self, file: File, path: &Path) -> Result<End, ServeError> {
        let (n_lines, previous) = match self.last.strip_suffix(b"\n") {
            None => (0, blake3::Hash::from_bytes([0; 32])),
            Some(last) => {
                let link: Link = serde_json::from_slice(last)
                    .map_err(|_| fault(path, "something else in its last line".to_owned(), "an audit log"))?;
                (link.n, blake3::hash(last))
            }
        };
        if n_lines == 0 && (0 < self.n_bytes || MAX_LINE < self.torn.len() as u64) {
            return Err(fault(
                path,
                "a file without such lines".to_owned(),
                "an audit log",
            ));
        }
        Ok(End {
            file,
            n_bytes: self.n_bytes,
            n_lines,
            previous,
        })
    }
}

fn fault(file: &Path, found: String, expected: &'static str) -> ServeError {
    ServeError::Audit {
        file: file.to_owned(),
        found,
        expected,
    }
}

#[cfg(test)]
mod tests;
