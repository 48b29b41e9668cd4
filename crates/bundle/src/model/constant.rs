//! The same answer for every row.

use std::ops::Range;

use prepare::Features;

use super::inputs::check_rows;
use super::{MAX_OUTPUTS, ModelError};
use crate::Grid;
use crate::fixed::MAX_UNITS;

/// A model that answers its base values, whatever the features.
#[derive(Clone, Debug)]
pub struct Constant {
    parts: ConstantParts,
    grid: Grid,
    margins: Vec<f64>,
}

/// The lists of a [`Constant`].
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantParts {
    /// A unit of the grid is 2^-exponent.
    pub grid_exponent: i32,
    /// The margin in units, `(n_outputs,)`.
    pub base: Vec<i64>,
}

impl Constant {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`ModelError`] without outputs, with too many, or with a value of 2^52 units and more.
    pub fn from_parts(parts: ConstantParts) -> Result<Constant, ModelError> {
        let grid = Grid::new(parts.grid_exponent)?;
        check_outputs(parts.base.len())?;
        check_base(&parts.base)?;
        let margins = parts.base.iter().map(|&units| grid.value(units)).collect();
        Ok(Constant { parts, grid, margins })
    }

    /// The parts that make this model again.
    pub fn parts(&self) -> &ConstantParts {
        &self.parts
    }

    /// See [`Model::n_outputs`](super::Model::n_outputs).
    pub fn n_outputs(&self) -> usize {
        self.margins.len()
    }

    /// The grid of the margins.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// See [`Model::margins`](super::Model::margins).
    ///
    /// # Errors
    /// [`ModelError`] if rows or buffer do not fit.
    pub fn margins(
        &self,
        features: &Features,
        rows: Range<usize>,
        out: &mut [f64],
    ) -> Result<(), ModelError> {
        check_rows(features, &rows, out.len(), self.margins.len())?;
        out.chunks_exact_mut(self.margins.len())
            .for_each(|row| row.copy_from_slice(&self.margins));
        Ok(())
    }
}

/// Checks a number of outputs.
pub(super) fn check_outputs(n_outputs: usize) -> Result<(), ModelError> {
    match n_outputs {
        1..=MAX_OUTPUTS => Ok(()),
        found => Err(ModelError::Count {
            count: "n_outputs",
            found,
            least: 1,
            most: MAX_OUTPUTS,
        }),
    }
}

/// Checks base values alone.
pub(super) fn check_base(base: &[i64]) -> Result<(), ModelError> {
    match base
        .iter()
        .position(|units| MAX_UNITS.unsigned_abs() <= units.unsigned_abs())
    {
        Some(output) => Err(ModelError::Overflow {
            output,
            found: i128::from(base[output]),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_row_gets_the_base() {
        let parts = ConstantParts {
            grid_exponent: 2,
            base: vec![1, -6],
        };
        let model = Constant::from_parts(parts.clone()).unwrap();
        assert_eq!(model.parts(), &parts);
        let features = Features {
            n_rows: 3,
            columns: vec![],
        };
        let mut out = vec![0.0; 4];
        model.margins(&features, 1..3, &mut out).unwrap();
        assert_eq!(out, [0.25, -1.5, 0.25, -1.5]);
        assert!(model.margins(&features, 1..4, &mut out).is_err());
        assert!(model.margins(&features, 1..2, &mut out).is_err());
    }

    #[test]
    fn bad_parts_are_refused() {
        let refused =
            |grid_exponent, base| Constant::from_parts(ConstantParts { grid_exponent, base }).is_err();
        assert!(refused(1000, vec![0]));
        assert!(refused(0, vec![]));
        assert!(refused(0, vec![MAX_UNITS]));
        assert!(refused(0, vec![i64::MIN]));
    }
}
