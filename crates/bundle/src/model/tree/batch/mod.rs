//! Many rows at once: every split of a tree is asked of 128 rows by a handful of byte-wide instructions.
//!
//! The numbers of a block of rows become *planes* of bytes: how many of a feature's thresholds a number exceeds. A tree
//! is a list of *steps*, its splits from the root down and left before right. A row stands at the first leaf of the
//! part of the tree that it may still reach; a split moves the rows that stand at its first leaf and go right to the
//! first leaf on its right. That costs a few instructions for 32 rows, with no branch and no row waiting for memory,
//! which is why asking all splits is faster than walking from one to the next. Values are then added in the order of
//! the trees. The idea of asking all splits is that of QuickScorer (C. Lucchese et al. 2015, SIGIR), its masks of
//! leaves replaced by one byte a row.
//!
//! Trees of more than 256 leaves, or that ask categories of very many levels, are walked.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod lanes;
mod plan;
mod planes;
#[cfg(test)]
mod tests;

use std::ops::Range;

use prepare::Features;

use super::layout::Layout;
use super::{Precision, TreeEnsemble};
use crate::model::RowBlock;
use lanes::{LANES, Step};
use planes::{Cuts, Levels, Planes};

/// Rows taken up at a time: their planes stay in the second cache, and a tree's steps in the first.
const ROWS: usize = 512;
/// Rows taken up at a time if there are very many outputs.
const FEW_ROWS: usize = LANES;
/// Rows that walk together hide each other's waits for memory.
const ABREAST: usize = 8;

/// An ensemble laid out for many rows.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    cuts: Vec<Cuts>,
    levels: Vec<Levels>,
    n_planes: usize,
    programs: Vec<Program>,
    steps: Vec<Step>,
    groups: Vec<Group>,
    /// For each group a byte per level and one for missing.
    group_bits: Vec<u8>,
    /// Leaf values tree after tree and 256 zeros, so that a byte never points outside.
    values: Vec<f64>,
}

/// How one tree is done.
#[derive(Clone, Debug)]
enum Program {
    Steps {
        steps: Range<usize>,
        groups: Range<usize>,
        values: usize,
        output: usize,
    },
    Walk {
        tree: usize,
    },
}

/// Up to eight splits of a tree on one category: bit `b` of a level's byte says that it goes right at the `b`-th.
#[derive(Clone, Copy, Debug)]
struct Group {
    levels: u32,
    bits: u32,
}

impl Batch {
    /// The margins of a request that was checked.
    pub(super) fn score(
        &self,
        model: &TreeEnsemble,
        features: &Features,
        rows: Range<usize>,
        out: &mut [f64],
    ) {
        match model.precision() {
            Precision::F64 => self.score_with::<f64>(model, features, rows, out),
            Precision::F32 => self.score_with::<f32>(model, features, rows, out),
        }
    }

    fn score_with<S: Sum>(
        &self,
        model: &TreeEnsemble,
        features: &Features,
        rows: Range<usize>,
        out: &mut [f64],
    ) {
        let n_outputs = model.n_outputs();
        let most = if n_outputs <= 32 { ROWS } else { FEW_ROWS };
        let stride = most.min(rows.len()).next_multiple_of(LANES);
        let mut planes = Planes::new(self, stride);
        let mut sums = vec![S::of(0.0); stride * n_outputs];
        let mut walking = self.walking(model.layout(), stride);
        for (start, out) in rows.step_by(stride).zip(out.chunks_mut(stride * n_outputs)) {
            let n_rows = out.len() / n_outputs;
            let rows = start..start + n_rows;
            planes.take(self, model.layout().reader(), features, rows.clone());
            if let Some(block) = &mut walking {
                model.layout().reader().gather(features, rows, block);
            }
            for (sums, &base) in sums.chunks_exact_mut(stride).zip(&model.base) {
                sums.fill(S::of(base));
            }
            self.add_trees(model.layout(), &mut planes, walking.as_ref(), n_rows, &mut sums);
            for (output, sums) in sums.chunks_exact(stride).enumerate() {
                let places = out.iter_mut().skip(output).step_by(n_outputs);
                places.zip(sums).for_each(|(place, sum)| *place = sum.value());
            }
            model.average(out);
        }
    }

    /// Room for rows as they are, if any tree is walked.
    fn walking(&self, layout: &Layout, n_rows: usize) -> Option<RowBlock> {
        let walks = |program: &Program| matches!(program, Program::Walk { .. });
        let n_slots = layout.reader().slots().len();
        self.programs
            .iter()
            .any(walks)
            .then(|| RowBlock::with_rows(n_slots, n_rows))
    }

    fn add_trees<S: Sum>(
        &self,
        layout: &Layout,
        planes: &mut Planes,
        walking: Option<&RowBlock>,
        n_rows: usize,
        sums: &mut [S],
    ) {
        let stride = planes.stride();
        for program in &self.programs {
            match (program, walking) {
                (
                    Program::Steps {
                        steps,
                        groups,
                        values,
                        output,
                    },
                    _,
                ) => {
                    let values = &self.values[*values..];
                    let sums = &mut sums[output * stride..][..stride];
                    for first in (0..n_rows).step_by(LANES) {
                        planes.take_groups(self, &self.groups[groups.clone()], first);
                        let leaves = lanes::leaves(&self.steps[steps.clone()], planes, first);
                        add_values(values, &leaves, &mut sums[first..]);
                    }
                }
                (Program::Walk { tree }, Some(block)) => {
                    walk_rows(layout, *tree, block, n_rows, stride, sums)
                }
                (Program::Walk { .. }, None) => {}
            }
        }
    }
}

/// Adds the values of the leaves that 128 rows have reached.
#[inline(always)]
fn add_values<S: Sum>(values: &[f64], leaves: &[u8; LANES], sums: &mut [S]) {
    if let (Some(values), Some(sums)) = (values.first_chunk::<256>(), sums.first_chunk_mut::<LANES>()) {
        for (sum, &leaf) in sums.iter_mut().zip(leaves) {
            sum.add(values[usize::from(leaf)]);
        }
    }
}

fn walk_rows<S: Sum>(
    layout: &Layout,
    tree: usize,
    block: &RowBlock,
    n_rows: usize,
    stride: usize,
    sums: &mut [S],
) {
    let tree = &layout.trees()[tree];
    let sums = &mut sums[tree.output() * stride..][..n_rows];
    let (groups, rest) = sums.as_chunks_mut::<ABREAST>();
    let n_grouped = groups.len() * ABREAST;
    for (group, sums) in groups.iter_mut().enumerate() {
        let leaves = layout.walk_rows_abreast(
            tree,
            std::array::from_fn::<_, ABREAST, _>(|i| block.row(group * ABREAST + i)),
        );
        sums.iter_mut()
            .zip(leaves)
            .for_each(|(sum, leaf)| sum.add(layout.value(leaf)));
    }
    for (position, sum) in rest.iter_mut().enumerate() {
        sum.add(layout.value(layout.walk(tree, block.row(n_grouped + position))));
    }
}

/// A sum in one of the precisions.
trait Sum: Copy {
    fn of(value: f64) -> Self;
    fn add(&mut self, value: f64);
    fn value(self) -> f64;
}

impl Sum for f64 {
    fn of(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn add(&mut self, value: f64) {
        *self += value;
    }

    fn value(self) -> f64 {
        self
    }
}

impl Sum for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }

    #[inline(always)]
    fn add(&mut self, value: f64) {
        *self += value as f32;
    }

    fn value(self) -> f64 {
        f64::from(self)
    }
}
