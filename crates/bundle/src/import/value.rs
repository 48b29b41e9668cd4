//! What JSON and UBJSON say, and how it is asked for: errors name the path of keys.

use super::ImportError;

/// How deep values may be nested; XGBoost needs 7.
pub(super) const MAX_DEPTH: usize = 32;

/// A value; lists of nothing but numbers and truths are kept flat.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Number(f64),
    Text(String),
    Numbers(Vec<f64>),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Appends to a list, which stays flat as long as it can.
    pub(super) fn push(self, item: Value) -> Value {
        match (self, item) {
            (Value::Numbers(mut numbers), Value::Number(number)) => {
                numbers.push(number);
                Value::Numbers(numbers)
            }
            (Value::Numbers(numbers), item) => {
                let mut list: Vec<Value> = numbers.into_iter().map(Value::Number).collect();
                list.push(item);
                Value::List(list)
            }
            (Value::List(mut list), item) => {
                list.push(item);
                Value::List(list)
            }
            (other, _) => other,
        }
    }

    fn kind(&self) -> String {
        match self {
            Value::Null => "nothing".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("`{text}`"),
            Value::Numbers(numbers) => format!("a list of {} numbers", numbers.len()),
            Value::List(list) => format!("a list of {}", list.len()),
            Value::Map(_) => "an object".to_owned(),
        }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Place<'a> {
    pub(super) fn root(value: &'a Value) -> Place<'a> {
        Place {
            value,
            path: String::new(),
        }
    }

    /// Where this is: `learner.objective.name`.
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() {
            "the file"
        } else {
            &self.path
        }
    }

    pub(super) fn wrong(&self, expected: impl ToString) -> ImportError {
        ImportError::malformed(self.path(), self.value.kind(), expected)
    }

    /// The value of a key, if it is there.
    pub(super) fn maybe(&self, key: &str) -> Option<Place<'a>> {
        let Value::Map(entries) = self.value else {
            return None;
        };
        let (_, value) = entries.iter().find(|(name, _)| name == key)?;
        let path = match self.path.is_empty() {
            true => key.to_owned(),
            false => format!("{}.{key}", self.path),
        };
        Some(Place { value, path })
    }

    pub(super) fn key(&self, key: &str) -> Result<Place<'a>, ImportError> {
        self.maybe(key).ok_or_else(|| {
            let found = match self.value {
                Value::Map(_) => format!("no `{key}`"),
                other => other.kind(),
            };
            ImportError::malformed(self.path(), found, format!("an object with `{key}`"))
        })
    }

    pub(super) fn text(&self) -> Result<&'a str, ImportError> {
        match self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("a text")),
        }
    }

    /// A flat list of numbers.
    pub(super) fn numbers(&self) -> Result<&'a [f64], ImportError> {
        match self.value {
            Value::Numbers(numbers) => Ok(numbers),
            _ => Err(self.wrong("a list of numbers")),
        }
    }

    /// A flat list of so many numbers.
    pub(super) fn n_numbers(&self, n: usize) -> Result<&'a [f64], ImportError> {
        let numbers = self.numbers()?;
        if numbers.len() != n {
            return Err(self.wrong(format!("{n} numbers")));
        }
        Ok(numbers)
    }

    /// The entries of a list of anything but numbers.
    pub(super) fn list(&self) -> Result<Vec<Place<'a>>, ImportError> {
        let list: &[Value] = match self.value {
            Value::List(list) => list,
            Value::Numbers(numbers) if numbers.is_empty() => &[],
            _ => return Err(self.wrong("a list")),
        };
        let place = |(position, value)| Place {
            value,
            path: format!("{}[{position}]", self.path),
        };
        Ok(list.iter().enumerate().map(place).collect())
    }

    /// A whole number, which XGBoost writes as a text.
    pub(super) fn count(&self) -> Result<usize, ImportError> {
        let count = match self.value {
            Value::Number(number) if number.fract() == 0.0 && (0.0..1e15).contains(number) => {
                Some(*number as usize)
            }
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        count.ok_or_else(|| self.wrong("a whole number"))
    }
}
