//! A table as a notebook shows it.

use table::Table;
use table::arrow::array::{Array, AsArray};
use table::arrow::datatypes::{DataType, Float64Type};
use table::write::cell_text;

/// Rows shown; the rest is counted.
const MOST_ROWS: usize = 20;
/// Columns shown; the rest is counted.
const MOST_COLUMNS: usize = 40;

/// The first rows and columns; styles stand in the elements, because a notebook's page is shared.
pub(crate) fn html(table: &Table) -> String {
    let names = table.names();
    let batch = table.batch();
    let n_columns = names.len().min(MOST_COLUMNS);
    let n_rows = table.n_rows().min(MOST_ROWS);
    let mut out = String::from(
        "<table style=\"border-collapse:collapse;font-variant-numeric:tabular-nums\"><thead><tr>",
    );
    let columns = &batch.columns()[..n_columns];
    for (name, column) in names.iter().zip(columns) {
        out.push_str(&format!(
            "<th scope=\"col\" style=\"text-align:{};padding:.2em .8em\">{}</th>",
            side(column.data_type()),
            escaped(name)
        ));
    }
    out.push_str("</tr></thead><tbody>");
    for row in 0..n_rows {
        out.push_str("<tr>");
        for column in columns {
            out.push_str(&format!(
                "<td style=\"text-align:{};padding:.2em .8em\">{}</td>",
                side(column.data_type()),
                cell(column.as_ref(), row)
            ));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    let n_all = table.n_rows();
    out.push_str(&format!(
        "<p style=\"opacity:.75\">{n_all} row{}{}</p>",
        if n_all == 1 { "" } else { "s" },
        left_out(n_all - n_rows, names.len() - n_columns)
    ));
    out
}

fn left_out(n_rows: usize, n_columns: usize) -> String {
    match (n_rows, n_columns) {
        (0, 0) => String::new(),
        (rows, 0) => format!(", {rows} not shown"),
        (0, columns) => format!(", {columns} columns not shown"),
        (rows, columns) => format!(", {rows} rows and {columns} columns not shown"),
    }
}

fn side(kind: &DataType) -> &'static str {
    match kind.is_numeric() {
        true => "right",
        false => "left",
    }
}

/// A number has six significant digits, missing is a dash.
fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return "–".to_owned();
    }
    if *column.data_type() == DataType::Float64 {
        return number(column.as_primitive::<Float64Type>().value(row));
    }
    escaped(&cell_text(column, row).unwrap_or_default())
}

/// `0.1`, `1234.57`, `8.56e-19`.
fn number(x: f64) -> String {
    let size = x.abs();
    if x != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{x:.2e}");
    }
    // Written with six digits and read again, so that `0.1` is not `0.100000`.
    let rounded: f64 = format!("{x:.5e}").parse().unwrap_or(x);
    rounded.to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
