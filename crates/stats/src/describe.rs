use crate::sketch::Moments;
use crate::sum::blocked;
use crate::{StatsError, check};

/// The numbers that describe a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Description {
    /// Values that are there.
    pub n: usize,
    /// Values that are missing.
    pub n_missing: usize,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// With `n - 1` in the denominator.
    pub variance: f64,
    /// The root of the variance.
    pub sd: f64,
    /// The third standardised moment.
    pub skewness: f64,
    /// The fourth standardised moment minus 3.
    pub excess_kurtosis: f64,
}

/// Describes a sample: count, range and moments.
///
/// `values` is `(n,)`; NaN is missing and counted. Mean and variance come from exact sums, whatever the order.
/// Skewness and kurtosis are those of the sample (moments over `n`), 0 for a constant.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values, [`StatsError::NotFinite`] for an infinity.
///
/// # Reference
/// Checked against the certified values of NIST StRD (univariate) and scipy `describe`.
pub fn describe(values: &[f64]) -> Result<Description, StatsError> {
    if let Some(index) = values.iter().position(|v| v.is_infinite()) {
        return Err(StatsError::NotFinite {
            what: "values",
            index,
            found: values[index],
        });
    }
    let mut moments = Moments::default();
    moments.extend(values);
    check::at_least("values", moments.n() as usize, 2)?;
    let (about, min, max) = (
        moments.mean().unwrap_or(f64::NAN),
        moments.min().unwrap_or(f64::NAN),
        moments.max().unwrap_or(f64::NAN),
    );
    let most = (0.5 * max - 0.5 * about).max(0.5 * about - 0.5 * min);
    let (skewness, excess_kurtosis) = shape(values, about, most, moments.n() as f64);
    Ok(Description {
        n: moments.n() as usize,
        n_missing: moments.n_missing() as usize,
        min,
        max,
        mean: about,
        variance: moments.variance().unwrap_or(f64::NAN),
        sd: moments.sd().unwrap_or(f64::NAN),
        skewness,
        excess_kurtosis,
    })
}

/// Skewness and excess kurtosis in units of about `most`, half of the largest deviation, so that no power overflows.
fn shape(values: &[f64], about: f64, most: f64, n: f64) -> (f64, f64) {
    // a power of two, by which nothing is rounded
    let unit = f64::from_bits(most.to_bits() & f64::INFINITY.to_bits());
    let inverse = 1.0 / unit;
    if !(inverse.is_finite() && 0.0 < unit) {
        return (0.0, 0.0);
    }
    let deviation = |value: f64| {
        let deviation = (0.5 * value - 0.5 * about) * inverse;
        if value.is_nan() { 0.0 } else { deviation }
    };
    // about the rounded mean; what it was rounded by is taken off again
    let [first, second, third, fourth] = blocked(values, |value| {
        let d = deviation(value);
        let square = d * d;
        [d, square, square * d, square * square]
    })
    .map(|sum| sum / n);
    let spread = second - first * first;
    if spread <= 0.0 {
        return (0.0, 0.0);
    }
    let central_third = third - 3.0 * first * second + 2.0 * first * first * first;
    let squared = first * first;
    let central_fourth = fourth - 4.0 * first * third + 6.0 * squared * second - 3.0 * squared * squared;
    (
        central_third / (spread * crate::math::sqrt(spread)),
        central_fourth / (spread * spread) - 3.0,
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn moments_match_scipy() {
        // scipy 1.17.1 describe([1, 2, 2, 3, 9])
        let found = describe(&[1.0, 2.0, f64::NAN, 2.0, 3.0, 9.0]).unwrap();
        assert_eq!((found.n, found.n_missing, found.min, found.max), (5, 1, 1.0, 9.0));
        assert!((found.mean - 3.4).abs() < 1e-15 && (found.variance - 10.3).abs() < 1e-14);
        assert!((found.skewness - SKEWNESS).abs() < 1e-13, "{found:?}");
        assert!((found.excess_kurtosis - KURTOSIS).abs() < 1e-13, "{found:?}");
    }

    #[test]
    fn extremes() {
        // NIST StRD NumAcc1: mean 10000002, standard deviation 1
        let far = describe(&[10000001.0, 10000003.0, 10000002.0]).unwrap();
        assert_eq!((far.mean, far.sd), (10000002.0, 1.0));
        let huge = describe(&[1.7e308, -1.7e308, 1.7e308]).unwrap();
        assert!(huge.mean.is_finite() && huge.skewness.is_finite());
        let constant = describe(&[0.1; 3]).unwrap();
        assert_eq!((constant.skewness, constant.excess_kurtosis), (0.0, 0.0));
        assert!(describe(&[1.0, f64::NAN]).is_err() && describe(&[]).is_err());
        assert!(describe(&[1.0, f64::INFINITY, 2.0]).is_err());
    }

    const SKEWNESS: f64 = 1.321086967875271;
    const KURTOSIS: f64 = 0.017296634932605137;
}
