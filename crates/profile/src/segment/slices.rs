//! The few groups of rows in which a number is larger than elsewhere, or off zero: conjunctions of up to three conditions.

mod naming;
mod search;

use super::moments::Centred;
use super::parts::parts_and_halves;
use crate::ProfileError;
use search::{Search, distinct};
use stats::{Estimate, StatsError};
use table::Table;

/// What is sought in the mean of the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sought {
    /// That it is at least `by` times as large in the slice as in all other rows.
    Larger {
        /// The factor, 1 and more.
        by: f64,
    },
    /// That it is another than in all other rows, and further from 0 beyond its interval.
    OffZero,
}

/// How rows count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Design {
    /// Weights, `(n_rows,)`, 0 and more; all 1 if `None`. A row of weight 0, or of one that is not finite, does not count.
    pub weights: Option<Vec<f64>>,
    /// Of each row the number of its cluster, `(n_rows,)`, such as a customer, counted from 0: rows of a cluster may move
    /// together. All are independent if `None`.
    pub clusters: Option<Vec<u32>>,
}

impl Design {
    /// The same of some of the rows.
    #[must_use]
    pub fn of_rows(&self, rows: &[usize]) -> Design {
        Design {
            weights: self
                .weights
                .as_ref()
                .map(|all| rows.iter().map(|row| all[*row]).collect()),
            clusters: self
                .clusters
                .as_ref()
                .map(|all| rows.iter().map(|row| all[*row]).collect()),
        }
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        let weight = self.weights.as_ref().map_or(1.0, |weights| weights[row]);
        if weight.is_finite() { weight } else { 0.0 }
    }

    fn is_plain(&self) -> bool {
        self.weights.is_none() && self.clusters.is_none()
    }

    fn check(&self, n_rows: usize) -> Result<(), StatsError> {
        let lengths = [
            ("weights", self.weights.as_ref().map(Vec::len)),
            ("clusters", self.clusters.as_ref().map(Vec::len)),
        ];
        let wrong = lengths
            .into_iter()
            .find_map(|(what, n)| Some((what, n.filter(|n| *n != n_rows)?)));
        wrong.map_or(Ok(()), |(what, found)| {
            Err(StatsError::LengthMismatch {
                what,
                found,
                expected: n_rows,
            })
        })
    }
}

/// What to look at.
#[derive(Clone, Debug)]
pub struct SliceOptions {
    /// Columns never to look at.
    pub exclude: Vec<String>,
    /// What is sought.
    pub sought: Sought,
    /// The most conditions of a slice, 1 to 3.
    pub most_conditions: usize,
    /// The confidence level of the intervals; a corrected p-value below one less it is a finding.
    pub level: f64,
    /// How rows count.
    pub design: Design,
}

/// A group of rows and the outcome in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Its columns, one for each condition.
    pub columns: Vec<String>,
    /// What is in it, such as `plan is monthly and age is above 60`.
    pub label: String,
    /// Its rows, ascending; those without an outcome are left out.
    pub rows: Vec<usize>,
    /// The mean of the outcome with interval.
    pub inside: Estimate,
    /// The mean of all other rows with interval.
    pub outside: Estimate,
    /// `inside - outside` with Welch's interval.
    pub difference: Estimate,
    /// Corrected for all slices looked at.
    pub p_adjusted: f64,
}

/// The slices named.
#[derive(Clone, Debug, PartialEq)]
pub struct Slices {
    /// They, strongest first.
    pub named: Vec<Slice>,
    /// How many could have been named; p-values allow for all of them.
    pub n_looked_at: u64,
    /// How many of one condition had enough rows or clusters on both sides to be compared; where none had, nothing was
    /// found out.
    pub n_compared: u64,
}

/// The slices of `table` in which the mean of `outcome` is as sought, strongest first, at most six.
///
/// Conditions are levels of categories (the 30 first), quarters and halves of numbers, days and times, and missing. Slices
/// have at least 50 rows and leave 200 (of unequal weights rows that say as much), and of clusters 30 on each side. A condition more is named only where the outcome differs from that in the rest of
/// the slice without it; and a slice only if it holds without the rows of those named before it. Identifiers, constants
/// and free text are no conditions. Nothing is drawn.
///
/// # Shapes and missing values
/// `outcome` is `(n_rows,)`; rows where it is not finite are left out.
///
/// # What the p-values mean
/// Of Welch's and Student's the larger one, one-sided for [`Sought::Larger`]; with weights for weighted means, with clusters
/// by what each cluster adds to the difference. They are corrected by Benjamini and Hochberg
/// with equal weight for slices of one, two and three conditions, over all that there are, also those that were not worth
/// a test. Without the rows of those named before, a slice is held to the line of as many rejections as there are names, so
/// that many slices which hold for one reason do not help a further one. Where nothing differs, the chance of naming any is at most `1 - level`.
///
/// # Errors
/// [`ProfileError::Stats`]: an outcome of another length, a level outside (0, 1); [`ProfileError::Table`].
///
/// # Reference
/// Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300; C. R. Genovese, K. Roeder, L. Wasserman (2006), Biometrika 93,
/// 509-524 (weights); Y. Chung et al. (2019), Slice Finder, ICDE, for the question.
pub fn slices(table: &Table, outcome: &[f64], options: &SliceOptions) -> Result<Slices, ProfileError> {
    if outcome.len() != table.n_rows() {
        return Err(StatsError::LengthMismatch {
            what: "outcome",
            found: outcome.len(),
            expected: table.n_rows(),
        }
        .into());
    }
    options.design.check(table.n_rows())?;
    let centred = Centred::of(outcome, &options.design);
    let mut parts = Vec::new();
    for (name, kind) in table.columns() {
        if !options.exclude.contains(&name) {
            parts.extend(parts_and_halves(
                &name,
                kind,
                &table.column(&name)?,
                options.level,
            )?);
        }
    }
    let search = Search {
        parts: distinct(parts, &centred.present),
        total: centred.within(&centred.present),
        centred: &centred,
        options,
    };
    search.run(outcome)
}

/// The mean of rows that count as `design` says, with its interval; `None` of fewer than two, and where none counts.
///
/// # Shapes and missing values
/// `values` is `(n_rows,)`, as are weights and clusters; values that are not finite are left out.
///
/// # Errors
/// [`ProfileError::Stats`]: weights or clusters of another length.
pub fn designed_mean(values: &[f64], design: &Design, level: f64) -> Result<Option<Estimate>, ProfileError> {
    design.check(values.len())?;
    let centred = Centred::of(values, design);
    let all = centred.within(&centred.present);
    Ok(centred.estimate(&all, level))
}

#[cfg(test)]
mod tests;
