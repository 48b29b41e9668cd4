use crate::interval::Estimate;
use crate::math::{exp, ln, ln_1p, sqrt};
use crate::metric::auc;
use crate::rank::midranks;
use crate::special::{ln_choose, ln_normal_sf};
use crate::test::{Alternative, Assumption, Effect, TestResult, clean};
use crate::{StatsError, check};

/// Exact by itself up to so many pairs, some 20 ms.
const EXACT_UP_TO: usize = 40_000;

/// How the p-value of a rank test is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RankMethod {
    /// Exact without ties up to 40,000 pairs (200 values per side), else asymptotic with continuity correction.
    #[default]
    Auto,
    /// The permutation distribution of untied ranks; refused above 1,000,000 pairs.
    Exact,
    /// Normal approximation with tie correction.
    Asymptotic {
        /// Whether half a unit is taken off the distance from the mean.
        continuity: bool,
    },
}

/// The Mann-Whitney (Wilcoxon rank-sum) test: do values of `a` tend to lie above those of `b`?
///
/// # Shapes and units
/// `a` is `(n_a,)`, `b` is `(n_b,)`; NaN is dropped and counted. The statistic is U of `a`. The effect is the probability
/// of superiority `P(a > b) + P(a = b) / 2` with DeLong's interval; the rank-biserial correlation is twice that minus 1.
///
/// # Assumptions
/// Independent draws. A small p-value says that one side tends to be larger, not that medians differ.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty side, [`StatsError::Constant`] if all values are equal,
/// [`StatsError::OutOfRange`] for an exact test of too many pairs.
///
/// # Reference
/// H. B. Mann, D. R. Whitney (1947), Annals of Mathematical Statistics 18, 50-60. Checked against scipy `mannwhitneyu`.
pub fn mann_whitney(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    rank_method: RankMethod,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let ((a, dropped_a), (b, dropped_b)) = (clean("a", a, 1)?, clean("b", b, 1)?);
    let all: Vec<f64> = a.iter().chain(b.iter()).copied().collect();
    let (ranks, ties) = midranks(&all);
    let (n_a, n_b) = (a.len() as f64, b.len() as f64);
    let u = ranks[..a.len()].iter().sum::<f64>() - 0.5 * n_a * (n_a + 1.0);
    let n = n_a + n_b;
    if ties >= n * n * n - n {
        return Err(StatsError::Constant {
            what: "a and b together".to_owned(),
        });
    }
    let ln_p = match rank_method {
        RankMethod::Auto if ties == 0.0 && a.len().saturating_mul(b.len()) <= EXACT_UP_TO => {
            exact_ln_p(u, a.len(), b.len(), alternative)?
        }
        RankMethod::Exact => exact_ln_p(u, a.len(), b.len(), alternative)?,
        RankMethod::Auto => asymptotic_ln_p(u, n_a, n_b, ties, alternative, true),
        RankMethod::Asymptotic { continuity } => asymptotic_ln_p(u, n_a, n_b, ties, alternative, continuity),
    };
    let labels: Vec<bool> = (0..all.len()).map(|i| i < a.len()).collect();
    let central = auc(&labels, &all, None, alternative.central_level(level).max(1e-9))?;
    let superiority = alternative.open(central, 0.0, 1.0);
    let effect = Effect {
        name: "probability of superiority",
        estimate: superiority,
    };
    let result = TestResult::new("Mann-Whitney U test", "U", u, ln_p, effect);
    Ok(TestResult {
        more_effects: vec![rank_biserial(superiority)],
        n_used: all.len(),
        n_dropped: dropped_a + dropped_b,
        assumptions: vec![few_ties(ties, n)],
        alternative: Some(alternative),
        ..result
    })
}

fn rank_biserial(superiority: Estimate) -> Effect {
    Effect {
        name: "rank-biserial correlation",
        estimate: superiority.map(|p| 2.0 * p - 1.0),
    }
}

fn few_ties(ties: f64, n: f64) -> Assumption {
    let share = ties / (n * n * n - n);
    Assumption {
        name: "ties are few",
        holds: share < 0.25,
        detail: format!("ties take {:.1} % of the rank variance", 100.0 * share),
    }
}

fn asymptotic_ln_p(u: f64, n_a: f64, n_b: f64, ties: f64, alternative: Alternative, continuity: bool) -> f64 {
    let n = n_a + n_b;
    let sd = sqrt(n_a * n_b / 12.0 * (n + 1.0 - ties / (n * (n - 1.0))));
    let distance = u - 0.5 * n_a * n_b;
    let half = if continuity { 0.5 } else { 0.0 };
    match alternative {
        Alternative::TwoSided => {
            (ln_normal_sf((distance.abs() - half) / sd) + std::f64::consts::LN_2).min(0.0)
        }
        Alternative::Greater => ln_normal_sf((distance - half) / sd),
        Alternative::Less => ln_normal_sf((-distance - half) / sd),
    }
}

fn exact_ln_p(u: f64, n_a: usize, n_b: usize, alternative: Alternative) -> Result<f64, StatsError> {
    let n_pairs = n_a.saturating_mul(n_b);
    check::at_most(
        "pairs of an exact Mann-Whitney test",
        n_pairs,
        1_000_000,
        "at most a million",
    )?;
    // symmetric about n_pairs / 2, so the upper tail is the lower tail mirrored; ties give half ranks
    let (below, above) = (u.floor() as usize, (n_pairs as f64 - u).floor() as usize);
    Ok(match alternative {
        Alternative::TwoSided => (ln_at_most(below.min(above), n_a, n_b) + std::f64::consts::LN_2).min(0.0),
        Alternative::Less => ln_at_most(below, n_a, n_b),
        Alternative::Greater => ln_at_most(above, n_a, n_b),
    })
}

/// `ln P(U <= u)` without ties, from the lower half of the distribution.
fn ln_at_most(u: usize, n_a: usize, n_b: usize) -> f64 {
    let n_pairs = n_a * n_b;
    if u >= n_pairs {
        return 0.0;
    }
    if 2 * u > n_pairs {
        return ln_1p(-exp(ln_at_most(n_pairs - u - 1, n_a, n_b)));
    }
    let share: f64 = lower_tail(u, n_a, n_b, true).iter().sum();
    if share > 1e-290 {
        return ln(share.min(1.0));
    }
    // the chance of one arrangement is no number, but the count of these few is
    let n_arrangements: f64 = lower_tail(u, n_a, n_b, false).iter().sum();
    ln(n_arrangements) - ln_choose((n_a + n_b) as f64, n_a as f64)
}

/// The probabilities of `U = 0..=most` without ties (or the counts of arrangements), for `most` in the lower half.
///
/// The counts are the coefficients of the Gaussian binomial, the product of `(1 - q^(m + i)) / (1 - q^i)` over `i` up to the
/// smaller size: `n m` steps for each factor. Each product is symmetric, and its upper half is mirrored from the lower, so
/// that differences do not lose digits.
fn lower_tail(most: usize, n_a: usize, n_b: usize, shares: bool) -> Vec<f64> {
    let (small, large) = (n_a.min(n_b), n_a.max(n_b));
    let mut terms = vec![0.0; most + 1];
    terms[0] = 1.0;
    for i in 1..=small {
        for at in (large + i..=most).rev() {
            terms[at] -= terms[at - large - i];
        }
        for at in i..=most {
            terms[at] += terms[at - i];
        }
        let degree = i * large;
        for at in degree / 2 + 1..=most {
            terms[at] = if at <= degree { terms[degree - at] } else { 0.0 };
        }
        if shares {
            let share = i as f64 / (large + i) as f64;
            terms.iter_mut().for_each(|term| *term *= share);
        }
    }
    terms
}

#[cfg(test)]
mod distribution_tests {
    use super::*;

    /// The largest value belongs to `a` with probability `i / (i + j)` and then lies above all `j` values of `b`.
    fn by_sums_alone(n_a: usize, n_b: usize) -> Vec<f64> {
        let mut with_fewer: Vec<Vec<f64>> = vec![vec![1.0]; n_b + 1];
        for i in 1..=n_a {
            let mut row: Vec<Vec<f64>> = vec![vec![1.0]];
            for j in 1..=n_b {
                let (of_a, of_b) = (i as f64 / (i + j) as f64, j as f64 / (i + j) as f64);
                let mut next = vec![0.0; i * j + 1];
                for (u, p) in with_fewer[j].iter().enumerate() {
                    next[u + j] += of_a * p;
                }
                for (u, p) in row[j - 1].iter().enumerate() {
                    next[u] += of_b * p;
                }
                row.push(next);
            }
            with_fewer = row;
        }
        with_fewer.pop().unwrap_or_default()
    }

    #[test]
    fn quotients_equal_sums_to_the_last_digits() {
        for (n_a, n_b) in [(1, 1), (1, 9), (2, 3), (7, 8), (40, 3), (25, 40), (50, 50)] {
            let expected = by_sums_alone(n_a, n_b);
            let half = n_a * n_b / 2;
            for (found, expected) in lower_tail(half, n_a, n_b, true).iter().zip(&expected) {
                assert!(
                    (found / expected - 1.0).abs() < 1e-12,
                    "{n_a} {n_b}: {found:e} {expected:e}"
                );
            }
        }
    }

    #[test]
    fn far_tails_of_large_samples_stay_numbers() {
        for n in [200, 1000] {
            let whole = n as f64;
            let ln_one = -ln_choose(2.0 * whole, whole);
            assert!((ln_at_most(0, n, n) / ln_one - 1.0).abs() < 1e-12);
            // 1 + 1 + 2 + 3 partitions
            assert!((ln_at_most(3, n, n) - ln_one - ln(7.0)).abs() < 1e-9);
        }
        let half = exp(ln_at_most(20_000, 200, 200));
        assert!(half > 0.5 && half < 0.502, "{half}");
        assert_eq!(ln_at_most(40_000, 200, 200), 0.0);
    }
}
