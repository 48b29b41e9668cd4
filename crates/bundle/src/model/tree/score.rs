//! Scoring: few rows walk one by one through the [`Ranked`](super::ranked) trees, or node by node where there are none;
//! many rows go through the [`Batch`].
//!
//! Values are added in the order of the trees whichever way a leaf is found, so every way gives the same bits.

use std::ops::Range;

use prepare::Features;

use super::layout::{Layout, Tree};
use super::ranked::Ranked;
use super::{Batch, Precision, TreeEnsemble};
use crate::model::inputs::{BLOCK_ROWS, blocks, level};
use crate::model::{ModelError, RowBlock};

/// Trees walked together hide each other's waits for memory.
const ABREAST: usize = 8;
/// From this many rows on, the batch is faster than walking row by row.
const LEAST_BATCH: usize = 48;
/// Rows of up to this many numbers need no allocation.
const SMALL_ROW: usize = 256;
const SHORT_ROW: usize = 32;

impl TreeEnsemble {
    /// The margins of a request that was checked.
    pub(super) fn score(&self, features: &Features, rows: Range<usize>, out: &mut [f64]) {
        if LEAST_BATCH <= rows.len() {
            let batch = self.batch.get_or_init(|| Box::new(Batch::build(&self.layout)));
            batch.score(self, features, rows, out);
            return;
        }
        // Clearing room for the largest row takes longer than reading a short one.
        match self.layout.reader().slots().len() {
            ..=SHORT_ROW => self.score_one_by_one(features, rows, &mut [0.0; SHORT_ROW], out),
            ..=SMALL_ROW => self.score_one_by_one(features, rows, &mut [0.0; SMALL_ROW], out),
            _ => self.score_by_walking(features, rows, out),
        }
    }

    /// The margins of rows of which there is room for what the slots hold of one.
    fn score_one_by_one(&self, features: &Features, rows: Range<usize>, values: &mut [f64], out: &mut [f64]) {
        for (row, out) in rows.zip(out.chunks_exact_mut(self.n_outputs())) {
            self.read_row(features, row, values);
            self.add_trees_of_row(values, out);
        }
    }

    /// The margins of rows, each walking through the trees: what every faster way must equal.
    pub(super) fn score_by_walking(&self, features: &Features, rows: Range<usize>, out: &mut [f64]) {
        let n_outputs = self.n_outputs();
        let mut block = RowBlock::new(self.layout.reader().slots().len());
        for (rows, out) in blocks(rows).zip(out.chunks_mut(BLOCK_ROWS * n_outputs)) {
            self.layout.reader().gather(features, rows, &mut block);
            for (position, out) in out.chunks_exact_mut(n_outputs).enumerate() {
                self.add_trees(block.row(position), out);
            }
        }
    }

    /// The margins of one row, without allocation.
    ///
    /// `row` is `(n_features,)`: numbers as they are, categories as codes, missing as `NaN`; `out` is `(n_outputs,)`.
    /// A code beyond the levels known counts as the last level, "other".
    ///
    /// # Errors
    /// [`ModelError::Columns`] or [`ModelError::Buffer`] if a length does not fit, [`ModelError::Count`] for a model of
    /// more than 256 features.
    pub fn margins_of_row(&self, row: &[f64], out: &mut [f64]) -> Result<(), ModelError> {
        let reader = self.layout.reader();
        let (expected, found) = (self.n_features(), row.len());
        if found != expected {
            return Err(ModelError::Columns { expected, found });
        }
        let (expected, found) = (self.n_outputs(), out.len());
        if found != expected {
            return Err(ModelError::Buffer { found, expected });
        }
        let found = reader.slots().len();
        if SMALL_ROW < found {
            let (count, least, most) = ("n_features", 0, SMALL_ROW);
            return Err(ModelError::Count {
                count,
                found,
                least,
                most,
            });
        }
        match found {
            ..=SHORT_ROW => self.add_trees_of_numbers(row, &mut [0.0; SHORT_ROW], out),
            _ => self.add_trees_of_numbers(row, &mut [0.0; SMALL_ROW], out),
        }
        Ok(())
    }

    /// The margins of a row of which there is room for what the slots hold.
    fn add_trees_of_numbers(&self, row: &[f64], values: &mut [f64], out: &mut [f64]) {
        self.read_numbers(row, values);
        self.add_trees_of_row(values, out);
    }

    /// What the slots hold of a row of numbers and codes.
    #[inline(always)]
    pub(super) fn read_numbers(&self, row: &[f64], values: &mut [f64]) {
        let reader = self.layout.reader();
        for (place, slot) in values.iter_mut().zip(reader.slots()) {
            let value = row[slot.feature];
            *place = match reader.column_levels()[slot.feature] {
                0 => reader.read(slot, value),
                _ if value.is_nan() => value,
                n_levels => level((value as u32).min(u32::MAX - 1), n_levels),
            };
        }
    }

    fn read_row(&self, features: &Features, row: usize, values: &mut [f64]) {
        let reader = self.layout.reader();
        for (place, slot) in values.iter_mut().zip(reader.slots()) {
            *place = reader.read_cell(slot, &features.columns[slot.feature], row);
        }
    }

    /// As [`TreeEnsemble::add_trees`], by the layout for single rows if there is one.
    fn add_trees_of_row(&self, row: &[f64], out: &mut [f64]) {
        match self.ranked() {
            Some(ranked) => self.add_ranked(ranked, row, out),
            None => self.add_trees(row, out),
        }
    }

    #[inline(always)]
    pub(super) fn add_ranked(&self, ranked: &Ranked, row: &[f64], out: &mut [f64]) {
        let layout = &self.layout;
        out.copy_from_slice(&self.base);
        match self.precision() {
            Precision::F64 => layout.add_values::<false>(ranked, row, out),
            Precision::F32 => layout.add_values::<true>(ranked, row, out),
        }
        self.average(out);
    }

    /// The margins of a row as its slots hold it.
    pub(super) fn add_trees(&self, row: &[f64], out: &mut [f64]) {
        out.copy_from_slice(&self.base);
        match (self.precision(), self.layout.has_categories()) {
            (Precision::F64, false) => self.add_trees_with::<false, false>(row, out),
            (Precision::F64, true) => self.add_trees_with::<false, true>(row, out),
            (Precision::F32, false) => self.add_trees_with::<true, false>(row, out),
            (Precision::F32, true) => self.add_trees_with::<true, true>(row, out),
        }
        self.average(out);
    }

    fn add_trees_with<const F32: bool, const CATEGORIES: bool>(&self, row: &[f64], out: &mut [f64]) {
        let (groups, rest) = self.layout.trees().as_chunks::<ABREAST>();
        for trees in groups {
            let leaves = self.layout.walk_trees_abreast::<CATEGORIES>(trees, row);
            for (tree, leaf) in trees.iter().zip(leaves) {
                add::<F32>(&mut out[tree.output()], self.layout.value(leaf));
            }
        }
        for tree in rest {
            let leaf = self.layout.walk(tree, row);
            add::<F32>(&mut out[tree.output()], self.layout.value(leaf));
        }
    }

    /// Turns sums into margins.
    pub(crate) fn average(&self, sums: &mut [f64]) {
        let n_averaged = self.parts.floats.as_ref().map_or(1, |floats| floats.n_averaged);
        if n_averaged != 1 {
            sums.iter_mut().for_each(|sum| *sum /= f64::from(n_averaged));
        }
    }
}

/// A sum in one of the precisions. One of two `f32` that was rounded to `f64` first rounds to the same `f32`.
#[inline(always)]
fn sum_of<const F32: bool>(sum: f64, value: f64) -> f64 {
    let sum = sum + value;
    if F32 { f64::from(sum as f32) } else { sum }
}

#[inline(always)]
fn add<const F32: bool>(sum: &mut f64, value: f64) {
    *sum = sum_of::<F32>(*sum, value);
}

impl Layout {
    /// Adds the value of each tree that a row reaches to the outputs.
    fn add_values<const F32: bool>(&self, ranked: &Ranked, row: &[f64], out: &mut [f64]) {
        // One sum stays in a register: it is handed from tree to tree.
        if let [out] = out {
            *out = ranked.fold_values(self, row, *out, |sum, _, value| sum_of::<F32>(sum, value));
        } else {
            let trees = self.trees();
            ranked.fold_values(self, row, (), |(), tree, value| {
                add::<F32>(&mut out[trees[tree].output()], value)
            });
        }
    }

    #[inline(always)]
    fn walk_trees_abreast<const CATEGORIES: bool>(
        &self,
        trees: &[Tree; ABREAST],
        row: &[f64],
    ) -> [usize; ABREAST] {
        let mut nodes = std::array::from_fn(|i| trees[i].root());
        loop {
            let before: [usize; ABREAST] = nodes;
            for node in &mut nodes {
                *node = if CATEGORIES {
                    self.next(*node, row)
                } else {
                    self.next_by_number(*node, row)
                };
            }
            if nodes == before {
                return nodes;
            }
        }
    }

    /// The leaves that some rows reach in one tree.
    pub(super) fn walk_rows_abreast<const N: usize>(&self, tree: &Tree, rows: [&[f64]; N]) -> [usize; N] {
        let mut nodes = [tree.root(); N];
        for _ in 0..tree.depth() {
            let before = nodes;
            for (node, row) in nodes.iter_mut().zip(rows) {
                *node = self.next(*node, row);
            }
            if nodes == before {
                break;
            }
        }
        nodes
    }

    /// The leaf that a row reaches.
    pub(crate) fn walk(&self, tree: &Tree, row: &[f64]) -> usize {
        let mut node = tree.root();
        loop {
            let next = self.next(node, row);
            if next == node {
                return node;
            }
            node = next;
        }
    }
}
