use super::{Derivatives, Loss};
use crate::baseline;
use crate::rows::of_rows;
use crate::weights::Weights;

/// Half the squared error; the margin is the mean.
pub(in crate::boost) struct Squared<'a> {
    pub(super) values: &'a [f64],
}

impl Loss for Squared<'_> {
    fn base(&self, weights: &Weights) -> Vec<f64> {
        vec![baseline::mean(self.values, weights)]
    }

    fn max_step(&self, base: &[f64], weights: &Weights) -> f64 {
        weights
            .rows(self.values.len())
            .map(|row| (self.values[row] - base[0]).abs())
            .fold(0.0, f64::max)
    }

    fn largest(&self) -> Option<Derivatives> {
        None
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        let values = of_rows(self.values, rows);
        for ((out, margin), value) in out.iter_mut().zip(margins).zip(&*values) {
            *out = Derivatives {
                gradient: margin - value,
                hessian: 1.0,
            };
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        let error = margins[0] - self.values[row];
        0.5 * error * error
    }
}
