//! Derivatives as whole numbers, whose sums no order can change.

mod exact;
mod packed;

use crate::weights::Weights;

pub(crate) use exact::{Exact, unit};
pub(crate) use packed::Packed;

/// Rows that a thread takes at a time.
pub(crate) const BLOCK: usize = 4096;

/// The most rows whose derivatives a [`Mode::Cell`] takes up.
pub(crate) const CELL_ROWS: usize = 1 << 15;

/// First and second derivative of the loss by a margin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Derivatives {
    pub(crate) gradient: f64,
    pub(crate) hessian: f64,
}

/// A way to sum derivatives as whole numbers.
pub(crate) trait Mode: Sized + Send + Sync + 'static {
    /// The derivatives of one row, weighted.
    type Row: Copy + Default + Send + Sync;
    /// The sums of up to [`CELL_ROWS`] rows, small enough for a tile of histograms in the first-level cache.
    type Cell: Copy + Default + Send + Sync;
    /// The sums of any rows.
    type Sum: Sum;

    /// The size of units, from the largest derivatives that rows have; a row counts at most `most` times.
    fn scale(largest: Derivatives, weights: &Weights, most: i64) -> Scale;
    /// The derivatives of a row in units, given its weight in units of weight and how often its derivatives count, both
    /// whole numbers, and random bits. To be inlined, so that it goes through whole vectors.
    fn round(d: Derivatives, weight: f64, times: f64, scale: &Scale, bits: u32) -> Self::Row;
    /// The sizes of a row's derivatives, in units.
    fn sizes(row: Self::Row) -> [f64; 2];
    /// The square of the largest size from which on rows are not counted again, where second derivatives count `ratio`
    /// times: smaller ones doubled often enough to be as large still have room.
    fn most_to_double(ratio: f64) -> f64;
    /// A row that counts `2^doublings` times as often.
    fn times(row: Self::Row, doublings: u8) -> Self::Row;
    /// One row as sums.
    fn widen(row: Self::Row) -> Self::Cell;
    /// Adds to sums.
    fn add(cell: &mut Self::Cell, other: Self::Cell);
    /// Adds the sums of some rows to those of others.
    fn pour(cell: Self::Cell, sum: &mut Self::Sum);
}

/// Sums of derivatives in units.
pub(crate) trait Sum: Copy + Default + PartialEq + Send + Sync + std::fmt::Debug {
    fn add(&mut self, other: Self);
    fn minus(self, other: Self) -> Self;
    /// The sums in units of the loss; `rows_per_hessian` tells the weight of rows where it is not kept.
    fn scaled(self, scale: &Scale, rows_per_hessian: f64) -> Sums;
}

/// Sums over rows: of gradients, of second derivatives, and of weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) gradient: f64,
    pub(crate) hessian: f64,
    pub(crate) rows: f64,
}

/// The size of units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    gradient: f64,
    hessian: f64,
    /// The size of a unit of weight.
    rows: f64,
    /// Units per derivative before its weight.
    per_gradient: f64,
    per_hessian: f64,
}

impl Derivatives {
    /// The larger sizes of both; zero without any row.
    pub(crate) fn larger(self, other: Derivatives) -> Derivatives {
        Derivatives {
            gradient: self.gradient.abs().max(other.gradient.abs()),
            hessian: self.hessian.max(other.hessian),
        }
    }
}

/// 1.5 * 2^52: numbers about it are whole, and the lowest bits of their mantissa count them.
const SHIFT: f64 = 6_755_399_441_055_744.0;

/// The whole number nearest to a number of size below 2^51, ties to even.
///
/// Adding and taking away 1.5 * 2^52 rounds as IEEE 754 fixes it, and unlike a call it goes through whole vectors.
#[inline(always)]
fn nearest(value: f64) -> i64 {
    (value + SHIFT).to_bits() as i64 - SHIFT.to_bits() as i64
}

/// A whole number of size below 2^51, which [`nearest`] takes back; it goes through whole vectors as well.
#[inline(always)]
fn whole(value: i64) -> f64 {
    f64::from_bits((value + SHIFT.to_bits() as i64) as u64) - SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_is_the_nearest() {
        for value in [0.0, 0.5, 1.5, -0.5, -1.5, 2.499, -7.501, 1e15 + 0.5, -2.2e15] {
            assert_eq!(nearest(value), value.round_ties_even() as i64, "{value}");
            assert_eq!(whole(nearest(value)), value.round_ties_even(), "{value}");
        }
    }
}
