use super::{Derivatives, Loss, quantile};
use crate::weights::Weights;

/// Half the squared error of small errors, in proportion to the size of large ones.
///
/// P. J. Huber (1964), Robust estimation of a location parameter, Annals of Mathematical Statistics 35; the default
/// limit as in Friedman (2001), section 4.4.
pub(in crate::boost) struct Huber<'a> {
    values: &'a [f64],
    /// Errors are large from here on.
    delta: f64,
    median: f64,
}

impl<'a> Huber<'a> {
    /// Without a limit, that of the largest tenth of the distances from the median.
    pub(super) fn new(values: &'a [f64], delta: Option<f64>, weights: &Weights) -> Huber<'a> {
        let rows = || weights.rows(values.len());
        let mut pairs: Vec<(f64, i64)> = rows().map(|row| (values[row], weights.of(row))).collect();
        let median = quantile(&mut pairs, 0.5);
        let delta = delta.unwrap_or_else(|| {
            pairs
                .iter_mut()
                .for_each(|(value, _)| *value = (*value - median).abs());
            let tenth = quantile(&mut pairs, 0.9);
            if 0.0 < tenth { tenth } else { 1.0 }
        });
        Huber {
            values,
            delta,
            median,
        }
    }
}

impl Loss for Huber<'_> {
    fn base(&self, _weights: &Weights) -> Vec<f64> {
        vec![self.median]
    }

    fn max_step(&self, base: &[f64], weights: &Weights) -> f64 {
        weights
            .rows(self.values.len())
            .map(|row| (self.values[row] - base[0]).abs())
            .fold(0.0, f64::max)
    }

    fn largest(&self) -> Option<Derivatives> {
        Some(Derivatives {
            gradient: self.delta,
            hessian: 1.0,
        })
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        for ((out, margin), &row) in out.iter_mut().zip(margins).zip(rows) {
            let value = self.values[row as usize];
            *out = Derivatives {
                gradient: (margin - value).clamp(-self.delta, self.delta),
                hessian: 1.0,
            };
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        let error = (self.values[row] - margins[0]).abs();
        let small = error.min(self.delta);
        small * (error - 0.5 * small)
    }
}
