//! What an answer cannot say.

use std::fmt;

/// Something to know before believing an answer; its text is a sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Caveat {
    /// Always true.
    NotCausal,
    /// No cluster was named.
    RowsAlone,
    /// Rows lack the metric, its denominator or the weight.
    LeftOut {
        /// Rows that were left out.
        n: u64,
        /// Rows of both periods.
        n_rows: u64,
    },
    /// A column is in one table only.
    InOnePeriod {
        /// The column.
        column: String,
        /// `before` or `after`.
        period: &'static str,
    },
    /// A column has different kinds in the two tables.
    OtherKind {
        /// The column.
        column: String,
        /// Its kind before.
        before: &'static str,
        /// Its kind after.
        after: &'static str,
    },
    /// A column has values in one period only.
    EmptyInOnePeriod {
        /// The column.
        column: String,
        /// The period without values.
        period: &'static str,
    },
    /// A column tells which period a row is of, as dates do.
    TellsPeriod {
        /// The column.
        column: String,
    },
    /// Levels came or went.
    NewOrGone {
        /// The column.
        column: String,
        /// Levels that are there after only, the most frequent ones.
        new: Vec<String>,
        /// Levels that were there before only.
        gone: Vec<String>,
    },
    /// Two columns cut the rows alike; the second was not looked at.
    SameAs {
        /// The column that was left out.
        column: String,
        /// The one that stands for it.
        other: String,
    },
    /// A column was asked for that cannot cut rows into groups.
    NotADimension {
        /// The column.
        column: String,
        /// What it is instead: `identifier`, `constant`, ...
        meaning: &'static str,
    },
    /// Segments below a size could not be looked at.
    Smallest {
        /// Rows that a segment needs.
        n: u64,
    },
    /// More moved than is told.
    MoreMoved {
        /// How many findings were told of this kind.
        told: usize,
        /// `mix`, `rate` or `volume`.
        kind: &'static str,
    },
    /// Segments moved, which did not move the metric beyond chance, or hardly.
    NoEffect {
        /// The segments.
        labels: Vec<String>,
    },
    /// Few clusters make tests blunt.
    FewClusters {
        /// How many there are.
        n: u64,
    },
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caveat::NotCausal => write!(
                f,
                "these are associations: what moved together need not be a cause"
            ),
            Caveat::RowsAlone => write!(
                f,
                "rows are taken to stand for themselves: if those of a customer, store or day move together, name that column"
            ),
            Caveat::LeftOut { n, n_rows } => {
                write!(
                    f,
                    "{n} of {n_rows} rows lack the metric or its weight and were left out"
                )
            }
            Caveat::InOnePeriod { column, period } => {
                write!(
                    f,
                    "`{column}` exists only {period}, so that it cannot explain the change"
                )
            }
            Caveat::OtherKind {
                column,
                before,
                after,
            } => write!(
                f,
                "`{column}` is {before} before and {after} after, and was not looked at"
            ),
            Caveat::EmptyInOnePeriod { column, period } => {
                write!(
                    f,
                    "`{column}` has no values {period}, so that it cannot explain the change"
                )
            }
            Caveat::TellsPeriod { column } => {
                write!(
                    f,
                    "`{column}` tells the periods apart, so that it cannot explain the change"
                )
            }
            Caveat::NewOrGone { column, new, gone } => new_or_gone(f, column, new, gone),
            Caveat::SameAs { column, other } => {
                write!(
                    f,
                    "`{column}` cuts the rows as `{other}` does, and was not looked at apart"
                )
            }
            Caveat::NotADimension { column, meaning } => {
                write!(f, "`{column}` is {meaning}, and cannot cut rows into groups")
            }
            Caveat::Smallest { n } => write!(f, "segments of fewer than {n} rows were not looked at"),
            Caveat::MoreMoved { told, kind } => write!(
                f,
                "more segments moved by {kind} than the {told} told: the periods differ in many ways"
            ),
            Caveat::NoEffect { labels } => write!(
                f,
                "also moved, with no sure effect on the metric or a very small one: {}",
                table::quoted_list(labels.iter().map(String::as_str), 5)
            ),
            Caveat::FewClusters { n } => write!(
                f,
                "there are only {n} clusters, so that only large movements hold"
            ),
        }
    }
}

fn new_or_gone(f: &mut fmt::Formatter<'_>, column: &str, new: &[String], gone: &[String]) -> fmt::Result {
    let list = |names: &[String]| table::quoted_list(names.iter().map(String::as_str), 5);
    match (new.is_empty(), gone.is_empty()) {
        (false, false) => write!(
            f,
            "`{column}` has levels only after, {}, and only before, {}",
            list(new),
            list(gone)
        ),
        (false, true) => write!(f, "`{column}` has levels only after: {}", list(new)),
        _ => write!(f, "`{column}` has levels only before: {}", list(gone)),
    }
}
