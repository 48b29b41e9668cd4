//! How rare is a value, judged by the values before it?

use crate::math::{exp, ln};

/// Shares of values above the quantiles that are followed.
const SHARES: [f64; 5] = [0.5, 0.2, 0.05, 0.02, 0.01];
/// How far a step moves a quantile, of its own size, per forgotten share and share above: the inverse of a Pareto density.
const STEP: f64 = 0.3;
const LONGEST_STEP: f64 = 0.1;
/// How many sizes are kept to begin with.
const N_FIRST: usize = 100;
const FIRST_INDEX: f64 = 0.3;
const LEAST_INDEX: f64 = 0.02;
const LEAST_SIZE: f64 = 1e-12;

/// The distribution of sizes (at least 0) that came before: a few quantiles, and a Pareto tail beyond the last, all of them
/// forgetting.
///
/// # Reference
/// H. Robbins, S. Monro (1951) for quantiles that follow a stream; B. M. Hill (1975), Annals of Statistics 3, 1163-1174, for
/// the tail.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tail {
    quantiles: [f64; 5],
    /// The mean of `ln(size / last quantile)` of sizes beyond it.
    index: f64,
    /// The first sizes, until quantiles are made of them.
    first: Vec<f64>,
    is_known: bool,
}

impl Tail {
    pub(super) fn new() -> Self {
        Self {
            quantiles: [0.0; 5],
            index: FIRST_INDEX,
            first: Vec::new(),
            is_known: false,
        }
    }

    /// The share of sizes before that were at least as large, in (0, 1].
    pub(super) fn p_value(&self, size: f64) -> f64 {
        if !self.is_known || size <= 0.0 {
            return 1.0;
        }
        let last = SHARES.len() - 1;
        if size >= self.quantiles[last] {
            let beyond = SHARES[last] * exp(-ln(size / self.quantiles[last]) / self.index);
            return beyond.max(f64::MIN_POSITIVE);
        }
        let (mut below, mut share) = (0.0, 1.0);
        for (q, s) in self.quantiles.into_iter().zip(SHARES) {
            if size < q {
                return exp(ln(share) + (ln(s) - ln(share)) * (size - below) / (q - below));
            }
            (below, share) = (q.max(below), s);
        }
        share
    }

    /// The size that the share `p` exceeds.
    pub(super) fn size(&self, p: f64) -> f64 {
        let last = SHARES.len() - 1;
        if p <= SHARES[last] {
            return self.quantiles[last] * exp(self.index * ln(SHARES[last] / p));
        }
        let (mut below, mut share) = (0.0, 1.0);
        for (q, s) in self.quantiles.into_iter().zip(SHARES) {
            if p >= s {
                return below + (q - below) * (ln(share) - ln(p)) / (ln(share) - ln(s));
            }
            (below, share) = (q.max(below), s);
        }
        below
    }

    /// Takes a size in, forgetting the share `rate` of what was; nothing is rare before a hundred of them.
    pub(super) fn learn(&mut self, size: f64, rate: f64) {
        if !self.is_known {
            self.first.push(size);
            self.begin();
            return;
        }
        let last = SHARES.len() - 1;
        if size > self.quantiles[last] {
            let excess = ln(size / self.quantiles[last]).min(6.0 * self.index);
            self.index += (0.5 * rate / SHARES[last]).min(0.2) * (excess - self.index);
            self.index = self.index.max(LEAST_INDEX);
        }
        let mut least = LEAST_SIZE;
        for (q, share) in self.quantiles.iter_mut().zip(SHARES) {
            let pull = if size > *q { 1.0 - share } else { -share };
            let step = (STEP * rate / share).min(LONGEST_STEP);
            // Quantiles keep their order.
            *q = (*q * (1.0 + step * pull)).max(least);
            least = *q;
        }
    }

    /// Makes quantiles of the first sizes, once there are enough.
    fn begin(&mut self) {
        if self.first.len() < N_FIRST {
            return;
        }
        let mut sizes = std::mem::take(&mut self.first);
        sizes.sort_unstable_by(f64::total_cmp);
        for (q, share) in self.quantiles.iter_mut().zip(SHARES) {
            let place = (1.0 - share) * N_FIRST as f64 - 0.5;
            *q = sizes[(place as usize).min(N_FIRST - 1)].max(LEAST_SIZE);
        }
        self.is_known = true;
    }
}
