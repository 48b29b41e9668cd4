use super::{Drift, stability_index, stability_ln_p};
use crate::distribution::ChiSquare;
use crate::math::{ln, sqrt, x_ln_y};
use crate::{StatsError, check};

/// The two-sample chi-square test of counts per level; the effect is Cramér's V (bias-corrected), in [0, 1].
///
/// Levels that occur on neither side are left out. Both slices are `(n_levels,)`, the same levels in the same order.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::TooFewValues`] if a side is empty.
pub fn chi_square(baseline: &[u64], current: &[u64]) -> Result<Drift, StatsError> {
    let pair = Pair::new(baseline, current)?;
    let statistic = pair.chi_square();
    let (n, cells) = ((pair.n.0 + pair.n.1) as f64, pair.levels.len() as f64);
    let excess = (statistic / n - (cells - 1.0) / (n - 1.0)).max(0.0);
    // two rows: the smaller side of Bergsma's corrected table is its corrected number of rows
    let side = 1.0 - 1.0 / (n - 1.0);
    let v = if side > 0.0 {
        sqrt(excess / side).min(1.0)
    } else {
        0.0
    };
    Ok(pair.drift("chi-square", statistic, pair.ln_p(statistic), ("Cramér's V", v)))
}

/// Total variation: the share of rows that would have to change level, in [0, 1]. The p-value is that of [`chi_square`].
///
/// # Errors
/// As [`chi_square`].
pub fn total_variation(baseline: &[u64], current: &[u64]) -> Result<Drift, StatsError> {
    let pair = Pair::new(baseline, current)?;
    let distance = 0.5 * pair.shares().map(|(p, q)| (p - q).abs()).sum::<f64>();
    let ln_p = pair.ln_p(pair.chi_square());
    Ok(pair.drift(
        "total variation",
        distance,
        ln_p,
        ("share of rows moved", distance),
    ))
}

/// Jensen-Shannon divergence in bits; the effect is its square root, the distance in [0, 1].
///
/// The p-value is that of the likelihood-ratio (G) test of the counts.
///
/// # Errors
/// As [`chi_square`].
pub fn jensen_shannon(baseline: &[u64], current: &[u64]) -> Result<Drift, StatsError> {
    let pair = Pair::new(baseline, current)?;
    let term = |(p, q): (f64, f64)| {
        let m = 0.5 * (p + q);
        0.5 * x_ln_y(p, p / m) + 0.5 * x_ln_y(q, q / m)
    };
    let divergence = (pair.shares().map(term).sum::<f64>() / std::f64::consts::LN_2).clamp(0.0, 1.0);
    let effect = ("Jensen-Shannon distance", sqrt(divergence));
    Ok(pair.drift("Jensen-Shannon", divergence, pair.ln_p(pair.g()), effect))
}

/// Population stability index of counts per level; empty shares count as `1e-4`.
///
/// # Errors
/// As [`chi_square`].
pub fn psi_counts(baseline: &[u64], current: &[u64]) -> Result<Drift, StatsError> {
    let pair = Pair::new(baseline, current)?;
    let (p, q): (Vec<f64>, Vec<f64>) = pair.shares().unzip();
    let index = stability_index(&p, &q);
    let ln_p = stability_ln_p(index, p.len(), pair.n).unwrap_or(0.0);
    Ok(pair.drift(
        "population stability index",
        index,
        ln_p,
        ("stability index", index),
    ))
}

/// Counts of the levels that occur on either side.
struct Pair {
    levels: Vec<(f64, f64)>,
    n: (u64, u64),
}

impl Pair {
    fn new(baseline: &[u64], current: &[u64]) -> Result<Self, StatsError> {
        check::same_length("current", current.len(), baseline.len())?;
        let total = |counts: &[u64]| counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let n = (total(baseline), total(current));
        check::at_least("baseline", n.0.min(1) as usize, 1)?;
        check::at_least("current", n.1.min(1) as usize, 1)?;
        let both = baseline.iter().zip(current).filter(|(a, b)| **a > 0 || **b > 0);
        Ok(Self {
            levels: both.map(|(a, b)| (*a as f64, *b as f64)).collect(),
            n,
        })
    }

    fn shares(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let (n, m) = (self.n.0 as f64, self.n.1 as f64);
        self.levels.iter().map(move |(a, b)| (a / n, b / m))
    }

    /// Each count with what it would be if both sides had the pooled shares.
    fn with_expected(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let (n, m) = (self.n.0 as f64, self.n.1 as f64);
        self.levels.iter().flat_map(move |(a, b)| {
            let share = (a + b) / (n + m);
            [(*a, share * n), (*b, share * m)]
        })
    }

    fn chi_square(&self) -> f64 {
        self.with_expected()
            .map(|(count, e)| (count - e) * (count - e) / e)
            .sum()
    }

    fn g(&self) -> f64 {
        2.0 * self
            .with_expected()
            .map(|(count, e)| if count > 0.0 { count * ln(count / e) } else { 0.0 })
            .sum::<f64>()
    }

    fn ln_p(&self, statistic: f64) -> f64 {
        // a single level cannot have moved
        ChiSquare::new(self.levels.len() as f64 - 1.0).map_or(0.0, |law| law.ln_sf(statistic.max(0.0)))
    }

    fn drift(&self, method: &'static str, statistic: f64, ln_p: f64, effect: (&'static str, f64)) -> Drift {
        Drift::new(method, statistic, Some(ln_p), effect, self.n)
    }
}
