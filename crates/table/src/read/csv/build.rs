//! Columns built from cells of text.

use super::cell::trimmed;
use super::plain::{plain_day, plain_fraction, plain_integer, plain_time};
use super::{Cell, CellReader, Inference};
use crate::{ComplaintKind, Kind, MICROS_PER_DAY};
use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use std::sync::Arc;

/// One growing column.
#[derive(Debug)]
pub(in crate::read) enum ColumnBuilder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
}

impl ColumnBuilder {
    pub(in crate::read) fn new(kind: Kind) -> ColumnBuilder {
        match kind {
            Kind::Boolean => ColumnBuilder::Boolean(BooleanBuilder::new()),
            Kind::Integer => ColumnBuilder::Integer(Int64Builder::new()),
            Kind::Number => ColumnBuilder::Number(Float64Builder::new()),
            Kind::Text => ColumnBuilder::Text(StringBuilder::new()),
            Kind::Date => ColumnBuilder::Date(Date32Builder::new()),
            Kind::Time => ColumnBuilder::Time(TimestampMicrosecondBuilder::new()),
        }
    }

    /// As [`ColumnBuilder::new`], with room for `n_rows` values.
    pub(super) fn with_rows(kind: Kind, n_rows: usize) -> ColumnBuilder {
        match kind {
            Kind::Integer => ColumnBuilder::Integer(Int64Builder::with_capacity(n_rows)),
            Kind::Number => ColumnBuilder::Number(Float64Builder::with_capacity(n_rows)),
            Kind::Date => ColumnBuilder::Date(Date32Builder::with_capacity(n_rows)),
            Kind::Time => ColumnBuilder::Time(TimestampMicrosecondBuilder::with_capacity(n_rows)),
            Kind::Text => ColumnBuilder::Text(StringBuilder::with_capacity(n_rows, n_rows * 8)),
            Kind::Boolean => ColumnBuilder::new(kind),
        }
    }

    /// Adds a cell; a cell that does not fit becomes missing, and the answer says why.
    pub(in crate::read) fn push(&mut self, cells: &CellReader<'_>, text: &str) -> Option<ComplaintKind> {
        match self {
            ColumnBuilder::Text(builder) => push_text(builder, text),
            _ => self.push_cell(&cells.read(text), text),
        }
    }

    /// As [`ColumnBuilder::push`], and notes what the cell looks like.
    pub(super) fn push_seen(
        &mut self,
        cells: &CellReader<'_>,
        text: &str,
        seen: &mut Inference,
    ) -> Option<ComplaintKind> {
        let bytes = text.as_bytes();
        match self {
            ColumnBuilder::Integer(builder) => {
                if let Some(value) = plain_integer(bytes) {
                    seen.see_cell(Cell::Integer(value));
                    builder.append_value(value);
                    return None;
                }
            }
            ColumnBuilder::Number(builder) => {
                if let Some(value) = plain_fraction(bytes) {
                    seen.see_cell(Cell::Number(value));
                    builder.append_value(value);
                    return None;
                }
            }
            ColumnBuilder::Date(builder) => {
                if let Some(days) = plain_day(bytes) {
                    seen.see_cell(Cell::Date(days));
                    builder.append_value(days);
                    return None;
                }
            }
            ColumnBuilder::Time(builder) => {
                if let Some(micros) = plain_time(bytes) {
                    seen.see_cell(Cell::Time(micros));
                    builder.append_value(micros);
                    return None;
                }
            }
            ColumnBuilder::Text(builder) => {
                seen.see(cells, text);
                if cells.is_null_text(text) {
                    builder.append_null();
                    return Some(ComplaintKind::NullWord);
                }
                return push_text(builder, text);
            }
            ColumnBuilder::Boolean(_) => {}
        }
        let cell = cells.read(text);
        seen.see_cell(cell);
        self.push_cell(&cell, text)
    }

    /// As [`ColumnBuilder::push`] for a cell that was already read.
    pub(in crate::read) fn push_cell(&mut self, cell: &Cell<'_>, text: &str) -> Option<ComplaintKind> {
        if let ColumnBuilder::Text(builder) = self {
            return push_text(builder, text);
        }
        if self.push_fitting(cell) {
            return None;
        }
        self.push_null();
        match cell {
            Cell::Empty => None,
            Cell::Blank => Some(ComplaintKind::Blank),
            Cell::NullWord => Some(ComplaintKind::NullWord),
            _ => Some(ComplaintKind::NotOfKind),
        }
    }

    fn push_fitting(&mut self, cell: &Cell<'_>) -> bool {
        match (self, *cell) {
            (ColumnBuilder::Boolean(builder), Cell::Boolean(value)) => builder.append_value(value),
            (ColumnBuilder::Boolean(builder), Cell::Integer(value @ (0 | 1))) => {
                builder.append_value(value == 1)
            }
            // As whole columns of truths are written where a cell is missing.
            (ColumnBuilder::Boolean(builder), Cell::Number(value)) if value == 0.0 || value == 1.0 => {
                builder.append_value(value == 1.0);
            }
            (ColumnBuilder::Integer(builder), Cell::Integer(value)) => builder.append_value(value),
            (ColumnBuilder::Number(builder), Cell::Number(value) | Cell::Long(value)) => {
                builder.append_value(value)
            }
            (ColumnBuilder::Number(builder), Cell::Integer(value)) => builder.append_value(value as f64),
            (ColumnBuilder::Date(builder), Cell::Date(days)) => builder.append_value(days),
            (ColumnBuilder::Time(builder), Cell::Time(micros)) => builder.append_value(micros),
            (ColumnBuilder::Time(builder), Cell::Date(days)) => {
                builder.append_value(i64::from(days) * MICROS_PER_DAY);
            }
            _ => return false,
        }
        true
    }

    pub(in crate::read) fn push_null(&mut self) {
        match self {
            ColumnBuilder::Boolean(builder) => builder.append_null(),
            ColumnBuilder::Integer(builder) => builder.append_null(),
            ColumnBuilder::Number(builder) => builder.append_null(),
            ColumnBuilder::Text(builder) => builder.append_null(),
            ColumnBuilder::Date(builder) => builder.append_null(),
            ColumnBuilder::Time(builder) => builder.append_null(),
        }
    }

    pub(in crate::read) fn finish(self) -> ArrayRef {
        match self {
            ColumnBuilder::Boolean(mut builder) => Arc::new(builder.finish()),
            ColumnBuilder::Integer(mut builder) => Arc::new(builder.finish()),
            ColumnBuilder::Number(mut builder) => Arc::new(builder.finish()),
            ColumnBuilder::Text(mut builder) => Arc::new(builder.finish()),
            ColumnBuilder::Date(mut builder) => Arc::new(builder.finish()),
            ColumnBuilder::Time(mut builder) => Arc::new(builder.finish()),
        }
    }
}

fn push_text(builder: &mut StringBuilder, text: &str) -> Option<ComplaintKind> {
    if text.is_empty() {
        builder.append_null();
        None
    } else if trimmed(text).is_empty() {
        builder.append_null();
        Some(ComplaintKind::Blank)
    } else {
        builder.append_value(text);
        None
    }
}
