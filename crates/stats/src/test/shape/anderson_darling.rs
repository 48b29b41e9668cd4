use super::normality::skewness;
use crate::math::{exp, ln, ln_1p, sqrt};
use crate::rank::sorted;
use crate::special::{ln_normal_sf, normal_sf};
use crate::test::{Sample, TestResult, clean};
use crate::{StatsError, check};

/// From here on a tail is taken by its logarithm.
const FAR: f64 = 20.0;
/// Where Stephens' formula for large statistics was fitted to; beyond it is continued straight on.
const FITTED_UP_TO: f64 = 13.0;

/// The Anderson-Darling test of normality with estimated mean and standard deviation.
///
/// Weighs the tails more than [`lilliefors`](crate::test::lilliefors). `values` is `(n,)`; NaN is dropped and counted.
/// The effect is the skewness with its large-sample interval. The p-value is an approximation to about 2 digits; beyond
/// a corrected statistic of 13 (p about 5e-31) only its size is meant.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 8 values, for which the approximation was made; [`StatsError::Constant`].
///
/// # Reference
/// R. B. D'Agostino, M. A. Stephens (1986), Goodness-of-fit techniques, table 4.9. Checked against statsmodels `normal_ad`.
pub fn anderson_darling(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (values, n_dropped) = clean("values", values, 8)?;
    let values = sorted(&values);
    let sample = Sample::of(&values);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let a2 = statistic(&values, &sample);
    let n = sample.n;
    let ln_p = ln_p(a2 * (1.0 + 0.75 / n + 2.25 / (n * n)));
    let result = TestResult::new(
        "Anderson-Darling test of normality",
        "A²",
        a2,
        ln_p,
        skewness(&sample, level),
    );
    Ok(TestResult {
        n_used: values.len(),
        n_dropped,
        ..result
    })
}

fn statistic(sorted: &[f64], sample: &Sample) -> f64 {
    let sd = sqrt(sample.variance);
    let weight = |i: usize| (2.0 * i as f64 + 1.0) / sample.n;
    let mut sum = crate::sum::Compensated::default();
    for (i, value) in sorted.iter().enumerate() {
        let z = (value - sample.mean) / sd;
        // both tails from the smaller one
        let (tail, is_far) = (normal_sf(z.abs()), FAR < z.abs());
        let ln_tail = if is_far { ln_normal_sf(z.abs()) } else { ln(tail) };
        let ln_rest = ln_1p(-tail);
        let (ln_below, ln_above) = if z < 0.0 {
            (ln_tail, ln_rest)
        } else {
            (ln_rest, ln_tail)
        };
        sum.add(weight(i) * ln_below + weight(sorted.len() - 1 - i) * ln_above);
    }
    -sample.n - sum.value()
}

fn ln_p(a: f64) -> f64 {
    let parabola = |constant: f64, slope: f64, bend: f64| constant + slope * a + bend * a * a;
    if a < 0.2 {
        ln_1p(-exp(parabola(-13.436, 101.14, -223.73)))
    } else if a < 0.34 {
        ln_1p(-exp(parabola(-8.318, 42.796, -59.938)))
    } else if a < 0.6 {
        parabola(0.9177, -4.279, -1.38)
    } else if a <= FITTED_UP_TO {
        parabola(1.2937, -5.709, 0.0186)
    } else {
        let at_end = 1.2937 - 5.709 * FITTED_UP_TO + 0.0186 * FITTED_UP_TO * FITTED_UP_TO;
        at_end + (2.0 * 0.0186 * FITTED_UP_TO - 5.709) * (a - FITTED_UP_TO)
    }
}
