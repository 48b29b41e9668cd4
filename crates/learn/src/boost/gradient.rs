//! Derivatives as whole numbers, whose sums no order can change.

use rayon::prelude::*;
use stats::random::Draw;

use super::loss::Derivatives;
use crate::weights::Weights;

/// Rows that a thread takes at a time.
pub(super) const BLOCK: usize = 4096;

/// The derivatives of rows, or their sums, as whole numbers.
pub(super) trait Cell: Copy + Default + PartialEq + Send + Sync {
    fn add(&mut self, other: Self);
    fn minus(self, other: Self) -> Self;
    /// The sums in units of the loss; `rows_per_hessian` tells the weight of rows where it is not kept.
    fn sums(self, scale: &Scale, rows_per_hessian: f64) -> Sums;
}

/// Sums over rows: of gradients, of second derivatives, and of weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
    pub(super) rows: f64,
}

/// The size of a cell's units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    gradient: f64,
    hessian: f64,
    rows: f64,
}

/// Three 64-bit sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ExactCell {
    gradient: i64,
    hessian: i64,
    rows: i64,
}

/// A signed and an unsigned 32-bit sum in one word; the weight of rows is told from the second derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PackedCell(u64);

impl Cell for ExactCell {
    #[inline(always)]
    fn add(&mut self, other: ExactCell) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.rows += other.rows;
    }

    #[inline(always)]
    fn minus(self, other: ExactCell) -> ExactCell {
        ExactCell {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }

    #[inline(always)]
    fn sums(self, scale: &Scale, _rows_per_hessian: f64) -> Sums {
        Sums {
            gradient: self.gradient as f64 * scale.gradient,
            hessian: self.hessian as f64 * scale.hessian,
            rows: self.rows as f64 * scale.rows,
        }
    }
}

impl Cell for PackedCell {
    #[inline(always)]
    fn add(&mut self, other: PackedCell) {
        self.0 = self.0.wrapping_add(other.0);
    }

    #[inline(always)]
    fn minus(self, other: PackedCell) -> PackedCell {
        PackedCell(self.0.wrapping_sub(other.0))
    }

    #[inline(always)]
    fn sums(self, scale: &Scale, rows_per_hessian: f64) -> Sums {
        let gradient = f64::from((self.0 >> 32) as u32 as i32) * scale.gradient;
        let hessian = f64::from(self.0 as u32) * scale.hessian;
        Sums {
            gradient,
            hessian,
            rows: hessian * rows_per_hessian,
        }
    }
}

/// The derivatives of all rows for one output, rounded to 64 bits.
pub(super) struct Exact {
    pub(super) cells: Vec<ExactCell>,
    pub(super) scale: Scale,
}

impl Exact {
    /// Rounds the derivatives of each unit row, then multiplies by its weight: a weight of two is the row twice.
    pub(super) fn new(derivatives: &[Derivatives], weights: &Weights) -> Exact {
        let largest = largest(derivatives, |row| if weights.of(row) == 0 { 0.0 } else { 1.0 });
        let (gradient, per_gradient) = unit(largest.gradient, weights.total_units);
        let (hessian, per_hessian) = unit(largest.hessian, weights.total_units);
        let cell = |(row, d): (usize, &Derivatives)| {
            let weight = weights.of(row);
            ExactCell {
                gradient: round(d.gradient * per_gradient) * weight,
                hessian: round(d.hessian * per_hessian) * weight,
                rows: weight,
            }
        };
        let cells = derivatives
            .par_iter()
            .with_min_len(BLOCK)
            .enumerate()
            .map(cell)
            .collect();
        let scale = Scale {
            gradient: gradient * weights.unit,
            hessian: hessian * weights.unit,
            rows: weights.unit,
        };
        Exact { cells, scale }
    }

    /// The exact sums over `rows`.
    pub(super) fn sums(&self, rows: &[u32]) -> Sums {
        let mut total = ExactCell::default();
        rows.iter().for_each(|&row| total.add(self.cells[row as usize]));
        total.sums(&self.scale, 0.0)
    }
}

/// The derivatives of all rows for one output in a few bits.
pub(super) struct Packed {
    pub(super) cells: Vec<PackedCell>,
    pub(super) scale: Scale,
}

impl Packed {
    /// Rounds the weighted derivatives up or down by chance, so that sums are right on average.
    ///
    /// As many levels are used as sums over `n_rows` rows allow in 32 bits, 32,767 at most.
    pub(super) fn new(derivatives: &[Derivatives], weights: &Weights, n_rows: usize, draw: &Draw) -> Packed {
        let n_levels = (f64::from(i32::MAX) / n_rows.max(1) as f64)
            .floor()
            .clamp(1.0, 32_767.0);
        let weight = |row: usize| weights.of(row) as f64 * weights.unit;
        let largest = largest(derivatives, weight);
        let gradient = step(largest.gradient, n_levels);
        // Equal second derivatives are counted, not rounded.
        let is_count = weights.are_equal() && derivatives.iter().all(|d| d.hessian == 1.0);
        let hessian = if is_count {
            1.0
        } else {
            step(largest.hessian, n_levels)
        };
        let cell = |(row, d): (usize, &Derivatives)| {
            let bits = draw.at(row as u64);
            let gradient = by_chance(d.gradient * weight(row) / gradient, (bits >> 32) as u32);
            let hessian = by_chance(d.hessian * weight(row) / hessian, bits as u32);
            PackedCell(((gradient as u64) << 32).wrapping_add(hessian as u64))
        };
        let cells = derivatives
            .par_iter()
            .with_min_len(BLOCK)
            .enumerate()
            .map(cell)
            .collect();
        Packed {
            cells,
            scale: Scale {
                gradient,
                hessian,
                rows: 0.0,
            },
        }
    }
}

/// The largest sizes of weighted derivatives.
fn largest(derivatives: &[Derivatives], weight: impl Fn(usize) -> f64 + Sync) -> Derivatives {
    let sized = |(row, d): (usize, &Derivatives)| Derivatives {
        gradient: (d.gradient * weight(row)).abs(),
        hessian: d.hessian * weight(row),
    };
    let larger = |a: Derivatives, b: Derivatives| Derivatives {
        gradient: a.gradient.max(b.gradient),
        hessian: a.hessian.max(b.hessian),
    };
    let sizes = derivatives.par_iter().with_min_len(BLOCK).enumerate().map(sized);
    sizes.reduce(Derivatives::default, larger)
}

/// A power of two as unit, and its inverse, so that `n` values up to `largest` sum to less than 2^61 units.
fn unit(largest: f64, n: i64) -> (f64, f64) {
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

#[inline(always)]
fn round(units: f64) -> i64 {
    units.round_ties_even() as i64
}

fn step(largest: f64, n_levels: f64) -> f64 {
    if 0.0 < largest { largest / n_levels } else { 1.0 }
}

/// `value` rounded up with the probability of its fraction.
#[inline(always)]
fn by_chance(value: f64, bits: u32) -> i64 {
    (value + f64::from(bits) / 4_294_967_296.0).floor() as i64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn derivatives(n: usize) -> Vec<Derivatives> {
        let gradient = |i: usize| ((i * 37 % 101) as f64 - 50.0) / 50.0;
        (0..n)
            .map(|i| Derivatives {
                gradient: gradient(i),
                hessian: 0.25 - 0.1 * gradient(i),
            })
            .collect()
    }

    #[test]
    fn exact_sums_are_the_sums() {
        let d = derivatives(1000);
        let weights: Vec<f64> = (0..1000).map(|i| f64::from(i % 3)).collect();
        let exact = Exact::new(&d, &Weights::new(Some(&weights), 1000).unwrap());
        let rows: Vec<u32> = (0..1000).collect();
        let sums = exact.sums(&rows);
        let expected: f64 = d.iter().zip(&weights).map(|(d, w)| d.gradient * w).sum();
        assert!(
            (sums.gradient - expected).abs() < 1e-10,
            "{} {expected}",
            sums.gradient
        );
        assert_eq!(sums.rows, 999.0);
    }

    #[test]
    fn packed_sums_are_near_and_differences_exact() {
        let d = derivatives(50_000);
        let weights = Weights::new(None, d.len()).unwrap();
        let packed = Packed::new(&d, &weights, d.len(), &Draw::new(1, 2));
        let sum = |range: std::ops::Range<usize>| {
            let mut total = PackedCell::default();
            packed.cells[range].iter().for_each(|&cell| total.add(cell));
            total
        };
        let (whole, part) = (sum(0..50_000), sum(0..20_000));
        assert_eq!(whole.minus(part), sum(20_000..50_000));
        let found = part.sums(&packed.scale, 4.0);
        let expected: f64 = d[..20_000].iter().map(|d| d.gradient).sum();
        // Rounding moves each row by less than 1/32767 of the largest gradient; chance adds 20,000 of them.
        assert!((found.gradient - expected).abs() < 5.0 * 20_000f64.sqrt() / 32_767.0);
        assert_eq!(found.rows, 4.0 * found.hessian);
    }

    #[test]
    fn equal_hessians_count_rows() {
        let d = vec![
            Derivatives {
                gradient: -0.3,
                hessian: 1.0
            };
            500
        ];
        let packed = Packed::new(&d, &Weights::new(None, 500).unwrap(), 500, &Draw::new(0, 0));
        let mut total = PackedCell::default();
        packed.cells.iter().for_each(|&cell| total.add(cell));
        assert_eq!(total.sums(&packed.scale, 1.0).hessian, 500.0);
    }

    #[test]
    fn units_leave_room_for_all_rows() {
        for (largest, n) in [(1.0, 1), (0.3, 1 << 30), (1e10, (1 << 40) - 1), (0.0, 5)] {
            let (unit, per_unit) = unit(largest, n);
            assert_eq!(unit * per_unit, 1.0);
            assert!((round(largest * per_unit) as i128) * i128::from(n) <= 1 << 62);
        }
    }
}
