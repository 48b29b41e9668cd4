use crate::distribution::StudentT;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::test::{Alternative, Assumption, Effect, Sample, TestResult, clean};
use crate::{StatsError, check};

/// Welch's test for a difference of two means whose variances may differ.
///
/// # Shapes and units
/// `a` is `(n_a,)` and `b` is `(n_b,)`, in the same unit; NaN is dropped and counted. The effect is `mean(a) - mean(b)` in
/// that unit; Hedges' g (pooled standard deviation) stands in `more_effects`.
///
/// # Assumptions
/// Independent draws. Poor below about 10 values per side, or below `25 * skewness^2`, when the data are skewed.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values per side, [`StatsError::Constant`] if both sides are constant,
/// [`StatsError::NotFinite`] for an infinity.
///
/// # Reference
/// B. L. Welch (1947), Biometrika 34, 28-35. Checked against scipy `ttest_ind(equal_var=False)`.
pub fn welch_t(a: &[f64], b: &[f64], alternative: Alternative, level: f64) -> Result<TestResult, StatsError> {
    two_sample(a, b, alternative, level, true)
}

/// Student's test for a difference of two means of equal variance.
///
/// As [`welch_t`], which loses next to nothing when variances are equal and is right when they are not.
///
/// # Errors
/// As [`welch_t`].
///
/// # Reference
/// Student (1908), Biometrika 6, 1-25. Checked against scipy `ttest_ind`.
pub fn student_t(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    two_sample(a, b, alternative, level, false)
}

/// Student's test of one mean against `mean`.
///
/// The effect is `mean(values) - mean`; NaN is dropped and counted.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values, [`StatsError::Constant`] if all are equal.
pub fn one_sample_t(
    values: &[f64],
    mean: f64,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::finite("mean", &[mean])?;
    let (values, n_dropped) = clean("values", values, 2)?;
    let result = one_sample("one-sample t-test", &values, mean, alternative, level)?;
    Ok(TestResult { n_dropped, ..result })
}

/// Student's test of the mean difference of pairs, `a - b`.
///
/// `a` and `b` are `(n_pairs,)`; a pair with a missing side is dropped and counted.
///
/// # Errors
/// [`StatsError::LengthMismatch`]; [`StatsError::Constant`] if all differences are equal; else as [`one_sample_t`].
pub fn paired_t(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::same_length("b", b.len(), a.len())?;
    let missing_or = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { a - b };
    clean("a", a, 0)?;
    clean("b", b, 0)?;
    let differences: Vec<f64> = a.iter().zip(b).map(|(&a, &b)| missing_or(a, b)).collect();
    let (differences, n_dropped) = clean("pairs", &differences, 2)?;
    let result = one_sample("paired t-test", &differences, 0.0, alternative, level)?;
    Ok(TestResult { n_dropped, ..result })
}

fn one_sample(
    method: &'static str,
    values: &[f64],
    mean: f64,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    let sample = Sample::of(values);
    if sample.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let (difference, se) = (sample.mean - mean, sqrt(sample.variance / sample.n));
    let base = from_t(method, difference, se, sample.n - 1.0, alternative, level)?;
    let name = if method == "paired t-test" {
        "mean difference"
    } else {
        "difference from the mean"
    };
    Ok(TestResult {
        effect: Effect { name, ..base.effect },
        n_used: values.len(),
        assumptions: vec![near_normal_mean("values", &sample)],
        ..base
    })
}

fn two_sample(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    level: f64,
    welch: bool,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let ((a, dropped_a), (b, dropped_b)) = (clean("a", a, 2)?, clean("b", b, 2)?);
    let (sa, sb) = (Sample::of(&a), Sample::of(&b));
    if sa.variance == 0.0 && sb.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "a and of b".to_owned(),
        });
    }
    let pooled_df = sa.n + sb.n - 2.0;
    let pooled = ((sa.n - 1.0) * sa.variance + (sb.n - 1.0) * sb.variance) / pooled_df;
    let (va, vb) = (sa.variance / sa.n, sb.variance / sb.n);
    let (method, se, df) = if welch {
        let df = (va + vb) * (va + vb) / (va * va / (sa.n - 1.0) + vb * vb / (sb.n - 1.0));
        ("Welch's t-test", sqrt(va + vb), df)
    } else {
        (
            "Student's t-test",
            sqrt(pooled * (1.0 / sa.n + 1.0 / sb.n)),
            pooled_df,
        )
    };
    let base = from_t(method, sa.mean - sb.mean, se, df, alternative, level)?;
    let mut assumptions = vec![near_normal_mean("a", &sa), near_normal_mean("b", &sb)];
    if !welch {
        assumptions.push(similar_variances(&sa, &sb));
    }
    Ok(TestResult {
        more_effects: vec![hedges_g(&sa, &sb, pooled, level)],
        n_used: a.len() + b.len(),
        n_dropped: dropped_a + dropped_b,
        assumptions,
        ..base
    })
}

fn from_t(
    method: &'static str,
    difference: f64,
    se: f64,
    df: f64,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    let t = StudentT::new(df)?;
    let statistic = difference / se;
    let half = t.upper_quantile(0.5 * (1.0 - alternative.central_level(level))) * se;
    let central = Estimate {
        value: difference,
        low: difference - half,
        high: difference + half,
    };
    let estimate = alternative.open(central, f64::NEG_INFINITY, f64::INFINITY);
    let ln_p = match alternative {
        Alternative::TwoSided => t.ln_two_sided(statistic),
        one_sided => one_sided.ln_p(statistic, |x| t.ln_sf(x)),
    };
    let effect = Effect {
        name: "mean difference",
        estimate,
    };
    let result = TestResult::new(method, "t", statistic, ln_p, effect);
    Ok(TestResult {
        df: vec![df],
        alternative: Some(alternative),
        ..result
    })
}

/// Hedges' g: the difference in pooled standard deviations, corrected for small samples, with its large-sample interval.
fn hedges_g(a: &Sample, b: &Sample, pooled: f64, level: f64) -> Effect {
    let n = a.n + b.n;
    let value = (a.mean - b.mean) / sqrt(pooled) * (1.0 - 3.0 / (4.0 * n - 9.0));
    let se = sqrt(n / (a.n * b.n) + value * value / (2.0 * n));
    let half = two_sided_normal(level) * se;
    Effect {
        name: "Hedges' g",
        estimate: Estimate {
            value,
            low: value - half,
            high: value + half,
        },
    }
}

pub(in crate::test) fn near_normal_mean(what: &str, sample: &Sample) -> Assumption {
    let needed = (25.0 * sample.skewness * sample.skewness).max(10.0);
    Assumption {
        name: "mean is near normal",
        holds: sample.mean_is_trustworthy(),
        detail: format!(
            "{what} has {} values with skewness {:.2}; about {:.0} are needed",
            sample.n,
            sample.skewness,
            needed.ceil()
        ),
    }
}

fn similar_variances(a: &Sample, b: &Sample) -> Assumption {
    let ratio = a.variance.max(b.variance) / a.variance.min(b.variance);
    Assumption {
        name: "equal variances",
        holds: ratio < 3.0,
        detail: format!("the larger variance is {ratio:.2} times the smaller"),
    }
}
