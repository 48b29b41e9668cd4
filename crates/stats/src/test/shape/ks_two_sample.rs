use super::ks_one_sample::KsMethod;
use super::lattice::ln_share_outside;
use crate::distribution::{ln_kolmogorov_finite_sf, ln_kolmogorov_sf};
use crate::interval::Estimate;
use crate::math::{ln, sqrt};
use crate::test::{Alternative, Effect, TestResult, clean};
use crate::{StatsError, check};

const EXACT_UP_TO: usize = 1_000_000;
const EXACT_AT_MOST: usize = 100_000_000;

/// The two-sample Kolmogorov-Smirnov test: do two samples come from one distribution?
///
/// # Shapes and units
/// `a` is `(n_a,)`, `b` is `(n_b,)`; NaN is dropped and counted. The statistic and effect is the largest distance `D` of the
/// two empirical distribution functions; its interval is the Dvoretzky-Kiefer-Wolfowitz band, which is wide.
///
/// As in scipy and R the direction is that of the distribution functions: `Greater` asks whether the function of `a`
/// lies above that of `b` somewhere, that is whether values of `a` tend to be *smaller*.
///
/// # Methods
/// `Exact` counts lattice paths, for untied values (with ties its p-value is cautious); refused above 1e8 pairs.
/// `Auto` is exact up to a million pairs, else Kolmogorov's limit with Stephens' correction. `Limit` is the plain limit,
/// `FiniteSize` what scipy calls asymptotic: the one-sample law at the rounded effective size `n m / (n + m)`, one-sided
/// Hodges' correction.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty side, [`StatsError::OutOfRange`] for an exact test of too many pairs.
///
/// # Reference
/// N. V. Smirnov (1948), Annals of Mathematical Statistics 19, 279-281; J. L. Hodges (1958), Arkiv för Matematik 3,
/// 469-486. Checked against scipy `ks_2samp`.
pub fn ks_two_sample(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    method: KsMethod,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let ((a, dropped_a), (b, dropped_b)) = (clean("a", a, 1)?, clean("b", b, 1)?);
    let (a, b) = (crate::rank::sorted(&a), crate::rank::sorted(&b));
    let (n, m) = (a.len(), b.len());
    let steps = largest_gap(&a, &b, alternative);
    let d = steps as f64 / (n as f64 * m as f64);
    let ln_p = ln_p(n, m, steps, d, alternative, method)?;
    let band = sqrt(ln(4.0 / (1.0 - level)) / 2.0) * (1.0 / sqrt(n as f64) + 1.0 / sqrt(m as f64));
    let effect = Effect {
        name: "largest distance of distributions",
        estimate: Estimate {
            value: d,
            low: (d - band).max(0.0),
            high: (d + band).min(1.0),
        },
    };
    let result = TestResult::new("two-sample Kolmogorov-Smirnov test", "D", d, ln_p, effect);
    Ok(TestResult {
        n_used: n + m,
        n_dropped: dropped_a + dropped_b,
        alternative: Some(alternative),
        ..result
    })
}

fn ln_p(
    n: usize,
    m: usize,
    steps: u64,
    d: f64,
    alternative: Alternative,
    method: KsMethod,
) -> Result<f64, StatsError> {
    let n_pairs = n.saturating_mul(m);
    if method == KsMethod::Exact && n_pairs > EXACT_AT_MOST {
        return Err(StatsError::OutOfRange {
            what: "pairs of an exact Kolmogorov-Smirnov test",
            found: n_pairs as f64,
            expected: "at most a hundred million",
        });
    }
    let two_sided = alternative == Alternative::TwoSided;
    let (size, less) = (n.max(m) as f64, n.min(m) as f64);
    let effective = size * less / (size + less);
    let limit = |x: f64| {
        if two_sided {
            ln_kolmogorov_sf(x)
        } else {
            -2.0 * x * x
        }
    };
    let root = sqrt(effective);
    Ok(match method {
        KsMethod::Exact => ln_share_outside(n, m, steps, two_sided),
        KsMethod::Auto if n_pairs <= EXACT_UP_TO => ln_share_outside(n, m, steps, two_sided),
        KsMethod::Auto => limit((root + 0.12 + 0.11 / root) * d),
        KsMethod::Limit => limit(root * d),
        KsMethod::FiniteSize if two_sided => {
            ln_kolmogorov_finite_sf((effective.round_ties_even() as usize).max(1), d)
        }
        KsMethod::FiniteSize => {
            let hodges = 2.0 * (size + 2.0 * less) / sqrt(size * less * (size + less)) / 3.0;
            -2.0 * effective * d * d - root * d * hodges
        }
    })
}

/// `n * m * D` as a whole number, from sorted samples; one-sided the distance of `a` above (`Greater`) or below `b`.
fn largest_gap(a: &[f64], b: &[f64], alternative: Alternative) -> u64 {
    let (mut i, mut j, mut largest) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        i += a[i..].iter().take_while(|v| **v <= x).count();
        j += b[j..].iter().take_while(|v| **v <= x).count();
        let (of_a, of_b) = (i as u64 * b.len() as u64, j as u64 * a.len() as u64);
        largest = largest.max(match alternative {
            Alternative::TwoSided => of_a.abs_diff(of_b),
            Alternative::Greater => of_a.saturating_sub(of_b),
            Alternative::Less => of_b.saturating_sub(of_a),
        });
    }
    largest
}
