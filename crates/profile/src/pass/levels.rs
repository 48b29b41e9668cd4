//! Sums over stretches of time by the levels of a column, in memory that does not grow with rows or levels.

use super::batch::{Batch, numbers_of};
use super::clock::{Places, Sums};
use std::collections::{HashMap, HashSet};
use table::Kind;
use table::arrow::array::RecordBatch;

/// Columns of numbers that are followed in each level, the target first.
const MOST_COLUMNS: usize = 12;
/// Levels held at a time, and sums of them.
const MOST_LEVELS: usize = 256;
const MOST_SUMS: usize = 1 << 22;
/// Levels that are known to be left out.
const MOST_LEFT: usize = 1 << 16;

/// Rows and numbers over time in each level of a column.
///
/// Which levels are the most frequent is known at the end alone. As many as there is room for are held from their first row
/// on, so that what is told of a level is told of all its rows; where there is no room the rarer ones so far are let go for
/// good.
#[derive(Debug)]
pub(crate) struct Levels {
    /// The place of the column of levels.
    pub(crate) column: usize,
    /// The places of the columns followed.
    pub(crate) numbers: Vec<usize>,
    /// Columns of numbers that are not.
    pub(crate) n_columns_left: usize,
    held: Vec<Level>,
    places: HashMap<u64, usize>,
    left: HashSet<u64>,
    is_closed: bool,
}

/// One level.
#[derive(Debug)]
pub(crate) struct Level {
    hash: u64,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) n_rows: u64,
    /// Rows, then the columns followed.
    pub(crate) sums: Vec<Sums>,
}

impl Levels {
    /// Nothing seen yet of the levels of the column at this place.
    pub(super) fn new(columns: &[(String, Kind)], column: usize, target: Option<&str>) -> Levels {
        let is_number = |place: &usize| {
            let kind = columns[*place].1;
            *place != column && matches!(kind, Kind::Integer | Kind::Number | Kind::Boolean)
        };
        let mut numbers: Vec<usize> = (0..columns.len()).filter(is_number).collect();
        numbers.sort_by_key(|place| target != Some(columns[*place].0.as_str()));
        let n_columns_left = numbers.len().saturating_sub(MOST_COLUMNS);
        numbers.truncate(MOST_COLUMNS);
        numbers.sort_unstable();
        Levels {
            column,
            numbers,
            n_columns_left,
            held: Vec::new(),
            places: HashMap::new(),
            left: HashSet::new(),
            is_closed: false,
        }
    }

    /// Takes in the rows of a batch.
    pub(super) fn see(&mut self, batch: &RecordBatch, places: &Places) {
        let cells = Batch::of(batch.column(self.column));
        let hashes = cells.hashes();
        self.admit(&cells, &hashes);
        // before there is room for the stretches that this batch brought
        self.let_go((1 + self.numbers.len()) * places.len());
        for level in &mut self.held {
            level.sums.iter_mut().for_each(|sums| sums.settle(places));
        }
        let of_rows: Vec<Option<usize>> = hashes
            .iter()
            .enumerate()
            .map(|(row, hash)| self.places.get(hash).copied().filter(|_| !cells.is_missing(row)))
            .collect();
        for (row, level) in of_rows.iter().enumerate() {
            if let Some(level) = level.and_then(|at| self.held.get_mut(at)) {
                level.n_rows += 1;
                level.sums[0].add(row, 1.0, places);
            }
        }
        for (nth, column) in self.numbers.iter().enumerate() {
            let numbers = followed(batch, *column);
            for (row, level) in of_rows.iter().enumerate() {
                if let Some(level) = level.and_then(|at| self.held.get_mut(at)) {
                    level.sums[nth + 1].add(row, numbers[row], places);
                }
            }
        }
        self.let_go(0);
    }

    /// Begins to follow the levels that are new, the more frequent ones of the batch where there is no room for all.
    fn admit(&mut self, cells: &Batch<'_>, hashes: &[u64]) {
        let mut new: HashMap<u64, (usize, u64)> = HashMap::new();
        for (row, hash) in hashes.iter().enumerate() {
            let is_known = self.places.contains_key(hash) || self.left.contains(hash);
            if !is_known && !self.is_closed && !cells.is_missing(row) {
                new.entry(*hash).or_insert((row, 0)).1 += 1;
            }
        }
        let mut new: Vec<(u64, (usize, u64))> = new.into_iter().collect();
        new.sort_by_key(|(_, (row, n))| (std::cmp::Reverse(*n), *row));
        for (hash, (row, _)) in new {
            if MOST_LEVELS <= self.held.len() {
                self.leave(hash);
                continue;
            }
            self.places.insert(hash, self.held.len());
            self.held.push(Level {
                hash,
                name: cells.name(row),
                n_rows: 0,
                sums: vec![Sums::default(); 1 + self.numbers.len()],
            });
        }
    }

    fn leave(&mut self, hash: u64) {
        match self.left.len() < MOST_LEFT {
            true => _ = self.left.insert(hash),
            false => self.is_closed = true,
        }
    }

    /// Lets the rarer half go where there are too many sums, or would be with so many of each level.
    fn let_go(&mut self, n_each: usize) {
        let there = |level: &Level| level.sums.iter().map(|sums| sums.of_places.len()).sum::<usize>();
        let n_sums = |level: &Level| there(level).max(n_each);
        while 1 < self.held.len() && MOST_SUMS < self.held.iter().map(n_sums).sum::<usize>() {
            self.held.sort_by_key(|level| std::cmp::Reverse(level.n_rows));
            for level in self.held.split_off(self.held.len().div_ceil(2)) {
                self.leave(level.hash);
            }
            self.places = self
                .held
                .iter()
                .enumerate()
                .map(|(at, level)| (level.hash, at))
                .collect();
        }
    }

    /// The levels that were followed from their first row on, most frequent first.
    pub(crate) fn in_order(&self) -> Vec<&Level> {
        let mut held: Vec<&Level> = self.held.iter().collect();
        held.sort_by(|a, b| b.n_rows.cmp(&a.n_rows).then(a.name.cmp(&b.name)));
        held
    }

    /// Levels that were not; once there are too many to be known, at least so many.
    pub(crate) fn n_left(&self) -> u64 {
        self.left.len() as u64
    }
}

/// Numbers, and flags as 1 and 0; NaN where missing.
fn followed(batch: &RecordBatch, column: usize) -> Vec<f64> {
    match Batch::of(batch.column(column)) {
        Batch::Flags(flags) => {
            let number = |flag: Option<bool>| flag.map_or(f64::NAN, |flag| f64::from(u8::from(flag)));
            flags.iter().map(number).collect()
        }
        _ => numbers_of(batch.column(column)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::course::TimeUnit;
    use crate::pass::Clock;
    use std::sync::Arc;
    use table::arrow::array::{ArrayRef, Date32Array, Float64Array, StringArray};

    fn batch(rows: &[(i32, String, f64)]) -> RecordBatch {
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "day",
                Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.0))),
            ),
            (
                "shop",
                Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.1))),
            ),
            (
                "sold",
                Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.2))),
            ),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn levels(batches: &[Vec<(i32, String, f64)>]) -> Levels {
        let columns = [("day", Kind::Date), ("shop", Kind::Text), ("sold", Kind::Number)];
        let columns = columns.map(|(name, kind)| (name.to_owned(), kind));
        let (mut clock, mut levels) = (Clock::new(0, TimeUnit::Day), Levels::new(&columns, 1, None));
        for rows in batches {
            let batch = batch(rows);
            let places = clock.see(&numbers_of(batch.column(0)));
            levels.see(&batch, &places);
        }
        levels
    }

    #[test]
    fn each_level_has_all_its_rows_across_batches() {
        let row = |k: i32| (k / 3, ["a", "b", "b"][k as usize % 3].to_owned(), f64::from(k));
        let found = levels(&[(0..10).map(row).collect(), (10..30).map(row).collect()]);
        let told = found.in_order();
        assert_eq!(
            told.iter()
                .map(|level| (level.name.as_str(), level.n_rows))
                .collect::<Vec<_>>(),
            [("b", 20), ("a", 10)]
        );
        assert_eq!(
            told[1].sums[1].of_places,
            (0..10).map(|day| (f64::from(3 * day), 1)).collect::<Vec<_>>()
        );
        assert_eq!(told[0].sums[0].of_places, vec![(2.0, 2); 10]);
        assert_eq!(found.n_left(), 0);
    }

    #[test]
    fn memory_does_not_grow_with_levels_and_the_frequent_ones_are_kept() {
        let rows = |batch: i32| -> Vec<(i32, String, f64)> {
            (0..4000)
                .map(|k| {
                    (
                        k % 4000,
                        if k % 2 == 0 {
                            "often".to_owned()
                        } else {
                            format!("{batch}-{k}")
                        },
                        1.0,
                    )
                })
                .collect()
        };
        let batches: Vec<_> = (0..40).map(rows).collect();
        let found = levels(&batches);
        let n_sums: usize = found
            .held
            .iter()
            .flat_map(|level| &level.sums)
            .map(|sums| sums.of_places.len())
            .sum();
        assert!(n_sums <= MOST_SUMS && found.left.len() <= MOST_LEFT && found.is_closed);
        assert_eq!(
            (found.in_order()[0].name.as_str(), found.in_order()[0].n_rows),
            ("often", 80_000)
        );
    }
}
