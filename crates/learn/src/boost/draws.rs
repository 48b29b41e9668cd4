//! What is drawn: from seed, purpose and number alone, so that threads and order never change it.

use rayon::prelude::*;
use stats::random::Draw;

/// The streams of draws; each tree has further streams of its own.
const EDGES: u64 = 2;
const PER_TREE: u64 = 16;

/// In packed mode, bin edges are found on about this many rows.
const EDGE_ROWS: usize = 200_000;

/// What is drawn for one tree.
pub(super) struct Draws {
    pub(super) rows: Draw,
    features: Draw,
    /// For rounding derivatives by chance.
    pub(super) rounding: Draw,
}

impl Draws {
    /// The draws of tree number `tree` of a training.
    pub(super) fn new(seed: u64, tree: u64) -> Draws {
        let stream = |purpose| Draw::new(seed, PER_TREE + 3 * tree + purpose);
        Draws {
            rows: stream(0),
            features: stream(1),
            rounding: stream(2),
        }
    }

    /// The share of rows that a tree learns from, all if none is drawn; whether a row is in depends on its number alone.
    pub(super) fn sample_rows<T: Send>(
        &self,
        rows: &[u32],
        share: f64,
        entry: impl Fn(u32) -> T + Sync,
        out: &mut Vec<T>,
    ) {
        out.clear();
        if share < 1.0 {
            let is_in = |row: &u32| self.rows.uniform_at(u64::from(*row)) < share;
            out.par_extend(rows.par_iter().copied().filter(is_in).map(&entry));
        }
        if out.is_empty() {
            rows.par_iter().copied().map(&entry).collect_into_vec(out);
        }
    }

    /// The share of features that a tree may use, at least one, ascending.
    pub(super) fn sample_features(&self, n_features: usize, share: f64) -> Vec<usize> {
        let n_sampled = (share * n_features as f64).round_ties_even() as usize;
        let n_sampled = n_sampled.clamp(n_features.min(1), n_features);
        let mut order: Vec<usize> = (0..n_features).collect();
        if n_sampled < n_features {
            order.sort_by_key(|&feature| (self.features.at(feature as u64), feature));
            order.truncate(n_sampled);
            order.sort_unstable();
        }
        order
    }
}

/// The rows on which bin edges are found: all of them, or enough where there are very many and sums are packed.
pub(super) fn edge_rows(rows: &[u32], packed: bool, seed: u64) -> Vec<usize> {
    let share = EDGE_ROWS as f64 / rows.len() as f64;
    let draw = Draw::new(seed, EDGES);
    let is_in = |row: &&u32| !packed || 1.0 <= share || draw.uniform_at(u64::from(**row)) < share;
    rows.iter().filter(is_in).map(|&row| row as usize).collect()
}
