//! The rows that the tree of one of several outputs learns from.
//!
//! A class is in doubt in few rows: the others' derivatives by its margin are next to nothing. So of the rows of a round
//! each tree takes those of large derivatives by its own output, and few of the others, which count more often.

use stats::random::Draw;

use super::chances::{MOST_HALVINGS, Sizes, bucket_of, halvings};
use crate::trees::{Entry, Mode};

/// Drawing adds at most this to the variance of sums over rows, in shares of what there is.
const NOISE: f64 = 0.5;

/// The most often that a row counts.
pub(super) const MOST: i64 = 1 << MOST_HALVINGS;

/// Leaves those rows that are drawn; how many rows each stands for on average.
pub(super) fn thin<M: Mode>(entries: &mut Vec<Entry<M::Row>>, draw: &Draw) -> f64 {
    let (mut gradient, mut hessian) = (0.0, 0.0);
    for entry in &*entries {
        let [g, h] = M::sizes(entry.derivatives);
        (gradient, hessian) = (gradient + g, hessian + h);
    }
    let ratio = if 0.0 < hessian { gradient / hessian } else { 0.0 };
    let square = |entry: &Entry<M::Row>| {
        let [g, h] = M::sizes(entry.derivatives);
        g * g + (ratio * h) * (ratio * h)
    };
    let buckets: Vec<u16> = entries.iter().map(|entry| bucket_of(square(entry))).collect();
    let sizes = Sizes::new(buckets.iter().copied());
    if sizes.are_nothing() {
        return 1.0;
    }
    let edge = sizes.edge_of_noise(NOISE);
    let edge = edge.min(bucket_of(M::most_to_double(ratio)));
    let (n_rows, mut n_drawn) = (entries.len(), 0);
    let mut bits = 0;
    for (position, &bucket) in buckets.iter().enumerate() {
        // Four rows share a draw.
        if position % 4 == 0 {
            bits = draw.rough_at(position as u64 / 4);
        }
        let halvings = halvings(bucket, edge);
        let Entry { row, derivatives } = entries[position];
        // Without a branch, which would be guessed wrongly too often.
        entries[n_drawn] = Entry {
            row,
            derivatives: M::times(derivatives, halvings),
        };
        n_drawn += usize::from((bits & 0xffff) >> (16 - halvings) == 0);
        bits >>= 16;
    }
    // Were all halved, that alone would add more noise than is allowed: the largest are certain.
    entries.truncate(n_drawn.max(1));
    n_rows as f64 / n_drawn.max(1) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::trees::{Derivatives, Exact, Packed, Sum as _};
    use crate::weights::Weights;

    /// Derivatives of a class that few rows are in doubt of, the largest of them near the bounds.
    fn derivatives(n: usize) -> Vec<Derivatives> {
        let mut draw = Draw::new(5, 1);
        let p = |draw: &mut Draw| match draw.below(10) {
            0 => draw.uniform(),
            _ => 0.01 * draw.uniform(),
        };
        let of_row = |_| {
            let p = p(&mut draw);
            let is_it = draw.uniform() < p;
            Derivatives {
                gradient: p - f64::from(u8::from(is_it)),
                hessian: 2.0 * p * (1.0 - p),
            }
        };
        (0..n).map(of_row).collect()
    }

    fn thinned<M: Mode>(n: usize) -> ([M::Sum; 2], usize, f64, crate::trees::Scale) {
        let weights = Weights::new(None, n).unwrap();
        let largest = Derivatives {
            gradient: 1.0,
            hessian: 0.5,
        };
        let scale = M::scale(largest, &weights, MOST);
        let draw = Draw::new(3, 9);
        let mut entries: Vec<Entry<M::Row>> = (0u32..)
            .zip(derivatives(n))
            .map(|(row, d)| Entry {
                row,
                derivatives: M::round(d, 1.0, 1.0, &scale, draw.rough32_at(row)),
            })
            .collect();
        let sum = |entries: &[Entry<M::Row>]| {
            let mut sum = M::Sum::default();
            let rows = entries.iter().map(|entry| M::widen(entry.derivatives));
            rows.for_each(|row| M::pour(row, &mut sum));
            sum
        };
        let whole = sum(&entries);
        let rows_per_entry = thin::<M>(&mut entries, &Draw::new(4, 2));
        assert!(entries.is_sorted_by_key(|entry| entry.row));
        ([whole, sum(&entries)], entries.len(), rows_per_entry, scale)
    }

    fn sums_stay_near<M: Mode>() {
        let n = 20_000;
        let ([whole, drawn], n_drawn, rows_per_entry, scale) = thinned::<M>(n);
        let [whole, drawn] = [whole, drawn].map(|sum| sum.scaled(&scale, 0.0));
        assert!(n_drawn < n / 3, "{n_drawn}");
        assert_eq!(rows_per_entry, n as f64 / n_drawn as f64);
        let squares: f64 = derivatives(n).iter().map(|d| d.gradient * d.gradient).sum();
        // Half of the variance that there is, and four deviations of it.
        let most = 4.0 * stats::math::sqrt(NOISE * squares);
        assert!((whole.gradient - drawn.gradient).abs() < most);
        assert!((whole.hessian / drawn.hessian - 1.0).abs() < 0.05);
    }

    #[test]
    fn few_rows_stand_for_all() {
        sums_stay_near::<Packed>();
        sums_stay_near::<Exact>();
    }

    #[test]
    fn rows_without_derivatives_are_left_as_they_are() {
        let entry = |row| Entry { row, derivatives: 0 };
        let mut entries: Vec<Entry<u32>> = (0..100).map(entry).collect();
        assert_eq!(thin::<Packed>(&mut entries, &Draw::new(1, 1)), 1.0);
        assert!(entries.iter().zip(0..100).all(|(entry, row)| entry.row == row));
    }
}
