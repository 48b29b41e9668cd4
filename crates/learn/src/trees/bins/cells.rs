//! The cells of a table in bins, a byte each.
//!
//! They stand column after column within blocks of rows: this is how they are filled, how rows are parted and how trees
//! are gone through, by one column of many rows. Where histograms are added up they also stand row after row, in groups
//! of up to 64 columns, so that a row of a group is one line of the cache.

use prepare::FeatureColumn;
use rayon::prelude::*;

use super::super::gradient::BLOCK;
use super::super::prefetch::prefetch;
use super::BinKind;
use crate::crew::Crew;

/// The columns of a tile: the histograms of so many fit the first-level cache together.
pub(crate) const TILE: usize = 8;

/// The columns of a group at most, and the bytes of a line of the cache.
const GROUP: usize = 64;

/// The cells of some rows and columns.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) n_rows: usize,
    /// The same cells row after row; none if not asked for.
    pub(crate) groups: Vec<Group>,
    /// Where each column of the table stands; at the start for those that these cells are without.
    places: Vec<usize>,
    n_columns: usize,
    /// `(n_blocks, n_columns, BLOCK)`.
    by_column: Vec<u8>,
}

/// One column of all rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<'a> {
    by_column: &'a [u8],
    /// Where the column starts in a block, and how long blocks are.
    start: usize,
    block: usize,
}

/// Where a column stands among those of its row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) group: usize,
    /// Where in each row of the group.
    pub(crate) slot: usize,
}

/// The cells of some neighbouring columns, row after row.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The bytes of a row, a multiple of [`TILE`].
    stride: usize,
    /// Where the first row starts, so that rows do not lie across lines more often than they must.
    first: usize,
    /// The bins, `(n_rows, stride)` from `first` on.
    cells: Vec<u8>,
}

/// The cells of a block of rows.
struct Block<'a> {
    /// `(n_columns, BLOCK)`.
    by_column: &'a mut [u8],
    /// Per group the bytes of a row, and the rows.
    by_row: Vec<(usize, &'a mut [u8])>,
}

impl Cells {
    /// Room for so many columns of so many rows.
    pub(super) fn with_room(n_rows: usize, n_columns: usize) -> Cells {
        let mut cells = Cells::default();
        cells.make_room(n_rows, 0..n_columns, n_columns);
        cells
    }

    /// Puts rows into the bins of some features, a column each, the first row at `first`.
    pub(super) fn fill(&mut self, first: usize, n_rows: usize, columns: &[(&FeatureColumn, &BinKind)]) {
        let blocks = self.by_column.par_chunks_mut((BLOCK * self.n_columns).max(1));
        blocks.enumerate().for_each(|(number, block)| {
            let start = (number * BLOCK).max(first);
            let end = ((number + 1) * BLOCK).min(first + n_rows);
            if end <= start {
                return;
            }
            let here = start - number * BLOCK..end - number * BLOCK;
            for (out, (values, kind)) in block.chunks_exact_mut(BLOCK).zip(columns) {
                kind.fill(values, start - first, out[here.clone()].iter_mut());
            }
        });
    }

    /// Puts into each row of a column what is made of it and of the row's cell in another.
    pub(super) fn set(&mut self, column: usize, other: usize, make: impl Fn(u8, u8) -> u8) {
        for block in self.by_column.chunks_mut(self.n_columns * BLOCK) {
            for row in 0..BLOCK {
                let place = column * BLOCK + row;
                block[place] = make(block[place], block[other * BLOCK + row]);
            }
        }
    }

    /// Keeps some columns, which ascend, and closes up.
    pub(super) fn keep(&mut self, columns: &[usize]) {
        let n_blocks = self.n_rows.div_ceil(BLOCK);
        for number in 0..n_blocks {
            for (place, &column) in columns.iter().enumerate() {
                let from = (number * self.n_columns + column) * BLOCK;
                let to = (number * columns.len() + place) * BLOCK;
                self.by_column.copy_within(from..from + BLOCK, to);
            }
        }
        self.by_column.truncate(n_blocks * columns.len() * BLOCK);
        self.by_column.shrink_to_fit();
        self.n_columns = columns.len();
        self.places = (0..columns.len()).collect();
    }

    /// Takes some rows, which ascend, of some columns of a table of `n_columns`, which ascend too, and lets them also stand
    /// row after row. Row numbers are then positions among `rows`.
    pub(crate) fn take(
        &mut self,
        columns: &[(usize, Column<'_>)],
        n_columns: usize,
        rows: &[u32],
        crew: &Crew,
    ) {
        self.make_room(rows.len(), columns.iter().map(|(column, _)| *column), n_columns);
        self.make_rows();
        let blocks = self.blocks().into_iter().zip(rows.chunks(BLOCK));
        crew.each(blocks, |_, (mut block, rows)| {
            give(columns, rows, block.by_column);
            block.turn(rows.len());
        });
    }

    /// Lets the cells stand row after row too.
    pub(crate) fn stand_by_row(&mut self, crew: &Crew) {
        self.make_rows();
        let n_rows = self.n_rows;
        crew.each(self.blocks().into_iter().enumerate(), |_, (number, mut block)| {
            block.turn(BLOCK.min(n_rows - number * BLOCK));
        });
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// A column.
    pub(crate) fn column(&self, column: usize) -> Column<'_> {
        Column {
            by_column: &self.by_column,
            start: self.places[column] * BLOCK,
            block: self.n_columns * BLOCK,
        }
    }

    /// Where a column stands among those of its row.
    pub(crate) fn place(&self, column: usize) -> Place {
        Place {
            group: self.places[column] / GROUP,
            slot: self.places[column] % GROUP,
        }
    }

    fn make_room(&mut self, n_rows: usize, columns: impl Iterator<Item = usize>, n_columns: usize) {
        self.n_rows = n_rows;
        self.places.clear();
        self.places.resize(n_columns, 0);
        self.n_columns = 0;
        for column in columns {
            self.places[column] = self.n_columns;
            self.n_columns += 1;
        }
        let n_blocks = n_rows.div_ceil(BLOCK);
        self.by_column.resize(n_blocks * BLOCK * self.n_columns, 0);
    }

    fn make_rows(&mut self) {
        let n_groups = self.n_columns.div_ceil(GROUP);
        self.groups.resize_with(n_groups, Group::default);
        for (number, group) in self.groups.iter_mut().enumerate() {
            group.make_room(self.n_rows, GROUP.min(self.n_columns - number * GROUP));
        }
    }

    fn blocks(&mut self) -> Vec<Block<'_>> {
        let by_column = self.by_column.chunks_mut((BLOCK * self.n_columns).max(1));
        let mut blocks: Vec<Block<'_>> = by_column
            .map(|by_column| Block {
                by_column,
                by_row: vec![],
            })
            .collect();
        for group in &mut self.groups {
            let stride = group.stride;
            let rows = group.rows_mut(self.n_rows).chunks_mut(BLOCK * stride);
            let places = blocks.iter_mut().zip(rows);
            places.for_each(|(block, rows)| block.by_row.push((stride, rows)));
        }
        blocks
    }
}

/// Copies a block's worth of rows of some columns to the front of `out`'s.
fn give(columns: &[(usize, Column<'_>)], rows: &[u32], out: &mut [u8]) {
    let mut within = [0u16; BLOCK];
    let places = within.iter_mut().zip(rows);
    places.for_each(|(within, row)| *within = (*row as usize % BLOCK) as u16);
    let mut start = 0;
    while start < rows.len() {
        let number = rows[start] as usize / BLOCK;
        let n_here = rows[start..].partition_point(|&row| row as usize / BLOCK == number);
        for (out, (_, column)) in out.chunks_exact_mut(BLOCK).zip(columns) {
            let column: &[u8; BLOCK] = column.bins(number * BLOCK);
            let places = out[start..start + n_here].iter_mut().zip(&within[start..]);
            places.for_each(|(out, &within)| *out = column[usize::from(within) % BLOCK]);
        }
        start += n_here;
    }
}

impl<'a> Column<'a> {
    /// A column that stands alone, in whole blocks.
    pub(super) fn alone(by_column: &'a [u8]) -> Column<'a> {
        Column {
            by_column,
            start: 0,
            block: BLOCK,
        }
    }

    /// The bin of a row.
    #[inline(always)]
    pub(crate) fn bin(&self, row: u32) -> u8 {
        let row = row as usize;
        self.by_column[row / BLOCK * self.block + self.start + row % BLOCK]
    }

    /// The bins of the rows from `first` on, all in one block; of no meaning behind the last row.
    #[inline(always)]
    pub(crate) fn bins<const N: usize>(&self, first: usize) -> &'a [u8; N] {
        let start = first / BLOCK * self.block + self.start + first % BLOCK;
        self.by_column[start..].first_chunk().expect("blocks are whole")
    }
}

impl Block<'_> {
    /// Writes the first rows one after the other.
    fn turn(&mut self, n_rows: usize) {
        let groups = self.by_column.chunks(GROUP * BLOCK).zip(&mut self.by_row);
        for (by_column, (stride, rows)) in groups {
            for (tile, by_column) in by_column.chunks(TILE * BLOCK).enumerate() {
                for first in (0..n_rows).step_by(8) {
                    let mut square = [0; 8];
                    let columns = by_column.chunks_exact(BLOCK);
                    for (bins, column) in square.iter_mut().zip(columns) {
                        let bytes = column[first..].first_chunk().expect("blocks are whole");
                        *bins = u64::from_le_bytes(*bytes);
                    }
                    transpose(&mut square);
                    let rows = rows[first * *stride..].chunks_exact_mut(*stride);
                    for (out, bins) in rows.zip(square) {
                        out[tile * TILE..][..TILE].copy_from_slice(&bins.to_le_bytes());
                    }
                }
            }
        }
    }
}

/// Turns a square of eight times eight bytes: first its quarters, then theirs, then the bytes.
#[inline(always)]
fn transpose(square: &mut [u64; 8]) {
    const STEPS: [(usize, u64); 3] = [
        (4, 0x0000_0000_ffff_ffff),
        (2, 0x0000_ffff_0000_ffff),
        (1, 0x00ff_00ff_00ff_00ff),
    ];
    for (step, low) in STEPS {
        for row in (0..8).filter(|row| row & step == 0) {
            let change = ((square[row] >> (8 * step)) ^ square[row + step]) & low;
            square[row + step] ^= change;
            square[row] ^= change << (8 * step);
        }
    }
}

impl Group {
    fn make_room(&mut self, n_rows: usize, n_columns: usize) {
        self.stride = n_columns.next_multiple_of(TILE);
        // Room to start on a line.
        self.cells.resize(n_rows * self.stride + GROUP, 0);
        self.first = self.cells.as_ptr().align_offset(GROUP).min(GROUP);
    }

    fn rows_mut(&mut self, n_rows: usize) -> &mut [u8] {
        &mut self.cells[self.first..][..n_rows * self.stride]
    }

    /// The bins of a row in the tile that starts at a slot.
    #[inline(always)]
    pub(crate) fn tile(&self, row: u32, slot: usize) -> &[u8; TILE] {
        let start = self.first + row as usize * self.stride + slot;
        self.cells[start..].first_chunk().expect("rows are whole tiles")
    }

    /// Whether rows are likely to be outside the second-level cache, so that asking for them early pays.
    pub(crate) fn is_far(&self) -> bool {
        1 << 20 < self.cells.len()
    }

    /// Asks for a row to be fetched, because it is needed soon.
    #[inline(always)]
    pub(crate) fn prefetch(&self, row: u32) {
        prefetch(&self.cells, self.first + row as usize * self.stride);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::Features;

    use super::super::{Bins, Rules};
    use super::*;
    use crate::weights::Weights;

    #[test]
    fn what_is_taken_is_what_was_there() {
        let column = |feature: u32| FeatureColumn::Category {
            codes: (0..9000).map(|row| (row * (feature + 3)) % 200).collect(),
            n_levels: 200,
        };
        let features = Features {
            n_rows: 9000,
            columns: (0..150).map(column).collect(),
        };
        let all: Vec<usize> = (0..9000).collect();
        let weights = Weights::new(None, 9000).unwrap();
        let bins = Bins::new(&features, &weights, &all, &Rules::plain(255));
        let bins = bins.view();
        let mut taken = Cells::default();
        let some = |step: usize| (0..150).step_by(step).collect::<Vec<_>>();
        for (rows, features) in [(1, some(1)), (3, some(7)), (7, some(2)), (1, vec![149])] {
            let rows: Vec<u32> = (0..9000).step_by(rows).collect();
            bins.take(&mut taken, &rows, &features, &Crew::new(2).unwrap());
            assert_eq!(taken.n_rows, rows.len());
            for &feature in &features {
                let (column, from) = (taken.column(feature), bins.cells(feature));
                let Place { group, slot } = taken.place(feature);
                for (position, &row) in (0..).zip(&rows) {
                    let tile = taken.groups[group].tile(position, slot / TILE * TILE);
                    let found = (column.bin(position), tile[slot % TILE]);
                    assert_eq!(found, (from.bin(row), from.bin(row)));
                }
            }
        }
    }
}
