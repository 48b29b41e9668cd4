use stats::math::{self, lanes};

use super::{Derivatives, Loss};
use crate::baseline;
use crate::weights::Weights;
use stats::wide::on_wide_vectors;

/// Minus the log-likelihood of several classes; a margin and a tree per class.
pub(in crate::boost) struct Softmax<'a> {
    pub(super) codes: &'a [u32],
    pub(super) n_classes: usize,
}

impl Softmax<'_> {
    /// Makes a step for one class as long as if the others answered it (Friedman 2001, section 4.6).
    fn factor(&self) -> f64 {
        self.n_classes as f64 / (self.n_classes as f64 - 1.0).max(1.0)
    }
}

impl Loss for Softmax<'_> {
    fn base(&self, weights: &Weights) -> Vec<f64> {
        baseline::log_shares(self.codes, self.n_classes, weights)
    }

    fn max_step(&self, _base: &[f64], _weights: &Weights) -> f64 {
        10.0
    }

    fn largest(&self) -> Option<Derivatives> {
        Some(Derivatives {
            gradient: 1.0,
            hessian: 0.25 * self.factor(),
        })
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        let factor = self.factor();
        let of_rows = out
            .chunks_exact_mut(self.n_classes)
            .zip(margins.chunks_exact(self.n_classes));
        on_wide_vectors(|| of_rows.for_each(|(out, margins)| shares(margins, factor, out)));
        for (out, &row) in out.chunks_exact_mut(self.n_classes).zip(rows) {
            out[self.codes[row as usize] as usize].gradient -= 1.0;
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        math::log_sum_exp(margins) - margins[self.codes[row] as usize]
    }
}

/// The probabilities of a row's classes as gradients, and their second derivatives.
#[inline(always)]
fn shares(margins: &[f64], factor: f64, out: &mut [Derivatives]) {
    let top = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for (out, margin) in out.iter_mut().zip(margins) {
        out.gradient = lanes::exp(margin - top);
    }
    let sum: f64 = out.iter().map(|out| out.gradient).sum();
    let per_sum = 1.0 / sum;
    for out in out.iter_mut() {
        let p = (out.gradient * per_sum).min(1.0);
        *out = Derivatives {
            gradient: p,
            hessian: factor * p * (1.0 - p),
        };
    }
}
