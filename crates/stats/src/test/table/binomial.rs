use crate::interval::clopper_pearson;
use crate::math::{ln_1p, log_sum_exp};
use crate::special::{ln_beta_i, ln_beta_term};
use crate::test::{Alternative, Effect, TestResult};
use crate::{StatsError, check};

/// Probabilities this close count as equal, as in R and scipy.
const SAME: f64 = 1e-7;

/// The exact binomial test: is the chance of success `p`?
///
/// # Shapes and units
/// `successes` out of `n`. The two-sided p-value sums all counts that are no likelier than the observed one. The effect is
/// the proportion with the exact interval of Clopper and Pearson.
///
/// # Errors
/// [`StatsError::TooFewValues`] without a trial, [`StatsError::OutOfRange`] for more successes than trials or `p` outside [0, 1].
///
/// # Reference
/// Checked against scipy `binomtest` and R `binom.test`.
pub fn binomial_test(
    successes: u64,
    n: u64,
    p: f64,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::at_least("trials", usize::from(n > 0), 1)?;
    // beyond, neighbouring counts are one number, and a search among them would not end
    check::at_most("trials", n as usize, 1 << 50, "at most 2^50")?;
    check::probabilities("p", &[p])?;
    let (x, trials) = (successes as f64, n as f64);
    let central = clopper_pearson(x, trials, alternative.central_level(level).max(1e-9))?;
    let ln_p = match alternative {
        Alternative::Less => ln_at_most(x, trials, p),
        Alternative::Greater => ln_at_least(x, trials, p),
        Alternative::TwoSided => ln_no_likelier(x, trials, p),
    };
    let effect = Effect {
        name: "proportion",
        estimate: alternative.open(central, 0.0, 1.0),
    };
    let result = TestResult::new("exact binomial test", "successes", x, ln_p, effect);
    Ok(TestResult {
        n_used: n as usize,
        alternative: Some(alternative),
        ..result
    })
}

/// `ln P(X <= k)` of `n` trials of chance `p`.
pub(super) fn ln_at_most(k: f64, n: f64, p: f64) -> f64 {
    match k {
        k if k < 0.0 => f64::NEG_INFINITY,
        k if k >= n => 0.0,
        _ => ln_beta_i(n - k, k + 1.0, 1.0 - p, p),
    }
}

/// `ln P(X >= k)`.
fn ln_at_least(k: f64, n: f64, p: f64) -> f64 {
    match k {
        k if k <= 0.0 => 0.0,
        k if k > n => f64::NEG_INFINITY,
        _ => ln_beta_i(k, n - k + 1.0, p, 1.0 - p),
    }
}

/// `ln P(X = k)`, for `p` inside (0, 1).
fn ln_exactly(k: f64, n: f64, p: f64) -> f64 {
    if k == 0.0 {
        n * ln_1p(-p)
    } else {
        ln_beta_term(k, n - k + 1.0, p, 1.0 - p) - ln_1p(-p)
    }
}

/// `ln` of the probability of all counts no likelier than `x`.
fn ln_no_likelier(x: f64, n: f64, p: f64) -> f64 {
    if p == 0.0 || p == 1.0 {
        return if x == n * p { 0.0 } else { f64::NEG_INFINITY };
    }
    let limit = ln_exactly(x, n, p) + SAME;
    let mode = ((n + 1.0) * p).floor().min(n);
    if ln_exactly(mode, n, p) <= limit {
        return 0.0;
    }
    // on the other side probabilities fall away from the mode: halve until the first that is small enough
    let (mut near, mut far) = if x < mode { (mode, n + 1.0) } else { (mode, -1.0) };
    while (far - near).abs() > 1.0 {
        let middle = (0.5 * (near + far)).floor();
        if ln_exactly(middle, n, p) <= limit {
            far = middle;
        } else {
            near = middle;
        }
    }
    let tails = if x < mode {
        [ln_at_most(x, n, p), ln_at_least(far, n, p)]
    } else {
        [ln_at_least(x, n, p), ln_at_most(far, n, p)]
    };
    log_sum_exp(&tails).min(0.0)
}
