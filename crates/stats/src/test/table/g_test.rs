use super::{Table, chi_square::of_statistic};
use crate::math::x_ln_y;
use crate::test::TestResult;
use crate::{StatsError, check};

/// The G test of independence of rows and columns: twice the log likelihood ratio.
///
/// # Shapes and units
/// As [`chi_square`](crate::chi_square); `continuity` moves each count of a 2 x 2 table up to a half towards what is expected.
///
/// # Assumptions
/// As the chi-square test, to which it is close.
///
/// # Errors
/// As [`chi_square`](crate::chi_square).
///
/// # Reference
/// B. Woolf (1957), Annals of Human Genetics 21, 397-409. Checked against scipy `chi2_contingency(lambda_="log-likelihood")`.
pub fn g_test(
    counts: &[u64],
    n_columns: usize,
    continuity: bool,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let table = Table::new(counts, n_columns)?;
    let half = if continuity && table.df() == 1.0 { 0.5 } else { 0.0 };
    let term = |(count, expected): (f64, f64)| {
        let towards = (expected - count).clamp(-half, half);
        x_ln_y(count + towards, (count + towards) / expected)
    };
    let statistic = (2.0 * table.cells().map(term).sum::<f64>()).max(0.0);
    of_statistic("G test", "G", statistic, &table, level)
}
