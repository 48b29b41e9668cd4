//! How strongly rows and columns of a table of counts belong together.

use crate::distribution::{noncentral_chi_square_cdf, noncentrality_interval};
use crate::interval::{self, Estimate, two_sided_normal};
use crate::math::{asin, atanh, sqrt, tanh};
use crate::test::{Effect, Table};
use crate::{StatsError, check};

/// Cramér's V of a table, in [0, 1]: the root of chi-square over its most.
///
/// # Shapes and units
/// `counts` is `(n_rows, n_columns)` in row order; empty rows and columns are left out. The interval comes from the
/// noncentral chi-square distribution.
///
/// # Errors
/// As [`chi_square`](crate::chi_square).
///
/// # Reference
/// H. Cramér (1946). Checked against scipy `contingency.association(method="cramer")`.
pub fn cramers_v(counts: &[u64], n_columns: usize, level: f64) -> Result<Estimate, StatsError> {
    of_counts(counts, n_columns, level, plain_v)
}

/// Cramér's V with Bergsma's bias correction: 0 on average where nothing belongs together.
///
/// # Errors
/// As [`cramers_v`].
///
/// # Reference
/// W. Bergsma (2013), Journal of the Korean Statistical Society 42, 323-328.
pub fn cramers_v_corrected(counts: &[u64], n_columns: usize, level: f64) -> Result<Estimate, StatsError> {
    of_counts(counts, n_columns, level, corrected_v)
}

/// Tschuprow's T, in [0, 1]: as [`cramers_v`], 1 in square tables only.
///
/// # Errors
/// As [`cramers_v`].
///
/// # Reference
/// Checked against scipy `contingency.association(method="tschuprow")`.
pub fn tschuprow_t(counts: &[u64], n_columns: usize, level: f64) -> Result<Estimate, StatsError> {
    of_counts(counts, n_columns, level, |table, level| {
        by_noncentrality(table, level, |x| sqrt(x / (table.n * sqrt(table.df()))).min(1.0))
    })
}

/// Pearson's contingency coefficient, `sqrt(χ² / (χ² + n))`, below 1.
///
/// # Errors
/// As [`cramers_v`].
///
/// # Reference
/// Checked against scipy `contingency.association(method="pearson")`.
pub fn contingency_coefficient(counts: &[u64], n_columns: usize, level: f64) -> Result<Estimate, StatsError> {
    of_counts(counts, n_columns, level, |table, level| {
        by_noncentrality(table, level, |x| sqrt(x / (x + table.n)))
    })
}

/// Phi of a 2 x 2 table, in [-1, 1]: the correlation of its rows and columns, with Fisher's interval.
///
/// # Errors
/// [`StatsError::OneClass`] if a row or column is empty.
pub fn phi(table: [[u64; 2]; 2], level: f64) -> Result<Estimate, StatsError> {
    check::level(level)?;
    let sums = Table::new(table.as_flattened(), 2)?;
    let [[a, b], [c, d]] = table.map(|row| row.map(|count| count as f64));
    let unit = sqrt(sums.rows.iter().chain(&sums.columns).product::<f64>());
    let value = if b + c == 0.0 || a + d == 0.0 {
        (a - b).signum()
    } else {
        ((a * d - b * c) / unit).clamp(-1.0, 1.0)
    };
    let half = if sums.n > 3.0 {
        two_sided_normal(level) / sqrt(sums.n - 3.0)
    } else {
        f64::INFINITY
    };
    if value.abs() == 1.0 {
        return Ok(Estimate {
            value,
            low: value,
            high: value,
        });
    }
    Ok(Estimate {
        value,
        low: tanh(atanh(value) - half),
        high: tanh(atanh(value) + half),
    })
}

/// The odds ratio of a 2 x 2 table, `a d / (b c)`, with Woolf's interval.
///
/// # Errors
/// As [`interval::odds_ratio`].
pub fn odds_ratio(table: [[u64; 2]; 2], level: f64) -> Result<Estimate, StatsError> {
    let [[a, b], [c, d]] = table.map(|row| row.map(|count| count as f64));
    interval::odds_ratio(a, a + b, c, c + d, level)
}

/// The risk ratio of a 2 x 2 table: the share of the first column in the first row over that in the second, with Katz's
/// interval.
///
/// # Errors
/// As [`interval::risk_ratio`].
pub fn risk_ratio(table: [[u64; 2]; 2], level: f64) -> Result<Estimate, StatsError> {
    let [[a, b], [c, d]] = table.map(|row| row.map(|count| count as f64));
    interval::risk_ratio(a, a + b, c, c + d, level)
}

/// Cohen's h of two proportions, `2 asin(sqrt(a)) - 2 asin(sqrt(b))`: a difference whose variance does not depend on where the
/// proportions lie.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a proportion outside [0, 1].
///
/// # Reference
/// J. Cohen (1988), Statistical power analysis, chapter 6. Checked against statsmodels `proportion_effectsize`.
pub fn cohen_h(a: f64, b: f64) -> Result<f64, StatsError> {
    check::probabilities("proportions", &[a, b])?;
    let angle = |p: f64| 2.0 * asin(sqrt(p));
    Ok(angle(a) - angle(b))
}

/// Cramér's V, corrected and plain, with one interval.
pub(crate) fn association_sizes(table: &Table, level: f64) -> [Effect; 2] {
    let estimate = corrected_v(table, level);
    let value = sqrt(table.statistic(false) / (table.n * table.smaller_side()));
    [
        Effect {
            name: "Cramér's V (bias-corrected)",
            estimate,
        },
        Effect {
            name: "Cramér's V",
            estimate: Estimate {
                value,
                low: estimate.low.min(value),
                high: estimate.high.max(value),
            },
        },
    ]
}

fn of_counts(
    counts: &[u64],
    n_columns: usize,
    level: f64,
    size: impl Fn(&Table, f64) -> Estimate,
) -> Result<Estimate, StatsError> {
    check::level(level)?;
    Ok(size(&Table::new(counts, n_columns)?, level))
}

fn plain_v(table: &Table, level: f64) -> Estimate {
    by_noncentrality(table, level, |x| {
        sqrt(x / (table.n * table.smaller_side())).min(1.0)
    })
}

fn corrected_v(table: &Table, level: f64) -> Estimate {
    let (r, c, n) = (table.rows.len() as f64, table.columns.len() as f64, table.n);
    let excess = (table.statistic(false) / n - table.df() / (n - 1.0)).max(0.0);
    let shrunk = |k: f64| k - (k - 1.0) * (k - 1.0) / (n - 1.0);
    let side = shrunk(r).min(shrunk(c)) - 1.0;
    let value = if n > 1.0 && side > 0.0 {
        sqrt(excess / side).min(1.0)
    } else {
        0.0
    };
    let plain = plain_v(table, level);
    Estimate {
        value,
        low: plain.low.min(value),
        high: plain.high.max(value),
    }
}

/// A rising function of chi-square, its interval that of the noncentrality.
fn by_noncentrality(table: &Table, level: f64, size: impl Fn(f64) -> f64) -> Estimate {
    let (statistic, df) = (table.statistic(false), table.df());
    let cdf = |nc| noncentral_chi_square_cdf(statistic, df, nc);
    let (low, high) = noncentrality_interval(cdf, statistic - df, level);
    let value = size(statistic);
    Estimate {
        value,
        low: size(low).min(value),
        high: size(high).max(value),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() <= 1e-12, "{got:e} is not {expected:e}");
    }

    #[test]
    fn sizes_match_scipy() {
        // scipy 1.17.1 contingency.association, Bergsma's formula, and the definition of phi
        let (table, counts) = ([[20, 80], [35, 65]], [20, 80, 35, 65]);
        close(cramers_v(&counts, 2, 0.95).unwrap().value, 0.16796775328675628);
        close(
            cramers_v_corrected(&counts, 2, 0.95).unwrap().value,
            0.15266024967815817,
        );
        close(tschuprow_t(&counts, 2, 0.95).unwrap().value, 0.16796775328675628);
        close(
            contingency_coefficient(&counts, 2, 0.95).unwrap().value,
            0.1656472891122698,
        );
        close(phi(table, 0.95).unwrap().value, -0.1679677532867563);
        close(odds_ratio(table, 0.95).unwrap().value, 0.4642857142857143);
        close(risk_ratio(table, 0.95).unwrap().value, 0.5714285714285715);
        // statsmodels 0.15.0 proportion_effectsize(0.5, 0.6)
        close(cohen_h(0.5, 0.6).unwrap(), -0.20135792079033066);
        assert!(cohen_h(0.5, 1.1).is_err());
        let larger = [3, 1, 0, 2, 6, 7];
        close(tschuprow_t(&larger, 3, 0.95).unwrap().value, TSCHUPROW);
        close(contingency_coefficient(&larger, 3, 0.95).unwrap().value, PEARSON);
    }

    #[test]
    fn intervals_hold_their_value_and_a_swap_turns_the_sign() {
        let (table, swapped) = ([[2, 9], [7, 4]], [[9, 2], [4, 7]]);
        let (one, other) = (phi(table, 0.9).unwrap(), phi(swapped, 0.9).unwrap());
        close(one.value, -other.value);
        close(one.low, -other.high);
        for size in [
            cramers_v,
            cramers_v_corrected,
            tschuprow_t,
            contingency_coefficient,
        ] {
            let found = size(table.as_flattened(), 2, 0.9).unwrap();
            assert!(0.0 <= found.low && found.low <= found.value);
            assert!(found.value <= found.high && found.high <= 1.0, "{found:?}");
            assert!(size(&[1, 2, 0, 0], 2, 0.9).is_err() && size(&[1, 2, 3], 2, 0.9).is_err());
        }
        assert_eq!(phi([[3, 0], [0, 2]], 0.9).unwrap().low, 1.0);
        assert!(phi([[3, 0], [2, 0]], 0.9).is_err());
    }

    const TSCHUPROW: f64 = 0.49646472268504577;
    const PEARSON: f64 = 0.50840394989731;
}
