//! One growing column of a request: every cell must be of the input's kind, or become it without loss.

use super::cells::Cells;
use crate::refusal::{Refusal, clip};
use table::Kind;

/// Every whole number up to this size is a number of 64 bits.
pub(super) const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

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
pub(crate) struct Column<'m> {
    name: &'m str,
    kind: Kind,
    cells: Cells,
}

impl<'m> Column<'m> {
    pub(crate) fn new(name: &'m str, kind: Kind) -> Column<'m> {
        let cells = Cells::new(kind);
        Column { name, kind, cells }
    }

    pub(crate) fn name(&self) -> &'m str {
        self.name
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds a cell.
    pub(crate) fn push(&mut self, cell: Cell<'_>) -> Result<(), Refusal> {
        match self.cells.push(cell) {
            true => Ok(()),
            false => Err(self.refuse(&cell)),
        }
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
    }

    pub(crate) fn finish(self) -> Cells {
        self.cells
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
            column: self.name.to_owned(),
            row: self.len(),
            found,
            expected: expected(self.kind),
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use table::arrow::array::Array;
    use table::write::cell_text;

    fn pushed(kind: Kind, cell: Cell<'_>) -> Result<Option<String>, Refusal> {
        let mut column = Column::new("x", kind);
        column.push(cell)?;
        assert_eq!(column.len(), 1);
        let array = column.finish().into_array();
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
