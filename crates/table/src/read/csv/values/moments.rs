//! Columns of days and times in other than ISO form.

use super::{GLANCE, Texts};
use crate::Kind;
use crate::read::Options;
use crate::read::csv::moment::{DayOrder, Written, written};
use crate::read::csv::notes::Notes;
use arrow::array::{ArrayRef, Date32Array, StringArray, TimestampMicrosecondArray};
use std::sync::Arc;

/// The fewest days whose distances say in which order they are written.
const MIN_DAYS: usize = 4;

impl Texts<'_> {
    pub(super) fn moments(
        &self,
        options: &Options,
        notes: &mut Notes,
        guesses: &mut Vec<String>,
    ) -> Option<ArrayRef> {
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
}

/// Whether every day begins with a year of four digits.
fn orders_are_all(cells: &StringArray) -> bool {
    cells
        .iter()
        .flatten()
        .all(|cell| cell.trim().bytes().take(4).filter(u8::is_ascii_digit).count() == 4)
}
