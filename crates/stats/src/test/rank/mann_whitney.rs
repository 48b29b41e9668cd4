use crate::interval::Estimate;
use crate::math::{ln, sqrt};
use crate::metric::auc;
use crate::rank::midranks;
use crate::special::ln_normal_sf;
use crate::test::{Alternative, Assumption, Effect, TestResult, clean};
use crate::{StatsError, check};

/// How the p-value of a rank test is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RankMethod {
    /// Exact below 50 values per side without ties, else asymptotic with continuity correction (as R).
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
        RankMethod::Auto if ties == 0.0 && a.len().max(b.len()) < 50 => {
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
    if n_pairs > 1_000_000 {
        return Err(StatsError::OutOfRange {
            what: "pairs of an exact Mann-Whitney test",
            found: n_pairs as f64,
            expected: "at most a million",
        });
    }
    let probabilities = u_distribution(n_a, n_b);
    // symmetric about n_pairs / 2, so the upper tail is the lower tail mirrored; ties give half ranks
    let at_most = |x: f64| {
        probabilities
            .iter()
            .take((x.floor() + 1.0).max(0.0) as usize)
            .sum::<f64>()
    };
    let (below, above) = (at_most(u), at_most(n_pairs as f64 - u));
    Ok(ln(match alternative {
        Alternative::TwoSided => (2.0 * below.min(above)).min(1.0),
        Alternative::Less => below.min(1.0),
        Alternative::Greater => above.min(1.0),
    }))
}

/// The probabilities of `U = 0..=n_a * n_b` without ties, smallest terms first.
///
/// The largest value belongs to `a` with probability `i / (i + j)` and then lies above all `j` values of `b`.
fn u_distribution(n_a: usize, n_b: usize) -> Vec<f64> {
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
