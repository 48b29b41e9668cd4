//! The rows of a node parted by a split, and those of the smaller side added up on the way.

use rayon::prelude::*;

use super::bins::{BinSet, Cells, Column};
use super::gradient::Mode;
use super::histogram::{Adder, BLOCK_ROWS, Entry, Shape};

/// Which rows go left.
pub(crate) struct Rule<'a> {
    cells: &'a Cells,
    column: Column<'a>,
    goes_left: [bool; 256],
}

/// What is added up while rows are parted.
pub(crate) struct Wanted<'a, M: Mode> {
    pub(crate) shape: &'a Shape,
    /// Whether it is the left side's rows.
    pub(crate) left: bool,
    pub(crate) histogram: &'a mut [M::Sum],
}

/// What one thread parts, and the room for it.
type Share<'e, R> = (&'e [Entry<R>], &'e mut [Entry<R>]);

/// Parts `entries` in place and returns how many went left. `room` is as long as `entries`.
///
/// While a block's bins are in the cache, the rows of the side that is wanted are added up too. The order on either
/// side depends on the rows alone, not on threads; nothing depends on it.
pub(crate) fn partition<M: Mode>(
    entries: &mut [Entry<M::Row>],
    room: &mut [Entry<M::Row>],
    rule: &Rule<'_>,
    wanted: Option<Wanted<'_, M>>,
) -> usize {
    if entries.len() < 2 * BLOCK_ROWS {
        let n_left = rule.part(entries, room);
        entries.copy_from_slice(room);
        if let Some(wanted) = wanted {
            let side = if wanted.left {
                &entries[..n_left]
            } else {
                &entries[n_left..]
            };
            wanted.shape.add_up::<M>(rule.cells, side, wanted.histogram);
        }
        return n_left;
    }
    let n_threads = match &wanted {
        Some(wanted) => wanted.shape.n_threads(entries.len()),
        None => rayon::current_num_threads(),
    };
    let per_thread = entries.len().div_ceil(n_threads).next_multiple_of(BLOCK_ROWS);
    let side = wanted.as_ref().map(|wanted| (wanted.shape, wanted.left));
    let work = |(entries, room): Share<'_, M::Row>| part_blocks::<M>(entries, room, rule, side);
    let parts: Vec<(Vec<usize>, Option<Adder<'_, M>>)> = entries
        .par_chunks(per_thread)
        .zip(room.par_chunks_mut(per_thread))
        .map(work)
        .collect();
    let mut n_left = Vec::with_capacity(entries.len().div_ceil(BLOCK_ROWS));
    let mut adders = vec![];
    for (of_blocks, adder) in parts {
        n_left.extend(of_blocks);
        adders.extend(adder);
    }
    if let Some(wanted) = wanted {
        adders
            .into_iter()
            .for_each(|adder| adder.finish(wanted.histogram));
    }
    bring_together(room, entries, &n_left)
}

/// Parts each block into `room`; how many of each went left, and what was added up.
fn part_blocks<'a, M: Mode>(
    entries: &[Entry<M::Row>],
    room: &mut [Entry<M::Row>],
    rule: &Rule<'_>,
    side: Option<(&'a Shape, bool)>,
) -> (Vec<usize>, Option<Adder<'a, M>>) {
    let mut adder = side.map(|(shape, left)| (Adder::new(shape), left));
    let blocks = entries.chunks(BLOCK_ROWS).zip(room.chunks_mut(BLOCK_ROWS));
    let n_left = blocks
        .map(|(entries, room)| {
            let n_left = rule.part(entries, room);
            if let Some((adder, left)) = &mut adder {
                let wanted = if *left { &room[..n_left] } else { &room[n_left..] };
                adder.add(rule.cells, wanted);
            }
            n_left
        })
        .collect();
    (n_left, adder.map(|(adder, _)| adder))
}

impl<'a> Rule<'a> {
    pub(crate) fn new(cells: &'a Cells, feature: usize, left_bins: &BinSet) -> Rule<'a> {
        Rule {
            cells,
            column: cells.column(feature),
            goes_left: std::array::from_fn(|bin| left_bins.contains(bin)),
        }
    }

    /// The cells must stand feature after feature too. Left rows to the front of `out` in order, right rows to its end in reverse.
    pub(crate) fn part<R: Copy>(&self, entries: &[Entry<R>], out: &mut [Entry<R>]) -> usize {
        let out = &mut out[..entries.len()];
        let (mut n_left, mut n_right) = (0, 0);
        for &entry in entries {
            let is_left = usize::from(self.goes_left[usize::from(self.column.bin(entry.row))]);
            // Written to both ends and kept at one: a branch would be guessed wrongly half of the time.
            out[n_left] = entry;
            out[entries.len() - 1 - n_right] = entry;
            n_left += is_left;
            n_right += 1 - is_left;
        }
        n_left
    }
}

/// Joins the left and right parts of the blocks.
fn bring_together<R: Copy + Send + Sync>(
    blocks: &[Entry<R>],
    out: &mut [Entry<R>],
    n_left: &[usize],
) -> usize {
    let total_left: usize = n_left.iter().sum();
    let (mut left, mut right) = out.split_at_mut(total_left);
    let mut copies = Vec::with_capacity(2 * n_left.len());
    for (block, &n_left) in blocks.chunks(BLOCK_ROWS).zip(n_left) {
        let (block_left, block_right) = block.split_at(n_left);
        let (to_left, rest_left) = left.split_at_mut(block_left.len());
        let (to_right, rest_right) = right.split_at_mut(block_right.len());
        copies.push((block_left, to_left));
        copies.push((block_right, to_right));
        (left, right) = (rest_left, rest_right);
    }
    copies
        .into_par_iter()
        .with_min_len(8)
        .for_each(|(from, to)| to.copy_from_slice(from));
    total_left
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::{FeatureColumn, Features};

    use super::super::bins::Bins;
    use super::super::gradient::Packed;
    use super::*;
    use crate::weights::Weights;

    #[test]
    fn every_row_goes_to_its_side_and_is_added_up_once() {
        for n in [0, 1, 100, 1000, 20 * BLOCK_ROWS + 17] {
            let codes: Vec<u32> = (0..n).map(|i| (i * i % 7) as u32).collect();
            let column = FeatureColumn::Category {
                codes: codes.clone(),
                n_levels: 7,
            };
            let features = Features {
                n_rows: n,
                columns: vec![column; 11],
            };
            let rows: Vec<usize> = (0..n).collect();
            let mut bins = Bins::new(&features, &Weights::new(None, n).unwrap(), &rows, 255);
            bins.cells.stand_by_feature();
            let mut left_bins = BinSet::default();
            left_bins.insert(2);
            let entry = |row| Entry {
                row,
                derivatives: row,
            };
            let all: Vec<usize> = (0..11).collect();
            let shape = Shape::new(&bins, &bins.cells, &all);
            for left in [false, true] {
                let mut entries: Vec<_> = (0..n as u32).map(entry).collect();
                let mut room = entries.clone();
                let mut found = vec![Default::default(); shape.n_sums()];
                let rule = Rule::new(&bins.cells, 9, &left_bins);
                let wanted = Wanted {
                    shape: &shape,
                    left,
                    histogram: &mut found,
                };
                let n_left = partition::<Packed>(&mut entries, &mut room, &rule, Some(wanted));
                let (left_rows, right_rows) = entries.split_at(n_left);
                assert!(left_rows.iter().all(|entry| codes[entry.row as usize] == 2));
                let mut expected = found.clone();
                shape.add_up::<Packed>(
                    &bins.cells,
                    if left { left_rows } else { right_rows },
                    &mut expected,
                );
                assert!(found == expected);
                entries.sort_unstable_by_key(|entry| entry.row);
                let is_whole =
                    |(entry, row): (&Entry<u32>, u32)| entry.row == row && entry.derivatives == row;
                assert!(entries.iter().zip(0..).all(is_whole));
            }
        }
    }
}
