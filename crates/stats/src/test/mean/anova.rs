use super::t::near_normal_mean;
use crate::distribution::{FisherF, noncentral_f_cdf, noncentrality_interval};
use crate::interval::Estimate;
use crate::math::sqrt;
use crate::test::sample::{Groups, Sample};
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// One-way analysis of variance: do the means of the groups differ?
///
/// # Shapes and units
/// `values` is `(n,)` and `groups` is `(n,)` with codes in `0..n_groups`; NaN is dropped and counted.
/// The effect is omega squared, the share of variance between the groups (below 0 when `F < 1`), eta squared stands in
/// `more_effects`. Their interval inverts the noncentral F distribution.
///
/// # Assumptions
/// Independent draws, near normal means, equal variances: [`welch_anova`] does without the last.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group or no spare value, [`StatsError::Constant`] if every group is constant.
///
/// # Reference
/// R. A. Fisher (1925). Checked against scipy `f_oneway`.
pub fn anova(values: &[f64], groups: &[u32], n_groups: usize, level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    anova_of_groups(&Groups::split(values, groups, n_groups, 1)?, level)
}

/// [`anova`] of groups that lie apart, each `(n_group,)`.
///
/// # Errors
/// As [`anova`].
pub fn anova_of(samples: &[&[f64]], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    anova_of_groups(&Groups::of(samples, 1)?, level)
}

fn anova_of_groups(groups: &Groups<'_>, level: f64) -> Result<TestResult, StatsError> {
    let samples = groups.samples();
    let mut assumptions: Vec<_> = samples
        .iter()
        .enumerate()
        .map(|(g, s)| near_normal_mean(&format!("group {g}"), s))
        .collect();
    assumptions.push(similar_variances(&samples));
    let result = one_way("one-way ANOVA", &samples, level)?;
    Ok(TestResult {
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions,
        ..result
    })
}

/// Welch's analysis of variance: do the means of the groups differ, whose variances may differ, too?
///
/// As [`anova`]; the effects are those of the equivalent F.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values in a group, [`StatsError::Constant`] if a group is constant.
///
/// # Reference
/// B. L. Welch (1951), Biometrika 38, 330-336. Checked against statsmodels `anova_oneway(use_var="unequal")`.
pub fn welch_anova(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    welch_of_groups(&Groups::split(values, groups, n_groups, 2)?, level)
}

/// [`welch_anova`] of groups that lie apart, each `(n_group,)`.
///
/// # Errors
/// As [`welch_anova`].
pub fn welch_anova_of(samples: &[&[f64]], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    welch_of_groups(&Groups::of(samples, 2)?, level)
}

fn welch_of_groups(groups: &Groups<'_>, level: f64) -> Result<TestResult, StatsError> {
    let samples = groups.samples();
    if let Some(constant) = samples.iter().position(|s| s.variance == 0.0) {
        return Err(StatsError::Constant {
            what: format!("group {constant}"),
        });
    }
    let weights: Vec<f64> = samples.iter().map(|s| s.n / s.variance).collect();
    let total: f64 = weights.iter().sum();
    let k = groups.values.len() as f64;
    let mean = samples.iter().zip(&weights).map(|(s, w)| w * s.mean).sum::<f64>() / total;
    let between: f64 = samples
        .iter()
        .zip(&weights)
        .map(|(s, w)| w * (s.mean - mean) * (s.mean - mean))
        .sum();
    let uncertainty: f64 = samples
        .iter()
        .zip(&weights)
        .map(|(s, w)| (1.0 - w / total) * (1.0 - w / total) / (s.n - 1.0))
        .sum();
    let f = between / (k - 1.0) / (1.0 + 2.0 * (k - 2.0) / (k * k - 1.0) * uncertainty);
    let df2 = (k * k - 1.0) / (3.0 * uncertainty);
    let result = from_f("Welch's ANOVA", f, k - 1.0, df2, groups.n as f64, level)?;
    let assumptions = samples
        .iter()
        .enumerate()
        .map(|(g, s)| near_normal_mean(&format!("group {g}"), s))
        .collect();
    Ok(TestResult {
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions,
        ..result
    })
}

/// The F test of groups given by their moments.
pub(in crate::test) fn one_way(
    method: &'static str,
    samples: &[Sample],
    level: f64,
) -> Result<TestResult, StatsError> {
    let n: f64 = samples.iter().map(|s| s.n).sum();
    let k = samples.len() as f64;
    check::at_least("values beyond one per group", (n - k) as usize, 1)?;
    let mean = samples.iter().map(|s| s.n * s.mean).sum::<f64>() / n;
    let between: f64 = samples
        .iter()
        .map(|s| s.n * (s.mean - mean) * (s.mean - mean))
        .sum();
    let within: f64 = samples
        .iter()
        .filter(|s| s.n > 1.0)
        .map(|s| (s.n - 1.0) * s.variance)
        .sum();
    if within == 0.0 {
        return Err(StatsError::Constant {
            what: "every group".to_owned(),
        });
    }
    let f = between / (k - 1.0) / (within / (n - k));
    from_f(method, f, k - 1.0, n - k, n, level)
}

pub(super) fn from_f(
    method: &'static str,
    f: f64,
    df1: f64,
    df2: f64,
    n: f64,
    level: f64,
) -> Result<TestResult, StatsError> {
    let (low, high) = noncentrality_interval(|nc| noncentral_f_cdf(f, df1, df2, nc), df1 * (f - 1.0), level);
    // noncentrality = n * eta^2 / (1 - eta^2)
    let (low, high) = (low / (low + n), high / (high + n));
    let around = |value: f64| Estimate {
        value,
        low: low.min(value),
        high: high.max(value),
    };
    let omega = around(df1 * (f - 1.0) / (df1 * (f - 1.0) + n));
    let eta = around(df1 * f / (df1 * f + df2));
    let ln_p = FisherF::new(df1, df2)?.ln_sf(f);
    let result = TestResult::new(
        method,
        "F",
        f,
        ln_p,
        Effect {
            name: "omega squared",
            estimate: omega,
        },
    );
    Ok(TestResult {
        df: vec![df1, df2],
        more_effects: vec![Effect {
            name: "eta squared",
            estimate: eta,
        }],
        ..result
    })
}

pub(super) fn similar_variances(samples: &[Sample]) -> Assumption {
    let sds = samples.iter().filter(|s| s.n > 1.0).map(|s| sqrt(s.variance));
    let (least, most) = sds.fold((f64::INFINITY, 0.0_f64), |(a, b), sd| (a.min(sd), b.max(sd)));
    Assumption {
        name: "equal variances",
        holds: most < 2.0 * least,
        detail: format!("standard deviations run from {least:.4} to {most:.4}"),
    }
}
