use crate::math::{cbrt, exp, sqrt};
use crate::special::{
    ln_beta_i, ln_beta_term, ln_gamma_p, ln_gamma_term, ln_poisson, normal_cdf, solve_ln_tail,
};

/// Above this noncentrality the cube-root normal approximation is as good as the interval needs.
const SUM_UP_TO: f64 = 1e6;

/// Probability of a value below `x` under the noncentral chi-square distribution.
///
/// `df > 0`, `noncentrality >= 0`. Absolute precision about 1e-12, and 1e-4 for noncentralities above a million; meant
/// for intervals, not for far tails.
///
/// # Reference
/// M. Sankaran (1959), Biometrika 46, 235-237, for large noncentralities; the sum over Poisson weights else.
#[must_use]
pub fn noncentral_chi_square_cdf(x: f64, df: f64, noncentrality: f64) -> f64 {
    if let Some(at_end) = at_end(x) {
        return at_end;
    }
    let a = 0.5 * df;
    if noncentrality > SUM_UP_TO {
        return cube_root_cdf(x / (df + noncentrality), spread(df, noncentrality), 0.0);
    }
    let mode = (0.5 * noncentrality).floor();
    let step = |j: f64| 0.5 * x / (a + j + 1.0);
    let (cdf, term) = (
        exp(ln_gamma_p(a + mode, 0.5 * x)),
        exp(ln_gamma_term(a + mode, 0.5 * x)),
    );
    poisson_mixture(noncentrality, cdf, term, step)
}

/// Probability of a value below `x` under the noncentral F distribution; precision as
/// [`noncentral_chi_square_cdf`]. `df1, df2 > 0`, `noncentrality >= 0`.
///
/// # Reference
/// N. C. Severo, M. Zelen (1960), Biometrika 47, 411-416, for large noncentralities; the sum over Poisson weights else.
#[must_use]
pub fn noncentral_f_cdf(x: f64, df1: f64, df2: f64, noncentrality: f64) -> f64 {
    let odds = x * (df1 / df2);
    if let Some(at_end) = at_end(odds) {
        return at_end;
    }
    if noncentrality > SUM_UP_TO {
        let ratio = x * (df1 / (df1 + noncentrality));
        return cube_root_cdf(ratio, spread(df1, noncentrality), 2.0 / (9.0 * df2));
    }
    let (share, rest) = (1.0 / (1.0 + 1.0 / odds), 1.0 / (1.0 + odds));
    let (a, b) = (0.5 * df1, 0.5 * df2);
    let mode = (0.5 * noncentrality).floor();
    let step = |j: f64| share * (a + j + b) / (a + j + 1.0);
    let (cdf, term) = (
        exp(ln_beta_i(a + mode, b, share, rest)),
        exp(ln_beta_term(a + mode, b, share, rest)),
    );
    poisson_mixture(noncentrality, cdf, term, step)
}

/// The distribution function outside of the positive numbers, where no sum is needed.
fn at_end(x: f64) -> Option<f64> {
    if x.is_nan() {
        return Some(x);
    }
    if x < f64::MIN_POSITIVE {
        return Some(0.0);
    }
    (x == f64::INFINITY).then_some(1.0)
}

fn spread(df: f64, noncentrality: f64) -> f64 {
    2.0 * (df + 2.0 * noncentrality) / (9.0 * (df + noncentrality) * (df + noncentrality))
}

/// Wilson and Hilferty's normal approximation of a ratio of chi-squares, each over its mean.
fn cube_root_cdf(ratio: f64, above: f64, below: f64) -> f64 {
    let root = cbrt(ratio);
    normal_cdf(((1.0 - below) * root - (1.0 - above)) / sqrt(above + below * root * root))
}

/// The noncentralities at which a statistic lies at its upper and lower `(1 - level) / 2` points.
///
/// `cdf` gives the probability of a value below the observed statistic as a function of the noncentrality, in which it
/// falls. Where even noncentrality 0 is too much, the bound is 0.
#[must_use]
pub fn noncentrality_interval(cdf: impl Fn(f64) -> f64, level: f64) -> (f64, f64) {
    let alpha = 0.5 * (1.0 - level);
    let at_zero = cdf(0.0);
    let solve = |p: f64, start: f64| {
        if at_zero <= p {
            f64::NEG_INFINITY
        } else {
            solve_ln_tail(|t| -cdf(exp(t)), -p, start)
        }
    };
    let high = solve(alpha, 0.0);
    // the lower one is rarely far from the upper
    let low = solve(1.0 - alpha, high.max(0.0));
    (exp(low), exp(high))
}

/// `sum(poisson(j; noncentrality / 2) * cdf(j))`, from the mode outwards.
///
/// `cdf` and `term` belong to the mode; `cdf(j + 1) = cdf(j) - term(j)` and `term(j + 1) = term(j) * step(j)`.
fn poisson_mixture(noncentrality: f64, cdf: f64, term: f64, step: impl Fn(f64) -> f64) -> f64 {
    let rate = 0.5 * noncentrality;
    if rate <= 0.0 {
        return cdf;
    }
    let mode = rate.floor();
    let at_mode = exp(ln_poisson(mode, rate));
    let mut sum = at_mode * cdf;
    let (mut j, mut weight, mut value, mut slope) = (mode, at_mode, cdf, term);
    while weight > 1e-18 && value > 0.0 {
        value = (value - slope).max(0.0);
        slope *= step(j);
        j += 1.0;
        weight *= rate / j;
        sum += weight * value;
    }
    (j, weight, value, slope) = (mode, at_mode, cdf, term);
    while j > 0.0 && weight > 1e-18 {
        weight *= j / rate;
        j -= 1.0;
        slope /= step(j);
        value = (value + slope).min(1.0);
        sum += weight * value;
    }
    sum.min(1.0)
}
