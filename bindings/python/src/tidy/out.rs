//! Plain data on their way out: dictionaries, JSON, tables, pages.

use super::{Record, Value};
use pyo3::IntoPyObject;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::fmt::Write;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use table::{Table, TableError};

pub(super) fn dict<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in record {
        dict.set_item(name, object(py, value)?)?;
    }
    Ok(dict)
}

fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Missing => py.None().into_bound(py),
        Value::Truth(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Value::Whole(whole) => whole.into_pyobject(py)?.into_any(),
        Value::Number(number) => number.into_pyobject(py)?.into_any(),
        Value::Text(text) => text.into_pyobject(py)?.into_any(),
        Value::List(items) => {
            let items = items.iter().map(|item| object(py, item));
            PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
        Value::Record(record) => dict(py, record)?.into_any(),
    })
}

/// Appends a value as JSON, fields in their order. JSON has no infinity: such numbers are null.
pub(super) fn json(value: &Value, text: &mut String) {
    match value {
        Value::Missing => text.push_str("null"),
        Value::Truth(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Value::Whole(whole) => text.push_str(&whole.to_string()),
        Value::Number(number) => text.push_str(&serde_json::Value::from(*number).to_string()),
        Value::Text(word) => text.push_str(&quoted(word)),
        Value::List(items) => listed(text, ['[', ']'], items, |item, text| json(item, text)),
        Value::Record(record) => listed(text, ['{', '}'], record, |(name, value), text| {
            text.push_str(&quoted(name));
            text.push(':');
            json(value, text);
        }),
    }
}

fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

/// Items between brackets, with commas.
fn listed<T>(text: &mut String, [open, close]: [char; 2], items: &[T], each: impl Fn(&T, &mut String)) {
    text.push(open);
    for (place, item) in items.iter().enumerate() {
        if 0 < place {
            text.push(',');
        }
        each(item, text);
    }
    text.push(close);
}

/// The names that occur in any row, in the order in which they are first seen.
fn names(rows: &[Record]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

fn cell<'a>(row: &'a Record, name: &str) -> &'a Value {
    row.iter()
        .find(|(found, _)| found == name)
        .map_or(&Value::Missing, |(_, value)| value)
}

pub(super) fn table(rows: &[Record]) -> Result<Table, TableError> {
    let column = |name: &str| {
        let cells: Vec<&Value> = rows.iter().map(|row| cell(row, name)).collect();
        (name.to_owned(), array(&cells))
    };
    Table::new(names(rows).into_iter().map(column).collect())
}

/// A column of the kind of its first cell that is there.
fn array(cells: &[&Value]) -> ArrayRef {
    let first = cells.iter().find(|cell| !matches!(cell, Value::Missing));
    match first {
        Some(Value::Truth(_)) => Arc::new(BooleanArray::from_iter(cells.iter().map(|cell| match cell {
            Value::Truth(truth) => Some(*truth),
            _ => None,
        }))),
        Some(Value::Whole(_)) => Arc::new(Int64Array::from_iter(cells.iter().map(|cell| match cell {
            Value::Whole(whole) => i64::try_from(*whole).ok(),
            _ => None,
        }))),
        Some(Value::Text(_)) => Arc::new(StringArray::from_iter(cells.iter().map(|cell| match cell {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }))),
        _ => Arc::new(Float64Array::from_iter(cells.iter().map(|cell| match cell {
            // a table holds finite numbers; an interval without an end has none there
            Value::Number(number) => Some(*number).filter(|number| number.is_finite()),
            _ => None,
        }))),
    }
}

/// A table of HTML with everything escaped.
pub(super) fn html(caption: &str, rows: &[Record]) -> String {
    let is_filled = |name: &&str| rows.iter().any(|row| !matches!(cell(row, name), Value::Missing));
    let names: Vec<&str> = names(rows).into_iter().filter(is_filled).collect();
    let mut page = format!("<table><caption>{}</caption><thead><tr>", escaped(caption));
    for name in &names {
        let _ = write!(page, "<th>{}</th>", escaped(name));
    }
    page.push_str("</tr></thead><tbody>");
    for row in rows {
        page.push_str("<tr>");
        for name in &names {
            let _ = write!(page, "<td>{}</td>", escaped(&short(cell(row, name))));
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table>");
    page
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A cell for readers: numbers of four digits.
fn short(value: &Value) -> String {
    match value {
        Value::Missing | Value::List(_) | Value::Record(_) => String::new(),
        Value::Truth(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Value::Whole(whole) => whole.to_string(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => match number.abs() {
            size if !size.is_finite() || size == 0.0 => number.to_string(),
            size if (1e-3..1e5).contains(&size) => {
                let n_decimals = [1e3, 1e2, 1e1, 1e0, 1e-1, 1e-2]
                    .iter()
                    .position(|bound| *bound <= size)
                    .unwrap_or(6);
                format!("{number:.n_decimals$}")
            }
            _ => format!("{number:.3e}"),
        },
    }
}
