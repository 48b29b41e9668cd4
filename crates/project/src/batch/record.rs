//! What became of a file: its record in the journal, and how a later run knows that nothing changed.

use super::task::Task;
use crate::records::BreachRecord;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::UNIX_EPOCH;
use table::{Hash, TableError};

/// What became of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The input's name below the folder that was asked for.
    pub input: String,
    /// Where it was, links resolved; empty in journals of versions that did not say it.
    #[serde(default)]
    pub path: String,
    /// Which bytes were read.
    pub read: Identity,
    /// The output's name in its folder; none if the file could not be scored.
    pub out: Option<Kept>,
    /// Rows that break the contract, if there are any.
    pub quarantine: Option<Kept>,
    /// Rows read.
    pub n_rows: u64,
    /// Rows that break the contract.
    pub n_quarantined: u64,
    /// Rows that were scored though a learnt or flagging rule was broken.
    pub n_flagged: u64,
    /// The rules broken.
    pub breaches: Vec<BreachRecord>,
    /// What was repaired in the input, one sentence each.
    pub complaints: Vec<String>,
    /// Why it could not be scored.
    pub error: Option<String>,
    /// Where outputs of an earlier run are now, by their names in the folder: they are not those of a file that was refused.
    #[serde(default)]
    pub set_aside: Vec<String>,
}

/// Which bytes a file held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its length.
    pub n_bytes: u64,
    /// When it was changed, and where the system says so when anything about it was: nanoseconds since 1970.
    pub changed: [i64; 2],
    /// The hash of its bytes, 64 hexadecimal digits.
    pub hash: String,
}

/// A file that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name in the folder of outputs.
    pub name: String,
    /// Its rows.
    pub n_rows: u64,
    /// Its length.
    pub n_bytes: u64,
    /// The hash of its bytes, 64 hexadecimal digits.
    pub hash: String,
}

impl Identity {
    /// Length and times, without the hash.
    pub(super) fn seen(path: &Path) -> Result<Identity, TableError> {
        let found = std::fs::metadata(path).map_err(|source| TableError::File {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        let modified = found.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Identity {
            n_bytes: found.len(),
            changed: [modified.map_or(0, |time| time.as_nanos() as i64), changed(&found)],
            hash: String::new(),
        })
    }

    /// Whether the file still holds these bytes: by its times, or where these say nothing, by its hash, which is false where
    /// it does not go on.
    pub(super) fn is_still(&self, path: &Path, goes_on: &dyn Fn() -> bool) -> bool {
        let Ok(now) = Identity::seen(path) else {
            return false;
        };
        let is_as_long = now.n_bytes == self.n_bytes;
        is_as_long && (now.changed == self.changed || has_hash(path, &self.hash, goes_on))
    }
}

fn has_hash(path: &Path, hash: &str, goes_on: &dyn Fn() -> bool) -> bool {
    let found = Hash::of_file_while(path, goes_on);
    found.is_ok_and(|found| found.is_some_and(|found| found.to_hex() == hash))
}

/// The time of the last change of any kind, which nobody can set back.
#[cfg(unix)]
fn changed(found: &std::fs::Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    found
        .ctime()
        .saturating_mul(1_000_000_000)
        .saturating_add(found.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &std::fs::Metadata) -> i64 {
    0
}

impl Kept {
    pub(super) fn new(name: &str, written: &table::write::Written) -> Kept {
        Kept {
            name: name.to_owned(),
            n_rows: written.n_rows,
            n_bytes: written.n_bytes,
            hash: written.hash.to_hex(),
        }
    }

    fn is_still(&self, folder: &Path, goes_on: &dyn Fn() -> bool) -> bool {
        let path = folder.join(&self.name);
        let is_as_long = std::fs::metadata(&path).is_ok_and(|found| found.len() == self.n_bytes);
        is_as_long && has_hash(&path, &self.hash, goes_on)
    }
}

impl FileRecord {
    /// A record that says nothing yet but of which file.
    pub(super) fn of(task: &Task) -> FileRecord {
        FileRecord {
            input: task.input.name.clone(),
            path: task.place(),
            ..FileRecord::default()
        }
    }

    /// Whether the file was scored, and input and outputs are still what they were.
    pub(super) fn is_still(
        &self,
        input: &Path,
        folder: &Path,
        out: &str,
        goes_on: &dyn Fn() -> bool,
    ) -> bool {
        let mut kept = self.out.iter().chain(&self.quarantine);
        self.out.as_ref().is_some_and(|kept| kept.name == out)
            && self.read.is_still(input, goes_on)
            && kept.all(|kept| kept.is_still(folder, goes_on))
    }
}
