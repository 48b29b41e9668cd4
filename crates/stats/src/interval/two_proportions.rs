use super::proportion::check_counts;
use super::{Estimate, two_sided_normal, wilson};
use crate::StatsError;
use crate::math::{exp, ln, sqrt};

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

/// Wald's interval of a difference of two independent proportions, `a - b`: normal, with each side's own variance.
///
/// Covers too little for few trials or rare successes: prefer [`newcombe`].
///
/// # Errors
/// As [`wilson`].
///
/// # Reference
/// Checked against statsmodels `confint_proportions_2indep(method="wald")`.
pub fn wald_difference(
    successes_a: f64,
    n_a: f64,
    successes_b: f64,
    n_b: f64,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_counts(successes_a, n_a, level)?;
    check_counts(successes_b, n_b, level)?;
    let (a, b) = (successes_a / n_a, successes_b / n_b);
    let half = two_sided_normal(level) * sqrt(a * (1.0 - a) / n_a + b * (1.0 - b) / n_b);
    Ok(Estimate {
        value: a - b,
        low: (a - b - half).max(-1.0),
        high: (a - b + half).min(1.0),
    })
}

/// The interval of a difference of two independent proportions by Agresti and Caffo: [`wald_difference`] with one success
/// and one failure added to each side.
///
/// # Errors
/// As [`wilson`].
///
/// # Reference
/// A. Agresti, B. Caffo (2000), American Statistician 54, 280-288. Checked against statsmodels.
pub fn agresti_caffo(
    successes_a: f64,
    n_a: f64,
    successes_b: f64,
    n_b: f64,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_counts(successes_a, n_a, level)?;
    check_counts(successes_b, n_b, level)?;
    let around = wald_difference(successes_a + 1.0, n_a + 2.0, successes_b + 1.0, n_b + 2.0, level)?;
    let value = successes_a / n_a - successes_b / n_b;
    Ok(Estimate { value, ..around })
}

/// The ratio of two independent proportions, `a / b`, with Katz's interval on the log scale.
///
/// Where a side has no success, half a success is added to both for the interval, which is then open at 0 or infinity.
///
/// # Errors
/// As [`wilson`]; [`StatsError::Undefined`] if neither side has a success.
///
/// # Reference
/// D. Katz et al. (1978), Biometrics 34, 469-474. Checked against statsmodels `confint_proportions_2indep(compare="ratio")`.
pub fn risk_ratio(
    successes_a: f64,
    n_a: f64,
    successes_b: f64,
    n_b: f64,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_counts(successes_a, n_a, level)?;
    check_counts(successes_b, n_b, level)?;
    if successes_a == 0.0 && successes_b == 0.0 {
        return Err(StatsError::Undefined {
            what: "risk ratio",
            reason: "neither side has a success",
        });
    }
    let value = successes_a / n_a / (successes_b / n_b);
    let half = if successes_a * successes_b == 0.0 {
        0.5
    } else {
        0.0
    };
    let (x, n, y, m) = (successes_a + half, n_a + half, successes_b + half, n_b + half);
    let se = sqrt(1.0 / x - 1.0 / n + 1.0 / y - 1.0 / m);
    Ok(log_interval(value, ln(x / n * (m / y)), se, level))
}

/// The ratio of the odds of two independent proportions, `a` over `b`, with Woolf's interval on the log scale.
///
/// Where a side has no success or no failure, half a trial is added to each of the four counts for the interval, which is
/// then open at 0 or infinity.
///
/// # Errors
/// As [`wilson`]; [`StatsError::Undefined`] if all trials end alike.
///
/// # Reference
/// B. Woolf (1955), Annals of Human Genetics 19, 251-253. Checked against statsmodels
/// `confint_proportions_2indep(compare="odds-ratio")`.
pub fn odds_ratio(
    successes_a: f64,
    n_a: f64,
    successes_b: f64,
    n_b: f64,
    level: f64,
) -> Result<Estimate, StatsError> {
    check_counts(successes_a, n_a, level)?;
    check_counts(successes_b, n_b, level)?;
    let counts = [successes_a, n_a - successes_a, successes_b, n_b - successes_b];
    let [a, b, c, d] = counts;
    if a + c == 0.0 || b + d == 0.0 {
        return Err(StatsError::Undefined {
            what: "odds ratio",
            reason: "all trials end alike",
        });
    }
    let value = if b * c > 0.0 {
        a * d / (b * c)
    } else {
        f64::INFINITY
    };
    let half = if counts.contains(&0.0) { 0.5 } else { 0.0 };
    let [a, b, c, d] = counts.map(|count| count + half);
    let se = sqrt(1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d);
    Ok(log_interval(value, ln(a / b * (d / c)), se, level))
}

/// A normal interval about `centre`, the logarithm of the value where that is finite.
fn log_interval(value: f64, centre: f64, se: f64, level: f64) -> Estimate {
    let half = two_sided_normal(level) * se;
    Estimate {
        value,
        low: exp(centre - half).min(value),
        high: if value.is_finite() {
            exp(centre + half)
        } else {
            f64::INFINITY
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Interval = fn(f64, f64, f64, f64, f64) -> Result<Estimate, StatsError>;
    const ALL: [Interval; 5] = [newcombe, wald_difference, agresti_caffo, risk_ratio, odds_ratio];

    #[test]
    fn intervals_match_statsmodels() {
        // statsmodels 0.15.0 confint_proportions_2indep(56, 70, 48, 80)
        let expected = [
            (0.05243147240236498, 0.33387265403690614),
            (0.057504899149037114, 0.342495100850963),
            (0.052452926638053676, 0.33575845547576744),
            RISK_RATIO,
            ODDS_RATIO,
        ];
        for (interval, (low, high)) in ALL.iter().zip(expected) {
            let got = interval(56.0, 70.0, 48.0, 80.0, 0.95).unwrap();
            assert!(
                (got.low - low).abs() < 1e-12 && (got.high - high).abs() < 1e-12,
                "{got:?}"
            );
        }
    }

    #[test]
    fn empty_cells_leave_ratios_open() {
        let none = risk_ratio(0.0, 70.0, 3.0, 80.0, 0.95).unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!(none.high > 1.0 && none.high.is_finite());
        let only = odds_ratio(5.0, 5.0, 3.0, 8.0, 0.95).unwrap();
        assert_eq!((only.value, only.high), (f64::INFINITY, f64::INFINITY));
        assert!(only.low > 0.0 && only.low.is_finite());
        assert!(risk_ratio(0.0, 5.0, 0.0, 5.0, 0.95).is_err());
        assert!(odds_ratio(5.0, 5.0, 5.0, 5.0, 0.95).is_err());
    }

    #[test]
    fn impossible_counts_are_refused() {
        for interval in ALL {
            assert!(interval(3.0, 2.0, 1.0, 2.0, 0.95).is_err());
            assert!(interval(1.0, 2.0, f64::NAN, 2.0, 0.95).is_err());
            assert!(interval(1.0, 2.0, 1.0, 0.0, 0.95).is_err());
            assert!(interval(1.0, 2.0, 1.0, 2.0, 0.0).is_err());
        }
    }

    include!("two_proportions_reference.rs");
}
