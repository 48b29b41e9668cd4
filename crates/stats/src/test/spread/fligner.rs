use super::median;
use crate::distribution::ChiSquare;
use crate::rank::midranks;
use crate::special::normal_quantile;
use crate::sum::mean;
use crate::test::rank::epsilon_squared;
use crate::test::sample::{Groups, Sample};
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The Fligner-Killeen test: do the spreads of the groups differ, whatever the distribution?
///
/// The distances from each group's median are ranked, and the ranks turned into normal scores. Shapes as
/// [`anova`](crate::test::anova). The effect is epsilon squared, the share of the scores' variance between the groups, as for
/// [`kruskal`](crate::test::kruskal).
///
/// Distances are ranked as computed: two that are equal on paper but not in binary (`5.2 - 5.1` and `5.1 - 5.0`) count
/// as different, here as in scipy and R.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group, [`StatsError::Constant`] if all distances are equal.
///
/// # Reference
/// W. J. Conover, M. E. Johnson, M. M. Johnson (1981), Technometrics 23, 351-361. Checked against scipy `fligner`.
pub fn fligner_killeen(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    of_groups(&Groups::split(values, groups, n_groups, 1)?, level)
}

/// [`fligner_killeen`] of groups that lie apart, each `(n_group,)`.
///
/// # Errors
/// As [`fligner_killeen`].
pub fn fligner_killeen_of(samples: &[&[f64]], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    of_groups(&Groups::of(samples, 1)?, level)
}

fn of_groups(groups: &Groups<'_>, level: f64) -> Result<TestResult, StatsError> {
    let distances: Vec<f64> = groups
        .values
        .iter()
        .flat_map(|group| from_median(group))
        .collect();
    let (ranks, _) = midranks(&distances);
    let n = distances.len() as f64;
    // the quantile of 1/2 + rank / (2 (n + 1)), from the side where it is precise
    let scores: Vec<f64> = ranks
        .iter()
        .map(|rank| -normal_quantile((n + 1.0 - rank) / (2.0 * (n + 1.0))))
        .collect();
    let all = Sample::of(&scores);
    if all.variance == 0.0 {
        return Err(StatsError::Constant {
            what: "distances from the medians".to_owned(),
        });
    }
    let mut at = 0;
    let mut between = 0.0;
    for group in &groups.values {
        let off = mean(&scores[at..at + group.len()]) - all.mean;
        between += group.len() as f64 * off * off;
        at += group.len();
    }
    let statistic = between / all.variance;
    let df = groups.values.len() as f64 - 1.0;
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    let effect = Effect {
        name: "epsilon squared",
        estimate: epsilon_squared(statistic, df, n, level),
    };
    let result = TestResult::new("Fligner-Killeen test", "chi-square", statistic, ln_p, effect);
    let n_least = groups.values.iter().map(|group| group.len()).min().unwrap_or(0);
    Ok(TestResult {
        df: vec![df],
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions: vec![Assumption {
            name: "groups are large enough",
            holds: n_least >= 5,
            detail: format!("the smallest group has {n_least} values"),
        }],
        ..result
    })
}

fn from_median(group: &[f64]) -> impl Iterator<Item = f64> {
    let middle = median(&mut group.to_vec());
    group.iter().map(move |value| (value - middle).abs())
}
