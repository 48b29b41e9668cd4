//! The one way from raw rows to features: training, batch, HTTP, Python and C all come through here.

use super::{Encoding, Positions, Recipe};
use crate::expression::evaluate;
use crate::{FeatureColumn, Features, MISSING_CODE, PrepareError};
use std::sync::Arc;
use table::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, TimestampMicrosecondArray};
use table::arrow::compute::cast;
use table::arrow::datatypes::{DataType, Date32Type, Float64Type, TimestampMicrosecondType};
use table::read::instant_of;
use table::write::cell_text;
use table::{Kind, MICROS_PER_DAY, Table};

impl Recipe {
    /// The rows of `table` as a bundle's caller sends them: exactly the inputs, in their kinds.
    ///
    /// Whole numbers become numbers, which is all that features and expressions know. Truths stand for 1 and 0, and
    /// 1 and 0 for truths; where a text is expected, numbers and truths become the text of a category
    /// ([`table::category_texts`]). Days, times and their ISO 8601
    /// texts stand in for each other (the day of a time is its day in UTC), and a column of nothing but missing for
    /// any kind. Empty and blank text is missing, whatever the rows came in.
    ///
    /// # Errors
    /// [`PrepareError::UnknownColumn`] for a missing column, [`PrepareError::WrongKind`].
    pub fn align(&self, table: &Table) -> Result<Table, PrepareError> {
        let mut columns = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let cells = table::blank_is_missing(&table.column(&input.name)?);
            let found = table.kind(&input.name).expect("the column was just found");
            let expected = input.kind().unwrap_or(Kind::Text);
            let wrong = || PrepareError::WrongKind {
                column: input.name.clone(),
                found: found.to_string(),
                expected: expected.to_string(),
            };
            let all_missing = cells.null_count() == cells.len();
            let cells = match (found, expected) {
                (found, expected) if found.is_numeric() && expected.is_numeric() => {
                    cast(&cells, &DataType::Float64).map_err(|_| wrong())?
                }
                (found, expected) if found == expected => cells,
                (Kind::Boolean, expected) if expected.is_numeric() => {
                    cast(&cells, &DataType::Float64).map_err(|_| wrong())?
                }
                (found, Kind::Boolean) if found.is_numeric() => truths(&cells).ok_or_else(wrong)?,
                (found, Kind::Text) if found.is_numeric() || found == Kind::Boolean => {
                    table::category_texts(&cells).map_err(|_| wrong())?
                }
                (found, Kind::Date | Kind::Time) if found != Kind::Boolean && !found.is_numeric() => {
                    temporal(cells.as_ref(), expected).ok_or_else(wrong)?
                }
                (_, expected) if all_missing => {
                    let kind = if expected == Kind::Integer {
                        Kind::Number
                    } else {
                        expected
                    };
                    table::arrow::array::new_null_array(&kind.data_type(), cells.len())
                }
                _ => return Err(wrong()),
            };
            columns.push((input.name.clone(), cells));
        }
        Ok(Table::new(columns)?)
    }

    /// What the model sees of each row, `(n_rows, n_features)`; `table` needs at least the inputs.
    ///
    /// # Errors
    /// As [`Recipe::align`].
    pub fn apply(&self, table: &Table) -> Result<Features, PrepareError> {
        let mut table = self.align(table)?;
        for derived in &self.derived {
            table = table.with_column(&derived.name, evaluate(&derived.expression, &table)?)?;
        }
        let columns: Result<Vec<FeatureColumn>, PrepareError> = self
            .features
            .iter()
            .map(|feature| {
                let cells = table.column(&feature.column)?;
                encode(&feature.encoding, cells.as_ref()).ok_or_else(|| PrepareError::WrongKind {
                    column: feature.column.clone(),
                    found: cells.data_type().to_string(),
                    expected: "the kind it had in training".to_owned(),
                })
            })
            .collect();
        Ok(Features {
            n_rows: table.n_rows(),
            columns: columns?,
        })
    }
}

/// Truths from ones and zeros; `None` if there are other numbers.
fn truths(cells: &ArrayRef) -> Option<ArrayRef> {
    let numbers = cast(cells, &DataType::Float64).ok()?;
    let numbers = numbers.as_primitive::<Float64Type>();
    let is_truth = |value: f64| value == 0.0 || value == 1.0;
    let are_truths = numbers.iter().flatten().all(is_truth);
    let truths = numbers.iter().map(|value| value.map(|value| value == 1.0));
    are_truths.then(|| Arc::new(truths.collect::<BooleanArray>()) as ArrayRef)
}

/// Days or times from days, times or their texts; `None` if a text is neither.
fn temporal(cells: &dyn Array, to: Kind) -> Option<ArrayRef> {
    let mut instants = Vec::with_capacity(cells.len());
    for row in 0..cells.len() {
        let instant = match cell_text(cells, row) {
            Some(text) if text.trim().is_empty() => None,
            Some(text) => Some(instant_of(&text)?),
            None => None,
        };
        instants.push(instant);
    }
    Some(match to {
        Kind::Date => {
            let days = instants
                .iter()
                .map(|instant| instant.map(|micros| micros.div_euclid(MICROS_PER_DAY) as i32));
            Arc::new(days.collect::<Date32Array>())
        }
        _ => Arc::new(TimestampMicrosecondArray::from(instants)),
    })
}

fn encode(encoding: &Encoding, cells: &dyn Array) -> Option<FeatureColumn> {
    let numbers = |value: &dyn Fn(usize) -> f64| {
        let or_missing = |row| if cells.is_null(row) { f64::NAN } else { value(row) };
        Some(FeatureColumn::Number((0..cells.len()).map(or_missing).collect()))
    };
    match (encoding, cells.data_type()) {
        (Encoding::Number, DataType::Boolean) => {
            let cells = cells.as_boolean();
            numbers(&|row| f64::from(u8::from(cells.value(row))))
        }
        (Encoding::Number, DataType::Float64) => {
            let cells = cells.as_primitive::<Float64Type>();
            numbers(&|row| cells.value(row))
        }
        (Encoding::Date(part), DataType::Date32) => {
            let cells = cells.as_primitive::<Date32Type>();
            numbers(&|row| part.of_day(cells.value(row)))
        }
        (Encoding::Date(part), DataType::Timestamp(..)) => {
            let cells = cells.as_primitive::<TimestampMicrosecondType>();
            numbers(&|row| part.of(cells.value(row)))
        }
        (Encoding::Category { levels }, DataType::Utf8) => {
            let cells = cells.as_string::<i32>();
            let positions: Positions<&str> = Positions::of(levels);
            let other = levels.len() as u32;
            let code = |row| match cells.is_null(row) {
                true => MISSING_CODE,
                false => positions.of_text(cells.value(row)).unwrap_or(other),
            };
            Some(FeatureColumn::Category {
                codes: (0..cells.len()).map(code).collect(),
                n_levels: other + 1,
            })
        }
        _ => None,
    }
}
