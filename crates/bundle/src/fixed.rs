//! Margins as whole numbers of a small unit, so that no order of summation can change them.

use crate::model::ModelError;

/// Every margin, and every sum that explains one, stays below this many units.
///
/// Whole numbers below 2^53 are exact in an `f64`; one bit is spare for a sum of two.
pub const MAX_UNITS: i64 = 1 << 52;

const MAX_EXPONENT: i32 = 900;

/// A fixed-point grid: a value is a whole number of units of 2^-exponent.
///
/// ```
/// use bundle::Grid;
///
/// let grid = Grid::for_magnitude(10.0);
/// let units = grid.round(0.1) + grid.round(0.2);
/// assert!((grid.value(units) - 0.3).abs() < 1e-14);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    exponent: i32,
}

impl Grid {
    /// The grid of 2^-exponent, `exponent` in -900..=900.
    ///
    /// # Errors
    /// [`ModelError::Exponent`] outside that range.
    pub fn new(exponent: i32) -> Result<Grid, ModelError> {
        if MAX_EXPONENT < exponent.saturating_abs() {
            return Err(ModelError::Exponent { found: exponent });
        }
        Ok(Grid { exponent })
    }

    /// The finest grid on which values up to `bound` stay below [`MAX_UNITS`] units.
    ///
    /// Zero is taken as one; a bound above 2^951 gives the coarsest grid, on which it does not fit.
    pub fn for_magnitude(bound: f64) -> Grid {
        let bound = if bound == 0.0 { 1.0 } else { bound.abs() };
        // The exponent field of the bits is floor(log2(bound)), exactly; subnormals count as zero there.
        let floor_log2 = ((bound.to_bits() >> 52) & 0x7ff) as i32 - 1023;
        Grid {
            exponent: (51 - floor_log2).clamp(-MAX_EXPONENT, MAX_EXPONENT),
        }
    }

    /// The exponent: a unit is 2^-exponent.
    pub fn exponent(self) -> i32 {
        self.exponent
    }

    /// The size of one unit.
    pub fn unit(self) -> f64 {
        power_of_two(-self.exponent)
    }

    /// The number of units nearest to `value`, ties to even, held within ±[`MAX_UNITS`]; `NaN` gives 0.
    pub fn round(self, value: f64) -> i64 {
        let limit = MAX_UNITS as f64;
        let units = (value * power_of_two(self.exponent)).round_ties_even();
        units.clamp(-limit, limit) as i64
    }

    /// The value of `units`, exact while they stay within ±2^53.
    pub fn value(self, units: i64) -> f64 {
        units as f64 * self.unit()
    }
}

/// 2^exponent for exponents of normal numbers.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_finest_grid_holds_its_bound() {
        for bound in [1e-200, 0.3, 1.0, 1.5, 2.0, 1e6, 1.7e250] {
            let grid = Grid::for_magnitude(bound);
            let units = grid.round(bound);
            assert!(units < MAX_UNITS, "{bound}");
            assert!(
                units >= MAX_UNITS / 4 || grid.exponent() == MAX_EXPONENT,
                "{bound}: {units}"
            );
        }
    }

    #[test]
    fn values_on_the_grid_come_back() {
        let grid = Grid::new(40).unwrap();
        for units in [0, 1, -1, 12_345_678_901, MAX_UNITS - 1, -MAX_UNITS + 1] {
            assert_eq!(grid.round(grid.value(units)), units);
        }
        assert_eq!(grid.value(1), 1.0 / (1u64 << 40) as f64);
    }

    #[test]
    fn what_is_no_number_or_too_large_is_held() {
        let grid = Grid::new(10).unwrap();
        assert_eq!(grid.round(f64::NAN), 0);
        assert_eq!(grid.round(f64::INFINITY), MAX_UNITS);
        assert_eq!(grid.round(f64::NEG_INFINITY), -MAX_UNITS);
        assert!(Grid::new(901).is_err());
        assert_eq!(Grid::for_magnitude(f64::INFINITY).exponent(), -900);
    }
}
