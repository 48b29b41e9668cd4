//! Scoring: a block of rows through one tree after the other, eight rows abreast.

use std::ops::Range;

use prepare::Features;

use super::TreeEnsemble;
use super::layout::{Layout, Tree};
use crate::model::RowBlock;
use crate::model::inputs::{BLOCK_ROWS, blocks};

/// Rows walking together hide each other's waits for memory.
const ABREAST: usize = 8;

impl TreeEnsemble {
    /// The margins of a request that was checked.
    pub(super) fn score(&self, features: &Features, rows: Range<usize>, out: &mut [f64]) {
        let n_outputs = self.n_outputs();
        let mut block = RowBlock::new(self.n_features());
        let mut sums = vec![0; BLOCK_ROWS * n_outputs];
        for (rows, out) in blocks(rows).zip(out.chunks_mut(BLOCK_ROWS * n_outputs)) {
            let n_rows = rows.len();
            block.gather(features, rows);
            sums.chunks_exact_mut(n_outputs)
                .for_each(|row| row.copy_from_slice(&self.parts.base));
            for tree in self.layout.trees() {
                self.layout
                    .add_tree(tree, &block, n_rows, &mut sums[tree.output()..], n_outputs);
            }
            out.iter_mut()
                .zip(&sums)
                .for_each(|(out, &units)| *out = self.grid.value(units));
        }
    }
}

impl Layout {
    /// Adds a tree's values to the sums of the first `n_rows` rows, which stand `stride` apart.
    fn add_tree(&self, tree: &Tree, block: &RowBlock, n_rows: usize, sums: &mut [i64], stride: usize) {
        let mut first = 0;
        while first + ABREAST <= n_rows {
            let rows = std::array::from_fn(|i| block.row(first + i));
            let leaves = self.walk_abreast(tree, rows);
            for (i, leaf) in leaves.into_iter().enumerate() {
                sums[(first + i) * stride] += self.value(leaf);
            }
            first += ABREAST;
        }
        for position in first..n_rows {
            sums[position * stride] += self.value(self.walk(tree, block.row(position)));
        }
    }

    fn walk_abreast(&self, tree: &Tree, rows: [&[f64]; ABREAST]) -> [usize; ABREAST] {
        let mut nodes = [tree.root(); ABREAST];
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
