//! The rows of a node parted by a split, each side keeping its order.

use rayon::prelude::*;

use super::bins::{BinColumn, BinSet};
use super::gradient::BLOCK;

/// Parts `rows` in place and returns how many went left. `room` is as long as `rows`.
pub(super) fn partition(rows: &mut [u32], room: &mut [u32], column: &BinColumn, left_bins: &BinSet) -> usize {
    let goes_left: [bool; 256] = std::array::from_fn(|bin| left_bins.contains(bin));
    let goes_left = |row: u32| goes_left[usize::from(column.bins[row as usize])];
    if rows.len() < 4 * BLOCK {
        return partition_block(rows, room, &goes_left);
    }
    let n_left: Vec<usize> = rows
        .par_chunks_mut(BLOCK)
        .zip(room.par_chunks_mut(BLOCK))
        .map(|(rows, room)| partition_block(rows, room, &goes_left))
        .collect();
    bring_together(rows, room, &n_left)
}

/// Left rows to the front, right rows after them, both in order.
fn partition_block(rows: &mut [u32], room: &mut [u32], goes_left: &impl Fn(u32) -> bool) -> usize {
    let (mut n_left, mut n_right) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let left = goes_left(row);
        // Both are written and one is kept: a branch would be guessed wrongly half of the time.
        rows[n_left] = row;
        room[n_right] = row;
        n_left += usize::from(left);
        n_right += usize::from(!left);
    }
    rows[n_left..].copy_from_slice(&room[..n_right]);
    n_left
}

/// Joins the left and right parts of the blocks.
fn bring_together(rows: &mut [u32], room: &mut [u32], n_left: &[usize]) -> usize {
    let total_left: usize = n_left.iter().sum();
    let (mut left, mut right) = room.split_at_mut(total_left);
    for (block, &n_left) in rows.chunks(BLOCK).zip(n_left) {
        let (block_left, block_right) = block.split_at(n_left);
        let (to_left, rest_left) = left.split_at_mut(block_left.len());
        let (to_right, rest_right) = right.split_at_mut(block_right.len());
        to_left.copy_from_slice(block_left);
        to_right.copy_from_slice(block_right);
        (left, right) = (rest_left, rest_right);
    }
    rows.copy_from_slice(room);
    total_left
}

#[cfg(test)]
mod tests {
    use super::super::bins::BinKind;
    use super::*;

    #[test]
    fn both_sides_keep_their_order_in_blocks_too() {
        for n in [0, 1, 100, 5 * BLOCK + 17] {
            let bins: Vec<u8> = (0..n).map(|i| (i * i % 7) as u8).collect();
            let column = BinColumn {
                bins,
                n_bins: 7,
                kind: BinKind::Category { levels: vec![] },
            };
            let mut left_bins = BinSet::default();
            left_bins.insert(2);
            let mut rows: Vec<u32> = (0..n as u32).collect();
            let n_left = partition(&mut rows, &mut vec![0; n], &column, &left_bins);
            assert!(rows[..n_left].iter().all(|&row| column.bins[row as usize] == 2));
            assert!(rows[..n_left].is_sorted() && rows[n_left..].is_sorted());
            rows.sort_unstable();
            assert!(rows.iter().copied().eq(0..n as u32));
        }
    }
}
