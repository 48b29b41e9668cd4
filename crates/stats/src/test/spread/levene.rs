use crate::interval::sorted_quantile;
use crate::test::TestResult;
use crate::test::mean::one_way;
use crate::test::sample::{Groups, Sample};
use crate::{StatsError, check};

/// Levene's test in Brown and Forsythe's form: do the spreads of the groups differ?
///
/// The F test of the distances from each group's median. Shapes and effects as [`anova`](crate::test::anova), of the distances.
///
/// # Errors
/// As [`anova`](crate::test::anova).
///
/// # Reference
/// M. B. Brown, A. B. Forsythe (1974), JASA 69, 364-367. Checked against scipy `levene(center="median")`.
pub fn levene(values: &[f64], groups: &[u32], n_groups: usize, level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let mut groups = Groups::split(values, groups, n_groups, 1)?;
    for group in &mut groups.values {
        group.sort_unstable_by(f64::total_cmp);
        let median = sorted_quantile(group, 0.5);
        for value in group.iter_mut() {
            *value = (*value - median).abs();
        }
    }
    let distances: Vec<Sample> = groups.samples();
    let result = one_way("Levene's test (Brown-Forsythe)", &distances, level)?;
    Ok(TestResult {
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        ..result
    })
}
