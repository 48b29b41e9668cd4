//! Trees become steps.

use super::lanes::Step;
use super::planes::{BIAS, Cuts, Levels, PER_PLANE, Plane};
use super::{Batch, Group, Program};
use crate::model::tree::layout::{Layout, Question, Tree};

/// Leaves that a byte can name.
const MAX_LEAVES: usize = 256;
/// A group's table has a byte per level; categories of more levels are walked.
const MAX_LEVELS: u32 = 4096;

impl Batch {
    /// The steps of all trees.
    pub(in crate::model::tree) fn build(layout: &Layout) -> Batch {
        let mut builder = Builder::new(layout);
        for (position, tree) in layout.trees().iter().enumerate() {
            if fits(layout, tree) {
                builder.push_tree(tree);
            } else {
                builder.batch.programs.push(Program::Walk { tree: position });
            }
        }
        let mut batch = builder.batch;
        batch.values.resize(batch.values.len() + MAX_LEAVES, 0.0);
        batch.cuts.retain(|cuts| !cuts.planes.is_empty());
        batch
    }
}

fn fits(layout: &Layout, tree: &Tree) -> bool {
    let levels = |question: Question| layout.reader().slots()[question.slot].n_levels;
    tree.n_leaves() <= MAX_LEAVES
        && (tree.root()..tree.root() + tree.n_nodes())
            .filter_map(|node| layout.question(node))
            .all(|question| levels(question) <= MAX_LEVELS)
}

struct Builder<'a> {
    layout: &'a Layout,
    batch: Batch,
    /// Per slot: where its levels stand among those of the batch.
    levels_of: Vec<Option<usize>>,
    /// Per node of a tree: its leaves.
    n_leaves: Vec<usize>,
}

impl Builder<'_> {
    fn new(layout: &Layout) -> Builder<'_> {
        let n_slots = layout.reader().slots().len();
        let cuts = (0..n_slots).map(|slot| Cuts {
            slot,
            thresholds: Vec::new(),
            planes: Vec::new(),
        });
        let mut cuts: Vec<Cuts> = cuts.collect();
        for tree in layout.trees().iter().filter(|tree| fits(layout, tree)) {
            for node in tree.root()..tree.root() + tree.n_nodes() {
                if let Some(Question {
                    slot,
                    threshold: Some(threshold),
                    ..
                }) = layout.question(node)
                {
                    cuts[slot].thresholds.push(threshold);
                }
            }
        }
        for cuts in &mut cuts {
            cuts.thresholds.sort_unstable_by(f64::total_cmp);
            // Zeros of both signs compare as one.
            cuts.thresholds.dedup();
            let n = (cuts.thresholds.len() + 1).next_power_of_two();
            cuts.thresholds.resize(n, f64::INFINITY);
        }
        let batch = Batch {
            cuts,
            levels: Vec::new(),
            n_planes: 0,
            programs: Vec::with_capacity(layout.trees().len()),
            steps: Vec::new(),
            groups: Vec::new(),
            group_bits: Vec::new(),
            values: Vec::new(),
        };
        Builder {
            layout,
            batch,
            levels_of: vec![None; n_slots],
            n_leaves: Vec::new(),
        }
    }

    fn push_tree(&mut self, tree: &Tree) {
        self.count_leaves(tree);
        let (first_step, first_group) = (self.batch.steps.len(), self.batch.groups.len());
        let first_value = self.batch.values.len();
        self.batch.values.resize(first_value + tree.n_leaves(), 0.0);
        // Per group of this tree: how many of its eight bits are taken.
        let mut taken = Vec::new();
        let mut stack = vec![(tree.root(), 0)];
        while let Some((node, leaf)) = stack.pop() {
            match self.layout.question(node) {
                None => self.batch.values[first_value + leaf] = self.layout.value(node),
                Some(question) => {
                    let right_leaf = leaf + self.n_leaves[question.left - tree.root()];
                    let (plane, test) = match question.threshold {
                        Some(threshold) => self.plane(&question, threshold),
                        None => self.bit(node, &question, first_group, &mut taken),
                    };
                    self.batch.steps.push(Step {
                        plane: plane as u32,
                        test,
                        from: leaf as u8,
                        to: right_leaf as u8,
                        is_category: question.threshold.is_none(),
                    });
                    stack.push((question.left + 1, right_leaf));
                    stack.push((question.left, leaf));
                }
            }
        }
        self.batch.programs.push(Program::Steps {
            steps: first_step..self.batch.steps.len(),
            groups: first_group..self.batch.groups.len(),
            values: first_value,
            output: tree.output(),
        });
    }

    /// Children stand behind their parents.
    fn count_leaves(&mut self, tree: &Tree) {
        self.n_leaves.clear();
        self.n_leaves.resize(tree.n_nodes(), 1);
        for node in (0..tree.n_nodes()).rev() {
            if let Some(question) = self.layout.question(tree.root() + node) {
                let left = question.left - tree.root();
                self.n_leaves[node] = self.n_leaves[left] + self.n_leaves[left + 1];
            }
        }
    }

    /// The plane of a number's split and its test.
    fn plane(&mut self, question: &Question, threshold: f64) -> (usize, u8) {
        let cuts = &mut self.batch.cuts[question.slot];
        let position = cuts.thresholds.partition_point(|other| *other < threshold);
        let (part, missing_right) = (position / PER_PLANE, question.missing_right);
        let known = cuts
            .planes
            .iter()
            .find(|plane| plane.part == part && plane.missing_right == missing_right);
        let plane = match known {
            Some(plane) => plane.position,
            None => {
                cuts.planes.push(Plane {
                    position: self.batch.n_planes,
                    part,
                    missing_right,
                });
                self.batch.n_planes += 1;
                self.batch.n_planes - 1
            }
        };
        (plane, (position % PER_PLANE) as u8 ^ BIAS)
    }

    /// The group of a category's split and its bit there.
    fn bit(
        &mut self,
        node: usize,
        question: &Question,
        first_group: usize,
        taken: &mut Vec<u32>,
    ) -> (usize, u8) {
        let levels = self.levels(question.slot);
        let groups = self.batch.groups[first_group..].iter();
        let free = groups
            .zip(taken.iter())
            .position(|(group, taken)| group.levels as usize == levels && *taken < 8);
        let n_levels = self.batch.levels[levels].n_levels as usize;
        let group = free.unwrap_or_else(|| {
            self.batch.groups.push(Group {
                levels: levels as u32,
                bits: self.batch.group_bits.len() as u32,
            });
            self.batch
                .group_bits
                .resize(self.batch.group_bits.len() + n_levels + 1, 0);
            taken.push(0);
            taken.len() - 1
        });
        let bit = 1 << taken[group];
        taken[group] += 1;
        let start = self.batch.groups[first_group + group].bits as usize;
        let bytes = &mut self.batch.group_bits[start..][..n_levels + 1];
        for (level, byte) in bytes[..n_levels].iter_mut().enumerate() {
            *byte |= if self.layout.level_goes_right(node, level) {
                bit
            } else {
                0
            };
        }
        bytes[n_levels] |= if question.missing_right { bit } else { 0 };
        (group, bit)
    }

    fn levels(&mut self, slot: usize) -> usize {
        *self.levels_of[slot].get_or_insert_with(|| {
            let n_levels = self.layout.reader().slots()[slot].n_levels;
            self.batch.levels.push(Levels { slot, n_levels });
            self.batch.levels.len() - 1
        })
    }
}
