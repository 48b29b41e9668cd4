//! From any Arrow batch to the six kinds.

use crate::{ComplaintKind, Complaints, Kind, Table, TableError};
use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float64Type, TimeUnit, UInt64Type};
use std::sync::Arc;

/// A table of the columns of `batch`, each cast to one of the six kinds.
///
/// Integers become 64-bit integers (unsigned ones of 64 bits numbers, with a complaint where digits are lost), floats and decimals numbers,
/// dictionaries and views plain text, time stamps microseconds in UTC. `NaN` and text of nothing but blanks become
/// missing, as they do in a CSV file; infinity becomes missing with a complaint; columns of other types are left out
/// with a complaint.
///
/// # Errors
/// [`TableError::DuplicateColumn`], or [`TableError::WrongKind`] with the column if a cast fails.
pub fn normalise(batch: &RecordBatch, complaints: &mut Complaints) -> Result<Table, TableError> {
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let Some(kind) = target_kind(field.data_type()) else {
            let found = format!("type {}", field.data_type());
            complaints.add(ComplaintKind::UnsupportedType, Some(field.name()), 0, 0, &found);
            continue;
        };
        note_inexact(field.name(), array, complaints);
        let array = cast(field.name(), array, kind).map_err(|error| match error {
            TableError::Arrow { name, source } => TableError::WrongKind {
                column: name,
                found: format!("{} that cannot be read: {source}", field.data_type()),
                expected: kind.to_string(),
            },
            error => error,
        })?;
        let array = match kind {
            Kind::Number => finite(field.name(), &array, complaints),
            Kind::Text => blank_is_missing(&array),
            _ => array,
        };
        columns.push((field.name().clone(), array));
    }
    Table::with_rows(columns, batch.num_rows())
}

/// A column of text whose empty and blank cells are missing, which is what they are in a CSV file; other columns as they
/// are.
pub fn blank_is_missing(array: &ArrayRef) -> ArrayRef {
    let Some(texts) = array.as_string_opt::<i32>() else {
        return Arc::clone(array);
    };
    let is_blank = |text: &str| text.trim().is_empty();
    if !texts.iter().flatten().any(is_blank) {
        return Arc::clone(array);
    }
    let cells = texts.iter().map(|text| text.filter(|text| !is_blank(text)));
    Arc::new(cells.collect::<StringArray>())
}

pub(crate) fn target_kind(data_type: &DataType) -> Option<Kind> {
    match data_type {
        DataType::Boolean => Some(Kind::Boolean),
        DataType::UInt64 => Some(Kind::Number),
        integer if integer.is_integer() => Some(Kind::Integer),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Some(Kind::Number),
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Some(Kind::Number),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Some(Kind::Text),
        DataType::Date32 | DataType::Date64 => Some(Kind::Date),
        DataType::Timestamp(..) => Some(Kind::Time),
        DataType::Dictionary(_, value) => target_kind(value),
        DataType::RunEndEncoded(_, value) => target_kind(value.data_type()),
        _ => None,
    }
}

fn cast(name: &str, array: &ArrayRef, kind: Kind) -> Result<ArrayRef, TableError> {
    if array.data_type() == &kind.data_type() {
        return Ok(Arc::clone(array));
    }
    if array.data_type() == &DataType::Null {
        return Ok(Arc::new(StringArray::new_null(array.len())));
    }
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let one = |array: &ArrayRef, to: &DataType| {
        cast_with_options(array, to, &strict).map_err(TableError::arrow(name))
    };
    if let DataType::Timestamp(_, Some(zone)) = array.data_type() {
        // Same instant, then drop the zone: the stored integer is UTC already.
        let in_micros = one(
            array,
            &DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::clone(zone))),
        )?;
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()));
        let integers = one(&one(&in_micros, &utc)?, &DataType::Int64)?;
        return one(&integers, &kind.data_type());
    }
    one(array, &kind.data_type())
}

/// Unsigned numbers that a 64-bit float does not hold.
fn note_inexact(name: &str, array: &ArrayRef, complaints: &mut Complaints) {
    let Some(values) = array.as_primitive_opt::<UInt64Type>() else {
        return;
    };
    for row in (0..values.len()).filter(|row| values.is_valid(*row)) {
        let value = values.value(row);
        if value as f64 as u128 != u128::from(value) {
            let found = value.to_string();
            complaints.add(ComplaintKind::Inexact, Some(name), row as u64 + 1, 0, &found);
        }
    }
}

/// `NaN` and infinities as missing.
fn finite(name: &str, array: &ArrayRef, complaints: &mut Complaints) -> ArrayRef {
    let values = array.as_primitive::<Float64Type>();
    if (0..values.len()).all(|row| values.is_null(row) || values.value(row).is_finite()) {
        return Arc::clone(array);
    }
    let cells = (0..values.len()).map(|row| {
        let value = values.is_valid(row).then(|| values.value(row));
        if value.is_some_and(f64::is_infinite) {
            complaints.add(
                ComplaintKind::NotFinite,
                Some(name),
                row as u64 + 1,
                0,
                &values.value(row).to_string(),
            );
        }
        value.filter(|value| value.is_finite())
    });
    Arc::new(cells.collect::<Float64Array>())
}
