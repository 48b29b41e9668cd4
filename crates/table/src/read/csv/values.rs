//! Columns of text that are numbers, days or times as people write them, read once the whole column is there.

use super::{
    CellReader,
    figure::{Figure, Unit, figure},
    moment::{DayOrder, Written, written},
    part::Notes,
};
use crate::read::Options;
use crate::{ComplaintKind, Kind};
use arrow::array::{
    ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use std::sync::Arc;

/// Cells that are looked at before a whole column is read.
const GLANCE: usize = 200;
/// The fewest days whose distances say in which order they are written.
const MIN_DAYS: usize = 4;
/// A column is of a kind although up to one cell in this many is not.
const TOLERATED_ONE_IN: usize = 100;

/// A column of text, and what it is for.
pub(super) struct Texts<'a> {
    pub(super) name: &'a str,
    pub(super) position: usize,
    pub(super) cells: &'a StringArray,
    pub(super) reader: &'a CellReader<'a>,
    pub(super) rows: &'a [usize],
    /// The kind that was asked for.
    pub(super) asked: Option<Kind>,
    /// Whether the file separates cells with something that leaves the comma for decimals.
    pub(super) is_comma_free: bool,
}

impl Texts<'_> {
    /// The column as numbers, days or times, if its cells are such, with complaints and a sentence on what was guessed.
    pub(super) fn read(
        &self,
        options: &Options,
        notes: &mut Notes,
        guesses: &mut Vec<String>,
    ) -> Option<ArrayRef> {
        let is_for = |kinds: &[Kind]| self.asked.is_none_or(|asked| kinds.contains(&asked));
        let numeric = is_for(&[Kind::Integer, Kind::Number]);
        let temporal = is_for(&[Kind::Date, Kind::Time]);
        if let Some(found) = numeric.then(|| self.numbers(options, notes, guesses)).flatten() {
            return Some(found);
        }
        temporal.then(|| self.moments(options, notes, guesses)).flatten()
    }

    /// The column of a kind that its cells do not have: those that fit, and a complaint for each other.
    pub(super) fn emptied(&self, kind: Kind, notes: &mut Notes) -> ArrayRef {
        let mut builder = super::ColumnBuilder::new(kind);
        for (row, cell) in self.cells.iter().enumerate() {
            let text = cell.unwrap_or("");
            if let Some(kind) = builder.push(self.reader, text) {
                notes.add(
                    kind,
                    Some(self.position),
                    row,
                    self.rows.get(row).copied().unwrap_or(0),
                    text,
                );
            }
        }
        builder.finish()
    }

    fn present(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.cells.iter().enumerate();
        all.filter_map(|(row, cell)| Some((row, cell?)))
            .filter(|(_, cell)| !self.reader.is_null_word(cell.trim()))
    }

    /// Whether at most one cell in a hundred is not read, of the first and then of all.
    fn holds(&self, reads: impl Fn(&str) -> bool) -> bool {
        let is_enough = |n: usize, n_read: usize| 0 < n_read && (n - n_read) * TOLERATED_ONE_IN <= n;
        let glance: Vec<&str> = self.present().take(GLANCE).map(|(_, cell)| cell).collect();
        let n_read = glance.iter().filter(|cell| reads(cell)).count();
        // Room for one odd cell among the first few.
        if glance.is_empty() || (glance.len() - n_read) * 20 > glance.len() {
            return false;
        }
        let (mut n, mut n_read) = (0, 0);
        for (_, cell) in self.present() {
            n += 1;
            n_read += usize::from(reads(cell));
        }
        is_enough(n, n_read)
    }

    fn numbers(&self, options: &Options, notes: &mut Notes, guesses: &mut Vec<String>) -> Option<ArrayRef> {
        let all = ['.', ','];
        let decimals: &[char] = match options.decimal {
            Some(asked) => &[asked],
            None => &all,
        };
        let read = |cell: &str, decimal: char| figure(cell, decimal, options.thousands);
        let fits: Vec<char> = decimals
            .iter()
            .copied()
            .filter(|decimal| self.holds(|cell| read(cell, *decimal).is_some()))
            .collect();
        let decimal = match fits.as_slice() {
            [] => return None,
            [decimal] => *decimal,
            _ if self.is_comma_free && self.have_fractions(&read) => ',',
            _ => '.',
        };
        let figures: Vec<Option<Figure>> = self
            .cells
            .iter()
            .map(|cell| cell.and_then(|cell| read(cell, decimal)))
            .collect();
        let Some(unit) = one_unit(&figures) else {
            guesses.push(format!(
                "column `{}`: numbers with different units, read as text",
                self.name
            ));
            return None;
        };
        if unit == Unit::None && self.asked.is_none() && are_codes(self.cells, &figures) {
            return None;
        }
        if 1 < fits.len()
            && figures
                .iter()
                .flatten()
                .any(|figure| 0 < figure.n_groups || figure.has_fraction)
        {
            let meaning = if decimal == '.' { "thousands" } else { "decimals" };
            guesses.push(format!(
                "column `{}`: a comma may mean thousands or decimals, read as {meaning}",
                self.name
            ));
        }
        self.tell_figures(&figures, decimal, unit, guesses);
        self.note_misfits(notes, |row| figures[row].is_some());
        let is_whole = |figure: &Figure| !figure.has_fraction && figure.value.abs() < 9e15;
        let wants_whole = match self.asked {
            Some(asked) => asked == Kind::Integer,
            None => unit != Unit::Percent && figures.iter().flatten().all(is_whole),
        };
        Some(match wants_whole {
            true => {
                let whole =
                    |figure: &Option<Figure>| figure.filter(is_whole).map(|figure| figure.value as i64);
                Arc::new(figures.iter().map(whole).collect::<Int64Array>())
            }
            false => Arc::new(
                figures
                    .iter()
                    .map(|figure| figure.map(|figure| figure.value))
                    .collect::<Float64Array>(),
            ),
        })
    }

    /// Whether a comma as the decimal sign gives fractions.
    fn have_fractions(&self, read: &impl Fn(&str, char) -> Option<Figure>) -> bool {
        let mut first = self.present().take(GLANCE);
        first.any(|(_, cell)| read(cell, ',').is_some_and(|figure| figure.has_fraction))
    }

    fn tell_figures(&self, figures: &[Option<Figure>], decimal: char, unit: Unit, guesses: &mut Vec<String>) {
        let mut told = Vec::new();
        if decimal == ',' {
            told.push("a comma begins the decimals".to_owned());
        }
        if figures.iter().flatten().any(|figure| 0 < figure.n_groups) {
            told.push("marks of thousands were left out".to_owned());
        }
        match unit {
            Unit::Percent => told.push("percent signs were left out: `5%` is 5".to_owned()),
            Unit::Currency(currency) => told.push(format!("`{currency}` was left out")),
            Unit::None => {}
        }
        if !told.is_empty() {
            guesses.push(format!("column `{}`: {}", self.name, told.join("; ")));
        }
    }

    fn moments(&self, options: &Options, notes: &mut Notes, guesses: &mut Vec<String>) -> Option<ArrayRef> {
        let mut first = self.present().take(GLANCE);
        let n_read = first.by_ref().filter(|(_, cell)| written(cell).is_some()).count();
        if n_read == 0 {
            return None;
        }
        let orders: Vec<DayOrder> = DayOrder::ALL
            .into_iter()
            .filter(|order| options.dates.is_none_or(|asked| asked == *order))
            .filter(|order| {
                self.holds(|cell| written(cell).is_some_and(|written| written.days(*order).is_some()))
            })
            .collect();
        let order = *orders.first()?;
        let all: Vec<Option<Written>> = self.cells.iter().map(|cell| cell.and_then(written)).collect();
        let differ = |a: DayOrder, b: DayOrder| all.iter().flatten().any(|day| day.days(a) != day.days(b));
        let rivals: Vec<DayOrder> = orders
            .into_iter()
            .filter(|other| *other == order || differ(order, *other))
            .collect();
        let order = match rivals.as_slice() {
            [order] => *order,
            _ => self.likelier(&rivals, &all, guesses),
        };
        if rivals.len() == 1 && differ(order, DayOrder::YearMonthDay) && options.dates.is_none() {
            guesses.push(format!(
                "column `{}`: days are written {}",
                self.name,
                order.name()
            ));
        }
        self.note_misfits(notes, |row| all[row].is_some_and(|day| day.days(order).is_some()));
        let has_time = match self.asked {
            Some(asked) => asked == Kind::Time,
            None => all.iter().flatten().any(Written::has_time),
        };
        Some(match has_time {
            true => {
                let micros = all.iter().map(|day| day.and_then(|day| day.micros(order)));
                Arc::new(micros.collect::<TimestampMicrosecondArray>())
            }
            false => Arc::new(
                all.iter()
                    .map(|day| day.and_then(|day| day.days(order)))
                    .collect::<Date32Array>(),
            ),
        })
    }

    /// The order under which neighbouring rows lie closest together, with a word on it.
    fn likelier(&self, orders: &[DayOrder], all: &[Option<Written>], guesses: &mut Vec<String>) -> DayOrder {
        let distance = |order: DayOrder| {
            let days: Vec<i64> = all
                .iter()
                .flatten()
                .filter_map(|day| Some(i64::from(day.days(order)?)))
                .collect();
            days.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<i64>()
        };
        let mut orders = orders.to_vec();
        orders.retain(|order| *order != DayOrder::YearMonthDay || orders_are_all(self.cells));
        let has_slash = self.present().any(|(_, cell)| cell.contains('/'));
        let usual = if has_slash {
            DayOrder::MonthDayYear
        } else {
            DayOrder::DayMonthYear
        };
        orders.sort_by_key(|order| *order != usual);
        let nearest = orders
            .iter()
            .copied()
            .min_by_key(|order| distance(*order))
            .unwrap_or(usual);
        let first = orders.first().copied().unwrap_or(usual);
        let is_clear = MIN_DAYS <= all.iter().flatten().count() && distance(nearest) * 4 < distance(first);
        let order = if is_clear { nearest } else { first };
        guesses.push(format!(
            "column `{}`: days may be written in more than one way, read as {}",
            self.name,
            order.name()
        ));
        order
    }

    fn note_misfits(&self, notes: &mut Notes, fits: impl Fn(usize) -> bool) {
        for (row, cell) in self.cells.iter().enumerate() {
            let Some(cell) = cell.filter(|_| !fits(row)) else {
                continue;
            };
            let kind = match self.reader.is_null_word(cell.trim()) {
                true => ComplaintKind::NullWord,
                false => ComplaintKind::NotOfKind,
            };
            notes.add(
                kind,
                Some(self.position),
                row,
                self.rows.get(row).copied().unwrap_or(0),
                cell,
            );
        }
    }
}

/// Whether every day begins with a year of four digits.
fn orders_are_all(cells: &StringArray) -> bool {
    cells
        .iter()
        .flatten()
        .all(|cell| cell.trim().bytes().take(4).filter(u8::is_ascii_digit).count() == 4)
}

/// The unit of all figures, where some may lack a currency; `None` if there are several.
fn one_unit(figures: &[Option<Figure>]) -> Option<Unit> {
    let mut unit: Option<Unit> = None;
    let mut n_plain = 0usize;
    for figure in figures.iter().flatten() {
        match (figure.unit, unit) {
            (Unit::None, _) => n_plain += 1,
            (found, None) => unit = Some(found),
            (found, Some(known)) if found != known => return None,
            _ => {}
        }
    }
    match unit {
        Some(Unit::Percent) if 0 < n_plain => None,
        Some(unit) => Some(unit),
        None => Some(Unit::None),
    }
}

/// Whether digits in groups of one form alone look like telephone numbers and codes.
fn are_codes(cells: &StringArray, figures: &[Option<Figure>]) -> bool {
    let has_blank = |cell: &str| cell.trim().contains([' ', '\u{a0}']);
    if !cells.iter().flatten().any(has_blank) {
        return false;
    }
    let mut groups: Vec<usize> = figures.iter().flatten().map(|figure| figure.n_groups).collect();
    groups.dedup();
    groups.len() < 2 && !figures.iter().flatten().any(|figure| figure.has_fraction)
}

/// Values that people write for "not known", far from all others of a column of numbers.
pub(super) fn sentinel(name: &str, column: &ArrayRef) -> Option<String> {
    const SENTINELS: [f64; 8] = [
        -99.0, -999.0, -9999.0, -99_999.0, 999.0, 9999.0, 99_999.0, 999_999.0,
    ];
    let values: Box<dyn Iterator<Item = f64>> =
        if let Some(whole) = column.as_primitive_opt::<arrow::datatypes::Int64Type>() {
            Box::new(whole.iter().flatten().map(|value| value as f64))
        } else {
            let numbers = column.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
            Box::new(numbers.iter().flatten())
        };
    let mut counts = [0usize; SENTINELS.len()];
    let (mut low, mut high, mut n_negative, mut n) = (f64::INFINITY, f64::NEG_INFINITY, 0usize, 0usize);
    for value in values {
        n += 1;
        let is_likely = value.abs() < 1e6 && value.abs() > 98.0;
        match is_likely
            .then(|| SENTINELS.iter().position(|known| *known == value))
            .flatten()
        {
            Some(position) => counts[position] += 1,
            None => {
                low = low.min(value);
                high = high.max(value);
                n_negative += usize::from(value < 0.0);
            }
        }
    }
    let found = SENTINELS.iter().zip(counts).find(|(sentinel, count)| {
        let is_apart = match **sentinel < 0.0 {
            true => **sentinel < low - (high - low) && n_negative * 20 < n,
            false => high + (high - low) < **sentinel,
        };
        2 <= *count && is_apart && low < high
    });
    found.map(|(sentinel, count)| {
        format!("column `{name}`: {sentinel} stands in {count} cells far from all others; it may mean missing, and was kept")
    })
}

/// The column without the numbers in `sentinels`, and the rows that held one.
pub(super) fn without(column: &ArrayRef, sentinels: &[f64]) -> Option<(ArrayRef, Vec<(usize, f64)>)> {
    let mut found = Vec::new();
    let mut is_one = |row: usize, value: f64| {
        let is_one = sentinels.contains(&value);
        if is_one {
            found.push((row, value));
        }
        is_one
    };
    let array: ArrayRef = if let Some(whole) = column.as_primitive_opt::<arrow::datatypes::Int64Type>() {
        let kept = whole
            .iter()
            .enumerate()
            .map(|(row, value)| value.filter(|value| !is_one(row, *value as f64)));
        Arc::new(kept.collect::<Int64Array>())
    } else {
        let numbers = column.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
        let kept = numbers
            .iter()
            .enumerate()
            .map(|(row, value)| value.filter(|value| !is_one(row, *value)));
        Arc::new(kept.collect::<Float64Array>())
    };
    (!found.is_empty()).then_some((array, found))
}
