use crate::distribution::{ChiSquare, noncentral_chi_square_cdf, noncentrality_interval};
use crate::interval::Estimate;
use crate::math::sqrt;
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The chi-square test of goodness of fit: do counts follow these shares?
///
/// # Shapes and units
/// `observed` is `(n_classes,)`, `expected` as long, counts or shares: only their ratios matter; equal ones where none are
/// given. `n_estimated` counts the parameters of the expectation that were estimated from the same data; they come off the
/// degrees of freedom. The effect is Cohen's w, its interval from the noncentral chi-square distribution.
///
/// # Assumptions
/// Independent draws; expected counts of 5 and more in four fifths of the classes and of 1 in all (Cochran).
///
/// # Errors
/// [`StatsError::TooFewValues`] unless two more classes than estimated parameters; [`StatsError::OutOfRange`] for an expectation
/// that is not above 0; [`StatsError::OneClass`] without counts; [`StatsError::LengthMismatch`].
///
/// # Reference
/// K. Pearson (1900), Philosophical Magazine 50, 157-175. Checked against scipy `chisquare`.
pub fn goodness_of_fit(
    observed: &[u64],
    expected: Option<&[f64]>,
    n_estimated: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::at_least("classes", observed.len(), n_estimated.saturating_add(2))?;
    let n: f64 = observed.iter().map(|&count| count as f64).sum();
    if n == 0.0 {
        return Err(StatsError::OneClass {
            what: "observed",
            found: "without counts".to_owned(),
        });
    }
    let expected = expected_counts(n, observed.len(), expected)?;
    let term = |(&count, expected): (&u64, &f64)| {
        let distance = count as f64 - expected;
        distance * distance / expected
    };
    let statistic: f64 = observed.iter().zip(&expected).map(term).sum();
    let df = (observed.len() - 1 - n_estimated) as f64;
    let (low, high) = noncentrality_interval(
        |nc| noncentral_chi_square_cdf(statistic, df, nc),
        statistic - df,
        level,
    );
    let w = |x: f64| sqrt(x / n);
    let value = w(statistic);
    let effect = Effect {
        name: "Cohen's w",
        estimate: Estimate {
            value,
            low: w(low).min(value),
            high: w(high).max(value),
        },
    };
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    let method = "chi-square test of goodness of fit";
    Ok(TestResult {
        df: vec![df],
        n_used: n as usize,
        assumptions: vec![large_enough(&expected)],
        ..TestResult::new(method, "χ²", statistic, ln_p, effect)
    })
}

fn expected_counts(n: f64, n_classes: usize, expected: Option<&[f64]>) -> Result<Vec<f64>, StatsError> {
    let Some(given) = expected else {
        return Ok(vec![n / n_classes as f64; n_classes]);
    };
    check::same_length("expected", given.len(), n_classes)?;
    check::finite("expected", given)?;
    if let Some(&found) = given.iter().find(|&&e| e <= 0.0) {
        return Err(StatsError::OutOfRange {
            what: "expected",
            found,
            expected: "above 0",
        });
    }
    let total = crate::sum::in_order(given);
    Ok(given.iter().map(|e| e * (n / total)).collect())
}

fn large_enough(expected: &[f64]) -> Assumption {
    let least = expected.iter().copied().fold(f64::INFINITY, f64::min);
    let n_small = expected.iter().filter(|&&e| e < 5.0).count();
    Assumption {
        name: "expected counts are large enough",
        holds: least >= 1.0 && n_small * 5 <= expected.len(),
        detail: format!(
            "{n_small} of {} classes expect fewer than 5, the least {least:.2}; join rare classes where they are",
            expected.len()
        ),
    }
}
