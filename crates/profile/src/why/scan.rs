//! Sums over all segments of some dimensions at once.

use super::dimension::Dimension;
use super::segment::{Condition, Segment};

/// What is known of the rows of a segment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) n: f64,
    /// Scores.
    pub(super) score: f64,
    /// Information about a movement.
    pub(super) weight: f64,
    /// Variance of the scores.
    pub(super) variance: f64,
    /// Rows, or clusters.
    pub(super) units: f64,
}

/// Per row: 1, score, weight and variance; and its cluster, whose scores are summed before they are squared.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) rows: &'a [[f64; 4]],
    pub(super) cluster: &'a [u32],
}

/// A segment with its sums.
#[derive(Debug, Clone)]
pub(super) struct Scanned {
    pub(super) segment: Segment,
    pub(super) sums: Sums,
}

/// Cells up to which neighbouring rows add to copies of a table, so that no addition waits for the one before.
const FEW_CELLS: usize = 128;
/// Copies of a small table.
const LANES: usize = 4;

/// The sums of each of `n_cells` cells over the rows of a view, whose cell is `cell(row)`.
pub(super) fn tabulate(view: &View<'_>, n_cells: usize, cell: impl Fn(usize) -> usize) -> Vec<Sums> {
    if view.cluster.is_empty() {
        return match n_cells <= FEW_CELLS {
            true => in_lanes::<LANES>(view, n_cells, cell),
            false => in_lanes::<1>(view, n_cells, cell),
        };
    }
    let mut cells = vec![Pending::default(); n_cells];
    for (row, values) in view.rows.iter().enumerate() {
        cells[cell(row)].add(*values, view.cluster[row]);
    }
    cells.into_iter().map(Pending::close).collect()
}

fn in_lanes<const N: usize>(view: &View<'_>, n_cells: usize, cell: impl Fn(usize) -> usize) -> Vec<Sums> {
    let mut cells = vec![[[0.0_f64; 4]; N]; n_cells];
    for (row, values) in view.rows.iter().enumerate() {
        let sums = &mut cells[cell(row)][row % N];
        sums.iter_mut().zip(values).for_each(|(sum, x)| *sum += x);
    }
    let together = |lanes: [[f64; 4]; N]| {
        let add = |a: [f64; 4], b: [f64; 4]| [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
        Sums::of_rows(lanes.into_iter().fold([0.0; 4], add))
    };
    cells.into_iter().map(together).collect()
}

impl Sums {
    fn of_rows([n, score, weight, variance]: [f64; 4]) -> Sums {
        Sums {
            n,
            score,
            weight,
            variance,
            units: n,
        }
    }
}

/// Sums, of which the last cluster is not yet squared.
#[derive(Clone, Copy, Default)]
struct Pending {
    sums: Sums,
    cluster: u32,
    of_cluster: f64,
}

impl Pending {
    fn add(&mut self, [n, score, weight, _]: [f64; 4], cluster: u32) {
        if self.sums.n == 0.0 || cluster != self.cluster {
            self.sums.variance += self.of_cluster * self.of_cluster;
            self.sums.units += 1.0;
            (self.cluster, self.of_cluster) = (cluster, 0.0);
        }
        self.of_cluster += score;
        self.sums.n += n;
        self.sums.score += score;
        self.sums.weight += weight;
    }

    fn close(mut self) -> Sums {
        self.sums.variance += self.of_cluster * self.of_cluster;
        self.sums
    }
}

/// The cells of some dimensions' cross table: levels of the last one side by side.
#[derive(Debug)]
pub(super) struct Cross {
    dimensions: Vec<usize>,
    n_levels: Vec<usize>,
    pub(super) cells: Vec<Sums>,
}

impl Cross {
    pub(super) fn of(dimensions: &[Dimension], chosen: &[usize], view: &View<'_>) -> Cross {
        let n_levels: Vec<usize> = chosen.iter().map(|d| dimensions[*d].levels.len()).collect();
        let n_cells = n_levels.iter().product();
        let codes = |k: usize| dimensions[chosen[k]].codes.as_slice();
        let cells = match *chosen {
            [_] => {
                let a = codes(0);
                tabulate(view, n_cells, |row| a[row] as usize)
            }
            [_, _] => {
                let (a, b, n_b) = (codes(0), codes(1), n_levels[1]);
                tabulate(view, n_cells, |row| a[row] as usize * n_b + b[row] as usize)
            }
            _ => {
                let (a, b, c) = (codes(0), codes(1), codes(2));
                let (n_b, n_c) = (n_levels[1], n_levels[2]);
                let cell = |row: usize| (a[row] as usize * n_b + b[row] as usize) * n_c + c[row] as usize;
                tabulate(view, n_cells, cell)
            }
        };
        Cross {
            dimensions: chosen.to_vec(),
            n_levels,
            cells,
        }
    }

    /// The levels of a cell.
    pub(super) fn segment(&self, mut cell: usize) -> Segment {
        let mut conditions = Vec::with_capacity(self.dimensions.len());
        for (dimension, n) in self.dimensions.iter().zip(&self.n_levels).rev() {
            conditions.push(Condition {
                dimension: *dimension,
                level: (cell % n) as u8,
            });
            cell /= n;
        }
        conditions.reverse();
        Segment(conditions)
    }

    /// Rows of each cell's parent without the dimension at `place`, by parent cell as [`parent`](Self::parent) numbers them.
    pub(super) fn parent_rows(&self, place: usize) -> Vec<f64> {
        let mut rows = vec![0.0; self.cells.len() / self.n_levels[place].max(1)];
        for (cell, sums) in self.cells.iter().enumerate() {
            rows[self.parent(cell, place)] += sums.n;
        }
        rows
    }

    pub(super) fn parent(&self, cell: usize, place: usize) -> usize {
        let below: usize = self.n_levels[place + 1..].iter().product();
        cell / (below * self.n_levels[place]) * below + cell % below
    }

    pub(super) fn depth(&self) -> usize {
        self.dimensions.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_summed_before_they_are_squared() {
        let rows = [
            [1.0, 2.0, 1.0, 4.0],
            [1.0, 3.0, 1.0, 9.0],
            [1.0, -1.0, 1.0, 1.0],
            [1.0, 5.0, 1.0, 25.0],
        ];
        let alone = View {
            rows: &rows,
            cluster: &[],
        };
        let together = View {
            rows: &rows,
            cluster: &[0, 0, 0, 1],
        };
        let key = |row: usize| usize::from(row == 2);
        let [first, second] = tabulate(&alone, 2, key)[..] else {
            panic!("two cells")
        };
        assert_eq!((first.variance, first.units, second.score), (38.0, 3.0, -1.0));
        let [first, second] = tabulate(&together, 2, key)[..] else {
            panic!("two cells")
        };
        assert_eq!((first.variance, first.units, first.n), (50.0, 2.0, 3.0));
        assert_eq!((second.variance, second.units), (1.0, 1.0));
    }
}
