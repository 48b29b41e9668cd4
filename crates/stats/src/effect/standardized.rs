use crate::distribution::noncentral_t_interval;
use crate::interval::Estimate;
use crate::math::{exp, ln, sqrt};
use crate::special::ln_gamma;
use crate::test::{Effect, Sample, clean};
use crate::{StatsError, check};

/// Hedges' factor that takes the bias of small samples off a standardised difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SmallSample {
    /// Through the gamma function.
    #[default]
    Exact,
    /// `1 - 3 / (4 n - 9)`, as most programs.
    Approximate,
}

/// Cohen's d: the difference of two means in pooled standard deviations.
///
/// `a` is `(n_a,)` and `b` is `(n_b,)`, in the same unit. The interval inverts the noncentral t distribution, which takes
/// both samples for normal with equal variances.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values per side, [`StatsError::Constant`] if both sides are constant, a level
/// outside (0, 1).
///
/// # Reference
/// J. Cohen (1988), Statistical power analysis for the behavioral sciences. Checked against pingouin `compute_effsize`, the
/// interval against scipy `nct`.
pub fn cohen_d(a: &[f64], b: &[f64], level: f64) -> Result<Effect, StatsError> {
    let (a, b) = two_sides(a, b, level)?;
    Ok(Effect {
        name: "Cohen's d",
        estimate: pooled_difference(&a, &b, level)?,
    })
}

/// Hedges' g: [`cohen_d`] without the bias of small samples.
///
/// # Errors
/// As [`cohen_d`].
///
/// # Reference
/// L. V. Hedges (1981), Journal of Educational Statistics 6, 107-128. Checked against pingouin `compute_effsize`.
pub fn hedges_g(a: &[f64], b: &[f64], small_sample: SmallSample, level: f64) -> Result<Effect, StatsError> {
    let (a, b) = two_sides(a, b, level)?;
    let df = a.n + b.n - 2.0;
    let factor = match small_sample {
        SmallSample::Approximate => 1.0 - 3.0 / (4.0 * (a.n + b.n) - 9.0),
        // each side has two values, so that there are two degrees of freedom at least
        SmallSample::Exact => exp(ln_gamma(0.5 * df) - ln_gamma(0.5 * (df - 1.0)) - 0.5 * ln(0.5 * df)),
    };
    Ok(Effect {
        name: "Hedges' g",
        estimate: pooled_difference(&a, &b, level)?.map(|d| factor * d),
    })
}

/// Glass's delta: the difference of two means in standard deviations of `a`, the control.
///
/// For treatments that change the spread, too; the interval nevertheless takes the variances for equal. Shapes and errors
/// as [`cohen_d`].
///
/// # Errors
/// As [`cohen_d`]; [`StatsError::Constant`] if `a` is constant.
///
/// # Reference
/// G. V. Glass (1976), Educational Researcher 5, 3-8.
pub fn glass_delta(a: &[f64], b: &[f64], level: f64) -> Result<Effect, StatsError> {
    let (a, b) = two_sides(a, b, level)?;
    if a.variance == 0.0 {
        return Err(StatsError::Constant { what: "a".to_owned() });
    }
    let value = (a.mean - b.mean) / sqrt(a.variance);
    let size = a.n * b.n / (a.n + b.n);
    Ok(Effect {
        name: "Glass's delta",
        estimate: around(value, size, a.n - 1.0, level)?,
    })
}

/// Cohen's d of pairs: the mean difference `a - b` in standard deviations of the differences.
///
/// `a` and `b` are `(n_pairs,)`; a pair with a missing side is dropped. The interval inverts the noncentral t distribution.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::TooFewValues`] below 2 pairs, [`StatsError::Constant`] if all differences
/// are equal.
pub fn cohen_d_paired(a: &[f64], b: &[f64], level: f64) -> Result<Effect, StatsError> {
    check::level(level)?;
    check::same_length("b", b.len(), a.len())?;
    clean("a", a, 0)?;
    clean("b", b, 0)?;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (differences, _) = clean("pairs", &differences, 2)?;
    let sample = Sample::of(&differences);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "differences".to_owned(),
        });
    }
    let value = sample.mean / sqrt(sample.variance);
    Ok(Effect {
        name: "Cohen's d of pairs",
        estimate: around(value, sample.n, sample.n - 1.0, level)?,
    })
}

fn two_sides(a: &[f64], b: &[f64], level: f64) -> Result<(Sample, Sample), StatsError> {
    check::level(level)?;
    let ((a, _), (b, _)) = (clean("a", a, 2)?, clean("b", b, 2)?);
    let (a, b) = (Sample::of(&a), Sample::of(&b));
    if a.variance == 0.0 && b.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "a and of b".to_owned(),
        });
    }
    Ok((a, b))
}

fn pooled_difference(a: &Sample, b: &Sample, level: f64) -> Result<Estimate, StatsError> {
    let df = a.n + b.n - 2.0;
    let pooled = ((a.n - 1.0) * a.variance + (b.n - 1.0) * b.variance) / df;
    let value = (a.mean - b.mean) / sqrt(pooled);
    around(value, a.n * b.n / (a.n + b.n), df, level)
}

/// The interval of a standardised difference whose t statistic is `value * sqrt(size)`.
fn around(value: f64, size: f64, df: f64, level: f64) -> Result<Estimate, StatsError> {
    let (low, high) = noncentral_t_interval(value * sqrt(size), df, level)?;
    Ok(Estimate {
        value,
        low: low / sqrt(size),
        high: high / sqrt(size),
    })
}
