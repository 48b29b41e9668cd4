use crate::distribution::ChiSquare;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{asin, cbrt, exp, ln, ln_1p, sqrt};
use crate::special::{ln_normal_sf, normal_quantile};
use crate::test::{Effect, Sample, TestResult, clean};
use crate::{StatsError, check};

const SHAPIRO_MOST: usize = 5000;

/// Are the values normal? Shapiro-Wilk up to 5000 values, D'Agostino and Pearson's K² above.
///
/// With many values a harmless departure is significant, too: read the effect (skewness), not only the p-value.
///
/// # Errors
/// As [`shapiro_wilk`].
pub fn normality(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    let n = values.iter().filter(|v| !v.is_nan()).count();
    if n <= SHAPIRO_MOST {
        shapiro_wilk(values, level)
    } else {
        dagostino_k2(values, level)
    }
}

/// The Shapiro-Wilk test of normality, for 3 to 5000 values.
///
/// `values` is `(n,)`; NaN is dropped and counted. The effect is the skewness with its large-sample interval.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 3 values, [`StatsError::OutOfRange`] above 5000, [`StatsError::Constant`].
///
/// # Reference
/// P. Royston (1995), Algorithm AS R94, Applied Statistics 44, 547-551. Checked against scipy `shapiro`.
pub fn shapiro_wilk(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (values, n_dropped) = clean("values", values, 3)?;
    let mut values = values.into_owned();
    let n = values.len();
    if n > SHAPIRO_MOST {
        return Err(StatsError::OutOfRange {
            what: "number of values",
            found: n as f64,
            expected: "at most 5000",
        });
    }
    values.sort_unstable_by(f64::total_cmp);
    let sample = Sample::of(&values);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let weights = shapiro_weights(n);
    // scaled by the range, so that neither huge nor tiny units overflow
    let range = values[n - 1] - values[0];
    let (mut spread, mut slant) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let x = (value - sample.mean) / range;
        spread += x * x;
        if i < n / 2 {
            slant += weights[i] * (values[n - 1 - i] - value) / range;
        }
    }
    let w = (slant * slant / spread).min(1.0);
    let result = TestResult::new(
        "Shapiro-Wilk test",
        "W",
        w,
        shapiro_ln_p(w, n),
        skewness(&sample, level),
    );
    Ok(TestResult {
        n_used: n,
        n_dropped,
        ..result
    })
}

/// D'Agostino and Pearson's K² test of normality from skewness and kurtosis, for 20 values and more.
///
/// The effect is the skewness; the excess kurtosis and the z scores of both stand in `more_effects`.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 20 values, [`StatsError::Constant`].
///
/// # Reference
/// R. B. D'Agostino, E. S. Pearson (1973), Biometrika 60, 613-622; F. J. Anscombe, W. J. Glynn (1983), Biometrika 70,
/// 227-234. Checked against scipy `normaltest`.
pub fn dagostino_k2(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (values, n_dropped) = clean("values", values, 20)?;
    let sample = Sample::of(&values);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let (z_skew, z_kurtosis) = (skewness_z(&sample), kurtosis_z(&sample));
    let k2 = z_skew * z_skew + z_kurtosis * z_kurtosis;
    let ln_p = ChiSquare::new(2.0)?.ln_sf(k2);
    let result = TestResult::new(
        "D'Agostino-Pearson K² test",
        "K²",
        k2,
        ln_p,
        skewness(&sample, level),
    );
    let half = two_sided_normal(level);
    let z_score = |name, z: f64| Effect {
        name,
        estimate: Estimate {
            value: z,
            low: z - half,
            high: z + half,
        },
    };
    Ok(TestResult {
        df: vec![2.0],
        more_effects: vec![
            excess_kurtosis(&sample, level),
            z_score("z of skewness", z_skew),
            z_score("z of kurtosis", z_kurtosis),
        ],
        n_used: values.len(),
        n_dropped,
        ..result
    })
}

/// The moment kurtosis less 3, for 4 values and more.
pub(super) fn excess_kurtosis(sample: &Sample, level: f64) -> Effect {
    let n = sample.n;
    let variance = 24.0 * n * (n - 2.0) * (n - 3.0) / ((n + 1.0) * (n + 1.0) * (n + 3.0) * (n + 5.0));
    let half = two_sided_normal(level) * sqrt(variance);
    let value = sample.excess_kurtosis;
    Effect {
        name: "excess kurtosis",
        estimate: Estimate {
            value,
            low: value - half,
            high: value + half,
        },
    }
}

pub(super) fn skewness(sample: &Sample, level: f64) -> Effect {
    let n = sample.n;
    let variance = 6.0 * n * (n - 1.0) / ((n - 2.0) * (n + 1.0) * (n + 3.0));
    let half = two_sided_normal(level) * sqrt(variance);
    let value = sample.skewness;
    Effect {
        name: "skewness",
        estimate: Estimate {
            value,
            low: value - half,
            high: value + half,
        },
    }
}

fn skewness_z(sample: &Sample) -> f64 {
    let n = sample.n;
    let y = sample.skewness * sqrt((n + 1.0) * (n + 3.0) / (6.0 * (n - 2.0)));
    let beta = 3.0 * (n * n + 27.0 * n - 70.0) * (n + 1.0) * (n + 3.0)
        / ((n - 2.0) * (n + 5.0) * (n + 7.0) * (n + 9.0));
    let w2 = sqrt(2.0 * (beta - 1.0)) - 1.0;
    let scaled = y / sqrt(2.0 / (w2 - 1.0));
    libm::asinh(scaled) / sqrt(0.5 * ln(w2))
}

fn kurtosis_z(sample: &Sample) -> f64 {
    let n = sample.n;
    let expected = 3.0 * (n - 1.0) / (n + 1.0);
    let variance = 24.0 * n * (n - 2.0) * (n - 3.0) / ((n + 1.0) * (n + 1.0) * (n + 3.0) * (n + 5.0));
    let x = (sample.excess_kurtosis + 3.0 - expected) / sqrt(variance);
    let skew = 6.0 * (n * n - 5.0 * n + 2.0) / ((n + 7.0) * (n + 9.0))
        * sqrt(6.0 * (n + 3.0) * (n + 5.0) / (n * (n - 2.0) * (n - 3.0)));
    let a = 6.0 + 8.0 / skew * (2.0 / skew + sqrt(1.0 + 4.0 / (skew * skew)));
    let ratio = (1.0 - 2.0 / a) / (1.0 + x * sqrt(2.0 / (a - 4.0)));
    (1.0 - 2.0 / (9.0 * a) - cbrt(ratio)) / sqrt(2.0 / (9.0 * a))
}

/// The weights of the lower half of the order statistics, all positive, largest first.
fn shapiro_weights(n: usize) -> Vec<f64> {
    if n == 3 {
        return vec![sqrt(0.5)];
    }
    let half = n / 2;
    let scores: Vec<f64> = (0..half)
        .map(|i| -normal_quantile((i as f64 + 0.625) / (n as f64 + 0.25)))
        .collect();
    let squares = 2.0 * scores.iter().map(|m| m * m).sum::<f64>();
    let root = sqrt(squares);
    let u = 1.0 / sqrt(n as f64);
    let first = scores[0] / root + u * polynomial(&[0.221157, -0.147981, -2.07119, 4.434685, -2.706056], u);
    let n_adjusted = if n > 5 { 2 } else { 1 };
    let mut weights = vec![first];
    let mut rest = squares - 2.0 * scores[0] * scores[0];
    let mut kept = 1.0 - 2.0 * first * first;
    if n_adjusted == 2 {
        let second =
            scores[1] / root + u * polynomial(&[0.042981, -0.293762, -1.752461, 5.682633, -3.582633], u);
        weights.push(second);
        rest -= 2.0 * scores[1] * scores[1];
        kept -= 2.0 * second * second;
    }
    let scale = sqrt(rest / kept);
    weights.extend(scores[n_adjusted..].iter().map(|m| m / scale));
    weights
}

fn shapiro_ln_p(w: f64, n: usize) -> f64 {
    if n == 3 {
        let p = 6.0 / std::f64::consts::PI * (asin(sqrt(w)) - asin(sqrt(0.75)));
        return ln(p.clamp(0.0, 1.0));
    }
    let (size, log_size) = (n as f64, ln(n as f64));
    let y = ln_1p(-w);
    let (y, mean, sd) = if n <= 11 {
        let gamma = -2.273 + 0.459 * size;
        if y >= gamma {
            return f64::NEG_INFINITY;
        }
        let sd = exp(polynomial(&[1.3822, -0.77857, 0.062767, -0.0020322], size));
        (
            -ln(gamma - y),
            polynomial(&[0.544, -0.39978, 0.025054, -6.714e-4], size),
            sd,
        )
    } else {
        let sd = exp(polynomial(&[-0.4803, -0.082676, 0.0030302], log_size));
        (
            y,
            polynomial(&[-1.5861, -0.31082, -0.083751, 0.0038915], log_size),
            sd,
        )
    };
    ln_normal_sf((y - mean) / sd)
}

/// Coefficients lowest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |value, c| value * x + c)
}
