//! The rows of a node parted by a split.

use super::bins::{BinSet, Column};
use super::histogram::{BLOCK_ROWS, Entry};
use crate::crew::Crew;

/// Which rows go left.
pub(crate) struct Rule<'a> {
    column: Column<'a>,
    goes_left: [bool; 256],
}

/// What one thread parts, and the room for it.
type Share<'e, R> = (&'e [Entry<R>], &'e mut [Entry<R>]);

/// Parts `entries` in place and returns how many went left. `room` is as long as `entries`.
///
/// The order on either side depends on the rows alone, not on threads; nothing depends on it.
pub(crate) fn partition<R: Copy + Send + Sync>(
    entries: &mut [Entry<R>],
    room: &mut [Entry<R>],
    rule: &Rule<'_>,
    crew: &Crew,
) -> usize {
    if entries.len() < 2 * BLOCK_ROWS {
        let n_left = rule.part(entries, room);
        entries.copy_from_slice(room);
        return n_left;
    }
    let part_blocks = |(entries, room): Share<'_, R>| -> Vec<usize> {
        let blocks = entries.chunks(BLOCK_ROWS).zip(room.chunks_mut(BLOCK_ROWS));
        blocks.map(|(entries, room)| rule.part(entries, room)).collect()
    };
    let per_thread = entries
        .len()
        .div_ceil(crew.n_threads())
        .next_multiple_of(BLOCK_ROWS);
    let shares = entries.chunks(per_thread).zip(room.chunks_mut(per_thread));
    let n_left = crew.map(shares, |_, share| part_blocks(share)).concat();
    bring_together(room, entries, &n_left, crew)
}

impl<'a> Rule<'a> {
    /// The rows in the cells of a column that go left.
    pub(crate) fn new(column: Column<'a>, left: &BinSet) -> Rule<'a> {
        Rule {
            column,
            goes_left: std::array::from_fn(|bin| left.contains(bin)),
        }
    }

    /// Left rows to the front of `out` in order, right rows to its end in reverse.
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
    crew: &Crew,
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
    let per_thread = copies.len().div_ceil(crew.n_threads());
    crew.each(copies.chunks_mut(per_thread), |_, copies| {
        copies.iter_mut().for_each(|(from, to)| to.copy_from_slice(from));
    });
    total_left
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::{FeatureColumn, Features};

    use super::super::bins::{Bins, Rules};
    use super::super::gradient::Packed;
    use super::super::histogram::{Adder, Shape, take_away};
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
            let weights = Weights::new(None, n).unwrap();
            let mut bins = Bins::new(&features, &weights, &rows, &Rules::plain(255));
            if bins.columns.is_empty() {
                continue;
            }
            let crew = Crew::new(2).unwrap();
            bins.cells.stand_by_row(&crew);
            let mut left_bins = BinSet::default();
            left_bins.insert(2);
            let entry = |row| Entry {
                row,
                derivatives: row,
            };
            let all: Vec<usize> = (0..11).collect();
            let shape = Shape::new(bins.view(), &bins.cells, &all);
            let add_up = |entries: &[Entry<u32>], n_adders: usize| {
                let mut sums = vec![Default::default(); shape.n_sums()];
                let mut adders: Vec<Adder<Packed>> = (0..n_adders).map(|_| Adder::new()).collect();
                shape.add_up::<Packed>(&bins.cells, entries, &mut sums, &mut adders, &crew);
                // What was used once is as good as new.
                let mut again = sums.clone();
                shape.add_up::<Packed>(&bins.cells, entries, &mut again, &mut adders, &crew);
                assert!(again == sums);
                sums
            };
            let mut entries: Vec<_> = (0..n as u32).map(entry).collect();
            let whole = add_up(&entries, 2);
            let mut room = entries.clone();
            let n_left = partition(
                &mut entries,
                &mut room,
                &Rule::new(bins.view().cells(9), &left_bins),
                &crew,
            );
            let (left_rows, right_rows) = entries.split_at(n_left);
            assert!(left_rows.iter().all(|entry| codes[entry.row as usize] == 2));
            assert!(right_rows.iter().all(|entry| codes[entry.row as usize] != 2));
            let mut rest = whole;
            take_away(&mut rest, &add_up(left_rows, 1));
            assert!(rest == add_up(right_rows, 3));
            entries.sort_unstable_by_key(|entry| entry.row);
            let is_whole = |(entry, row): (&Entry<u32>, u32)| entry.row == row && entry.derivatives == row;
            assert!(entries.iter().zip(0..).all(is_whole));
        }
    }
}
