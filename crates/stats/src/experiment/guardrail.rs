use super::mixture::Mixture;
use super::sequential::squared_rho;
use super::{Question, contrast::above_0};
use crate::interval::Estimate;
use crate::test::Alternative;
use crate::{StatsError, check};

/// Requests of both arms at which the sequence is narrowest, as in GrowthBook.
const TUNING: f64 = 5000.0;
/// Fewer groups than these, weighed by their sizes, prove nothing.
const LEAST_GROUPS: f64 = 20.0;
/// Keys that count beside those that were seen in the variance of a share: an arm without errors may have been lucky.
const UNSEEN_KEYS: f64 = 4.0;

/// One arm's sums over groups of its keys.
///
/// Keys (customers, sessions) are assigned to arms, and what one key asks is not independent; so they are put into groups
/// by a hash that is independent of the one that assigns them, and variance is taken between groups.
#[derive(Debug, Clone, Copy)]
pub struct Grouped<'a> {
    /// Sums of the metric, `(n_groups,)`.
    pub sums: &'a [f64],
    /// What they are divided by, such as requests or rows, `(n_groups,)`; 0 for a group that nobody of this arm is in.
    pub counts: &'a [f64],
}

/// What is summed, because shares of rare things deserve more caution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupedMetric {
    /// A mean of numbers.
    Mean,
    /// A share, whose sums are at most the counts.
    Share,
}

/// The difference of two arms with an interval that holds at every look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupedDifference {
    /// The second arm minus the first; the ends are infinite where keys are too few.
    pub effect: Estimate,
    /// The value of each arm.
    pub values: [f64; 2],
    /// What was counted in each arm.
    pub counts: [f64; 2],
}

/// An always-valid interval for the difference of two ratios of sums, `sums / counts` of the second arm minus the first.
///
/// The squared error of an arm is `sum_g ((s_g - r n_g) / (n - n_g))^2`: the jackknife over groups, which no large key can
/// make small. A share's has besides it `4 / k^2`, where `k = n^2 / sum_g (n_g - n / G)^2` is the number of keys of equal
/// size that would spread as unevenly over the groups: so much would four more keys change of which every request fails.
/// Between the arms everything that hits both at once (a burst of load) cancels, because their keys are drawn at random;
/// what is left of it lies in the groups' sums.
/// The interval is the normal mixture's of [`confidence_sequence`](super::confidence_sequence), with Student's t for the
/// number of groups and information counted in requests.
///
/// # Shapes and units
/// All slices are `(n_groups,)`, at least 2; the effect is in the metric's unit. `alpha` is in (0, 1).
/// Nothing may be missing.
///
/// # Assumptions
/// Asymptotic in the number of keys. Where groups, weighed by their sizes (`n^2 / sum_g n_g^2`), are fewer than 20 in an arm,
/// the interval is unbounded. In simulated comparisons of equals, looked at 200 times (`tests/guarding.rs`, docs/serving.md), no
/// more than the stated share ever excluded 0.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`], [`StatsError::TooFewValues`] for fewer than 2 groups or an arm
/// without counts, [`StatsError::OutOfRange`] for a level outside its range.
///
/// # Reference
/// I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2023), Time-uniform central limit theory and asymptotic
/// confidence sequences, arXiv:2103.06476; A. Deng, U. Knoblich, J. Lu (2018), Applying the delta method in metric analytics,
/// KDD, for keys that are assigned and requests that are measured.
pub fn grouped_difference(
    first: Grouped<'_>,
    second: Grouped<'_>,
    metric: GroupedMetric,
    alpha: f64,
) -> Result<GroupedDifference, StatsError> {
    let arms = [Ratio::of(first, metric)?, Ratio::of(second, metric)?];
    check::same_length(
        "groups of the second arm",
        second.counts.len(),
        first.counts.len(),
    )?;
    let value = arms[1].value - arms[0].value;
    let together = Ratio {
        value,
        variance: arms[0].variance + arms[1].variance,
        count: arms[0].count + arms[1].count,
        n_groups: arms[0].n_groups.min(arms[1].n_groups),
    };
    Ok(GroupedDifference {
        effect: together.interval(alpha)?,
        values: arms.map(|arm| arm.value),
        counts: arms.map(|arm| arm.count),
    })
}

/// An always-valid interval for the share of the counts that fell to the second arm: where it does not hold the promised
/// share, keys are not assigned as they should be.
///
/// # Shapes and units
/// `first` and `second` are `(n_groups,)`, counts of each arm; otherwise as [`grouped_difference`].
///
/// # Errors
/// As [`grouped_difference`].
pub fn grouped_share(first: &[f64], second: &[f64], alpha: f64) -> Result<Estimate, StatsError> {
    check::same_length("groups of the second arm", second.len(), first.len())?;
    let counts: Vec<f64> = first.iter().zip(second).map(|(a, b)| a + b).collect();
    let share = Grouped {
        sums: second,
        counts: &counts,
    };
    Ratio::of(share, GroupedMetric::Mean)?.interval(alpha)
}

/// A ratio of sums, and how surely it is known.
#[derive(Debug, Clone, Copy)]
struct Ratio {
    value: f64,
    variance: f64,
    count: f64,
    /// Groups of equal size that would know as much.
    n_groups: f64,
}

impl Ratio {
    fn of(arm: Grouped<'_>, metric: GroupedMetric) -> Result<Ratio, StatsError> {
        check::same_length("sums", arm.sums.len(), arm.counts.len())?;
        check::at_least("groups", arm.counts.len(), 2)?;
        check::finite("sums", arm.sums)?;
        check::finite("counts", arm.counts)?;
        let (sum, count): (f64, f64) = (arm.sums.iter().sum(), arm.counts.iter().sum());
        check::at_least("counts of an arm", usize::from(0.0 < count), 1)?;
        let squares: f64 = arm.counts.iter().map(|n| n * n).sum();
        let unseen = match metric {
            GroupedMetric::Mean => 0.0,
            GroupedMetric::Share => UNSEEN_KEYS / square(n_keys(arm.counts, count)),
        };
        Ok(Ratio {
            value: sum / count,
            variance: between(arm, sum / count, count) + unseen,
            count,
            n_groups: square(count) / squares,
        })
    }

    fn interval(&self, alpha: f64) -> Result<Estimate, StatsError> {
        above_0("alpha", alpha)?;
        let unbounded = Estimate {
            value: self.value,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        };
        let is_known = LEAST_GROUPS <= self.n_groups && 0.0 < self.variance;
        if !is_known {
            return Ok(unbounded);
        }
        let question = Question {
            level: 1.0 - alpha,
            ..Question::default()
        };
        let mixture = Mixture {
            variance: self.variance,
            df: self.n_groups - 1.0,
            spread: squared_rho(&question, TUNING)? * self.count * self.variance,
            alternative: Alternative::TwoSided,
        };
        mixture.interval(self.value, alpha)
    }
}

/// The jackknife's variance between groups.
fn between(arm: Grouped<'_>, value: f64, count: f64) -> f64 {
    let residual = |(s, n): (&f64, &f64)| match count - n {
        rest if 0.0 < rest => square((s - value * n) / rest),
        _ => f64::INFINITY,
    };
    arm.sums.iter().zip(arm.counts).map(residual).sum()
}

/// Keys of equal size that would spread as unevenly over the groups, at most one for each count.
fn n_keys(counts: &[f64], count: f64) -> f64 {
    let n_groups = counts.len() as f64;
    let uneven: f64 = counts.iter().map(|n| square(n - count / n_groups)).sum();
    (square(count) * (1.0 - 1.0 / n_groups) / uneven).min(count)
}

fn square(x: f64) -> f64 {
    x * x
}

/// About how many more counts it takes until an interval that lies around `effect` leaves `limit` out, if the effect stays;
/// `None` where it never will or nothing is known.
#[must_use]
pub fn counts_to_come(found: &GroupedDifference, limit: f64) -> Option<f64> {
    let half = 0.5 * (found.effect.high - found.effect.low);
    let distance = (found.effect.value - limit).abs();
    let times = square(half / distance);
    let more = (times - 1.0) * (found.counts[0] + found.counts[1]);
    (half.is_finite() && more.is_finite()).then(|| more.max(0.0))
}
