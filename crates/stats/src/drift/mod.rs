//! Has a column changed between a baseline and now?
//!
//! Numbers are compared through their [`Quantiles`](crate::sketch::Quantiles) sketches, categories through counts of
//! the same levels in the same order (with one for everything else, so that new levels are seen). Both sides count as
//! samples: a small baseline is not taken for the truth. Effects do not grow with the number of rows, p-values do.

mod binned;
mod category;
mod missing;
mod number;

pub use binned::ks_counts;
pub use category::{chi_square, jensen_shannon, psi_counts, total_variation};
pub use missing::missing_share;
pub use number::{ks, psi, psi_edges, wasserstein};

use crate::math::exp;

/// The result of one comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The method's usual name.
    pub method: &'static str,
    /// The statistic as observed, in the method's own unit.
    pub statistic: f64,
    /// Probability of such a statistic without drift; `None` where no law is known (Wasserstein).
    pub p_value: Option<f64>,
    /// Natural logarithm of the p-value, finite where the p-value underflows.
    pub ln_p_value: Option<f64>,
    /// How far the distributions are apart, on a scale that does not depend on unit or size.
    pub effect: f64,
    /// What the effect is.
    pub effect_name: &'static str,
    /// Rows of the baseline.
    pub n_baseline: u64,
    /// Rows compared with it.
    pub n_current: u64,
}

impl Drift {
    fn new(
        method: &'static str,
        statistic: f64,
        ln_p: Option<f64>,
        effect: (&'static str, f64),
        n: (u64, u64),
    ) -> Self {
        let ln_p_value = ln_p.map(|p| p.min(0.0));
        Self {
            method,
            statistic,
            p_value: ln_p_value.map(exp),
            ln_p_value,
            effect: effect.1,
            effect_name: effect.0,
            n_baseline: n.0,
            n_current: n.1,
        }
    }
}

/// The population stability index of two lists of shares, empty cells counted as `1e-4`.
fn stability_index(baseline: &[f64], current: &[f64]) -> f64 {
    let term = |(p, q): (&f64, &f64)| {
        let (p, q) = (p.max(1e-4), q.max(1e-4));
        (q - p) * crate::math::ln(q / p)
    };
    baseline.iter().zip(current).map(term).sum()
}

/// `ln p` of a stability index without drift: it is about `(1/n + 1/m)` times a chi-square of `n_cells - 1` degrees.
///
/// B. Yurdakul (2018), Statistical properties of population stability index, Western Michigan University.
fn stability_ln_p(index: f64, n_cells: usize, n: (u64, u64)) -> Option<f64> {
    let scale = 1.0 / n.0 as f64 + 1.0 / n.1 as f64;
    let law = crate::distribution::ChiSquare::new(n_cells as f64 - 1.0).ok()?;
    Some(law.ln_sf(index / scale))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[allow(clippy::approx_constant, reason = "data happen to lie near a constant")]
mod tests;
