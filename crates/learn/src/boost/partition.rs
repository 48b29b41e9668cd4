//! The rows of a node parted by a split.

use rayon::prelude::*;

use super::bins::{BinColumn, BinSet, Bins};
use super::gradient::Mode;
use super::histogram::Entry;

/// Rows that a thread parts at a time.
const BLOCK: usize = 1 << 14;

/// Parts `entries` in place and returns how many went left. `room` is as long as `entries`.
///
/// The order on either side depends on the rows alone, not on threads; nothing depends on it.
pub(super) fn partition<M: Mode>(
    entries: &mut [Entry<M>],
    room: &mut [Entry<M>],
    bins: &Bins,
    column: &BinColumn,
    left_bins: &BinSet,
) -> usize {
    let goes_left: [bool; 256] = std::array::from_fn(|bin| left_bins.contains(bin));
    let goes_left = |row: u32| goes_left[bins.bin(column, row as usize) & 255];
    if entries.len() < 2 * BLOCK {
        let n_left = part_block(entries, room, &goes_left);
        entries.copy_from_slice(room);
        return n_left;
    }
    let n_left: Vec<usize> = entries
        .par_chunks(BLOCK)
        .zip(room.par_chunks_mut(BLOCK))
        .map(|(entries, room)| part_block(entries, room, &goes_left))
        .collect();
    bring_together(room, entries, &n_left)
}

/// Left rows to the front of `out` in order, right rows to its end in reverse.
fn part_block<M: Mode>(
    entries: &[Entry<M>],
    out: &mut [Entry<M>],
    goes_left: &impl Fn(u32) -> bool,
) -> usize {
    let mut n_left = 0;
    let n = entries.len();
    for (done, &entry) in entries.iter().enumerate() {
        let left = goes_left(entry.row);
        // One place is written either way and chosen without a branch, which would be guessed wrongly half of the time.
        let place = if left { n_left } else { n - 1 - (done - n_left) };
        out[place] = entry;
        n_left += usize::from(left);
    }
    n_left
}

/// Joins the left and right parts of the blocks.
fn bring_together<M: Mode>(blocks: &[Entry<M>], out: &mut [Entry<M>], n_left: &[usize]) -> usize {
    let total_left: usize = n_left.iter().sum();
    let (mut left, mut right) = out.split_at_mut(total_left);
    let mut copies = Vec::with_capacity(2 * n_left.len());
    for (block, &n_left) in blocks.chunks(BLOCK).zip(n_left) {
        let (block_left, block_right) = block.split_at(n_left);
        let (to_left, rest_left) = left.split_at_mut(block_left.len());
        let (to_right, rest_right) = right.split_at_mut(block_right.len());
        copies.push((block_left, to_left));
        copies.push((block_right, to_right));
        (left, right) = (rest_left, rest_right);
    }
    copies
        .into_par_iter()
        .for_each(|(from, to)| to.copy_from_slice(from));
    total_left
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::{FeatureColumn, Features};

    use super::super::gradient::Packed;
    use super::*;
    use crate::weights::Weights;

    #[test]
    fn every_row_goes_to_its_side() {
        for n in [0, 1, 100, 5 * BLOCK + 17] {
            let codes: Vec<u32> = (0..n).map(|i| (i * i % 7) as u32).collect();
            let features = Features {
                n_rows: n,
                columns: vec![FeatureColumn::Category {
                    codes: codes.clone(),
                    n_levels: 7,
                }],
            };
            let rows: Vec<usize> = (0..n).collect();
            let bins = Bins::new(&features, &Weights::new(None, n).unwrap(), &rows, 255);
            let mut left_bins = BinSet::default();
            left_bins.insert(2);
            let entry = |row| Entry::<Packed> { row, derivatives: row };
            let mut entries: Vec<_> = (0..n as u32).map(entry).collect();
            let mut room = entries.clone();
            let n_left = partition(&mut entries, &mut room, &bins, &bins.columns[0], &left_bins);
            assert!(
                entries[..n_left]
                    .iter()
                    .all(|entry| codes[entry.row as usize] == 2)
            );
            entries.sort_unstable_by_key(|entry| entry.row);
            assert!(
                entries
                    .iter()
                    .zip(0..)
                    .all(|(entry, row)| entry.row == row && entry.derivatives == row)
            );
        }
    }
}
