//! Linear models: a coefficient per number, per level and per missing value.

mod check;
#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;

use prepare::Features;

use super::inputs::{BLOCK_ROWS, blocks};
use super::{ModelError, RowBlock, check_request};
use crate::Grid;

/// A linear model whose terms are rounded to the grid one by one and added as whole numbers.
#[derive(Clone, Debug)]
pub struct LinearModel {
    parts: LinearParts,
    grid: Grid,
    features: Vec<Feature>,
}

/// A linear model as flat lists: what a bundle stores.
///
/// "Numbers" are the features of `feature_levels` 0 in their order, "levels" those of all categories one after the
/// other. The term of a number `x` is `coefficient * (clamp(x, low, high) - center) / scale`, rounded to the grid;
/// the terms of levels and of missing values stand in units already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinearParts {
    /// A unit of terms and margins is 2^-exponent.
    pub grid_exponent: i32,
    /// Per feature: 0 for a number, else the number of levels, `(n_features,)`.
    pub feature_levels: Vec<u32>,
    /// What every row starts from, in units, `(n_outputs,)`.
    pub intercept: Vec<i64>,
    /// What is taken from a number, `(n_numbers,)`: the mean in training.
    pub center: Vec<f64>,
    /// What it is divided by, positive, `(n_numbers,)`: the standard deviation in training.
    pub scale: Vec<f64>,
    /// A smaller number counts as this one, `(n_numbers,)`.
    pub low: Vec<f64>,
    /// A larger number counts as this one, `(n_numbers,)`.
    pub high: Vec<f64>,
    /// The coefficients of numbers, `(n_numbers, n_outputs)`.
    pub coefficient: Vec<f64>,
    /// The terms of levels in units, `(n_levels of all categories, n_outputs)`.
    pub level: Vec<i64>,
    /// The terms of missing values in units, `(n_features, n_outputs)`.
    pub missing: Vec<i64>,
    /// The mean of a feature's terms over the training rows in units, `(n_features, n_outputs)`: contributions
    /// count from here.
    pub mean: Vec<i64>,
}

/// Where a feature's numbers stand in the lists.
#[derive(Clone, Copy, Debug)]
enum Feature {
    Number { position: usize },
    Category { first_level: usize },
}

impl LinearModel {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`ModelError`] naming the first list that does not fit.
    pub fn from_parts(parts: LinearParts) -> Result<LinearModel, ModelError> {
        let grid = Grid::new(parts.grid_exponent)?;
        check::check(&parts, grid)?;
        let features = positions(&parts.feature_levels);
        Ok(LinearModel {
            parts,
            grid,
            features,
        })
    }

    /// The parts that make this model again.
    pub fn parts(&self) -> &LinearParts {
        &self.parts
    }

    /// See [`Model::n_outputs`](super::Model::n_outputs).
    pub fn n_outputs(&self) -> usize {
        self.parts.intercept.len()
    }

    /// The features that the model reads.
    pub fn n_features(&self) -> usize {
        self.parts.feature_levels.len()
    }

    /// The grid of the terms and margins.
    pub fn grid(&self) -> Grid {
        self.grid
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
        let n_outputs = self.n_outputs();
        check_request(&self.parts.feature_levels, features, &rows, out.len(), n_outputs)?;
        let mut block = RowBlock::new(self.n_features());
        for (rows, out) in blocks(rows).zip(out.chunks_mut(BLOCK_ROWS * n_outputs)) {
            block.gather(features, rows);
            for (position, out) in out.chunks_exact_mut(n_outputs).enumerate() {
                for (output, out) in out.iter_mut().enumerate() {
                    let terms = (0..self.n_features()).map(|f| self.term(f, output, block.row(position)[f]));
                    *out = self.grid.value(self.parts.intercept[output] + terms.sum::<i64>());
                }
            }
        }
        Ok(())
    }

    /// What `value` of a feature adds to an output, in units.
    pub(crate) fn term(&self, feature: usize, output: usize, value: f64) -> i64 {
        let n_outputs = self.n_outputs();
        match self.features[feature] {
            _ if value.is_nan() => self.parts.missing[feature * n_outputs + output],
            Feature::Category { first_level } => {
                self.parts.level[(first_level + value as usize) * n_outputs + output]
            }
            Feature::Number { position } => number_term(&self.parts, self.grid, position, output, value),
        }
    }

    /// The mean term of a feature in training, in units.
    pub(crate) fn mean_term(&self, feature: usize, output: usize) -> i64 {
        self.parts.mean[feature * self.n_outputs() + output]
    }
}

impl LinearParts {
    /// The term of a number in units of the grid; `position` counts numbers only.
    ///
    /// # Panics
    /// If a position is out of range, which is an error of the caller.
    pub fn number_term(&self, grid: Grid, position: usize, output: usize, value: f64) -> i64 {
        number_term(self, grid, position, output, value)
    }
}

fn number_term(parts: &LinearParts, grid: Grid, position: usize, output: usize, value: f64) -> i64 {
    let held = value.clamp(parts.low[position], parts.high[position]);
    let standardised = (held - parts.center[position]) / parts.scale[position];
    grid.round(parts.coefficient[position * parts.intercept.len() + output] * standardised)
}

fn positions(feature_levels: &[u32]) -> Vec<Feature> {
    let mut n_numbers = 0;
    let mut n_levels = 0;
    let position = |&levels: &u32| match levels {
        0 => {
            n_numbers += 1;
            Feature::Number {
                position: n_numbers - 1,
            }
        }
        levels => {
            n_levels += levels as usize;
            Feature::Category {
                first_level: n_levels - levels as usize,
            }
        }
    };
    feature_levels.iter().map(position).collect()
}
