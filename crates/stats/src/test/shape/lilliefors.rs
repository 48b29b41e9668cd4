use super::ks_one_sample::distances;
use super::normality::skewness;
use crate::math::{exp, ln, sqrt};
use crate::special::normal_cdf;
use crate::test::{Sample, TestResult, clean};
use crate::{StatsError, check};

/// The Lilliefors test of normality: Kolmogorov and Smirnov's with estimated mean and standard deviation.
///
/// `values` is `(n,)`; NaN is dropped and counted. The effect is the skewness with its large-sample interval; the statistic is
/// the largest distance of the empirical from the fitted distribution function.
///
/// The p-value is an approximation, good to 10 % of itself between 0.001 and 0.99 from 5 values on: Dallal and
/// Wilkinson's below 0.05, Stephens' above 0.15, blended between. [`anderson_darling`](crate::test::anderson_darling) and
/// [`shapiro_wilk`](crate::test::shapiro_wilk) see more.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 4 values, [`StatsError::Constant`].
///
/// # Reference
/// H. W. Lilliefors (1967), JASA 62, 399-402; G. E. Dallal, L. Wilkinson (1986), American Statistician 40, 294-296;
/// M. A. Stephens (1974), JASA 69, 730-737. Checked against the simulated table of statsmodels `lilliefors` at its own
/// sizes (between 200 and 1600 that table is interpolated in a straight line and off by up to a third).
pub fn lilliefors(values: &[f64], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let (values, n_dropped) = clean("values", values, 4)?;
    let values = crate::rank::sorted(&values);
    let sample = Sample::of(&values);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let sd = sqrt(sample.variance);
    let expected: Vec<f64> = values
        .iter()
        .map(|v| normal_cdf((v - sample.mean) / sd))
        .collect();
    let (above, below) = distances(&expected);
    let d = above.max(below);
    let ln_p = ln_p(d, sample.n);
    let result = TestResult::new("Lilliefors test", "D", d, ln_p, skewness(&sample, level));
    Ok(TestResult {
        n_used: values.len(),
        n_dropped,
        ..result
    })
}

pub(super) fn ln_p(d: f64, n: f64) -> f64 {
    let scaled = scale(n) * d;
    let ln_tail = dallal_wilkinson(d, scaled, n);
    let weight = ((exp(ln_tail) - 0.05) / 0.1).clamp(0.0, 1.0);
    if weight == 0.0 {
        return ln_tail;
    }
    (1.0 - weight) * ln_tail.min(0.0) + weight * ln(stephens(scaled).clamp(1e-3, 1.0))
}

/// Stephens' factor that makes the distance's distribution nearly the same at every size.
fn scale(n: f64) -> f64 {
    sqrt(n) - 0.01 + 0.85 / sqrt(n)
}

/// Good below 0.1 and up to 100 values; larger samples are read at 100.
fn dallal_wilkinson(d: f64, scaled: f64, n: f64) -> f64 {
    let (d, n) = if n > 100.0 {
        (scaled / scale(100.0), 100.0)
    } else {
        (d, n)
    };
    let size = n + 2.78019;
    -7.01256 * d * d * size + 2.99587 * d * sqrt(size) - 0.122119 + 0.974598 / sqrt(n) + 1.67997 / n
}

/// Good above 0.1.
fn stephens(scaled: f64) -> f64 {
    let coefficients: [f64; 5] = if scaled <= 0.302 {
        return 1.0;
    } else if scaled <= 0.5 {
        [2.76773, -19.828315, 80.709644, -138.55152, 81.218052]
    } else if scaled <= 0.9 {
        [-4.901232, 40.662806, -97.490286, 94.029866, -32.355711]
    } else {
        [6.198765, -19.558097, 23.186922, -12.234627, 2.423045]
    };
    coefficients.iter().rev().fold(0.0, |value, c| value * scaled + c)
}
