//! Parquet and Arrow files.

use super::Read;
use crate::{Complaints, Table, TableError, normalise};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::io::Cursor;

/// Reads a Parquet file.
pub(super) fn read_parquet(bytes: &[u8], name: &str) -> Result<Read, TableError> {
    let broken = |error: &dyn std::fmt::Display| TableError::NotThatFormat {
        name: name.to_owned(),
        expected: "a Parquet file",
        found: error.to_string(),
    };
    // Parquet's reader takes shared bytes; this is the one copy.
    let shared = parquet_bytes(bytes);
    let builder = ParquetRecordBatchReaderBuilder::try_new(shared).map_err(|error| broken(&error))?;
    let schema = builder.schema().clone();
    let reader = builder
        .with_batch_size(64 * 1024)
        .build()
        .map_err(|error| broken(&error))?;
    let batches: Result<Vec<RecordBatch>, _> = reader.collect();
    finish(schema, &batches.map_err(|error| broken(&error))?, name)
}

fn parquet_bytes(bytes: &[u8]) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(bytes)
}

/// Reads an Arrow IPC file or stream.
pub(super) fn read_arrow(bytes: &[u8], name: &str) -> Result<Read, TableError> {
    let broken = |error: arrow::error::ArrowError| TableError::NotThatFormat {
        name: name.to_owned(),
        expected: "an Arrow IPC file or stream",
        found: error.to_string(),
    };
    let (schema, batches) = if bytes.starts_with(b"ARROW1") {
        let reader = arrow::ipc::reader::FileReader::try_new(Cursor::new(bytes), None).map_err(broken)?;
        (reader.schema(), reader.collect::<Result<Vec<_>, _>>())
    } else {
        let reader = arrow::ipc::reader::StreamReader::try_new(bytes, None).map_err(broken)?;
        (reader.schema(), reader.collect::<Result<Vec<_>, _>>())
    };
    finish(schema, &batches.map_err(broken)?, name)
}

fn finish(schema: SchemaRef, batches: &[RecordBatch], name: &str) -> Result<Read, TableError> {
    let batch = arrow::compute::concat_batches(&schema, batches).map_err(TableError::arrow(name))?;
    let mut complaints = Complaints::default();
    let table: Table = normalise(&batch, &mut complaints)?;
    Ok(Read {
        table,
        complaints,
        guesses: Vec::new(),
    })
}
