//! Stretches side by side, none left out.

use super::{TimeUnit, calendar};
use crate::pass::{Clock, Level, Levels, Pass, Sums};
use crate::{ColumnProfile, Meaning};
use std::collections::BTreeMap;
use table::Kind;

/// Fewest and most stretches of a series.
const STRETCHES: std::ops::RangeInclusive<i64> = 24..=4096;
/// The share of stretches that have rows.
const THERE: f64 = 0.6;

/// The largest share of one value in a series worth looking at.
const MOST_EQUAL: f64 = 0.6;
/// Numbers that number something: at least so many, and no share of them off by more.
const FEWEST_NUMBERED: f64 = 50.0;
const EVEN: f64 = 0.03;

/// A column, rows if `None`, and a value for each stretch.
pub(super) type Raw = (Option<String>, Vec<f64>);

/// The shortest stretches that make a series.
pub(super) struct Grid {
    pub(super) unit: TimeUnit,
    first: i64,
    n: usize,
    /// Of each place of the pass, the stretch; those at the ends that are not whole have none.
    stretches: Vec<Option<usize>>,
    n_rows: Vec<u64>,
}

impl Grid {
    pub(super) fn of(clock: &Clock, pass: &Pass) -> Option<Grid> {
        let is_of_days = pass.columns[clock.column].kind == Kind::Date;
        let seen = clock.in_order();
        let mut unit = clock.unit;
        loop {
            let number = |(stretch, _): &(i64, usize)| unit.number(clock.unit.start(*stretch));
            let mut rows: BTreeMap<i64, u64> = BTreeMap::new();
            for stretch in &seen {
                *rows.entry(number(stretch)).or_default() += clock.n_rows[stretch.1];
            }
            // what begins or ends within a stretch does not fill it
            let is_whole = is_of_days && unit == TimeUnit::Day;
            let cut = i64::from(!is_whole);
            let (first, last) = (rows.keys().next()? + cut, rows.keys().next_back()? - cut);
            let span = last.saturating_sub(first).saturating_add(1);
            let n_there = rows.range(first..=last.max(first)).count() as f64;
            if STRETCHES.contains(&span) && n_there >= THERE * span as f64 {
                let n = span as usize;
                let at = |number: i64| usize::try_from(number - first).ok().filter(|at| *at < n);
                let mut stretches = vec![None; clock.n_rows.len()];
                seen.iter()
                    .for_each(|stretch| stretches[stretch.1] = at(number(stretch)));
                let mut n_rows = vec![0; n];
                for (number, more) in rows {
                    if let Some(at) = at(number) {
                        n_rows[at] = more;
                    }
                }
                return Some(Grid {
                    unit,
                    first,
                    n,
                    stretches,
                    n_rows,
                });
            }
            unit = unit.longer()?;
        }
    }

    pub(super) fn starts(&self) -> Vec<f64> {
        (0..self.n)
            .map(|at| self.unit.start(self.first + at as i64))
            .collect()
    }

    /// Rows and the means of columns of numbers by stretch, NaN where there are none; what does not vary is left out.
    pub(super) fn series(&self, pass: &Pass, columns: &[ColumnProfile]) -> Vec<Raw> {
        let rows = self.n_rows.iter().map(|n| *n as f64).collect();
        let numbers = pass.columns.iter().zip(columns);
        self.lively(rows, numbers.map(|(pass, column)| (column, &pass.sums)))
    }

    /// The same in one level of a column.
    pub(super) fn series_of(&self, level: &Level, of: &Levels, columns: &[ColumnProfile]) -> Vec<Raw> {
        let rows = self.put_together(&level.sums[0].of_places);
        let mut rows: Vec<f64> = rows.into_iter().map(|(n, _)| n).collect();
        let n_there = rows.iter().filter(|n| 0.0 < **n).count();
        if (n_there as f64) < THERE * self.n as f64 {
            return Vec::new();
        }
        if rows.iter().all(|n| *n <= 1.0) {
            // one row a stretch: its level is a cell of it, not a number
            rows.fill(0.0);
        }
        let numbers = of.numbers.iter().map(|place| &columns[*place]);
        self.lively(rows, numbers.zip(&level.sums[1..]))
    }

    fn lively<'a>(
        &self,
        rows: Vec<f64>,
        numbers: impl Iterator<Item = (&'a ColumnProfile, &'a Sums)>,
    ) -> Vec<Raw> {
        let means = numbers
            .filter(|(column, _)| is_measured(column))
            .map(|(column, sums)| (Some(column.name.clone()), self.means(&sums.of_places)))
            .filter(|(_, values)| is_lively(values));
        let all = std::iter::once((None, rows))
            .chain(means)
            .filter(|(_, values)| varies(values));
        all.filter(|(column, values)| column.is_none() || !self.is_of_the_calendar(values))
            .collect()
    }

    /// Whether a series is the calendar itself: the same in every January, on every Monday, at every noon, all year, or on the
    /// same days of several years.
    fn is_of_the_calendar(&self, values: &[f64]) -> bool {
        let keys: Vec<_> = self.starts().into_iter().map(calendar::keys).collect();
        let n_kinds = keys.first().map_or(0, |keys| keys.len());
        (0..n_kinds).any(|kind| {
            let mut seen: BTreeMap<i64, f64> = BTreeMap::new();
            let there = keys.iter().zip(values).filter(|(_, value)| !value.is_nan());
            let mut n = 0_usize;
            let is_same = there.into_iter().all(|(keys, value)| {
                n += 1;
                *seen.entry(keys[kind]).or_insert(*value) == *value
            });
            is_same && 2 * seen.len() <= n + n / 2
        })
    }

    fn put_together(&self, of_places: &[(f64, u64)]) -> Vec<(f64, u64)> {
        let mut sums = vec![(0.0, 0_u64); self.n];
        for ((sum, n), stretch) in of_places.iter().zip(&self.stretches) {
            if let Some(into) = stretch.and_then(|at| sums.get_mut(at)) {
                *into = (into.0 + sum, into.1 + n);
            }
        }
        sums
    }

    fn means(&self, of_places: &[(f64, u64)]) -> Vec<f64> {
        let mean = |(sum, n): (f64, u64)| if n > 0 { sum / n as f64 } else { f64::NAN };
        self.put_together(of_places)
            .into_iter()
            .map(mean)
            .map(|mean| if mean.is_finite() { mean } else { f64::NAN })
            .collect()
    }
}

/// Whether a column's mean says something: numbers and flags that name nothing.
fn is_measured(column: &ColumnProfile) -> bool {
    let is_number = matches!(column.kind, Kind::Integer | Kind::Number | Kind::Boolean);
    let is_told = !matches!(
        column.meaning,
        Meaning::Identifier | Meaning::Constant | Meaning::AllMissing
    );
    is_number && is_told && !is_numbering(column)
}

/// Whether whole numbers number something, stores for example: all from the first to the last, about equally often.
fn is_numbering(column: &ColumnProfile) -> bool {
    let Some(numbers) = column.numbers.as_ref().filter(|_| column.kind == Kind::Integer) else {
        return false;
    };
    let (span, distinct) = (numbers.max - numbers.min, column.distinct.value);
    let shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
    let is_even = |(quantile, share): (&f64, f64)| ((quantile - numbers.min) / span - share).abs() <= EVEN;
    distinct >= FEWEST_NUMBERED
        && distinct >= 0.98 * (span + 1.0)
        && numbers.quantiles.iter().zip(shares).all(is_even)
}

/// Whether a series has enough values, not all the same.
fn varies(values: &[f64]) -> bool {
    let mut there = values.iter().filter(|value| !value.is_nan());
    let first = there.next();
    let n = 1 + there.clone().count();
    n >= *STRETCHES.start() as usize && there.any(|value| Some(value) != first)
}

/// Whether no value of a series is there most of the time, as in flags of rare days.
fn is_lively(values: &[f64]) -> bool {
    let mut there: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    there.sort_by(f64::total_cmp);
    let longest = there.chunk_by(|a, b| a == b).map(<[f64]>::len).max();
    longest.is_some_and(|longest| longest as f64 <= MOST_EQUAL * there.len() as f64)
}
