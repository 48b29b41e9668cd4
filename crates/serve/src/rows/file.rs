//! Rows as files: separated values and Parquet.

use super::builder::no_column;
use super::column::{Cell, Column, expected};
use crate::models::Loaded;
use crate::refusal::{Refusal, clip};
use bytes::Bytes;
use parquet::file::metadata::ParquetMetaDataReader;
use std::sync::Arc;
use table::arrow::array::{Array, ArrayRef, AsArray};
use table::arrow::datatypes::{DataType, Float64Type, Int64Type};
use table::read::{Format, Options};
use table::{Complaint, ComplaintKind, Kind, Table, TableError};

/// Rows of comma-separated values, with a header or in the order of the model's inputs.
pub(crate) fn from_csv(model: &Loaded, body: &[u8], max_rows: usize) -> Result<Table, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let headed = header_for(model, body).map(|header| [header.as_bytes(), body].concat());
    let body = headed.as_deref().unwrap_or(body);
    let options = Options {
        separator: Some(b','.into()),
        encoding: Some("utf-8".to_owned()),
        // Days and times are converted afterwards, so that either stands for the other.
        kinds: model
            .inputs
            .iter()
            .filter(|(_, kind)| !is_temporal(*kind))
            .cloned()
            .collect(),
        ..Options::plain()
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

/// A header for values that come without one, as SageMaker sends them: as many as there are inputs, none of them the name
/// of one. Texts alone that look like names are a header with slips, which the reader of files refuses.
fn header_for(model: &Loaded, body: &[u8]) -> Option<String> {
    let names = || model.inputs.iter().map(|(name, _)| name.as_str());
    let (cells, end) = first_record(body, model.inputs.len())?;
    let is_text = |cell: &String| cell.trim().parse::<f64>().is_err() && !cell.trim().is_empty();
    let is_slip = |cell: &String| {
        names().any(|name| name.eq_ignore_ascii_case(cell.trim()))
            || table::nearest(cell.trim(), names()).is_some()
    };
    let is_name = |cell: &String| model.input_positions.contains_key(cell.trim());
    if cells.iter().any(is_name) || (cells.iter().all(is_text) && cells.iter().any(is_slip)) {
        return None;
    }
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    Some(names().map(quoted).collect::<Vec<_>>().join(",") + end)
}

/// The cells of the first record and how its line ends; `None` unless there are exactly `n_cells`. Bytes that are not UTF-8
/// are left to the reader to refuse.
fn first_record(body: &[u8], n_cells: usize) -> Option<(Vec<String>, &'static str)> {
    let (mut cells, mut is_quoted, mut end) = (vec![Vec::new()], false, "\n");
    for (at, byte) in body.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted && cells.len() == n_cells => return None,
            b',' if !is_quoted => cells.push(Vec::new()),
            b'\r' if !is_quoted => {
                end = if body.get(at + 1) == Some(&b'\n') {
                    "\r\n"
                } else {
                    "\r"
                };
                break;
            }
            b'\n' if !is_quoted => break,
            byte => cells.last_mut().into_iter().for_each(|cell| cell.push(*byte)),
        }
    }
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).into_owned())
        .collect();
    (cells.len() == n_cells).then_some((cells, end))
}

/// Rows of a Parquet file.
pub(crate) fn from_parquet(
    model: &Loaded,
    body: &Bytes,
    max_rows: usize,
    max_bytes: usize,
) -> Result<Table, Refusal> {
    check_n_rows(body, max_rows)?;
    // What a Parquet file says of its sizes is not believed; its reader counts what it decodes.
    let options = Options {
        max_bytes: max_bytes as u64,
        only: Some(model.inputs.iter().map(|(name, _)| name.clone()).collect()),
        ..Options::default()
    };
    let read = table::read::from_bytes(body, Format::Parquet, "the body", &options).map_err(refusal_of)?;
    inputs_of(model, &read.table, max_rows)
}

/// The rows that a Parquet file says it has are believed only to refuse it.
fn check_n_rows(body: &Bytes, max_rows: usize) -> Result<(), Refusal> {
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
    Ok(())
}

fn refusal_of(error: TableError) -> Refusal {
    match error {
        TableError::NoRows { .. } | TableError::Empty { .. } => Refusal::NoRows,
        TableError::TooLarge { limit_bytes, .. } => Refusal::TooLarge {
            limit_bytes: limit_bytes as usize,
        },
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

fn is_temporal(kind: Kind) -> bool {
    matches!(kind, Kind::Date | Kind::Time)
}

/// A column in its kind, cell by cell where it came in another: days and times also come as texts.
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
    if kind == Kind::Text {
        let found = format!("a column of {found}");
        return Err(Refusal::Cell {
            column: name.to_owned(),
            row: 0,
            found,
            expected: expected(kind),
        });
    }
    let mut column = Column::new(name, kind);
    (0..cells.len()).try_for_each(|row| push(&mut column, cells, row))?;
    Ok(column.finish().1)
}

fn push(column: &mut Column, cells: &ArrayRef, row: usize) -> Result<(), Refusal> {
    match cells.data_type() {
        _ if cells.is_null(row) => column.push(Cell::Missing),
        DataType::Boolean => column.push(Cell::Boolean(cells.as_boolean().value(row))),
        DataType::Int64 => column.push_exact(cells.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => column.push(Cell::Number(cells.as_primitive::<Float64Type>().value(row))),
        _ => {
            let text = table::write::cell_text(cells.as_ref(), row).unwrap_or_default();
            column.push(Cell::Text(&text))
        }
    }
}
