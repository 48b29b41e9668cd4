//! The cells of a table in bins, a byte each.
//!
//! They stand row after row in groups of up to 64 features, so that a row of a group is one line of the cache: this is how
//! they are added up. Where trees are grown they also stand feature after feature: this is how rows are parted, by one
//! feature of many rows.

use prepare::Features;
use rayon::prelude::*;

use super::super::gradient::BLOCK;
use super::super::prefetch::prefetch;
use super::BinColumn;

/// The features of a tile: the histograms of so many fit the first-level cache together.
pub(crate) const TILE: usize = 8;

/// The features of a group at most, and the bytes of a line of the cache.
const GROUP: usize = 64;

/// The cells of some rows and features.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) n_rows: usize,
    pub(crate) groups: Vec<Group>,
    /// Where each feature of the table stands; at the start for those that these cells are without.
    places: Vec<Place>,
    n_features: usize,
    /// Feature after feature within blocks of [`BLOCK`] rows, `(n_blocks, n_features, BLOCK)`; empty if not asked for.
    by_feature: Vec<u8>,
}

/// One feature of all rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<'a> {
    by_feature: &'a [u8],
    /// Where the feature starts in a block, and how long blocks are.
    start: usize,
    block: usize,
}

/// Where a feature stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) group: usize,
    /// Where in each row of the group.
    pub(crate) slot: usize,
}

/// The cells of some neighbouring features.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The bytes of a row, a multiple of [`TILE`].
    stride: usize,
    /// Where the first row starts, so that rows do not lie across lines more often than they must.
    first: usize,
    /// The bins, `(n_rows, stride)` from `first` on.
    cells: Vec<u8>,
}

impl Cells {
    /// Room for all features of so many rows.
    pub(super) fn with_room(n_rows: usize, n_features: usize) -> Cells {
        let mut cells = Cells::default();
        let all: Vec<usize> = (0..n_features).collect();
        cells.make_room(n_rows, &all, n_features);
        cells
    }

    /// Puts rows into their bins, the first of them at this row.
    pub(super) fn fill(&mut self, first: usize, features: &Features, columns: &[BinColumn]) {
        let all: Vec<usize> = (0..columns.len()).collect();
        for (group, of_group) in self.groups.iter_mut().zip(all.chunks(GROUP)) {
            group.fill(first, features, columns, of_group);
        }
    }

    /// Takes some rows and features, which ascend, of other cells; row numbers are then positions among `rows`.
    pub(crate) fn take(&mut self, from: &Cells, rows: &[u32], features: &[usize]) {
        self.make_room(rows.len(), features, from.places.len());
        for (group, features) in self.groups.iter_mut().zip(features.chunks(GROUP)) {
            let places: Vec<Place> = features.iter().map(|&feature| from.place(feature)).collect();
            group.take(from, rows, &places);
        }
        self.stand_by_feature();
    }

    /// Lets the cells stand feature after feature too.
    pub(crate) fn stand_by_feature(&mut self) {
        let block = BLOCK * self.n_features;
        self.by_feature.resize(self.n_rows.div_ceil(BLOCK) * block, 0);
        let groups = &self.groups;
        let blocks = self.by_feature.par_chunks_mut(block.max(1)).enumerate();
        blocks.for_each(|(number, out)| {
            let rows = number * BLOCK..((number + 1) * BLOCK).min(self.n_rows);
            for (group, out) in groups.iter().zip(out.chunks_mut(GROUP * BLOCK)) {
                group.turn(rows.clone(), out);
            }
        });
    }

    /// A feature of cells that stand feature after feature.
    pub(crate) fn column(&self, feature: usize) -> Column<'_> {
        let Place { group, slot } = self.places[feature];
        Column {
            by_feature: &self.by_feature,
            start: (group * GROUP + slot) * BLOCK,
            block: self.n_features * BLOCK,
        }
    }

    fn make_room(&mut self, n_rows: usize, features: &[usize], n_features: usize) {
        self.n_rows = n_rows;
        self.n_features = features.len();
        self.places.clear();
        self.places.resize(n_features, Place::default());
        for (position, &feature) in features.iter().enumerate() {
            self.places[feature] = Place {
                group: position / GROUP,
                slot: position % GROUP,
            };
        }
        self.groups
            .resize_with(features.len().div_ceil(GROUP), Group::default);
        for (group, features) in self.groups.iter_mut().zip(features.chunks(GROUP)) {
            group.make_room(n_rows, features.len());
        }
    }

    /// Where a feature stands.
    #[inline(always)]
    pub(crate) fn place(&self, feature: usize) -> Place {
        self.places[feature]
    }

    /// The bin of a row.
    #[inline(always)]
    pub(crate) fn bin(&self, place: Place, row: usize) -> u8 {
        let group = &self.groups[place.group];
        group.cells[group.first + row * group.stride + place.slot]
    }
}

impl Column<'_> {
    /// The bin of a row.
    #[inline(always)]
    pub(crate) fn bin(&self, row: u32) -> u8 {
        let row = row as usize;
        self.by_feature[row / BLOCK * self.block + self.start + row % BLOCK]
    }
}

impl Group {
    fn make_room(&mut self, n_rows: usize, n_features: usize) {
        self.stride = n_features.next_multiple_of(TILE);
        // Room to start on a line, and to look at the whole line of the last row.
        self.cells.resize(n_rows * self.stride + 2 * GROUP, 0);
        self.first = self.cells.as_ptr().align_offset(GROUP).min(GROUP);
    }

    fn rows_mut(&mut self, first: usize, n_rows: usize) -> &mut [u8] {
        &mut self.cells[self.first + first * self.stride..][..n_rows * self.stride]
    }

    fn fill(&mut self, first: usize, features: &Features, columns: &[BinColumn], of_group: &[usize]) {
        let stride = self.stride;
        let blocks = self
            .rows_mut(first, features.n_rows)
            .par_chunks_mut(BLOCK * stride);
        blocks.enumerate().for_each(|(block, cells)| {
            for (slot, &feature) in of_group.iter().enumerate() {
                let out = cells.iter_mut().skip(slot).step_by(stride);
                columns[feature]
                    .kind
                    .fill(&features.columns[feature], block * BLOCK, out);
            }
        });
    }

    fn take(&mut self, from: &Cells, rows: &[u32], places: &[Place]) {
        let stride = self.stride;
        let blocks = self.rows_mut(0, rows.len()).par_chunks_mut(BLOCK * stride);
        blocks.zip(rows.par_chunks(BLOCK)).for_each(|(cells, rows)| {
            // Group by group, because a row of a group is what is fetched.
            for (number, group) in from.groups.iter().enumerate() {
                let slots: Vec<(usize, usize)> = (places.iter().enumerate())
                    .filter(|(_, place)| place.group == number)
                    .map(|(to, place)| (to, place.slot))
                    .collect();
                if !slots.is_empty() {
                    group.give(rows, &slots, cells, stride);
                }
            }
        });
    }

    /// Copies slots of some rows to slots of others.
    fn give(&self, rows: &[u32], slots: &[(usize, usize)], out: &mut [u8], stride: usize) {
        let is_whole = stride == self.stride && slots.iter().all(|(to, from)| to == from);
        for (&row, out) in rows.iter().zip(out.chunks_exact_mut(stride)) {
            let cells = self.row(row);
            if is_whole {
                out.copy_from_slice(cells);
            } else {
                slots.iter().for_each(|&(to, from)| out[to] = cells[from]);
            }
        }
    }

    /// Writes the features of some rows one after the other, each [`BLOCK`] long.
    ///
    /// A line's worth of rows at a time: lines [`BLOCK`] apart share their places in the cache.
    fn turn(&self, rows: std::ops::Range<usize>, out: &mut [u8]) {
        for (position, first) in rows.clone().enumerate().step_by(GROUP) {
            let n = GROUP.min(rows.end - first);
            let bins = &self.cells[self.first + first * self.stride..][..n * self.stride];
            for (slot, out) in out.chunks_exact_mut(BLOCK).enumerate() {
                let of_feature = bins.iter().skip(slot).step_by(self.stride);
                let places = out[position..position + n].iter_mut().zip(of_feature);
                places.for_each(|(out, bin)| *out = *bin);
            }
        }
    }

    #[inline(always)]
    fn row(&self, row: u32) -> &[u8] {
        &self.cells[self.first + row as usize * self.stride..][..self.stride]
    }

    /// The bins of a row in the tile that starts at a slot.
    #[inline(always)]
    pub(crate) fn tile(&self, row: u32, slot: usize) -> &[u8; TILE] {
        let start = self.first + row as usize * self.stride + slot;
        self.cells[start..].first_chunk().expect("rows are whole tiles")
    }

    /// The bins of a row, and behind them those of rows after it.
    #[inline(always)]
    pub(crate) fn line(&self, row: usize) -> &[u8; GROUP] {
        let start = self.first + row * self.stride;
        self.cells[start..]
            .first_chunk()
            .expect("there is room behind the last row")
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
    use prepare::FeatureColumn;

    use super::super::Bins;
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
        let bins = Bins::new(&features, &Weights::new(None, 9000).unwrap(), &all, 255);
        let mut taken = Cells::default();
        let some = |step: usize| (0..150).step_by(step).collect::<Vec<_>>();
        for (rows, features) in [(1, some(1)), (3, some(7)), (7, some(2)), (1, vec![149])] {
            let rows: Vec<u32> = (0..9000).step_by(rows).collect();
            taken.take(&bins.cells, &rows, &features);
            assert_eq!(taken.n_rows, rows.len());
            for &feature in &features {
                let (to, from) = (taken.place(feature), bins.cells.place(feature));
                let same = |(position, &row): (usize, &u32)| {
                    taken.bin(to, position) == bins.cells.bin(from, row as usize)
                };
                assert!(rows.iter().enumerate().all(same));
                let column = taken.column(feature);
                let same = |position: usize| column.bin(position as u32) == taken.bin(to, position);
                assert!((0..rows.len()).all(same));
            }
        }
    }
}
