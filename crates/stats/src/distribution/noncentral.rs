use super::contour::Difference;
use crate::math::{cbrt, exp, sqrt};
use crate::special::{
    ln_beta_i, ln_beta_term, ln_gamma_p, ln_gamma_term, ln_poisson, normal_cdf, normal_quantile,
    solve_ln_tail,
};

/// From this noncentrality the integral takes fewer steps than the sum.
const SUM_UP_TO: f64 = 200.0;
/// Fewer degrees of freedom below than this fall too slowly for the integral.
const LEAST_BELOW: f64 = 50.0;
/// With larger numbers the integral's rounding is worse than the cube-root normal approximation.
const LARGEST: f64 = 1e14;
/// Where the integral does not help, noncentralities above this have the cube-root normal approximation.
const LONGEST_SUM: f64 = 1e6;

/// Probability of a value below `x` under the noncentral chi-square distribution.
///
/// `df > 0`, `noncentrality >= 0`. Absolute precision about 1e-12, and 1e-8 for noncentralities above 1e14; meant for
/// intervals, not for far tails.
///
/// # Reference
/// The sum over Poisson weights up to a noncentrality of 200; S. O. Rice (1980), SIAM Journal on Scientific and
/// Statistical Computing 1, 438-448, for larger ones, and M. Sankaran (1959), Biometrika 46, 235-237, for the largest.
#[must_use]
pub fn noncentral_chi_square_cdf(x: f64, df: f64, noncentrality: f64) -> f64 {
    if let Some(at_end) = at_end(x) {
        return at_end;
    }
    let a = 0.5 * df;
    if noncentrality > SUM_UP_TO {
        let law = Difference {
            df,
            noncentrality,
            df_below: 0.0,
            scale: 0.0,
        };
        let integral = (df + noncentrality + x <= LARGEST).then(|| law.cdf(x)).flatten();
        let approximation = || cube_root_cdf(x / (df + noncentrality), spread(df, noncentrality), 0.0);
        return integral.unwrap_or_else(approximation);
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
/// [`noncentral_chi_square_cdf`], with `df2` below 50 only to a noncentrality of a million and 1e-4 beyond.
/// `df1, df2 > 0`, `noncentrality >= 0`.
///
/// # Reference
/// As [`noncentral_chi_square_cdf`]; N. C. Severo, M. Zelen (1960), Biometrika 47, 411-416, for the largest.
#[must_use]
pub fn noncentral_f_cdf(x: f64, df1: f64, df2: f64, noncentrality: f64) -> f64 {
    let odds = x * (df1 / df2);
    if let Some(at_end) = at_end(odds) {
        return at_end;
    }
    if noncentrality > SUM_UP_TO && df2 >= LEAST_BELOW && df1 + df2 + noncentrality <= LARGEST {
        let law = Difference {
            df: df1,
            noncentrality,
            df_below: df2,
            scale: odds,
        };
        if let Some(cdf) = law.cdf(0.0) {
            return cdf;
        }
    }
    if noncentrality > LONGEST_SUM {
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
/// falls; `likely` is a noncentrality that is not far off, such as the statistic less its degrees of freedom. Where even
/// noncentrality 0 is too much, the bound is 0.
#[must_use]
pub fn noncentrality_interval(cdf: impl Fn(f64) -> f64, likely: f64, level: f64) -> (f64, f64) {
    let z = normal_quantile(0.5 * (1.0 + level));
    let at_zero = normal_quantile(cdf(0.0));
    // The normal score of the probability is nearly straight in the root of the noncentrality.
    let score = |root: f64| {
        if root <= 0.0 {
            -at_zero
        } else {
            -normal_quantile(cdf(root * root))
        }
    };
    let middle = sqrt(likely.max(0.0));
    let solve = |target: f64, start: f64| {
        if -at_zero >= target {
            return 0.0;
        }
        let root = solve_ln_tail(score, target, start.max(0.0));
        root * root
    };
    (solve(-z, middle - z), solve(z, middle + z))
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
