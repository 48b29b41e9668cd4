use crate::interval::Estimate;
use crate::math::exp;
use crate::{StatsError, check};

/// What a test of every pair of groups found.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairwise {
    /// The method's usual name, such as `Tukey's HSD test`.
    pub method: &'static str,
    /// The usual letter of each pair's statistic, such as `q`.
    pub statistic_name: &'static str,
    /// What is compared, such as `mean difference`.
    pub difference_name: &'static str,
    /// Whether p-values and intervals already allow for the number of pairs.
    /// If not, correct the p-values by [`multiplicity`](crate::multiplicity).
    pub simultaneous: bool,
    /// Each pair once: (0, 1), (0, 2), ..., (1, 2), ...
    pub pairs: Vec<Pair>,
    /// Values that the test used.
    pub n_used: usize,
    /// Values dropped because they were missing.
    pub n_dropped: usize,
    /// What the test takes for granted, and whether the data look like it.
    pub assumptions: Vec<super::Assumption>,
}

/// Two groups beside each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The first group's code.
    pub first: usize,
    /// The second group's code, larger than the first's.
    pub second: usize,
    /// The second group less the first, with its interval.
    pub difference: Estimate,
    /// The pair's statistic; its sign is that of the difference.
    pub statistic: f64,
    /// Degrees of freedom; infinite for normal approximations.
    pub df: f64,
    /// Probability of a statistic at least as far from 0 if the groups did not differ.
    pub p_value: f64,
    /// Natural logarithm of the p-value, finite where the p-value underflows.
    pub ln_p_value: f64,
}

impl Pair {
    pub(super) fn new(
        (first, second): (usize, usize),
        difference: f64,
        half_width: f64,
        statistic: f64,
        df: f64,
        ln_p: f64,
    ) -> Self {
        Self {
            first,
            second,
            difference: Estimate {
                value: difference,
                low: difference - half_width,
                high: difference + half_width,
            },
            statistic,
            df,
            p_value: exp(ln_p).min(1.0),
            ln_p_value: ln_p.min(0.0),
        }
    }
}

impl Pairwise {
    /// The p-values in the order of the pairs, as [`multiplicity`](crate::multiplicity) takes them.
    #[must_use]
    pub fn p_values(&self) -> Vec<f64> {
        self.pairs.iter().map(|pair| pair.p_value).collect()
    }
}

/// Few enough groups for a row per pair.
pub(super) fn check_pairs(n_groups: usize) -> Result<(), StatsError> {
    check::at_most(
        "number of groups",
        n_groups,
        2000,
        "at most two thousand where every pair is compared",
    )
}

/// Every pair of `n` groups once, in order.
pub(super) fn pairs_of(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |first| (first + 1..n).map(move |second| (first, second)))
}
