use super::Estimate;
use crate::distribution::StudentT;
use crate::math::{logit, sigmoid, sqrt};
use crate::special::normal_quantile;
use crate::sum::Compensated;
use crate::{StatsError, check};

/// Student's interval of a mean.
///
/// `values` is `(n,)` without missing values; the result is in their unit.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values, [`StatsError::NotFinite`], a level outside (0, 1).
pub fn mean_t(values: &[f64], level: f64) -> Result<Estimate, StatsError> {
    weighted_mean_t(values, None, level)
}

/// Student's interval of a weighted mean.
///
/// Weights say how much a row counts, not how often it was seen: the degrees of freedom follow Kish's effective
/// number of rows `sum(w)^2 / sum(w^2)`, and the variance is the weighted linearisation. Equal weights give [`mean_t`].
///
/// # Errors
/// As [`mean_t`], and for weights that are negative, not finite or all 0.
pub fn weighted_mean_t(values: &[f64], weights: Option<&[f64]>, level: f64) -> Result<Estimate, StatsError> {
    check::finite("values", values)?;
    check::weights(weights, values.len())?;
    check::level(level)?;
    let (mean, se, n) = mean_and_error(values, weights)?;
    let t = StudentT::new(n - 1.0)?.upper_quantile(0.5 * (1.0 - level));
    Ok(Estimate {
        value: mean,
        low: mean - t * se,
        high: mean + t * se,
    })
}

/// Weighted mean, its standard error and the effective number of rows (more than 1).
pub(crate) fn mean_and_error(values: &[f64], weights: Option<&[f64]>) -> Result<(f64, f64, f64), StatsError> {
    let (total, n) = check::effective((0..values.len()).map(|row| check::weight(weights, row)));
    if n < 1.0 + 1e-9 {
        let found = values.len().min(1);
        return Err(StatsError::TooFewValues {
            what: "values".to_owned(),
            found,
            expected: 2,
        });
    }
    let mut sum = Compensated::default();
    for (row, value) in values.iter().enumerate() {
        sum.add(check::weight(weights, row) * value);
    }
    let mean = sum.value() / total;
    let mut squares = Compensated::default();
    for (row, value) in values.iter().enumerate() {
        let deviation = check::weight(weights, row) * (value - mean);
        squares.add(deviation * deviation);
    }
    Ok((mean, sqrt(squares.value() * n / (n - 1.0)) / total, n))
}

/// The normal quantile that leaves `1 - level` outside on both sides.
pub(crate) fn two_sided_normal(level: f64) -> f64 {
    -normal_quantile(0.5 * (1.0 - level))
}

/// A normal interval taken on the logit scale, so that it stays in (0, 1); `value` must lie strictly inside.
pub(crate) fn on_logit_scale(value: f64, se: f64, level: f64) -> Estimate {
    let (centre, half) = (
        logit(value),
        two_sided_normal(level) * se / (value * (1.0 - value)),
    );
    Estimate {
        value,
        low: sigmoid(centre - half).min(value),
        high: sigmoid(centre + half).max(value),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sleep_data_match_scipy() {
        // scipy 1.17.1 ttest_1samp(...).confidence_interval(0.95), confirmed by R 4.2.2 (Student's sleep data)
        let got = mean_t(&[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4], 0.95).unwrap();
        assert!((got.low - 0.8976775393767051).abs() < 1e-12);
        assert!((got.high - 3.7623224606232943).abs() < 1e-12);
    }

    #[test]
    fn weights_of_one_and_zero_mean_present_and_absent() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0];
        let with = weighted_mean_t(&values, Some(&[2.0, 2.0, 2.0, 0.0, 0.0]), 0.9).unwrap();
        let without = mean_t(&values[..3], 0.9).unwrap();
        assert!((with.low - without.low).abs() < 1e-12 && (with.high - without.high).abs() < 1e-12);
    }

    #[test]
    fn refusals_name_the_offender() {
        assert_eq!(
            mean_t(&[1.0], 0.9).unwrap_err().to_string(),
            "values has 1 values, expected at least 2"
        );
        assert!(mean_t(&[], 0.9).is_err());
        assert!(mean_t(&[1.0, f64::NAN], 0.9).is_err());
        assert!(mean_t(&[1.0, 2.0], 95.0).is_err());
        assert!(weighted_mean_t(&[1.0, 2.0], Some(&[1.0, -1.0]), 0.9).is_err());
    }
}
