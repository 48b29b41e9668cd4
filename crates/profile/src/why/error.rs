//! Why a change could not be explained.

use crate::ProfileError;
use stats::StatsError;
use table::TableError;

/// A refusal by [`why`](crate::why()).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WhyError {
    /// A column is not there or could not be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A statistic was asked wrongly.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// The class of a rate was not found.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The periods do not belong to the rows.
    #[error("there are {found} periods, expected one for each of {expected} rows")]
    PeriodLength {
        /// Periods given.
        found: usize,
        /// Rows of the table.
        expected: usize,
    },
    /// A column that must hold numbers holds something else.
    #[error("{role} `{column}` holds {found}, expected numbers")]
    NotNumbers {
        /// What the column is for: `metric`, `weight`, `denominator`, ...
        role: &'static str,
        /// The column.
        column: String,
        /// Its kind.
        found: &'static str,
    },
    /// Weights and denominators are sizes.
    #[error("{role} `{column}` is {found} in row {row}, expected 0 or more")]
    Negative {
        /// What the column is for.
        role: &'static str,
        /// The column.
        column: String,
        /// The first such value.
        found: f64,
        /// Its row, from 1.
        row: usize,
    },
    /// One of the periods has too little to compare.
    #[error("the period {period} has {found} usable rows, expected at least {expected}")]
    TooFewRows {
        /// `before` or `after`.
        period: &'static str,
        /// Rows with everything that the metric needs.
        found: usize,
        /// The fewest.
        expected: usize,
    },
    /// The metric is 0/0 in a period.
    #[error(
        "the metric has no value {period}: its {what} add up to 0 in {n_rows} rows, expected more than 0"
    )]
    NoValue {
        /// `before` or `after`.
        period: &'static str,
        /// `weights` or `denominators`.
        what: &'static str,
        /// Rows of that period.
        n_rows: usize,
    },
    /// A setting outside its range.
    #[error("`{what}` is {found}, expected {expected}")]
    Setting {
        /// The field of [`Options`](crate::why::Options).
        what: &'static str,
        /// The value.
        found: String,
        /// The range in words.
        expected: &'static str,
    },
}
