//! Sums of levels in bags, and of resamples of bags.

use super::rows::Rows;
use stats::change::{Bags, Level};

/// Bags that rows or clusters are put into.
const MOST_BAGS: usize = 256;

/// Rows in bags, and the resamples of bags.
#[derive(Debug)]
pub(super) struct Resampler {
    bag: Vec<u32>,
    n_bags: usize,
    /// How often each bag is drawn, resample after resample.
    weights: Vec<Vec<f64>>,
}

/// Levels bag after bag.
#[derive(Debug)]
pub(super) struct Bagged {
    n_levels: usize,
    /// By bag and level: sizes before and after, sums before and after.
    cells: Vec<[f64; 4]>,
}

impl Resampler {
    pub(super) fn new(rows: &Rows, n_resamples: usize, seed: u64) -> Resampler {
        let bags = Bags::new(rows.n_units, MOST_BAGS, seed);
        let of_unit = bags.all();
        Resampler {
            bag: (0..rows.n()).map(|row| of_unit[rows.unit(row)]).collect(),
            n_bags: bags.n_bags(),
            weights: (0..n_resamples).map(|resample| bags.weights(resample)).collect(),
        }
    }

    pub(super) fn bagged(&self, rows: &Rows, codes: &[u8], n_levels: usize) -> Bagged {
        let mut cells = vec![[0.0; 4]; self.n_bags * n_levels];
        for row in 0..rows.n() {
            let cell = &mut cells[self.bag[row] as usize * n_levels + codes[row] as usize];
            let period = rows.period[row] as usize;
            cell[period] += rows.size[row];
            cell[2 + period] += rows.sum[row];
        }
        Bagged { n_levels, cells }
    }

    /// The levels in each resample.
    pub(super) fn resamples<'a>(&'a self, bagged: &'a Bagged) -> impl Iterator<Item = Vec<Level>> + 'a {
        self.weights.iter().map(|weights| bagged.levels(weights))
    }

    /// The levels as they are.
    pub(super) fn as_is(&self, bagged: &Bagged) -> Vec<Level> {
        bagged.levels(&vec![1.0; self.n_bags])
    }
}

impl Bagged {
    fn levels(&self, weights: &[f64]) -> Vec<Level> {
        let mut sums = vec![[0.0_f64; 4]; self.n_levels];
        for (cells, weight) in self.cells.chunks(self.n_levels).zip(weights) {
            if *weight != 0.0 {
                for (sum, cell) in sums.iter_mut().zip(cells) {
                    sum.iter_mut().zip(cell).for_each(|(sum, x)| *sum += weight * x);
                }
            }
        }
        let level = |[size0, size1, sum0, sum1]: [f64; 4]| Level {
            size: [size0, size1],
            sum: [sum0, sum1],
        };
        sums.into_iter().map(level).collect()
    }
}
