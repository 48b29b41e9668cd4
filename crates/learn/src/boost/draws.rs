//! What is drawn: from seed, purpose and number alone, so that threads and order never change it.

use stats::random::Draw;

use crate::crew::Crew;
use crate::rows::without_gaps;
use crate::trees::BLOCK;

/// The streams of draws; each tree has further streams of its own.
const EDGES: u64 = 2;
const PER_TREE: u64 = 16;

/// In packed mode, bin edges are found on about this many rows.
const EDGE_ROWS: usize = 200_000;

/// What is drawn for one tree; the rows of a round are those of its first.
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

    /// A share of some rows, all of them if none is drawn; whether a row is in depends on its number alone.
    pub(super) fn sample_rows(&self, rows: &[u32], share: f64, crew: &Crew) -> Vec<u32> {
        let below = (share * 65_536.0).round_ties_even() as u64;
        let drawn = crew
            .map(rows.chunks(BLOCK), |_, rows| self.drawn(rows, below))
            .concat();
        if drawn.is_empty() { rows.to_vec() } else { drawn }
    }

    /// The rows whose bits are below a number.
    fn drawn(&self, rows: &[u32], below: u64) -> Vec<u32> {
        let mut all_bits = vec![0; rows.len()];
        self.bits(rows, &mut all_bits);
        let mut drawn = vec![0; rows.len()];
        let mut n_drawn = 0;
        for (&row, &bits) in rows.iter().zip(&all_bits) {
            // Without a branch, which would be guessed wrongly too often.
            drawn[n_drawn] = row;
            n_drawn += usize::from(u64::from(bits) < below);
        }
        drawn.truncate(n_drawn);
        drawn
    }

    /// Sixteen bits for each of some rows, ascending; four rows share a draw.
    pub(super) fn bits(&self, rows: &[u32], out: &mut [u16]) {
        if let Some(rows) = without_gaps(rows)
            && rows.start % 4 == 0
        {
            for (four, out) in (rows.start as u64 / 4..).zip(out.chunks_mut(4)) {
                let bits = self.rows.at(four);
                let of_row = |place: usize| (bits >> (16 * place)) as u16;
                (0..).zip(out).for_each(|(place, out)| *out = of_row(place));
            }
            return;
        }
        let (mut four, mut bits) = (None, 0);
        for (out, &row) in out.iter_mut().zip(rows) {
            if four != Some(row / 4) {
                four = Some(row / 4);
                bits = self.rows.at(u64::from(row / 4));
            }
            *out = (bits >> (16 * (row % 4))) as u16;
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
