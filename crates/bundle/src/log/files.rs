//! The files of a log folder, each row of them once.

use super::days::{self, Day};
use super::{REFUSED_PREFIX, SHARE};
use crate::BundleError;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::arrow::array::Float64Array;
use table::read::{Format, Options};
use table::{Table, TableError, segment};

/// How often a folder is looked at again whose files come and go.
const MAX_LOOKS: usize = 20;

/// The name of a segment that `start_micros` and `number` make unlike any other: of answers, or of refusals.
pub fn segment_name(bundle: &str, start_micros: i64, number: u64, is_about_refusals: bool) -> String {
    let prefix = if is_about_refusals { REFUSED_PREFIX } else { "" };
    format!("{prefix}{bundle}-{start_micros:016}-{number:06}.seg")
}

/// Marks a segment as one that is written, for as long as the file lives: a merge leaves it alone then. `None` where that
/// cannot be marked.
///
/// # Errors
/// What the operating system said; [`ErrorKind::WouldBlock`] if another one has it.
pub fn hold(segment: &Path) -> io::Result<Option<File>> {
    // Elsewhere a lock would keep the writer itself from writing.
    if !cfg!(unix) {
        return Ok(None);
    }
    let file = File::open(segment)?;
    file.try_lock()?;
    Ok(Some(file))
}

/// All answers that a log folder holds, each once while files are being compacted and merged.
///
/// # Errors
/// [`BundleError::Table`] if the folder cannot be listed, or a file is not a log.
pub fn answers(folder: &Path) -> Result<Vec<Table>, BundleError> {
    read_folder(folder, false)
}

/// As [`answers`], of refused requests: the columns of [`super::refusals`].
///
/// # Errors
/// As [`answers`].
pub fn refused(folder: &Path) -> Result<Vec<Table>, BundleError> {
    read_folder(folder, true)
}

/// Reads again what was listed until it is still there: what became of a file since may be in another one.
fn read_folder(folder: &Path, about_refusals: bool) -> Result<Vec<Table>, BundleError> {
    let mut listed = list(folder, about_refusals)?;
    for _ in 0..MAX_LOOKS {
        let found = read_listed(&listed);
        let now = list(folder, about_refusals)?;
        match found {
            Err(error) if is_gone(&error) => {}
            Ok(_) if now != listed => {}
            found => return found,
        }
        listed = now;
    }
    // A folder that is never still: what was written when it was looked at last.
    read_listed(&list(folder, about_refusals)?)
}

fn is_gone(error: &BundleError) -> bool {
    matches!(error, BundleError::Table(TableError::File { source, .. }) if source.kind() == ErrorKind::NotFound)
}

fn read_listed(listed: &[PathBuf]) -> Result<Vec<Table>, BundleError> {
    let (mut tables, mut taken) = (Vec::new(), BTreeMap::new());
    for path in listed.iter().filter(|path| Day::of(path).is_some()) {
        // What it holds and what it has taken in are of the same file, whatever stands there a moment later.
        let (sources, bytes) = read_day(path)?;
        taken.extend(sources);
        let name = path.display().to_string();
        let table = table::read::from_bytes(&bytes, Format::Parquet, &name, &Options::plain())?.table;
        tables.push(with_share(table)?);
    }
    for path in listed.iter().filter(|path| Day::of(path).is_none()) {
        if !is_taken(path, listed, &taken)? {
            for table in read(path)? {
                tables.push(with_share(table)?);
            }
        }
    }
    Ok(tables)
}

/// What a file of a day has taken in, and its bytes.
fn read_day(path: &Path) -> Result<(BTreeMap<String, String>, Vec<u8>), BundleError> {
    let mut file = File::open(path).map_err(failed("read", path))?;
    let sources = days::sources(&file, path)?;
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.map_err(failed("read", path))?;
    Ok((sources, bytes))
}

/// The segments and Parquet files of answers in a log folder, each row in one of them: without those that another one holds.
///
/// # Errors
/// [`BundleError::Table`] if the folder cannot be listed.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let listed = list(folder, false)?;
    let mut taken = BTreeMap::new();
    for path in listed.iter().filter(|path| Day::of(path).is_some()) {
        let file = File::open(path).map_err(failed("read", path))?;
        taken.extend(days::sources(&file, path)?);
    }
    let mut kept = Vec::new();
    for path in &listed {
        if Day::of(path).is_some() || !is_taken(path, &listed, &taken)? {
            kept.push(path.clone());
        }
    }
    Ok(kept)
}

/// Whether another file holds the rows of this one: a kill between the writing of the one and the removal of the other
/// leaves both.
fn is_taken(path: &Path, listed: &[PathBuf], taken: &BTreeMap<String, String>) -> Result<bool, BundleError> {
    let is_segment = path.extension().is_some_and(|ending| ending == "seg");
    if is_segment && listed.contains(&path.with_extension("parquet")) {
        return Ok(true);
    }
    match taken.get(&name_of(path)) {
        None => Ok(false),
        Some(hash) => Ok(days::hash_of(path)? == *hash),
    }
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TableError {
    let path = path.to_owned();
    move |source| TableError::File { action, path, source }
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// All files of a log in a folder, those of a day first, then the oldest.
pub(super) fn list(folder: &Path, about_refusals: bool) -> Result<Vec<PathBuf>, BundleError> {
    let is_ours = |path: &PathBuf| name_of(path).starts_with(REFUSED_PREFIX) == about_refusals;
    let entries = std::fs::read_dir(folder).map_err(failed("list", folder))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_log_file(path))
        .filter(is_ours)
        .collect();
    paths.sort_by_key(|path| (Day::of(path).is_none(), path.clone()));
    Ok(paths)
}

fn is_log_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("seg" | "parquet")) && !name_of(path).starts_with('.')
}

/// All rows of one file of the log; a torn tail after a kill is left out.
///
/// # Errors
/// [`BundleError::Table`] if the file is not a log.
pub fn read(path: &Path) -> Result<Vec<Table>, BundleError> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        return Ok(vec![table::read::open(path, &Options::plain())?.table]);
    }
    match segment::read(path) {
        Err(TableError::File { source, .. })
            if source.kind() == ErrorKind::NotFound && path.with_extension("parquet").is_file() =>
        {
            // It became Parquet since the folder was listed.
            read(&path.with_extension("parquet"))
        }
        found => Ok(found?.tables),
    }
}

/// Logs that are older than the column logged everything.
pub(super) fn with_share(table: Table) -> Result<Table, TableError> {
    match table.kind(SHARE) {
        Some(_) => Ok(table),
        None => {
            let all = Float64Array::from(vec![1.0; table.n_rows()]);
            table.with_column(SHARE, Arc::new(all))
        }
    }
}

/// Turns a finished segment into a Parquet file beside it and removes the segment.
///
/// # Errors
/// [`BundleError::Table`]; the segment stays then.
pub fn compact(segment_path: &Path) -> Result<Option<PathBuf>, BundleError> {
    let tables = segment::read(segment_path)?.tables;
    if tables.is_empty() {
        std::fs::remove_file(segment_path).map_err(failed("remove", segment_path))?;
        return Ok(None);
    }
    let path = segment_path.with_extension("parquet");
    table::write::save(&Table::concat(&tables)?, &path)?;
    std::fs::remove_file(segment_path).map_err(failed("remove", segment_path))?;
    Ok(Some(path))
}
