//! A leaf parted by its split, each side with its own best split.

use std::ops::Range;

use super::constraints::{Limits, Paths};
use super::find::{Finder, Node, Split};
use super::gradient::{Mode, Sum};
use super::grow::Grower;
use super::histogram::{Adder, Entry, Shape, take_away};
use super::partition::{Rule, partition};
use crate::crew::Crew;

/// A leaf that may be split.
pub(super) struct Leaf<S> {
    /// Where its rows stand among the entries of the tree.
    pub(super) rows: Range<usize>,
    pub(super) depth: usize,
    pub(super) weight: f64,
    pub(super) total: S,
    pub(super) histogram: Vec<S>,
    pub(super) split: Option<Split<S>>,
    pub(super) limits: Limits,
    pub(super) paths: Paths,
}

/// What a leaf is parted in.
pub(super) struct Room<'r, M: Mode> {
    /// Its entries, and room for as many.
    pub(super) entries: &'r mut [Entry<M::Row>],
    pub(super) spare: &'r mut [Entry<M::Row>],
    /// Its histogram and room for another; none if its sides are not to be split.
    pub(super) histograms: Option<[Vec<M::Sum>; 2]>,
}

/// Those who part a leaf together, with an adder each.
pub(super) struct Hands<'h, M: Mode> {
    pub(super) crew: &'h Crew,
    pub(super) adders: &'h mut [Adder<M>],
}

impl<S: Sum> Leaf<S> {
    fn as_node(&self) -> Node<S> {
        Node {
            total: self.total,
            rows: self.weight,
        }
    }
}

impl Grower<'_> {
    /// The leaf of all rows, whose histogram is made.
    pub(super) fn root<M: Mode>(
        &self,
        entries: &[Entry<M::Row>],
        hands: Hands<'_, M>,
        shape: &Shape,
        histogram: &mut [M::Sum],
    ) -> Leaf<M::Sum> {
        let Hands { crew, adders } = hands;
        let weight = self.weight(entries);
        shape.add_up::<M>(self.cells, entries, histogram, adders, crew);
        let total = self.total::<M>(entries, histogram, shape);
        let (limits, paths) = (Limits::default(), self.settings.interactions.start());
        let node = Node { total, rows: weight };
        let split = self.find([(node, limits, &paths, histogram)], shape, crew);
        Leaf {
            rows: 0..entries.len(),
            depth: 0,
            weight,
            total,
            histogram: vec![],
            split: split[0],
            limits,
            paths,
        }
    }

    /// The sums of all rows: those of the first column's bins, which hold each row once.
    fn total<M: Mode>(&self, entries: &[Entry<M::Row>], histogram: &[M::Sum], shape: &Shape) -> M::Sum {
        let mut total = M::Sum::default();
        if self.features.is_empty() {
            for entry in entries {
                M::pour(M::widen(entry.derivatives), &mut total);
            }
        } else {
            histogram[shape.range(0)].iter().for_each(|&sum| total.add(sum));
        }
        total
    }

    /// The two sides of a leaf that has a split.
    ///
    /// The smaller side is added up, the larger is what is left of the whole.
    pub(super) fn part<M: Mode>(
        &self,
        leaf: &Leaf<M::Sum>,
        room: Room<'_, M>,
        shape: &Shape,
        hands: Hands<'_, M>,
    ) -> [Leaf<M::Sum>; 2] {
        let split = leaf.split.expect("only a leaf with a split is parted");
        let Room {
            entries,
            spare,
            histograms,
        } = room;
        let Hands { crew, adders } = hands;
        let left = self.bins.codes(split.feature, &split.left_bins);
        let rule = Rule::new(self.cells.column(self.bins.place(split.feature)), &left);
        let middle = partition(entries, spare, &rule, crew);
        let (left, right) = entries.split_at(middle);
        let mut sides = self.sides::<M>(leaf, &split, [left, right]);
        let Some([mut whole, mut part]) = histograms else {
            return sides;
        };
        let small_left = self.finder(leaf.as_node(), leaf.limits).is_lighter(split.left);
        let small = if small_left { left } else { right };
        shape.add_up::<M>(self.cells, small, &mut part, adders, crew);
        take_away(&mut whole, &part);
        let histograms = if small_left { [part, whole] } else { [whole, part] };
        let looked_at = [0, 1].map(|side| {
            let leaf = &sides[side];
            (leaf.as_node(), leaf.limits, &leaf.paths, &histograms[side][..])
        });
        let splits = self.find(looked_at, shape, crew);
        for ((side, histogram), split) in sides.iter_mut().zip(histograms).zip(splits) {
            (side.histogram, side.split) = (histogram, split);
        }
        sides
    }

    /// What is known of the sides of a leaf before they are looked at.
    fn sides<M: Mode>(
        &self,
        leaf: &Leaf<M::Sum>,
        split: &Split<M::Sum>,
        entries: [&[Entry<M::Row>]; 2],
    ) -> [Leaf<M::Sum>; 2] {
        let left_weight = self.weight(entries[0]);
        let weights = [left_weight, leaf.weight - left_weight];
        let totals = [split.left, leaf.total.minus(split.left)];
        let nodes = [0, 1].map(|side| Node {
            total: totals[side],
            rows: weights[side],
        });
        let middle = leaf.rows.start + entries[0].len();
        let rows = [leaf.rows.start..middle, middle..leaf.rows.end];
        let limits = match self.steps_are_values {
            true => self.finder(nodes[0], leaf.limits).limits_below(split, nodes),
            false => [leaf.limits; 2],
        };
        [0, 1].map(|side| Leaf {
            rows: rows[side].clone(),
            depth: leaf.depth + 1,
            weight: weights[side],
            total: totals[side],
            histogram: vec![],
            split: None,
            limits: limits[side],
            paths: leaf.paths.after(split.feature, &self.settings.interactions),
        })
    }

    /// The most gainful split of each node, the first of equals: features come in ascending order.
    fn find<S: Sum, const N: usize>(
        &self,
        nodes: [(Node<S>, Limits, &Paths, &[S]); N],
        shape: &Shape,
        crew: &Crew,
    ) -> [Option<Split<S>>; N] {
        let finders = nodes.map(|(node, limits, paths, histogram)| {
            let finder = self.finder(node, limits);
            finder.may_split().then_some((finder, paths, histogram))
        });
        let find = |position: usize| {
            let feature = self.features[position];
            finders.each_ref().map(|node| {
                let (finder, paths, histogram) = node.as_ref()?;
                let is_allowed = paths.allow(feature, &self.settings.interactions);
                let find = || {
                    let sums = &histogram[shape.range(position)];
                    let column = self.bins.column(feature);
                    let find = |sums: &[S]| finder.find(feature, column, sums);
                    self.bins.with_bins(feature, sums, finder.total(), find)
                };
                is_allowed.then(find).flatten()
            })
        };
        let better = |best: Option<Split<S>>, next: Option<Split<S>>| match (best, next) {
            (Some(best), Some(next)) if best.gain < next.gain => Some(next),
            (best, next) => best.or(next),
        };
        let positions: Vec<usize> = (0..self.features.len()).collect();
        // Several shares a thread: features with few bins take less time.
        let share = positions.len().div_ceil(4 * crew.n_threads()).max(1);
        let of_share = |_, positions: &[usize]| {
            let found = positions.iter().map(|&position| find(position));
            found.fold([None; N], |best, next| {
                std::array::from_fn(|node| better(best[node], next[node]))
            })
        };
        let best = crew.map(positions.chunks(share), of_share).into_iter();
        best.fold([None; N], |best, next| {
            std::array::from_fn(|node| better(best[node], next[node]))
        })
    }

    fn finder<S: Sum>(&self, node: Node<S>, limits: Limits) -> Finder<'_, S> {
        Finder::new(self.settings, &self.scale, node, limits)
    }

    /// The weight of rows: whole units, so their sum has no order.
    fn weight<R>(&self, entries: &[Entry<R>]) -> f64 {
        let units: i64 = match self.weights.are_equal() {
            true => entries.len() as i64,
            false => entries
                .iter()
                .map(|entry| self.weights.of(entry.row as usize))
                .sum(),
        };
        units as f64 * self.weights.unit * self.rows_per_entry
    }
}
