use super::normality::{excess_kurtosis, skewness};
use crate::distribution::ChiSquare;
use crate::test::{Assumption, Sample, TestResult, clean};
use crate::{StatsError, check};

/// The Jarque-Bera test of normality from skewness and kurtosis.
///
/// `values` is `(n,)`; NaN is dropped and counted. The effects are the moment skewness and the excess kurtosis with their
/// large-sample intervals.
///
/// # Assumptions
/// The chi-square law is a limit that is far away: about 2000 values. Below,
/// [`dagostino_k2`](crate::test::dagostino_k2) is the same question with a better law.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 4 values, [`StatsError::Constant`].
///
/// # Reference
/// C. M. Jarque, A. K. Bera (1987), International Statistical Review 55, 163-172. Checked against scipy `jarque_bera`.
pub fn jarque_bera(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    jarque_bera_of("values", values, level)
}

/// [`jarque_bera`] of values under another name.
pub(crate) fn jarque_bera_of(
    what: &'static str,
    values: &[f64],
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (values, n_dropped) = clean(what, values, 4)?;
    let sample = Sample::of(&values);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: what.to_owned(),
        });
    }
    let (s, k) = (sample.skewness, sample.excess_kurtosis);
    let statistic = sample.n / 6.0 * (s * s + 0.25 * k * k);
    let ln_p = ChiSquare::new(2.0)?.ln_sf(statistic);
    let result = TestResult::new(
        "Jarque-Bera test",
        "JB",
        statistic,
        ln_p,
        skewness(&sample, level),
    );
    Ok(TestResult {
        df: vec![2.0],
        more_effects: vec![excess_kurtosis(&sample, level)],
        n_used: values.len(),
        n_dropped,
        assumptions: vec![Assumption {
            name: "enough values for the chi-square law",
            holds: sample.n >= 2000.0,
            detail: format!(
                "{} values, about 2000 are needed; otherwise use D'Agostino and Pearson's test",
                sample.n
            ),
        }],
        ..result
    })
}
