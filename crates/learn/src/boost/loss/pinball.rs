use super::{Derivatives, Loss, quantile};
use crate::weights::Weights;

/// The pinball loss at some levels, a margin each; at level one half it is half the absolute error.
///
/// Leaves answer with the quantile of the errors of their rows, because the loss has no second derivative.
///
/// R. Koenker, G. Bassett (1978), Regression quantiles, Econometrica 46.
pub(in crate::boost) struct Pinball<'a> {
    pub(super) values: &'a [f64],
    pub(super) levels: Vec<f64>,
}

impl Loss for Pinball<'_> {
    fn base(&self, weights: &Weights) -> Vec<f64> {
        let rows = || weights.rows(self.values.len());
        let pairs: Vec<(f64, i64)> = rows().map(|row| (self.values[row], weights.of(row))).collect();
        let base = |&level| quantile(&mut pairs.clone(), level);
        self.levels.iter().map(base).collect()
    }

    fn max_step(&self, base: &[f64], weights: &Weights) -> f64 {
        let far = |row: usize| base.iter().map(move |base| (self.values[row] - base).abs());
        // Errors lie between what is furthest from any margin on either side.
        let furthest = weights.rows(self.values.len()).flat_map(far).fold(0.0, f64::max);
        2.0 * furthest
    }

    fn largest(&self) -> Option<Derivatives> {
        Some(Derivatives {
            gradient: 1.0,
            hessian: 1.0,
        })
    }

    fn derivatives(&self, rows: &[u32], margins: &[f64], out: &mut [Derivatives]) {
        let n = self.levels.len();
        let of_rows = out.chunks_exact_mut(n).zip(margins.chunks_exact(n));
        for ((out, margins), &row) in of_rows.zip(rows) {
            let value = self.values[row as usize];
            for ((out, margin), level) in out.iter_mut().zip(margins).zip(&self.levels) {
                let gradient = if *margin < value { -level } else { 1.0 - level };
                *out = Derivatives {
                    gradient,
                    hessian: 1.0,
                };
            }
        }
    }

    fn loss(&self, row: usize, margins: &[f64]) -> f64 {
        let value = self.values[row];
        let each = margins.iter().zip(&self.levels).map(|(margin, level)| {
            let error = value - margin;
            (level * error).max((level - 1.0) * error)
        });
        each.sum()
    }

    fn leaf_level(&self, output: usize) -> Option<f64> {
        Some(self.levels[output])
    }

    fn error(&self, row: usize, margin: f64) -> f64 {
        self.values[row] - margin
    }
}
