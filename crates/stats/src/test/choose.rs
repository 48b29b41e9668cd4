use super::sample::Groups;
use super::table::{Table, count_pairs};
use super::{
    Alternative, RankMethod, TestResult, chi_square, fisher_exact_2x2, kruskal, mann_whitney, welch_anova,
    welch_t,
};
use crate::interval::sorted_quantile;
use crate::{StatsError, check};

/// A test chosen from the shape of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What the chosen test found.
    pub result: TestResult,
    /// Why this test, in one sentence.
    pub why: String,
    /// Whether ranks were compared, so that medians say what was found and means may not.
    pub by_rank: bool,
}

/// Do the values differ between groups? Picks the test from sizes, skewness and outliers.
///
/// # Rule
/// Means are compared (Welch's t for two groups, Welch's ANOVA for more) when every group can carry a mean: at least
/// 10 values, more than `25 * skewness^2` (Cochran's rule), some spread, and at most 2 % of values farther than 3
/// interquartile ranges outside the quartiles. Otherwise ranks are compared (Mann-Whitney, Kruskal-Wallis).
/// If only two values occur at all, such as 0 and 1, shares are compared by [`compare_counts`].
/// The rule looks at shapes and sizes, never at the p-values of both tests.
///
/// # Shapes and units
/// `values` is `(n,)` and `groups` is `(n,)` with codes in `0..n_groups`; NaN is dropped and counted.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group or fewer than two; else as the chosen test.
pub fn compare_groups(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<Choice, StatsError> {
    check::level(level)?;
    let split = Groups::split(values, groups, n_groups, 1)?;
    if let Some(counts) = two_values(&split) {
        let mut choice = compare_counts(&counts, 2, level)?;
        choice.result.n_dropped = split.n_dropped;
        choice.why = format!(
            "only two values occur, so their shares are compared; {}",
            choice.why
        );
        return Ok(choice);
    }
    let obstacle = split
        .values
        .iter()
        .enumerate()
        .find_map(|(g, values)| obstacle_to_means(&format!("group {g}"), values));
    let result = match (&obstacle, n_groups) {
        (None, 2) => welch_t(&split.values[0], &split.values[1], Alternative::TwoSided, level)?,
        (None, _) => welch_anova(values, groups, n_groups, level)?,
        (Some(_), 2) => {
            let (a, b) = (&split.values[0], &split.values[1]);
            mann_whitney(a, b, Alternative::TwoSided, RankMethod::Auto, level)?
        }
        (Some(_), _) => kruskal(values, groups, n_groups, level)?,
    };
    let by_rank = obstacle.is_some();
    let why = match obstacle {
        None => "every group is large enough for its skewness, so means are compared without assuming equal variances"
            .to_owned(),
        Some(obstacle) => format!("{obstacle}, so ranks are compared instead of means"),
    };
    Ok(Choice {
        result: TestResult {
            n_dropped: split.n_dropped,
            ..result
        },
        why,
        by_rank,
    })
}

/// Are two categorical columns related? [`compare_counts`] of their table.
///
/// `a` has codes in `0..n_a`, `b` in `0..n_b`, both `(n,)` without missing values.
///
/// # Errors
/// As [`compare_counts`], and for codes out of range.
pub fn compare_categories(
    a: &[u32],
    n_a: usize,
    b: &[u32],
    n_b: usize,
    level: f64,
) -> Result<Choice, StatsError> {
    compare_counts(&count_pairs(a, n_a, b, n_b)?, n_b, level)
}

/// Are rows and columns of a table of counts related?
///
/// # Rule
/// Fisher's exact test for a 2 x 2 table with an expected count below 5, else the chi-square test (without Yates'
/// correction). Larger sparse tables keep the chi-square test, whose assumption then says that it does not hold.
///
/// # Errors
/// As [`chi_square`].
pub fn compare_counts(counts: &[u64], n_columns: usize, level: f64) -> Result<Choice, StatsError> {
    let table = Table::new(counts, n_columns)?;
    let least = table.least_expected();
    if let (&[a, b, c, d], true) = (counts, n_columns == 2 && least < 5.0) {
        match fisher_exact_2x2([[a, b], [c, d]], Alternative::TwoSided, level) {
            // More counts than the exact test can walk through: the chi-square test says itself how far to trust it.
            Err(StatsError::OutOfRange { .. }) => {}
            result => {
                let why =
                    format!("the smallest expected count is {least:.1}, below 5, so the exact test is used");
                return Ok(Choice {
                    result: result?,
                    why,
                    by_rank: false,
                });
            }
        }
    }
    let result = chi_square(counts, n_columns, false, level)?;
    let why = if result.assumptions.iter().all(|a| a.holds) {
        format!("the smallest expected count is {least:.1}, enough for the chi-square test")
    } else {
        format!(
            "the table is sparse (smallest expected count {least:.1}): merge rare levels to trust the p-value"
        )
    };
    Ok(Choice {
        result,
        why,
        by_rank: false,
    })
}

/// Counts per group of the only two values that occur.
fn two_values(groups: &Groups<'_>) -> Option<Vec<u64>> {
    let first = *groups.values.first()?.first()?;
    let mut others = groups
        .values
        .iter()
        .flat_map(|group| group.iter())
        .filter(|v| **v != first);
    let second = *others.next()?;
    if others.any(|v| *v != second) {
        return None;
    }
    let (low, high) = (first.min(second), first.max(second));
    let count = |group: &[f64], value: f64| group.iter().filter(|v| **v == value).count() as u64;
    Some(
        groups
            .values
            .iter()
            .flat_map(|group| [count(group, low), count(group, high)])
            .collect(),
    )
}

/// Why these values cannot carry a mean, if so.
pub(super) fn obstacle_to_means(what: &str, values: &[f64]) -> Option<String> {
    let sample = super::Sample::of(values);
    if sample.n < 10.0 {
        return Some(format!("{what} has only {} values", sample.n));
    }
    if sample.variance == 0.0 {
        return Some(format!("all values of {what} are equal"));
    }
    if !sample.mean_is_trustworthy() {
        let skewness = sample.skewness;
        return Some(format!(
            "{what} has skewness {skewness:.1}, too much for {} values",
            sample.n
        ));
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (lower, upper) = (sorted_quantile(&sorted, 0.25), sorted_quantile(&sorted, 0.75));
    let reach = 3.0 * (upper - lower);
    let n_far = sorted
        .iter()
        .filter(|v| **v < lower - reach || **v > upper + reach)
        .count();
    (reach > 0.0 && n_far * 50 > sorted.len()).then(|| format!("{what} has {n_far} far outliers"))
}
