//! The distribution function of a noncentral chi-square, or of one minus a multiple of another, from its transform.
//!
//! The tail is an integral of `exp(K(s) - s x) / s` over a line `s = base + i t`, `K` being the logarithm of the moment
//! generating function. Equal steps along that line converge faster than any power of the step, so about twenty terms
//! give the last digits however large the noncentrality, where a sum over Poisson weights takes its square root of
//! terms.
//!
//! # Reference
//! S. O. Rice (1980), Distribution of quadratic forms in normal random variables: evaluation by numerical integration,
//! SIAM Journal on Scientific and Statistical Computing 1, 438-448.

use crate::math::{atan2, cos, exp, ln, ln_1p, sin, sqrt};
use std::f64::consts::PI;

/// Distance of the line from the pole at zero, in reciprocal standard deviations: far enough for long steps, near enough
/// for the skewness of the smallest noncentralities.
const BASE: f64 = 2.5;
/// Steps from the pole to the line; what the pole adds to the error is `exp(-2 pi STEPS)`.
const STEPS: f64 = 8.0;
/// Exponents below this add nothing to a probability.
const NOTHING: f64 = -44.0;
/// More than any law in the stated range needs.
const MOST_TERMS: u32 = 2000;

/// `A - scale * B` with `A` noncentral chi-square and `B` chi-square.
pub(super) struct Difference {
    pub df: f64,
    pub noncentrality: f64,
    /// Degrees of freedom of `B`; 0 where there is none.
    pub df_below: f64,
    pub scale: f64,
}

impl Difference {
    /// Probability of a value at or below `x`, to about 1e-13 and 1e-16 of the square root of the largest number here.
    ///
    /// Meant for noncentralities of 200 and more, whose transform falls fast enough along the line, and for `df_below` of
    /// 0 or of 50 and more. `None` where the spread is not a number to compute with.
    pub(super) fn cdf(&self, x: f64) -> Option<f64> {
        let mean = self.df + self.noncentrality - self.scale * self.df_below;
        let variance =
            2.0 * self.df + 4.0 * self.noncentrality + 2.0 * (self.scale * self.scale) * self.df_below;
        if !variance.is_finite() {
            return None;
        }
        // half the way to where the transform ends
        let room = if self.df_below > 0.0 {
            0.25 / self.scale
        } else {
            0.25
        };
        let base = (BASE / sqrt(variance)).min(0.25).min(room);
        Some(if x > mean {
            (1.0 - self.tail(x, base)).clamp(0.0, 1.0)
        } else {
            (-self.tail(x, -base)).clamp(0.0, 1.0)
        })
    }

    /// The integral over the line through `base`: the upper tail, or for a negative one minus the lower.
    fn tail(&self, x: f64, base: f64) -> f64 {
        let step = base.abs() / STEPS;
        let mut sum = 0.0;
        for k in 0..MOST_TERMS {
            let t = f64::from(k) * step;
            let (height, angle) = self.exponent(x, base, t);
            if height < NOTHING - ln(step) {
                break;
            }
            let share = (base * cos(angle) + t * sin(angle)) / (base * base + t * t);
            sum += if k == 0 { 0.5 } else { 1.0 } * exp(height) * share;
        }
        sum * step / PI
    }

    /// `K(s) - s x` at `s = base + i t`: real and imaginary part.
    fn exponent(&self, x: f64, base: f64, t: f64) -> (f64, f64) {
        let (a, b) = (0.5 * self.df, 0.5 * self.df_below);
        let above = 1.0 - 2.0 * base;
        let square = above * above + 4.0 * t * t;
        let of_noncentrality = self.noncentrality * (base * above - 2.0 * t * t) / square;
        let height = of_noncentrality - a * ln_distance(-2.0 * base, 2.0 * t) - base * x;
        let angle = t * (self.noncentrality / square - x) + a * atan2(2.0 * t, above);
        if b <= 0.0 {
            return (height, angle);
        }
        let (along, across) = (2.0 * self.scale * base, 2.0 * self.scale * t);
        (
            height - b * ln_distance(along, across),
            angle - b * atan2(across, 1.0 + along),
        )
    }
}

/// `ln |1 + along + i across|`, exact near 0, where many degrees of freedom multiply it.
fn ln_distance(along: f64, across: f64) -> f64 {
    0.5 * ln_1p(along * (2.0 + along) + across * across)
}
