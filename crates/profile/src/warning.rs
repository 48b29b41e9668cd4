//! What in a table should not be believed.

use std::fmt;
use table::count_text;

/// Something in a table that deserves a look before it is used.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A column tells the target so well that it was probably written down after it.
    Leak {
        /// The column.
        column: String,
        /// How it was measured, such as `AUC`.
        measure: &'static str,
        /// How well it tells the target; 1 is outright.
        value: f64,
    },
    /// Whether a column has a value tells the target, whatever the value.
    LeakByMissing {
        /// The column.
        column: String,
        /// Cramér's V of presence and target.
        value: f64,
    },
    /// A column names its row, and would be learnt by heart.
    Identifier {
        /// The column.
        column: String,
        /// Different values.
        distinct: u64,
        /// Rows with a value.
        n: u64,
    },
    /// A column has one value throughout.
    Constant {
        /// The column.
        column: String,
        /// Rows without a value.
        n_missing: u64,
    },
    /// A column has no values.
    AllMissing {
        /// The column.
        column: String,
    },
    /// More than half of a column is missing.
    MostlyMissing {
        /// The column.
        column: String,
        /// Share of rows without a value, in [0, 1].
        share: f64,
    },
    /// A column has a number that may stand for missing.
    Sentinel {
        /// The column.
        column: String,
        /// The number.
        value: f64,
        /// How often it is among the sampled values.
        n: u64,
    },
    /// A column has the same cells as an earlier one.
    SameAs {
        /// The column.
        column: String,
        /// The earlier one.
        other: String,
    },
    /// A category has about as many levels as rows.
    ManyLevels {
        /// The column.
        column: String,
        /// Different values.
        distinct: u64,
        /// Rows with a value.
        n: u64,
    },
    /// Rows that repeat an earlier row in every column.
    DuplicateRows {
        /// How many.
        n: u64,
        /// Whether they were counted, not estimated.
        is_exact: bool,
        /// Rows of the table.
        n_rows: u64,
    },
    /// Rows whose key occurred before or is missing.
    DuplicateKey {
        /// The key.
        column: String,
        /// Rows whose key occurred before.
        n_repeated: u64,
        /// Rows without a key.
        n_missing: u64,
    },
    /// A column whose numbers seem to be of two units.
    MixedUnits {
        /// The column.
        column: String,
        /// By what the smaller numbers would have to be multiplied.
        factor: f64,
        /// The share of the smaller numbers.
        share: f64,
        /// Numbers between these two do not occur.
        between: (f64, f64),
    },
    /// A column rises or falls with time, so that it tells when a row was, and a random split of rows lets a model peek.
    TellsTime {
        /// The column.
        column: String,
        /// The column of time.
        time: String,
        /// Rank correlation with it.
        value: f64,
    },
    /// Rows whose target is missing.
    MissingTarget {
        /// The target.
        column: String,
        /// How many.
        n: u64,
    },
}

impl Warning {
    /// The column that it is about; `None` for the whole table.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Warning::Leak { column, .. }
            | Warning::LeakByMissing { column, .. }
            | Warning::Identifier { column, .. }
            | Warning::Constant { column, .. }
            | Warning::AllMissing { column }
            | Warning::MostlyMissing { column, .. }
            | Warning::Sentinel { column, .. }
            | Warning::SameAs { column, .. }
            | Warning::ManyLevels { column, .. }
            | Warning::DuplicateKey { column, .. }
            | Warning::MixedUnits { column, .. }
            | Warning::TellsTime { column, .. }
            | Warning::MissingTarget { column, .. } => Some(column),
            Warning::DuplicateRows { .. } => None,
        }
    }

    /// Whether a model made without heeding it would be wrong, not only wasteful.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        matches!(
            self,
            Warning::Leak { .. }
                | Warning::LeakByMissing { .. }
                | Warning::DuplicateRows { .. }
                | Warning::DuplicateKey { .. }
        )
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Leak {
                column,
                measure,
                value,
            } => {
                write!(
                    f,
                    "`{column}` tells the target almost outright ({measure} {value:.3}): was it known in time?"
                )
            }
            Warning::LeakByMissing { column, value } => write!(
                f,
                "`{column}` is filled in where the target is one way and missing where it is the other \
                 (Cramér's V {value:.3}): was it known in time?"
            ),
            Warning::Identifier { column, distinct, n } => {
                write!(
                    f,
                    "`{column}` names its row: {} different values in {} rows; leave it out of models",
                    count_text(*distinct),
                    count_text(*n)
                )
            }
            Warning::Constant { column, n_missing: 0 } => write!(f, "`{column}` is the same in every row"),
            Warning::Constant { column, n_missing } => {
                write!(
                    f,
                    "`{column}` has one value throughout, and none in {} rows",
                    count_text(*n_missing)
                )
            }
            Warning::AllMissing { column } => write!(f, "`{column}` has no values"),
            Warning::MostlyMissing { column, share } => {
                write!(f, "`{column}` is missing in {:.0}% of rows", share * 100.0)
            }
            Warning::Sentinel { column, value, n } => write!(
                f,
                "`{column}` is {value} in {} rows, far from all other values: does it stand for missing?",
                count_text(*n)
            ),
            Warning::SameAs { column, other } => write!(f, "`{column}` has the same cells as `{other}`"),
            Warning::ManyLevels { column, distinct, n } => {
                write!(
                    f,
                    "`{column}` has {} different texts in {} rows, too many for a category",
                    count_text(*distinct),
                    count_text(*n)
                )
            }
            Warning::DuplicateRows { n, is_exact, n_rows } => {
                let about = if *is_exact { "" } else { "about " };
                write!(
                    f,
                    "{about}{} of {} rows repeat an earlier row",
                    count_text(*n),
                    count_text(*n_rows)
                )
            }
            Warning::DuplicateKey {
                column,
                n_repeated,
                n_missing,
            } => {
                write!(
                    f,
                    "key `{column}` occurred before in {} rows and is missing in {}",
                    count_text(*n_repeated),
                    count_text(*n_missing)
                )
            }
            Warning::MixedUnits {
                column,
                factor,
                share,
                between,
            } => write!(
                f,
                "`{column}` looks like two units: {:.0}% of its numbers are {} and less, all others {} and more, about {factor} \
                 times as much",
                share * 100.0,
                plain(between.0),
                plain(between.1)
            ),
            Warning::TellsTime { column, time, value } => write!(
                f,
                "`{column}` goes with `{time}` (rank correlation {value:.3}): it tells when a row was; split rows by time, or a \
                 model learns the future"
            ),
            Warning::MissingTarget { column, n } => {
                write!(f, "target `{column}` is missing in {} rows", count_text(*n))
            }
        }
    }
}

/// A number with three digits that count.
fn plain(number: f64) -> String {
    let digits = (2 - stats::math::log10(number.abs().max(1e-300)).floor() as i32).clamp(0, 9) as usize;
    format!("{number:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        let rows = Warning::DuplicateRows {
            n: 12_345,
            is_exact: true,
            n_rows: 1_000_000,
        };
        assert_eq!(rows.to_string(), "12,345 of 1,000,000 rows repeat an earlier row");
        let sentinel = Warning::Sentinel {
            column: "x".to_owned(),
            value: -99_999.0,
            n: 4_096,
        };
        assert!(
            sentinel.to_string().starts_with("`x` is -99999 in 4,096 rows"),
            "{sentinel}"
        );
    }
}
