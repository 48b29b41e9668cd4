//! Sample weights as whole numbers, so that a weight of two equals the row twice.

use crate::LearnError;

/// Weights that are no whole numbers are counted in units of 2^-10.
const UNITS_PER_ONE: f64 = 1024.0;

/// The weights of all rows together stay below this many units.
const MAX_TOTAL: i64 = 1 << 40;

/// The weights of rows as whole numbers of a unit.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// Units per row; `None` if every row has one.
    units: Option<Vec<i64>>,
    /// The size of a unit.
    pub(crate) unit: f64,
    /// The units of all rows, or a bound on them.
    pub(crate) total_units: i64,
    /// The units of the heaviest row.
    pub(crate) largest_units: i64,
}

impl Weights {
    /// Takes weights up; none means 1 for each of `n_rows`.
    pub(crate) fn new(weights: Option<&[f64]>, n_rows: usize) -> Result<Weights, LearnError> {
        let Some(weights) = weights else {
            return Ok(Weights {
                units: None,
                unit: 1.0,
                total_units: n_rows as i64,
                largest_units: 1,
            });
        };
        check(weights, n_rows)?;
        let whole = weights.iter().all(|weight| weight.fract() == 0.0);
        let per_one = if whole { 1.0 } else { UNITS_PER_ONE };
        if !whole {
            check_size(weights)?;
        }
        let units: Vec<i64> = weights.iter().map(|&weight| to_units(weight, per_one)).collect();
        let total: i128 = units.iter().map(|&units| i128::from(units)).sum();
        if i128::from(MAX_TOTAL) <= total {
            let (found, most) = (total as usize, MAX_TOTAL as usize);
            return Err(LearnError::TooMany {
                trainer: "a trainer",
                what: "units of weight",
                found,
                most,
            });
        }
        Ok(Weights {
            largest_units: units.iter().copied().max().unwrap_or(0),
            units: Some(units),
            unit: 1.0 / per_one,
            total_units: total as i64,
        })
    }

    /// The units of a row.
    #[inline]
    pub(crate) fn of(&self, row: usize) -> i64 {
        self.units.as_ref().map_or(1, |units| units[row])
    }

    /// Other units per row, counted on the scale of these.
    pub(crate) fn with_units(&self, units: Vec<i64>) -> Weights {
        Weights {
            largest_units: units.iter().copied().max().unwrap_or(0),
            units: Some(units),
            unit: self.unit,
            total_units: self.total_units,
        }
    }

    /// The weights of some rows, in their order.
    pub(crate) fn of_rows(&self, rows: &[u32]) -> Weights {
        self.with_units(rows.iter().map(|&row| self.of(row as usize)).collect())
    }

    /// The weights of the first `n` of `n_rows`; the others weigh nothing.
    pub(crate) fn of_first(&self, n: usize, n_rows: usize) -> Result<Weights, LearnError> {
        if n_rows <= n {
            return Ok(self.clone());
        }
        let units: Vec<i64> = (0..n_rows)
            .map(|row| if row < n { self.of(row) } else { 0 })
            .collect();
        let total_units = units.iter().sum();
        if total_units == 0 {
            return Err(LearnError::NoRows);
        }
        Ok(Weights {
            total_units,
            ..self.with_units(units)
        })
    }

    /// Whether every row counts once.
    pub(crate) fn are_equal(&self) -> bool {
        self.units.is_none()
    }

    /// The weight of all rows.
    pub(crate) fn total(&self) -> f64 {
        self.total_units as f64 * self.unit
    }

    /// The rows that count.
    pub(crate) fn rows(&self, n_rows: usize) -> impl Iterator<Item = usize> {
        (0..n_rows).filter(|&row| self.of(row) != 0)
    }
}

fn to_units(weight: f64, per_one: f64) -> i64 {
    let units = (weight * per_one).round_ties_even().min(1e18) as i64;
    // A positive weight never vanishes.
    units.max(i64::from(0.0 < weight))
}

fn check(weights: &[f64], n_rows: usize) -> Result<(), LearnError> {
    if weights.len() != n_rows {
        return Err(LearnError::Length {
            what: "weights",
            found: weights.len(),
            expected: n_rows,
        });
    }
    match weights
        .iter()
        .position(|weight| !(0.0..f64::INFINITY).contains(weight))
    {
        None => Ok(()),
        Some(row) => {
            let (found, expected) = (weights[row], "a finite number, zero or more");
            Err(LearnError::Value {
                what: "weights",
                row,
                found,
                expected,
            })
        }
    }
}

fn check_size(weights: &[f64]) -> Result<(), LearnError> {
    let n_positive = weights.iter().filter(|&&weight| 0.0 < weight).count();
    let found = stats::sum::in_order(weights) / n_positive.max(1) as f64;
    if found < 0.0625 {
        Err(LearnError::SmallWeights { found })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn whole_weights_are_taken_as_they_are() {
        let weights = Weights::new(Some(&[0.0, 3.0, 1.0]), 3).unwrap();
        assert_eq!(
            (weights.of(0), weights.of(1), weights.unit, weights.total()),
            (0, 3, 1.0, 4.0)
        );
        assert_eq!(weights.rows(3).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn other_weights_lie_on_a_grid_and_never_vanish() {
        let weights = Weights::new(Some(&[0.5, 1e-9, 0.0]), 3).unwrap();
        assert_eq!((weights.of(0), weights.of(1), weights.of(2)), (512, 1, 0));
    }

    #[test]
    fn weights_that_cannot_be_counted_are_refused() {
        assert!(Weights::new(Some(&[1.0]), 2).is_err());
        assert!(Weights::new(Some(&[-1.0]), 1).is_err());
        assert!(Weights::new(Some(&[f64::NAN]), 1).is_err());
        assert!(Weights::new(Some(&[1e300]), 1).is_err());
        assert!(matches!(
            Weights::new(Some(&[0.001, 0.002]), 2),
            Err(LearnError::SmallWeights { .. })
        ));
    }
}
