//! Rows by time: to which stretch of time each belongs, and sums over them.

use crate::course::TimeUnit;
use std::collections::HashMap;

/// Stretches told apart; where there are more, longer ones are taken.
const MOST: usize = 8192;
/// Of a row without a time.
const NONE: u32 = u32::MAX;

/// The column of time that the course of other columns is told by.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Its place among the columns.
    pub(crate) column: usize,
    pub(crate) unit: TimeUnit,
    /// The place of each stretch, in the order in which they were first seen.
    places: HashMap<i64, u32>,
    /// Rows of each place.
    pub(crate) n_rows: Vec<u64>,
    /// Whether there are too many of the longest stretches, and none is told apart any more.
    is_given_up: bool,
}

/// The places of the rows of a batch.
pub(super) struct Places {
    of_rows: Vec<u32>,
    /// Where each place has gone because longer stretches were taken.
    moved: Option<Vec<u32>>,
    n: usize,
}

impl Places {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.n
    }
}

/// Sums of a column over places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// Of each place the sum of its values, and how many there are.
    pub(crate) of_places: Vec<(f64, u64)>,
}

impl Clock {
    pub(super) fn new(column: usize, unit: TimeUnit) -> Clock {
        Clock {
            column,
            unit,
            places: HashMap::new(),
            n_rows: Vec::new(),
            is_given_up: false,
        }
    }

    /// The places of rows at these days since 1970-01-01, with their fraction for times; NaN is missing.
    pub(super) fn see(&mut self, days: &[f64]) -> Places {
        let mut moved: Option<Vec<u32>> = None;
        while !self.is_given_up {
            let known = self.places.len();
            let (of_rows, n_rows) = self.placed(days);
            if self.places.len() <= MOST {
                self.n_rows.resize(self.places.len(), 0);
                self.n_rows
                    .iter_mut()
                    .zip(n_rows)
                    .for_each(|(n, more)| *n += more);
                let n = self.places.len();
                return Places { of_rows, moved, n };
            }
            let Some(longer) = longer(self.unit) else {
                (self.places, self.n_rows, self.is_given_up) = (HashMap::new(), Vec::new(), true);
                break;
            };
            let step = self.lengthen(known, longer);
            moved = Some(match moved {
                None => step,
                Some(before) => before.iter().map(|place| step[*place as usize]).collect(),
            });
        }
        Places {
            of_rows: vec![NONE; days.len()],
            moved: Some(Vec::new()),
            n: 0,
        }
    }

    fn placed(&mut self, days: &[f64]) -> (Vec<u32>, Vec<u64>) {
        let mut last = (i64::MIN, NONE);
        let mut n_rows = vec![0_u64; self.places.len()];
        let place = |day: &f64| {
            if !day.is_finite() {
                return NONE;
            }
            let number = self.unit.number(*day);
            if number != last.0 {
                let next = self.places.len() as u32;
                last = (number, *self.places.entry(number).or_insert(next));
            }
            if n_rows.len() <= last.1 as usize {
                n_rows.resize(last.1 as usize + 1, 0);
            }
            n_rows[last.1 as usize] += 1;
            last.1
        };
        (days.iter().map(place).collect(), n_rows)
    }

    /// Takes the next longer stretches, of the first `known` places alone; where each of them has gone.
    fn lengthen(&mut self, known: usize, longer: TimeUnit) -> Vec<u32> {
        let mut numbers = vec![0; known];
        for (number, place) in &self.places {
            if let Some(at) = numbers.get_mut(*place as usize) {
                *at = *number;
            }
        }
        let (mut places, mut n_rows) = (HashMap::new(), Vec::new());
        let gone = numbers.iter().zip(&self.n_rows).map(|(number, n)| {
            let next = places.len() as u32;
            let place = *places
                .entry(longer.number(self.unit.start(*number)))
                .or_insert(next);
            n_rows.resize(places.len(), 0);
            n_rows[place as usize] += n;
            place
        });
        let gone = gone.collect();
        (self.unit, self.places, self.n_rows) = (longer, places, n_rows);
        gone
    }

    /// Each stretch that was seen, by its number, with its place.
    pub(crate) fn in_order(&self) -> Vec<(i64, usize)> {
        let mut stretches: Vec<(i64, usize)> = self
            .places
            .iter()
            .map(|(number, place)| (*number, *place as usize))
            .collect();
        stretches.sort_unstable();
        stretches
    }
}

/// The next longer stretches that are made of whole shorter ones: months are not made of weeks.
fn longer(unit: TimeUnit) -> Option<TimeUnit> {
    match unit {
        TimeUnit::Day => Some(TimeUnit::Month),
        unit => unit.longer(),
    }
}

impl Sums {
    /// Takes in the numbers of a batch; NaN is missing.
    pub(super) fn see(&mut self, numbers: impl Iterator<Item = f64>, places: &Places) {
        self.settle(places);
        for (row, number) in numbers.enumerate() {
            self.add(row, number, places);
        }
    }

    /// Makes room for the places of a batch, those before put together as they have gone.
    pub(super) fn settle(&mut self, places: &Places) {
        if let Some(moved) = &places.moved {
            let mut merged = vec![(0.0, 0); places.n];
            for (sums, place) in self.of_places.iter().zip(moved) {
                let into = &mut merged[*place as usize];
                *into = (into.0 + sums.0, into.1 + sums.1);
            }
            self.of_places = merged;
        }
        self.of_places.resize(places.n, (0.0, 0));
    }

    /// Takes in the number of a row of a batch; NaN is missing.
    #[inline]
    pub(super) fn add(&mut self, row: usize, number: f64, places: &Places) {
        let place = places.of_rows.get(row).copied().unwrap_or(NONE);
        if place != NONE && !number.is_nan() {
            let into = &mut self.of_places[place as usize];
            *into = (into.0 + number, into.1 + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_stretches_are_taken_where_there_are_too_many_and_nothing_is_lost() {
        let (mut clock, mut sums) = (Clock::new(0, TimeUnit::Second), Sums::default());
        // every ten minutes over a year, in three batches
        let days: Vec<f64> = (0..52_560).map(|k| 19_723.0 + f64::from(k) / 144.0).collect();
        for batch in days.chunks(20_000) {
            let places = clock.see(batch);
            sums.see(batch.iter().map(|_| 2.0), &places);
        }
        assert_eq!(clock.unit, TimeUnit::Day);
        let stretches = clock.in_order();
        assert_eq!(stretches.len(), 365);
        assert!(stretches.iter().all(|(_, place)| clock.n_rows[*place] == 144));
        assert!(
            stretches
                .iter()
                .all(|(_, place)| sums.of_places[*place] == (288.0, 144))
        );
    }

    #[test]
    fn months_are_made_of_days() {
        let mut clock = Clock::new(0, TimeUnit::Day);
        let days: Vec<f64> = (0..20_000).map(f64::from).collect();
        clock.see(&days);
        assert_eq!(clock.unit, TimeUnit::Month);
        // January to March 1970
        let n_rows: Vec<u64> = clock.in_order()[..3]
            .iter()
            .map(|(_, place)| clock.n_rows[*place])
            .collect();
        assert_eq!(n_rows, [31, 28, 31]);
    }

    #[test]
    fn memory_does_not_grow_with_times_of_all_ages() {
        let (mut clock, mut sums) = (Clock::new(0, TimeUnit::Day), Sums::default());
        for batch in 0..3 {
            // half a year apart, over five thousand years a batch
            let days: Vec<f64> = (0..10_000)
                .map(|k| f64::from(batch * 10_000 + k) * 183.0)
                .collect();
            let places = clock.see(&days);
            sums.see(days.iter().copied(), &places);
        }
        assert!(clock.in_order().is_empty() && clock.n_rows.is_empty() && sums.of_places.is_empty());
    }

    #[test]
    fn rows_without_a_time_or_number_count_nowhere() {
        let (mut clock, mut sums) = (Clock::new(0, TimeUnit::Day), Sums::default());
        let places = clock.see(&[5.0, f64::NAN, 4.0, 5.0]);
        sums.see([1.0, 9.0, f64::NAN, 2.0].into_iter(), &places);
        assert_eq!(clock.in_order(), [(4, 1), (5, 0)]);
        assert_eq!(
            (sums.of_places, clock.n_rows),
            (vec![(3.0, 2), (0.0, 0)], vec![2, 1])
        );
    }
}
