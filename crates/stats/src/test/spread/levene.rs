use super::median;
use crate::sum::mean;
use crate::test::TestResult;
use crate::test::mean::one_way;
use crate::test::sample::{Groups, Sample};
use crate::{StatsError, check};

/// The middle of a group, from which distances are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Centre {
    /// Brown and Forsythe's: keeps its level for skewed and heavy-tailed values.
    #[default]
    Median,
    /// Levene's own: for symmetric values with light tails.
    Mean,
    /// The mean without this share of the values at either end, in [0, 0.5): for heavy tails.
    TrimmedMean(f64),
}

/// Levene's test: do the spreads of the groups differ?
///
/// The F test of the distances from each group's centre. Shapes and effects as [`anova`](crate::test::anova), of the distances.
/// All distances count for a trimmed mean, too (scipy's `center="trimmed"` drops the trimmed values altogether).
///
/// # Errors
/// As [`anova`](crate::test::anova); [`StatsError::OutOfRange`] for a share to trim outside [0, 0.5).
///
/// # Reference
/// H. Levene (1960), Contributions to probability and statistics; M. B. Brown, A. B. Forsythe (1974), JASA 69, 364-367.
/// Checked against scipy `levene`.
pub fn levene(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    centre: Centre,
    level: f64,
) -> Result<TestResult, StatsError> {
    centre.check()?;
    check::level(level)?;
    of_groups(&Groups::split(values, groups, n_groups, 1)?, centre, level)
}

/// [`levene`] of groups that lie apart, each `(n_group,)`.
///
/// # Errors
/// As [`levene`].
pub fn levene_of(samples: &[&[f64]], centre: Centre, level: f64) -> Result<TestResult, StatsError> {
    centre.check()?;
    check::level(level)?;
    of_groups(&Groups::of(samples, 1)?, centre, level)
}

fn of_groups(groups: &Groups<'_>, centre: Centre, level: f64) -> Result<TestResult, StatsError> {
    let distances = |group: &[f64]| {
        let mut values = group.to_vec();
        let middle = centre.of(&mut values);
        for (distance, value) in values.iter_mut().zip(group) {
            *distance = (value - middle).abs();
        }
        Sample::of(&values)
    };
    let distances: Vec<Sample> = groups.values.iter().map(|group| distances(group)).collect();
    let method = match centre {
        Centre::Median => "Levene's test (Brown-Forsythe)",
        Centre::Mean => "Levene's test",
        Centre::TrimmedMean(_) => "Levene's test (trimmed mean)",
    };
    let result = one_way(method, &distances, level)?;
    Ok(TestResult {
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        ..result
    })
}

impl Centre {
    fn check(self) -> Result<(), StatsError> {
        match self {
            Self::TrimmedMean(share) if !(0.0..0.5).contains(&share) => Err(StatsError::OutOfRange {
                what: "share to trim",
                found: share,
                expected: "in [0, 0.5)",
            }),
            _ => Ok(()),
        }
    }

    /// The centre of values that may be put in another order.
    fn of(self, values: &mut [f64]) -> f64 {
        match self {
            Self::Median => median(values),
            Self::Mean => mean(values),
            Self::TrimmedMean(share) => {
                values.sort_unstable_by(f64::total_cmp);
                let n_trimmed = (share * values.len() as f64) as usize;
                mean(&values[n_trimmed..values.len() - n_trimmed])
            }
        }
    }
}
