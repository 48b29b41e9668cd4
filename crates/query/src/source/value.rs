//! Cells of databases as values of a column's kind.

use std::sync::Arc;
use table::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use table::{ComplaintKind, Kind, MICROS_PER_DAY};

/// Every number of so many digits comes back from a number of 64 bits.
const EXACT_DIGITS: usize = 15;
/// The day of 1970-01-01 at noon, as SQLite counts days.
const JULIAN_EPOCH: f64 = 2_440_587.5;

/// A cell as a database gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'v> {
    Missing,
    Integer(i64),
    Number(f64),
    Text(&'v str),
}

/// One growing column.
pub(super) enum Builder {
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
}

impl Builder {
    pub(super) fn new(kind: Kind) -> Builder {
        match kind {
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Number => Builder::Number(Float64Builder::new()),
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::new()),
        }
    }

    /// Adds a cell, or a missing one in its place and why.
    pub(super) fn push(&mut self, value: Value<'_>) -> Option<ComplaintKind> {
        let is_missing = value == Value::Missing;
        let is_endless = match value {
            Value::Number(number) => !number.is_finite(),
            Value::Text(text) => is_endless(text) && !matches!(self, Builder::Text(_)),
            _ => false,
        };
        let has_fitted = match self {
            Builder::Boolean(builder) => append(truth(value), |value| builder.append_option(value)),
            Builder::Integer(builder) => append(whole(value), |value| builder.append_option(value)),
            Builder::Number(builder) => append(number(value), |value| builder.append_option(value)),
            Builder::Date(builder) => {
                let day = moment(value).map(|micros| micros.div_euclid(MICROS_PER_DAY));
                append(day.and_then(|day| i32::try_from(day).ok()), |value| {
                    builder.append_option(value)
                })
            }
            Builder::Time(builder) => append(moment(value), |value| builder.append_option(value)),
            Builder::Text(builder) => append(spelt(value), |value| builder.append_option(value)),
        };
        match (has_fitted || is_missing, is_endless) {
            (true, _) => None,
            (false, true) => Some(ComplaintKind::NotFinite),
            (false, false) => Some(ComplaintKind::NotOfKind),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Boolean(builder) => Arc::new(builder.finish()),
            Builder::Integer(builder) => Arc::new(builder.finish()),
            Builder::Number(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Time(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Hands `value` on; whether there is one.
fn append<T>(value: Option<T>, mut add: impl FnMut(Option<T>)) -> bool {
    let is_there = value.is_some();
    add(value);
    is_there
}

fn is_endless(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity" | "infinity" | "-infinity")
}

fn truth(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Integer(0) | Value::Text("f" | "false") => Some(false),
        Value::Integer(1) | Value::Text("t" | "true") => Some(true),
        _ => None,
    }
}

fn whole(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(number),
        Value::Text(text) => text.parse().ok(),
        Value::Number(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
            Some(number as i64)
        }
        _ => None,
    }
}

fn number(value: Value<'_>) -> Option<f64> {
    let number = match value {
        Value::Integer(number) => number as f64,
        Value::Number(number) => number,
        Value::Text(text) => text.parse().ok()?,
        Value::Missing => return None,
    };
    number.is_finite().then_some(number)
}

/// Microseconds since 1970-01-01 UTC: texts are ISO 8601, whole numbers seconds since then, others days as SQLite has them.
fn moment(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Text(text) => {
            // Times are asked for in UTC, which some write as `+00`.
            let text = text.strip_suffix("+00").unwrap_or(text);
            table::read::instant_of(text)
        }
        Value::Integer(seconds) => seconds.checked_mul(1_000_000),
        Value::Number(days) => {
            let micros = ((days - JULIAN_EPOCH) * MICROS_PER_DAY as f64).round();
            (micros.is_finite() && micros.abs() < i64::MAX as f64).then_some(micros as i64)
        }
        Value::Missing => None,
    }
}

fn spelt(value: Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_owned()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Missing => None,
    }
}

/// Whether a decimal has more digits than a number of 64 bits is sure to keep.
pub(super) fn inexact(text: &str) -> Option<ComplaintKind> {
    let plain = text.trim_start_matches('-');
    let digits: String = plain.chars().filter(char::is_ascii_digit).collect();
    let of_fraction = if plain.contains('.') {
        digits.trim_end_matches('0')
    } else {
        &digits
    };
    let is_long = EXACT_DIGITS < of_fraction.trim_start_matches('0').trim_end_matches('0').len();
    is_long.then_some(ComplaintKind::LongDecimal)
}
