//! The rows of a tree.

use std::collections::BTreeSet;

use stats::random::Draw;

use crate::weights::Weights;

/// The streams of isolation forests begin here, one for each tree.
const ISOLATION: u64 = 1 << 49;

/// The draws of one tree.
pub(super) fn draw_of_tree(seed: u64, tree: usize) -> Draw {
    Draw::new(seed, ISOLATION + tree as u64)
}

/// The units of weight of a table, in the order of its rows.
pub(super) struct Units {
    /// The rows that have weight, and the first unit behind each.
    rows: Vec<usize>,
    ends: Vec<u64>,
}

impl Units {
    pub(super) fn new(weights: &Weights, n_rows: usize) -> Units {
        let rows: Vec<usize> = weights.rows(n_rows).collect();
        let mut end = 0;
        let ends = rows.iter().map(|&row| {
            end += weights.of(row).unsigned_abs();
            end
        });
        let ends = ends.collect();
        Units { rows, ends }
    }

    pub(super) fn n(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The rows of `n` units drawn without replacement, ascending (Floyd's algorithm).
    pub(super) fn draw(&self, n: usize, draw: &mut Draw) -> Vec<usize> {
        let mut drawn = BTreeSet::new();
        let total = self.n();
        for last in total - total.min(n as u64)..total {
            let unit = draw.below(last + 1);
            if !drawn.insert(unit) {
                drawn.insert(last);
            }
        }
        let row_of = |unit: u64| self.rows[self.ends.partition_point(|&end| end <= unit)];
        drawn.into_iter().map(row_of).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_are_drawn_once_each_and_evenly() {
        let weights = Weights::new(Some(&[2.0, 0.0, 5.0, 1.0]), 4).unwrap();
        let units = Units::new(&weights, 4);
        let mut counts = [0; 4];
        for tree in 0..4000 {
            let rows = units.draw(4, &mut draw_of_tree(1, tree));
            assert_eq!(rows.len(), 4);
            rows.iter().for_each(|&row| counts[row] += 1);
        }
        for (found, expected) in counts.iter().zip([4000.0, 0.0, 10_000.0, 2000.0]) {
            assert!((f64::from(*found) - expected).abs() <= 150.0, "{counts:?}");
        }
        let all = units.draw(99, &mut draw_of_tree(1, 0));
        assert_eq!(all, [0, 0, 2, 2, 2, 2, 2, 3]);
    }
}
