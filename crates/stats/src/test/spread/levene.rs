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
    check::level(level)?;
    if let Centre::TrimmedMean(share) = centre
        && !(0.0..0.5).contains(&share)
    {
        return Err(StatsError::OutOfRange {
            what: "share to trim",
            found: share,
            expected: "in [0, 0.5)",
        });
    }
    let mut groups = Groups::split(values, groups, n_groups, 1)?;
    for group in &mut groups.values {
        let middle = centre.of(group);
        for value in group.iter_mut() {
            *value = (*value - middle).abs();
        }
    }
    let distances: Vec<Sample> = groups.samples();
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
