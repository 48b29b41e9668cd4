//! How much a series scatters beside its jumps, and what each value has of its predecessor.

use super::robust::median_in_place;

/// Noise of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Its standard deviation, in the unit of the values.
    pub sd: f64,
    /// The share of its value before that a value keeps (autoregression of order 1), in [0, 1).
    pub phi: f64,
}

/// The most that a value may keep of the one before; beyond, jumps and wandering cannot be told apart.
const MOST_PHI: f64 = 0.95;

impl Noise {
    /// How many times the variance of a long mean is that of independent values.
    pub(super) fn inflation(&self) -> f64 {
        (1.0 + self.phi) / (1.0 - self.phi)
    }

    /// From medians of differences, which jumps hardly move.
    ///
    /// # Reference
    /// S. Chakar, E. Lebarbier, C. Lévy-Leduc, S. Robin (2017), Bernoulli 23, 1408-1447, with medians.
    pub(super) fn of_differences(values: &[f64]) -> Self {
        let squared = |lag: usize| {
            let differences = values.iter().zip(&values[lag..]).map(|(a, b)| (b - a).abs());
            let sd = super::robust::MAD_TO_SD * median_in_place(&mut differences.collect::<Vec<_>>());
            sd * sd
        };
        let (one, two) = (squared(1), squared(2));
        if one <= 0.0 {
            return Self { sd: 0.0, phi: 0.0 };
        }
        let phi = (two / one - 1.0).clamp(0.0, MOST_PHI);
        Self {
            sd: (one / (2.0 * (1.0 - phi))).sqrt(),
            phi,
        }
    }

    /// From what is left of values within their segments; `ends` are those of the segments, the last being `values.len()`.
    pub(super) fn of_residuals(residuals: &[f64], n_segments: usize) -> Self {
        let n = residuals.len() as f64;
        let square: f64 = residuals.iter().map(|r| r * r).sum();
        if square <= 0.0 {
            return Self { sd: 0.0, phi: 0.0 };
        }
        let product: f64 = residuals.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let raw = product / square;
        // Means taken out of short segments pull the estimate down (Kendall 1954).
        let phi = raw + n_segments as f64 * (1.0 + 3.0 * raw.max(0.0)) / n;
        let free = (n - n_segments as f64).max(1.0);
        Self {
            sd: (square / free).sqrt(),
            phi: phi.clamp(0.0, MOST_PHI),
        }
    }
}
