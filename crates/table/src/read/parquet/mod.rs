//! Parquet files, whole or a piece at a time. Only what the file's own schema says is believed, not the hints that other
//! writers leave in it.

mod page_header;
mod pages;

use super::budget::Budget;
use super::caught::caught;
use super::{Options, Read};
use crate::normalise::{normalise, target_kind};
use crate::{ComplaintKind, Complaints, Kind, Table, TableError};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::reader::ChunkReader;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Rows decoded at once; few, so that a batch stays small next to any limit.
const BATCH_ROWS: usize = 4096;
/// The most bytes of one decoded piece of a file that is read a piece at a time.
const MAX_PIECE_BYTES: u64 = 1 << 30;

/// A Parquet file whose columns and row groups are read as they are asked for.
#[derive(Clone, Debug)]
pub struct ParquetFile {
    path: std::path::PathBuf,
    layout: Layout,
}

impl ParquetFile {
    /// Reads what the file at `path` says of itself.
    ///
    /// # Errors
    /// [`TableError`]: the file cannot be read, is not Parquet, or names a column twice.
    pub fn open(path: &Path) -> Result<ParquetFile, TableError> {
        let file = File::open(path).map_err(TableError::file("read", path))?;
        let layout = Layout::of(&file, &path.display().to_string(), None)?;
        Ok(ParquetFile {
            path: path.to_owned(),
            layout,
        })
    }

    /// Names and kinds of the columns; those of types that Spanwise does not compute with are left out.
    pub fn columns(&self) -> Vec<(String, Kind)> {
        self.layout
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.kind))
            .collect()
    }

    /// What was left out.
    pub fn complaints(&self) -> &Complaints {
        &self.layout.complaints
    }

    /// How many rows the file says it has.
    pub fn n_rows(&self) -> u64 {
        let n_rows = self.layout.metadata.metadata().file_metadata().num_rows();
        u64::try_from(n_rows).unwrap_or(0)
    }

    /// How many row groups there are.
    pub fn n_row_groups(&self) -> usize {
        self.layout.metadata.metadata().num_row_groups()
    }

    /// The rows of some row groups, piece by piece; `columns` are positions among [`ParquetFile::columns`], rising.
    ///
    /// # Errors
    /// [`TableError`] here or in a piece: the file cannot be read or is damaged, or a piece is larger than 1 GiB.
    pub fn pieces(
        &self,
        columns: &[usize],
        row_groups: Range<usize>,
    ) -> Result<impl Iterator<Item = Result<Table, TableError>> + Send + use<>, TableError> {
        let file = File::open(&self.path).map_err(TableError::file("read", &self.path))?;
        let name = self.layout.name.clone();
        let reader = self.layout.reader(file, columns, Some(row_groups))?;
        let pieces = Pieces {
            reader,
            name: name.clone(),
        };
        Ok(pieces.map(move |batch| {
            let batch = batch?;
            Budget::new(&name, MAX_PIECE_BYTES).take(&batch)?;
            normalise(&batch, &mut Complaints::default())
        }))
    }
}

/// Reads a whole Parquet file.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Read, TableError> {
    // Parquet's reader takes shared bytes; this is the one copy.
    let shared = bytes::Bytes::copy_from_slice(bytes);
    let layout = Layout::of(&shared, name, options.only.as_deref())?;
    let columns: Vec<usize> = (0..layout.columns.len()).collect();
    layout.check(bytes, options)?;
    let reader = layout.reader(shared, &columns, None)?;
    let mut budget = Budget::new(name, options.max_bytes);
    let mut complaints = layout.complaints.clone();
    let mut tables = Vec::new();
    for batch in (Pieces {
        reader,
        name: name.to_owned(),
    }) {
        let batch = batch?;
        budget.take(&batch)?;
        tables.push(normalise(&batch, &mut complaints)?);
    }
    if tables.is_empty() {
        tables.push(layout.empty()?);
    }
    Ok(Read {
        table: Table::concat(&tables)?,
        complaints,
        guesses: Vec::new(),
        dialect: None,
    })
}

/// The batches of a reader, its panics caught.
struct Pieces {
    reader: ParquetRecordBatchReader,
    name: String,
}

impl Iterator for Pieces {
    type Item = Result<arrow::array::RecordBatch, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = match caught(|| self.reader.next()) {
            Ok(None) => return None,
            Ok(Some(Ok(batch))) => return Some(Ok(batch)),
            Ok(Some(Err(error))) => error.to_string(),
            Err(found) => found,
        };
        Some(Err(broken(&self.name)(found)))
    }
}

/// One column that is read.
#[derive(Clone, Debug)]
struct Column {
    root: usize,
    name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
struct Layout {
    name: String,
    metadata: ArrowReaderMetadata,
    columns: Vec<Column>,
    complaints: Complaints,
}

impl Layout {
    fn of<R: ChunkReader>(input: &R, name: &str, only: Option<&[String]>) -> Result<Layout, TableError> {
        let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let load = || {
            let plain = ArrowReaderMetadata::load(input, options())?;
            let schema = Arc::new(with_views(plain.schema()));
            ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options().with_schema(schema))
        };
        let metadata = caught(load)
            .map_err(broken(name))?
            .map_err(|error| broken(name)(error.to_string()))?;
        let mut complaints = Complaints::default();
        let mut columns = Vec::new();
        for (root, field) in metadata.schema().fields().iter().enumerate() {
            if only.is_some_and(|only| !only.contains(field.name())) {
                continue;
            }
            match target_kind(field.data_type()) {
                Some(kind) => columns.push(Column {
                    root,
                    name: field.name().clone(),
                    kind,
                }),
                None => {
                    let found = format!("type {}", field.data_type());
                    complaints.add(ComplaintKind::UnsupportedType, Some(field.name()), 0, 0, &found);
                }
            }
        }
        let layout = Layout {
            name: name.to_owned(),
            metadata,
            columns,
            complaints,
        };
        layout.empty().map(|_| layout)
    }

    /// Refuses a file that is larger than allowed, by what it says and by what its pages hold.
    fn check(&self, bytes: &[u8], options: &Options) -> Result<(), TableError> {
        let roots: Vec<usize> = self.columns.iter().map(|column| column.root).collect();
        let metadata = self.metadata.metadata();
        let check = || {
            pages::check(
                bytes,
                metadata,
                &roots,
                options.max_rows,
                options.max_bytes,
                &self.name,
            )
        };
        caught(check).map_err(broken(&self.name))?
    }

    /// A table of the columns without a row; refuses a name that stands twice.
    fn empty(&self) -> Result<Table, TableError> {
        let cells = |column: &Column| {
            let cells = arrow::array::new_empty_array(&column.kind.data_type());
            (column.name.clone(), cells)
        };
        Table::new(self.columns.iter().map(cells).collect())
    }

    fn reader<R: ChunkReader + 'static>(
        &self,
        input: R,
        columns: &[usize],
        row_groups: Option<Range<usize>>,
    ) -> Result<ParquetRecordBatchReader, TableError> {
        let roots = columns
            .iter()
            .filter_map(|column| Some(self.columns.get(*column)?.root));
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, self.metadata.clone())
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS);
        if let Some(row_groups) = row_groups {
            builder = builder.with_row_groups(row_groups.collect());
        }
        caught(|| builder.build())
            .map_err(broken(&self.name))?
            .map_err(|error| broken(&self.name)(error.to_string()))
    }
}

/// Texts as views: a value that stands once in the file is then held once, however many rows point at it.
fn with_views(schema: &Schema) -> Schema {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    Schema::new_with_metadata(
        schema.fields().iter().map(field).collect::<Vec<_>>(),
        schema.metadata().clone(),
    )
}

fn broken(name: &str) -> impl Fn(String) -> TableError {
    let name = name.to_owned();
    move |found| TableError::NotThatFormat {
        name: name.clone(),
        expected: "a Parquet file",
        found,
    }
}
