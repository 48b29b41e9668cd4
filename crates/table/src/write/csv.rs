//! Separated values out. Cells that a spreadsheet would run as a formula get an apostrophe in front.

use crate::Table;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};

/// The table as separated values with a header; missing is an empty cell.
///
/// Numbers are written with the fewest digits that read back to the same bits.
pub fn to_csv(table: &Table, separator: char) -> Vec<u8> {
    let mut out = header(&table.names(), separator);
    out.push_str(&rows(table, separator));
    out.into_bytes()
}

/// The line of names.
pub(super) fn header(names: &[String], separator: char) -> String {
    let mut out = String::new();
    write_row(&mut out, separator, names.iter().map(|name| guarded(name)));
    out
}

/// The rows without a header.
pub(super) fn rows(table: &Table, separator: char) -> String {
    let mut out = String::new();
    for row in 0..table.n_rows() {
        let cells = table.batch().columns().iter().map(|column| {
            let text = cell_text(column.as_ref(), row).unwrap_or_default();
            if column.data_type() == &DataType::Utf8 {
                guarded(&text)
            } else {
                text
            }
        });
        write_row(&mut out, separator, cells);
    }
    out
}

/// One cell as text, `None` if it is missing. Days and times are ISO 8601.
pub fn cell_text(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Date32 => column
            .as_primitive::<Date32Type>()
            .value_as_date(row)?
            .to_string(),
        _ => {
            let time = column
                .as_primitive::<TimestampMicrosecondType>()
                .value_as_datetime(row)?;
            time.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
        }
    })
}

fn write_row(out: &mut String, separator: char, cells: impl Iterator<Item = String>) {
    let start = out.len();
    for (position, cell) in cells.enumerate() {
        if 0 < position {
            out.push(separator);
        }
        let needs_quotes = cell.contains([separator, '"', '\n', '\r']);
        if needs_quotes {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    // Readers take an empty line for no row.
    if out.len() == start {
        out.push_str("\"\"");
    }
    out.push('\n');
}

/// OWASP "CSV injection": text that begins with one of these is run by spreadsheets.
fn guarded(text: &str) -> String {
    let dangerous = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = text.parse::<f64>().is_ok();
    if dangerous && !is_number {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
