//! *How does it go over time?* Rows and means of numbers by stretches of a column of time: seasons, trends, changes of the
//! level, values unlike the others, with the chance of naming anything in noise held for all series together.

mod by;
mod calendar;
mod grid;
mod link;
mod odd;
mod series;
mod unit;

pub use by::{ByLevel, LevelCourse};
pub use link::{Link, LinkedSegment};
pub use series::{Odd, Series, Trend};
pub use unit::TimeUnit;

use crate::ColumnProfile;
use crate::pass::Pass;
use crate::work::in_order;
use grid::Grid;

/// Series looked at, rows and the first columns of numbers.
const MOST_SERIES: usize = 40;
/// Share of false ones among the trends, changes and odd values that are told.
const FALSE_SHARE: f64 = 0.05;

/// The course of a table over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The column of time.
    pub time: String,
    /// How long a stretch is.
    pub unit: TimeUnit,
    /// When each stretch begins, in days since 1970-01-01; none is left out.
    pub starts: Vec<f64>,
    /// Rows, then columns of numbers in their order; those that do not vary are left out.
    pub series: Vec<Series>,
    /// Series in which nothing was looked for, because there were too many.
    pub n_left_out: usize,
    /// The course in each of the most frequent levels of a column, where one was asked for.
    pub by: Option<ByLevel>,
}

impl Course {
    /// The course of what was passed over; `None` without a column of time, or with too few stretches of it.
    pub(crate) fn of(pass: &Pass, columns: &[ColumnProfile], level: f64, n_threads: usize) -> Option<Course> {
        let grid = Grid::of(pass.clock.as_ref()?, pass)?;
        let mut raw = grid.series(pass, columns);
        let n_left_out = raw.len().saturating_sub(MOST_SERIES);
        raw.truncate(MOST_SERIES);
        let mut series = in_order(&raw, n_threads, |(column, values)| {
            Series::of(column.clone(), values, level)
        });
        let mut by = ByLevel::of(&grid, pass, columns, level, n_threads);
        let of_levels = by
            .iter_mut()
            .flat_map(|by| &mut by.levels)
            .flat_map(|level| &mut level.series);
        let starts = grid.starts();
        let findings: Vec<i64> = starts
            .iter()
            .map(|start| calendar::finding(*start, grid.unit))
            .collect();
        let mut all: Vec<&mut Series> = series.iter_mut().chain(of_levels).collect();
        series::hold_together(&mut all, &findings, FALSE_SHARE);
        Some(Course {
            time: pass.columns[pass.clock.as_ref()?.column].name.clone(),
            unit: grid.unit,
            starts,
            series,
            n_left_out,
            by,
        })
    }

    /// Which finding an odd stretch belongs to: those of one day of the year, in whichever year and at whichever hour, are
    /// one, as a holiday is; longer stretches are one each.
    #[must_use]
    pub fn finding(&self, index: usize) -> i64 {
        self.starts
            .get(index)
            .map_or(-1, |start| calendar::finding(*start, self.unit))
    }
}

#[cfg(test)]
mod tests;
