//! One Parquet file for each bundle and day, made of the files that a service left; whole or not at all.
//!
//! A merge writes beside, syncs, and renames over the file of the day, which then holds what it held and what was taken in,
//! and names the latter with their hashes; only then are they removed. Whoever is killed in between leaves files that the
//! file of the day names: they are not read, and removed by the next merge.

use super::files::{failed, list, name_of, with_share};
use super::{SHARE, hold, read};
use crate::BundleError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::arrow::array::{ArrayRef, AsArray, Date32Array, new_null_array};
use table::arrow::datatypes::{Field, Schema, TimestampMicrosecondType};
use table::read::ParquetFile;
use table::write::cell_text;
use table::{Kind, MICROS_PER_DAY, Table, TableError};

/// What a file of a day says of those that it has taken in: an object of names and BLAKE3 hashes.
const SOURCES: &str = "spanwise.log.sources";
/// Rows of a row group: what a merge holds at a time.
const GROUP_ROWS: usize = 131_072;
/// Held by whoever merges a folder.
const LOCK: &str = ".merging";

/// What a file of a day is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day {
    /// The file's name in front of the day: refusals or not, and whose answers.
    about: String,
    /// Days since 1970-01-01 UTC.
    day: i32,
}

/// What a merge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Files of days that were written.
    pub n_days: usize,
    /// Files that they have taken in, and that are gone.
    pub n_files: usize,
    /// Rows of the files of days that were written.
    pub n_rows: u64,
}

impl Day {
    /// Of a file's name, if it is one of a day.
    pub(super) fn of(path: &Path) -> Option<Day> {
        let name = name_of(path);
        let stem = name.strip_suffix(".parquet")?;
        let at = stem.len().checked_sub(11)?;
        let (about, day) = (stem.get(..at)?, stem.get(at..)?.strip_prefix('-')?);
        let is_day = day.len() == 10 && day.as_bytes()[4] == b'-' && day.as_bytes()[7] == b'-';
        let micros = is_day.then(|| table::read::instant_of(day)).flatten()?;
        let day = i32::try_from(micros.div_euclid(MICROS_PER_DAY)).ok()?;
        Some(Day {
            about: about.to_owned(),
            day,
        })
    }

    /// Of a file as a service leaves it: that of its first row. `None` if it holds no rows.
    fn of_rows(path: &Path, tables: &[Table]) -> Result<Option<Day>, BundleError> {
        let Some(first) = tables.iter().find(|table| 0 < table.n_rows()) else {
            return Ok(None);
        };
        let times = first.column("time")?;
        let times = times.as_primitive_opt::<TimestampMicrosecondType>();
        let micros = times.map_or(0, |times| times.value(0));
        let name = name_of(path);
        // NAME-START-NUMBER
        let about = name.rsplitn(3, '-').nth(2).unwrap_or(&name);
        let day = i32::try_from(micros.div_euclid(MICROS_PER_DAY)).unwrap_or(0);
        Ok(Some(Day {
            about: about.to_owned(),
            day,
        }))
    }

    fn path(&self, folder: &Path) -> PathBuf {
        let days = Date32Array::from(vec![self.day]);
        let day = cell_text(&days, 0).unwrap_or_default();
        folder.join(format!("{}-{day}.parquet", self.about))
    }
}

/// Merges what closed segments and their Parquet files hold into one file for each bundle and day.
///
/// Of days that are over all is taken; of the day of `now_micros` only once there are `min_files`, because its file is
/// written anew each time. Segments that are written are left alone, and so is what was torn off them: it is kept under
/// another name. `go_on` is asked between pieces of work, and may rest there; if it says no, the merge ends as if it failed.
///
/// # Errors
/// [`BundleError::Table`]: a file cannot be read or written, another one merges this folder
/// ([`io::ErrorKind::WouldBlock`]), or it is not to go on ([`io::ErrorKind::Interrupted`]). What was not merged is as it was.
pub fn merge(
    folder: &Path,
    now_micros: i64,
    min_files: usize,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Merged, BundleError> {
    let _alone = alone(folder)?;
    let today = i32::try_from(now_micros.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX);
    let mut merged = Merged::default();
    for about_refusals in [false, true] {
        clear(folder, about_refusals)?;
        let mut days: BTreeMap<Day, Vec<Source>> = BTreeMap::new();
        for path in list(folder, about_refusals)? {
            if let Some((day, source)) = Source::of(path)? {
                days.entry(day).or_default().push(source);
            }
            rest(folder, go_on)?;
        }
        for (day, sources) in days {
            if day.day < today || min_files <= sources.len() {
                merged.n_rows += write(folder, &day, &sources, go_on)?;
                merged.n_days += 1;
                merged.n_files += sources.len();
                sources.iter().try_for_each(Source::remove)?;
            }
        }
    }
    Ok(merged)
}

/// Removes the files of days that ended before `before_micros`, as [`merge`] made them; returns which.
///
/// # Errors
/// As [`merge`].
pub fn expire(folder: &Path, before_micros: i64) -> Result<Vec<PathBuf>, BundleError> {
    let _alone = alone(folder)?;
    let mut removed = Vec::new();
    for about_refusals in [false, true] {
        for path in list(folder, about_refusals)? {
            let end = Day::of(&path).map(|day| (i64::from(day.day) + 1) * MICROS_PER_DAY);
            if end.is_some_and(|end| end <= before_micros) {
                std::fs::remove_file(&path).map_err(failed("remove", &path))?;
                removed.push(path);
            }
        }
    }
    for path in torn(folder)? {
        if modified_micros(&path).is_some_and(|written| written <= before_micros) {
            std::fs::remove_file(&path).map_err(failed("remove", &path))?;
            removed.push(path);
        }
    }
    Ok(removed)
}

/// Segments that were set aside because they end in the midst of a row.
fn torn(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let entries = std::fs::read_dir(folder).map_err(failed("list", folder))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| name_of(path).ends_with(".seg.torn"))
        .collect())
}

/// When a file was written last.
fn modified_micros(path: &Path) -> Option<i64> {
    let modified = std::fs::metadata(path).and_then(|found| found.modified()).ok()?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}

fn rest(folder: &Path, go_on: &mut dyn FnMut() -> bool) -> Result<(), TableError> {
    match go_on() {
        true => Ok(()),
        false => Err(failed("merge", folder)(io::ErrorKind::Interrupted.into())),
    }
}

fn alone(folder: &Path) -> Result<File, BundleError> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(failed("write", &path))?;
    file.try_lock()
        .map_err(|error| failed("lock", &path)(error.into()))?;
    Ok(file)
}

/// Ends what others began: removes what they left half written, and what is in the file of a day already.
fn clear(folder: &Path, about_refusals: bool) -> Result<(), BundleError> {
    let remove = |path: &Path| std::fs::remove_file(path).map_err(failed("remove", path));
    for entry in std::fs::read_dir(folder)
        .map_err(failed("list", folder))?
        .flatten()
    {
        let name = name_of(&entry.path());
        if name.starts_with('.') && name.ends_with(".merging-part") {
            remove(&entry.path())?;
        }
    }
    let listed = list(folder, about_refusals)?;
    for day in listed.iter().filter(|path| Day::of(path).is_some()) {
        let file = File::open(day).map_err(failed("read", day))?;
        for (name, hash) in sources(&file, day)? {
            let path = folder.join(name);
            if path.is_file() && hash_of(&path)? == hash {
                remove(&path)?;
            }
        }
    }
    for segment in listed
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "seg"))
    {
        if segment.with_extension("parquet").is_file() && hold(segment).is_ok() {
            remove(segment)?;
        }
    }
    Ok(())
}

/// A file that a service left. Its rows are read again when they are written: those of all together may be more than fits.
struct Source {
    path: PathBuf,
    hash: String,
    columns: Vec<(String, Kind)>,
    /// Whether something stands behind its last whole frame.
    is_torn: bool,
    /// Keeps others from writing to it.
    _held: Option<File>,
}

impl Source {
    /// `None` for files of days, for segments that are written, and for those without rows.
    fn of(path: PathBuf) -> Result<Option<(Day, Source)>, BundleError> {
        let is_segment = path.extension().is_some_and(|ending| ending == "seg");
        if Day::of(&path).is_some() {
            return Ok(None);
        }
        let held = match is_segment {
            true => match hold(&path) {
                Ok(held) if held.is_some() || is_old(&path) => held,
                _ => return Ok(None),
            },
            false => None,
        };
        if is_segment && path.with_extension("parquet").exists() {
            // It has become Parquet, and is about to be removed.
            return Ok(None);
        }
        let is_torn = is_segment && 0 < table::segment::read(&path)?.torn_bytes;
        let tables = read(&path)?;
        let Some(day) = Day::of_rows(&path, &tables)? else {
            return Ok(None);
        };
        let mut columns = Vec::new();
        tables
            .iter()
            .for_each(|table| unite(&mut columns, table.columns()));
        Ok(Some((
            day,
            Source {
                hash: hash_of(&path)?,
                path,
                columns,
                is_torn,
                _held: held,
            },
        )))
    }

    fn remove(&self) -> Result<(), BundleError> {
        if !self.is_torn {
            return Ok(std::fs::remove_file(&self.path).map_err(failed("remove", &self.path))?);
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(".torn");
        Ok(std::fs::rename(&self.path, PathBuf::from(name)).map_err(failed("rename", &self.path))?)
    }
}

/// Where nobody can mark a segment as written, one that has rested for two hours is closed.
fn is_old(path: &Path) -> bool {
    let modified = std::fs::metadata(path).and_then(|found| found.modified()).ok();
    let age = modified.and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| 7200 <= age.as_secs())
}

fn unite(columns: &mut Vec<(String, Kind)>, more: Vec<(String, Kind)>) {
    for (name, kind) in more {
        if !columns.iter().any(|(known, _)| *known == name) {
            columns.push((name, kind));
        }
    }
}

/// Writes the file of a day anew, with the rows that it held and those of `sources`; how many there are.
fn write(
    folder: &Path,
    day: &Day,
    sources: &[Source],
    go_on: &mut dyn FnMut() -> bool,
) -> Result<u64, BundleError> {
    let path = day.path(folder);
    let old = path.is_file().then(|| ParquetFile::open(&path)).transpose()?;
    let mut columns = Vec::new();
    if let Some(old) = &old {
        unite(&mut columns, old.columns());
    }
    sources
        .iter()
        .for_each(|source| unite(&mut columns, source.columns.clone()));
    unite(&mut columns, vec![(SHARE.to_owned(), Kind::Number)]);
    let beside = folder.join(format!(".{}.merging-part", name_of(&path)));
    let mut out = Out::create(&beside, columns)?;
    if let Some(old) = &old {
        let all: Vec<usize> = (0..old.columns().len()).collect();
        for piece in old.pieces(&all, 0..old.n_row_groups())? {
            out.push(piece?)?;
            rest(folder, go_on)?;
        }
    }
    for source in sources {
        for table in read(&source.path)? {
            out.push(table)?;
            rest(folder, go_on)?;
        }
    }
    let taken: BTreeMap<String, &str> = sources
        .iter()
        .map(|source| (name_of(&source.path), source.hash.as_str()))
        .collect();
    let n_rows = out.finish(&serde_json::json!(taken).to_string())?;
    std::fs::rename(&beside, &path).map_err(failed("rename", &path))?;
    // The name is on disk before what it has taken in is gone.
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    if cfg!(unix) {
        synced.map_err(failed("sync", folder))?;
    }
    Ok(n_rows)
}

/// A Parquet file in the making.
struct Out {
    path: PathBuf,
    columns: Vec<(String, Kind)>,
    writer: ArrowWriter<File>,
    n_rows: u64,
}

impl Out {
    fn create(path: &Path, columns: Vec<(String, Kind)>) -> Result<Out, BundleError> {
        let field = |(name, kind): &(String, Kind)| Field::new(name, kind.data_type(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let level = ZstdLevel::try_new(1).expect("1 is a level of zstd");
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .build();
        let file = File::create(path).map_err(failed("write", path))?;
        Ok(Out {
            path: path.to_owned(),
            columns,
            writer: ArrowWriter::try_new(file, schema, Some(properties))
                .map_err(|error| refused(path, error))?,
            n_rows: 0,
        })
    }

    /// Adds rows; columns that they have not got are missing.
    fn push(&mut self, table: Table) -> Result<(), BundleError> {
        let table = with_share(table)?;
        let cells = |(name, kind): &(String, Kind)| -> Result<(String, ArrayRef), TableError> {
            let cells = match table.kind(name) {
                Some(found) if found == *kind => table.column(name)?,
                _ => new_null_array(&kind.data_type(), table.n_rows()),
            };
            Ok((name.clone(), cells))
        };
        let columns: Result<Vec<_>, _> = self.columns.iter().map(cells).collect();
        let whole = Table::new(columns?)?;
        let fail = |error| refused(&self.path, error);
        self.writer.write(whole.batch()).map_err(fail)?;
        if GROUP_ROWS <= self.writer.in_progress_rows() {
            self.writer.flush().map_err(fail)?;
        }
        self.n_rows += whole.n_rows() as u64;
        Ok(())
    }

    /// Ends the file; it is on disk when this returns.
    fn finish(mut self, taken: &str) -> Result<u64, BundleError> {
        let said = KeyValue::new(SOURCES.to_owned(), taken.to_owned());
        self.writer.append_key_value_metadata(said);
        self.writer.close().map_err(|error| refused(&self.path, error))?;
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(failed("sync", &self.path))?;
        Ok(self.n_rows)
    }
}

fn refused(path: &Path, error: parquet::errors::ParquetError) -> BundleError {
    let name = path.display().to_string();
    let source = table::arrow::error::ArrowError::ParquetError(error.to_string());
    TableError::Arrow { name, source }.into()
}

/// The names and hashes of the files that a file of a day has taken in last.
pub(super) fn sources(file: &File, path: &Path) -> Result<BTreeMap<String, String>, BundleError> {
    let metadata =
        ArrowReaderMetadata::load(file, Default::default()).map_err(|error| refused(path, error))?;
    let said = metadata.metadata().file_metadata().key_value_metadata();
    let found = said.and_then(|said| said.iter().find(|pair| pair.key == SOURCES));
    let text = found.and_then(|pair| pair.value.as_deref()).unwrap_or("{}");
    // A file of somebody else's has taken in nothing.
    let taken: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_default();
    // Names that lead elsewhere are none of this folder's.
    Ok(taken
        .into_iter()
        .filter(|(name, _)| !name.contains(['/', '\\']))
        .collect())
}

pub(super) fn hash_of(path: &Path) -> Result<String, BundleError> {
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(path).map_err(failed("read", path))?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(n) => {
                hasher.update(&buffer[..n]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed("read", path)(error).into()),
        }
    }
}
