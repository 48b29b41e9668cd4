//! Columns from the cells of a sheet: numbers, truths and days are what their cells say, and a text is a text.

use super::cells::Grid;
use crate::read::Options;
use crate::read::csv::{Cell, CellReader, ColumnBuilder, Inference};
use crate::{ComplaintKind, Complaints, Kind};
use arrow::array::ArrayRef;
use calamine::{DataRef, ExcelDateTime};
use chrono::NaiveDate;
use std::borrow::Cow;

/// From here on, different whole numbers are one number of 64 bits: 2^53 and 2^53 + 1.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The day behind the last one that a sheet knows, 9999-12-31.
const END_OF_DAYS: f64 = 2_958_466.0;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// The columns of the given rows.
pub(super) fn build(
    grid: &Grid<'_>,
    rows: &[usize],
    names: &[String],
    options: &Options,
    complaints: &mut Complaints,
    guesses: &mut Vec<String>,
) -> Vec<ArrayRef> {
    let reader = CellReader::new(&options.null_words);
    let column = |(position, name): (usize, &String)| {
        let column = Column {
            grid,
            rows,
            position,
            name,
            reader: &reader,
        };
        column.build(options, complaints, guesses)
    };
    names.iter().enumerate().map(column).collect()
}

struct Column<'g, 'w> {
    grid: &'g Grid<'w>,
    rows: &'g [usize],
    position: usize,
    name: &'g str,
    reader: &'g CellReader<'g>,
}

impl Column<'_, '_> {
    fn values(&self) -> impl Iterator<Item = &DataRef<'_>> {
        let cell = |row: &usize| self.grid.cell(*row, self.position);
        self.rows.iter().filter_map(cell).map(|cell| &cell.value)
    }

    fn build(&self, options: &Options, complaints: &mut Complaints, guesses: &mut Vec<String>) -> ArrayRef {
        let asked = options.kinds.get(self.name).copied();
        // Numbers stored as texts count where others are stored as numbers; alone, they are texts.
        let has_numbers = self.values().any(is_number);
        let is_read = asked.is_some() || has_numbers;
        let kind = asked.unwrap_or_else(|| self.kind(is_read));
        if asked.is_none() {
            guesses.extend(self.said(has_numbers, kind));
        }
        let mut builder = ColumnBuilder::new(kind);
        for (position, row) in self.rows.iter().enumerate() {
            let Some(cell) = self.grid.cell(*row, self.position) else {
                builder.push_null();
                continue;
            };
            let text = text_of(&cell.value);
            let read = self.read(&cell.value, &text, is_read);
            let complaint = match why_missing(cell) {
                Some(kind) => {
                    builder.push_null();
                    Some(kind)
                }
                None => builder
                    .push_cell(&read, &text)
                    .or_else(|| is_inexact(&cell.value).then_some(ComplaintKind::Inexact)),
            };
            if let Some(kind) = complaint {
                let line = u64::from(cell.row) + 1;
                complaints.add(kind, Some(self.name), position as u64 + 1, line, &text);
            }
        }
        builder.finish()
    }

    fn kind(&self, is_read: bool) -> Kind {
        let mut inference = Inference::default();
        for value in self.values().filter(|value| says_something(value)) {
            inference.see_cell(self.read(value, &text_of(value), is_read));
        }
        inference.kind()
    }

    /// What a cell is; a text that spells a number is one where `is_read`, and days and times in ISO form always are.
    fn read<'t>(&self, value: &DataRef<'_>, text: &'t str, is_read: bool) -> Cell<'t> {
        match value {
            DataRef::Bool(truth) => Cell::Boolean(*truth),
            DataRef::Int(number) => Cell::Integer(*number),
            value if !says_something(value) => Cell::NullWord,
            DataRef::Float(number) => number_cell(*number),
            DataRef::DateTime(moment) => moment_cell(moment),
            _ => match self.reader.read(text) {
                Cell::Integer(_) | Cell::Number(_) | Cell::Long(_) | Cell::Boolean(_) if !is_read => {
                    Cell::Text(text)
                }
                cell => cell,
            },
        }
    }

    /// What a reader should know of a column.
    fn said(&self, has_numbers: bool, kind: Kind) -> Option<String> {
        let name = self.name;
        let is_span = |value: &DataRef<'_>| matches!(value, DataRef::DateTime(moment) if is_span(moment));
        if kind == Kind::Number && self.values().any(is_span) {
            return Some(format!("`{name}`: times of day or durations, as shares of a day"));
        }
        let mut texts = self.values().peekable();
        let spells_number = |value: &DataRef<'_>| {
            matches!(
                self.reader.read(&text_of(value)),
                Cell::Integer(_) | Cell::Number(_)
            )
        };
        let are_numbers = !has_numbers && texts.peek().is_some() && texts.all(spells_number);
        are_numbers.then(|| {
            format!(
                "`{name}`: numbers stored as text, read as text; hint: `types = {{ {name} = \"number\" }}`"
            )
        })
    }
}

/// Why a cell is missing whatever its column's kind.
fn why_missing(cell: &super::cells::Cell<'_>) -> Option<ComplaintKind> {
    let is_infinite = |value: f64| value.is_infinite();
    match &cell.value {
        _ if cell.is_open => Some(ComplaintKind::NoResult),
        value if says_something(value) => None,
        DataRef::Float(number) if is_infinite(*number) => Some(ComplaintKind::NotFinite),
        DataRef::DateTime(moment) if is_infinite(moment.as_f64()) => Some(ComplaintKind::NotFinite),
        _ => Some(ComplaintKind::ErrorCell),
    }
}

/// Whether a cell is no error; programs other than Excel write `NaN` and infinity as numbers.
fn says_something(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Error(_) => false,
        DataRef::Float(number) => number.is_finite(),
        DataRef::DateTime(moment) => moment.as_f64().is_finite(),
        _ => true,
    }
}

/// A whole number whose last digits may not be those that were written.
fn is_inexact(value: &DataRef<'_>) -> bool {
    matches!(value, DataRef::Float(number) if EXACT <= number.abs() && number.is_finite())
}

fn is_number(value: &DataRef<'_>) -> bool {
    matches!(value, DataRef::Float(_) | DataRef::Int(_))
}

/// A time of day or a length of time, which has no day.
fn is_span(moment: &ExcelDateTime) -> bool {
    let value = moment.as_f64();
    moment.is_duration() || value < 1.0 || END_OF_DAYS <= value
}

fn number_cell(number: f64) -> Cell<'static> {
    match number.fract() == 0.0 && number.abs() < EXACT {
        true => Cell::Integer(number as i64),
        false => Cell::Number(number),
    }
}

fn moment_cell(moment: &ExcelDateTime) -> Cell<'static> {
    if is_span(moment) || !moment.as_f64().is_finite() {
        return Cell::Number(moment.as_f64());
    }
    match millis(moment) {
        Some(millis) if millis % MILLIS_PER_DAY == 0 && moment.as_f64().fract() == 0.0 => {
            Cell::Date((millis / MILLIS_PER_DAY) as i32)
        }
        Some(millis) => Cell::Time(millis * 1000),
        // 1900-02-29, which sheets know and calendars do not.
        None => Cell::Number(moment.as_f64()),
    }
}

/// Milliseconds since 1970-01-01, the finest that a sheet tells.
fn millis(moment: &ExcelDateTime) -> Option<i64> {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let day = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?;
    let time = day.and_hms_milli_opt(hour.into(), minute.into(), second.into(), milli.into())?;
    Some(time.and_utc().timestamp_millis())
}

/// A cell as a file of separated values would hold it.
pub(super) fn text_of<'v>(value: &'v DataRef<'_>) -> Cow<'v, str> {
    match value {
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cow::Borrowed(text)
        }
        DataRef::SharedString(text) => Cow::Borrowed(text),
        DataRef::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        DataRef::Int(number) => Cow::Owned(number.to_string()),
        DataRef::Float(number) => Cow::Owned(number.to_string()),
        DataRef::Error(error) => Cow::Owned(error.to_string()),
        DataRef::DateTime(moment) => Cow::Owned(moment_text(moment)),
    }
}

fn moment_text(moment: &ExcelDateTime) -> String {
    let time = match moment_cell(moment) {
        Cell::Date(days) => chrono::DateTime::from_timestamp(i64::from(days) * 86_400, 0)
            .map(|time| time.format("%Y-%m-%d").to_string()),
        Cell::Time(micros) => chrono::DateTime::from_timestamp_micros(micros)
            .map(|time| time.format("%Y-%m-%dT%H:%M:%S%.f").to_string()),
        _ => None,
    };
    time.unwrap_or_else(|| moment.as_f64().to_string())
}
