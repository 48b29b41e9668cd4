//! Ensembles of decision trees.

mod check;
mod layout;
mod parts;
mod score;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;

use prepare::Features;

pub(crate) use layout::{Layout, Tree};
pub use parts::{LEAF, SplitRule, TreeNode, TreeParts};

use super::{ModelError, check_request};
use crate::Grid;

/// The deepest leaf a tree may have, the root being at depth 0.
pub const MAX_DEPTH: usize = 255;

/// Decision trees whose leaf values are added up, output by output.
///
/// # Examples
/// ```
/// use prepare::{FeatureColumn, Features};
/// use bundle::model::{SplitRule, TreeEnsemble, TreeNode, TreeParts};
///
/// let mut parts = TreeParts::new(10, vec![0], vec![1024]);
/// parts.push_tree(0, &[
///     TreeNode::Split {
///         feature: 0, rule: SplitRule::AtMost(3.0), missing_left: false, left: 1, right: 2, cover: 10.0,
///     },
///     TreeNode::Leaf { value: -512, cover: 6.0 },
///     TreeNode::Leaf { value: 2048, cover: 4.0 },
/// ])?;
/// let model = TreeEnsemble::from_parts(parts)?;
/// let features = Features { n_rows: 2, columns: vec![FeatureColumn::Number(vec![3.0, f64::NAN])] };
/// let mut margins = [0.0; 2];
/// model.margins(&features, 0..2, &mut margins)?;
/// assert_eq!(margins, [0.5, 3.0]);
/// # Ok::<(), bundle::ModelError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TreeEnsemble {
    parts: TreeParts,
    grid: Grid,
    layout: Layout,
}

impl TreeEnsemble {
    /// Checks the parts and builds the layout for scoring.
    ///
    /// # Errors
    /// [`ModelError`] naming the first list that does not fit.
    pub fn from_parts(parts: TreeParts) -> Result<TreeEnsemble, ModelError> {
        let grid = Grid::new(parts.grid_exponent)?;
        check::check(&parts)?;
        let layout = Layout::build(&parts)?;
        check::check_sums(&parts, &layout)?;
        Ok(TreeEnsemble { parts, grid, layout })
    }

    /// The parts that make this model again.
    pub fn parts(&self) -> &TreeParts {
        &self.parts
    }

    /// See [`Model::n_outputs`](super::Model::n_outputs).
    pub fn n_outputs(&self) -> usize {
        self.parts.base.len()
    }

    /// The features that the trees read.
    pub fn n_features(&self) -> usize {
        self.parts.feature_levels.len()
    }

    /// The number of trees.
    pub fn n_trees(&self) -> usize {
        self.parts.tree_output.len()
    }

    /// The grid of the leaf values and margins.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// See [`Model::margins`](super::Model::margins).
    ///
    /// # Errors
    /// [`ModelError`] if columns, kinds, rows or the buffer do not fit.
    pub fn margins(
        &self,
        features: &Features,
        rows: Range<usize>,
        out: &mut [f64],
    ) -> Result<(), ModelError> {
        check_request(
            &self.parts.feature_levels,
            features,
            &rows,
            out.len(),
            self.n_outputs(),
        )?;
        self.score(features, rows, out);
        Ok(())
    }
}
