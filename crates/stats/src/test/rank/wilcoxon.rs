use super::RankMethod;
use super::signed_ranks::{Difference, SignedRanks};
use crate::test::{Alternative, Effect, TestResult, clean};
use crate::{StatsError, check};

/// What to do about differences of 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zeros {
    /// Leave them out (Wilcoxon), as R does.
    #[default]
    Drop,
    /// Rank them with the others, then leave their ranks out (Pratt).
    Pratt,
    /// Rank them and give half of their ranks to either side.
    Split,
}

/// Wilcoxon's signed-rank test of pairs: do the differences `a - b` lie around 0?
///
/// # Shapes and units
/// `a` and `b` are `(n_pairs,)`; a pair with a missing side is dropped and counted. The statistic V is the sum of the ranks of
/// the positive differences. The effect is the matched rank-biserial correlation, in [-1, 1], with a Fisher interval.
///
/// Differences that are equal on paper tie: two sizes tie, and a difference is 0, when they are as near as 4 roundings of
/// the numbers that they were taken from.
///
/// # Assumptions
/// Independent pairs, differences that are symmetric about their median.
///
/// # Errors
/// [`StatsError::LengthMismatch`]; [`StatsError::TooFewValues`] without pairs, [`StatsError::Constant`] if all differences
/// are 0, [`StatsError::OutOfRange`] for an exact test of more than 1000.
///
/// # Reference
/// F. Wilcoxon (1945), Biometrics Bulletin 1, 80-83; J. W. Pratt (1959), JASA 54, 655-667. The exact law is that of random
/// signs given the (mid)ranks. Checked against scipy `wilcoxon`.
pub fn wilcoxon_signed_rank(
    a: &[f64],
    b: &[f64],
    alternative: Alternative,
    zeros: Zeros,
    rank_method: RankMethod,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::same_length("b", b.len(), a.len())?;
    check::level(level)?;
    clean("a", a, 0)?;
    clean("b", b, 0)?;
    let differences: Vec<Difference> = a
        .iter()
        .zip(b)
        .filter(|(a, b)| !a.is_nan() && !b.is_nan())
        .map(|(&a, &b)| Difference::new(a, b))
        .collect();
    check::at_least("pairs", differences.len(), 1)?;
    let ranks = SignedRanks::new(&differences, zeros)?;
    let ln_p = ranks.ln_p(alternative, rank_method)?;
    let effect = Effect {
        name: "rank-biserial correlation",
        estimate: ranks.rank_biserial(alternative, level),
    };
    let result = TestResult::new("Wilcoxon signed-rank test", "V", ranks.positive, ln_p, effect);
    Ok(TestResult {
        n_used: differences.len(),
        n_dropped: a.len() - differences.len(),
        assumptions: vec![ranks.few_zeros(differences.len())],
        alternative: Some(alternative),
        ..result
    })
}

/// Wilcoxon's signed-rank test of values against a centre of symmetry; as [`wilcoxon_signed_rank`] of `values - centre`.
///
/// # Errors
/// As [`wilcoxon_signed_rank`].
pub fn wilcoxon_one_sample(
    values: &[f64],
    centre: f64,
    alternative: Alternative,
    zeros: Zeros,
    rank_method: RankMethod,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::finite("centre", &[centre])?;
    let centres = vec![centre; values.len()];
    wilcoxon_signed_rank(values, &centres, alternative, zeros, rank_method, level)
}
