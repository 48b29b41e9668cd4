//! The one evaluator: a value a row, missing propagates.

use super::{Binary, CastTo, Expression, Function, Unary};
use crate::PrepareError;
use stats::math;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;
use table::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray,
};
use table::arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use table::{Kind, MICROS_PER_DAY, Table};

/// One value while it is computed.
#[derive(Clone, Debug, PartialEq)]
enum Value<'a> {
    Null,
    Boolean(bool),
    Number(f64),
    Text(Cow<'a, str>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
}

/// The expression's value for each row of `table`, `(n_rows,)`.
///
/// # Errors
/// [`PrepareError`]: an unknown column, or operands that do not fit.
pub fn evaluate(expression: &Expression, table: &Table) -> Result<ArrayRef, PrepareError> {
    let kind = expression.kind(&table.columns())?;
    let casts_of_times = super::check::casts_of_times(expression, &table.columns());
    let names: Vec<String> = super::columns_of(expression).into_iter().collect();
    let mut columns = Vec::with_capacity(names.len());
    for name in &names {
        columns.push((
            name.as_str(),
            table.column(name)?,
            table.kind(name).expect("the column was just found"),
        ));
    }
    let value = |row: usize| {
        compute(
            expression,
            &Row {
                columns: &columns,
                casts_of_times: &casts_of_times,
                row,
            },
        )
    };
    let rows = 0..table.n_rows();
    Ok(match kind {
        Kind::Boolean => Arc::new(rows.map(|row| value(row).boolean()).collect::<BooleanArray>()),
        Kind::Integer | Kind::Number => {
            let finite = |row| value(row).number().filter(|number| number.is_finite());
            Arc::new(rows.map(finite).collect::<Float64Array>())
        }
        Kind::Text => Arc::new(rows.map(|row| value(row).into_text()).collect::<StringArray>()),
        Kind::Date => Arc::new(rows.map(|row| value(row).date()).collect::<Date32Array>()),
        Kind::Time => Arc::new(
            rows.map(|row| value(row).micros())
                .collect::<TimestampMicrosecondArray>(),
        ),
    })
}

struct Row<'a> {
    columns: &'a [(&'a str, ArrayRef, Kind)],
    /// Casts, by address, whose inner value must first become a time.
    casts_of_times: &'a [*const Expression],
    row: usize,
}

impl<'a> Row<'a> {
    fn cell(&self, name: &str) -> Value<'a> {
        let Some((_, array, kind)) = self.columns.iter().find(|(column, ..)| *column == name) else {
            return Value::Null;
        };
        let row = self.row;
        if array.is_null(row) {
            return Value::Null;
        }
        match kind {
            Kind::Boolean => Value::Boolean(array.as_boolean().value(row)),
            Kind::Integer => Value::Number(array.as_primitive::<Int64Type>().value(row) as f64),
            Kind::Number => Value::Number(array.as_primitive::<Float64Type>().value(row)),
            Kind::Text => Value::Text(Cow::Borrowed(array.as_string::<i32>().value(row))),
            Kind::Date => Value::Date(array.as_primitive::<Date32Type>().value(row)),
            Kind::Time => Value::Time(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        }
    }
}

impl<'a> Value<'a> {
    fn boolean(&self) -> Option<bool> {
        if let Value::Boolean(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    fn number(&self) -> Option<f64> {
        if let Value::Number(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    fn text(&self) -> Option<&str> {
        if let Value::Text(value) = self {
            Some(value)
        } else {
            None
        }
    }

    fn into_text(self) -> Option<String> {
        if let Value::Text(value) = self {
            Some(value.into_owned())
        } else {
            None
        }
    }

    fn date(&self) -> Option<i32> {
        if let Value::Date(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    fn micros(&self) -> Option<i64> {
        match self {
            Value::Time(micros) => Some(*micros),
            Value::Date(days) => i64::from(*days).checked_mul(MICROS_PER_DAY),
            Value::Text(text) => table::read::instant_of(text),
            _ => None,
        }
    }
}

/// A number if it is finite, else missing.
fn finite<'a>(number: f64) -> Value<'a> {
    if number.is_finite() {
        Value::Number(number)
    } else {
        Value::Null
    }
}

fn or_null<'a>(value: Option<Value<'a>>) -> Value<'a> {
    value.unwrap_or(Value::Null)
}

fn compute<'a>(expression: &'a Expression, row: &Row<'a>) -> Value<'a> {
    match expression {
        Expression::Column(name) => row.cell(name),
        Expression::Number(number) => Value::Number(*number),
        Expression::Text(text) => Value::Text(Cow::Borrowed(text)),
        Expression::Boolean(value) => Value::Boolean(*value),
        Expression::Null => Value::Null,
        Expression::Unary(Unary::Negate, inner) => {
            or_null(compute(inner, row).number().map(|number| Value::Number(-number)))
        }
        Expression::Unary(Unary::Not, inner) => {
            or_null(compute(inner, row).boolean().map(|value| Value::Boolean(!value)))
        }
        Expression::Binary(op, left, right) => binary(*op, left, right, row),
        Expression::IsNull(inner) => Value::Boolean(compute(inner, row) == Value::Null),
        Expression::In(inner, list) => is_in(&compute(inner, row), list, row),
        Expression::Like(inner, pattern) => {
            let like = |text: &str| Value::Boolean(matches_like(text, pattern));
            or_null(compute(inner, row).text().map(like))
        }
        Expression::Case(branches, otherwise) => branches
            .iter()
            .find(|(condition, _)| compute(condition, row).boolean() == Some(true))
            .map_or_else(|| compute(otherwise, row), |(_, value)| compute(value, row)),
        Expression::Cast(inner, to) => {
            let value = compute(inner, row);
            let is_time = row.casts_of_times.contains(&std::ptr::from_ref(expression));
            cast(
                if is_time {
                    or_null(value.micros().map(Value::Time))
                } else {
                    value
                },
                *to,
            )
        }
        Expression::Call(function, arguments) => call(*function, arguments, row),
    }
}

fn binary<'a>(op: Binary, left: &'a Expression, right: &'a Expression, row: &Row<'a>) -> Value<'a> {
    let (left, right) = (compute(left, row), compute(right, row));
    match op {
        Binary::And => three_valued(left.boolean(), right.boolean(), false),
        Binary::Or => three_valued(left.boolean(), right.boolean(), true),
        Binary::Concat => match (left.text(), right.text()) {
            (Some(left), Some(right)) => Value::Text(Cow::Owned(format!("{left}{right}"))),
            _ => Value::Null,
        },
        Binary::Equal => compared(&left, &right, |order| order == Ordering::Equal),
        Binary::NotEqual => compared(&left, &right, |order| order != Ordering::Equal),
        Binary::Less => compared(&left, &right, |order| order == Ordering::Less),
        Binary::LessOrEqual => compared(&left, &right, |order| order != Ordering::Greater),
        Binary::Greater => compared(&left, &right, |order| order == Ordering::Greater),
        Binary::GreaterOrEqual => compared(&left, &right, |order| order != Ordering::Less),
        _ => arithmetic(op, &left, &right),
    }
}

/// SQL's `AND` and `OR`: `deciding` settles the result whatever the other side is.
fn three_valued<'a>(left: Option<bool>, right: Option<bool>, deciding: bool) -> Value<'a> {
    match (left, right) {
        (Some(value), _) | (_, Some(value)) if value == deciding => Value::Boolean(deciding),
        (Some(_), Some(_)) => Value::Boolean(!deciding),
        _ => Value::Null,
    }
}

fn compared<'a>(left: &Value<'_>, right: &Value<'_>, accept: impl Fn(Ordering) -> bool) -> Value<'a> {
    or_null(order(left, right).map(|order| Value::Boolean(accept(order))))
}

fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        (left, right) => Some(left.micros()?.cmp(&right.micros()?)),
    }
}

fn arithmetic<'a>(op: Binary, left: &Value<'_>, right: &Value<'_>) -> Value<'a> {
    if let (Value::Date(days), Some(number)) = (left, right.number()) {
        let moved = if op == Binary::Add {
            f64::from(*days) + number
        } else {
            f64::from(*days) - number
        };
        return if moved.abs() < 2e7 {
            Value::Date(moved.floor() as i32)
        } else {
            Value::Null
        };
    }
    if let (Value::Date(left), Value::Date(right)) = (left, right) {
        return Value::Number(f64::from(*left) - f64::from(*right));
    }
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        return finite(match op {
            Binary::Add => left + right,
            Binary::Subtract => left - right,
            Binary::Multiply => left * right,
            Binary::Divide => left / right,
            _ => left % right,
        });
    }
    match (left.micros(), right.micros()) {
        (Some(left), Some(right)) => finite((left as f64 - right as f64) / MICROS_PER_DAY as f64),
        _ => Value::Null,
    }
}

fn is_in<'a>(value: &Value<'_>, list: &'a [Expression], row: &Row<'a>) -> Value<'a> {
    if *value == Value::Null {
        return Value::Null;
    }
    let mut unknown = false;
    for item in list {
        let item = compute(item, row);
        match order(value, &item) {
            Some(Ordering::Equal) => return Value::Boolean(true),
            None if item == Value::Null => unknown = true,
            _ => {}
        }
    }
    if unknown {
        Value::Null
    } else {
        Value::Boolean(false)
    }
}

/// `%` is any run of characters, `_` any one; linear in the text for each `%`.
fn matches_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                retry = Some((t, p));
                p += 1;
            }
            Some(c) if *c == '_' || *c == text[t] => (t, p) = (t + 1, p + 1),
            _ => match retry {
                Some((start, star)) => {
                    retry = Some((start + 1, star));
                    (t, p) = (start + 1, star + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

fn cast<'a>(value: Value<'a>, to: CastTo) -> Value<'a> {
    match (to, value) {
        (_, Value::Null) => Value::Null,
        // As in SQL, a number loses its fraction, and a text with one is no whole number.
        (CastTo::Whole, Value::Number(number)) => Value::Number(number.trunc()),
        (CastTo::Whole, value) => match cast(value, CastTo::Number) {
            Value::Number(number) if number.fract() == 0.0 => Value::Number(number),
            _ => Value::Null,
        },
        (CastTo::Number, Value::Number(number)) => Value::Number(number),
        (CastTo::Number, Value::Boolean(value)) => Value::Number(f64::from(u8::from(value))),
        (CastTo::Number, Value::Text(text)) => or_null(text.trim().parse().ok().map(finite)),
        (CastTo::Number, Value::Date(days)) => Value::Number(f64::from(days)),
        (CastTo::Number, Value::Time(micros)) => Value::Number(micros as f64),
        (CastTo::Boolean, Value::Boolean(value)) => Value::Boolean(value),
        (CastTo::Boolean, Value::Number(number)) => Value::Boolean(number != 0.0),
        (CastTo::Boolean, Value::Text(text)) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "1" => Value::Boolean(true),
            "false" | "no" | "0" => Value::Boolean(false),
            _ => Value::Null,
        },
        (CastTo::Boolean, Value::Date(_) | Value::Time(_)) => Value::Null,
        (CastTo::Text, Value::Text(text)) => Value::Text(text),
        (CastTo::Text, Value::Number(number)) => Value::Text(Cow::Owned(number.to_string())),
        (CastTo::Text, Value::Boolean(value)) => Value::Text(Cow::Owned(value.to_string())),
        (CastTo::Text, Value::Date(days)) => temporal_text(&Date32Array::from(vec![days])),
        (CastTo::Text, Value::Time(micros)) => temporal_text(&TimestampMicrosecondArray::from(vec![micros])),
    }
}

fn temporal_text<'a>(one: &dyn Array) -> Value<'a> {
    or_null(table::write::cell_text(one, 0).map(|text| Value::Text(Cow::Owned(text))))
}

fn call<'a>(function: Function, arguments: &'a [Expression], row: &Row<'a>) -> Value<'a> {
    let mut values = arguments.iter().map(|argument| compute(argument, row));
    match function {
        Function::Coalesce => values.find(|value| *value != Value::Null).unwrap_or(Value::Null),
        Function::Least => extreme(values, f64::min),
        Function::Greatest => extreme(values, f64::max),
        Function::NullIf => {
            let (first, second) = (or_null(values.next()), or_null(values.next()));
            if order(&first, &second) == Some(Ordering::Equal) {
                Value::Null
            } else {
                first
            }
        }
        _ => {
            let values: Vec<Value<'a>> = values.collect();
            let first = &values[0];
            or_null(
                numeric(function, first, values.get(1))
                    .or_else(|| textual(function, &values))
                    .or_else(|| temporal(function, first)),
            )
        }
    }
}

fn extreme<'a>(values: impl Iterator<Item = Value<'a>>, pick: fn(f64, f64) -> f64) -> Value<'a> {
    or_null(
        values
            .filter_map(|value| value.number())
            .reduce(pick)
            .map(Value::Number),
    )
}

fn numeric<'a>(function: Function, first: &Value<'_>, second: Option<&Value<'_>>) -> Option<Value<'a>> {
    let number = first.number()?;
    Some(finite(match function {
        Function::Abs => number.abs(),
        Function::Sqrt => number.sqrt(),
        Function::Ln => math::ln(number),
        Function::Exp => math::exp(number),
        Function::Power => math::pow(number, second?.number()?),
        Function::Floor => number.floor(),
        Function::Ceil => number.ceil(),
        Function::Round => number.round(),
        _ => return None,
    }))
}

fn textual<'a>(function: Function, values: &[Value<'_>]) -> Option<Value<'a>> {
    let text = values[0].text()?;
    let owned = |text: String| Value::Text(Cow::Owned(text));
    Some(match function {
        Function::Lower => owned(text.to_lowercase()),
        Function::Upper => owned(text.to_uppercase()),
        Function::Trim => owned(text.trim().to_owned()),
        Function::Length => Value::Number(text.chars().count() as f64),
        Function::StartsWith => Value::Boolean(text.starts_with(values[1].text()?)),
        Function::Contains => Value::Boolean(text.contains(values[1].text()?)),
        Function::Substr => {
            // Casts of floats saturate, so that absurd positions are only far away.
            let from = (values[1].number()? as usize).max(1) - 1;
            owned(
                text.chars()
                    .skip(from)
                    .take(values[2].number()? as usize)
                    .collect(),
            )
        }
        _ => return None,
    })
}

fn temporal<'a>(function: Function, first: &Value<'_>) -> Option<Value<'a>> {
    let part = match function {
        Function::Year => DatePart::Year,
        Function::Month => DatePart::Month,
        Function::Day => DatePart::Day,
        Function::Weekday => DatePart::Weekday,
        Function::Hour => DatePart::Hour,
        Function::EpochDays => DatePart::EpochDays,
        _ => return None,
    };
    Some(Value::Number(part.of(first.micros()?)))
}

/// A number taken from a day or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// The year.
    Year,
    /// 1 to 12.
    Month,
    /// 1 to 31.
    Day,
    /// Monday = 1 to Sunday = 7.
    Weekday,
    /// 0 to 23.
    Hour,
    /// Days since 1970-01-01, with fractions.
    EpochDays,
}

impl DatePart {
    /// The part's name, as in a feature's name.
    pub fn name(self) -> &'static str {
        match self {
            DatePart::Year => "year",
            DatePart::Month => "month",
            DatePart::Day => "day",
            DatePart::Weekday => "weekday",
            DatePart::Hour => "hour",
            DatePart::EpochDays => "epoch_days",
        }
    }

    /// The part of an instant given in microseconds since 1970-01-01 UTC (proleptic Gregorian calendar).
    pub fn of(self, micros: i64) -> f64 {
        let (days, of_day) = (
            micros.div_euclid(MICROS_PER_DAY),
            micros.rem_euclid(MICROS_PER_DAY),
        );
        self.at(days, of_day, micros as f64)
    }

    /// The part of the beginning of a day, counted since 1970-01-01: also of days that no instant in microseconds reaches.
    pub fn of_day(self, days: i32) -> f64 {
        self.at(i64::from(days), 0, f64::from(days) * MICROS_PER_DAY as f64)
    }

    fn at(self, days: i64, micros_of_day: i64, micros: f64) -> f64 {
        let (year, month, day) = civil(days);
        match self {
            DatePart::Year => year as f64,
            DatePart::Month => month as f64,
            DatePart::Day => day as f64,
            // 1970-01-01 was a Thursday.
            DatePart::Weekday => ((days + 3).rem_euclid(7) + 1) as f64,
            DatePart::Hour => (micros_of_day / 3_600_000_000) as f64,
            DatePart::EpochDays => micros / MICROS_PER_DAY as f64,
        }
    }
}

/// Year, month and day of a day number; years are counted from March, so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
