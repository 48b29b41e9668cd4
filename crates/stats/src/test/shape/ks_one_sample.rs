use crate::distribution::{ln_kolmogorov_finite_sf, ln_kolmogorov_sf, ln_smirnov_sf};
use crate::interval::Estimate;
use crate::math::{ln, sqrt};
use crate::test::{Alternative, Effect, TestResult, clean};
use crate::{StatsError, check};

/// How the p-value of a Kolmogorov-Smirnov test is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KsMethod {
    /// Exact where that is quick.
    #[default]
    Auto,
    /// The law at this size, for a continuous distribution.
    Exact,
    /// Kolmogorov's limit for large samples.
    Limit,
    /// For two samples the one-sample law at their effective size; for one sample the same as `Exact`.
    FiniteSize,
}

/// The one-sample Kolmogorov-Smirnov test: do the values come from this continuous distribution?
///
/// # Shapes and units
/// `values` is `(n,)`; NaN is dropped and counted. `cdf` gives the probability of a value below its argument; its parameters
/// must not be estimated from the same values (then see [`lilliefors`](crate::test::lilliefors)). The statistic and
/// effect is the largest distance `D` of empirical and given distribution function, with its
/// Dvoretzky-Kiefer-Wolfowitz band.
///
/// As in scipy and R the direction is that of the functions: `Greater` asks whether the empirical function lies above
/// the given one somewhere, that is whether values tend to be *smaller*.
///
/// # Errors
/// [`StatsError::TooFewValues`] without values, [`StatsError::OutOfRange`] if `cdf` leaves [0, 1].
///
/// # Reference
/// A. Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4, 83-91;
/// [`ln_kolmogorov_finite_sf`], [`ln_smirnov_sf`]. Checked against scipy `ks_1samp`.
pub fn ks_one_sample(
    values: &[f64],
    cdf: impl Fn(f64) -> f64,
    alternative: Alternative,
    method: KsMethod,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (values, n_dropped) = clean("values", values, 1)?;
    let values = crate::rank::sorted(&values);
    let expected: Vec<f64> = values.iter().map(|&value| cdf(value)).collect();
    check::probabilities("cdf", &expected)?;
    let n = values.len();
    let (above, below) = distances(&expected);
    let d = match alternative {
        Alternative::TwoSided => above.max(below),
        Alternative::Greater => above,
        Alternative::Less => below,
    };
    let size = n as f64;
    let ln_p = match (method, alternative) {
        (KsMethod::Limit, Alternative::TwoSided) => ln_kolmogorov_sf(sqrt(size) * d),
        (KsMethod::Limit, _) => -2.0 * size * d * d,
        (_, Alternative::TwoSided) => ln_kolmogorov_finite_sf(n, d),
        (_, _) => ln_smirnov_sf(n, d),
    };
    let band = sqrt(ln(2.0 / (1.0 - level)) / (2.0 * size));
    let effect = Effect {
        name: "largest distance from the distribution",
        estimate: Estimate {
            value: d,
            low: (d - band).max(0.0),
            high: (d + band).min(1.0),
        },
    };
    let result = TestResult::new("one-sample Kolmogorov-Smirnov test", "D", d, ln_p, effect);
    Ok(TestResult {
        n_used: n,
        n_dropped,
        alternative: Some(alternative),
        ..result
    })
}

/// The largest distances of the empirical function above and below, given the probabilities of the sorted values.
pub(super) fn distances(sorted: &[f64]) -> (f64, f64) {
    let n = sorted.len() as f64;
    let (mut above, mut below) = (0.0_f64, 0.0_f64);
    for (i, &p) in sorted.iter().enumerate() {
        above = above.max((i as f64 + 1.0) / n - p);
        below = below.max(p - i as f64 / n);
    }
    (above, below)
}
