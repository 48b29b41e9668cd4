//! Rows of a database on their way into a file: cells in, a Parquet file out, never more than a piece in memory.

use super::value::{Builder, Value, inexact};
use super::{Ask, Fetch, Local};
use crate::QueryError;
use std::path::PathBuf;
use table::write::Growing;
use table::{Complaints, Kind, Table, TableError};

/// Rows and bytes that are held before they are written.
const PIECE_ROWS: u64 = 1 << 16;
const PIECE_BYTES: u64 = 64 << 20;
/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether texts spell exact decimals, which a number of 64 bits may not hold.
    pub(super) is_decimal: bool,
}

/// A file in the making.
pub(super) struct Sink<'a> {
    at: &'a Fetch<'a>,
    columns: Vec<Column>,
    builders: Vec<Builder>,
    file: Growing,
    path: PathBuf,
    complaints: Complaints,
    n_rows: u64,
    n_held: u64,
    held_bytes: u64,
    left_bytes: u64,
}

impl<'a> Sink<'a> {
    pub(super) fn new(columns: Vec<Column>, at: &'a Fetch<'a>) -> Result<Sink<'a>, QueryError> {
        let path = at.folder.join("rows.parquet");
        let fields: Vec<(String, Kind)> = columns
            .iter()
            .map(|column| (column.name.clone(), column.kind))
            .collect();
        Ok(Sink {
            builders: columns.iter().map(|column| Builder::new(column.kind)).collect(),
            file: Growing::create(&path, &fields)?,
            left_bytes: at.options.max_bytes,
            complaints: Complaints::default(),
            n_rows: 0,
            n_held: 0,
            held_bytes: 0,
            columns,
            path,
            at,
        })
    }

    /// Adds a cell; one that does not fit becomes missing, with a complaint.
    pub(super) fn push(&mut self, position: usize, value: Value<'_>) {
        let column = &self.columns[position];
        let complaint = self.builders[position].push(value).or_else(|| match value {
            Value::Text(text) if column.is_decimal && column.kind == Kind::Number => inexact(text),
            _ => None,
        });
        self.held_bytes += match value {
            Value::Text(text) => text.len() as u64 + 8,
            _ => 8,
        };
        if let Some(kind) = complaint {
            let found = match value {
                Value::Text(text) => text.to_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Number(number) => number.to_string(),
                Value::Missing => String::new(),
            };
            self.complaints
                .add(kind, Some(&column.name), self.n_rows + 1, 0, &found);
        }
    }

    /// Ends a row.
    pub(super) fn end_row(&mut self) -> Result<(), QueryError> {
        self.n_rows += 1;
        self.n_held += 1;
        if self.n_held < PIECE_ROWS && self.held_bytes < PIECE_BYTES {
            return Ok(());
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), QueryError> {
        self.left_bytes = self
            .left_bytes
            .checked_sub(self.held_bytes)
            .ok_or_else(|| self.at.too_large())?;
        let columns = self.columns.iter().zip(&mut self.builders);
        let arrays = columns.map(|(column, builder)| (column.name.clone(), builder.finish()));
        self.file.push(&Table::new(arrays.collect())?)?;
        (self.n_held, self.held_bytes) = (0, 0);
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(mut self, guesses: Vec<String>) -> Result<Local, QueryError> {
        self.write()?;
        self.file.finish()?;
        Ok(Local {
            complaints: self.complaints,
            guesses,
            ..Local::of(self.path)
        })
    }
}

/// Names as a database gave them: repeated ones get a number behind them where `renames` allows it.
pub(super) fn names(written: Vec<String>, at: &Fetch<'_>) -> Result<Vec<String>, QueryError> {
    if at.options.max_columns < written.len() {
        return Err(QueryError::Table(TableError::TooManyColumns {
            name: at.name.to_owned(),
            found: written.len(),
            limit: at.options.max_columns,
        }));
    }
    let mut names: Vec<String> = Vec::with_capacity(written.len());
    for (position, name) in written.into_iter().enumerate() {
        let name = if name.is_empty() {
            format!("column_{}", position + 1)
        } else {
            name
        };
        match names.iter().position(|known| *known == name) {
            None => names.push(name),
            Some(_) if at.options.renames => {
                let new = (2..)
                    .map(|number| format!("{name}_{number}"))
                    .find(|new| !names.contains(new));
                names.extend(new);
            }
            Some(first) => {
                return Err(QueryError::Table(TableError::DuplicateColumn {
                    name: at.name.to_owned(),
                    column: name,
                    first: first + 1,
                    second: position + 1,
                }));
            }
        }
    }
    Ok(names)
}

/// The table that is asked for among those that there are.
pub(super) fn table(tables: &[String], ask: &Ask, at: &Fetch<'_>) -> Result<String, QueryError> {
    let known = || table::quoted_list(tables.iter().map(String::as_str), 12);
    match (ask, tables) {
        (_, []) => Err(at.refused("no table", "at least one")),
        (Ask::Table(asked), _) if tables.contains(asked) => Ok(asked.clone()),
        (Ask::Table(asked), _) => {
            let nearest = table::nearest(asked, tables.iter().map(String::as_str));
            let hint = nearest
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            Err(at.refused(
                format!("no table `{asked}`"),
                &format!("one of {}{hint}", known()),
            ))
        }
        (_, [only]) => Ok(only.clone()),
        (_, _) => Err(at.refused(
            format!("{} tables and none named", tables.len()),
            &format!("`?table=NAME` or `table = \"NAME\"`, one of {}", known()),
        )),
    }
}
