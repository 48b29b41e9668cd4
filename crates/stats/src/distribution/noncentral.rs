use crate::math::{exp, ln};
use crate::special::{ln_beta_i, ln_gamma, ln_gamma_p, solve_ln_tail};

/// Probability of a value below `x` under the noncentral chi-square distribution.
///
/// `df > 0`, `noncentrality >= 0`. Absolute precision about 1e-13; meant for intervals, not for far tails.
#[must_use]
pub fn noncentral_chi_square_cdf(x: f64, df: f64, noncentrality: f64) -> f64 {
    poisson_mixture(noncentrality, |j| exp(ln_gamma_p(0.5 * df + j, 0.5 * x.max(0.0))))
}

/// Probability of a value below `x` under the noncentral F distribution.
///
/// `df1, df2 > 0`, `noncentrality >= 0`. Absolute precision about 1e-13; meant for intervals, not for far tails.
#[must_use]
pub fn noncentral_f_cdf(x: f64, df1: f64, df2: f64, noncentrality: f64) -> f64 {
    let top = df1 * x.max(0.0);
    let (share, rest) = (top / (top + df2), df2 / (top + df2));
    poisson_mixture(noncentrality, |j| {
        exp(ln_beta_i(0.5 * df1 + j, 0.5 * df2, share, rest))
    })
}

/// The noncentralities at which a statistic lies at its upper and lower `(1 - level) / 2` points.
///
/// `cdf` gives the probability of a value below the observed statistic as a function of the noncentrality, in which it
/// falls. Where even noncentrality 0 is too much, the bound is 0.
#[must_use]
pub fn noncentrality_interval(cdf: impl Fn(f64) -> f64, level: f64) -> (f64, f64) {
    let alpha = 0.5 * (1.0 - level);
    let at_zero = cdf(0.0);
    let solve = |p: f64| {
        if at_zero <= p {
            0.0
        } else {
            exp(solve_ln_tail(|t| -cdf(exp(t)), -p, 0.0))
        }
    };
    (solve(1.0 - alpha), solve(alpha))
}

/// `sum(poisson(j; noncentrality / 2) * cdf(j))`, from the mode outwards.
fn poisson_mixture(noncentrality: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    let rate = 0.5 * noncentrality;
    if rate <= 0.0 {
        return cdf(0.0);
    }
    let mode = rate.floor();
    let at_mode = exp(mode * ln(rate) - rate - ln_gamma(mode + 1.0));
    let mut sum = at_mode * cdf(mode);
    let (mut weight, mut j) = (at_mode, mode);
    while weight > 1e-17 * at_mode {
        j += 1.0;
        weight *= rate / j;
        let term = weight * cdf(j);
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    (weight, j) = (at_mode, mode);
    while j > 0.0 && weight > 1e-17 * at_mode {
        weight *= j / rate;
        j -= 1.0;
        sum += weight * cdf(j);
    }
    sum.min(1.0)
}
