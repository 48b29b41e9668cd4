//! Dates and times by day.

use std::collections::BTreeMap;

/// Days told apart: four centuries.
const MOST_DAYS: usize = 150_000;

/// How many rows fall on each day, and on each hour of all days.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Days {
    /// Rows of each day since 1970-01-01; incomplete once there are too many.
    pub(crate) counts: BTreeMap<i64, u64>,
    /// Rows of each hour of the day.
    pub(crate) hours: [u64; 24],
    /// Whether days were left out.
    pub(crate) is_cut: bool,
}

impl Days {
    /// Takes in days since 1970-01-01, with their fraction for times; NaN is missing.
    pub(super) fn see(&mut self, days: &[f64]) {
        let present = || days.iter().copied().filter(|day| day.is_finite());
        let ends = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), day| {
            (low.min(day), high.max(day))
        });
        if ends.0 > ends.1 {
            return;
        }
        let (first, last) = (ends.0.floor() as i64, ends.1.floor() as i64);
        let span = last.abs_diff(first);
        if span < MOST_DAYS as u64 {
            let mut counts = vec![0_u64; span as usize + 1];
            for day in present() {
                counts[(day.floor() as i64 - first) as usize] += 1;
            }
            let days = (first..).zip(counts).filter(|(_, n)| 0 < *n);
            days.for_each(|(day, n)| self.add(day, n));
        } else {
            present().for_each(|day| self.add(day.floor() as i64, 1));
        }
        for day in present() {
            // to the nearest microsecond, so that a whole hour is not rounded into the one before
            let hour = ((day - day.floor()) * 24.0 + 1e-7).floor() as usize;
            self.hours[hour.min(23)] += 1;
        }
    }

    fn add(&mut self, day: i64, n: u64) {
        if self.counts.len() < MOST_DAYS || self.counts.contains_key(&day) {
            *self.counts.entry(day).or_default() += n;
        } else {
            self.is_cut = true;
        }
    }
}
