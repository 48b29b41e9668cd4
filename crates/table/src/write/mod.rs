//! Writers: a table out, in the format that the file's ending names, whole or not at all.

mod csv;
mod growing;
mod output;
mod tail;

use crate::read::Format;
use crate::{Table, TableError, file};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::path::Path;

pub use csv::{cell_text, to_csv};
pub use growing::Growing;
pub use output::{Output, Written};

/// Fast, and small enough.
const ZSTD_LEVEL: i32 = 3;

/// Writes `table` to `path`; the ending names the format, and `.gz` or `.zst` behind it the compression.
///
/// # Errors
/// [`TableError::UnknownFormat`], [`TableError::File`]; what was at `path` before is untouched then.
pub fn save(table: &Table, path: &Path) -> Result<(), TableError> {
    let bytes = to_bytes(table, Format::of(path)?)?;
    let packed = match packing(path).as_str() {
        "gz" => gzip(&bytes),
        "zst" => zstd::stream::encode_all(bytes.as_slice(), ZSTD_LEVEL),
        _ => Ok(bytes),
    };
    file::write_atomic(path, &packed.map_err(TableError::file("compress", path))?)
}

/// The last ending of `path`, which names the compression if it is `gz` or `zst`.
fn packing(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_lowercase()
}

/// Without a time or name in its head, so that the same table gives the same bytes.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// The bytes of `table` in `format`.
///
/// # Errors
/// [`TableError::Arrow`] if the format cannot hold the table.
pub fn to_bytes(table: &Table, format: Format) -> Result<Vec<u8>, TableError> {
    match format {
        Format::Csv => Ok(to_csv(table, ',')),
        Format::Tsv => Ok(to_csv(table, '\t')),
        Format::JsonLines => to_json_lines(table),
        Format::Parquet => to_parquet(table),
        Format::Arrow => to_arrow(table),
        Format::Xlsx => Err(TableError::ReadOnly),
    }
}

fn to_json_lines(table: &Table) -> Result<Vec<u8>, TableError> {
    // Missing is written too, so that a column of nothing else is still there when it is read.
    let mut writer = arrow::json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow::json::writer::LineDelimited>(Vec::new());
    writer
        .write(table.batch())
        .and_then(|()| writer.finish())
        .map_err(TableError::arrow("table"))?;
    Ok(writer.into_inner())
}

fn parquet_properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("1 is a level of zstd");
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .build()
}

fn to_parquet(table: &Table) -> Result<Vec<u8>, TableError> {
    let refuse = |error: parquet::errors::ParquetError| TableError::Arrow {
        name: "table".to_owned(),
        source: arrow::error::ArrowError::ParquetError(error.to_string()),
    };
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, table.batch().schema(), Some(parquet_properties()))
        .map_err(refuse)?;
    writer.write(table.batch()).map_err(refuse)?;
    writer.close().map_err(refuse)?;
    Ok(bytes)
}

fn to_arrow(table: &Table) -> Result<Vec<u8>, TableError> {
    let batch = table.batch();
    let refuse = |source| TableError::Arrow {
        name: "table".to_owned(),
        source,
    };
    let mut writer = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).map_err(refuse)?;
    writer.write(batch).map_err(refuse)?;
    writer.into_inner().map_err(refuse)
}
