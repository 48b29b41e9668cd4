//! The derivatives of rows at their margins.

use rayon::prelude::*;

use super::loss::Derivatives;
use super::problem::Problem;
use crate::trees::BLOCK;

/// What the loss says of rows at the start of a round.
pub(super) struct Slopes<'a> {
    problem: &'a Problem<'a>,
    /// The margins of all rows in units, `(n_rows, n_outputs)`.
    margins: &'a [i64],
    /// The derivatives of all rows, where those of one depend on others.
    all: Option<Vec<Derivatives>>,
}

impl<'a> Slopes<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, margins: &'a [i64]) -> Slopes<'a> {
        let all = problem.loss.derive_all(&|row| problem.grid.value(margins[row]));
        Slopes {
            problem,
            margins,
            all,
        }
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.problem.n_outputs()
    }

    /// The derivatives of some rows, `(n_rows, n_outputs)`; `values` is room for their margins.
    pub(super) fn of(&self, rows: &[u32], values: &mut Vec<f64>, out: &mut [Derivatives]) {
        let n_outputs = self.problem.n_outputs();
        if let Some(all) = &self.all {
            let places = out.chunks_exact_mut(n_outputs).zip(rows);
            places.for_each(|(out, &row)| out.copy_from_slice(&all[row as usize * n_outputs..][..n_outputs]));
            return;
        }
        let unit = self.problem.grid.unit();
        values.clear();
        match n_outputs {
            1 => values.extend(rows.iter().map(|&row| self.margins[row as usize] as f64 * unit)),
            _ => values.extend(rows.iter().flat_map(|&row| {
                let units = &self.margins[row as usize * n_outputs..][..n_outputs];
                units.iter().map(move |&units| units as f64 * unit)
            })),
        }
        self.problem.loss.derivatives(rows, values, out);
    }

    /// Bounds on the derivatives of some rows.
    pub(super) fn largest(&self, rows: &[u32]) -> Derivatives {
        if let Some(largest) = self.problem.loss.largest() {
            return largest;
        }
        let of_block = |(values, out): &mut (Vec<f64>, Vec<Derivatives>), rows: &[u32]| {
            out.resize(rows.len() * self.problem.n_outputs(), Derivatives::default());
            self.of(rows, values, out);
            out.iter()
                .fold(Derivatives::default(), |largest, &d| largest.larger(d))
        };
        rows.par_chunks(BLOCK)
            .map_init(Default::default, of_block)
            .reduce(Derivatives::default, Derivatives::larger)
    }
}
