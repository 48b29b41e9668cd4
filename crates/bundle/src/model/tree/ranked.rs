//! Trees for single rows: in [`Patches`] where that is possible, else of compact nodes that compare ranks.
//!
//! A compact node takes eight bytes, so that most of an ensemble stays in the second cache. All walks take a few steps
//! before any goes on, and those that have reached a leaf drop out; so waits for memory hide each other, and few steps are
//! taken for nothing. Ensembles with very many questions or thresholds have neither and are walked node by node.

use super::layout::Layout;
use super::patches::{Patches, Room};
use super::questions::{MOST_QUESTIONS, Questions, Ranks};

/// The rank that no number has.
const LEAF: u16 = u16::MAX;
/// Steps between two looks at who has reached a leaf.
const STEPS: usize = 3;
/// Walks whose waits hide each other.
const ABREAST: usize = 8;

/// An ensemble that compares ranks.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    questions: Questions,
    trees: Trees,
}

#[derive(Clone, Debug)]
enum Trees {
    Patches(Patches),
    /// Nodes at the positions that they have in the [`Layout`].
    Nodes(Vec<Node>),
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
struct Node {
    left: u32,
    question: u16,
    /// A larger rank goes right.
    rank: u16,
}

impl Ranked {
    /// Lays an ensemble out, if it fits; `cover` is the weight of the rows that reached each node.
    pub(super) fn build(layout: &Layout, cover: &[f64]) -> Option<Ranked> {
        let (questions, asked) = Questions::of(layout)?;
        let trees = match Patches::build(layout, &questions, &asked, cover) {
            Some(patches) => Trees::Patches(patches),
            None => Trees::Nodes(nodes(layout, &questions, &asked)),
        };
        Some(Ranked { questions, trees })
    }

    /// Whether rows go through patches.
    #[cfg(test)]
    pub(super) fn is_cut(&self) -> bool {
        matches!(self.trees, Trees::Patches(_))
    }

    /// Finds the ranks of a row, given what its slots hold.
    pub(super) fn answer(&self, row: &[f64], ranks: &mut Ranks) {
        self.questions.answer(row, ranks);
    }

    /// Takes a row to its leaves, and folds the value of each, tree after tree.
    #[inline(always)]
    pub(super) fn fold_values_of<S>(
        &self,
        layout: &Layout,
        ranks: &Ranks,
        walks: &mut Walks,
        so_far: S,
        mut take: impl FnMut(S, usize, f64) -> S,
    ) -> S {
        match &self.trees {
            Trees::Patches(patches) => patches.fold_values(ranks, &mut walks.room, so_far, take),
            Trees::Nodes(nodes) => {
                let roots = layout.trees().iter().map(|tree| tree.root() as u32);
                walks.at.clear();
                walks.at.extend(roots);
                walk(nodes, ranks, &mut walks.at, &mut walks.walking);
                let leaves = walks.at.iter().enumerate();
                leaves.fold(so_far, |so_far, (tree, leaf)| {
                    take(so_far, tree, layout.value(*leaf as usize))
                })
            }
        }
    }
}

fn nodes(layout: &Layout, questions: &Questions, asked: &[u16]) -> Vec<Node> {
    let node = |(node, question): (usize, &u16)| match layout.question(node) {
        None => Node {
            left: node as u32,
            question: 0,
            rank: LEAF,
        },
        Some(asked) => Node {
            left: asked.left as u32,
            question: *question,
            rank: questions.rank(*question, &asked),
        },
    };
    asked.iter().enumerate().map(node).collect()
}

/// Walks from the nodes `at` to leaves with the ranks of a row.
fn walk(nodes: &[Node], ranks: &Ranks, at: &mut [u32], walking: &mut Vec<u32>) {
    walking.clear();
    walking.extend(0..at.len() as u32);
    while let Some(&first) = walking.first() {
        // Walks that are taken twice to fill the lanes find the same leaf.
        walking.resize(walking.len().next_multiple_of(ABREAST), first);
        let n_walking = walk_on(nodes, ranks, at, walking);
        walking.truncate(n_walking);
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
