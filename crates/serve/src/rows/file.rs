//! Rows as files: separated values and Parquet.

use super::builder::no_column;
use super::column::expected;
use crate::models::Loaded;
use crate::refusal::{Refusal, clip};
use bytes::Bytes;
use parquet::file::metadata::ParquetMetaDataReader;
use std::sync::Arc;
use table::arrow::array::{Array, ArrayRef, AsArray};
use table::arrow::compute::cast;
use table::arrow::datatypes::{Float64Type, Int64Type};
use table::read::{Format, Options};
use table::{Complaint, ComplaintKind, Kind, Table, TableError};

/// Rows of comma-separated values with a header.
pub(crate) fn from_csv(model: &Loaded, body: &[u8], max_rows: usize) -> Result<Table, Refusal> {
    let options = Options {
        separator: Some(b','),
        encoding: Some("utf-8".to_owned()),
        kinds: model.inputs.iter().cloned().collect(),
        ..Options::default()
    };
    let read = table::read::from_bytes(body, Format::Csv, "the body", &options).map_err(refusal_of)?;
    // What a reader of files repairs and tells, a caller must know before an answer is given.
    if let Some(complaint) = read
        .complaints
        .iter()
        .find(|complaint| is_fault(model, complaint))
    {
        return Err(fault(model, complaint));
    }
    inputs_of(model, &read.table, max_rows)
}

/// Rows of a Parquet file.
pub(crate) fn from_parquet(
    model: &Loaded,
    body: &Bytes,
    max_rows: usize,
    max_bytes: usize,
) -> Result<Table, Refusal> {
    check_parquet_sizes(body, max_rows, max_bytes)?;
    let read = table::read::from_bytes(body, Format::Parquet, "the body", &Options::default())
        .map_err(refusal_of)?;
    inputs_of(model, &read.table, max_rows)
}

/// A small Parquet file can hold a table of any size; what it says of itself is believed only to refuse it.
fn check_parquet_sizes(body: &Bytes, max_rows: usize, max_bytes: usize) -> Result<(), Refusal> {
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(body)
        .map_err(|_| Refusal::malformed("the body is not a Parquet file"))?;
    let groups = metadata.row_groups();
    let sum = |sizes: &mut dyn Iterator<Item = i64>| {
        sizes.fold(0u64, |sum, size| sum.saturating_add(size.max(0).unsigned_abs()))
    };
    if (max_rows as u64) < sum(&mut groups.iter().map(|group| group.num_rows())) {
        return Err(Refusal::TooManyRows { limit: max_rows });
    }
    if (max_bytes as u64) < sum(&mut groups.iter().map(|group| group.total_byte_size())) {
        return Err(Refusal::TooLarge {
            limit_bytes: max_bytes,
        });
    }
    Ok(())
}

fn refusal_of(error: TableError) -> Refusal {
    match error {
        TableError::NoRows { .. } | TableError::Empty { .. } => Refusal::NoRows,
        error => Refusal::malformed(error),
    }
}

/// Whether the repair touched what the model sees.
fn is_fault(model: &Loaded, complaint: &Complaint) -> bool {
    let of_input = complaint
        .column
        .as_ref()
        .is_none_or(|column| model.input_positions.contains_key(column));
    let harmless = matches!(
        complaint.kind,
        ComplaintKind::Blank
            | ComplaintKind::NullWord
            | ComplaintKind::UnsupportedType
            | ComplaintKind::UnnamedColumn
    );
    of_input && !harmless
}

fn fault(model: &Loaded, complaint: &Complaint) -> Refusal {
    let kind = complaint
        .column
        .as_ref()
        .and_then(|column| model.input_positions.get(column))
        .map(|i| model.inputs[*i].1);
    match (&complaint.column, complaint.examples.first(), kind) {
        (Some(column), Some(example), Some(kind)) => Refusal::Cell {
            column: column.clone(),
            row: example.row.saturating_sub(1) as usize,
            found: format!("`{}`", clip(&example.found)),
            expected: expected(kind),
        },
        _ => Refusal::malformed(complaint),
    }
}

/// Exactly the inputs, each in its kind.
fn inputs_of(model: &Loaded, table: &Table, max_rows: usize) -> Result<Table, Refusal> {
    if table.n_rows() == 0 {
        return Err(Refusal::NoRows);
    }
    if max_rows < table.n_rows() {
        return Err(Refusal::TooManyRows { limit: max_rows });
    }
    let mut columns = Vec::with_capacity(model.inputs.len());
    for (position, (name, kind)) in model.inputs.iter().enumerate() {
        let cells = table.column(name).map_err(|_| no_column(model, position))?;
        let found = table.kind(name).unwrap_or(Kind::Text);
        columns.push((name.clone(), converted(name, &cells, found, *kind)?));
    }
    Table::new(columns).map_err(|_| Refusal::Internal)
}

fn converted(name: &str, cells: &ArrayRef, found: Kind, kind: Kind) -> Result<ArrayRef, Refusal> {
    if found == kind {
        return Ok(Arc::clone(cells));
    }
    if cells.null_count() == cells.len() {
        return Ok(table::arrow::array::new_null_array(
            &kind.data_type(),
            cells.len(),
        ));
    }
    let refuse = |row: usize, found: String| Refusal::Cell {
        column: name.to_owned(),
        row,
        found,
        expected: expected(kind),
    };
    let lossy = match (found, kind) {
        (Kind::Integer, Kind::Number) => {
            let cells = cells.as_primitive::<Int64Type>();
            (0..cells.len()).find(|row| cells.is_valid(*row) && 1 << 53 < cells.value(*row).unsigned_abs())
        }
        (Kind::Number, Kind::Integer) => {
            let cells = cells.as_primitive::<Float64Type>();
            let fits = |value: f64| value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
            (0..cells.len()).find(|row| cells.is_valid(*row) && !fits(cells.value(*row)))
        }
        (Kind::Date, Kind::Time) => None,
        // Frames often hold days as text or as times; the recipe reads both.
        (Kind::Text | Kind::Time, Kind::Date) | (Kind::Text, Kind::Time) => {
            let text = |row: usize| table::write::cell_text(cells.as_ref(), row).unwrap_or_default();
            let is_no_time =
                |row: &usize| cells.is_valid(*row) && table::read::instant_of(&text(*row)).is_none();
            match (0..cells.len()).find(is_no_time) {
                Some(row) => {
                    return Err(refuse(
                        row,
                        format!("the text `{}`", crate::refusal::clip(&text(row))),
                    ));
                }
                None => return Ok(Arc::clone(cells)),
            }
        }
        _ => return Err(refuse(0, format!("a column of {found}"))),
    };
    if let Some(row) = lossy {
        return Err(refuse(
            row,
            format!(
                "`{}`",
                table::write::cell_text(cells.as_ref(), row).unwrap_or_default()
            ),
        ));
    }
    cast(cells, &kind.data_type()).map_err(|_| Refusal::Internal)
}
