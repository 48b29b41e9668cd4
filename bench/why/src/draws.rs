//! Draws that are not in `stats`.

use stats::Draw;
use stats::math::{exp, ln, pow};

/// A number in `[low, high)`.
pub(crate) fn between(draw: &mut Draw, low: f64, high: f64) -> f64 {
    low + (high - low) * draw.uniform()
}

/// A number in `[low, high)`, each factor as likely as another.
pub(crate) fn log_between(draw: &mut Draw, low: f64, high: f64) -> f64 {
    exp(between(draw, ln(low), ln(high)))
}

/// A whole number in `low..=high`.
pub(crate) fn whole(draw: &mut Draw, low: usize, high: usize) -> usize {
    low + draw.below((high - low + 1) as u64) as usize
}

/// Whether something of this chance happens.
pub(crate) fn chance(draw: &mut Draw, p: f64) -> bool {
    draw.uniform() < p
}

/// A factor of mean 1 whose logarithm has this standard deviation.
pub(crate) fn noise(draw: &mut Draw, sigma: f64) -> f64 {
    exp(sigma * draw.normal() - 0.5 * sigma * sigma)
}

/// Chances of `n` levels, the first most likely by far where `skew` is large.
pub(crate) fn shares(n: usize, skew: f64) -> Vec<f64> {
    let sizes: Vec<f64> = (1..=n).map(|k| pow(k as f64, -skew)).collect();
    let all: f64 = sizes.iter().sum();
    sizes.iter().map(|size| size / all).collect()
}

/// A level by its chances.
pub(crate) fn level(draw: &mut Draw, shares: &[f64]) -> u8 {
    let mut at = draw.uniform();
    for (level, share) in shares.iter().enumerate() {
        at -= share;
        if at < 0.0 {
            return level as u8;
        }
    }
    shares.len() as u8 - 1
}
