//! *How does it go over time?* Rows and means of numbers by stretches of a column of time: seasons, trends, changes of the
//! level, values unlike the others, with the chance of naming anything in noise held for all series together.

mod grid;
mod link;
mod series;
mod unit;

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
        series::hold_together(&mut series, FALSE_SHARE);
        Some(Course {
            time: pass.columns[pass.clock.as_ref()?.column].name.clone(),
            unit: grid.unit,
            starts: grid.starts(),
            series,
            n_left_out,
        })
    }
}

#[cfg(test)]
mod tests;
