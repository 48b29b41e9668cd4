use stats::math::{self, lanes};

use super::{Derivatives, Loss};
use crate::baseline;
use crate::rows::of_rows;
use crate::weights::Weights;
use stats::wide::on_wide_vectors;

/// The cross-entropy of probabilities; the margin is the log-odds.
pub(in crate::boost) struct CrossEntropy<'a> {
    pub(super) shares: &'a [f64],
}

impl Loss for CrossEntropy<'_> {
    fn base(&self, weights: &Weights) -> Vec<f64> {
        let n = weights.total();
        let mean = baseline::mean(self.shares, weights);
        // Where nothing speaks for one side, half a row does, so that the log-odds are finite.
        let is_within = 0.0 < mean && mean < 1.0;
        let mean = if is_within {
            mean
        } else {
            mean.clamp(0.5 / (n + 1.0), 1.0 - 0.5 / (n + 1.0))
        };
        vec![math::logit(mean)]
    }

    fn max_step(&self, _base: &[f64], _weights: &Weights) -> f64 {
        10.0
    }

    fn largest(&self) -> Option<Derivatives> {
        Some(Derivatives {
            gradient: 1.0,
            hessian: 0.25,
        })
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        let shares = of_rows(self.shares, rows);
        on_wide_vectors(|| {
            for ((out, &margin), share) in out.iter_mut().zip(margins).zip(&*shares) {
                let p = lanes::sigmoid(margin);
                *out = Derivatives {
                    gradient: p - share,
                    hessian: p * (1.0 - p),
                };
            }
        });
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        math::softplus(margins[0]) - self.shares[row] * margins[0]
    }
}
