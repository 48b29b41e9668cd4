//! Rows that go down a tree together.
//!
//! What a leaf gives to the features on its path depends on a row only through the features at which the row leaves the
//! path. Rows that leave it at the same ones are a *cohort*. Few of the possible cohorts occur, so a tree is gone down
//! once for a whole block of rows: each split parts the cohorts by the side that their rows go to; what a leaf gives is
//! worked out once a cohort, and every row takes what its cohort gets.
//!
//! What is taken depends on tree, leaf and cohort alone, and rows take it in the order of trees and splits; so blocks and
//! threads never change a bit.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::leaf::Leaf;
use super::tree::{Block, shares};
use crate::model::{Question, Tree, TreeEnsemble};

/// The features of a path at which a row leaves it, bit by bit of their positions.
pub(super) type Off<const W: usize> = [u64; W];

/// Numbers of cohorts; there are at most twice as many as rows.
type Number = u16;
/// No number yet.
const NONE: Number = Number::MAX;
/// The rows of a block at most.
pub(super) const MOST_ROWS: usize = 4096;

/// One feature on a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    feature: usize,
    /// The share of training rows that follow the path at all its splits on this feature.
    pub(super) share: f64,
}

/// Goes down trees with a block of rows.
pub(super) struct Descent<const W: usize> {
    path: Vec<Step>,
    levels: Vec<Level<W>>,
    leaf: Leaf,
    goes_right: Vec<u8>,
    /// Per cohort and side, twice the cohort and one more on the right: the number among the parted cohorts.
    numbers: Vec<Number>,
    gains: Vec<f64>,
}

/// The cohorts at a node, and how its split parts them.
struct Level<const W: usize> {
    cohort_of: Vec<Number>,
    off: Vec<Off<W>>,
    /// Per row the parted cohort.
    part_of: Vec<Number>,
    /// Per parted cohort: twice the cohort, and one more on the right.
    parts: Vec<Number>,
}

impl<const W: usize> Descent<W> {
    pub(super) fn new() -> Descent<W> {
        Descent {
            path: Vec::new(),
            levels: Vec::new(),
            leaf: Leaf::new(),
            goes_right: Vec::new(),
            numbers: Vec::new(),
            gains: Vec::new(),
        }
    }

    /// Adds what a tree gives to the rows of a block.
    pub(super) fn add_tree(&mut self, model: &TreeEnsemble, tree: &Tree, block: &mut Block) {
        let level = self.level(0);
        level.cohort_of.clear();
        level.cohort_of.resize(block.n_rows, 0);
        level.off.clear();
        level.off.push([0; W]);
        // A tree of one leaf gives nothing to any feature.
        if let Some(question) = model.layout().question(tree.root()) {
            self.descend(model, tree, block, tree.root(), &question, 0);
        }
    }

    fn level(&mut self, depth: usize) -> &mut Level<W> {
        while self.levels.len() <= depth {
            self.levels.push(Level {
                cohort_of: Vec::new(),
                off: Vec::new(),
                part_of: Vec::new(),
                parts: Vec::new(),
            });
        }
        &mut self.levels[depth]
    }

    fn descend(
        &mut self,
        model: &TreeEnsemble,
        tree: &Tree,
        block: &mut Block,
        node: usize,
        question: &Question,
        depth: usize,
    ) {
        self.goes_right.resize(block.n_rows, 0);
        block.sides(model.layout(), node, question, &mut self.goes_right);
        self.part(depth);
        self.gains.clear();
        let feature = model.layout().reader().slots()[question.slot].feature;
        let cover = &model.parts().cover;
        let shares = shares(cover[question.left], cover[question.left + 1]);
        let children = [0, 1].map(|side| (side, question.left + side, shares[side]));
        for (side, child, share) in children {
            if model.layout().question(child).is_none() {
                let value = model.layout().value(child);
                self.on_path(feature, share, |this, position| {
                    this.add_leaf(depth, side, position, value)
                });
            }
        }
        self.give(depth, feature, tree.output(), block);
        for (side, child, share) in children {
            if let Some(question) = model.layout().question(child) {
                self.on_path(feature, share, |this, position| {
                    this.follow(depth, side, position);
                    this.descend(model, tree, block, child, &question, depth + 1);
                });
            }
        }
    }

    /// Does something with one more split on the path, given the position of its feature and whether it is new there.
    fn on_path(&mut self, feature: usize, share: f64, work: impl FnOnce(&mut Self, (usize, bool))) {
        let known = self.path.iter().position(|step| step.feature == feature);
        match known {
            Some(position) => {
                let before = self.path[position].share;
                self.path[position].share = before * share;
                work(self, (position, false));
                self.path[position].share = before;
            }
            None => {
                self.path.push(Step { feature, share });
                work(self, (self.path.len() - 1, true));
                self.path.pop();
            }
        }
    }

    /// Parts the cohorts by the side that their rows go to.
    fn part(&mut self, depth: usize) {
        let level = &mut self.levels[depth];
        self.numbers.clear();
        self.numbers.resize(2 * level.off.len(), NONE);
        level.parts.clear();
        level.part_of.clear();
        let (numbers, parts) = (&mut self.numbers[..], &mut level.parts);
        let rows = level.cohort_of.iter().zip(&self.goes_right);
        level.part_of.extend(rows.map(|(&cohort, &right)| {
            let part = 2 * cohort + Number::from(right);
            let number = &mut numbers[usize::from(part)];
            if *number == NONE {
                *number = parts.len() as Number;
                parts.push(part);
            }
            *number
        }));
    }

    /// The parted cohorts as they are below one side of the split.
    fn off_below(level: &Level<W>, side: usize, position: usize) -> impl Iterator<Item = Off<W>> {
        level.parts.iter().map(move |&part| {
            let mut off = level.off[usize::from(part / 2)];
            let leaves = usize::from(part % 2) != side;
            off[position / 64] |= u64::from(leaves) << (position % 64);
            off
        })
    }

    fn add_leaf(&mut self, depth: usize, side: usize, (position, _): (usize, bool), value: f64) {
        let level = &self.levels[depth];
        let off: Vec<Off<W>> = Self::off_below(level, side, position).collect();
        let stride = stride(off.len());
        self.gains.resize(self.path.len() * stride, 0.0);
        self.leaf.add(value, &self.path, &off, &mut self.gains, stride);
    }

    /// Lets every row take what its cohort gets from the leaves behind a split.
    fn give(&self, depth: usize, feature: usize, output: usize, block: &mut Block) {
        let level = &self.levels[depth];
        let stride = stride(level.parts.len());
        let features = self.path.iter().map(|step| step.feature).chain([feature]);
        for (gains, feature) in self.gains.chunks_exact(stride).zip(features) {
            let gains = &gains[..level.parts.len()];
            let sums = block.sums_of(output, feature);
            for (sum, &part) in sums.iter_mut().zip(&level.part_of) {
                *sum += gains[usize::from(part)];
            }
        }
    }

    /// Makes the cohorts of the next level: those below one side of the split.
    fn follow(&mut self, depth: usize, side: usize, (position, is_new): (usize, bool)) {
        self.level(depth + 1);
        let [above, below] = self.levels[depth..]
            .first_chunk_mut()
            .expect("two levels were made");
        let off = Self::off_below(above, side, position);
        below.off.clear();
        below.cohort_of.clear();
        if is_new {
            below.off.extend(off);
            below.cohort_of.extend_from_slice(&above.part_of);
            return;
        }
        // Who had left the path at this feature before cannot leave it again: some cohorts become one.
        let mut known = HashMap::<Off<W>, Number, BuildHasherDefault<Mix>>::default();
        self.numbers.clear();
        for off in off {
            let number = *known.entry(off).or_insert_with(|| {
                below.off.push(off);
                below.off.len() as Number - 1
            });
            self.numbers.push(number);
        }
        let numbers = &self.numbers[..];
        below
            .cohort_of
            .extend(above.part_of.iter().map(|&part| numbers[usize::from(part)]));
    }
}

/// The room of a row of gains: whole vectors.
fn stride(n_parts: usize) -> usize {
    n_parts.next_multiple_of(8)
}

/// Mixes the words of a set; it need not resist anyone, as it holds no more keys than there are rows.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_usize(&mut self, _: usize) {}

    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed.rotate_left(32);
    }
}
