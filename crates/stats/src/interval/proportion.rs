use super::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::{StatsError, check};

/// Wilson's score interval of a proportion.
///
/// `successes` out of `n`; both may be fractional (weights), `0 <= successes <= n`, `n > 0`.
/// Good down to a handful of trials and never leaves [0, 1].
///
/// # Errors
/// [`StatsError::OutOfRange`] for counts or levels outside their range.
///
/// # Reference
/// E. B. Wilson (1927), JASA 22, 209-212.
pub fn wilson(successes: f64, n: f64, level: f64) -> Result<Estimate, StatsError> {
    check::level(level)?;
    if !(n > 0.0 && n.is_finite()) {
        return Err(StatsError::OutOfRange {
            what: "n",
            found: n,
            expected: "above 0 and finite",
        });
    }
    if !(0.0..=n).contains(&successes) {
        return Err(StatsError::OutOfRange {
            what: "successes",
            found: successes,
            expected: "in [0, n]",
        });
    }
    let z = two_sided_normal(level);
    let (p, z2) = (successes / n, z * z);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    let low = if successes == 0.0 {
        0.0
    } else {
        (centre - half).clamp(0.0, p)
    };
    let high = if successes == n {
        1.0
    } else {
        (centre + half).clamp(p, 1.0)
    };
    Ok(Estimate { value: p, low, high })
}

/// Newcombe's interval of a difference of two independent proportions, `a - b`, from their Wilson intervals.
///
/// # Errors
/// As [`wilson`].
///
/// # Reference
/// R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
pub fn newcombe(
    successes_a: f64,
    n_a: f64,
    successes_b: f64,
    n_b: f64,
    level: f64,
) -> Result<Estimate, StatsError> {
    let (a, b) = (wilson(successes_a, n_a, level)?, wilson(successes_b, n_b, level)?);
    let value = a.value - b.value;
    let down = sqrt((a.value - a.low) * (a.value - a.low) + (b.high - b.value) * (b.high - b.value));
    let up = sqrt((a.high - a.value) * (a.high - a.value) + (b.value - b.low) * (b.value - b.low));
    Ok(Estimate {
        value,
        low: (value - down).max(-1.0),
        high: (value + up).min(1.0),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_statsmodels() {
        // statsmodels 0.15.0 proportion_confint(8, 20, method="wilson")
        let got = wilson(8.0, 20.0, 0.95).unwrap();
        assert!(
            (got.low - WILSON.0).abs() < 1e-12 && (got.high - WILSON.1).abs() < 1e-12,
            "{got:?}"
        );
        assert_eq!(wilson(0.0, 5.0, 0.95).unwrap().low, 0.0);
        assert_eq!(wilson(5.0, 5.0, 0.95).unwrap().high, 1.0);
    }

    #[test]
    fn newcombe_matches_statsmodels() {
        // statsmodels 0.15.0 confint_proportions_2indep(56, 70, 48, 80, method="newcomb")
        let got = newcombe(56.0, 70.0, 48.0, 80.0, 0.95).unwrap();
        assert!(
            (got.low - NEWCOMBE.0).abs() < 1e-12 && (got.high - NEWCOMBE.1).abs() < 1e-12,
            "{got:?}"
        );
    }

    #[test]
    fn impossible_counts_are_refused() {
        assert!(wilson(3.0, 2.0, 0.95).is_err());
        assert!(wilson(0.0, 0.0, 0.95).is_err());
        assert!(wilson(f64::NAN, 2.0, 0.95).is_err());
        assert!(wilson(1.0, 2.0, 1.0).is_err());
    }

    const WILSON: (f64, f64) = (0.21880653237281705, 0.6134184992377469);
    const NEWCOMBE: (f64, f64) = (0.05243147240236498, 0.33387265403690614);
}
