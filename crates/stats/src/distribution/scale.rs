//! Averages over the error of an estimated standard deviation.

use crate::math::{exp, exp_m1, ln, sqrt};
use crate::special::{ln_integral, stirling_error};

/// From so many degrees of freedom on the estimate is as good as the truth.
const EXACT_FROM: f64 = 1e18;

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
    ln_factor + ln_integral(step, ln(start), |t| -df * beyond_slope(t) + ln_g(exp(t)))
}

/// `(exp(2 t) - 1) / 2 - t`, which loses nothing near 0.
fn beyond_slope(t: f64) -> f64 {
    if t.abs() > 0.1 {
        return 0.5 * exp_m1(2.0 * t) - t;
    }
    // the power series from its second term on, the smallest first
    let twice = 2.0 * t;
    let tail = (3..=16)
        .rev()
        .fold(0.0, |sum, k| (1.0 + sum) * (twice / f64::from(k)));
    t * t * (1.0 + tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_meets_the_formula_and_keeps_its_digits() {
        for t in [0.0999999, -0.0999999_f64] {
            let formula = 0.5 * exp_m1(2.0 * t) - t;
            assert!((beyond_slope(t) / formula - 1.0).abs() < 1e-14);
        }
        assert!((beyond_slope(1e-9) / (1e-18 * (1.0 + 2e-9 / 3.0)) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_density_has_area_one() {
        for df in [0.5, 3.0, 1e3, 1e9, 1e15, 1e17] {
            let ln_area = ln_mean_over_scale(df, 1.0, 1.0, |_| 0.0);
            assert!(
                ln_area.abs() < 1e-14 * (10.0 + ln_area.abs()),
                "{df}: {ln_area:e}"
            );
        }
    }
}
