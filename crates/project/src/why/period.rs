//! Which rows are before, and which after.

use crate::question::Refusal;
use table::arrow::array::{Array, ArrayRef, AsArray};
use table::arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use table::{Kind, MICROS_PER_DAY, Table};

/// Two periods or groups of one table, told apart by a column.
///
/// Texts, truths and numbers name a group: `2013`, `Two year`. Days and times are named by year, month or day, `2013`,
/// `2013-07`, `2013-07-14`, or by two of these with ` to ` between, both inside. Numbers take `10 to 20` as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    /// The column.
    pub by: String,
    /// What it says before.
    pub before: String,
    /// What it says after.
    pub after: String,
}

impl Periods {
    /// Which rows are before (`false`) and after (`true`); `None` for all others.
    ///
    /// # Errors
    /// A [`Refusal`]: no such column, a period that cannot be read or has no row, periods that overlap.
    pub fn of(&self, table: &Table) -> Result<Vec<Option<bool>>, Refusal> {
        let refused = |key, found: String, expected: String| Refusal { key, found, expected };
        let array = table.column(&self.by).map_err(|error| {
            refused(
                "by",
                error.to_string(),
                "the column that tells the periods apart".to_owned(),
            )
        })?;
        let kind = table.kind(&self.by).unwrap_or(Kind::Text);
        let [before, after] = [("before", &self.before), ("after", &self.after)].map(|(key, text)| {
            let rows = rows_of(&array, kind, text)
                .map_err(|expected| refused(key, format!("`{text}`"), expected))?;
            match rows.contains(&true) {
                true => Ok(rows),
                false => Err(refused(
                    key,
                    format!("`{text}`"),
                    format!("a value of `{}`{}", self.by, some(&array, kind)),
                )),
            }
        });
        let (before, after) = (before?, after?);
        if before.iter().zip(&after).any(|(before, after)| *before && *after) {
            let found = format!("`{}` and `{}`, which share rows", self.before, self.after);
            return Err(refused("after", found, "periods apart".to_owned()));
        }
        let rows = before.iter().zip(&after);
        Ok(rows
            .map(|(before, after)| (*before || *after).then_some(*after))
            .collect())
    }
}

/// Which cells a period names; else what was expected.
fn rows_of(array: &ArrayRef, kind: Kind, text: &str) -> Result<Vec<bool>, String> {
    let text = text.trim();
    let rows = 0..array.len();
    match kind {
        Kind::Text => {
            let cells = array.as_string::<i32>();
            Ok(cells
                .iter()
                .map(|cell| cell.is_some_and(|cell| cell.trim() == text))
                .collect())
        }
        Kind::Boolean => {
            let wanted = text.parse::<bool>().map_err(|_| "`true` or `false`".to_owned())?;
            Ok(array
                .as_boolean()
                .iter()
                .map(|cell| cell == Some(wanted))
                .collect())
        }
        Kind::Integer | Kind::Number => {
            let (low, high) = numbers(text).ok_or("a number, or two with ` to ` between")?;
            let inside = |x: f64| low <= x && x <= high;
            let is_in = |row: usize| match kind {
                Kind::Integer => inside(array.as_primitive::<Int64Type>().value(row) as f64),
                _ => inside(array.as_primitive::<Float64Type>().value(row)),
            };
            Ok(rows.map(|row| !array.is_null(row) && is_in(row)).collect())
        }
        Kind::Date | Kind::Time => {
            let (first, last) =
                days(text).ok_or("a day, month or year such as `2013-07`, or two with ` to ` between")?;
            let day = |row: usize| match kind {
                Kind::Date => i64::from(array.as_primitive::<Date32Type>().value(row)),
                _ => array
                    .as_primitive::<TimestampMicrosecondType>()
                    .value(row)
                    .div_euclid(MICROS_PER_DAY),
            };
            Ok(rows
                .map(|row| !array.is_null(row) && (first..=last).contains(&day(row)))
                .collect())
        }
    }
}

/// Some values of a column that names groups, to choose from.
fn some(array: &ArrayRef, kind: Kind) -> String {
    if kind != Kind::Text {
        return String::new();
    }
    let mut found: Vec<&str> = Vec::new();
    for cell in array.as_string::<i32>().iter().flatten() {
        if !found.contains(&cell) {
            found.push(cell);
        }
        if found.len() > 12 {
            break;
        }
    }
    format!(", such as {}", table::quoted_list(found.into_iter(), 12))
}

fn numbers(text: &str) -> Option<(f64, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    match text.split_once(" to ") {
        Some((low, high)) => Some((number(low)?, number(high)?)),
        None => number(text).map(|x| (x, x)),
    }
}

/// First and last day of a period, since 1970-01-01.
fn days(text: &str) -> Option<(i64, i64)> {
    match text.split_once(" to ") {
        Some((first, last)) => Some((span(first.trim())?.0, span(last.trim())?.1)),
        None => span(text),
    }
}

/// First and last day of a year, month or day.
fn span(text: &str) -> Option<(i64, i64)> {
    let mut parts = text.split('-');
    let year: i64 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let part = |text: Option<&str>| match text {
        None => Some(None),
        Some(text) => text.parse::<i64>().ok().filter(|_| text.len() == 2).map(Some),
    };
    let (month, day) = (part(parts.next())?, part(parts.next())?);
    if parts.next().is_some() {
        return None;
    }
    let month_or = |default| month.map_or(Some(default), |month| (1..=12).contains(&month).then_some(month));
    let (first_month, last_month) = (month_or(1)?, month_or(12)?);
    let next = if last_month == 12 {
        (year + 1, 1)
    } else {
        (year, last_month + 1)
    };
    let (first, last) = (civil(year, first_month, 1), civil(next.0, next.1, 1) - 1);
    match day {
        None => Some((first, last)),
        Some(day) => (1..=last - first + 1)
            .contains(&day)
            .then_some((first + day - 1, first + day - 1)),
    }
}

/// Days since 1970-01-01.
///
/// # Reference
/// H. Hinnant (2013), chrono-compatible low-level date algorithms, `days_from_civil`.
fn civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_years_are_spans() {
        assert_eq!(days("1970"), Some((0, 364)));
        assert_eq!(days("2024-02"), Some((19_754, 19_782)));
        assert_eq!(days("2024-02-29"), Some((19_782, 19_782)));
        assert_eq!(days("2023-12 to 2024-02"), Some((19_692, 19_782)));
        for wrong in ["24", "2024-13", "2024-2", "2023-02-29", "2024-01-01-01", "then"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
