//! Averages over the error of an estimated standard deviation.

use crate::math::{exp, exp_m1, ln, sqrt};
use crate::special::{ln_integral, stirling_error};

/// From so many degrees of freedom on the estimate is as good as the truth.
const EXACT_FROM: f64 = 1e12;

/// `ln` of the mean of `exp(ln_g(s))` over `s = sqrt(chi_square(df) / df)`, the ratio of estimated to true deviation.
///
/// `sharpness` says how fast `ln_g` may turn: 1 over the width of its steepest part in `ln s`. `start` is a guess of
/// the `s` that counts most. The integral runs over `ln s`, in which the density has one smooth peak.
pub(super) fn ln_mean_over_scale(df: f64, sharpness: f64, start: f64, ln_g: impl Fn(f64) -> f64) -> f64 {
    if df >= EXACT_FROM {
        return ln_g(1.0);
    }
    let step = 0.06_f64.min(0.6 / sqrt(2.0 * df)).min(0.6 / sharpness);
    let half = 0.5 * df;
    let ln_factor =
        std::f64::consts::LN_2 + 0.5 * ln(half / (2.0 * std::f64::consts::PI)) - stirling_error(half);
    ln_factor
        + ln_integral(step, ln(start), |t| {
            df * (t - 0.5 * exp_m1(2.0 * t)) + ln_g(exp(t))
        })
}
