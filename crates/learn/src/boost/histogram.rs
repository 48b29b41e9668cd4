//! Histograms: per feature and bin, the sums of the derivatives of a node's rows.

use rayon::prelude::*;

use super::bins::{Bins, TILE, Tile};
use super::gradient::{CELL_ROWS, Mode, Sum};

/// Below so many rows, adding them to sums directly costs less than clearing and pouring out a tile of cells.
const FEW_ROWS: usize = 512;

/// From so many cells on, rows are shared out among threads.
const PARALLEL_CELLS: usize = 1 << 17;

/// A row with its derivatives.
#[derive(Debug)]
pub(super) struct Entry<M: Mode> {
    pub(super) row: u32,
    pub(super) derivatives: M::Row,
}

impl<M: Mode> Clone for Entry<M> {
    fn clone(&self) -> Entry<M> {
        *self
    }
}

impl<M: Mode> Copy for Entry<M> {}

/// Where the sums of each feature stand in a histogram.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    parts: Vec<Part>,
    /// The end of each feature's sums; they start where those of the feature before end.
    ends: Vec<usize>,
}

/// The features of a histogram that stand in one tile.
#[derive(Clone, Debug)]
struct Part {
    tile: usize,
    slots: Vec<usize>,
    /// Where the sums of each start, and how many there are.
    places: Vec<(usize, usize)>,
}

impl Shape {
    /// The histogram of some features, which ascend.
    pub(super) fn new(bins: &Bins, features: &[usize]) -> Shape {
        let mut shape = Shape {
            parts: vec![],
            ends: vec![],
        };
        let mut end = 0;
        for column in features.iter().map(|&feature| &bins.columns[feature]) {
            if shape.parts.last().is_none_or(|part| part.tile != column.tile) {
                shape.parts.push(Part {
                    tile: column.tile,
                    slots: vec![],
                    places: vec![],
                });
            }
            let n_sums = column.n_bins + 1;
            if let Some(part) = shape.parts.last_mut() {
                part.slots.push(column.slot);
                part.places.push((end, n_sums));
            }
            end += n_sums;
            shape.ends.push(end);
        }
        shape
    }

    pub(super) fn n_sums(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Where the sums of the feature at a position stand.
    pub(super) fn range(&self, position: usize) -> std::ops::Range<usize> {
        let start = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[position]
    }

    /// The histogram of some rows, on all threads if they are many.
    pub(super) fn add_up<M: Mode>(&self, bins: &Bins, entries: &[Entry<M>], histogram: &mut [M::Sum]) {
        histogram.fill(M::Sum::default());
        let n_threads = rayon::current_num_threads();
        if n_threads == 1 || entries.len() * self.ends.len() < PARALLEL_CELLS {
            return self.add(bins, entries, histogram);
        }
        let per_thread = entries.len().div_ceil(n_threads).next_multiple_of(FEW_ROWS);
        let parts: Vec<Vec<M::Sum>> = entries
            .par_chunks(per_thread)
            .map(|entries| {
                let mut part = vec![M::Sum::default(); histogram.len()];
                self.add(bins, entries, &mut part);
                part
            })
            .collect();
        for part in parts {
            histogram.iter_mut().zip(part).for_each(|(sum, part)| sum.add(part));
        }
    }

    fn add<M: Mode>(&self, bins: &Bins, entries: &[Entry<M>], histogram: &mut [M::Sum]) {
        for entries in entries.chunks(CELL_ROWS) {
            for part in &self.parts {
                part.add(&bins.tiles[part.tile], entries, histogram);
            }
        }
    }
}

impl Part {
    fn add<M: Mode>(&self, tile: &Tile, entries: &[Entry<M>], histogram: &mut [M::Sum]) {
        if entries.len() < FEW_ROWS {
            return self.add_few(tile, entries, histogram);
        }
        match self.slots.len() {
            1 => self.add_many::<M, 1>(tile, entries, histogram),
            2 => self.add_many::<M, 2>(tile, entries, histogram),
            3 => self.add_many::<M, 3>(tile, entries, histogram),
            4 => self.add_many::<M, 4>(tile, entries, histogram),
            5 => self.add_many::<M, 5>(tile, entries, histogram),
            6 => self.add_many::<M, 6>(tile, entries, histogram),
            7 => self.add_many::<M, 7>(tile, entries, histogram),
            _ => self.add_many::<M, TILE>(tile, entries, histogram),
        }
    }

    fn add_few<M: Mode>(&self, tile: &Tile, entries: &[Entry<M>], histogram: &mut [M::Sum]) {
        for entry in entries {
            let row = tile.row(entry.row);
            let mut sum = M::Sum::default();
            M::pour(M::widen(entry.derivatives), &mut sum);
            for (&slot, &(start, _)) in self.slots.iter().zip(&self.places) {
                histogram[start + usize::from(row[slot])].add(sum);
            }
        }
    }

    /// At most [`CELL_ROWS`] rows, by cells that stay in the first-level cache: 16 KiB for eight packed features.
    fn add_many<M: Mode, const N: usize>(
        &self,
        tile: &Tile,
        entries: &[Entry<M>],
        histogram: &mut [M::Sum],
    ) {
        let mut cells = [[M::Cell::default(); 256]; N];
        let slots: [usize; N] = std::array::from_fn(|i| self.slots[i]);
        for entry in entries {
            let row = tile.row(entry.row);
            let derivatives = M::widen(entry.derivatives);
            for (cells, slot) in cells.iter_mut().zip(slots) {
                M::add(&mut cells[usize::from(row[slot % TILE])], derivatives);
            }
        }
        for (cells, &(start, n_sums)) in cells.iter().zip(&self.places) {
            let sums = &mut histogram[start..start + n_sums];
            sums.iter_mut().zip(cells).for_each(|(sum, &cell)| M::pour(cell, sum));
        }
    }
}

/// Takes a part away from the whole: what is left is the histogram of the other rows.
pub(super) fn take_away<S: Sum>(whole: &mut [S], part: &[S]) {
    whole
        .iter_mut()
        .zip(part)
        .for_each(|(whole, part)| *whole = whole.minus(*part));
}
