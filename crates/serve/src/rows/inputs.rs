//! From a table as a reader of files gives it to exactly the model's inputs.

use super::builder::no_column;
use super::column::{Cell, Column, expected};
use crate::models::Loaded;
use crate::refusal::{Refusal, clip};
use std::sync::Arc;
use table::arrow::array::{Array, ArrayRef, AsArray};
use table::arrow::datatypes::{DataType, Float64Type, Int64Type};
use table::read::Read;
use table::{Complaint, ComplaintKind, Kind, Table, TableError};

/// Exactly the inputs, each in its kind.
pub(super) fn inputs_of(model: &Loaded, read: &Read, max_rows: usize) -> Result<Table, Refusal> {
    // What a reader of files repairs and tells, a caller must know before an answer is given.
    if let Some(complaint) = read
        .complaints
        .iter()
        .find(|complaint| is_fault(model, complaint))
    {
        return Err(fault(model, complaint));
    }
    let table = &read.table;
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

pub(super) fn refusal_of(error: TableError) -> Refusal {
    match error {
        TableError::NoRows { .. } | TableError::Empty { .. } => Refusal::NoRows,
        TableError::TooLarge { limit_bytes, .. } => Refusal::TooLarge {
            limit_bytes: limit_bytes as usize,
        },
        TableError::TooManyRows { limit, .. } => Refusal::TooManyRows {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
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
        ComplaintKind::Blank | ComplaintKind::NullWord | ComplaintKind::UnnamedColumn
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
        (Some(column), Some(example), Some(kind)) if complaint.kind == ComplaintKind::UnsupportedType => {
            Refusal::Kind {
                column: column.clone(),
                found: clip(&example.found),
                expected: expected(kind),
            }
        }
        (Some(column), Some(example), Some(kind)) => Refusal::Cell {
            column: column.clone(),
            row: example.row.saturating_sub(1) as usize,
            found: format!("`{}`", clip(&example.found)),
            expected: expected(kind),
        },
        _ => Refusal::malformed(complaint),
    }
}

pub(super) fn is_temporal(kind: Kind) -> bool {
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
        return Err(Refusal::Kind {
            column: name.to_owned(),
            found: format!("a column of {found}"),
            expected: expected(kind),
        });
    }
    let mut column = Column::new(name, kind);
    (0..cells.len()).try_for_each(|row| push(&mut column, cells, row))?;
    Ok(column.finish().into_array())
}

fn push(column: &mut Column<'_>, cells: &ArrayRef, row: usize) -> Result<(), Refusal> {
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
