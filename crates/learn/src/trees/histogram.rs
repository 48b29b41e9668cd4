//! Histograms: per column and bin, the sums of the derivatives of a node's rows.

use super::bins::{Cells, Group, TILE, View};
use super::gradient::{CELL_ROWS, Mode, Sum};
use crate::crew::Crew;

/// Below so many rows, adding them to sums directly costs less than clearing and pouring out cells.
const FEW_ROWS: usize = 512;

/// Rows that go through all tiles before the next do: their bins stay in the second-level cache meanwhile.
pub(crate) const BLOCK_ROWS: usize = 2048;

/// From so many cells on, rows are shared out among threads.
const PARALLEL_CELLS: usize = 1 << 15;

/// How many rows ahead memory is asked for.
const AHEAD: usize = 24;

/// A row with what is summed of it, its derivatives for boosting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<R> {
    pub(crate) row: u32,
    pub(crate) derivatives: R,
}

/// Where the sums of each feature's column stand in a histogram.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    parts: Vec<Part>,
    n_columns: usize,
    n_sums: usize,
    /// Per feature where the sums of its column stand.
    ranges: Vec<std::ops::Range<usize>>,
}

/// The columns of a histogram that stand in one tile.
#[derive(Clone, Debug)]
struct Part {
    group: usize,
    /// Where the tile starts in a row of the group.
    first_slot: usize,
    /// Where the sums of each column start, and how many there are; the columns stand one after the other.
    places: Vec<(usize, usize)>,
}

impl Shape {
    /// The histogram of some features, whose columns are all that the cells hold.
    pub(crate) fn new(bins: View<'_>, cells: &Cells, features: &[usize]) -> Shape {
        let mut columns: Vec<(usize, usize)> = features
            .iter()
            .map(|&feature| (bins.place(feature), bins.n_codes(feature)))
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let mut shape = Shape {
            parts: vec![],
            n_columns: columns.len(),
            n_sums: 0,
            ranges: vec![],
        };
        let mut starts = Vec::with_capacity(columns.len());
        for &(column, n_sums) in &columns {
            let place = cells.place(column);
            let first_slot = place.slot / TILE * TILE;
            let is_in = |part: &Part| (part.group, part.first_slot) == (place.group, first_slot);
            if !shape.parts.last().is_some_and(is_in) {
                shape.parts.push(Part {
                    group: place.group,
                    first_slot,
                    places: vec![],
                });
            }
            if let Some(part) = shape.parts.last_mut() {
                debug_assert_eq!(part.places.len(), place.slot - first_slot);
                part.places.push((shape.n_sums, n_sums));
            }
            starts.push(shape.n_sums);
            shape.n_sums += n_sums;
        }
        let range = |&feature: &usize| {
            let column = bins.place(feature);
            let start = starts[columns.partition_point(|(other, _)| *other < column)];
            start..start + bins.n_codes(feature)
        };
        shape.ranges = features.iter().map(range).collect();
        shape
    }

    pub(crate) fn n_sums(&self) -> usize {
        self.n_sums
    }

    /// Where the sums of the column of the feature at a position stand.
    pub(crate) fn range(&self, position: usize) -> std::ops::Range<usize> {
        self.ranges[position].clone()
    }

    /// The histogram of some rows, which are shared out among the adders, one for each thread, if they are many.
    pub(crate) fn add_up<M: Mode>(
        &self,
        cells: &Cells,
        entries: &[Entry<M::Row>],
        histogram: &mut [M::Sum],
        adders: &mut [Adder<M>],
        crew: &Crew,
    ) {
        histogram.fill(M::Sum::default());
        if entries.len() < FEW_ROWS {
            let parts = self.parts.iter();
            return parts.for_each(|part| part.add_few::<M>(&cells.groups[part.group], entries, histogram));
        }
        let n_cells = entries.len() * self.n_columns;
        let n_used = if n_cells < PARALLEL_CELLS { 1 } else { adders.len() };
        let add = |(entries, adder): (&[Entry<M::Row>], &mut Adder<M>)| {
            let blocks = entries.chunks(BLOCK_ROWS);
            blocks.for_each(|block| adder.add(self, cells, block));
        };
        let adders = &mut adders[..n_used];
        let shares = entries.chunks(entries.len().div_ceil(n_used)).zip(&mut *adders);
        crew.each(shares, |_, share| add(share));
        adders.iter_mut().for_each(|adder| adder.finish(self, histogram));
    }
}

/// Adds rows up, block by block; one after another may use it.
pub(crate) struct Adder<M: Mode> {
    /// Per tile and column a cell for each bin: 16 KiB for eight packed columns. Zero between uses.
    cells: Vec<[[M::Cell; 256]; TILE]>,
    /// The rows that the cells have taken up.
    n_rows: usize,
    /// What was poured out of full cells.
    sums: Vec<M::Sum>,
}

impl<M: Mode> Adder<M> {
    pub(crate) fn new() -> Adder<M> {
        Adder {
            cells: vec![],
            n_rows: 0,
            sums: vec![],
        }
    }

    /// Adds up to [`BLOCK_ROWS`] rows.
    fn add(&mut self, shape: &Shape, table: &Cells, entries: &[Entry<M::Row>]) {
        if self.cells.len() < shape.parts.len() {
            let zero = [[M::Cell::default(); 256]; TILE];
            self.cells.resize(shape.parts.len(), zero);
        }
        if CELL_ROWS < self.n_rows + entries.len() {
            self.sums.resize(shape.n_sums(), M::Sum::default());
            pour_out::<M>(shape, &mut self.cells, &mut self.sums);
            self.n_rows = 0;
        }
        self.n_rows += entries.len();
        for (part, cells) in shape.parts.iter().zip(&mut self.cells) {
            part.add::<M>(&table.groups[part.group], entries, cells);
        }
    }

    /// Adds everything to a histogram.
    fn finish(&mut self, shape: &Shape, histogram: &mut [M::Sum]) {
        pour_out::<M>(shape, &mut self.cells, histogram);
        self.n_rows = 0;
        let sums = histogram.iter_mut().zip(self.sums.drain(..));
        sums.for_each(|(sum, other)| sum.add(other));
    }
}

/// Adds the cells to a histogram and leaves zeros.
fn pour_out<M: Mode>(shape: &Shape, cells: &mut [[[M::Cell; 256]; TILE]], histogram: &mut [M::Sum]) {
    for (part, cells) in shape.parts.iter().zip(cells) {
        for (&(start, n_sums), cells) in part.places.iter().zip(cells) {
            let sums = &mut histogram[start..start + n_sums];
            for (sum, cell) in sums.iter_mut().zip(cells) {
                M::pour(std::mem::take(cell), sum);
            }
        }
    }
}

impl Part {
    fn add<M: Mode>(&self, group: &Group, entries: &[Entry<M::Row>], cells: &mut [[M::Cell; 256]; TILE]) {
        match self.places.len() {
            1 => self.add_many::<M, 1>(group, entries, cells),
            2 => self.add_many::<M, 2>(group, entries, cells),
            3 => self.add_many::<M, 3>(group, entries, cells),
            4 => self.add_many::<M, 4>(group, entries, cells),
            5 => self.add_many::<M, 5>(group, entries, cells),
            6 => self.add_many::<M, 6>(group, entries, cells),
            7 => self.add_many::<M, 7>(group, entries, cells),
            _ => self.add_many::<M, TILE>(group, entries, cells),
        }
    }

    fn add_many<M: Mode, const N: usize>(
        &self,
        group: &Group,
        entries: &[Entry<M::Row>],
        cells: &mut [[M::Cell; 256]; TILE],
    ) {
        let is_far = group.is_far();
        for (position, entry) in entries.iter().enumerate() {
            if is_far && let Some(later) = entries.get(position + AHEAD) {
                group.prefetch(later.row);
            }
            // One load for the tile: what is shifted out of a register is not waited for.
            let bins = u64::from_le_bytes(*group.tile(entry.row, self.first_slot));
            let derivatives = M::widen(entry.derivatives);
            for (slot, cells) in cells.iter_mut().enumerate().take(N) {
                M::add(&mut cells[(bins >> (8 * slot)) as usize & 255], derivatives);
            }
        }
    }

    fn add_few<M: Mode>(&self, group: &Group, entries: &[Entry<M::Row>], histogram: &mut [M::Sum]) {
        for entry in entries {
            let row = group.tile(entry.row, self.first_slot);
            let mut sum = M::Sum::default();
            M::pour(M::widen(entry.derivatives), &mut sum);
            for (bin, &(start, _)) in row.iter().zip(&self.places) {
                histogram[start + usize::from(*bin)].add(sum);
            }
        }
    }
}

/// Takes a part away from the whole: what is left is the histogram of the other rows.
pub(crate) fn take_away<S: Sum>(whole: &mut [S], part: &[S]) {
    whole
        .iter_mut()
        .zip(part)
        .for_each(|(whole, part)| *whole = whole.minus(*part));
}
