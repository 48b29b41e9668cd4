//! One growing column of a request: every cell must be of the input's kind, or become it without loss.

use crate::refusal::{Refusal, clip};
use std::sync::Arc;
use table::Kind;
use table::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};

/// Every whole number up to this size is a number of 64 bits.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A cell as a caller sent it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    Boolean(bool),
    Integer(i64),
    /// `NaN` is missing.
    Number(f64),
    Text(&'a str),
}

/// The cells of one input so far.
#[derive(Debug)]
pub(crate) struct Column {
    name: String,
    kind: Kind,
    cells: Cells,
    length: usize,
}

#[derive(Debug)]
enum Cells {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
}

impl Column {
    pub(crate) fn new(name: &str, kind: Kind) -> Column {
        let cells = match kind {
            Kind::Boolean => Cells::Boolean(BooleanBuilder::new()),
            Kind::Integer => Cells::Integer(Int64Builder::new()),
            Kind::Number => Cells::Number(Float64Builder::new()),
            Kind::Text => Cells::Text(StringBuilder::new()),
            Kind::Date => Cells::Date(Date32Builder::new()),
            Kind::Time => Cells::Time(TimestampMicrosecondBuilder::new()),
        };
        Column {
            name: name.to_owned(),
            kind,
            cells,
            length: 0,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, cell: Cell<'_>) -> Result<(), Refusal> {
        if !self.push_fitting(cell) {
            return Err(self.refuse(&cell));
        }
        self.length += 1;
        Ok(())
    }

    /// Adds a whole number that was declared as one: a number must hold it exactly.
    pub(crate) fn push_exact(&mut self, value: i64) -> Result<(), Refusal> {
        match self.kind {
            Kind::Number if MAX_EXACT < (value as f64).abs() => Err(self.refuse(&Cell::Integer(value))),
            Kind::Boolean if matches!(value, 0 | 1) => self.push(Cell::Boolean(value == 1)),
            _ => self.push(Cell::Integer(value)),
        }
    }

    pub(crate) fn push_missing(&mut self) {
        self.cells.push_missing();
        self.length += 1;
    }

    pub(crate) fn finish(self) -> (String, ArrayRef) {
        let array: ArrayRef = match self.cells {
            Cells::Boolean(mut builder) => Arc::new(builder.finish()),
            Cells::Integer(mut builder) => Arc::new(builder.finish()),
            Cells::Number(mut builder) => Arc::new(builder.finish()),
            Cells::Text(mut builder) => Arc::new(builder.finish()),
            Cells::Date(mut builder) => Arc::new(builder.finish()),
            Cells::Time(mut builder) => Arc::new(builder.finish()),
        };
        (self.name, array)
    }

    fn push_fitting(&mut self, cell: Cell<'_>) -> bool {
        match (&mut self.cells, cell) {
            (Cells::Boolean(builder), Cell::Boolean(value)) => builder.append_value(value),
            (Cells::Boolean(builder), Cell::Integer(value @ (0 | 1))) => builder.append_value(value == 1),
            (Cells::Boolean(builder), Cell::Number(value)) if value == 0.0 || value == 1.0 => {
                builder.append_value(value == 1.0);
            }
            (Cells::Integer(builder), Cell::Integer(value)) => builder.append_value(value),
            (Cells::Integer(builder), Cell::Number(value))
                if value.fract() == 0.0 && value.abs() <= MAX_EXACT =>
            {
                builder.append_value(value as i64);
            }
            (Cells::Number(builder), Cell::Number(value)) if value.is_finite() => builder.append_value(value),
            // The nearest number, as the readers of files take it.
            (Cells::Number(builder), Cell::Integer(value)) => builder.append_value(value as f64),
            (Cells::Text(builder), Cell::Text(text)) if !is_blank(text) => builder.append_value(text),
            (Cells::Date(builder), Cell::Text(text)) if !is_blank(text) => match day_of(text) {
                Some(day) => builder.append_value(day),
                None => return false,
            },
            (Cells::Time(builder), Cell::Text(text)) if !is_blank(text) => {
                match table::read::instant_of(text) {
                    Some(micros) => builder.append_value(micros),
                    None => return false,
                }
            }
            (cells, cell) if is_missing(cells, cell) => cells.push_missing(),
            _ => return false,
        }
        true
    }

    pub(crate) fn refuse(&self, cell: &Cell<'_>) -> Refusal {
        let found = match cell {
            Cell::Missing => "nothing".to_owned(),
            Cell::Boolean(value) => format!("the truth value {value}"),
            Cell::Integer(value) => format!("the number {value}"),
            Cell::Number(value) => format!("the number {value}"),
            Cell::Text(text) => format!("the text `{}`", clip(text)),
        };
        Refusal::Cell {
            column: self.name.clone(),
            row: self.length,
            found,
            expected: expected(self.kind),
        }
    }
}

impl Cells {
    fn push_missing(&mut self) {
        match self {
            Cells::Boolean(builder) => builder.append_null(),
            Cells::Integer(builder) => builder.append_null(),
            Cells::Number(builder) => builder.append_null(),
            Cells::Text(builder) => builder.append_null(),
            Cells::Date(builder) => builder.append_null(),
            Cells::Time(builder) => builder.append_null(),
        }
    }
}

/// Whether the cell stands for a missing one in a column of this kind.
fn is_missing(cells: &Cells, cell: Cell<'_>) -> bool {
    match (cells, cell) {
        (_, Cell::Missing) => true,
        (Cells::Boolean(_) | Cells::Integer(_) | Cells::Number(_), Cell::Number(value)) => value.is_nan(),
        (Cells::Text(_) | Cells::Date(_) | Cells::Time(_), Cell::Text(text)) => is_blank(text),
        _ => false,
    }
}

/// What a kind takes, for a sentence.
pub(crate) fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "true or false, or 1 or 0",
        Kind::Integer => "a whole number of 64 bits",
        Kind::Number => "a finite number",
        Kind::Text => "a text",
        Kind::Date => "a day as text, such as 2024-01-31",
        Kind::Time => "a time as text, such as 2024-01-31T12:00:00Z",
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// The day that a day or a time names, in UTC.
fn day_of(text: &str) -> Option<i32> {
    let micros = table::read::instant_of(text)?;
    i32::try_from(micros.div_euclid(table::MICROS_PER_DAY)).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use table::write::cell_text;

    fn pushed(kind: Kind, cell: Cell<'_>) -> Result<Option<String>, Refusal> {
        let mut column = Column::new("x", kind);
        column.push(cell)?;
        assert_eq!(column.len(), 1);
        let (_, array) = column.finish();
        assert_eq!(array.len(), 1);
        Ok(cell_text(array.as_ref(), 0))
    }

    #[test]
    fn cells_become_the_kind_without_loss_or_are_refused() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(pushed(Kind::Number, Cell::Integer(3)).unwrap(), text("3"));
        assert_eq!(pushed(Kind::Integer, Cell::Number(3.0)).unwrap(), text("3"));
        assert_eq!(pushed(Kind::Boolean, Cell::Integer(1)).unwrap(), text("true"));
        assert_eq!(pushed(Kind::Boolean, Cell::Number(0.0)).unwrap(), text("false"));
        assert_eq!(
            pushed(Kind::Date, Cell::Text("2024-02-29")).unwrap(),
            text("2024-02-29")
        );
        assert_eq!(
            pushed(Kind::Date, Cell::Text("2024-02-29T23:00:00+01:00")).unwrap(),
            text("2024-02-29")
        );
        assert_eq!(
            pushed(Kind::Time, Cell::Text("2024-02-29")).unwrap(),
            text("2024-02-29T00:00:00Z")
        );
        for (kind, cell) in [
            (Kind::Integer, Cell::Number(3.5)),
            (Kind::Integer, Cell::Number(1e17)),
            (Kind::Number, Cell::Number(f64::INFINITY)),
            (Kind::Number, Cell::Text("3")),
            (Kind::Number, Cell::Boolean(true)),
            (Kind::Text, Cell::Integer(3)),
            (Kind::Boolean, Cell::Text("true")),
            (Kind::Boolean, Cell::Integer(2)),
            (Kind::Boolean, Cell::Number(0.5)),
            (Kind::Date, Cell::Text("2024-02-30")),
        ] {
            assert!(
                matches!(pushed(kind, cell), Err(Refusal::Cell { row: 0, .. })),
                "{kind} {cell:?}"
            );
        }
    }

    #[test]
    fn missing_has_a_form_in_every_kind() {
        for kind in Kind::ALL {
            assert_eq!(pushed(kind, Cell::Missing).unwrap(), None);
        }
        assert_eq!(pushed(Kind::Number, Cell::Number(f64::NAN)).unwrap(), None);
        assert_eq!(pushed(Kind::Integer, Cell::Number(f64::NAN)).unwrap(), None);
        assert_eq!(pushed(Kind::Text, Cell::Text(" ")).unwrap(), None);
        assert_eq!(pushed(Kind::Time, Cell::Text("")).unwrap(), None);
    }

    #[test]
    fn declared_whole_numbers_must_stay_exact() {
        let mut column = Column::new("x", Kind::Number);
        assert!(column.push_exact(1 << 53).is_ok());
        assert!(column.push_exact((1 << 53) + 2).is_err());
        let mut truths = Column::new("x", Kind::Boolean);
        assert!(truths.push_exact(1).is_ok());
        assert!(truths.push_exact(2).is_err());
    }
}
