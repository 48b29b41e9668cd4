//! A Parquet file that grows table by table, for rows that come in pieces.

use super::parquet_properties;
use crate::{Kind, Table, TableError};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Parquet file in the making; the same tables in the same pieces give the same bytes.
#[derive(Debug)]
pub struct Growing {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl Growing {
    /// Begins the file at `path` with these columns; what was there is replaced.
    ///
    /// # Errors
    /// [`TableError::File`], [`TableError::Arrow`].
    pub fn create(path: &Path, columns: &[(String, Kind)]) -> Result<Growing, TableError> {
        let field = |(name, kind): &(String, Kind)| Field::new(name, kind.data_type(), true);
        let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
        let file = File::create(path).map_err(TableError::file("write", path))?;
        let writer = ArrowWriter::try_new(file, Arc::new(schema), Some(parquet_properties()))
            .map_err(refused(path))?;
        Ok(Growing {
            path: path.to_owned(),
            writer,
        })
    }

    /// Adds the rows of a table with the same columns.
    ///
    /// # Errors
    /// [`TableError::Arrow`]: other columns, or the file cannot be written.
    pub fn push(&mut self, table: &Table) -> Result<(), TableError> {
        self.writer.write(table.batch()).map_err(refused(&self.path))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`TableError::Arrow`]: it cannot be written.
    pub fn finish(self) -> Result<(), TableError> {
        self.writer.close().map(drop).map_err(refused(&self.path))
    }
}

fn refused(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> TableError {
    let name = path.display().to_string();
    move |error| TableError::Arrow {
        name,
        source: arrow::error::ArrowError::ParquetError(error.to_string()),
    }
}
