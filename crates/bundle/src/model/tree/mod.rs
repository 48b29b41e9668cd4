//! Ensembles of decision trees.

mod batch;
mod check;
mod edges;
mod layout;
mod leaves;
mod parts;
mod patches;
mod proof;
mod questions;
mod ranked;
mod read;
#[cfg(test)]
mod room_tests;
mod score;
mod single;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;

use prepare::Features;

pub(crate) use layout::{Layout, Question, Tree};
pub use parts::{FloatParts, LEAF, LeafValue, Precision, SplitRule, TreeNode, TreeParts, ZERO};

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::{ModelError, check_request};
use crate::Grid;
use batch::Batch;
use ranked::Ranked;

/// So many rows, golden ones among them, walk through trees that are not laid out for single rows.
const FEW_ROWS: u32 = 64;

/// The deepest leaf a tree may have, the root being at depth 0.
pub const MAX_DEPTH: usize = 255;

/// Decision trees whose leaf values are added up, output by output.
///
/// Our own trees add whole units of a grid; imported ones add `f64` or `f32` in the order of their trees, as the
/// library does that they come from ([`FloatParts`]).
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
    layout: Box<Layout>,
    base: Vec<f64>,
    /// Made when many rows are asked for the first time: a service of single rows never needs it.
    batch: OnceLock<Box<Batch>>,
    /// Made when some rows were asked one by one, if the trees fit.
    ranked: OnceLock<Option<Box<Ranked>>>,
    /// How many have walked without it.
    n_walked: Count,
}

/// A count that begins anew in a copy.
#[derive(Debug, Default)]
struct Count(AtomicU32);

impl Clone for Count {
    fn clone(&self) -> Count {
        Count::default()
    }
}

impl TreeEnsemble {
    /// Checks the parts and builds the layout for scoring.
    ///
    /// # Errors
    /// [`ModelError`] naming the first list that does not fit.
    pub fn from_parts(parts: TreeParts) -> Result<TreeEnsemble, ModelError> {
        let grid = Grid::new(parts.grid_exponent)?;
        check::check(&parts)?;
        let layout = Layout::build(&parts, grid)?;
        check::check_sums(&parts, &layout)?;
        let base = match &parts.floats {
            None => parts.base.iter().map(|&units| grid.value(units)).collect(),
            Some(floats) => floats.base.clone(),
        };
        Ok(TreeEnsemble {
            parts,
            grid,
            layout: Box::new(layout),
            base,
            batch: OnceLock::new(),
            ranked: OnceLock::new(),
            n_walked: Count::default(),
        })
    }

    /// The parts that make this model again.
    pub fn parts(&self) -> &TreeParts {
        &self.parts
    }

    /// See [`Model::n_outputs`](super::Model::n_outputs).
    pub fn n_outputs(&self) -> usize {
        self.base.len()
    }

    /// The features that the trees read.
    pub fn n_features(&self) -> usize {
        self.parts.feature_levels.len()
    }

    /// The number of trees.
    pub fn n_trees(&self) -> usize {
        self.parts.tree_output.len()
    }

    /// The grid of the leaf values and margins; without meaning for an ensemble that adds up floats.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Per feature up to `most` numbers that tell rows apart, rising: its thresholds, or the codes of its levels.
    pub(crate) fn cuts(&self, most: usize) -> Vec<Vec<f64>> {
        let mut cuts = vec![Vec::new(); self.n_features()];
        let splits = self.parts.feature.iter().filter(|split| **split != LEAF);
        for (&feature, &threshold) in splits.zip(&self.parts.threshold) {
            if self.parts.feature_levels[feature as usize] == 0 && threshold.is_finite() {
                cuts[feature as usize].push(threshold);
            }
        }
        for (feature, cuts) in cuts.iter_mut().enumerate() {
            if let Some(codes) = self.layout.reader().codes_of(feature) {
                cuts.extend(codes.iter().map(|&code| f64::from(code)));
            }
            cuts.sort_unstable_by(f64::total_cmp);
            cuts.dedup();
            let (n, kept) = (cuts.len(), most.min(cuts.len()));
            *cuts = (0..kept).map(|position| cuts[position * n / kept]).collect();
        }
        cuts
    }

    /// What the columns of features must be: 0 for a number, else the levels of a category, `(n_features,)`.
    pub(crate) fn column_levels(&self) -> &[u32] {
        self.layout.reader().column_levels()
    }

    /// The grid of the margins, if they lie on one.
    pub(crate) fn own_grid(&self) -> Option<Grid> {
        self.parts.floats.is_none().then_some(self.grid)
    }

    /// How sums are rounded: as `f64` (which is exact on a grid) or as `f32`.
    pub(crate) fn precision(&self) -> Precision {
        self.parts
            .floats
            .as_ref()
            .map_or(Precision::F64, |floats| floats.precision)
    }

    /// What every row starts from, `(n_outputs,)`, in the unit of the margin.
    pub(crate) fn base(&self) -> &[f64] {
        &self.base
    }

    /// The trees as ranks and compact nodes, if they fit and are laid out by now.
    ///
    /// That takes half of the time in which a bundle is loaded, so that one that has just come answers without. Who asks for the
    /// last of a few rows lays the trees out, if nobody has had it done before; other threads go on meanwhile.
    fn ranked(&self) -> Option<&Ranked> {
        match self.ranked.get() {
            Some(ranked) => ranked.as_deref(),
            None if self.n_walked.0.fetch_add(1, Relaxed) == FEW_ROWS => self.laid_out(),
            None => None,
        }
    }

    /// Lays the trees out for single rows, and compares what they answer so: what differs is not used.
    pub(crate) fn lay_out(&self) {
        self.laid_out();
    }

    fn laid_out(&self) -> Option<&Ranked> {
        let build = || {
            let ranked = Ranked::build(&self.layout, &self.parts.cover)?;
            self.is_answered_by(&ranked).then(|| Box::new(ranked))
        };
        self.ranked.get_or_init(build).as_deref()
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
        check_request(self.column_levels(), features, &rows, out.len(), self.n_outputs())?;
        self.score(features, rows, out);
        Ok(())
    }
}
