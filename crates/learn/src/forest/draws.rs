//! What is drawn, from seed, tree and number alone: which rows a tree learns from, and what its nodes look at.

use stats::math;
use stats::random::Draw;

use crate::weights::Weights;

/// The streams of a forest begin here, two for each tree.
const FOREST: u64 = 1 << 48;

/// The most units of weight for each row of the table that are drawn one by one.
const MAX_UNITS_PER_ROW: i64 = 16;

/// The most often that a unit is drawn; more has a chance below 10^-15.
const MOST: usize = 20;

/// The draws of one tree: its rows, and the seeds of its nodes.
pub(super) fn draws_of_tree(seed: u64, tree: usize) -> [Draw; 2] {
    [0, 1].map(|purpose| Draw::new(seed, FOREST + 2 * tree as u64 + purpose))
}

/// How rows are drawn for a tree.
#[derive(Clone, Debug)]
pub(super) struct Bootstrap {
    chances: Chances,
    /// The number of each row's first unit of weight; `None` if a row is drawn as one.
    first_unit: Option<Vec<u64>>,
}

/// How often a unit is drawn.
#[derive(Clone, Debug)]
enum Chances {
    /// Once.
    All,
    /// Once with this chance.
    Once(f64),
    /// Below the first number never, below the second once, and so on: the distribution function of Poisson's law,
    /// which is that of drawing from many rows with replacement.
    Poisson([f64; MOST]),
}

impl Bootstrap {
    /// Draws a share of the units of weight, each on its own, or of the rows where weights are no small whole numbers.
    pub(super) fn new(weights: &Weights, n_rows: usize, share: f64, with_replacement: bool) -> Bootstrap {
        let chances = match with_replacement {
            true => Chances::Poisson(poisson(share)),
            false if share < 1.0 => Chances::Once(share),
            false => Chances::All,
        };
        let is_small = weights.total_units <= MAX_UNITS_PER_ROW * n_rows as i64;
        let by_unit = weights.unit == 1.0 && !weights.are_equal() && is_small;
        let first_unit = by_unit.then(|| {
            let mut next = 0;
            let first = |row| {
                let first = next;
                next += weights.of(row).unsigned_abs();
                first
            };
            (0..n_rows).map(first).collect()
        });
        Bootstrap { chances, first_unit }
    }

    /// The units of weight that a tree draws of a row of `units`.
    #[inline]
    pub(super) fn draw(&self, rows: &Draw, row: usize, units: i64) -> i64 {
        match &self.first_unit {
            None => units * self.times(rows, row as u64),
            Some(first) => (0..units as u64)
                .map(|unit| self.times(rows, first[row] + unit))
                .sum(),
        }
    }

    #[inline]
    fn times(&self, rows: &Draw, unit: u64) -> i64 {
        match &self.chances {
            Chances::All => 1,
            Chances::Once(share) => i64::from(rows.uniform_at(unit) < *share),
            Chances::Poisson(below) => {
                let uniform = rows.uniform_at(unit);
                below.iter().take_while(|below| **below <= uniform).count() as i64
            }
        }
    }
}

/// The distribution function at 0, 1, ...
fn poisson(mean: f64) -> [f64; MOST] {
    let mut chance = math::exp(-mean);
    let mut sum = 0.0;
    std::array::from_fn(|times| {
        sum += chance;
        chance *= mean / (times + 1) as f64;
        sum
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_are_drawn_as_by_poisson() {
        let weights = Weights::new(None, 100_000).unwrap();
        let bootstrap = Bootstrap::new(&weights, 100_000, 1.0, true);
        let [rows, _] = draws_of_tree(1, 0);
        let mut counts = [0; 30];
        (0..100_000).for_each(|row| counts[bootstrap.draw(&rows, row, 1) as usize] += 1);
        for (found, expected) in counts.iter().zip([0.36788, 0.36788, 0.18394, 0.06131]) {
            assert!((f64::from(*found) / 1e5 - expected).abs() < 0.005);
        }
    }

    #[test]
    fn a_weight_is_drawn_as_its_rows_in_its_place() {
        let weights = Weights::new(Some(&[2.0, 0.0, 3.0, 1.0]), 4).unwrap();
        let whole = Weights::new(None, 6).unwrap();
        let of_rows = [0, 0, 2, 2, 2, 3];
        for tree in 0..50 {
            let [rows, _] = draws_of_tree(9, tree);
            let weighted = Bootstrap::new(&weights, 4, 0.7, true);
            let repeated = Bootstrap::new(&whole, 6, 0.7, true);
            let mut drawn = [0; 4];
            (0..6).for_each(|row| drawn[of_rows[row]] += repeated.draw(&rows, row, 1));
            assert_eq!(
                drawn,
                std::array::from_fn(|row| weighted.draw(&rows, row, weights.of(row)))
            );
        }
    }

    #[test]
    fn heavy_and_broken_weights_are_drawn_row_by_row() {
        for values in [[1000.0, 3.0], [0.5, 1.5]] {
            let weights = Weights::new(Some(&values), 2).unwrap();
            let bootstrap = Bootstrap::new(&weights, 2, 1.0, true);
            let [rows, _] = draws_of_tree(1, 1);
            let drawn = bootstrap.draw(&rows, 0, weights.of(0));
            assert_eq!(drawn % weights.of(0), 0);
        }
    }
}
