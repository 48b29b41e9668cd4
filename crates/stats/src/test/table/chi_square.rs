use crate::distribution::{ChiSquare, noncentral_chi_square_cdf, noncentrality_interval};
use crate::interval::Estimate;
use crate::math::sqrt;
use crate::test::sample::check_codes;
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The chi-square test of independence of rows and columns.
///
/// # Shapes and units
/// `counts` is `(n_rows, n_columns)` in row order. Empty rows and columns are left out. The effect is Cramér's V with
/// Bergsma's bias correction, its interval from the noncentral chi-square distribution; plain V stands in `more_effects`.
/// `continuity` takes Yates' half off each distance, in 2 x 2 tables only.
///
/// # Assumptions
/// Independent rows; expected counts of 5 and more in four fifths of the cells and of 1 in all (Cochran).
///
/// # Errors
/// [`StatsError::LengthMismatch`] for a ragged table, [`StatsError::OneClass`] if fewer than two rows or columns hold counts.
///
/// # Reference
/// K. Pearson (1900); W. Bergsma (2013), Journal of the Korean Statistical Society 42, 323-328. Checked against scipy
/// `chi2_contingency`.
pub fn chi_square(
    counts: &[u64],
    n_columns: usize,
    continuity: bool,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let table = Table::new(counts, n_columns)?;
    let (df, statistic) = (table.df(), table.statistic(continuity));
    let effect = Effect {
        name: "Cramér's V (bias-corrected)",
        estimate: cramers_v(&table, level),
    };
    let result = TestResult::new(
        "chi-square test",
        "χ²",
        statistic,
        ChiSquare::new(df)?.ln_sf(statistic),
        effect,
    );
    let plain = sqrt(table.statistic(false) / (table.n * table.smaller_side()));
    let interval = result.effect.estimate;
    let plain = Estimate {
        value: plain,
        low: interval.low.min(plain),
        high: interval.high.max(plain),
    };
    Ok(TestResult {
        df: vec![df],
        more_effects: vec![Effect {
            name: "Cramér's V",
            estimate: plain,
        }],
        n_used: table.n as usize,
        assumptions: vec![table.expected_counts_assumption()],
        ..result
    })
}

/// [`chi_square`] of two columns of codes, `a` in `0..n_a` down the rows and `b` in `0..n_b` across, without continuity
/// correction.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a code out of range; else as [`chi_square`].
pub fn chi_square_from_codes(
    a: &[u32],
    n_a: usize,
    b: &[u32],
    n_b: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    chi_square(&count_pairs(a, n_a, b, n_b)?, n_b, false, level)
}

/// Counts the pairs of codes, `(n_a, n_b)` in row order.
pub(in crate::test) fn count_pairs(
    a: &[u32],
    n_a: usize,
    b: &[u32],
    n_b: usize,
) -> Result<Vec<u64>, StatsError> {
    check::same_length("b", b.len(), a.len())?;
    check_codes("a", a, n_a)?;
    check_codes("b", b, n_b)?;
    let n_cells = n_a
        .checked_mul(n_b)
        .filter(|&n| n <= 100_000_000)
        .ok_or(StatsError::OutOfRange {
            what: "cells of the table",
            found: n_a as f64 * n_b as f64,
            expected: "at most 100 million",
        })?;
    let mut counts = vec![0; n_cells];
    for (&a, &b) in a.iter().zip(b) {
        counts[a as usize * n_b + b as usize] += 1;
    }
    Ok(counts)
}

/// A table of counts without empty rows and columns.
pub(in crate::test) struct Table {
    counts: Vec<f64>,
    rows: Vec<f64>,
    columns: Vec<f64>,
    n: f64,
}

impl Table {
    pub(in crate::test) fn new(counts: &[u64], n_columns: usize) -> Result<Self, StatsError> {
        if n_columns == 0 || !counts.len().is_multiple_of(n_columns) {
            let found = counts.len();
            return Err(StatsError::LengthMismatch {
                what: "counts",
                found,
                expected: n_columns,
            });
        }
        check::at_least("counts", counts.len(), 1)?;
        let column_total = |c: usize| {
            counts
                .iter()
                .skip(c)
                .step_by(n_columns)
                .map(|&x| x as f64)
                .sum::<f64>()
        };
        let totals: Vec<f64> = (0..n_columns).map(column_total).collect();
        let mut table = Self {
            counts: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
            n: totals.iter().sum(),
        };
        for row in counts
            .chunks_exact(n_columns)
            .filter(|row| row.iter().any(|&x| x > 0))
        {
            table.rows.push(row.iter().map(|&x| x as f64).sum());
            let used = row.iter().zip(&totals).filter(|(_, total)| **total > 0.0);
            table.counts.extend(used.map(|(&x, _)| x as f64));
        }
        table.columns = totals.into_iter().filter(|&t| t > 0.0).collect();
        for (what, side) in [
            ("rows of the table", &table.rows),
            ("columns of the table", &table.columns),
        ] {
            if side.len() < 2 {
                return Err(StatsError::OneClass {
                    what,
                    found: format!("with {} counts", table.n),
                });
            }
        }
        Ok(table)
    }

    fn df(&self) -> f64 {
        (self.rows.len() as f64 - 1.0) * (self.columns.len() as f64 - 1.0)
    }

    /// The smaller number of levels minus 1.
    fn smaller_side(&self) -> f64 {
        self.rows.len().min(self.columns.len()) as f64 - 1.0
    }

    fn cells(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let n_columns = self.columns.len();
        self.counts.iter().enumerate().map(move |(i, &count)| {
            (
                count,
                self.rows[i / n_columns] / self.n * self.columns[i % n_columns],
            )
        })
    }

    fn statistic(&self, continuity: bool) -> f64 {
        let half = if continuity && self.df() == 1.0 { 0.5 } else { 0.0 };
        let term = |(count, expected): (f64, f64)| {
            let distance = (count - expected).abs();
            let distance = distance - distance.min(half);
            distance * distance / expected
        };
        self.cells().map(term).sum()
    }

    /// Whether the chi-square approximation can be trusted.
    pub(in crate::test) fn expected_counts_assumption(&self) -> Assumption {
        let least = self.cells().map(|(_, e)| e).fold(f64::INFINITY, f64::min);
        let n_small = self.cells().filter(|(_, e)| *e < 5.0).count();
        Assumption {
            name: "expected counts are large enough",
            holds: least >= 1.0 && n_small * 5 <= self.counts.len(),
            detail: format!(
                "{n_small} of {} cells expect fewer than 5, the least {least:.2}",
                self.counts.len()
            ),
        }
    }

    pub(in crate::test) fn least_expected(&self) -> f64 {
        self.cells().map(|(_, e)| e).fold(f64::INFINITY, f64::min)
    }
}

/// Cramér's V with Bergsma's bias correction; interval from the noncentral chi-square distribution.
fn cramers_v(table: &Table, level: f64) -> Estimate {
    let (r, c, n) = (table.rows.len() as f64, table.columns.len() as f64, table.n);
    let statistic = table.statistic(false);
    let (low, high) =
        noncentrality_interval(|nc| noncentral_chi_square_cdf(statistic, table.df(), nc), level);
    let to_v = |nc: f64| sqrt(nc / (n * table.smaller_side())).min(1.0);
    let excess = (statistic / n - table.df() / (n - 1.0)).max(0.0);
    let shrunk = |k: f64| k - (k - 1.0) * (k - 1.0) / (n - 1.0);
    let side = shrunk(r).min(shrunk(c)) - 1.0;
    let value = if n > 1.0 && side > 0.0 {
        sqrt(excess / side).min(1.0)
    } else {
        0.0
    };
    Estimate {
        value,
        low: to_v(low).min(value),
        high: to_v(high).max(value),
    }
}
