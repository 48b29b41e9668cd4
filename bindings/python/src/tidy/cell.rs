//! What may stand in a field of a result.

use super::{Cell, Value};
use crate::array::Array;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Names that came with pickles and are no name of ours: so many are kept at most.
const MOST_FOREIGN_NAMES: usize = 1000;

/// Numbers are equal when their bits are, so that NaN equals itself.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Missing, Value::Missing) => true,
            (Value::Truth(a), Value::Truth(b)) => a == b,
            (Value::Whole(a), Value::Whole(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Record(a), Value::Record(b)) => a == b,
            _ => false,
        }
    }
}

impl Cell for f64 {
    fn value(&self) -> Value {
        Value::Number(*self)
    }

    fn of(value: &Value) -> Option<f64> {
        match value {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }
}

impl Cell for bool {
    fn value(&self) -> Value {
        Value::Truth(*self)
    }

    fn of(value: &Value) -> Option<bool> {
        match value {
            Value::Truth(truth) => Some(*truth),
            _ => None,
        }
    }
}

macro_rules! whole_cell {
    ($($kind:ty),+) => { $(
        impl Cell for $kind {
            fn value(&self) -> Value {
                Value::Whole(*self as u64)
            }

            fn of(value: &Value) -> Option<$kind> {
                match value {
                    Value::Whole(whole) => <$kind>::try_from(*whole).ok(),
                    _ => None,
                }
            }
        }
    )+ };
}

whole_cell!(u64, u32, usize);

impl Cell for String {
    fn value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn of(value: &Value) -> Option<String> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

/// Names of methods and effects, which live as long as the program.
impl Cell for &'static str {
    fn value(&self) -> Value {
        Value::Text((*self).to_owned())
    }

    fn of(value: &Value) -> Option<&'static str> {
        static FOREIGN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
        let Value::Text(text) = value else {
            return None;
        };
        let mut names = FOREIGN.lock().unwrap_or_else(PoisonError::into_inner);
        let names = names.get_or_insert_default();
        if let Some(known) = names.get(text.as_str()) {
            return Some(known);
        }
        if MOST_FOREIGN_NAMES <= names.len() || 200 < text.len() {
            return None;
        }
        let name: &'static str = Box::leak(text.clone().into_boxed_str());
        names.insert(name);
        Some(name)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Missing, Cell::value)
    }

    fn of(value: &Value) -> Option<Option<T>> {
        match value {
            Value::Missing => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

impl<T: Cell> Cell for Vec<T> {
    fn value(&self) -> Value {
        Value::List(self.iter().map(Cell::value).collect())
    }

    fn of(value: &Value) -> Option<Vec<T>> {
        match value {
            Value::List(items) => items.iter().map(T::of).collect(),
            _ => None,
        }
    }
}

impl<A: Cell, B: Cell> Cell for (A, B) {
    fn value(&self) -> Value {
        Value::List(vec![self.0.value(), self.1.value()])
    }

    fn of(value: &Value) -> Option<(A, B)> {
        match value {
            Value::List(items) => match &items[..] {
                [a, b] => Some((A::of(a)?, B::of(b)?)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl<A: Cell, B: Cell, C: Cell> Cell for (A, B, C) {
    fn value(&self) -> Value {
        Value::List(vec![self.0.value(), self.1.value(), self.2.value()])
    }

    fn of(value: &Value) -> Option<(A, B, C)> {
        match value {
            Value::List(items) => match &items[..] {
                [a, b, c] => Some((A::of(a)?, B::of(b)?, C::of(c)?)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Numbers along one axis are a list, along two a list of rows.
impl Cell for Array {
    fn value(&self) -> Value {
        let (numbers, n_columns) = self.numbers_and_columns();
        let list = |numbers: &[f64]| Value::List(numbers.iter().map(Cell::value).collect());
        match n_columns {
            None => list(numbers),
            Some(n_columns) => Value::List(numbers.chunks(n_columns.max(1)).map(list).collect()),
        }
    }

    fn of(value: &Value) -> Option<Array> {
        if let Some(numbers) = Vec::<f64>::of(value) {
            return Some(Array::list(numbers));
        }
        let rows = Vec::<Vec<f64>>::of(value)?;
        let n_columns = rows.first()?.len();
        let is_even = rows.iter().all(|row| row.len() == n_columns);
        is_even.then(|| Array::numbers(rows.concat(), &[rows.len(), n_columns]))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        number.value()
    }
}

impl From<u64> for Value {
    fn from(whole: u64) -> Value {
        whole.value()
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        truth.value()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Missing, Into::into)
    }
}
