//! Which leaves rows reach.

use std::ops::Range;

use prepare::Features;

use super::{LEAF, TreeEnsemble};
use crate::model::{ModelError, RowBlock, blocks, check_request};

impl TreeEnsemble {
    /// The leaf that each row reaches in each tree, `(n_rows, n_trees)`: its position among the leaves of the tree, in
    /// the order of [`TreeParts`](super::TreeParts).
    ///
    /// # Errors
    /// [`ModelError`] if columns, kinds or rows do not fit.
    pub fn leaves(&self, features: &Features, rows: Range<usize>) -> Result<Vec<u32>, ModelError> {
        check_request(self.column_levels(), features, &rows, rows.len(), 1)?;
        let leaf_of_node = self.leaf_of_node();
        let (layout, reader) = (self.layout(), self.layout().reader());
        let mut block = RowBlock::new(reader.slots().len());
        let mut leaves = Vec::with_capacity(rows.len() * self.n_trees());
        for rows in blocks(rows) {
            let n_rows = rows.len();
            reader.gather(features, rows, &mut block);
            for position in 0..n_rows {
                let row = block.row(position);
                let trees = layout.trees().iter();
                leaves.extend(trees.map(|tree| leaf_of_node[layout.walk(tree, row)]));
            }
        }
        Ok(leaves)
    }

    /// Per node the leaves of its tree that stand before it.
    fn leaf_of_node(&self) -> Vec<u32> {
        let mut features = self.parts().feature.iter();
        let mut out = Vec::with_capacity(features.len());
        for &n_nodes in &self.parts().tree_n_nodes {
            let mut n_leaves = 0;
            for feature in features.by_ref().take(n_nodes as usize) {
                out.push(n_leaves);
                n_leaves += u32::from(*feature == LEAF);
            }
        }
        out
    }
}
