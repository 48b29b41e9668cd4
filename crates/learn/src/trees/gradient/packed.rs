use super::{Derivatives, Mode, Scale, Sum, Sums, nearest, whole};
use crate::weights::Weights;

/// A row's weighted derivatives in two times sixteen bits, rounded up or down by chance, so that sums are right on
/// average. Histograms sum them as two halves of one word, trees as two words.
pub(crate) struct Packed;

/// The largest derivative has this many units: 2^15 rows of them stay below 2^31 - 2^15.
const LEVELS: f64 = 32_767.0;

/// Two 64-bit sums; the weight of rows is told from the second derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PackedSum {
    gradient: i64,
    hessian: i64,
}

impl Mode for Packed {
    type Row = u32;
    type Cell = u64;
    type Sum = PackedSum;

    fn scale(largest: Derivatives, weights: &Weights, _most: i64) -> Scale {
        let largest_weight = weights.largest_units as f64 * weights.unit;
        let gradient = step(largest.gradient * largest_weight);
        let hessian = step(largest.hessian * largest_weight);
        Scale {
            gradient,
            hessian,
            rows: weights.unit,
            per_gradient: 1.0 / gradient,
            per_hessian: 1.0 / hessian,
        }
    }

    #[inline(always)]
    fn round(d: Derivatives, weight: f64, times: f64, scale: &Scale, bits: u32) -> u32 {
        let weight = weight * times * scale.rows;
        let gradient = by_chance(d.gradient * weight * scale.per_gradient, bits >> 16);
        let hessian = by_chance(d.hessian * weight * scale.per_hessian, bits & 0xffff);
        (gradient as u32) << 16 | (hessian as u32 & 0xffff)
    }

    #[inline(always)]
    fn sizes(row: u32) -> [f64; 2] {
        [
            f64::from((row as i32 >> 16).unsigned_abs()),
            f64::from(row & 0xffff),
        ]
    }

    fn most_to_double(ratio: f64) -> f64 {
        // Less than twice as much stays within the levels.
        let most = LEVELS / 2.0 * ratio.min(1.0);
        most * most
    }

    #[inline(always)]
    fn times(row: u32, doublings: u8) -> u32 {
        // The lower half has room, so it does not run into the upper one.
        row << doublings
    }

    #[inline(always)]
    fn widen(row: u32) -> u64 {
        let gradient = i64::from(row as i32 >> 16);
        ((gradient as u64) << 32).wrapping_add(u64::from(row & 0xffff))
    }

    #[inline(always)]
    fn add(cell: &mut u64, other: u64) {
        *cell = cell.wrapping_add(other);
    }

    #[inline(always)]
    fn pour(cell: u64, sum: &mut PackedSum) {
        sum.gradient += i64::from((cell >> 32) as u32 as i32);
        sum.hessian += i64::from(cell as u32);
    }
}

impl Sum for PackedSum {
    #[inline(always)]
    fn add(&mut self, other: PackedSum) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
    }

    #[inline(always)]
    fn minus(self, other: PackedSum) -> PackedSum {
        PackedSum {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
        }
    }

    #[inline(always)]
    fn scaled(self, scale: &Scale, rows_per_hessian: f64) -> Sums {
        let hessian = whole(self.hessian) * scale.hessian;
        Sums {
            gradient: whole(self.gradient) * scale.gradient,
            hessian,
            rows: hessian * rows_per_hessian,
        }
    }
}

/// The size of a unit, a power of two: what is a whole number of units is not rounded.
fn step(largest: f64) -> f64 {
    if largest <= 0.0 {
        return 1.0;
    }
    // 2^-exponent takes `largest` to at least 2^51 and less than 2^52 units; 2^37 of them are one here.
    let grid = bundle::Grid::for_magnitude(largest);
    grid.unit() * 137_438_953_472.0
}

/// `value` rounded up with the probability of its fraction, held within [`LEVELS`]: what it is next to once shifted by
/// less than a half either way, as sixteen bits tell.
#[inline(always)]
fn by_chance(value: f64, bits: u32) -> i64 {
    // Signed, because there are no vectors of unsigned ones to convert.
    let shift = (f64::from(bits as i32) - 32_767.5) / 65_536.0;
    nearest(value.clamp(-LEVELS, LEVELS) + shift)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use stats::random::Draw;

    use super::*;

    fn rounded(n: usize, gradient: impl Fn(usize) -> f64, hessian: f64) -> (Vec<u32>, Scale) {
        let weights = Weights::new(None, n).unwrap();
        let largest = Derivatives {
            gradient: (0..n).map(|i| gradient(i).abs()).fold(0.0, f64::max),
            hessian,
        };
        let scale = Packed::scale(largest, &weights, 1);
        let draw = Draw::new(1, 2);
        let row = |row| {
            let d = Derivatives {
                gradient: gradient(row),
                hessian,
            };
            Packed::round(
                d,
                weights.of(row) as f64,
                1.0,
                &scale,
                draw.rough32_at(row as u32),
            )
        };
        ((0..n).map(row).collect(), scale)
    }

    fn total(rows: &[u32]) -> PackedSum {
        let mut sum = PackedSum::default();
        rows.iter()
            .for_each(|&row| Packed::pour(Packed::widen(row), &mut sum));
        sum
    }

    #[test]
    fn packed_sums_are_near_and_differences_exact() {
        let gradient = |i: usize| ((i * 37 % 101) as f64 - 50.0) / 50.0;
        let (rows, scale) = rounded(50_000, gradient, 0.2);
        let (whole, part) = (total(&rows), total(&rows[..20_000]));
        assert_eq!(whole.minus(part), total(&rows[20_000..]));
        let found = part.scaled(&scale, 4.0);
        let expected: f64 = (0..20_000).map(gradient).sum();
        // Rounding moves each row by less than 1/16383 of the largest gradient; chance adds 20,000 of them.
        assert!((found.gradient - expected).abs() < 3.0 * 20_000f64.sqrt() / 16_383.0);
        assert!((found.hessian - 4000.0).abs() < 0.2);
        assert_eq!(found.rows, 4.0 * found.hessian);
    }

    #[test]
    fn equal_hessians_count_rows() {
        let (rows, scale) = rounded(500, |_| -0.3, 1.0);
        assert_eq!(total(&rows).scaled(&scale, 1.0).hessian, 500.0);
    }

    #[test]
    fn a_cell_takes_the_largest_rows_of_both_signs() {
        for sign in [-1.0, 1.0] {
            let (rows, _) = rounded(super::super::CELL_ROWS, |_| sign * 1.999_999, 1.999_999);
            let mut cell = 0;
            rows.iter()
                .for_each(|&row| Packed::add(&mut cell, Packed::widen(row)));
            let mut sum = PackedSum::default();
            Packed::pour(cell, &mut sum);
            assert_eq!(sum, total(&rows));
        }
    }
}
