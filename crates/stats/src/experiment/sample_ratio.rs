use crate::distribution::ChiSquare;
use crate::math::{exp, ln, ln_1p};
use crate::special::{deviance_of, stirling_error};
use crate::{StatsError, check};

/// Below this p-value the split is taken for broken; so low because a broken split voids all other results.
const ALARM: f64 = 0.001;

/// Whether as many units came to each arm as were to come.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleRatio {
    /// Whether the counts may be chance: `p_value` of 0.001 or more.
    pub sound: bool,
    /// The chi-square statistic, or the Bayes factor against the planned split.
    pub statistic: f64,
    /// Degrees of freedom of the chi-square.
    pub df: Option<f64>,
    /// Probability of counts at least as far off if the split were right.
    pub p_value: f64,
    /// Its natural logarithm, finite where it underflows.
    pub ln_p_value: f64,
    /// The units that were to come to each arm, out of all that came.
    pub expected: Vec<f64>,
    /// The arm that is farthest off, for the number expected.
    pub worst_arm: usize,
    /// By how much, as a fraction of the number expected; negative for too few.
    pub worst_excess: f64,
}

/// The sample-ratio mismatch check, once: the chi-square test of the arms' counts against the planned shares.
///
/// # Shapes and units
/// `counts` and `shares` are `(n_arms,)`; shares need not sum to 1.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 arms or without units, [`StatsError::LengthMismatch`],
/// [`StatsError::OutOfRange`] for a share not above 0.
///
/// # Reference
/// A. Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD. Checked against
/// gbstats 0.8.0 `check_srm`.
pub fn sample_ratio(counts: &[u64], shares: &[f64]) -> Result<SampleRatio, StatsError> {
    let expected = expected(counts, shares)?;
    let df = counts.len() as f64 - 1.0;
    let statistic = squares(counts, &expected).sum();
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    Ok(SampleRatio {
        df: Some(df),
        ..told(counts, expected, statistic, ln_p)
    })
}

/// The sample-ratio mismatch check for counts that are looked at again and again: stop at the first alarm.
///
/// The p-value is one over the Bayes factor of splits drawn from a Dirichlet distribution about the planned one
/// against the planned one; of all looks together it is below alpha with probability alpha at most. `concentration`
/// says how near the splits lie to the plan, as a number of units: 10,000 finds an arm that is a few percent short.
///
/// # Shapes and units
/// As [`sample_ratio`]; `counts` are all units so far.
///
/// # Errors
/// As [`sample_ratio`]; [`StatsError::OutOfRange`] for a concentration not above 0.
///
/// # Reference
/// M. Lindon, A. Malek (2022), Anytime-valid inference for multinomial count data, NeurIPS 35.
pub fn sample_ratio_any_time(
    counts: &[u64],
    shares: &[f64],
    concentration: f64,
) -> Result<SampleRatio, StatsError> {
    let expected = expected(counts, shares)?;
    let concentration = super::contrast::above_0("concentration", concentration)?;
    let n: f64 = expected.iter().sum();
    let ln_factor = ln_dirichlet_factor(counts, &expected, n, concentration);
    Ok(told(counts, expected, exp(ln_factor), -ln_factor))
}

/// `ln` of the Dirichlet-multinomial probability of the counts over the multinomial one: its gamma functions by Stirling's
/// formula, whose large terms make up the deviance.
fn ln_dirichlet_factor(counts: &[u64], expected: &[f64], n: f64, concentration: f64) -> f64 {
    let total = concentration + n;
    let mut ln_factor =
        0.5 * ln_1p(n / concentration) + stirling_error(concentration) - stirling_error(total);
    for (&count, expected) in counts.iter().zip(expected) {
        let (count, prior) = (count as f64, concentration * (expected / n));
        ln_factor += deviance_of(prior + count, prior + expected, count - expected);
        ln_factor += stirling_error(prior + count) - stirling_error(prior) - 0.5 * ln_1p(count / prior);
    }
    ln_factor
}

fn expected(counts: &[u64], shares: &[f64]) -> Result<Vec<f64>, StatsError> {
    check::at_least("arms", counts.len(), 2)?;
    check::same_length("shares", shares.len(), counts.len())?;
    for &share in shares {
        super::contrast::above_0("shares", share)?;
    }
    let n: f64 = counts.iter().map(|&count| count as f64).sum();
    check::at_least("units", usize::from(n > 0.0), 1)?;
    let total: f64 = shares.iter().sum();
    Ok(shares.iter().map(|share| share / total * n).collect())
}

fn squares<'a>(counts: &'a [u64], expected: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    let square = |(&count, expected): (&u64, &f64)| {
        let distance = count as f64 - expected;
        distance * distance / expected
    };
    counts.iter().zip(expected).map(square)
}

fn told(counts: &[u64], expected: Vec<f64>, statistic: f64, ln_p: f64) -> SampleRatio {
    let ln_p_value = ln_p.min(0.0);
    let worst = squares(counts, &expected)
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let worst_arm = worst.map_or(0, |(arm, _)| arm);
    SampleRatio {
        sound: ln_p_value >= ln(ALARM),
        statistic,
        df: None,
        p_value: exp(ln_p_value),
        ln_p_value,
        worst_arm,
        worst_excess: counts[worst_arm] as f64 / expected[worst_arm] - 1.0,
        expected,
    }
}
