use crate::distribution::kolmogorov_sf;
use crate::interval::Estimate;
use crate::math::{ln, sqrt};
use crate::test::{Alternative, Effect, TestResult, clean};
use crate::{StatsError, check};

/// The two-sample Kolmogorov-Smirnov test: do two samples come from one distribution?
///
/// # Shapes and units
/// `a` is `(n_a,)`, `b` is `(n_b,)`; NaN is dropped and counted. The statistic and effect is the largest distance `D` of the
/// two empirical distribution functions; its interval is the Dvoretzky-Kiefer-Wolfowitz band, which is wide.
///
/// The p-value is exact (for untied values) up to a million pairs, else Kolmogorov's limit with Stephens' correction.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty side.
///
/// # Reference
/// N. V. Smirnov (1948), Annals of Mathematical Statistics 19, 279-281. Checked against scipy `ks_2samp`.
pub fn ks_two_sample(a: &[f64], b: &[f64], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let ((mut a, dropped_a), (mut b, dropped_b)) = (clean("a", a, 1)?, clean("b", b, 1)?);
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let steps = largest_gap(&a, &b);
    let (n, m) = (a.len(), b.len());
    let d = steps as f64 / (n as f64 * m as f64);
    let ln_p = if n.saturating_mul(m) <= 1_000_000 {
        ln(exact_p(n, m, steps))
    } else {
        let size = sqrt(n as f64 * m as f64 / (n + m) as f64);
        ln(kolmogorov_sf((size + 0.12 + 0.11 / size) * d))
    };
    let band = sqrt(ln(4.0 / (1.0 - level)) / 2.0) * (1.0 / sqrt(n as f64) + 1.0 / sqrt(m as f64));
    let estimate = Estimate {
        value: d,
        low: (d - band).max(0.0),
        high: (d + band).min(1.0),
    };
    let effect = Effect {
        name: "largest distance of distributions",
        estimate,
    };
    let result = TestResult::new("two-sample Kolmogorov-Smirnov test", "D", d, ln_p, effect);
    Ok(TestResult {
        n_used: n + m,
        n_dropped: dropped_a + dropped_b,
        alternative: Some(Alternative::TwoSided),
        ..result
    })
}

/// `n * m * D` as a whole number, from sorted samples.
fn largest_gap(a: &[f64], b: &[f64]) -> u64 {
    let (mut i, mut j, mut largest) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|v| **v <= x).count();
        j += b[j..].iter().take_while(|v| **v <= x).count();
        largest = largest.max((i as u64 * b.len() as u64).abs_diff(j as u64 * a.len() as u64));
    }
    largest
}

/// `P(n m D >= steps)` without ties: the share of lattice paths that leave the band, counted by where they first leave,
/// so that tiny probabilities keep their precision.
fn exact_p(n: usize, m: usize, steps: u64) -> f64 {
    let outside = |i: usize, j: usize| (i as u64 * m as u64).abs_diff(j as u64 * n as u64) >= steps;
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
    left[m].clamp(0.0, 1.0)
}
