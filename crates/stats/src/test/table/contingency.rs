use crate::test::Assumption;
use crate::test::sample::check_codes;
use crate::{StatsError, check};

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
        .filter(|&n| n <= 10_000_000)
        .ok_or(StatsError::OutOfRange {
            what: "cells of the table",
            found: n_a as f64 * n_b as f64,
            expected: "at most ten million",
        })?;
    let mut counts = vec![0; n_cells];
    for (&a, &b) in a.iter().zip(b) {
        counts[a as usize * n_b + b as usize] += 1;
    }
    Ok(counts)
}

/// The counts that independence of rows and columns would lead to expect, `(n_rows, n_columns)` in row order.
///
/// # Errors
/// [`StatsError::LengthMismatch`] for a ragged table, [`StatsError::OneClass`] if all counts are 0.
///
/// # Reference
/// Checked against scipy `contingency.expected_freq`.
pub fn expected_counts(counts: &[u64], n_columns: usize) -> Result<Vec<f64>, StatsError> {
    check_shape(counts, n_columns)?;
    let total = |cells: &mut dyn Iterator<Item = &u64>| cells.map(|&x| x as f64).sum::<f64>();
    let columns: Vec<f64> = (0..n_columns)
        .map(|c| total(&mut counts.iter().skip(c).step_by(n_columns)))
        .collect();
    let n: f64 = columns.iter().sum();
    if n == 0.0 {
        return Err(StatsError::OneClass {
            what: "the table",
            found: "without counts".to_owned(),
        });
    }
    let rows = counts.chunks_exact(n_columns).map(|row| total(&mut row.iter()));
    Ok(rows
        .flat_map(|row| {
            columns
                .iter()
                .map(move |column| row * column / n)
                .collect::<Vec<f64>>()
        })
        .collect())
}

fn check_shape(counts: &[u64], n_columns: usize) -> Result<(), StatsError> {
    if n_columns == 0 || !counts.len().is_multiple_of(n_columns) {
        let found = counts.len();
        return Err(StatsError::LengthMismatch {
            what: "counts",
            found,
            expected: n_columns,
        });
    }
    check::at_least("counts", counts.len(), 1)
}

/// A table of counts without empty rows and columns.
pub(crate) struct Table {
    /// Row after row.
    pub(crate) counts: Vec<f64>,
    /// Totals of the rows.
    pub(crate) rows: Vec<f64>,
    /// Totals of the columns.
    pub(crate) columns: Vec<f64>,
    pub(crate) n: f64,
}

impl Table {
    pub(crate) fn new(counts: &[u64], n_columns: usize) -> Result<Self, StatsError> {
        check_shape(counts, n_columns)?;
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

    pub(crate) fn df(&self) -> f64 {
        (self.rows.len() as f64 - 1.0) * (self.columns.len() as f64 - 1.0)
    }

    /// The smaller number of levels minus 1.
    pub(crate) fn smaller_side(&self) -> f64 {
        self.rows.len().min(self.columns.len()) as f64 - 1.0
    }

    /// Counts and expected counts.
    pub(super) fn cells(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let n_columns = self.columns.len();
        self.counts.iter().enumerate().map(move |(i, &count)| {
            (
                count,
                self.rows[i / n_columns] / self.n * self.columns[i % n_columns],
            )
        })
    }

    /// Pearson's statistic, with Yates' half off each distance where `continuity` and the table is 2 x 2.
    pub(crate) fn statistic(&self, continuity: bool) -> f64 {
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
