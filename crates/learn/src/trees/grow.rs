//! One tree, grown leaf by leaf.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Mutex;

use super::bins::{Cells, View};
use super::constraints::Limits;
use super::gradient::{Mode, Scale, Sum, Sums};
use super::histogram::{Adder, Entry, Shape};
use super::part::{Hands, Leaf, Room};
use super::settings::{Growth, Settings};
use super::tree::{Tree, TreeNode};
use crate::crew::Crew;
use crate::weights::Weights;

/// From so many cells on, threads share the rows of one leaf; below, each parts a leaf of its own.
const SHARED_CELLS: usize = 1 << 18;

/// Leaves for each thread, at most, that are parted before threads wait for each other.
const LEAVES_AHEAD: usize = 4;

/// What a leaf knows of the rows that it was made from.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Where they stand among the entries.
    pub(crate) rows: Range<usize>,
    pub(crate) sums: Sums,
    /// What the leaf's value must lie within.
    pub(crate) limits: Limits,
}

/// What the growing of a tree looks at.
pub(crate) struct Grower<'a> {
    pub(crate) bins: View<'a>,
    /// The cells of the rows that the tree learns from; entries name rows of these.
    pub(crate) cells: &'a Cells,
    /// The weights of these rows.
    pub(crate) weights: &'a Weights,
    pub(crate) settings: &'a Settings,
    /// The features that the tree may use, ascending.
    pub(crate) features: &'a [usize],
    pub(crate) scale: Scale,
    /// How many rows an entry stands for on average.
    pub(crate) rows_per_entry: f64,
    /// Whether leaves have the steps that derivatives tell, so that limits on values hold for them.
    pub(crate) steps_are_values: bool,
    /// Those who grow the tree.
    pub(crate) crew: &'a Crew,
}

/// Rooms that trees use one after the other.
pub(crate) struct Rooms<M: Mode> {
    /// The rows that the tree learns from; when it is grown, leaf after leaf.
    pub(crate) entries: Vec<Entry<M::Row>>,
    spare: Vec<Entry<M::Row>>,
    histograms: Vec<Vec<M::Sum>>,
    /// One for each thread.
    adders: Vec<Adder<M>>,
}

/// A leaf of the tree so far.
struct Open<S> {
    /// Its position in the tree.
    node: usize,
    leaf: Leaf<S>,
    /// What its split makes of it, if that was found out ahead of its turn.
    parts: Option<[Leaf<S>; 2]>,
}

/// A leaf that is to be parted: its position among the open ones, and what it is parted in.
type Turn<'w, M> = (usize, &'w Leaf<<M as Mode>::Sum>, Room<'w, M>);

impl<M: Mode> Rooms<M> {
    pub(crate) fn new() -> Rooms<M> {
        Rooms {
            entries: vec![],
            spare: vec![],
            histograms: vec![],
            adders: vec![],
        }
    }

    fn histogram(&mut self, n_sums: usize) -> Vec<M::Sum> {
        let mut histogram = self.histograms.pop().unwrap_or_default();
        histogram.resize(n_sums, M::Sum::default());
        histogram
    }

    fn give_back(&mut self, leaf: Leaf<M::Sum>) {
        if leaf.histogram.capacity() != 0 {
            self.histograms.push(leaf.histogram);
        }
    }
}

impl Grower<'_> {
    /// Grows a tree on the entries of `rooms`.
    pub(crate) fn grow<M: Mode>(&self, rooms: &mut Rooms<M>) -> Tree<Rows> {
        let shape = Shape::new(self.bins, self.cells, self.features);
        let filler = rooms.entries.first().copied();
        rooms
            .spare
            .resize_with(rooms.entries.len(), || filler.expect("there is an entry"));
        rooms.adders.resize_with(self.crew.n_threads(), Adder::new);
        let mut histogram = rooms.histogram(shape.n_sums());
        let hands = Hands {
            crew: self.crew,
            adders: &mut rooms.adders,
        };
        let root = self.root(&rooms.entries, hands, &shape, &mut histogram);
        let mut tree = Tree {
            nodes: vec![self.node(&root)],
        };
        let mut open = vec![Open {
            node: 0,
            leaf: Leaf { histogram, ..root },
            parts: None,
        }];
        while open.len() < self.settings.max_leaves {
            let Some(next) = self.next(&open) else {
                break;
            };
            if open[next].parts.is_none() {
                self.look_ahead(&mut open, next, rooms, &shape);
            }
            self.replace(&mut tree, &mut open, next);
        }
        for Open { leaf, parts, .. } in open {
            let leaves = parts.into_iter().flatten().chain([leaf]);
            leaves.for_each(|leaf| rooms.give_back(leaf));
        }
        tree
    }

    /// The leaf to split next: the most gainful, of those nearest to the root if it grows level by level.
    fn next<S: Sum>(&self, open: &[Open<S>]) -> Option<usize> {
        self.first(open, |_| true)
    }

    /// The first in turn of some leaves.
    fn first<S: Sum>(&self, open: &[Open<S>], is_meant: impl Fn(usize) -> bool) -> Option<usize> {
        let level = |leaf: &Leaf<S>| match self.settings.growth {
            Growth::Leaf => 0,
            Growth::Level => leaf.depth,
        };
        let gains = open
            .iter()
            .enumerate()
            .filter_map(|(position, Open { leaf, .. })| {
                let split = leaf.split.filter(|_| is_meant(position))?;
                Some((position, level(leaf), split.gain))
            });
        let first = gains.reduce(|best, next| {
            let is_better = next.1 < best.1 || (next.1 == best.1 && best.2 < next.2);
            if is_better { next } else { best }
        });
        first.map(|(position, ..)| position)
    }

    /// Parts the next leaf, and if it is small, others whose turn is likely to come, each on one thread.
    ///
    /// What is found does not depend on when, so neither does the tree.
    fn look_ahead<M: Mode>(
        &self,
        open: &mut [Open<M::Sum>],
        next: usize,
        rooms: &mut Rooms<M>,
        shape: &Shape,
    ) {
        let n_left = self.settings.max_leaves - open.len();
        let chosen = self.ahead(open, next, n_left);
        let histograms: Vec<_> = (chosen.iter())
            .map(|&position| {
                let leaf = &mut open[position].leaf;
                let is_last = n_left == 1 || self.settings.max_depth <= leaf.depth + 1;
                (!is_last).then(|| {
                    [
                        std::mem::take(&mut leaf.histogram),
                        rooms.histogram(shape.n_sums()),
                    ]
                })
            })
            .collect();
        let (mut entries, mut spare, mut start) = (&mut rooms.entries[..], &mut rooms.spare[..], 0);
        let mut work = Vec::with_capacity(chosen.len());
        for (position, histograms) in chosen.into_iter().zip(histograms) {
            let leaf = &open[position].leaf;
            let room = Room {
                entries: cut(&mut entries, start, &leaf.rows),
                spare: cut(&mut spare, start, &leaf.rows),
                histograms,
            };
            start = leaf.rows.end;
            work.push((position, leaf, room));
        }
        for (position, parts) in self.part_all(work, &mut rooms.adders, shape) {
            open[position].parts = Some(parts);
        }
    }

    /// The sides of one leaf, found by all threads, or of several, found by one each.
    fn part_all<M: Mode>(
        &self,
        mut work: Vec<Turn<'_, M>>,
        adders: &mut [Adder<M>],
        shape: &Shape,
    ) -> Vec<(usize, [Leaf<M::Sum>; 2])> {
        if work.len() == 1 {
            let found = work.into_iter().map(|(position, leaf, room)| {
                let hands = Hands {
                    crew: self.crew,
                    adders,
                };
                (position, self.part(leaf, room, shape, hands))
            });
            return found.collect();
        }
        // The largest first, so that no thread is left with it in the end.
        work.sort_by_key(|(_, leaf, _)| Reverse(leaf.rows.len()));
        let alone = Crew::alone();
        let adders: Vec<Mutex<&mut Adder<M>>> = adders.iter_mut().map(Mutex::new).collect();
        self.crew.map(work, |thread, (position, leaf, room)| {
            let mut adder = adders[thread].lock().expect("threads have one each");
            let hands = Hands {
                crew: &alone,
                adders: std::slice::from_mut(&mut **adder),
            };
            (position, self.part(leaf, room, shape, hands))
        })
    }

    /// The next leaf, and what may be parted beside it, as their rows come.
    fn ahead<S: Sum>(&self, open: &[Open<S>], next: usize, n_left: usize) -> Vec<usize> {
        let is_small = |position: usize| open[position].leaf.rows.len() * self.features.len() < SHARED_CELLS;
        let n_parted = open.iter().filter(|open| open.parts.is_some()).count();
        let n_most = match self.crew.n_threads() {
            1 => 1,
            n_threads => LEAVES_AHEAD * n_threads,
        };
        let n_wanted = n_most.min(n_left.saturating_sub(n_parted));
        let mut chosen = vec![next];
        while chosen.len() < n_wanted && is_small(next) {
            let is_meant = |position: usize| {
                open[position].parts.is_none() && is_small(position) && !chosen.contains(&position)
            };
            let Some(other) = self.first(open, is_meant) else {
                break;
            };
            chosen.push(other);
        }
        chosen.sort_unstable_by_key(|&position| open[position].leaf.rows.start);
        chosen
    }

    /// Puts the parts of a leaf in its place.
    fn replace<S: Sum>(&self, tree: &mut Tree<Rows>, open: &mut Vec<Open<S>>, position: usize) {
        let Open { node, leaf, parts } = open.remove(position);
        let (Some(split), Some(parts)) = (leaf.split, parts) else {
            return;
        };
        let left = tree.nodes.len();
        tree.nodes[node] = TreeNode::Split {
            feature: split.feature,
            left_bins: split.left_bins,
            left,
            right: left + 1,
            cover: leaf.weight,
        };
        tree.nodes.extend(parts.iter().map(|leaf| self.node(leaf)));
        let mut nodes = left..;
        let [left, right] = parts.map(|leaf| Open {
            node: nodes.next().unwrap_or_default(),
            leaf,
            parts: None,
        });
        open.insert(position, left);
        open.push(right);
    }

    fn node<S: Sum>(&self, leaf: &Leaf<S>) -> TreeNode<Rows> {
        TreeNode::Leaf {
            cover: leaf.weight,
            leaf: Rows {
                rows: leaf.rows.clone(),
                sums: leaf.total.scaled(&self.scale, 0.0),
                limits: leaf.limits,
            },
        }
    }
}

/// Takes a range off the front of what is left from `start` on.
fn cut<'a, T>(rest: &mut &'a mut [T], start: usize, range: &Range<usize>) -> &'a mut [T] {
    let (_, from) = std::mem::take(rest).split_at_mut(range.start - start);
    let (taken, after) = from.split_at_mut(range.len());
    *rest = after;
    taken
}
