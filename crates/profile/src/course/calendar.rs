//! What follows from time itself: it stands behind nothing, because it is another word for when.

use super::TimeUnit;
use crate::cells::Cells;
use crate::pass::numbers_of;
use std::collections::{BTreeMap, HashMap};
use table::Table;

/// Ways in which the calendar comes again, and the year.
const N_KEYS: usize = 8;
/// Rows on which it is found out which columns follow from time.
const MOST_ROWS: usize = 20_000;
/// One cell in so many of those that vary may differ from what time says.
const TOLERATED_ONE_IN: u64 = 100;

/// What the calendar says of a point in time, in days since 1970-01-01: month, year, weekday, hour, day of the month, day of
/// the year by date and by number, week of the year (ISO 8601).
pub(super) fn keys(days: f64) -> [i64; N_KEYS] {
    let day = days.floor() as i64;
    let month = TimeUnit::Month.number(days);
    let year = month.div_euclid(12);
    let of_month = day - TimeUnit::Month.start(month) as i64;
    // a week belongs to the year of its Thursday; 1970-01-01 was one
    let thursday = 7 * (day + 3).div_euclid(7);
    [
        month.rem_euclid(12),
        year,
        day.rem_euclid(7),
        TimeUnit::Hour.number(days).rem_euclid(24),
        of_month,
        31 * month.rem_euclid(12) + of_month,
        day - first_of(year),
        (thursday - first_of(TimeUnit::Month.number(thursday as f64).div_euclid(12))) / 7,
    ]
}

/// What odd stretches are counted by: the day of the year where they are days or shorter, else the stretch itself.
pub(super) fn finding(start: f64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Week | TimeUnit::Month => unit.number(start),
        // to the day that a stretch begins on, whatever is rounded
        _ => keys(TimeUnit::Day.number(start) as f64)[5],
    }
}

fn first_of(year: i64) -> i64 {
    TimeUnit::Month.start(12 * year) as i64
}

/// Columns that are functions of the calendar, or rise or fall with every stretch of time, such as a column of months or one
/// that numbers the rows; measured on an even sample of rows, whatever the columns are called.
///
/// A column of the calendar has a value for each January (Monday, noon, year), told from rows of several stretches alone, and
/// differs from it in at most one in a hundred of the cells in which it differs from its most frequent value.
pub(super) fn follow(table: &Table, time: &str, unit: TimeUnit) -> Vec<String> {
    let step = table.n_rows().div_ceil(MOST_ROWS).max(1);
    let places: Vec<usize> = (0..table.n_rows()).step_by(step).collect();
    let Ok(sample) = table.take(&places) else {
        return Vec::new();
    };
    let Ok(times) = sample.column(time) else {
        return Vec::new();
    };
    let rows = Rows::of(&numbers_of(&times), unit);
    let is_it = |name: &String| {
        sample.column(name).is_ok_and(|array| {
            let cells = Cells::of(&array);
            let hashes = cells.hashes();
            (0..N_KEYS).any(|kind| rows.settles(kind, &hashes)) || rows.advances(&cells)
        })
    };
    let names = sample.columns().into_iter().map(|(name, _)| name);
    names.filter(|name| name != time).filter(is_it).collect()
}

/// Rows with a time.
struct Rows {
    /// Each row's place, stretch and what the calendar says of it.
    there: Vec<(usize, i64, [i64; N_KEYS])>,
}

/// The rows of one January, or Monday.
#[derive(Default)]
struct Same {
    first: i64,
    is_of_several: bool,
    n: HashMap<u64, u64>,
}

impl Rows {
    fn of(days: &[f64], unit: TimeUnit) -> Rows {
        let there = days.iter().enumerate().filter(|(_, day)| day.is_finite());
        Rows {
            there: there
                .map(|(row, day)| (row, unit.number(*day), keys(*day)))
                .collect(),
        }
    }

    /// Whether what the calendar says in one of its ways settles the cells.
    fn settles(&self, kind: usize, hashes: &[u64]) -> bool {
        let mut same: HashMap<i64, Same> = HashMap::new();
        for (row, stretch, keys) in &self.there {
            let known = same.entry(keys[kind]).or_insert_with(|| Same {
                first: *stretch,
                ..Same::default()
            });
            known.is_of_several |= known.first != *stretch;
            *known.n.entry(hashes[*row]).or_default() += 1;
        }
        let (mut n, mut n_right) = (0, 0);
        let mut of_all: HashMap<u64, u64> = HashMap::new();
        for known in same.into_values().filter(|known| known.is_of_several) {
            n_right += known.n.values().copied().max().unwrap_or(0);
            for (hash, more) in known.n {
                n += more;
                *of_all.entry(hash).or_default() += more;
            }
        }
        let n_wrong_alone = n - of_all.into_values().max().unwrap_or(0);
        let is_told = self.there.len() as u64 <= 2 * n && 0 < n_wrong_alone;
        is_told && (n - n_right) * TOLERATED_ONE_IN <= n_wrong_alone
    }

    /// Whether numbers rise with time, or fall, in most stretches and against it in hardly any.
    fn advances(&self, cells: &Cells) -> bool {
        let Cells::Numbers(numbers) = cells else {
            return false;
        };
        let mut ends: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for (row, stretch, _) in &self.there {
            let number = numbers[*row];
            if !number.is_nan() {
                let ends = ends.entry(*stretch).or_insert((number, number));
                *ends = (ends.0.min(number), ends.1.max(number));
            }
        }
        let ends: Vec<(f64, f64)> = ends.into_values().collect();
        let n = ends.len().saturating_sub(1) as u64;
        let count =
            |is_it: &dyn Fn(&[(f64, f64)]) -> bool| ends.windows(2).filter(|pair| is_it(pair)).count();
        let is_way = |n_with: usize, n_against: usize| {
            n <= 2 * n_with as u64 && n_against as u64 * TOLERATED_ONE_IN <= n && 2 < n
        };
        let rises = count(&|pair| pair[0].1 < pair[1].0);
        let falls = count(&|pair| pair[1].1 < pair[0].0);
        let mixed = count(&|pair| pair[1].0 < pair[0].1 && pair[0].0 < pair[1].1);
        is_way(rises, falls + mixed) || is_way(falls, rises + mixed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use table::arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray};

    #[test]
    fn the_calendar_is_read_as_people_read_it() {
        // 2024-12-31, a Tuesday of the first week of 2025
        let found = keys(20_088.75);
        let tuesday = 5;
        assert_eq!(found, [11, 2024, tuesday, 18, 30, 31 * 11 + 30, 365, 0]);
    }

    /// Two years of days, three shops a day.
    fn days() -> Table {
        let days: Vec<i32> = (0..2193).map(|row| 19_000 + row / 3).collect();
        let of = |f: &dyn Fn(usize, i32) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(
                days.iter().enumerate().map(|(row, day)| f(row, *day)),
            ))
        };
        let key = |kind: usize| of(&move |_, day| keys(f64::from(day))[kind]);
        let mut draw = stats::Draw::new(8, 0);
        let noise: ArrayRef = Arc::new(Float64Array::from_iter_values(days.iter().map(|_| draw.normal())));
        let season = days
            .iter()
            .map(|day| ["winter", "spring", "summer", "autumn"][(keys(f64::from(*day))[5] / 94) as usize]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("day", Arc::new(Date32Array::from(days.clone()))),
            ("a", key(0)),
            ("b", key(1)),
            ("c", key(2)),
            ("d", key(7)),
            ("e", Arc::new(StringArray::from_iter_values(season))),
            ("row", of(&|row, _| row as i64)),
            ("shop", of(&|row, _| row as i64 % 3)),
            ("promo", of(&|_, day| i64::from(day / 7 % 2 == 0))),
            ("holiday", of(&|_, day| i64::from(day % 61 == 0))),
            ("after", of(&|_, day| i64::from(day > 19_400))),
            ("noise", noise),
        ];
        Table::new(
            columns
                .into_iter()
                .map(|(name, array)| (name.to_owned(), array))
                .collect(),
        )
        .unwrap()
    }

    #[test]
    fn what_the_calendar_says_follows_from_time_and_shops_promotions_and_holidays_do_not() {
        assert_eq!(
            follow(&days(), "day", TimeUnit::Day),
            ["a", "b", "c", "d", "e", "row"]
        );
    }
}
