mod counts;

use super::correlation::Pairs;
use crate::StatsError;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{atanh, ln, sqrt, tanh};
use crate::test::{Alternative, Effect, RankMethod, TestResult};
use counts::Counts;

/// Exact by itself below this many untied pairs; asked for, up to [`EXACT_AT_MOST`].
const EXACT_BELOW: usize = 101;
const EXACT_AT_MOST: usize = 300;

/// Kendall's rank correlation tau-b of two columns, tested against 0.
///
/// # Shapes and units
/// `x` and `y` are `(n,)`; a pair with a missing (NaN) side is dropped and counted. The effect is tau-b, the share of
/// concordant less discordant pairs among those that no tie spoils, with Fieller's interval ([-1, 1] below 5 pairs, and about a
/// perfect order that of half a swap of neighbours); tau-c,
/// for tables that are not square, stands in `more_effects`. `Greater` asks for a rising relation.
///
/// # Methods
/// The exact law is that of random permutations and needs untied columns; the normal approximation allows for ties and
/// has no continuity correction.
///
/// # Errors
/// As [`pearson`](super::pearson); [`StatsError::Undefined`] for an exact test with ties, [`StatsError::OutOfRange`] for one
/// of more than 300 pairs.
///
/// # Reference
/// M. G. Kendall (1938), Biometrika 30, 81-93; E. C. Fieller, H. O. Hartley, E. S. Pearson (1957), Biometrika 44, 470-481;
/// counted in `n ln n` steps as W. R. Knight (1966), JASA 61, 436-439. Checked against scipy `kendalltau`.
pub fn kendall(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
    rank_method: RankMethod,
    level: f64,
) -> Result<TestResult, StatsError> {
    let pairs = Pairs::new(x, y, level)?;
    for (what, side) in [("x", &pairs.x), ("y", &pairs.y)] {
        if side.iter().all(|v| *v == side[0]) {
            return Err(StatsError::Constant {
                what: what.to_owned(),
            });
        }
    }
    let counts = Counts::of(&pairs.x, &pairs.y);
    let n = pairs.x.len();
    let untied = counts.ties_x.pairs == 0.0 && counts.ties_y.pairs == 0.0;
    let ln_p = match rank_method {
        RankMethod::Exact if !untied => {
            return Err(StatsError::Undefined {
                what: "exact law of Kendall's tau",
                reason: "there are ties",
            });
        }
        RankMethod::Exact => exact_ln_p(n, counts.discordant, alternative)?,
        RankMethod::Auto if untied && n < EXACT_BELOW => exact_ln_p(n, counts.discordant, alternative)?,
        RankMethod::Auto => counts.asymptotic_ln_p(alternative, false),
        RankMethod::Asymptotic { continuity } => counts.asymptotic_ln_p(alternative, continuity),
    };
    let interval = |value| {
        alternative.open(
            fieller(value, counts.n, alternative.central_level(level)),
            -1.0,
            1.0,
        )
    };
    let tau_b = counts.tau_b();
    let effect = |name, value| Effect {
        name,
        estimate: interval(value),
    };
    let result = TestResult::new(
        "Kendall rank correlation",
        "tau",
        tau_b,
        ln_p,
        effect("Kendall's tau-b", tau_b),
    );
    Ok(TestResult {
        more_effects: vec![effect("Kendall's tau-c", counts.tau_c())],
        n_used: n,
        n_dropped: pairs.n_dropped,
        alternative: Some(alternative),
        ..result
    })
}

fn exact_ln_p(n: usize, discordant: f64, alternative: Alternative) -> Result<f64, StatsError> {
    if n > EXACT_AT_MOST {
        return Err(StatsError::OutOfRange {
            what: "pairs of an exact Kendall test",
            found: n as f64,
            expected: "at most 300",
        });
    }
    let probabilities = inversions(n);
    let (at, most) = (discordant as usize, n * (n - 1) / 2);
    // symmetric about most / 2; smallest terms first
    let at_most = |count: usize| probabilities[..=count].iter().sum::<f64>();
    let (few, many) = (at_most(at), at_most(most - at));
    Ok(ln(match alternative {
        Alternative::TwoSided => (2.0 * few.min(many)).min(1.0),
        Alternative::Greater => few.min(1.0),
        Alternative::Less => many.min(1.0),
    }))
}

/// The probabilities of 0, 1, ... discordant pairs of a random permutation: the k-th value adds 0 to k - 1, all alike.
fn inversions(n: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for k in 2..=n {
        let mut next = vec![0.0; probabilities.len() + k - 1];
        for (count, p) in probabilities.iter().enumerate() {
            for slot in &mut next[count..count + k] {
                *slot += p / k as f64;
            }
        }
        probabilities = next;
    }
    probabilities
}

fn fieller(tau: f64, n: f64, level: f64) -> Estimate {
    // a perfect order is no certainty: one half a swap of neighbours away, up to the end
    let inner = if tau.abs() < 1.0 {
        tau
    } else {
        tau.signum() * (1.0 - 2.0 / (n * (n - 1.0)))
    };
    let half = if n > 4.0 {
        two_sided_normal(level.max(1e-9)) * sqrt(0.437 / (n - 4.0))
    } else {
        f64::INFINITY
    };
    Estimate {
        value: tau,
        low: if tau <= -1.0 {
            -1.0
        } else {
            tanh(atanh(inner) - half)
        },
        high: if tau >= 1.0 {
            1.0
        } else {
            tanh(atanh(inner) + half)
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
