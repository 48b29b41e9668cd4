use super::{Derivatives, Mode, Scale, Sum, Sums, nearest};
use crate::weights::Weights;

/// 64-bit sums of unit rows, rounded and then multiplied by their weight: a weight of two is the row twice.
pub(crate) struct Exact;

/// Three 64-bit sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExactSum {
    gradient: i64,
    hessian: i64,
    rows: i64,
}

impl Mode for Exact {
    type Row = ExactSum;
    type Cell = ExactSum;
    type Sum = ExactSum;

    fn scale(largest: Derivatives, weights: &Weights, most: i64) -> Scale {
        let (gradient, per_gradient) = unit(largest.gradient, most * weights.total_units);
        let (hessian, per_hessian) = unit(largest.hessian, most * weights.total_units);
        Scale {
            gradient: gradient * weights.unit,
            hessian: hessian * weights.unit,
            rows: weights.unit,
            per_gradient,
            per_hessian,
        }
    }

    #[inline(always)]
    fn round(d: Derivatives, weight: f64, times: f64, scale: &Scale, _bits: u32) -> ExactSum {
        let [weight, times] = [weight as i64, times as i64];
        ExactSum {
            gradient: nearest_of_any(d.gradient * scale.per_gradient) * (weight * times),
            hessian: nearest_of_any(d.hessian * scale.per_hessian) * (weight * times),
            rows: weight,
        }
    }

    #[inline(always)]
    fn sizes(row: ExactSum) -> [f64; 2] {
        [row.gradient, row.hessian].map(|size| size.unsigned_abs() as f64)
    }

    fn most_to_double(_ratio: f64) -> f64 {
        f64::MAX
    }

    #[inline(always)]
    fn times(row: ExactSum, doublings: u8) -> ExactSum {
        ExactSum {
            gradient: row.gradient << doublings,
            hessian: row.hessian << doublings,
            ..row
        }
    }

    #[inline(always)]
    fn widen(row: ExactSum) -> ExactSum {
        row
    }

    #[inline(always)]
    fn add(cell: &mut ExactSum, other: ExactSum) {
        Sum::add(cell, other);
    }

    #[inline(always)]
    fn pour(cell: ExactSum, sum: &mut ExactSum) {
        Sum::add(sum, cell);
    }
}

impl Sum for ExactSum {
    #[inline(always)]
    fn add(&mut self, other: ExactSum) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.rows += other.rows;
    }

    #[inline(always)]
    fn minus(self, other: ExactSum) -> ExactSum {
        ExactSum {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }

    #[inline(always)]
    fn scaled(self, scale: &Scale, _rows_per_hessian: f64) -> Sums {
        Sums {
            gradient: self.gradient as f64 * scale.gradient,
            hessian: self.hessian as f64 * scale.hessian,
            rows: self.rows as f64 * scale.rows,
        }
    }
}

/// A power of two as unit, and its inverse, so that `n` values up to `largest` sum to less than 2^61 units.
pub(crate) fn unit(largest: f64, n: i64) -> (f64, f64) {
    let room = (61 - 64 + n.leading_zeros() as i32) as f64;
    let grid = bundle::Grid::for_magnitude(largest.max(1e-200));
    // The grid takes `largest` to less than 2^52 units; there is room for 2^room.
    let shift = if room < 52.0 {
        power_of_two(52 - room as i32)
    } else {
        1.0
    };
    (grid.unit() * shift, 1.0 / (grid.unit() * shift))
}

fn power_of_two(exponent: i32) -> f64 {
    (0..exponent).fold(1.0, |power, _| 2.0 * power)
}

/// The largest derivatives come near 2^52 units, where [`nearest`] has no room.
#[inline(always)]
fn nearest_of_any(units: f64) -> i64 {
    if units.abs() < 2_251_799_813_685_248.0 {
        nearest(units)
    } else {
        units.round_ties_even() as i64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn exact_sums_are_the_sums() {
        let gradient = |i: usize| ((i * 37 % 101) as f64 - 50.0) / 50.0;
        let weights: Vec<f64> = (0..1000).map(|i| f64::from(i % 3)).collect();
        let taken = Weights::new(Some(&weights), 1000).unwrap();
        let largest = Derivatives {
            gradient: 1.0,
            hessian: 0.35,
        };
        let scale = Exact::scale(largest, &taken, 1);
        let mut total = ExactSum::default();
        for row in 0..1000 {
            let d = Derivatives {
                gradient: gradient(row),
                hessian: 0.25 - 0.1 * gradient(row),
            };
            Exact::pour(Exact::round(d, taken.of(row) as f64, 1.0, &scale, 0), &mut total);
        }
        let sums = total.scaled(&scale, 0.0);
        let expected: f64 = weights.iter().enumerate().map(|(i, w)| gradient(i) * w).sum();
        assert!((sums.gradient - expected).abs() < 1e-10);
        assert_eq!(sums.rows, 999.0);
    }

    #[test]
    fn units_leave_room_for_all_rows() {
        for (largest, n) in [(1.0, 1), (0.3, 1 << 30), (1e10, (1 << 40) - 1), (0.0, 5)] {
            let (unit, per_unit) = unit(largest, n);
            assert_eq!(unit * per_unit, 1.0);
            assert!((nearest_of_any(largest * per_unit) as i128) * i128::from(n) <= 1 << 62);
        }
    }
}
