use super::{Table, count_pairs};
use crate::distribution::ChiSquare;
use crate::effect::table::association_sizes;
use crate::test::TestResult;
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
    let statistic = table.statistic(continuity);
    of_statistic("chi-square test", "χ²", statistic, &table, level)
}

/// A statistic of independence against chi-square, with the sizes of the association.
pub(super) fn of_statistic(
    method: &'static str,
    letter: &'static str,
    statistic: f64,
    table: &Table,
    level: f64,
) -> Result<TestResult, StatsError> {
    let [effect, plain] = association_sizes(table, level);
    let ln_p = ChiSquare::new(table.df())?.ln_sf(statistic);
    Ok(TestResult {
        df: vec![table.df()],
        more_effects: vec![plain],
        n_used: table.n as usize,
        assumptions: vec![table.expected_counts_assumption()],
        ..TestResult::new(method, letter, statistic, ln_p, effect)
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
