//! *What differs between two tables, by how much, and how surely?*

use crate::pass::{ColumnPass, Content, TextPass};
use crate::{ProfileError, Profiler};
use stats::drift::{Drift, ks, missing_share, total_variation};
use stats::interval::newcombe;
use stats::multiplicity::benjamini_hochberg;
use stats::{Estimate, StatsError};
use std::collections::BTreeSet;
use table::Kind;

/// Levels compared one by one, frequent ones of either side.
const MOST_LEVELS: usize = 50;
/// Levels that are named as having moved.
const MOST_MOVED: usize = 5;

/// What differs between a first table and a second.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Rows of either table.
    pub n_rows: (u64, u64),
    /// Differences of columns that both have, those that hold first and the largest of them first.
    pub differences: Vec<Difference>,
    /// Columns that only the first has.
    pub only_first: Vec<String>,
    /// Columns that only the second has.
    pub only_second: Vec<String>,
    /// Columns whose kind differs: name, first kind, second kind.
    pub other_kind: Vec<(String, Kind, Kind)>,
}

/// One difference of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The column.
    pub column: String,
    /// The kind of its cells.
    pub kind: Kind,
    /// What was compared.
    pub what: Aspect,
    /// How far apart the two are, from 0 (alike) to 1: the largest distance of the distributions of numbers, the share of
    /// rows that would have to change level, the difference of missing shares.
    pub distance: f64,
    /// Probability of at least this distance between two samples of one table, corrected for all differences looked at
    /// (Benjamini and Hochberg).
    pub p_adjusted: f64,
    /// Whether the corrected p-value is below `1 - level`.
    pub holds: bool,
}

/// What was compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Aspect {
    /// Numbers, or days since 1970-01-01.
    Numbers {
        /// Means.
        means: (f64, f64),
        /// Medians.
        medians: (f64, f64),
        /// The second mean minus the first, with Welch's interval.
        difference: Estimate,
    },
    /// Levels.
    Levels {
        /// The levels that moved most: text, first share, second share.
        moved: Vec<(String, f64, f64)>,
    },
    /// Whether there is a value.
    Missing {
        /// Shares of rows without a value.
        shares: (f64, f64),
        /// The second share minus the first, with Newcombe's interval.
        difference: Estimate,
    },
}

/// Compares what two profilers have seen: values and missing cells of each column that both have.
///
/// Both tables count as samples; with many rows the smallest difference is certain, so look at the distance. Columns that
/// name rows are told apart by values that cannot agree, and differ almost surely.
///
/// # Errors
/// [`ProfileError::Stats`] for a level outside (0, 1).
pub fn compare(first: &Profiler, second: &Profiler, level: f64) -> Result<Comparison, ProfileError> {
    let n_rows = (first.n_rows(), second.n_rows());
    let names = |profiler: &Profiler| {
        profiler
            .passes()
            .iter()
            .map(|pass| pass.name.clone())
            .collect::<BTreeSet<_>>()
    };
    let (mut found, mut p_values) = (Vec::new(), Vec::new());
    let mut other_kind = Vec::new();
    for one in first.passes() {
        let Some(other) = second.passes().iter().find(|pass| pass.name == one.name) else {
            continue;
        };
        if one.kind != other.kind && !(one.kind.is_numeric() && other.kind.is_numeric()) {
            other_kind.push((one.name.clone(), one.kind, other.kind));
            continue;
        }
        for (what, drift) in [values(one, other, level)?, missing(one, other, n_rows, level)?]
            .into_iter()
            .flatten()
        {
            p_values.push(drift.p_value.unwrap_or(1.0).clamp(0.0, 1.0));
            found.push((one.name.clone(), one.kind, what, drift.effect.abs()));
        }
    }
    let adjusted = benjamini_hochberg(&p_values)?;
    let difference =
        |((column, kind, what, distance), p_adjusted): ((String, Kind, Aspect, f64), f64)| Difference {
            column,
            kind,
            what,
            distance,
            p_adjusted,
            holds: p_adjusted < 1.0 - level,
        };
    let mut differences: Vec<Difference> = found.into_iter().zip(adjusted).map(difference).collect();
    differences.sort_by(|a, b| b.holds.cmp(&a.holds).then(b.distance.total_cmp(&a.distance)));
    let (ours, theirs) = (names(first), names(second));
    Ok(Comparison {
        n_rows,
        differences,
        only_first: ours.difference(&theirs).cloned().collect(),
        only_second: theirs.difference(&ours).cloned().collect(),
        other_kind,
    })
}

type Found = Option<(Aspect, Drift)>;

fn values(one: &ColumnPass, other: &ColumnPass, level: f64) -> Result<Found, StatsError> {
    match (&one.content, &other.content) {
        (Content::Numbers(a, _), Content::Numbers(b, _)) => {
            let (Some(first), Some(second)) = (a.moments.mean(), b.moments.mean()) else {
                return Ok(None);
            };
            let median = |side: &stats::sketch::Quantiles| side.quantile(0.5).unwrap_or(f64::NAN);
            let what = Aspect::Numbers {
                means: (first, second),
                medians: (median(&a.quantiles), median(&b.quantiles)),
                difference: b.moments.mean_difference(&a.moments, level)?,
            };
            Ok(Some((what, ks(&a.quantiles, &b.quantiles)?)))
        }
        (Content::Texts(a), Content::Texts(b)) => levels(a, b),
        _ => Ok(None),
    }
}

fn levels(a: &TextPass, b: &TextPass) -> Result<Found, StatsError> {
    let (n, m) = (a.levels.total(), b.levels.total());
    if n == 0 || m == 0 {
        return Ok(None);
    }
    let top = |side: &TextPass| {
        side.levels
            .top(MOST_LEVELS)
            .into_iter()
            .map(|item| item.key)
            .collect::<Vec<_>>()
    };
    let mut names: Vec<String> = top(a).into_iter().chain(top(b)).collect();
    names.sort_unstable();
    names.dedup();
    let counts = |side: &TextPass, total: u64| {
        let mut counts: Vec<u64> = names.iter().map(|name| side.levels.count_of(name).0).collect();
        // everything else is one more level
        counts.push(total - counts.iter().sum::<u64>().min(total));
        counts
    };
    let (first, second) = (counts(a, n), counts(b, m));
    let mut moved: Vec<(String, f64, f64)> = names
        .iter()
        .zip(first.iter().zip(&second))
        .map(|(name, (x, y))| (name.clone(), *x as f64 / n as f64, *y as f64 / m as f64))
        .collect();
    moved.sort_by(|a, b| {
        (b.2 - b.1)
            .abs()
            .total_cmp(&(a.2 - a.1).abs())
            .then_with(|| a.0.cmp(&b.0))
    });
    moved.truncate(MOST_MOVED);
    Ok(Some((
        Aspect::Levels { moved },
        total_variation(&first, &second)?,
    )))
}

fn missing(
    one: &ColumnPass,
    other: &ColumnPass,
    (n, m): (u64, u64),
    level: f64,
) -> Result<Found, StatsError> {
    if n == 0 || m == 0 || one.n_missing + other.n_missing == 0 {
        return Ok(None);
    }
    let drift = missing_share(one.n_missing, n, other.n_missing, m)?;
    let shares = (one.n_missing as f64 / n as f64, other.n_missing as f64 / m as f64);
    let difference = newcombe(
        other.n_missing as f64,
        m as f64,
        one.n_missing as f64,
        n as f64,
        level,
    )?;
    Ok(Some((Aspect::Missing { shares, difference }, drift)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Options;
    use std::sync::Arc;
    use table::Table;
    use table::arrow::array::{ArrayRef, Float64Array, StringArray};

    fn seen(n: i64, shift: f64, gaps: i64, extra: &str) -> Profiler {
        let noise = |row: i64, seed: i64| ((row * 7919 + seed * 104_729) % 10_007) as f64 / 10_007.0;
        let price: ArrayRef = Arc::new(Float64Array::from_iter_values(
            (0..n).map(|row| noise(row, 1) + shift),
        ));
        let same: ArrayRef = Arc::new(Float64Array::from_iter(
            (0..n).map(|row| (row % gaps != 0).then_some(noise(row, gaps))),
        ));
        let plan: ArrayRef = Arc::new(StringArray::from_iter_values(
            (0..n).map(|row| if noise(row, 5) < 0.5 + shift { "a" } else { "b" }),
        ));
        let other: ArrayRef = Arc::new(StringArray::from_iter_values((0..n).map(|_| "x")));
        let columns = [("price", price), ("same", same), ("plan", plan), (extra, other)];
        let table = Table::new(columns.map(|(name, array)| (name.to_owned(), array)).to_vec()).unwrap();
        let mut profiler = Profiler::new(&table.columns(), &Options::default()).unwrap();
        profiler.see(table.batch()).unwrap();
        profiler
    }

    #[test]
    fn what_moved_is_found_and_what_did_not_is_not() {
        let found = compare(&seen(4000, 0.0, 10, "old"), &seen(6000, 0.2, 5, "new"), 0.95).unwrap();
        assert_eq!(
            (found.only_first, found.only_second),
            (vec!["old".to_owned()], vec!["new".to_owned()])
        );
        let holds: Vec<(&str, bool)> = found
            .differences
            .iter()
            .map(|d| (d.column.as_str(), d.holds))
            .collect();
        assert_eq!(holds.len(), 4, "{holds:?}");
        let of = |column: &str, is_missing: bool| {
            let is_it = |d: &&Difference| {
                d.column == column && matches!(d.what, Aspect::Missing { .. }) == is_missing
            };
            found.differences.iter().find(is_it).unwrap()
        };
        let Aspect::Numbers { difference, .. } = of("price", false).what else {
            panic!("numbers")
        };
        assert!(
            difference.covers(0.2) && difference.high - difference.low < 0.03,
            "{difference:?}"
        );
        assert!(of("price", false).holds && (of("price", false).distance - 0.2).abs() < 0.03);
        let Aspect::Levels { moved } = &of("plan", false).what else {
            panic!("levels")
        };
        assert!(
            (moved[0].1 - 0.5).abs() < 0.03 && (moved[0].2 - 0.7).abs() < 0.03,
            "{moved:?}"
        );
        let Aspect::Missing { difference, .. } = of("same", true).what else {
            panic!("missing")
        };
        assert!(difference.covers(0.1) && of("same", true).holds);
        assert!(!of("same", false).holds, "{:?}", of("same", false));
    }

    #[test]
    fn a_table_does_not_differ_from_itself() {
        let found = compare(&seen(3000, 0.1, 7, "x"), &seen(3000, 0.1, 7, "x"), 0.95).unwrap();
        assert!(found.differences.iter().all(|d| !d.holds && d.distance == 0.0));
    }
}
