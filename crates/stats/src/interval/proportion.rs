use super::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::special::beta_i_inverse;
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
    check_counts(successes, n, level)?;
    let (centre, half) = score_centre(successes, n, level);
    let p = successes / n;
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

/// The exact interval of Clopper and Pearson: covers at least the level, mostly more.
///
/// Counts as for [`wilson`].
///
/// # Errors
/// As [`wilson`].
///
/// # Reference
/// C. J. Clopper, E. S. Pearson (1934), Biometrika 26, 404-413. Checked against statsmodels `proportion_confint("beta")`.
pub fn clopper_pearson(successes: f64, n: f64, level: f64) -> Result<Estimate, StatsError> {
    check_counts(successes, n, level)?;
    let tail = 0.5 * (1.0 - level);
    let failures = n - successes;
    let low = if successes == 0.0 {
        0.0
    } else {
        beta_i_inverse(successes, failures + 1.0, tail)
    };
    let high = if failures == 0.0 {
        1.0
    } else {
        1.0 - beta_i_inverse(failures, successes + 1.0, tail)
    };
    let value = successes / n;
    Ok(Estimate { value, low, high })
}

/// The interval of Agresti and Coull: normal about Wilson's centre, cut to [0, 1].
///
/// Counts as for [`wilson`].
///
/// # Errors
/// As [`wilson`].
///
/// # Reference
/// A. Agresti, B. A. Coull (1998), American Statistician 52, 119-126. Checked against statsmodels `proportion_confint`.
pub fn agresti_coull(successes: f64, n: f64, level: f64) -> Result<Estimate, StatsError> {
    check_counts(successes, n, level)?;
    let z = two_sided_normal(level);
    let n_then = n + z * z;
    let centre = (successes + 0.5 * z * z) / n_then;
    let half = z * sqrt(centre * (1.0 - centre) / n_then);
    Ok(Estimate {
        value: successes / n,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
    })
}

/// The equal-tailed Bayesian interval with Jeffreys' prior, beta(1/2, 1/2).
///
/// Counts as for [`wilson`]. Without a success the interval lies above 0, without a failure below 1: there it leaves the
/// observed proportion out.
///
/// # Errors
/// As [`wilson`].
///
/// # Reference
/// L. D. Brown, T. T. Cai, A. DasGupta (2001), Statistical Science 16, 101-133. Checked against statsmodels
/// `proportion_confint("jeffreys")`.
pub fn jeffreys(successes: f64, n: f64, level: f64) -> Result<Estimate, StatsError> {
    check_counts(successes, n, level)?;
    let tail = 0.5 * (1.0 - level);
    let (a, b) = (successes + 0.5, n - successes + 0.5);
    Ok(Estimate {
        value: successes / n,
        low: beta_i_inverse(a, b, tail),
        high: 1.0 - beta_i_inverse(b, a, tail),
    })
}

/// Wald's interval: normal with the variance at the observed proportion, cut to [0, 1].
///
/// Covers too little for small `n` and for proportions near 0 and 1, where it may be empty: prefer [`wilson`].
///
/// # Errors
/// As [`wilson`].
pub fn wald(successes: f64, n: f64, level: f64) -> Result<Estimate, StatsError> {
    check_counts(successes, n, level)?;
    let p = successes / n;
    let half = two_sided_normal(level) * sqrt(p * (1.0 - p) / n);
    Ok(Estimate {
        value: p,
        low: (p - half).max(0.0),
        high: (p + half).min(1.0),
    })
}

fn score_centre(successes: f64, n: f64, level: f64) -> (f64, f64) {
    let z = two_sided_normal(level);
    let (p, z2) = (successes / n, z * z);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
    (centre, half)
}

pub(super) fn check_counts(successes: f64, n: f64, level: f64) -> Result<(), StatsError> {
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
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Interval = fn(f64, f64, f64) -> Result<Estimate, StatsError>;

    #[test]
    fn intervals_match_statsmodels() {
        // statsmodels 0.15.0 proportion_confint(1, 20) and (8, 20)
        let cases: [(Interval, [f64; 4]); 5] = [
            (
                wilson,
                [
                    0.008881448800795402,
                    0.2361311934467421,
                    0.21880653237281705,
                    0.6134184992377469,
                ],
            ),
            (clopper_pearson, CLOPPER_PEARSON),
            (agresti_coull, AGRESTI_COULL),
            (jeffreys, JEFFREYS),
            (wald, WALD),
        ];
        for (interval, expected) in cases {
            let (one, eight) = (
                interval(1.0, 20.0, 0.95).unwrap(),
                interval(8.0, 20.0, 0.95).unwrap(),
            );
            for (got, expected) in [one.low, one.high, eight.low, eight.high].iter().zip(expected) {
                assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
            }
        }
    }

    #[test]
    fn ends_mirror_each_other_and_stay_in_range() {
        let all: [Interval; 5] = [wilson, clopper_pearson, agresti_coull, jeffreys, wald];
        for interval in all {
            for successes in 0..=7 {
                let found = interval(f64::from(successes), 7.0, 0.9).unwrap();
                let mirror = interval(f64::from(7 - successes), 7.0, 0.9).unwrap();
                assert!((found.low - (1.0 - mirror.high)).abs() < 1e-14, "{found:?}");
                assert!(0.0 <= found.low && found.low <= found.high && found.high <= 1.0);
            }
        }
        assert_eq!(wilson(0.0, 5.0, 0.95).unwrap().low, 0.0);
        assert_eq!(wilson(5.0, 5.0, 0.95).unwrap().high, 1.0);
    }

    #[test]
    fn impossible_counts_are_refused() {
        let all: [Interval; 5] = [wilson, clopper_pearson, agresti_coull, jeffreys, wald];
        for interval in all {
            assert!(interval(3.0, 2.0, 0.95).is_err() && interval(-1.0, 2.0, 0.95).is_err());
            assert!(interval(0.0, 0.0, 0.95).is_err() && interval(1.0, f64::INFINITY, 0.95).is_err());
            assert!(interval(f64::NAN, 2.0, 0.95).is_err() && interval(1.0, 2.0, 1.0).is_err());
        }
    }

    include!("proportion_reference.rs");
}
