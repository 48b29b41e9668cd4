//! Readers: any supported file in, a table and located complaints out.

pub(crate) mod arrow_ipc;
mod blocks;
mod budget;
mod caught;
mod csv;
mod jsonl;
mod lz4;
mod parquet;
mod xlsx;

use crate::{Complaints, Hash, Kind, Table, TableError, file};
use std::collections::BTreeMap;
use std::path::Path;

pub use arrow_ipc::ArrowStream;
pub use blocks::{Blocks, Cut, in_blocks, in_blocks_cut};
pub use csv::{DayOrder, Dialect, Header, Mark, Separator, instant_of};
pub use parquet::ParquetFile;

/// A format that tables are read from and written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Separated values with a header; the separator is found out unless given.
    Csv,
    /// Separated values with tabs.
    Tsv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, file or stream.
    Arrow,
    /// An Excel workbook, of which one sheet is read.
    Xlsx,
}

/// How to read; the default finds everything out by itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The separator of cells, such as `b','.into()`; found out from the first rows if `None`.
    pub separator: Option<Separator>,
    /// What quotes cells; found out if `None`.
    pub quote: Option<Mark>,
    /// What takes the meaning from a quote behind it, besides doubling it; found out if `None`.
    pub escape: Option<Mark>,
    /// What comments begin with; if `None`, `#` where some of the first lines begin with it.
    pub comment: Option<Mark>,
    /// How many lines to pass over before the table; found out if `None`.
    pub skip: Option<usize>,
    /// How many lines the header has, 0 for none; found out if `None`.
    pub header: Option<usize>,
    /// What begins the decimals, `.` or `,`; found out for each column if `None`.
    pub decimal: Option<char>,
    /// What marks thousands; any of the usual if `None`.
    pub thousands: Option<char>,
    /// The order of days that are not written as ISO 8601 has them; found out for each column if `None`.
    pub dates: Option<DayOrder>,
    /// The sheet of a workbook; the first that can be seen and has a cell if `None`.
    pub sheet: Option<String>,
    /// The encoding's WHATWG label such as `windows-1252`; found out if `None`.
    pub encoding: Option<String>,
    /// Kinds for columns whose kind should not be found out.
    pub kinds: BTreeMap<String, Kind>,
    /// Words that mean missing in columns that are not text.
    pub null_words: Vec<String>,
    /// Words that mean missing in columns of text.
    pub null_texts: Vec<String>,
    /// Numbers that mean missing; none if empty, and likely ones are told.
    pub sentinels: Vec<f64>,
    /// Whether numbers with marks, such as `$1,234` and `5%`, and days in other than ISO form are read as such.
    pub marked_values: bool,
    /// Whether rows with quotes or separators out of place are read again in the way that fits their columns.
    pub repairs: bool,
    /// Whether a column with the name of another gets a new one; it is refused otherwise.
    pub renames: bool,
    /// The most columns, default 4,096.
    pub max_columns: usize,
    /// The most bytes once decompressed, and once decoded from Parquet or Arrow; default 4 GiB.
    pub max_bytes: u64,
    /// The most rows of Parquet and Arrow, which say how many they have before one is decoded; other formats ignore it.
    pub max_rows: u64,
    /// The columns that are needed, all if `None`; Parquet files decode no others, other formats ignore it.
    pub only: Option<Vec<String>>,
}

impl Default for Options {
    fn default() -> Options {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Options {
            separator: None,
            quote: None,
            escape: None,
            comment: None,
            skip: None,
            header: None,
            decimal: None,
            thousands: None,
            dates: None,
            sheet: None,
            encoding: None,
            kinds: BTreeMap::new(),
            null_words: words(&[
                "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "None", "none", "-", "?", ".", "..",
                "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "\\N", "<NA>", "n.a.",
                "N.A.", "na", "NaT",
            ]),
            null_texts: words(&[
                "N/A", "n/a", "NULL", "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!",
                "\\N", "<NA>",
            ]),
            sentinels: Vec::new(),
            marked_values: true,
            repairs: true,
            renames: true,
            max_columns: 4096,
            max_bytes: 4 << 30,
            max_rows: u64::MAX,
            only: None,
        }
    }
}

impl Options {
    /// For rows that a program wrote as RFC 4180 has it: a header of one line, cells that are quoted with `"`, and
    /// nothing found out or repaired but kinds. Separator and encoding are still found out unless given.
    pub fn plain() -> Options {
        Options {
            quote: Some(Mark::Byte(b'"')),
            escape: Some(Mark::None),
            comment: Some(Mark::None),
            skip: Some(0),
            header: Some(1),
            null_texts: Vec::new(),
            marked_values: false,
            repairs: false,
            renames: false,
            ..Options::default()
        }
    }
}

/// What a reader returns: the good part, and what was wrong.
#[derive(Clone, Debug)]
pub struct Read {
    /// The rows.
    pub table: Table,
    /// What was repaired, and where.
    pub complaints: Complaints,
    /// What the reader found out by itself, one sentence each.
    pub guesses: Vec<String>,
    /// How a file of separated values is written.
    pub dialect: Option<Dialect>,
}

impl Format {
    /// The format that the ending of `path` names; `.gz` and `.zst` behind it are ignored.
    ///
    /// # Errors
    /// [`TableError::UnknownFormat`].
    pub fn of(path: &Path) -> Result<Format, TableError> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        let stem = name
            .strip_suffix(".gz")
            .or_else(|| name.strip_suffix(".zst"))
            .unwrap_or(&name);
        match stem.rsplit_once('.').map(|(_, ending)| ending) {
            Some("csv" | "txt" | "dat" | "psv" | "tbl") => Ok(Format::Csv),
            Some("tsv" | "tab") => Ok(Format::Tsv),
            Some("jsonl" | "ndjson") => Ok(Format::JsonLines),
            Some("parquet" | "pq") => Ok(Format::Parquet),
            Some("arrow" | "feather" | "ipc") => Ok(Format::Arrow),
            Some("xlsx" | "xlsm") => Ok(Format::Xlsx),
            ending => Err(TableError::UnknownFormat {
                name: path.display().to_string(),
                ending: ending.unwrap_or("").to_owned(),
            }),
        }
    }

    /// Refuses a sheet of what has none.
    fn check_sheet(self, path: &Path, options: &Options) -> Result<(), TableError> {
        match &options.sheet {
            Some(sheet) if self != Format::Xlsx => Err(TableError::NoSheets {
                name: path.display().to_string(),
                sheet: sheet.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// Reads the file at `path`, whose format follows from its ending.
///
/// # Errors
/// [`TableError`]: the file cannot be read, is empty, is not of that format, or is past a limit.
pub fn open(path: &Path, options: &Options) -> Result<Read, TableError> {
    Ok(opened(path, options, |_| ())?.0)
}

/// As [`open`], with the hash of the file's bytes as they were read, before they were decompressed.
///
/// # Errors
/// As [`open`].
pub fn open_hashed(path: &Path, options: &Options) -> Result<(Read, Hash), TableError> {
    opened(path, options, Hash::of)
}

/// The rows of a file, and what `of` makes of its bytes.
fn opened<T>(path: &Path, options: &Options, of: impl FnOnce(&[u8]) -> T) -> Result<(Read, T), TableError> {
    if path.is_dir() {
        return Err(TableError::IsFolder {
            path: path.to_owned(),
        });
    }
    let format = Format::of(path)?;
    format.check_sheet(path, options)?;
    let raw = file::read_raw(path, options.max_bytes)?;
    let made = of(&raw);
    let bytes = file::decompress(raw, options.max_bytes, &path.display().to_string())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok((from_bytes(&bytes, format, &name, options)?, made))
}

/// Reads uncompressed bytes; `name` is for messages.
///
/// # Errors
/// [`TableError`]: no bytes, not of that format, or past a limit.
pub fn from_bytes(bytes: &[u8], format: Format, name: &str, options: &Options) -> Result<Read, TableError> {
    let read = parse(bytes, format, name, options)?;
    if read.table.n_rows() == 0 {
        return Err(TableError::NoRows {
            name: name.to_owned(),
        });
    }
    Ok(read)
}

/// As [`from_bytes`] for a table that may be without rows, such as the answer to a query.
///
/// # Errors
/// As [`from_bytes`].
pub fn from_bytes_allowing_empty(bytes: &[u8], format: Format, name: &str) -> Result<Read, TableError> {
    parse(
        bytes,
        format,
        name,
        &Options {
            separator: (format == Format::Csv).then(|| b','.into()),
            max_columns: usize::MAX,
            // Our own tables, of any size that could be made.
            max_bytes: u64::MAX,
            ..Options::plain()
        },
    )
}

fn parse(bytes: &[u8], format: Format, name: &str, options: &Options) -> Result<Read, TableError> {
    if bytes.is_empty() {
        return Err(TableError::Empty {
            name: name.to_owned(),
        });
    }
    format.check_sheet(Path::new(name), options)?;
    let read = match format {
        Format::Csv => csv::read(bytes, None, name, options)?,
        Format::Tsv => csv::read(bytes, Some(b'\t'), name, options)?,
        Format::JsonLines => jsonl::read(bytes, name, options)?,
        Format::Parquet => parquet::read(bytes, name, options)?,
        Format::Arrow => arrow_ipc::read(bytes, name, options)?,
        Format::Xlsx => xlsx::read(bytes, name, options)?,
    };
    check_width(read.table.n_columns(), name, options)?;
    Ok(read)
}

fn check_width(found: usize, name: &str, options: &Options) -> Result<(), TableError> {
    if options.max_columns < found {
        return Err(TableError::TooManyColumns {
            name: name.to_owned(),
            found,
            limit: options.max_columns,
        });
    }
    Ok(())
}

/// Names as a file gave them: empty ones are filled with a complaint, repeated ones refused.
fn check_names(
    names: Vec<String>,
    file: &str,
    options: &Options,
    complaints: &mut Complaints,
) -> Result<Vec<String>, TableError> {
    check_width(names.len(), file, options)?;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut checked = Vec::with_capacity(names.len());
    for (position, name) in names.into_iter().enumerate() {
        let trimmed = name.trim();
        let name = if trimmed.is_empty() {
            let given = format!("column_{}", position + 1);
            complaints.add(crate::ComplaintKind::UnnamedColumn, Some(&given), 0, 0, "");
            given
        } else {
            trimmed.to_owned()
        };
        let name = match options.renames && seen.contains_key(&name) {
            true => renamed(name, &seen, complaints),
            false => name,
        };
        if let Some(first) = seen.insert(name.clone(), position) {
            return Err(TableError::DuplicateColumn {
                name: file.to_owned(),
                column: name,
                first: first + 1,
                second: position + 1,
            });
        }
        checked.push(name);
    }
    Ok(checked)
}

/// The name with the first number behind it that makes it new.
fn renamed(name: String, seen: &BTreeMap<String, usize>, complaints: &mut Complaints) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let new = numbered
        .into_iter()
        .find(|new| !seen.contains_key(new))
        .unwrap_or_default();
    complaints.add(crate::ComplaintKind::RepeatedName, Some(&new), 0, 0, &name);
    new
}

#[cfg(test)]
mod tests;
