//! Two untied samples in random order are a random path on a lattice.

use crate::math::{exp, ln, ln_1p};

/// Below this the plain probabilities on the way may underflow.
const SAFE: f64 = 1e-250;

/// `ln P(n m D >= steps)` without ties: the share of lattice paths from (0, 0) to (n, m) that leave the band, counted by
/// where they first leave, so that tiny probabilities keep their precision. One-sided only `i m - j n` counts.
pub(super) fn ln_share_outside(n: usize, m: usize, steps: u64, two_sided: bool) -> f64 {
    if steps == 0 {
        return 0.0;
    }
    // the shorter side across, so that a row is short
    let (rows, columns) = (n.max(m), n.min(m));
    let outside = |i: usize, j: usize| {
        let (high, low) = (i as u64 * columns as u64, j as u64 * rows as u64);
        // turned over, a path above becomes one below: the one-sided law is the same for both
        if two_sided {
            high.abs_diff(low) >= steps
        } else {
            high.saturating_sub(low) >= steps
        }
    };
    let share = plain_share(rows, columns, &outside);
    if share > SAFE {
        ln(share).min(0.0)
    } else {
        ln_share(rows, columns, &outside).min(0.0)
    }
}

fn plain_share(n: usize, m: usize, outside: &impl Fn(usize, usize) -> bool) -> f64 {
    // left[j]: probability that a random path through (i, j) has left the band by then
    let mut left = vec![0.0; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            if outside(i, j) {
                left[j] = 1.0;
            } else if i + j > 0 {
                let from_left = if i > 0 { i as f64 * left[j] } else { 0.0 };
                let from_below = if j > 0 { j as f64 * left[j - 1] } else { 0.0 };
                left[j] = (from_left + from_below) / (i + j) as f64;
            }
        }
    }
    left[m]
}

/// The same in logarithms, slower and without underflow.
fn ln_share(n: usize, m: usize, outside: &impl Fn(usize, usize) -> bool) -> f64 {
    let mut left = vec![f64::NEG_INFINITY; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            if outside(i, j) {
                left[j] = 0.0;
            } else if i + j > 0 {
                let from_left = ln(i as f64) + left[j];
                let from_below = if j > 0 {
                    ln(j as f64) + left[j - 1]
                } else {
                    f64::NEG_INFINITY
                };
                left[j] = ln_add(from_left, from_below) - ln((i + j) as f64);
            }
        }
    }
    left[m]
}

fn ln_add(a: f64, b: f64) -> f64 {
    let (most, least) = (a.max(b), a.min(b));
    if least == f64::NEG_INFINITY {
        most
    } else {
        most + ln_1p(exp(least - most))
    }
}
