//! Histograms: per feature and bin, the sums of the derivatives of a node's rows.

use super::bins::{BinColumn, Bins};
use super::gradient::Cell;

/// Where the cells of each feature stand in a histogram.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    lengths: Vec<usize>,
}

impl Shape {
    /// The histogram of some features, in their order.
    pub(super) fn new(bins: &Bins, features: &[usize]) -> Shape {
        Shape {
            lengths: features
                .iter()
                .map(|&feature| bins.columns[feature].n_bins + 1)
                .collect(),
        }
    }

    pub(super) fn n_cells(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// A histogram cut into its features.
    pub(super) fn cut<'a, C>(&self, mut histogram: &'a mut [C]) -> Vec<&'a mut [C]> {
        let mut cut = Vec::with_capacity(self.lengths.len());
        for &length in &self.lengths {
            let (feature, rest) = histogram.split_at_mut(length);
            cut.push(feature);
            histogram = rest;
        }
        cut
    }
}

/// The rows of a node with their cells side by side.
pub(super) struct NodeRows<'a, C> {
    rows: &'a [u32],
    cells: Vec<C>,
}

impl<'a, C: Cell> NodeRows<'a, C> {
    /// Brings the cells of `rows` together, which every feature then reads in order.
    pub(super) fn gather(rows: &'a [u32], cells: &[C]) -> NodeRows<'a, C> {
        NodeRows {
            rows,
            cells: rows.iter().map(|&row| cells[row as usize]).collect(),
        }
    }

    /// The sum of all cells.
    pub(super) fn total(&self) -> C {
        let mut total = C::default();
        self.cells.iter().for_each(|&cell| total.add(cell));
        total
    }

    /// Adds the rows up by the bins of a feature.
    pub(super) fn add_up(&self, column: &BinColumn, histogram: &mut [C]) {
        histogram.fill(C::default());
        if self.rows.len() == column.bins.len() {
            // All rows, which are always in order: no need to look them up.
            for (&bin, &cell) in column.bins.iter().zip(&self.cells) {
                histogram[usize::from(bin)].add(cell);
            }
        } else {
            for (&row, &cell) in self.rows.iter().zip(&self.cells) {
                histogram[usize::from(column.bins[row as usize])].add(cell);
            }
        }
    }
}

/// Takes a part away from the whole: what is left is the histogram of the other rows.
pub(super) fn take_away<C: Cell>(whole: &mut [C], part: &[C]) {
    whole
        .iter_mut()
        .zip(part)
        .for_each(|(whole, part)| *whole = whole.minus(*part));
}
