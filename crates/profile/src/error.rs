//! Why a table could not be described.

use stats::StatsError;
use table::TableError;

/// A refusal by the profile crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A column is not there or could not be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A statistic was asked wrongly, such as with a level outside (0, 1).
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// The target has no value in any row.
    #[error("target `{column}` has no values: found only missing cells in {n_rows} rows")]
    EmptyTarget {
        /// The target.
        column: String,
        /// Rows of the table.
        n_rows: usize,
    },
    /// The column of time has neither dates nor times.
    #[error("column `{column}` holds values of the kind {found}: expected dates or times")]
    NoTime {
        /// The column.
        column: String,
        /// Its kind.
        found: &'static str,
    },
    /// The column whose levels are to be followed over time tells time itself.
    #[error(
        "column `{column}` holds values of the kind {found}: expected a column of levels to tell the course by"
    )]
    NoLevels {
        /// The column.
        column: String,
        /// Its kind.
        found: &'static str,
    },
    /// Levels are to be followed over time, and there is no column of time.
    #[error("found no column of dates or times: expected one to tell the course of levels by")]
    NoClock,
    /// A batch has other columns than the table.
    #[error("rows with the columns {found}: expected {expected}, as in the rows before")]
    OtherColumns {
        /// The batch's columns.
        found: String,
        /// The table's columns.
        expected: String,
    },
    /// The target's positive class does not occur.
    #[error("target `{column}` never is `{positive}`: found {found}")]
    NoSuchClass {
        /// The target.
        column: String,
        /// The class asked for.
        positive: String,
        /// The classes that occur.
        found: String,
    },
    /// The question needs a target of numbers or of two classes.
    #[error(
        "target `{column}` has {found} classes: name the positive one, or choose a target of numbers or two classes"
    )]
    ManyClasses {
        /// The target.
        column: String,
        /// How many classes it has.
        found: usize,
    },
}
