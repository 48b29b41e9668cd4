//! A file of any format that grows table by table and appears whole or not at all.

use super::tail::{Packed, Tail};
use super::{csv, packing, parquet_properties, to_json_lines};
use crate::read::Format;
use crate::{Hash, Kind, Table, TableError, file};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are written at once, whatever pieces they came in; a power of two, because Parquet's pages are cut at such.
const CUT_ROWS: usize = 1 << 16;

/// A file in the making, beside its place until it is [finished](Output::finish); dropped before, it leaves nothing.
///
/// The same rows give the same bytes, however they are cut into tables. Separated values, JSON lines and Parquet that are not
/// packed have the bytes that [`super::save`] gives them; Arrow has a batch every 65,536 rows.
pub struct Output {
    path: PathBuf,
    beside: PathBuf,
    tail: Tail,
    sink: Option<Sink>,
    held: Vec<Table>,
    n_held: usize,
    n_rows: u64,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The hash of the file's bytes.
    pub hash: Hash,
    /// The length of the file.
    pub n_bytes: u64,
    /// The rows in it.
    pub n_rows: u64,
}

enum Sink {
    Separated(char, Packed),
    JsonLines(Packed),
    Parquet(Box<ArrowWriter<Packed>>),
    Arrow(Box<FileWriter<Packed>>),
}

impl Output {
    /// Begins a file with these columns for `path`, whose ending names the format; missing folders are made.
    ///
    /// # Errors
    /// [`TableError::UnknownFormat`], [`TableError::ReadOnly`], [`TableError::File`], [`TableError::IsFolder`].
    pub fn begin(path: &Path, columns: &[(String, Kind)]) -> Result<Output, TableError> {
        let format = Format::of(path)?;
        if format == Format::Xlsx {
            return Err(TableError::ReadOnly);
        }
        file::make_folder(path.parent().unwrap_or(Path::new(".")))?;
        if path.is_dir() {
            return Err(TableError::IsFolder {
                path: path.to_owned(),
            });
        }
        let beside = file::beside(path);
        let made = File::create(&beside).map_err(TableError::file("write", path))?;
        let tail = Tail::new(made);
        let mut output = Output {
            path: path.to_owned(),
            beside,
            tail: tail.clone(),
            sink: None,
            held: Vec::new(),
            n_held: 0,
            n_rows: 0,
        };
        let sink = Packed::of(tail, &packing(path))
            .map_err(ArrowError::from)
            .and_then(|packed| Sink::of(format, packed, columns));
        output.sink = Some(output.told(sink)?);
        Ok(output)
    }

    /// Adds the rows of a table with the same columns.
    ///
    /// # Errors
    /// [`TableError::File`]: the disk is full, for instance; [`TableError::Arrow`]: other columns.
    pub fn push(&mut self, table: &Table) -> Result<(), TableError> {
        self.n_rows += table.n_rows() as u64;
        let mut offset = 0;
        while offset < table.n_rows() {
            let piece = table.slice(offset, CUT_ROWS - self.n_held);
            offset += piece.n_rows();
            self.n_held += piece.n_rows();
            self.held.push(piece);
            if self.n_held == CUT_ROWS {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Ends the file, waits until it is on the disk, and puts it in its place.
    ///
    /// # Errors
    /// [`TableError::File`]; what was at the place before is untouched then.
    pub fn finish(mut self) -> Result<Written, TableError> {
        self.write()?;
        let ended = self.sink.take().map_or(Ok(()), Sink::finish);
        self.told(ended)?;
        let synced = self.tail.sync();
        let (hash, n_bytes) = synced.map_err(TableError::file("write", &self.path))?;
        std::fs::rename(&self.beside, &self.path).map_err(TableError::file("write", &self.path))?;
        Ok(Written {
            hash,
            n_bytes,
            n_rows: self.n_rows,
        })
    }

    fn write(&mut self) -> Result<(), TableError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let table = Table::concat(&std::mem::take(&mut self.held))?;
        self.n_held = 0;
        let written = self.sink.as_mut().map_or(Ok(()), |sink| sink.write(&table));
        self.told(written)
    }

    /// What the operating system said, where it was that.
    fn told<T>(&self, result: Result<T, ArrowError>) -> Result<T, TableError> {
        let name = self.path.display().to_string();
        result.map_err(|source| match (self.tail.failed(), source) {
            (Some(error), _) | (None, ArrowError::IoError(_, error)) => {
                TableError::file("write", &self.path)(error)
            }
            (None, source) => TableError::Arrow { name, source },
        })
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Output({}, {} rows)", self.path.display(), self.n_rows)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.sink = None;
        // In its place already, or only untidy.
        let _ = std::fs::remove_file(&self.beside);
    }
}

impl Sink {
    fn of(format: Format, mut packed: Packed, columns: &[(String, Kind)]) -> Result<Sink, ArrowError> {
        let field = |(name, kind): &(String, Kind)| Field::new(name, kind.data_type(), true);
        let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
        Ok(match format {
            Format::Csv | Format::Tsv => {
                let separator = if format == Format::Csv { ',' } else { '\t' };
                let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
                packed.write_all(csv::header(&names, separator).as_bytes())?;
                Sink::Separated(separator, packed)
            }
            Format::JsonLines => Sink::JsonLines(packed),
            Format::Parquet => {
                let properties = Some(parquet_properties());
                Sink::Parquet(Box::new(ArrowWriter::try_new(
                    packed,
                    Arc::new(schema),
                    properties,
                )?))
            }
            Format::Arrow => Sink::Arrow(Box::new(FileWriter::try_new(packed, &schema)?)),
            Format::Xlsx => {
                return Err(ArrowError::NotYetImplemented(TableError::ReadOnly.to_string()));
            }
        })
    }

    fn write(&mut self, table: &Table) -> Result<(), ArrowError> {
        match self {
            Sink::Separated(separator, packed) => {
                packed.write_all(csv::rows(table, *separator).as_bytes())?;
                Ok(())
            }
            Sink::JsonLines(packed) => match to_json_lines(table) {
                Ok(lines) => Ok(packed.write_all(&lines)?),
                Err(TableError::Arrow { source, .. }) => Err(source),
                Err(other) => Err(ArrowError::ExternalError(Box::new(other))),
            },
            Sink::Parquet(writer) => Ok(writer.write(table.batch())?),
            Sink::Arrow(writer) => writer.write(table.batch()),
        }
    }

    fn finish(self) -> Result<(), ArrowError> {
        let packed = match self {
            Sink::Separated(_, packed) | Sink::JsonLines(packed) => packed,
            Sink::Parquet(writer) => writer.into_inner()?,
            Sink::Arrow(writer) => writer.into_inner()?,
        };
        Ok(packed.finish()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::{ArrayRef, Float64Array, StringArray};

    fn table(n_rows: usize) -> Table {
        let number = |row: usize| (row % 7 != 0).then_some(row as f64 / 8.0);
        let text = |row: usize| (row % 11 != 0).then(|| format!("=text, {}\n", row * 31 % 5003));
        let columns: [(&str, ArrayRef); 2] = [
            (
                "number",
                Arc::new((0..n_rows).map(number).collect::<Float64Array>()),
            ),
            ("text", Arc::new((0..n_rows).map(text).collect::<StringArray>())),
        ];
        Table::new(columns.map(|(name, cells)| (name.to_owned(), cells)).to_vec()).unwrap()
    }

    #[test]
    fn bytes_are_those_of_the_whole_table_however_it_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let table = table(150_000);
        for name in [
            "a.csv",
            "a.tsv",
            "a.jsonl",
            "a.parquet",
            "a.csv.gz",
            "a.csv.zst",
            "a.arrow",
        ] {
            let whole = folder.path().join(format!("whole-{name}"));
            super::super::save(&table, &whole).unwrap();
            let last = folder.path().join(format!("last-{name}"));
            let mut hashes = Vec::new();
            for cut in [4096, 70_001, 150_000] {
                let path = folder.path().join(name);
                let mut output = Output::begin(&path, &table.columns()).unwrap();
                (0..150_000)
                    .step_by(cut)
                    .for_each(|at| output.push(&table.slice(at, cut)).unwrap());
                assert!(!path.exists());
                let written = output.finish().unwrap();
                assert_eq!(written.hash, Hash::of_file(&path).unwrap());
                assert_eq!(
                    (written.n_rows, written.n_bytes),
                    (150_000, path.metadata().unwrap().len())
                );
                hashes.push(written.hash);
                std::fs::rename(&path, &last).unwrap();
            }
            assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "{name}");
            let read = |path| crate::read::open(path, &Default::default()).unwrap().table.hash();
            match name.rsplit('.').next() {
                // what packs looks at how much it is given at a time, and Arrow has batches
                Some("gz" | "zst" | "arrow") => assert_eq!(read(&last), read(&whole), "{name}"),
                _ => assert_eq!(hashes[0], Hash::of_file(&whole).unwrap(), "{name}"),
            }
        }
    }

    #[test]
    fn what_is_dropped_leaves_nothing_and_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, b"before").unwrap();
        let mut output = Output::begin(&path, &table(3).columns()).unwrap();
        output.push(&table(3)).unwrap();
        drop(output);
        assert_eq!(std::fs::read(&path).unwrap(), b"before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(
            Output::begin(&folder.path().join("a.xlsx"), &table(3).columns()),
            Err(TableError::ReadOnly)
        ));
    }
}
