//! Fitted models: what trainers make, bundles hold and services ask.
//!
//! A model turns [`prepare::Features`] into *margins*, its raw additive scores: `(n_rows, n_outputs)`, row by row.
//! Margins are whole numbers on a fixed-point [`Grid`](crate::Grid), so block size, threads and order never change them.
//! Each model is made `from_parts`, flat public lists that are checked completely, and gives its `parts` back.

mod constant;
mod error;
mod inputs;
pub(crate) mod linear;
pub(crate) mod tree;

use std::ops::Range;

use prepare::Features;

pub use constant::{Constant, ConstantParts};
pub use error::ModelError;
pub(crate) use inputs::{RowBlock, blocks, check_request};
pub use linear::{LinearModel, LinearParts};
pub use tree::{
    FloatParts, LEAF, LeafValue, MAX_DEPTH, Precision, SplitRule, TreeEnsemble, TreeNode, TreeParts, ZERO,
};
pub(crate) use tree::{Layout, Question, Tree};

use crate::Grid;

/// The most outputs (classes) of a model.
pub const MAX_OUTPUTS: usize = 4096;

/// The most features of a model.
pub const MAX_FEATURES: usize = 1 << 24;

/// A fitted model.
#[derive(Clone, Debug)]
pub enum Model {
    /// Decision trees whose values are added up.
    Trees(TreeEnsemble),
    /// A coefficient per number and per level.
    Linear(LinearModel),
    /// The same answer for every row: the baseline that others must beat.
    Constant(Constant),
}

impl Model {
    /// Margins per row: 1, or one for each class of three and more.
    pub fn n_outputs(&self) -> usize {
        match self {
            Model::Trees(model) => model.n_outputs(),
            Model::Linear(model) => model.n_outputs(),
            Model::Constant(model) => model.n_outputs(),
        }
    }

    /// The features that the model reads; `None` if it takes any.
    pub fn n_features(&self) -> Option<usize> {
        match self {
            Model::Trees(model) => Some(model.n_features()),
            Model::Linear(model) => Some(model.n_features()),
            Model::Constant(_) => None,
        }
    }

    /// The grid of the margins.
    pub fn grid(&self) -> Grid {
        match self {
            Model::Trees(model) => model.grid(),
            Model::Linear(model) => model.grid(),
            Model::Constant(model) => model.grid(),
        }
    }

    /// The precision of the library that the model was imported from; none for our own.
    pub(crate) fn source_precision(&self) -> Option<Precision> {
        match self {
            Model::Trees(model) => model.parts().floats.as_ref().map(|floats| floats.precision),
            Model::Linear(_) | Model::Constant(_) => None,
        }
    }

    /// The margins of `rows`, written row by row into `out`, `(rows.len(), n_outputs)`.
    ///
    /// Any cut of the rows into calls gives the same bits.
    /// A category code beyond the levels known counts as the last level, "other".
    ///
    /// # Errors
    /// [`ModelError`] if columns, kinds, rows or the buffer do not fit.
    pub fn margins(
        &self,
        features: &Features,
        rows: Range<usize>,
        out: &mut [f64],
    ) -> Result<(), ModelError> {
        match self {
            Model::Trees(model) => model.margins(features, rows, out),
            Model::Linear(model) => model.margins(features, rows, out),
            Model::Constant(model) => model.margins(features, rows, out),
        }
    }

    /// The margins of all rows, `(n_rows, n_outputs)`.
    ///
    /// # Errors
    /// As [`Model::margins`].
    pub fn all_margins(&self, features: &Features) -> Result<Vec<f64>, ModelError> {
        let mut out = vec![0.0; features.n_rows * self.n_outputs()];
        self.margins(features, 0..features.n_rows, &mut out)?;
        Ok(out)
    }
}
