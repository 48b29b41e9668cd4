//! One row at a time: no tree is walked, leaves that a row cannot reach are struck out.
//!
//! Each tree has a mask of its leaves, from left to right. A split that sends the row right strikes out the leaves on its
//! left; whatever is left of a mask then starts with the leaf that the row reaches (QuickScorer, C. Lucchese et al. 2015,
//! SIGIR). A number sends the row right at all splits on its feature whose thresholds it exceeds, so what it strikes out
//! of all trees depends on how many it exceeds alone. For every sixteenth threshold that is kept as one *row of masks*;
//! the splits in between are *edits* of single words. A row is scored by joining one row of masks a feature, a long run
//! of vector instructions without a branch, and a few edits.
//!
//! Ensembles with trees of more than 256 leaves, or whose rows of masks would be very large, have no such layout and are
//! walked.

use std::cell::RefCell;
use std::hint::select_unpredictable;

use super::layout::{Layout, Tree};

/// The thresholds between two rows of masks: more take less room and more edits.
const STEP: usize = 16;
/// The leaves of a tree at most.
const MOST_LEAVES: usize = 256;
/// The words of all rows of masks at most: 64 MiB.
const MOST_WORDS: usize = 1 << 24;
/// Words joined at a time, which fit the registers of any vector unit.
const BLOCK: usize = 32;

thread_local! {
    /// Used again for every row, so that none needs room of its own.
    static DESK: RefCell<Desk> = const { RefCell::new(Desk::new()) };
}

/// What is found out about the row being scored.
struct Desk {
    masks: Vec<u32>,
    /// The rows of masks to join.
    rows: Vec<usize>,
    /// The edits behind them, from and to.
    edits: Vec<(u32, u32)>,
}

impl Desk {
    const fn new() -> Desk {
        Desk {
            masks: Vec::new(),
            rows: Vec::new(),
            edits: Vec::new(),
        }
    }
}

/// An ensemble laid out for single rows.
#[derive(Clone, Debug)]
pub(super) struct Single {
    /// The words of a tree's mask: 1, 2, 4 or 8.
    width: usize,
    /// The words of a row of masks, a multiple of [`BLOCK`].
    stride: usize,
    asked: Vec<Asked>,
    rows: Vec<u32>,
    edits: Vec<Edit>,
    /// Where each tree's leaf values start, and the output that they add to.
    trees: Vec<(u32, u32)>,
    /// Leaf values, tree after tree and from left to right.
    values: Vec<f64>,
}

/// What is asked of one slot.
#[derive(Clone, Debug)]
struct Asked {
    slot: usize,
    kind: Kind,
    /// The row of masks for missing, if missing strikes anything out.
    missing: Option<usize>,
}

#[derive(Clone, Debug)]
enum Kind {
    /// Numbers: row `first + k` holds what the first `STEP * (k + 1)` thresholds strike out.
    Number {
        /// Rising, each once.
        thresholds: Vec<f64>,
        /// The first edit of each threshold, and the end of the last.
        edits: Vec<u32>,
        first: usize,
    },
    /// Levels: row `first + level` holds what a level strikes out.
    Levels { first: usize },
}

/// Strikes leaves out of one word.
#[derive(Clone, Copy, Debug)]
struct Edit {
    word: u32,
    keep: u32,
}

/// A split, and the leaves that a row which goes right cannot reach.
#[derive(Clone, Copy, Debug)]
struct Strike {
    node: usize,
    threshold: Option<f64>,
    missing_right: bool,
    tree: usize,
    leaves: (usize, usize),
}

impl Single {
    /// Lays an ensemble out, if it fits.
    pub(super) fn build(layout: &Layout) -> Option<Single> {
        let most = layout.trees().iter().map(Tree::n_leaves).max()?;
        if MOST_LEAVES < most {
            return None;
        }
        let width = most.div_ceil(32).next_power_of_two();
        let mut single = Single {
            width,
            stride: (layout.trees().len() * width).next_multiple_of(BLOCK),
            asked: Vec::new(),
            rows: Vec::new(),
            edits: Vec::new(),
            trees: Vec::new(),
            values: Vec::new(),
        };
        let mut strikes = vec![Vec::new(); layout.reader().slots().len()];
        for (number, tree) in layout.trees().iter().enumerate() {
            single
                .trees
                .push((single.values.len() as u32, tree.output() as u32));
            single.strikes(layout, number, tree.root(), &mut strikes);
        }
        for (slot, strikes) in strikes
            .into_iter()
            .enumerate()
            .filter(|(_, strikes)| !strikes.is_empty())
        {
            let n_levels = layout.reader().slots()[slot].n_levels as usize;
            if MOST_WORDS < single.rows.len() + (n_levels + strikes.len() / STEP + 2) * single.stride {
                return None;
            }
            match n_levels {
                0 => single.push_number(slot, strikes),
                n_levels => single.push_levels(layout, slot, n_levels, &strikes),
            }
        }
        Some(single)
    }

    /// Numbers the leaves below a node from left to right, and notes what each split strikes out.
    fn strikes(&mut self, layout: &Layout, tree: usize, node: usize, strikes: &mut [Vec<Strike>]) {
        let Some(question) = layout.question(node) else {
            return self.values.push(layout.value(node));
        };
        let start = self.trees[tree].0 as usize;
        let first = self.values.len() - start;
        self.strikes(layout, tree, question.left, strikes);
        let leaves = (first, self.values.len() - start);
        self.strikes(layout, tree, question.left + 1, strikes);
        strikes[question.slot].push(Strike {
            node,
            threshold: question.threshold,
            missing_right: question.missing_right,
            tree,
            leaves,
        });
    }

    fn push_number(&mut self, slot: usize, mut strikes: Vec<Strike>) {
        let threshold = |strike: &Strike| strike.threshold.unwrap_or(f64::INFINITY);
        strikes.sort_by(|a, b| threshold(a).total_cmp(&threshold(b)));
        let missing = self.push_missing(&strikes);
        let first = self.rows.len() / self.stride;
        let (mut thresholds, mut edits) = (Vec::new(), vec![self.edits.len() as u32]);
        let mut row = vec![u32::MAX; self.stride];
        for alike in strikes.chunk_by(|a, b| threshold(a) == threshold(b)) {
            thresholds.push(threshold(&alike[0]));
            for strike in alike {
                self.edits.extend(strike.edits(self.width));
                strike.apply(self.width, &mut row);
            }
            edits.push(self.edits.len() as u32);
            if thresholds.len().is_multiple_of(STEP) {
                self.rows.extend_from_slice(&row);
            }
        }
        let kind = Kind::Number {
            thresholds,
            edits,
            first,
        };
        self.asked.push(Asked { slot, kind, missing });
    }

    fn push_levels(&mut self, layout: &Layout, slot: usize, n_levels: usize, strikes: &[Strike]) {
        let missing = self.push_missing(strikes);
        let first = self.rows.len() / self.stride;
        for level in 0..n_levels {
            self.push_row(strikes, |strike| layout.level_goes_right(strike.node, level));
        }
        let kind = Kind::Levels { first };
        self.asked.push(Asked { slot, kind, missing });
    }

    fn push_missing(&mut self, strikes: &[Strike]) -> Option<usize> {
        let strikes_any = strikes.iter().any(|strike| strike.missing_right);
        strikes_any.then(|| self.push_row(strikes, |strike| strike.missing_right))
    }

    fn push_row(&mut self, strikes: &[Strike], goes_right: impl Fn(&Strike) -> bool) -> usize {
        let mut row = vec![u32::MAX; self.stride];
        for strike in strikes.iter().filter(|strike| goes_right(strike)) {
            strike.apply(self.width, &mut row);
        }
        self.rows.extend_from_slice(&row);
        self.rows.len() / self.stride - 1
    }

    /// Hands over output and value of the leaf that a row reaches in each tree, in the order of the trees.
    #[inline(always)]
    pub(super) fn leaves(&self, row: &[f64], leaf: impl FnMut(usize, f64)) {
        DESK.with_borrow_mut(|desk| {
            desk.gather(self, row);
            desk.join(self);
            match self.width {
                1 => self.first_leaves::<1>(&desk.masks, leaf),
                2 => self.first_leaves::<2>(&desk.masks, leaf),
                4 => self.first_leaves::<4>(&desk.masks, leaf),
                _ => self.first_leaves::<8>(&desk.masks, leaf),
            }
        });
    }

    #[inline(always)]
    fn first_leaves<const WIDTH: usize>(&self, masks: &[u32], mut leaf: impl FnMut(usize, f64)) {
        for (mask, &(start, output)) in masks.as_chunks::<WIDTH>().0.iter().zip(&self.trees) {
            let mut position = 0;
            // From the last word to the first, so that the first that is not empty has the last say.
            for (number, word) in mask.iter().enumerate().rev() {
                let here = 32 * number + word.trailing_zeros() as usize;
                position = if *word == 0 { position } else { here };
            }
            leaf(output as usize, self.values[start as usize + position]);
        }
    }
}

impl Desk {
    /// Finds the rows of masks and the edits of a row.
    fn gather(&mut self, single: &Single, row: &[f64]) {
        self.rows.clear();
        self.edits.clear();
        for asked in &single.asked {
            let value = row[asked.slot];
            if value.is_nan() {
                self.rows.extend(asked.missing);
                continue;
            }
            match &asked.kind {
                Kind::Levels { first } => self.rows.push(first + value as usize),
                Kind::Number {
                    thresholds,
                    edits,
                    first,
                } => {
                    let n = n_below(thresholds, value);
                    let n_rows = n / STEP;
                    self.rows.extend(n_rows.checked_sub(1).map(|row| first + row));
                    self.edits.push((edits[n_rows * STEP], edits[n]));
                }
            }
        }
    }

    /// Joins them to the masks of the row.
    fn join(&mut self, single: &Single) {
        self.masks.resize(single.stride, 0);
        #[cfg(target_arch = "x86_64")]
        let is_joined = avx2::join(&single.rows, &self.rows, &mut self.masks);
        #[cfg(not(target_arch = "x86_64"))]
        let is_joined = false;
        if !is_joined {
            join(&single.rows, &self.rows, &mut self.masks);
        }
        for &(start, end) in &self.edits {
            for edit in &single.edits[start as usize..end as usize] {
                self.masks[edit.word as usize] &= edit.keep;
            }
        }
    }
}

/// Sets `masks` to what all of the chosen rows of masks leave.
#[inline(always)]
fn join(all: &[u32], chosen: &[usize], masks: &mut [u32]) {
    let stride = masks.len();
    let (blocks, _) = masks.as_chunks_mut::<BLOCK>();
    for (position, block) in blocks.iter_mut().enumerate() {
        let mut joined = [u32::MAX; BLOCK];
        for row in chosen {
            let words = all[row * stride + position * BLOCK..].first_chunk::<BLOCK>();
            let words = words.expect("a row of masks is whole blocks");
            joined
                .iter_mut()
                .zip(words)
                .for_each(|(joined, word)| *joined &= word);
        }
        *block = joined;
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! [`join`](super::join) with vectors of 32 bytes, where the machine has them.
    //!
    //! The one thing that needs unsafe code is calling a function that is compiled for AVX2, which happens only after the
    //! machine was asked whether it has AVX2.
    #![allow(unsafe_code)]

    /// False if the machine lacks AVX2 and nothing was done.
    #[inline]
    pub(super) fn join(all: &[u32], chosen: &[usize], masks: &mut [u32]) -> bool {
        if !is_x86_feature_detected!("avx2") {
            return false;
        }
        // SAFETY: the machine has AVX2.
        unsafe { join_avx2(all, chosen, masks) };
        true
    }

    #[target_feature(enable = "avx2")]
    fn join_avx2(all: &[u32], chosen: &[usize], masks: &mut [u32]) {
        super::join(all, chosen, masks);
    }
}

impl Strike {
    /// The words that lose leaves.
    fn edits(&self, width: usize) -> impl Iterator<Item = Edit> {
        let (first, end) = self.leaves;
        let tree = self.tree * width;
        (first / 32..end.div_ceil(32)).map(move |number| {
            let bits = |leaf: usize| (1u64 << (leaf.clamp(32 * number, 32 * number + 32) - 32 * number)) - 1;
            Edit {
                word: (tree + number) as u32,
                keep: !((bits(end) & !bits(first)) as u32),
            }
        })
    }

    fn apply(&self, width: usize, row: &mut [u32]) {
        for edit in self.edits(width) {
            row[edit.word as usize] &= edit.keep;
        }
    }
}

/// How many of some rising numbers are below a value, by halving without branches.
#[inline(always)]
fn n_below(rising: &[f64], value: f64) -> usize {
    let (mut start, mut length) = (0, rising.len());
    while 1 < length {
        let half = length / 2;
        start += select_unpredictable(rising[start + half - 1] < value, half, 0);
        length -= half;
    }
    start + usize::from(rising.get(start).is_some_and(|first| *first < value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_counts_what_is_below() {
        for n in 0..40 {
            let rising: Vec<f64> = (0..n).map(f64::from).collect();
            for value in -1..=n {
                for value in [f64::from(value), f64::from(value) + 0.5] {
                    let expected = rising.iter().filter(|other| **other < value).count();
                    assert_eq!(n_below(&rising, value), expected);
                }
            }
        }
    }
}
