use super::{RankMethod, Zeros};
use crate::StatsError;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{atanh, ln, sqrt, tanh};
use crate::special::ln_normal_sf;
use crate::test::{Alternative, Assumption};

/// Exact by itself up to this many differences; asked for, up to [`EXACT_AT_MOST`].
const EXACT_UP_TO: usize = 200;
const EXACT_AT_MOST: usize = 1000;
/// How many roundings of the larger side a difference may be off, when both sides were written as decimals.
const ROUNDINGS: f64 = 4.0;

/// A difference and how far its binary value may be off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Difference {
    size: f64,
    positive: bool,
    slack: f64,
}

impl Difference {
    pub(super) fn new(a: f64, b: f64) -> Self {
        let slack = ROUNDINGS * f64::EPSILON * a.abs().max(b.abs());
        let size = (a - b).abs();
        Self {
            size: if size <= slack { 0.0 } else { size },
            positive: a > b,
            slack,
        }
    }

    fn ties_with(&self, next: &Self) -> bool {
        next.size - self.size <= self.slack + next.slack
    }
}

/// Ranks of the sizes of differences, by sign.
pub(super) struct SignedRanks {
    pub(super) positive: f64,
    negative: f64,
    /// Ranks of the differences that are not 0.
    ranks: Vec<f64>,
    n_zeros: usize,
    /// What the zeros give to both sides.
    shared: f64,
    /// `sum(t^3 - t)` over tied groups that count.
    ties: f64,
    zeros: Zeros,
}

impl SignedRanks {
    pub(super) fn new(differences: &[Difference], zeros: Zeros) -> Result<Self, StatsError> {
        let mut sorted = differences.to_vec();
        sorted.sort_by(|a, b| a.size.total_cmp(&b.size));
        let n_zeros = sorted.partition_point(|d| d.size == 0.0);
        if n_zeros == sorted.len() {
            return Err(StatsError::Constant {
                what: "both sides of every pair".to_owned(),
            });
        }
        let z = n_zeros as f64;
        let zero_ranks = 0.5 * z * (z + 1.0);
        let (first_rank, shared, mut ties) = match zeros {
            Zeros::Drop => (0.0, 0.0, 0.0),
            Zeros::Pratt => (z, 0.0, 0.0),
            Zeros::Split => (z, 0.5 * zero_ranks, z * z * z - z),
        };
        let mut ranks = Vec::with_capacity(sorted.len() - n_zeros);
        let (mut positive, mut negative) = (shared, shared);
        for tied in sorted[n_zeros..].chunk_by(Difference::ties_with) {
            let t = tied.len() as f64;
            let rank = first_rank + ranks.len() as f64 + 0.5 * (t + 1.0);
            let n_positive = tied.iter().filter(|d| d.positive).count() as f64;
            positive += rank * n_positive;
            negative += rank * (t - n_positive);
            ties += t * t * t - t;
            ranks.resize(ranks.len() + tied.len(), rank);
        }
        Ok(Self {
            positive,
            negative,
            ranks,
            n_zeros,
            shared,
            ties,
            zeros,
        })
    }

    pub(super) fn ln_p(&self, alternative: Alternative, rank_method: RankMethod) -> Result<f64, StatsError> {
        let n = self.ranks.len();
        match rank_method {
            RankMethod::Exact if n > EXACT_AT_MOST => Err(StatsError::OutOfRange {
                what: "differences of an exact signed-rank test",
                found: n as f64,
                expected: "at most 1000",
            }),
            RankMethod::Exact => Ok(self.exact_ln_p(alternative)),
            RankMethod::Auto if n <= EXACT_UP_TO => Ok(self.exact_ln_p(alternative)),
            RankMethod::Auto => Ok(self.asymptotic_ln_p(alternative, true)),
            RankMethod::Asymptotic { continuity } => Ok(self.asymptotic_ln_p(alternative, continuity)),
        }
    }

    fn asymptotic_ln_p(&self, alternative: Alternative, continuity: bool) -> f64 {
        let squares = |n: f64| n * (n + 1.0) * (2.0 * n + 1.0);
        let z = self.n_zeros as f64;
        let ranked = match self.zeros {
            Zeros::Drop => squares(self.ranks.len() as f64),
            Zeros::Pratt => squares(self.ranks.len() as f64 + z) - squares(z),
            Zeros::Split => squares(self.ranks.len() as f64 + z),
        };
        let sd = sqrt((ranked - 0.5 * self.ties) / 24.0);
        let distance = 0.5 * (self.positive - self.negative);
        let half = if continuity { 0.5 } else { 0.0 };
        let shift = match alternative {
            Alternative::TwoSided if distance == 0.0 => 0.0,
            Alternative::TwoSided => half * distance.signum(),
            Alternative::Greater => half,
            Alternative::Less => -half,
        };
        alternative.ln_p((distance - shift) / sd, ln_normal_sf)
    }

    /// Every difference that is not 0 has either sign with probability 1/2.
    fn exact_ln_p(&self, alternative: Alternative) -> f64 {
        // ranks are whole halves
        let doubled: Vec<usize> = self.ranks.iter().map(|rank| (2.0 * rank) as usize).collect();
        let most: usize = doubled.iter().sum();
        let mut probabilities = vec![0.0; most + 1];
        probabilities[0] = 1.0;
        let mut reached = 0;
        for rank in doubled {
            reached += rank;
            for sum in (0..=reached).rev() {
                let without = if sum >= rank {
                    probabilities[sum - rank]
                } else {
                    0.0
                };
                probabilities[sum] = 0.5 * (probabilities[sum] + without);
            }
        }
        // symmetric, so that the upper tail is the lower tail mirrored; smallest terms first
        let at_most = |sum: f64| probabilities[..=(sum as usize).min(most)].iter().sum::<f64>();
        let below = at_most(2.0 * (self.positive - self.shared));
        let above = at_most(2.0 * (self.negative - self.shared));
        ln(match alternative {
            Alternative::TwoSided => (2.0 * below.min(above)).min(1.0),
            Alternative::Less => below.min(1.0),
            Alternative::Greater => above.min(1.0),
        })
    }

    pub(super) fn rank_biserial(&self, alternative: Alternative, level: f64) -> Estimate {
        let total = self.positive + self.negative;
        let r = ((self.positive - self.negative) / total).clamp(-1.0, 1.0);
        let squares: f64 = self.ranks.iter().map(|rank| rank * rank).sum();
        let central_level = alternative.central_level(level).max(1e-9);
        let half = two_sided_normal(central_level) * sqrt(squares) / total;
        // all signs alike are no certainty: half the least rank away, up to the end
        let inner = if r.abs() < 1.0 {
            r
        } else {
            r * (1.0 - 1.0 / (total + 1.0))
        };
        let central = Estimate {
            value: r,
            low: if r <= -1.0 {
                -1.0
            } else {
                tanh(atanh(inner) - half)
            },
            high: if r >= 1.0 { 1.0 } else { tanh(atanh(inner) + half) },
        };
        alternative.open(central, -1.0, 1.0)
    }

    pub(super) fn few_zeros(&self, n: usize) -> Assumption {
        Assumption {
            name: "few differences are 0",
            holds: 10 * self.n_zeros <= n,
            detail: format!("{} of {n} differences are 0", self.n_zeros),
        }
    }
}
