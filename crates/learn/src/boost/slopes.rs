//! The derivatives of rows at their margins.

use super::loss::Derivatives;
use super::problem::Problem;
use crate::crew::Crew;
use crate::rows::of_rows;
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
    pub(super) fn new(problem: &'a Problem<'a>, margins: &'a [i64], crew: &Crew) -> Slopes<'a> {
        let all = problem
            .loss
            .derive_all(&|row| problem.grid.value(margins[row]), crew);
        Slopes {
            problem,
            margins,
            all,
        }
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.problem.n_outputs()
    }

    /// The derivatives of some rows, `(n_rows, n_outputs)`.
    pub(super) fn of(&self, rows: &[u32], out: &mut [Derivatives]) {
        let n_outputs = self.problem.n_outputs();
        if let Some(all) = &self.all {
            let places = out.chunks_exact_mut(n_outputs).zip(rows);
            places.for_each(|(out, &row)| out.copy_from_slice(&all[row as usize * n_outputs..][..n_outputs]));
            return;
        }
        let unit = self.problem.grid.unit();
        let margins: Vec<f64> = match n_outputs {
            1 => of_rows(self.margins, rows)
                .iter()
                .map(|&units| units as f64 * unit)
                .collect(),
            _ => {
                let units = |&row: &u32| self.margins[row as usize * n_outputs..][..n_outputs].iter();
                let units = rows.iter().flat_map(units);
                units.map(|&units| units as f64 * unit).collect()
            }
        };
        self.problem.loss.derivatives(rows, &margins, out);
    }

    /// Bounds on the derivatives of some rows.
    pub(super) fn largest(&self, rows: &[u32], crew: &Crew) -> Derivatives {
        if let Some(largest) = self.problem.loss.largest() {
            return largest;
        }
        let of_block = |_, rows: &[u32]| {
            let mut out = vec![Derivatives::default(); rows.len() * self.problem.n_outputs()];
            self.of(rows, &mut out);
            out.into_iter().fold(Derivatives::default(), Derivatives::larger)
        };
        let largest = crew.map(rows.chunks(BLOCK), of_block);
        largest
            .into_iter()
            .fold(Derivatives::default(), Derivatives::larger)
    }
}
