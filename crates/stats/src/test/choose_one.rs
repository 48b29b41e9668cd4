//! The test chosen for pairs, and for values against a number.

use super::choose::obstacle_to_means;
use super::{
    Alternative, Choice, RankMethod, Zeros, clean, one_sample_t, paired_t, wilcoxon_one_sample,
    wilcoxon_signed_rank,
};
use crate::{StatsError, check};

/// Do the two values of pairs differ? Picks the test from the shape of the differences.
///
/// # Rule
/// The paired t-test where the differences can carry a mean, by the rule of [`compare_groups`](super::compare_groups), else
/// Wilcoxon's signed-rank test.
///
/// # Shapes and units
/// `a` and `b` are `(n,)` in the same unit; pairs with a NaN are dropped and counted.
///
/// # Errors
/// [`StatsError::LengthMismatch`], and as the chosen test: too few pairs, or pairs without any difference.
pub fn compare_pairs(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    level: f64,
) -> Result<Choice, StatsError> {
    check::same_length("b", b.len(), a.len())?;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (inner, _) = clean("pairs", &differences, 2)?;
    let obstacle = obstacle_to_means("the column of differences", &inner);
    let result = match obstacle {
        None => paired_t(a, b, alternative, level)?,
        Some(_) => wilcoxon_signed_rank(a, b, alternative, Zeros::Drop, RankMethod::Auto, level)?,
    };
    Ok(choice(
        result,
        obstacle,
        "there are enough differences for their skewness",
    ))
}

/// Do values lie around `centre`? Picks the test from their shape.
///
/// # Rule
/// The one-sample t-test where the values can carry a mean, by the rule of [`compare_groups`](super::compare_groups), else
/// Wilcoxon's signed-rank test of the differences from `centre`.
///
/// # Shapes and units
/// `values` is `(n,)` in the unit of `centre`; NaN is dropped and counted.
///
/// # Errors
/// As the chosen test: too few values, a centre that is not finite, no value that differs from it.
pub fn compare_with(
    values: &[f64],
    centre: f64,
    alternative: Alternative,
    level: f64,
) -> Result<Choice, StatsError> {
    let (inner, _) = clean("values", values, 2)?;
    let obstacle = obstacle_to_means("the column", &inner);
    let result = match obstacle {
        None => one_sample_t(values, centre, alternative, level)?,
        Some(_) => wilcoxon_one_sample(values, centre, alternative, Zeros::Drop, RankMethod::Auto, level)?,
    };
    Ok(choice(
        result,
        obstacle,
        "there are enough values for their skewness",
    ))
}

fn choice(result: super::TestResult, obstacle: Option<String>, enough: &str) -> Choice {
    let by_rank = obstacle.is_some();
    let why = match obstacle {
        None => format!("{enough}, so the mean is tested"),
        Some(obstacle) => format!("{obstacle}, so ranks are tested instead of the mean"),
    };
    Choice { result, why, by_rank }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn skewed(n: usize) -> Vec<f64> {
        (0..n).map(|i| f64::from(1u32 << (i % 16))).collect()
    }

    #[test]
    fn means_are_tested_where_values_carry_one_and_ranks_elsewhere() {
        let even: Vec<f64> = (0..40).map(f64::from).collect();
        let zeros = vec![0.5; 40];
        let by_mean = compare_pairs(&even, &zeros, Alternative::TwoSided, 0.95).unwrap();
        assert_eq!((by_mean.by_rank, by_mean.result.method), (false, "paired t-test"));
        let by_rank = compare_pairs(&skewed(40), &zeros, Alternative::TwoSided, 0.95).unwrap();
        assert_eq!(
            (by_rank.by_rank, by_rank.result.method),
            (true, "Wilcoxon signed-rank test")
        );
        let one = compare_with(&even, 19.5, Alternative::TwoSided, 0.95).unwrap();
        assert_eq!(
            (one.result.method, one.result.p_value),
            ("one-sample t-test", 1.0)
        );
        let rank = compare_with(&skewed(40), 19.5, Alternative::Less, 0.95).unwrap();
        assert!(rank.by_rank && rank.why.contains("skewness"), "{}", rank.why);
    }

    #[test]
    fn values_that_never_differ_are_refused() {
        assert!(compare_pairs(&[1.0; 20], &[1.0; 20], Alternative::TwoSided, 0.95).is_err());
        assert!(compare_with(&[1.0], 1.0, Alternative::TwoSided, 0.95).is_err());
    }
}
