//! One JSON object a line.

use super::{
    Options, Read, check_names,
    csv::{Cell, CellReader, ColumnBuilder, Inference},
};
use crate::{ComplaintKind, Complaints, Table, TableError};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What some programs write in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Reads lines of JSON objects; columns stand in the order in which their names first appear.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Read, TableError> {
    let mut complaints = Complaints::default();
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let rows = parse(bytes, name, &mut complaints)?;
    let names = check_names(names_in_order(&rows), name, options, &mut complaints)?;
    let cells = CellReader::new(&[]);
    let mut columns = Vec::with_capacity(names.len());
    let mut guesses = Vec::new();
    for column in &names {
        if !options.kinds.contains_key(column) && are_numbers_in_quotes(&rows, column, &cells) {
            guesses.push(format!(
                "`{column}`: numbers in quotes, read as text; hint: `types = {{ {column} = \"number\" }}`"
            ));
        }
        let asked = options.kinds.get(column).copied();
        let kind = asked.unwrap_or_else(|| {
            let mut inference = Inference::default();
            rows.iter().for_each(|(_, row)| {
                let value = row.value(column);
                inference.see_cell(typed(value, cells.read(&as_text(value))));
            });
            inference.kind()
        });
        let mut builder = ColumnBuilder::new(kind);
        for (position, (line, row)) in rows.iter().enumerate() {
            let value = row.value(column);
            let text = as_text(value);
            let cell = cells.read(&text);
            // Where somebody asks for numbers, a text that spells one will do.
            let cell = if asked.is_some() { cell } else { typed(value, cell) };
            if let Some(kind) = builder.push_cell(&cell, &text) {
                complaints.add(kind, Some(column), position as u64 + 1, *line, &text);
            }
        }
        columns.push((column.clone(), builder.finish()));
    }
    Ok(Read {
        table: Table::new(columns)?,
        complaints,
        guesses,
        dialect: None,
    })
}

/// JSON says itself what is a number or a truth: a text that looks like one is none. Days and times are always texts.
fn typed<'a>(value: Option<&Value>, cell: Cell<'a>) -> Cell<'a> {
    let is_text = matches!(value, Some(Value::String(_)));
    match cell {
        Cell::Integer(_) | Cell::Number(_) | Cell::Long(_) | Cell::Boolean(_) if is_text => Cell::Text(""),
        cell => cell,
    }
}

/// Whether every present value of a column is a text that spells a number.
fn are_numbers_in_quotes(rows: &[(u64, Object)], column: &str, cells: &CellReader<'_>) -> bool {
    let mut present = rows
        .iter()
        .filter_map(|(_, row)| row.value(column))
        .filter(|value| !value.is_null())
        .peekable();
    let spells_number = |value: &Value| match value {
        Value::String(text) => matches!(cells.read(text), Cell::Integer(_) | Cell::Number(_)),
        _ => false,
    };
    present.peek().is_some() && present.all(spells_number)
}

/// The objects with the numbers of their lines.
fn parse(bytes: &[u8], name: &str, complaints: &mut Complaints) -> Result<Vec<(u64, Object)>, TableError> {
    let mut rows = Vec::new();
    for (position, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let number = position as u64 + 1;
        match serde_json::from_slice::<Object>(line) {
            Ok(row) => rows.push((number, row)),
            Err(error) => {
                complaints.add(ComplaintKind::BadLine, None, number, number, &error.to_string());
            }
        }
    }
    if rows.is_empty() {
        let found = complaints
            .iter()
            .next()
            .map_or("no line".to_owned(), ToString::to_string);
        return Err(TableError::NotThatFormat {
            name: name.to_owned(),
            expected: "lines of JSON objects",
            found,
        });
    }
    Ok(rows)
}

fn names_in_order(rows: &[(u64, Object)]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for (_, row) in rows {
        for (name, _) in &row.cells {
            if seen.insert(name.as_str()) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// A value as the text that a CSV file would hold; lists and objects stay JSON text.
fn as_text(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

/// An object whose names keep their order.
struct Object {
    cells: Vec<(String, Value)>,
}

impl Object {
    /// The value of `name`; the last one if it stands there twice.
    fn value(&self, name: &str) -> Option<&Value> {
        self.cells
            .iter()
            .rev()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        struct Cells;

        impl<'de> Visitor<'de> for Cells {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = map.next_entry()? {
                    cells.push(cell);
                }
                Ok(Object { cells })
            }
        }

        deserializer.deserialize_map(Cells)
    }
}
