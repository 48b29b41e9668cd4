use crate::distribution::{ChiSquare, FisherF};
use crate::interval::Estimate;
use crate::math::{ln, ln_1p};
use crate::test::sample::{Groups, Sample};
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// Bartlett's test: do the variances of the groups differ, if all are normal?
///
/// # Shapes and units
/// As [`anova`](crate::test::anova). The effect is the largest variance over the smallest; its interval is the F interval of
/// these two groups, which does not know that they were picked as the extremes.
///
/// # Assumptions
/// Normal values: heavy tails look like unequal variances. [`levene`](crate::test::levene) does without.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values in a group, [`StatsError::Constant`] if a group is constant.
///
/// # Reference
/// M. S. Bartlett (1937), Proceedings of the Royal Society A 160, 268-282. Checked against scipy `bartlett`.
pub fn bartlett(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    of_groups(&Groups::split(values, groups, n_groups, 2)?, level)
}

/// [`bartlett`] of groups that lie apart, each `(n_group,)`.
///
/// # Errors
/// As [`bartlett`].
pub fn bartlett_of(samples: &[&[f64]], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    of_groups(&Groups::of(samples, 2)?, level)
}

fn of_groups(groups: &Groups<'_>, level: f64) -> Result<TestResult, StatsError> {
    let samples = groups.samples();
    if let Some(constant) = samples.iter().position(|s| s.variance == 0.0) {
        return Err(StatsError::Constant {
            what: format!("group {constant}"),
        });
    }
    let statistic = statistic(&samples);
    let df = groups.values.len() as f64 - 1.0;
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    let effect = Effect {
        name: "largest variance over smallest",
        estimate: variance_ratio(&samples, level)?,
    };
    let result = TestResult::new("Bartlett's test", "T", statistic, ln_p, effect);
    Ok(TestResult {
        df: vec![df],
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions: samples
            .iter()
            .enumerate()
            .map(|(g, s)| light_tails(g, s))
            .collect(),
        ..result
    })
}

fn statistic(samples: &[Sample]) -> f64 {
    let spare: f64 = samples.iter().map(|s| s.n - 1.0).sum();
    let pooled = samples.iter().map(|s| (s.n - 1.0) * s.variance).sum::<f64>() / spare;
    // ln(pooled / variance) as ln(1 + x): equal variances give exactly 0
    let gap: f64 = samples
        .iter()
        .map(|s| (s.n - 1.0) * ln_ratio(pooled, s.variance))
        .sum();
    let inverses: f64 = samples.iter().map(|s| 1.0 / (s.n - 1.0)).sum();
    let correction = 1.0 + (inverses - 1.0 / spare) / (3.0 * (samples.len() as f64 - 1.0));
    (gap / correction).max(0.0)
}

fn ln_ratio(a: f64, b: f64) -> f64 {
    let excess = (a - b) / b;
    if excess.abs() < 0.5 {
        ln_1p(excess)
    } else {
        ln(a / b)
    }
}

fn variance_ratio(samples: &[Sample], level: f64) -> Result<Estimate, StatsError> {
    let by_variance = |a: &&Sample, b: &&Sample| a.variance.total_cmp(&b.variance);
    let largest = samples.iter().max_by(by_variance).unwrap_or(&samples[0]);
    let smallest = samples.iter().min_by(by_variance).unwrap_or(&samples[0]);
    let value = largest.variance / smallest.variance;
    let alpha = 0.5 * (1.0 - level);
    let law = FisherF::new(largest.n - 1.0, smallest.n - 1.0)?;
    Ok(Estimate {
        value,
        low: (value / law.upper_quantile(alpha)).min(value),
        high: (value / law.quantile(alpha)).max(value),
    })
}

fn light_tails(group: usize, sample: &Sample) -> Assumption {
    Assumption {
        name: "tails like the normal's",
        holds: sample.excess_kurtosis < 1.0,
        detail: format!(
            "group {group} has excess kurtosis {:.2}; above 1 Levene's test is safer",
            sample.excess_kurtosis
        ),
    }
}
