//! Why a margin is what it is: contributions of the features, whose sum is the margin bit for bit.
//!
//! Trees are explained by exact path-dependent TreeSHAP, linear models by their terms about the training mean.
//! Contributions are rounded to the model's grid; what rounding leaves over goes to the base value.
//! So `base + contributions` gives exactly the served margin, in whatever order it is added up.

mod linear;
mod quadrature;
mod tree;

use std::ops::Range;

use prepare::Features;

use crate::Grid;
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
    /// Time is proportional to rows times nodes, times half the number of distinct features on a path.
    ///
    /// # Errors
    /// [`ModelError`] if columns, kinds or rows do not fit, or [`ModelError::Inexact`] if contributions are so much
    /// larger than the margins for which the grid was chosen that their sum would not be exact.
    ///
    /// # Reference
    /// S. M. Lundberg, G. G. Erion, S.-I. Lee (2018), Consistent individualized feature attribution for tree
    /// ensembles, arXiv:1802.03888. Computed by polynomial integration in the manner of P. Yu, A. Bifet, J. Read,
    /// C. Xu (2022), Linear TreeShap, NeurIPS 35. Checked against every subset of features on small trees.
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
                    base,
                    contributions: vec![],
                })
            }
        }
    }
}

/// Gathers margins and contributions in units of the grid.
struct Units {
    grid: Grid,
    explanation: Explanation,
}

impl Units {
    fn new(grid: Grid, n_rows: usize, n_outputs: usize, n_features: usize) -> Units {
        let (base, contributions) = (Vec::new(), Vec::new());
        Units {
            grid,
            explanation: Explanation {
                n_rows,
                n_outputs,
                n_features,
                base,
                contributions,
            },
        }
    }

    /// Adds the next margin with its contributions; the base value is what is left.
    fn push(&mut self, margin: i64, contributions: impl Iterator<Item = i64>) -> Result<(), ModelError> {
        let mut rest = i128::from(margin);
        let mut size = 0;
        for units in contributions {
            rest -= i128::from(units);
            size += i128::from(units).abs();
            self.explanation.contributions.push(self.grid.value(units));
        }
        if (1 << 53) <= size + rest.abs() {
            return Err(ModelError::Inexact {
                row: self.explanation.base.len() / self.explanation.n_outputs,
            });
        }
        self.explanation.base.push(self.grid.value(rest as i64));
        Ok(())
    }
}
