use stats::math;

use super::{Derivatives, Loss};
use crate::baseline;
use crate::weights::Weights;

/// Minus the log-likelihood of several classes; a margin and a tree per class.
pub(in crate::boost) struct Softmax<'a> {
    pub(super) codes: &'a [u32],
    pub(super) n_classes: usize,
}

impl Loss for Softmax<'_> {
    fn base(&self, weights: &Weights) -> Vec<f64> {
        baseline::log_shares(self.codes, self.n_classes, weights)
    }

    fn max_step(&self, _base: &[f64], _weights: &Weights) -> f64 {
        10.0
    }

    /// The factor makes a step for one class as long as if the others answered it (Friedman 2001, section 4.6).
    fn derivatives(&self, row: usize, margins: &[f64], out: &mut [Derivatives]) {
        let factor = self.n_classes as f64 / (self.n_classes as f64 - 1.0).max(1.0);
        let log_sum = math::log_sum_exp(margins);
        for (class, (out, margin)) in out.iter_mut().zip(margins).enumerate() {
            let p = math::exp(margin - log_sum);
            let y = f64::from(u8::from(self.codes[row] as usize == class));
            *out = Derivatives {
                gradient: p - y,
                hessian: factor * p * (1.0 - p),
            };
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        math::log_sum_exp(margins) - margins[self.codes[row] as usize]
    }
}
