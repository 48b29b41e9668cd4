//! What a folder of scores says of the run that makes it: once what was asked, then a line a file.

use super::record::FileRecord;
use crate::ProjectError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use table::TableError;

/// The journal's name in the folder of outputs.
pub const JOURNAL: &str = ".spanwise-score.jsonl";
/// What a run holds while it writes; the system lets go of it when the process ends, however it ends.
const LOCK: &str = ".spanwise-score.lock";
/// The version of the journal's form.
const VERSION: u32 = 1;

/// What was asked: outputs of different answers here do not lie in one folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) journal: u32,
    pub(super) bundle: String,
    pub(super) format: Option<String>,
    pub(super) keep: Option<Vec<String>>,
    pub(super) reasons: usize,
    pub(super) interactions: usize,
    pub(super) background: Option<String>,
}

impl Asked {
    pub(super) fn version() -> u32 {
        VERSION
    }

    /// What differs, such as "bundle `1f..` then, `a0..` now".
    fn differences(&self, now: &Asked) -> Vec<String> {
        let pairs = |asked: &Asked| match serde_json::to_value(asked) {
            Ok(serde_json::Value::Object(pairs)) => pairs,
            _ => serde_json::Map::new(),
        };
        let (then, now) = (pairs(self), pairs(now));
        let differs = then.iter().filter(|(key, value)| now.get(*key) != Some(*value));
        differs
            .map(|(key, value)| {
                format!(
                    "{key} {value} then, {} now",
                    now.get(key).unwrap_or(&serde_json::Value::Null)
                )
            })
            .collect()
    }
}

/// The journal of a folder that this run alone writes to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    _lock: File,
}

impl Journal {
    /// Takes the folder, and reads what was done there; `again` forgets it.
    pub(super) fn open(
        folder: &Path,
        asked: &Asked,
        again: bool,
    ) -> Result<(Journal, BTreeMap<String, FileRecord>), ProjectError> {
        table::file::make_folder(folder)?;
        let lock = lock(folder)?;
        let path = folder.join(JOURNAL);
        let known = if again { None } else { read(&path)? };
        let (then, records) = known.unwrap_or_else(|| (asked.clone(), BTreeMap::new()));
        let differences = then.differences(asked);
        if !differences.is_empty() {
            return Err(ProjectError::data(
                format!("the folder `{}`", folder.display()),
                format!("scores of another run: {}", differences.join("; ")),
                "the same bundle and options; hint: `--again` makes all anew, or choose another folder",
            ));
        }
        // Written anew, without what was torn or is out of date.
        let mut lines = line(asked);
        records.values().for_each(|record| lines.extend(line(record)));
        table::file::write_atomic(&path, &lines)?;
        let file = OpenOptions::new().append(true).open(&path);
        let journal = Journal {
            file: Mutex::new(file.map_err(refused("write", &path))?),
            path,
            _lock: lock,
        };
        Ok((journal, records))
    }

    /// Adds what became of a file; on the disk when this returns.
    pub(super) fn add(&self, record: &FileRecord) -> Result<(), ProjectError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(&line(record)).and_then(|()| file.sync_data());
        Ok(written.map_err(refused("write", &self.path))?)
    }
}

fn lock(folder: &Path) -> Result<File, ProjectError> {
    let path = folder.join(LOCK);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let file = file.map_err(refused("write", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ProjectError::data(
            format!("the folder `{}`", folder.display()),
            "another run that writes to it",
            "one run at a time; hint: wait for it, or choose another folder",
        )),
        Err(TryLockError::Error(error)) => Err(refused("write", &path)(error).into()),
    }
}

/// What was asked and what is known; `None` without a journal. A last line that was torn off is no line.
fn read(path: &Path) -> Result<Option<(Asked, BTreeMap<String, FileRecord>)>, ProjectError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused("read", path)(error).into()),
    };
    let unsound = |found: String| {
        let expected = "a journal that this version reads; hint: `--again` makes all anew";
        ProjectError::data(format!("the journal `{}`", path.display()), found, expected)
    };
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let (whole, torn) = bytes.split_at(end);
    let text = std::str::from_utf8(whole)
        .map_err(|error| unsound(format!("no UTF-8 behind byte {}", error.valid_up_to())))?;
    let mut lines = text.lines().chain(std::str::from_utf8(torn));
    let asked = lines.next().and_then(|line| serde_json::from_str(line).ok());
    let asked = asked.ok_or_else(|| unsound("no first line that says what was asked".to_owned()))?;
    let records = lines.filter_map(|line| serde_json::from_str::<FileRecord>(line).ok());
    let records = records.map(|record| (record.input.clone(), record));
    Ok(Some((asked, records.collect())))
}

fn line(what: &impl Serialize) -> Vec<u8> {
    let mut line = crate::records::to_json(what);
    line.push(b'\n');
    line
}

fn refused(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> TableError {
    let path = path.to_owned();
    move |source| TableError::File { action, path, source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(bundle: &str) -> Asked {
        Asked {
            journal: VERSION,
            bundle: bundle.to_owned(),
            format: None,
            keep: None,
            reasons: 0,
            interactions: 0,
            background: None,
        }
    }

    fn record(input: &str, n_rows: u64) -> FileRecord {
        FileRecord {
            input: input.to_owned(),
            n_rows,
            ..FileRecord::default()
        }
    }

    #[test]
    fn what_was_added_is_known_and_a_torn_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, known) = Journal::open(folder.path(), &asked("a"), false).unwrap();
        assert!(known.is_empty());
        for (input, n_rows) in [("x", 1), ("y", 2), ("x", 3)] {
            journal.add(&record(input, n_rows)).unwrap();
        }
        drop(journal);
        let path = folder.path().join(JOURNAL);
        let text = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&text[..], b"{\"input\":\"z\",\"n_ro"].concat()).unwrap();
        let (_journal, known) = Journal::open(folder.path(), &asked("a"), false).unwrap();
        assert_eq!(known.keys().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(known["x"].n_rows, 3);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn another_run_at_a_time_and_another_bundle_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(folder.path(), &asked("a"), false).unwrap();
        journal.add(&record("x", 1)).unwrap();
        let told = |bundle, again| {
            Journal::open(folder.path(), &asked(bundle), again)
                .unwrap_err()
                .to_string()
        };
        assert!(told("a", false).contains("another run that writes to it"));
        drop(journal);
        assert!(told("b", false).contains("bundle \"a\" then, \"b\" now"));
        let (_journal, known) = Journal::open(folder.path(), &asked("b"), true).unwrap();
        assert!(known.is_empty());
    }

    #[test]
    fn what_is_no_journal_is_refused_by_name_and_a_torn_letter_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOURNAL);
        let (journal, _) = Journal::open(folder.path(), &asked("a"), false).unwrap();
        journal.add(&record("x", 1)).unwrap();
        drop(journal);
        let sound = std::fs::read(&path).unwrap();
        // the first of the two bytes of a letter
        std::fs::write(&path, [&sound[..], b"{\"input\":\"\xc3"].concat()).unwrap();
        let (journal, known) = Journal::open(folder.path(), &asked("a"), false).unwrap();
        assert_eq!(known.len(), 1);
        drop(journal);
        for bytes in [
            [&sound[..], b"\xff\xfe\n"].concat(),
            b"\xff\n".to_vec(),
            b"\x00".to_vec(),
        ] {
            std::fs::write(&path, &bytes).unwrap();
            let error = Journal::open(folder.path(), &asked("a"), false).unwrap_err();
            assert!(matches!(error, ProjectError::Data { .. }));
            let told = error.to_string();
            assert!(told.contains(JOURNAL) && told.contains("--again"), "{told}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }
}
