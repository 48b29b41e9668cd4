//! The pieces of C. Loader's saddle-point form of the gamma, Poisson and binomial terms.
//!
//! # Reference
//! C. Loader (2000), Fast and accurate computation of binomial probabilities.

use crate::math::ln;

const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_8;

/// `ln(gamma(x))` for `x > 0`.
pub(super) fn ln_gamma_positive(x: f64) -> f64 {
    if x >= 16.0 {
        let n = x - 1.0;
        stirling_error(n) + (n + 0.5) * ln(n) - n + LN_SQRT_2_PI
    } else {
        libm::lgamma(x)
    }
}

/// `ln(gamma(n + 1)) - (n + 1/2) ln(n) + n - ln(sqrt(2 pi))` for `n > 0`.
pub(crate) fn stirling_error(n: f64) -> f64 {
    if n < 15.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * ln(n) + n - LN_SQRT_2_PI;
    }
    let inverse_square = 1.0 / (n * n);
    SERIES.iter().rev().fold(0.0, |sum, c| sum * inverse_square + c) / n
}

/// `B(2k) / (2k (2k - 1))`, Stirling's series.
const SERIES: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

/// `x ln(x / m) + m - x` for `x, m > 0`, without cancellation near `x = m`.
pub(super) fn deviance(x: f64, m: f64) -> f64 {
    deviance_of(x, m, x - m)
}

/// [`deviance`] when the caller knows `x - m` better than subtraction gives it.
pub(crate) fn deviance_of(x: f64, m: f64, difference: f64) -> f64 {
    if difference.abs() >= 0.1 * (x + m) {
        return x * ln(x / m) - difference;
    }
    // x ln(x/m) = 2x atanh(v) with v = (x - m)/(x + m), expanded
    let v = difference / (x + m);
    let square = v * v;
    let mut power = 2.0 * x * v;
    let mut sum = difference * v;
    for k in 1..200 {
        power *= square;
        let next = sum + power / f64::from(2 * k + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}
