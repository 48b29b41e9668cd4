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
    let edge = Sizes::new(buckets.iter().copied()).edge_of_noise(NOISE);
    let edge = edge.min(usize::from(bucket_of(M::most_to_double(ratio))));
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
    // Not a single row has derivatives that are not next to nothing.
    if n_drawn == 0 {
        return 1.0;
    }
    entries.truncate(n_drawn);
    n_rows as f64 / n_drawn as f64
}
