//! What is asked.

use super::WhyError;

/// The number whose change is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// How many rows there are; the sum of weights where there are weights.
    Count,
    /// The sum of a column of numbers.
    Sum {
        /// The column.
        column: String,
    },
    /// The mean of a column of numbers.
    Mean {
        /// The column.
        column: String,
    },
    /// The share of a class.
    Rate {
        /// The column.
        column: String,
        /// The class; found out for two classes if `None`, as for [`segments`](crate::segments).
        positive: Option<String>,
    },
    /// The sum of one column over the sum of another.
    Ratio {
        /// The column on top.
        numerator: String,
        /// The column below, 0 or more in every row.
        denominator: String,
    },
}

impl Metric {
    /// Whether it grows with the number of rows.
    #[must_use]
    pub fn is_total(&self) -> bool {
        matches!(self, Metric::Count | Metric::Sum { .. })
    }

    /// The columns that it is made of.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Metric::Count => Vec::new(),
            Metric::Sum { column } | Metric::Mean { column } | Metric::Rate { column, .. } => vec![column],
            Metric::Ratio {
                numerator,
                denominator,
            } => vec![numerator, denominator],
        }
    }
}

/// How to look for an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// A column of weights, 0 or more; every row counts 1 if `None`.
    pub weight: Option<String>,
    /// The column of a customer, store or the like whose rows belong together; every row stands for itself if `None`.
    /// Missing cells are one cluster each.
    pub cluster: Option<String>,
    /// The columns to look at; all that are of use if empty.
    pub dimensions: Vec<String>,
    /// Columns never to look at.
    pub exclude: Vec<String>,
    /// Confidence level of intervals, default 0.95.
    pub level: f64,
    /// The chance of naming any segment if none moved, default 0.05.
    pub alpha: f64,
    /// The most conditions of a segment, 1 to 3; default 3.
    pub most_conditions: usize,
    /// The most findings of a kind, 1 to 12, default 6.
    pub most_findings: usize,
    /// The smallest effect of a finding, as a share of the change or of the largest effect, whichever is larger; default 0.005.
    /// Smaller ones are told in a caveat.
    pub smallest_effect: f64,
    /// The smallest segment as a share of all rows, default 0.005; never fewer than 30 rows.
    pub smallest_share: f64,
    /// Resamples behind each interval, default 500.
    pub n_resamples: usize,
    /// Seed of the resamples.
    pub seed: u64,
    /// Threads; results do not depend on it. Default 1.
    pub n_threads: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            weight: None,
            cluster: None,
            dimensions: Vec::new(),
            exclude: Vec::new(),
            level: 0.95,
            alpha: 0.05,
            most_conditions: 3,
            most_findings: 6,
            smallest_effect: 0.005,
            smallest_share: 0.005,
            n_resamples: 500,
            seed: 1,
            n_threads: 1,
        }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), WhyError> {
        let within = |what, found: f64| match 0.0 < found && found < 1.0 {
            true => Ok(()),
            false => Err(setting(what, found, "a fraction in (0, 1)")),
        };
        within("level", self.level)?;
        within("alpha", self.alpha)?;
        within("smallest_share", self.smallest_share)?;
        if !(0.0..1.0).contains(&self.smallest_effect) {
            return Err(setting(
                "smallest_effect",
                self.smallest_effect,
                "0 or a fraction below 1",
            ));
        }
        if !(1..=3).contains(&self.most_conditions) {
            return Err(setting("most_conditions", self.most_conditions, "1, 2 or 3"));
        }
        if !(1..=12).contains(&self.most_findings) {
            return Err(setting("most_findings", self.most_findings, "1 to 12"));
        }
        match (20..=100_000).contains(&self.n_resamples) {
            true => Ok(()),
            false => Err(setting("n_resamples", self.n_resamples, "20 to 100,000")),
        }
    }
}

fn setting(what: &'static str, found: impl ToString, expected: &'static str) -> WhyError {
    WhyError::Setting {
        what,
        found: found.to_string(),
        expected,
    }
}
