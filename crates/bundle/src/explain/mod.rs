//! Why a margin is what it is: contributions of the features, whose sum is the margin bit for bit.
//!
//! Trees are explained by exact path-dependent TreeSHAP, linear models by their terms about the training mean.
//! Contributions are rounded to the model's grid; what rounding leaves over goes to the base value.
//! So `base + contributions` gives exactly the served margin, in whatever order it is added up.
//!
//! Imported models have no grid. The contributions to one of their margins lie on a grid of their own, a power of two
//! fine enough for 50 bits of their size, so that their sum is exact too. The base value is the `f64` nearest to the
//! margin less that sum. Where the margin has finer bits than the base value can hold (a margin near zero), what is
//! missing stands in `remainder`, far below the grid: `(base + contributions) + remainder` is the margin bit for bit.

mod cohorts;
mod importance;
mod interactions;
mod interventional;
mod leaf;
mod linear;
mod paths;
mod quadrature;
mod tree;

pub use importance::importances;
pub use interactions::Interactions;

use std::ops::Range;

use prepare::Features;

use crate::Grid;
use crate::explaining::Stop;
use crate::model::{Model, ModelError};

/// The contributions of features to the margins of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The rows explained.
    pub n_rows: usize,
    /// Margins per row.
    pub n_outputs: usize,
    /// Contributions per margin; 0 for a constant model.
    pub n_features: usize,
    /// What the model says of a row about which nothing is known, `(n_rows, n_outputs)`: the mean margin over the
    /// training rows as the tree's covers or the linear terms tell it, up to the remainder of rounding.
    pub base: Vec<f64>,
    /// What each feature adds to the base, `(n_rows, n_outputs, n_features)`.
    pub contributions: Vec<f64>,
    /// What `base` plus all contributions lacks to the margin, `(n_rows, n_outputs)`: zero for our own models, and
    /// less than a unit in the last place of `base` for imported ones.
    pub remainder: Vec<f64>,
}

impl Explanation {
    /// The contributions of all features to one margin, `(n_features,)`; empty out of range.
    pub fn contributions_of(&self, row: usize, output: usize) -> &[f64] {
        let start = (row * self.n_outputs + output) * self.n_features;
        self.contributions
            .get(start..start + self.n_features)
            .unwrap_or_default()
    }
}

impl Model {
    /// Explains the margins of `rows`.
    ///
    /// # Shapes and units
    /// Base and contributions are in the unit of the margin, and multiples of the grid's unit.
    /// A feature on which no tree splits contributes exactly zero.
    ///
    /// # Assumptions
    /// Path-dependent TreeSHAP leaves unknown features to the shares of training rows that went either way in the
    /// tree; it is not the causal effect of a feature, and correlated features share what either could explain.
    /// Time is proportional to rows times leaves, times the number of distinct features on a path; many rows together
    /// take far less time a row than few.
    ///
    /// # Errors
    /// [`ModelError`] if columns, kinds or rows do not fit, or [`ModelError::Inexact`] if contributions are so much
    /// larger than the margins for which the grid was chosen that their sum would not be exact.
    ///
    /// # Reference
    /// S. M. Lundberg, G. G. Erion, S.-I. Lee (2018), Consistent individualized feature attribution for tree
    /// ensembles, arXiv:1802.03888. Computed by polynomial integration in the manner of P. Yu, A. Bifet, J. Read,
    /// C. Xu (2022), Linear TreeShap, NeurIPS 35, once for rows that follow the same features of a path. Checked against every subset of features on small trees.
    pub fn explain(&self, features: &Features, rows: Range<usize>) -> Result<Explanation, ModelError> {
        match self {
            Model::Trees(model) => tree::explain(model, features, rows),
            Model::Linear(model) => linear::explain(model, features, rows),
            Model::Constant(model) => {
                let mut base = vec![0.0; rows.len() * model.n_outputs()];
                let (n_rows, n_outputs) = (rows.len(), model.n_outputs());
                model.margins(features, rows, &mut base)?;
                Ok(Explanation {
                    n_rows,
                    n_outputs,
                    n_features: 0,
                    remainder: vec![0.0; base.len()],
                    base,
                    contributions: vec![],
                })
            }
        }
    }
}

impl Model {
    /// Explains the margins of `rows` against background rows: interventional Shapley values.
    ///
    /// An unknown feature takes its values from the rows of `background`, each as often as the others, whatever the
    /// known features are; so a feature that the model does not use gets nothing, also if it is correlated. The base
    /// value is the mean margin of the background, up to rounding. A hundred background rows are usually enough.
    ///
    /// # Errors
    /// [`ModelError`] if columns, kinds or rows do not fit or the background is empty; [`ModelError::Inexact`] as
    /// [`Model::explain`].
    ///
    /// # Reference
    /// S. M. Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees,
    /// Nature Machine Intelligence 2, 56-67, algorithm 3. Checked against every subset of features on small trees.
    pub fn explain_against(
        &self,
        features: &Features,
        rows: Range<usize>,
        background: &Features,
    ) -> Result<Explanation, ModelError> {
        self.explain_against_until(features, rows, background, 1, &|| false)
    }

    /// As [`Model::explain_against`] with rows shared out over `n_threads` of the pool that it is called in, until `stop`
    /// says so.
    pub(crate) fn explain_against_until(
        &self,
        features: &Features,
        rows: Range<usize>,
        background: &Features,
        n_threads: usize,
        stop: Stop<'_>,
    ) -> Result<Explanation, ModelError> {
        match self {
            Model::Trees(model) => {
                interventional::explain(model, features, rows, background, n_threads, stop)
            }
            Model::Linear(model) => linear::explain_against(model, features, rows, background),
            Model::Constant(_) => self.explain(features, rows),
        }
    }

    /// How pairs of features act together on the margins of `rows`, by the paths of the trees.
    ///
    /// Time is proportional to rows times leaves, times the square of the features on a path.
    ///
    /// # Errors
    /// As [`Model::explain`]; [`ModelError::Count`] for more than 2^31 values in one call.
    ///
    /// # Reference
    /// S. M. Lundberg, G. G. Erion, S.-I. Lee (2018), arXiv:1802.03888, section 4. Checked against its definition over
    /// all subsets of features on small trees.
    pub fn interactions(&self, features: &Features, rows: Range<usize>) -> Result<Interactions, ModelError> {
        interactions::interactions(self, features, rows)
    }

    /// Whether the interaction values of so many rows may be asked for in one call.
    ///
    /// # Errors
    /// [`ModelError::Count`] if they are too many.
    pub(crate) fn check_interactions(&self, n_rows: usize) -> Result<(), ModelError> {
        let n_features = match self {
            Model::Trees(trees) => trees.n_features(),
            Model::Linear(_) | Model::Constant(_) => 0,
        };
        interactions::n_values(n_rows.saturating_mul(self.n_outputs()), n_features).map(drop)
    }
}

/// Gathers margins and contributions so that they add up.
struct Sums {
    /// The grid of the model, if it has one.
    grid: Option<Grid>,
    /// The grid of each margin's contributions.
    grids: Vec<Grid>,
    explanation: Explanation,
}

impl Sums {
    fn new(grid: Option<Grid>, n_rows: usize, n_outputs: usize, n_features: usize) -> Sums {
        Sums {
            grid,
            grids: Vec::new(),
            explanation: Explanation {
                n_rows,
                n_outputs,
                n_features,
                base: Vec::new(),
                contributions: Vec::new(),
                remainder: Vec::new(),
            },
        }
    }

    /// Adds the next margin with its contributions; the base value is what is left.
    fn push(&mut self, margin: f64, contributions: &[f64]) -> Result<(), ModelError> {
        match self.grid {
            Some(grid) => {
                let units = contributions.iter().map(|contribution| grid.round(*contribution));
                self.push_units(grid, grid.round(margin), units)
            }
            None => {
                self.push_floats(margin, contributions);
                Ok(())
            }
        }
    }

    fn push_units(
        &mut self,
        grid: Grid,
        margin: i64,
        contributions: impl Iterator<Item = i64>,
    ) -> Result<(), ModelError> {
        let mut rest = i128::from(margin);
        let mut size = 0;
        for units in contributions {
            rest -= i128::from(units);
            size += i128::from(units).abs();
            self.explanation.contributions.push(grid.value(units));
        }
        if (1 << 53) <= size + rest.abs() {
            return Err(ModelError::Inexact {
                row: self.explanation.base.len() / self.explanation.n_outputs,
            });
        }
        self.grids.push(grid);
        self.explanation.base.push(grid.value(rest as i64));
        self.explanation.remainder.push(0.0);
        Ok(())
    }

    fn push_floats(&mut self, margin: f64, contributions: &[f64]) {
        let size: f64 = contributions.iter().map(|contribution| contribution.abs()).sum();
        let grid = Grid::for_magnitude(4.0 * (size + margin.abs()));
        let mut sum = 0;
        for contribution in contributions {
            let units = grid.round(*contribution);
            sum += units;
            self.explanation.contributions.push(grid.value(units));
        }
        let sum = grid.value(sum);
        let base = margin - sum;
        self.grids.push(grid);
        self.explanation.base.push(base);
        // Exact, as both are about the same.
        self.explanation.remainder.push(margin - (base + sum));
    }
}
