//! The cells of one input, each in its kind.

use super::column::{Cell, MAX_EXACT};
use prepare::compiled;
use std::sync::Arc;
use table::Kind;
use table::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};

/// Cells of one kind.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    Boolean(Vec<Option<bool>>),
    Integer(Vec<Option<i64>>),
    /// NaN is missing.
    Number(Vec<f64>),
    Text(Texts),
    Date(Vec<Option<i32>>),
    Time(Vec<Option<i64>>),
}

/// Texts one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    text: String,
    /// Where each ends, and whether it is there at all.
    ends: Vec<(usize, bool)>,
}

impl Cells {
    pub(super) fn new(kind: Kind) -> Cells {
        match kind {
            Kind::Boolean => Cells::Boolean(Vec::new()),
            Kind::Integer => Cells::Integer(Vec::new()),
            Kind::Number => Cells::Number(Vec::new()),
            Kind::Text => Cells::Text(Texts::default()),
            Kind::Date => Cells::Date(Vec::new()),
            Kind::Time => Cells::Time(Vec::new()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Cells::Boolean(cells) => cells.len(),
            Cells::Integer(cells) | Cells::Time(cells) => cells.len(),
            Cells::Number(cells) => cells.len(),
            Cells::Text(texts) => texts.ends.len(),
            Cells::Date(cells) => cells.len(),
        }
    }

    /// Adds a cell if it is of the kind, or becomes it without loss.
    pub(super) fn push(&mut self, cell: Cell<'_>) -> bool {
        match (&mut *self, cell) {
            (Cells::Number(cells), Cell::Number(value)) if !value.is_infinite() => cells.push(value),
            // the nearest number, as the readers of files take it
            (Cells::Number(cells), Cell::Integer(value)) => cells.push(value as f64),
            (Cells::Integer(cells), Cell::Integer(value)) => cells.push(Some(value)),
            (Cells::Integer(cells), Cell::Number(value))
                if value.fract() == 0.0 && value.abs() <= MAX_EXACT =>
            {
                cells.push(Some(value as i64));
            }
            (Cells::Boolean(cells), Cell::Boolean(value)) => cells.push(Some(value)),
            (Cells::Boolean(cells), Cell::Integer(value @ (0 | 1))) => cells.push(Some(value == 1)),
            (Cells::Boolean(cells), Cell::Number(value)) if value == 0.0 || value == 1.0 => {
                cells.push(Some(value == 1.0));
            }
            (Cells::Text(texts), Cell::Text(text)) => texts.push(Some(text).filter(|text| !is_blank(text))),
            (Cells::Date(cells), Cell::Text(text)) if !is_blank(text) => match day_of(text) {
                Some(day) => cells.push(Some(day)),
                None => return false,
            },
            (Cells::Time(cells), Cell::Text(text)) if !is_blank(text) => {
                match table::read::instant_of(text) {
                    Some(micros) => cells.push(Some(micros)),
                    None => return false,
                }
            }
            (Cells::Date(_) | Cells::Time(_), Cell::Text(_)) | (_, Cell::Missing) => self.push_missing(),
            (Cells::Boolean(_) | Cells::Integer(_), Cell::Number(value)) if value.is_nan() => {
                self.push_missing();
            }
            _ => return false,
        }
        true
    }

    pub(super) fn push_missing(&mut self) {
        match self {
            Cells::Boolean(cells) => cells.push(None),
            Cells::Integer(cells) | Cells::Time(cells) => cells.push(None),
            Cells::Number(cells) => cells.push(f64::NAN),
            Cells::Text(texts) => texts.push(None),
            Cells::Date(cells) => cells.push(None),
        }
    }

    /// Puts cells of the same kind behind these; those of another leave them as they are.
    pub(super) fn extend(&mut self, more: &Cells) {
        match (self, more) {
            (Cells::Boolean(cells), Cells::Boolean(more)) => cells.extend_from_slice(more),
            (Cells::Integer(cells), Cells::Integer(more)) | (Cells::Time(cells), Cells::Time(more)) => {
                cells.extend_from_slice(more);
            }
            (Cells::Number(cells), Cells::Number(more)) => cells.extend_from_slice(more),
            (Cells::Text(texts), Cells::Text(more)) => {
                (0..more.ends.len()).for_each(|row| texts.push(more.get(row)));
            }
            (Cells::Date(cells), Cells::Date(more)) => cells.extend_from_slice(more),
            _ => {}
        }
    }

    /// Puts numbers behind cells of numbers, of which whole ones take whole ones; NaN is missing.
    pub(super) fn extend_numbers(&mut self, numbers: impl Iterator<Item = f64>) {
        match self {
            Cells::Number(cells) => cells.extend(numbers),
            Cells::Integer(cells) => {
                cells.extend(numbers.map(|value| (!value.is_nan()).then_some(value as i64)))
            }
            _ => {}
        }
    }

    /// A cell as recipes see it.
    pub(super) fn get(&self, row: usize) -> compiled::Cell<'_> {
        fn or_missing<'a, T>(
            cell: Option<T>,
            of: impl FnOnce(T) -> compiled::Cell<'a>,
        ) -> compiled::Cell<'a> {
            cell.map_or(compiled::Cell::Missing, of)
        }
        match self {
            Cells::Number(cells) if cells[row].is_nan() => compiled::Cell::Missing,
            Cells::Number(cells) => compiled::Cell::Number(cells[row]),
            Cells::Integer(cells) => or_missing(cells[row], |value| compiled::Cell::Number(value as f64)),
            Cells::Boolean(cells) => or_missing(cells[row], compiled::Cell::Truth),
            Cells::Text(texts) => or_missing(texts.get(row), compiled::Cell::Text),
            Cells::Date(cells) => or_missing(cells[row], compiled::Cell::Day),
            Cells::Time(cells) => or_missing(cells[row], compiled::Cell::Time),
        }
    }

    pub(crate) fn into_array(self) -> ArrayRef {
        match self {
            Cells::Boolean(cells) => Arc::new(BooleanArray::from(cells)),
            Cells::Integer(cells) => Arc::new(Int64Array::from(cells)),
            // those that are all there are taken as they stand
            Cells::Number(cells) if cells.iter().all(|value| !value.is_nan()) => {
                Arc::new(Float64Array::from(cells))
            }
            Cells::Number(cells) => {
                let there = |value: f64| (!value.is_nan()).then_some(value);
                Arc::new(cells.into_iter().map(there).collect::<Float64Array>())
            }
            Cells::Text(texts) => {
                let rows = 0..texts.ends.len();
                Arc::new(rows.map(|row| texts.get(row)).collect::<StringArray>())
            }
            Cells::Date(cells) => Arc::new(Date32Array::from(cells)),
            Cells::Time(cells) => Arc::new(TimestampMicrosecondArray::from(cells)),
        }
    }
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.text.push_str(text.unwrap_or_default());
        self.ends.push((self.text.len(), text.is_some()));
    }

    fn get(&self, row: usize) -> Option<&str> {
        let (end, is_there) = self.ends[row];
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before].0);
        is_there.then(|| &self.text[start..end])
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
