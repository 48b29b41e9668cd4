use stats::math;

use super::{Derivatives, Loss};
use crate::baseline;
use crate::weights::Weights;

/// Minus the log-likelihood of yes and no; the margin is the log-odds.
pub(in crate::boost) struct Logistic<'a> {
    pub(super) labels: &'a [bool],
}

impl Loss for Logistic<'_> {
    fn base(&self, weights: &Weights) -> Vec<f64> {
        vec![baseline::log_odds(self.labels, weights)]
    }

    fn max_step(&self, _base: &[f64], _weights: &Weights) -> f64 {
        10.0
    }

    fn derivatives(&self, row: usize, margins: &[f64], out: &mut [Derivatives]) {
        let p = math::sigmoid(margins[0]);
        let y = f64::from(u8::from(self.labels[row]));
        out[0] = Derivatives {
            gradient: p - y,
            hessian: p * (1.0 - p),
        };
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        math::softplus(if self.labels[row] { -margins[0] } else { margins[0] })
    }
}
