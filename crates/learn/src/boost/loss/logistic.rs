use stats::math::{self, lanes};

use super::{Derivatives, Loss};
use crate::baseline;
use crate::rows::of_rows;
use crate::weights::Weights;
use stats::wide::on_wide_vectors;

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

    fn largest(&self) -> Option<Derivatives> {
        Some(Derivatives {
            gradient: 1.0,
            hessian: 0.25,
        })
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        let labels = of_rows(self.labels, rows);
        on_wide_vectors(|| {
            for ((out, &margin), &label) in out.iter_mut().zip(margins).zip(&*labels) {
                let p = lanes::sigmoid(margin);
                *out = Derivatives {
                    gradient: p - f64::from(i32::from(label)),
                    hessian: p * (1.0 - p),
                };
            }
        });
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        math::softplus(if self.labels[row] { -margins[0] } else { margins[0] })
    }
}
