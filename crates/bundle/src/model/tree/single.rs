//! One row at a time: every node is a word of 32 bits, and sixteen trees are walked together.
//!
//! The row is first told in *bins*, one for each column that nodes ask about: how many of a feature's thresholds its
//! number exceeds. A word holds the bin above which a row goes right, the column, and which pair of children follows;
//! trees of 31 leaves then take 250 bytes each, so that 500 of them stay in the second-level cache. Missing and
//! categories are settled in the row's bins, before any node is looked at: a node only compares.
//!
//! Ensembles that do not fit into such words (trees of more than 256 leaves, more than 256 columns, categories of more
//! than 64 levels) have no such layout and are walked node by node.

use std::collections::BTreeMap;

use super::layout::{Layout, Question, Tree};

/// Trees walked together: each hides the waits of the others.
const ABREAST: usize = 16;
/// The columns that nodes may ask about.
const MOST_COLUMNS: usize = 256;
/// The nodes of a tree whose pairs of children a byte tells apart.
const MOST_NODES: usize = 511;
/// The bin of rows that go right wherever they are asked; no threshold has it.
const ALWAYS_RIGHT: u32 = 0xffff;
/// The bin of rows that go left wherever they are asked.
const ALWAYS_LEFT: u32 = 1;
/// The levels of a category at most.
const MOST_LEVELS: u32 = 64;

/// An ensemble laid out for single rows.
#[derive(Clone, Debug)]
pub(super) struct Single {
    numbers: Vec<Number>,
    sets: Vec<Set>,
    /// The nodes of all trees, where they stand in the [`Layout`].
    words: Vec<u32>,
    /// The root of each tree.
    roots: Vec<u32>,
}

/// A slot that holds numbers.
#[derive(Clone, Debug)]
struct Number {
    slot: usize,
    /// Rising, each once.
    thresholds: Vec<f64>,
    /// The columns of nodes that send missing left, and of those that send it right.
    columns: [Option<u8>; 2],
}

/// A question that some nodes ask of a category.
#[derive(Clone, Copy, Debug)]
struct Set {
    slot: usize,
    /// Bit by bit whether a level goes right.
    right: u64,
    missing_right: bool,
    column: u8,
}

/// A row in bins.
type Bins = [u32; MOST_COLUMNS];

impl Single {
    /// Lays an ensemble out, if it fits.
    pub(super) fn build(layout: &Layout) -> Option<Single> {
        let mut columns = Columns::of(layout)?;
        let mut words = Vec::new();
        for tree in layout.trees() {
            for node in 0..tree.n_nodes() {
                words.push(columns.word(layout, tree, node)?);
            }
        }
        Some(Single {
            numbers: columns.numbers,
            sets: columns.sets,
            words,
            roots: layout.trees().iter().map(|tree| tree.root() as u32).collect(),
        })
    }

    /// Hands over the leaf that a row reaches in each tree, in the order of the trees, as a node of the [`Layout`].
    #[inline(always)]
    pub(super) fn leaves(&self, row: &[f64], mut leaf: impl FnMut(usize)) {
        let bins = self.bins(row);
        let (groups, rest) = self.roots.as_chunks::<ABREAST>();
        for roots in groups {
            for node in self.walk(roots, &bins) {
                leaf(node as usize);
            }
        }
        for root in rest {
            let [node] = self.walk(&[*root], &bins);
            leaf(node as usize);
        }
    }

    #[inline(always)]
    fn walk<const N: usize>(&self, roots: &[u32; N], bins: &Bins) -> [u32; N] {
        let mut nodes = *roots;
        loop {
            let mut moved = 0;
            for (node, root) in nodes.iter_mut().zip(roots) {
                let word = self.words[*node as usize];
                let bin = bins[(word >> 8 & 0xff) as usize];
                // The left child of pair `p` is node `2 p - 1`; a leaf's words lead to itself.
                let next = root + 2 * (word & 0xff) - u32::from(bin <= word >> 16);
                moved |= next ^ *node;
                *node = next;
            }
            if moved == 0 {
                return nodes;
            }
        }
    }

    fn bins(&self, row: &[f64]) -> Bins {
        let mut bins = [ALWAYS_LEFT; MOST_COLUMNS];
        for number in &self.numbers {
            let value = row[number.slot];
            let bin = ALWAYS_LEFT + n_below(&number.thresholds, value) as u32;
            let missing = value.is_nan();
            if let Some(column) = number.columns[0] {
                bins[usize::from(column)] = if missing { ALWAYS_LEFT } else { bin };
            }
            if let Some(column) = number.columns[1] {
                bins[usize::from(column)] = if missing { ALWAYS_RIGHT } else { bin };
            }
        }
        for set in &self.sets {
            let value = row[set.slot];
            let goes_right = match value.is_nan() {
                true => set.missing_right,
                false => set.right >> (value as u32 % MOST_LEVELS) & 1 == 1,
            };
            bins[usize::from(set.column)] = if goes_right { ALWAYS_RIGHT } else { ALWAYS_LEFT };
        }
        bins
    }
}

/// How many of some rising numbers are below a value, by halving without branches; none are below missing.
#[inline(always)]
fn n_below(rising: &[f64], value: f64) -> usize {
    let (mut start, mut length) = (0, rising.len());
    while 1 < length {
        let half = length / 2;
        start += if rising[start + half - 1] < value { half } else { 0 };
        length -= half;
    }
    start + usize::from(rising.get(start).is_some_and(|first| *first < value))
}

/// The columns that nodes ask about, while they are found.
struct Columns {
    numbers: Vec<Number>,
    sets: Vec<Set>,
    /// The place of each slot among the numbers.
    number_of_slot: Vec<usize>,
    set_of: BTreeMap<(usize, u64, bool), u8>,
    n: usize,
}

impl Columns {
    /// The numbers that an ensemble reads, with their thresholds.
    fn of(layout: &Layout) -> Option<Columns> {
        let n_slots = layout.reader().slots().len();
        let mut thresholds: Vec<Vec<f64>> = vec![Vec::new(); n_slots];
        for tree in layout.trees() {
            let nodes = tree.root()..tree.root() + tree.n_nodes();
            for question in nodes.filter_map(|node| layout.question(node)) {
                thresholds[question.slot].extend(question.threshold);
            }
        }
        let mut columns = Columns {
            numbers: Vec::new(),
            sets: Vec::new(),
            number_of_slot: vec![0; n_slots],
            set_of: BTreeMap::new(),
            n: 0,
        };
        for (slot, mut thresholds) in thresholds.into_iter().enumerate() {
            thresholds.sort_unstable_by(f64::total_cmp);
            thresholds.dedup();
            // Bins lie between those that always go left and always right.
            if (ALWAYS_RIGHT - ALWAYS_LEFT) as usize <= thresholds.len() {
                return None;
            }
            columns.number_of_slot[slot] = columns.numbers.len();
            columns.numbers.push(Number {
                slot,
                thresholds,
                columns: [None; 2],
            });
        }
        Some(columns)
    }

    /// A node as a word; none if it does not fit.
    fn word(&mut self, layout: &Layout, tree: &Tree, node: usize) -> Option<u32> {
        if MOST_NODES < tree.n_nodes() {
            return None;
        }
        let Some(question) = layout.question(tree.root() + node) else {
            // To itself: the left of its pair if its number is odd, else the right.
            let bin = if node % 2 == 1 { ALWAYS_RIGHT } else { 0 };
            return Some(bin << 16 | node.div_ceil(2) as u32);
        };
        let pair = (question.left - tree.root()).div_ceil(2) as u32;
        let (column, bin) = match question.threshold {
            Some(threshold) => self.of_number(&question, threshold)?,
            None => (self.of_set(layout, tree.root() + node, &question)?, ALWAYS_LEFT),
        };
        Some(bin << 16 | u32::from(column) << 8 | pair)
    }

    fn of_number(&mut self, question: &Question, threshold: f64) -> Option<(u8, u32)> {
        let next = u8::try_from(self.n).ok();
        let number = &mut self.numbers[self.number_of_slot[question.slot]];
        let rank = number
            .thresholds
            .partition_point(|other| other.total_cmp(&threshold).is_lt());
        let column = &mut number.columns[usize::from(question.missing_right)];
        if column.is_none() {
            *column = Some(next?);
            self.n += 1;
        }
        column.map(|column| (column, ALWAYS_LEFT + rank as u32))
    }

    fn of_set(&mut self, layout: &Layout, node: usize, question: &Question) -> Option<u8> {
        let n_levels = layout.reader().slots()[question.slot].n_levels;
        if MOST_LEVELS < n_levels {
            return None;
        }
        let bit = |level: u32| u64::from(layout.level_goes_right(node, level as usize)) << level;
        let right = (0..n_levels).map(bit).sum();
        let key = (question.slot, right, question.missing_right);
        if let Some(column) = self.set_of.get(&key) {
            return Some(*column);
        }
        let column = u8::try_from(self.n).ok()?;
        self.n += 1;
        self.set_of.insert(key, column);
        self.sets.push(Set {
            slot: question.slot,
            right,
            missing_right: question.missing_right,
            column,
        });
        Some(column)
    }
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
            assert_eq!(n_below(&rising, f64::NAN), 0);
        }
    }
}
