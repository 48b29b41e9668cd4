use super::bits::{Subset, padded};
use super::tails::{Observed, Tails};
use super::{Arrangements, PermutationTest};
use crate::math::ln;
use crate::random::Draw;
use crate::rank::midranks;
use crate::test::{
    Alternative, Assumption, RankMethod, TestResult, Zeros, clean, one_sample_t, wilcoxon_one_sample,
};
use crate::{StatsError, check};

/// What is summed over differences of pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PairedScore {
    /// The mean difference.
    #[default]
    Mean,
    /// Wilcoxon's V, the sum of the ranks of positive differences: exact with ties.
    SignedRank,
}

/// A permutation test of paired differences `a - b` from 0 by flipping their signs.
///
/// # Shapes and units
/// `a` and `b` are `(n_pairs,)`; a pair with a missing side is dropped and counted. The effect is the mean difference with
/// Student's interval, or Wilcoxon's effect for ranks. Differences of 0 flip to themselves.
///
/// # Assumptions
/// Under the null each difference is as likely as its opposite.
///
/// # Errors
/// [`StatsError::LengthMismatch`]; [`StatsError::TooFewValues`] below 2 pairs; [`StatsError::Constant`] if all differences are
/// 0, or (without ranks) all are equal, so that the effect has no interval.
///
/// # Reference
/// R. A. Fisher (1935), The design of experiments, section 21. Checked against scipy `permutation_test`.
pub fn permutation_paired(
    a: &[f64],
    b: &[f64],
    score: PairedScore,
    alternative: Alternative,
    arrangements: &Arrangements,
    level: f64,
) -> Result<PermutationTest, StatsError> {
    check::level(level)?;
    arrangements.check()?;
    check::same_length("b", b.len(), a.len())?;
    clean("a", a, 0)?;
    clean("b", b, 0)?;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let (differences, n_dropped) = clean("pairs", &differences, 2)?;
    let moving: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if moving.is_empty() {
        return Err(StatsError::Constant {
            what: "differences".to_owned(),
        });
    }
    let usual = match score {
        PairedScore::Mean => one_sample_t(&differences, 0.0, alternative, level)?,
        PairedScore::SignedRank => {
            let asymptotic = RankMethod::Asymptotic { continuity: false };
            wilcoxon_one_sample(&differences, 0.0, alternative, Zeros::Drop, asymptotic, level)?
        }
    };
    let (tails, observed) = tails(&moving, score, arrangements);
    let p = tails.p_value(alternative);
    let (statistic, name) = match score {
        PairedScore::Mean => (usual.effect.estimate.value, "mean difference"),
        PairedScore::SignedRank => (observed.value, "V"),
    };
    Ok(PermutationTest {
        result: TestResult {
            more_effects: usual.more_effects,
            n_used: differences.len(),
            n_dropped,
            alternative: Some(alternative),
            assumptions: vec![Assumption {
                name: "independent pairs",
                holds: true,
                detail: "not looked at: the order of pairs says nothing of it".to_owned(),
            }],
            ..TestResult::new(
                "permutation test of pairs",
                name,
                statistic,
                ln(p.value),
                usual.effect,
            )
        },
        n_arrangements: tails.n(),
        is_exact: tails.is_exact(),
        p_value_error: p.error,
    })
}

/// Sums of sizes with a positive sign, over all signs or drawn ones.
fn tails(differences: &[f64], score: PairedScore, arrangements: &Arrangements) -> (Tails, Observed) {
    let n = differences.len();
    let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    let sizes = padded(match score {
        PairedScore::Mean => sizes,
        PairedScore::SignedRank => midranks(&sizes).0,
    });
    let observed = Observed {
        value: Subset::of(n, |i| differences[i] > 0.0).sum(&sizes),
        margin: 1e-14 * sizes.iter().sum::<f64>(),
    };
    let mut positive = Subset::empty(n);
    if n < 60 && (1_usize << n) <= arrangements.n_resamples {
        let mut tails = Tails::exact();
        for signs in 0..1_u64 << n {
            positive.set_bits(signs);
            tails.count(positive.sum(&sizes), observed);
        }
        return (tails, observed);
    }
    let drawn = arrangements.drawn(observed, || {
        let (mut positive, sizes) = (Subset::empty(n), &sizes);
        move |i| {
            positive.toss(&mut Draw::new(arrangements.seed, i));
            positive.sum(sizes)
        }
    });
    (drawn, observed)
}
