//! Exact path-dependent TreeSHAP by quadrature.
//!
//! With `z_j` the share of training rows that follow a row's path at the splits on feature `j`, and `o_j` 1 if the row
//! itself follows them, else 0, a leaf of value `v` gives feature `i`
//! `v * integral over t in [0, 1] of (o_i - z_i) * product over j != i of (o_j * t + z_j * (1 - t))`,
//! because the integral of `t^s * (1 - t)^(d - 1 - s)` is Shapley's weight `s! (d - 1 - s)! / d!`.
//! The integrand is a polynomial, so a few points of Gauss and Legendre integrate it exactly, and every term is
//! positive but the first factor, so nothing cancels. All features at which the row leaves the path get the same.

use std::ops::Range;

use prepare::Features;

use super::cohorts::{Descent, MOST_ROWS};
use super::{Explanation, Sums};
use crate::Grid;
use crate::model::{Layout, ModelError, Question, TreeEnsemble, check_request};

/// Sums of a block at most, where there are many features and outputs: 32 MiB.
const MOST_SUMS: usize = 1 << 22;

pub(super) fn explain(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
) -> Result<Explanation, ModelError> {
    Ok(explain_on_grids(model, features, rows)?.0)
}

/// The explanation, and the grid of each margin's contributions.
pub(super) fn explain_on_grids(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
) -> Result<(Explanation, Vec<Grid>), ModelError> {
    check_request(model.column_levels(), features, &rows, rows.len(), 1)?;
    let depths = model.layout().trees().iter().map(|tree| tree.depth());
    let sums = match depths.max().unwrap_or(0).min(model.n_features()) {
        0..=64 => explain_with::<1>(model, features, rows),
        _ => explain_with::<4>(model, features, rows),
    }?;
    Ok((sums.explanation, sums.grids))
}

/// With sets of up to `64 * W` features of a path.
fn explain_with<const W: usize>(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
) -> Result<Sums, ModelError> {
    let (n_outputs, n_features) = (model.n_outputs(), model.n_features());
    let mut explained = Sums::new(model.own_grid(), rows.len(), n_outputs, n_features);
    let mut margins = vec![0.0; rows.len() * n_outputs];
    model.margins(features, rows.clone(), &mut margins)?;
    let mut margins = margins.into_iter();
    let mut descent = Descent::<W>::new();
    let mut row_sums = vec![0.0; n_outputs * n_features];
    let most = (MOST_SUMS / row_sums.len().max(1)).clamp(1, MOST_ROWS);
    for start in rows.clone().step_by(most) {
        let mut block = Block::take(model, features, start..(start + most).min(rows.end));
        for tree in model.layout().trees() {
            descent.add_tree(model, tree, &mut block);
        }
        for row in 0..block.n_rows {
            block.copy_row(row, &mut row_sums);
            model.average(&mut row_sums);
            for (output, margin) in margins.by_ref().take(n_outputs).enumerate() {
                explained.push(margin, &row_sums[output * n_features..][..n_features])?;
            }
        }
    }
    Ok(explained)
}

/// Some rows as their slots hold them, and what their features have got so far.
pub(super) struct Block {
    pub(super) n_rows: usize,
    n_features: usize,
    /// `(n_slots, n_rows)`.
    columns: Vec<f64>,
    /// `(n_outputs, n_features, n_rows)`.
    sums: Vec<f64>,
}

impl Block {
    fn take(model: &TreeEnsemble, features: &Features, rows: Range<usize>) -> Block {
        let reader = model.layout().reader();
        let n_rows = rows.len();
        let mut columns = vec![0.0; reader.slots().len() * n_rows];
        for (slot, column) in reader.slots().iter().zip(columns.chunks_exact_mut(n_rows)) {
            reader.read_slot(slot, features, rows.clone(), column.iter_mut());
        }
        let n_features = model.n_features();
        Block {
            n_rows,
            n_features,
            columns,
            sums: vec![0.0; model.n_outputs() * n_features * n_rows],
        }
    }

    /// Which rows go right at a split.
    pub(super) fn sides(&self, layout: &Layout, node: usize, question: &Question, goes_right: &mut [u8]) {
        let column = &self.columns[question.slot * self.n_rows..][..self.n_rows];
        layout.sides(node, question, column, goes_right);
    }

    pub(super) fn sums_of(&mut self, output: usize, feature: usize) -> &mut [f64] {
        let start = (output * self.n_features + feature) * self.n_rows;
        &mut self.sums[start..start + self.n_rows]
    }

    fn copy_row(&self, row: usize, out: &mut [f64]) {
        let sums = self.sums.iter().skip(row).step_by(self.n_rows);
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = *sum);
    }
}

/// The shares of the rows at a split that go left and right; half each if none is counted.
pub(super) fn shares(left: f64, right: f64) -> [f64; 2] {
    match left + right {
        0.0 => [0.5, 0.5],
        both => [left / both, right / both],
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
pub(super) mod tests;
