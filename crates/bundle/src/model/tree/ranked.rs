//! Trees of compact nodes, walked many at a time.
//!
//! A row's numbers become *ranks* first: how many of a feature's thresholds a number exceeds. A node then compares two
//! small whole numbers and takes eight bytes, so that most of an ensemble stays in the second cache. All walks take a few
//! steps before any goes on, and those that have reached a leaf drop out; so waits for memory hide each other, and few
//! steps are taken for nothing.
//!
//! A category's split is a question of its own, whose rank is 1 where a level goes right; splits on the same levels share
//! it. Ensembles with very many questions or thresholds have no such layout and are walked node by node.

use std::collections::HashMap;

use super::edges::Edges;
use super::layout::{Layout, Question};
use super::patches::{Patches, Room};
use stats::wide::{Wide, on_wide_vectors};

/// The questions of an ensemble at most.
pub(super) const MOST_QUESTIONS: usize = 2048;
/// The rank of missing where it goes left, and where it goes right.
const MISSING: [u16; 2] = [0, MISSING_RIGHT];
/// That of missing where it goes right.
pub(super) const MISSING_RIGHT: u16 = u16::MAX - 1;
/// The rank that no number has.
pub(super) const LEAF: u16 = u16::MAX;
/// Steps between two looks at who has reached a leaf.
const STEPS: usize = 3;
/// Walks whose waits hide each other.
const ABREAST: usize = 8;

/// The ranks of a row, per question. Of a fixed length, so that no node need be checked.
pub(super) type Ranks = [u16; MOST_QUESTIONS];

/// An ensemble as ranks and compact nodes, which have the positions that they have in the [`Layout`].
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    nodes: Vec<Node>,
    n_questions: usize,
    numbers: Vec<Number>,
    sets: Vec<Set>,
    patches: Option<Patches>,
}

/// Room for the walks of a row, used again.
#[derive(Debug)]
pub(super) struct Walks {
    room: Room,
    /// Per tree the node where the row stands.
    at: Vec<u32>,
    /// The trees whose walks have not come to an end yet.
    walking: Vec<u32>,
}

impl Walks {
    pub(super) const fn new() -> Walks {
        Walks {
            room: Room::new(),
            at: Vec::new(),
            walking: Vec::new(),
        }
    }
}

/// A split, or a leaf that sends every row to itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) left: u32,
    pub(super) question: u16,
    /// A larger rank goes right.
    pub(super) rank: u16,
}

/// The thresholds of one slot.
#[derive(Clone, Debug)]
struct Number {
    slot: usize,
    edges: Edges,
    /// The questions by where missing goes, if any asks so: left, right.
    questions: [Option<u16>; 2],
}

/// The levels that a category's splits send right.
#[derive(Clone, Debug)]
struct Set {
    question: u16,
    slot: usize,
    goes_right: Vec<bool>,
    missing_right: bool,
}

impl Ranked {
    /// Lays an ensemble out, if it fits.
    pub(super) fn build(layout: &Layout) -> Option<Ranked> {
        let mut ranked = Ranked {
            nodes: Vec::with_capacity(layout.n_nodes()),
            n_questions: 0,
            numbers: Vec::new(),
            sets: Vec::new(),
            patches: None,
        };
        let mut questions = Questions::of(layout, &mut ranked)?;
        for node in 0..layout.n_nodes() {
            let laid_out = match layout.question(node) {
                None => Node {
                    left: node as u32,
                    question: 0,
                    rank: LEAF,
                },
                Some(question) => questions.node(layout, &mut ranked, node, &question)?,
            };
            ranked.nodes.push(laid_out);
        }
        ranked.patches = Patches::build(layout, &ranked.nodes, &ranked.twins());
        if ranked.patches.is_some() {
            ranked.nodes = Vec::new();
        }
        Some(ranked)
    }

    fn push_question(&mut self) -> Option<u16> {
        self.n_questions += 1;
        (self.n_questions <= MOST_QUESTIONS).then_some(self.n_questions as u16 - 1)
    }

    /// Whether rows go through patches.
    #[cfg(test)]
    pub(super) fn is_cut(&self) -> bool {
        self.patches.is_some()
    }

    /// Per question another that differs from it in sending missing right, if there is one.
    fn twins(&self) -> Vec<Option<u16>> {
        let mut twins = vec![None; self.n_questions];
        for number in &self.numbers {
            if let [Some(left), right] = number.questions {
                twins[usize::from(left)] = right;
            }
        }
        twins
    }

    /// Finds the ranks of a row, given what its slots hold.
    pub(super) fn rank(&self, row: &[f64], ranks: &mut Ranks) {
        on_wide_vectors(Ranking {
            numbers: &self.numbers,
            row,
            ranks,
        });
        for set in &self.sets {
            let value = row[set.slot];
            let right = match value.is_nan() {
                true => set.missing_right,
                false => set.goes_right[value as usize],
            };
            ranks[usize::from(set.question)] = u16::from(right);
        }
    }

    /// Finds the value that a row reaches in each tree.
    pub(super) fn values(&self, layout: &Layout, ranks: &Ranks, desk: &mut Walks, values: &mut Vec<f64>) {
        if let Some(patches) = &self.patches {
            return patches.values(ranks, &mut desk.room, values);
        }
        desk.at.clear();
        desk.at
            .extend(layout.trees().iter().map(|tree| tree.root() as u32));
        self.walk(ranks, &mut desk.at, &mut desk.walking);
        values.clear();
        values.extend(desk.at.iter().map(|leaf| layout.value(*leaf as usize)));
    }

    /// Walks from the nodes `at` to leaves with the ranks of a row.
    fn walk(&self, ranks: &Ranks, at: &mut [u32], walking: &mut Vec<u32>) {
        walking.clear();
        walking.extend(0..at.len() as u32);
        while let Some(&first) = walking.first() {
            // Walks that are taken twice to fill the lanes find the same leaf.
            walking.resize(walking.len().next_multiple_of(ABREAST), first);
            let n_walking = walk_on(&self.nodes, ranks, at, walking);
            walking.truncate(n_walking);
        }
    }
}

/// Takes a few steps in all walks, and keeps those that have not come to an end in front; gives how many.
fn walk_on(nodes: &[Node], ranks: &Ranks, at: &mut [u32], walking: &mut [u32]) -> usize {
    let mut n_kept = 0;
    for first in (0..walking.len() / ABREAST).map(|group| group * ABREAST) {
        let mut walks = [0; ABREAST];
        let mut places = [0; ABREAST];
        for lane in 0..ABREAST {
            walks[lane] = walking[first + lane];
            places[lane] = at[walks[lane] as usize];
        }
        for _ in 0..STEPS {
            for place in &mut places {
                let node = nodes[*place as usize];
                *place =
                    node.left + u32::from(node.rank < ranks[usize::from(node.question) % MOST_QUESTIONS]);
            }
        }
        for lane in 0..ABREAST {
            at[walks[lane] as usize] = places[lane];
            walking[n_kept] = walks[lane];
            n_kept += usize::from(nodes[places[lane] as usize].rank != LEAF);
        }
    }
    n_kept
}

/// Ranks to be found of a row's numbers.
struct Ranking<'a> {
    numbers: &'a [Number],
    row: &'a [f64],
    ranks: &'a mut Ranks,
}

impl Wide for Ranking<'_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        for number in self.numbers {
            let value = self.row[number.slot];
            let below = number.edges.n_below(value) as u16;
            for (question, missing) in number.questions.iter().zip(MISSING) {
                if let Some(question) = question {
                    self.ranks[usize::from(*question)] = if value.is_nan() { missing } else { below };
                }
            }
        }
    }
}

/// The questions that were given numbers.
struct Questions {
    /// Per slot: its place among the numbers.
    number_of: Vec<Option<usize>>,
    set_of: HashMap<(usize, Vec<bool>, bool), u16>,
}

impl Questions {
    /// Gathers the thresholds of all slots; nothing if some slot has more than ranks tell apart.
    fn of(layout: &Layout, ranked: &mut Ranked) -> Option<Questions> {
        let mut number_of = vec![None; layout.reader().slots().len()];
        for (slot, thresholds) in layout.thresholds().into_iter().enumerate() {
            if thresholds.is_empty() {
                continue;
            }
            if usize::from(MISSING_RIGHT) <= thresholds.len() {
                return None;
            }
            number_of[slot] = Some(ranked.numbers.len());
            ranked.numbers.push(Number {
                slot,
                edges: Edges::new(&thresholds),
                questions: [None; 2],
            });
        }
        Some(Questions {
            number_of,
            set_of: HashMap::new(),
        })
    }

    fn node(&mut self, layout: &Layout, ranked: &mut Ranked, node: usize, asked: &Question) -> Option<Node> {
        let left = asked.left as u32;
        let Some(threshold) = asked.threshold else {
            let question = self.set(layout, ranked, node, asked)?;
            return Some(Node {
                left,
                question,
                rank: 0,
            });
        };
        let number = self.number_of[asked.slot]?;
        let side = usize::from(asked.missing_right);
        if ranked.numbers[number].questions[side].is_none() {
            ranked.numbers[number].questions[side] = Some(ranked.push_question()?);
        }
        let number = &ranked.numbers[number];
        Some(Node {
            left,
            question: number.questions[side]?,
            rank: number.edges.n_below(threshold) as u16,
        })
    }

    fn set(&mut self, layout: &Layout, ranked: &mut Ranked, node: usize, asked: &Question) -> Option<u16> {
        let n_levels = layout.reader().slots()[asked.slot].n_levels as usize;
        let goes_right: Vec<bool> = (0..n_levels)
            .map(|level| layout.level_goes_right(node, level))
            .collect();
        let key = (asked.slot, goes_right.clone(), asked.missing_right);
        if let Some(&question) = self.set_of.get(&key) {
            return Some(question);
        }
        let question = ranked.push_question()?;
        self.set_of.insert(key, question);
        ranked.sets.push(Set {
            question,
            slot: asked.slot,
            goes_right,
            missing_right: asked.missing_right,
        });
        Some(question)
    }
}
