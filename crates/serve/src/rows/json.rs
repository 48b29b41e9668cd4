//! Rows and columns in JSON, read straight into columns without a value tree between.

use super::tokens::without_bare_words;
use super::{Cell, Column, Rows, RowsBuilder};
use crate::models::Loaded;
use crate::refusal::Refusal;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Which shapes a row may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// An object of cells by column name.
    Object,
    /// A list of cells; for each position the input that it is, if it is one.
    List(&'a [Option<usize>]),
    /// Either; lists are in the order of the model's inputs.
    Either(&'a [Option<usize>]),
}

/// What [`columns_into`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnsForm {
    /// It read an object of columns.
    Columns,
    /// It read nothing: the text is a list.
    List,
}

/// Parses `text` with `seed`; the seed's own refusal, if it made one, comes before the parser's.
fn parse<'de, S, T>(text: &'de str, seed: S) -> Result<T, Refusal>
where
    S: FnOnce(
        &mut Option<Refusal>,
        &mut serde_json::Deserializer<serde_json::de::StrRead<'de>>,
    ) -> serde_json::Result<T>,
{
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut refusal = None;
    let read = seed(&mut refusal, &mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| refusal.unwrap_or_else(|| Refusal::malformed(error)))
}

/// Reads a list of rows.
pub(crate) fn rows_into(text: &str, shape: Shape<'_>, rows: &mut RowsBuilder<'_>) -> Result<(), Refusal> {
    let read = |refusal: &mut Option<Refusal>, from: &mut serde_json::Deserializer<_>| {
        RowsSeed { shape, rows, refusal }.deserialize(from)
    };
    parse(text, read)
}

/// Reads a row a line: an object, a list of cells, or an object with a list `features`. Blank lines are left out.
pub(crate) fn from_lines(model: &Loaded, text: &str, max_rows: usize) -> Result<Rows, Refusal> {
    let mut rows = RowsBuilder::new(model, max_rows);
    let order: Vec<Option<usize>> = (0..rows.n_inputs()).map(Some).collect();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let read = |refusal: &mut Option<Refusal>, from: &mut serde_json::Deserializer<_>| {
            let (shape, rows) = (Shape::Either(&order), &mut rows);
            RowSeed { shape, rows, refusal }.deserialize(from)
        };
        parse(line, read)?;
        rows.end_row()?;
    }
    rows.finish()
}

/// Reads an object of columns, each a list of cells.
pub(crate) fn columns_into(text: &str, rows: &mut RowsBuilder<'_>) -> Result<ColumnsForm, Refusal> {
    if text.trim_start().starts_with('[') {
        return Ok(ColumnsForm::List);
    }
    let read = |refusal: &mut Option<Refusal>, from: &mut serde_json::Deserializer<_>| {
        ColumnsSeed { rows, refusal }.deserialize(from)
    };
    parse(text, read)?;
    Ok(ColumnsForm::Columns)
}

/// Reads at most `limit` cells, nested or flat, into one column, else refuses with `excess`.
///
/// `push` says how a cell becomes one of the column's.
pub(crate) fn cells_into(
    text: &str,
    column: &mut Column<'_>,
    limit: usize,
    excess: &dyn Fn() -> Refusal,
    push: &dyn Fn(&mut Column<'_>, Cell<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let read = |refusal: &mut Option<Refusal>, from: &mut serde_json::Deserializer<_>| {
        CellsSeed {
            column,
            limit,
            excess,
            nested: true,
            push,
            refusal,
        }
        .deserialize(from)
    };
    parse(text, read)
}

/// Keeps a refusal for [`parse`] and stops the parser.
fn stop<E: Error>(place: &mut Option<Refusal>, refusal: Refusal) -> E {
    *place = Some(refusal);
    E::custom("refused")
}

struct RowsSeed<'s, 'm> {
    shape: Shape<'s>,
    rows: &'s mut RowsBuilder<'m>,
    refusal: &'s mut Option<Refusal>,
}

impl<'de> DeserializeSeed<'de> for RowsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RowsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let row = RowSeed {
                shape: self.shape,
                rows: self.rows,
                refusal: self.refusal,
            };
            if list.next_element_seed(row)?.is_none() {
                return Ok(());
            }
            self.rows
                .end_row()
                .map_err(|refusal| stop(self.refusal, refusal))?;
        }
    }
}

struct RowSeed<'s, 'm> {
    shape: Shape<'s>,
    rows: &'s mut RowsBuilder<'m>,
    refusal: &'s mut Option<Refusal>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.shape {
            Shape::Object => deserializer.deserialize_map(self),
            Shape::List(_) => deserializer.deserialize_seq(self),
            Shape::Either(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.shape {
            Shape::Object => "a row as an object of cells by column name",
            Shape::List(_) => "a row as a list of cells",
            Shape::Either(_) => "a row as an object or a list of cells",
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        let mut is_named = false;
        while let Some(key) = row.next_key_seed(KeySeed { rows: self.rows })? {
            let position = match (key, self.shape) {
                (Key::Input(position), _) => position,
                (Key::Features, Shape::Either(order)) if !is_named => {
                    let text: &RawValue = row.next_value()?;
                    if text.get().starts_with('[') {
                        let (rows, refusal) = (&mut *self.rows, &mut *self.refusal);
                        let row = RowSeed {
                            shape: Shape::List(order),
                            rows,
                            refusal,
                        };
                        let mut cells = serde_json::Deserializer::from_str(text.get());
                        row.deserialize(&mut cells).map_err(A::Error::custom)?;
                    }
                    continue;
                }
                (Key::Features | Key::Other, _) => {
                    row.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            is_named = true;
            match self.rows.cell_of_row(position) {
                Ok(column) => row.next_value_seed(CellsSeed::one(column, self.refusal))?,
                Err(refusal) => return Err(stop(self.refusal, refusal)),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        let positions = match self.shape {
            Shape::List(positions) | Shape::Either(positions) => positions,
            Shape::Object => &[],
        };
        for (found, position) in positions.iter().enumerate() {
            let next = match position.map(|position| self.rows.cell_of_row(position)) {
                None => row.next_element::<IgnoredAny>()?.map(|_| ()),
                Some(Ok(column)) => row.next_element_seed(CellsSeed::one(column, self.refusal))?,
                Some(Err(refusal)) => return Err(stop(self.refusal, refusal)),
            };
            if next.is_none() {
                return Err(A::Error::custom(format!(
                    "a row of {found} cells, expected {}",
                    positions.len()
                )));
            }
        }
        match row.next_element::<IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(A::Error::custom(format!(
                "a row of more cells than the {} expected",
                positions.len()
            ))),
        }
    }
}

struct ColumnsSeed<'s, 'm> {
    rows: &'s mut RowsBuilder<'m>,
    refusal: &'s mut Option<Refusal>,
}

impl<'de> DeserializeSeed<'de> for ColumnsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ColumnsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of columns by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut columns: A) -> Result<(), A::Error> {
        let limit = self.rows.max_rows();
        let excess = || Refusal::TooManyRows { limit };
        while let Some(key) = columns.next_key_seed(KeySeed { rows: self.rows })? {
            let Key::Input(position) = key else {
                columns.next_value::<IgnoredAny>()?;
                continue;
            };
            match self.rows.whole_column(position) {
                Ok(column) => {
                    columns.next_value_seed(CellsSeed {
                        column,
                        limit,
                        excess: &excess,
                        nested: true,
                        push: &push,
                        refusal: self.refusal,
                    })?;
                }
                Err(refusal) => return Err(stop(self.refusal, refusal)),
            }
        }
        Ok(())
    }
}

/// What a key of a row or of columns says.
enum Key {
    /// The name of the input at this position.
    Input(usize),
    /// SageMaker's word for a row's cells in order, unless an input is called so or has been named.
    Features,
    Other,
}

/// A column's name.
struct KeySeed<'s, 'm> {
    rows: &'s RowsBuilder<'m>,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_, '_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_, '_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
        Ok(match self.rows.position(name) {
            Some(position) => Key::Input(position),
            None if name == "features" => Key::Features,
            None => Key::Other,
        })
    }
}

/// One cell, or lists of cells if `nested`.
struct CellsSeed<'s, 'm> {
    column: &'s mut Column<'m>,
    limit: usize,
    excess: &'s dyn Fn() -> Refusal,
    nested: bool,
    push: &'s dyn Fn(&mut Column<'_>, Cell<'_>) -> Result<(), Refusal>,
    refusal: &'s mut Option<Refusal>,
}

impl<'s, 'm> CellsSeed<'s, 'm> {
    fn one(column: &'s mut Column<'m>, refusal: &'s mut Option<Refusal>) -> CellsSeed<'s, 'm> {
        CellsSeed {
            column,
            limit: usize::MAX,
            excess: &|| Refusal::NoRows,
            nested: false,
            push: &push,
            refusal,
        }
    }

    fn push<E: Error>(self, cell: Cell<'_>) -> Result<(), E> {
        if self.limit <= self.column.len() {
            return Err(stop(self.refusal, (self.excess)()));
        }
        (self.push)(self.column, cell).map_err(|refusal| stop(self.refusal, refusal))
    }
}

impl<'de> DeserializeSeed<'de> for CellsSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellsSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a number, text, truth value or null for column `{}`",
            self.column.name()
        )
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push(Cell::Missing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.push(Cell::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.push(Cell::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.push(i64::try_from(value).map_or(Cell::Number(value as f64), Cell::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.push(Cell::Number(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.push(Cell::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        if !self.nested {
            return Err(A::Error::custom(format!(
                "a list in a cell of column `{}`, expected one value",
                self.column.name()
            )));
        }
        let CellsSeed {
            column,
            limit,
            excess,
            push,
            refusal,
            ..
        } = self;
        while cells
            .next_element_seed(CellsSeed {
                column,
                limit,
                excess,
                nested: true,
                push,
                refusal,
            })?
            .is_some()
        {}
        Ok(())
    }
}

fn push(column: &mut Column<'_>, cell: Cell<'_>) -> Result<(), Refusal> {
    column.push(cell)
}

/// Reads a body as JSON; if that fails and it has bare words for numbers that are none, once more without them.
pub(crate) fn tolerant<T>(body: &[u8], read: &dyn Fn(&str) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::malformed("the body is not UTF-8"))?;
    match read(text) {
        Err(Refusal::Malformed { found }) => match without_bare_words(text) {
            Some(plain) => read(&plain),
            None => Err(Refusal::Malformed { found }),
        },
        read => read,
    }
}
