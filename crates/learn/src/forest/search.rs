//! The split of a node: some features are drawn, and of each the best split is sought, or one is drawn.
//!
//! A node looks at other features than its parent and its sibling, so there is no histogram to take another from; and
//! most nodes of a deep tree have fewer rows than a histogram has cells. So only cells that rows fall into are looked at.

use stats::random::Draw;

use super::criterion::{Criterion, Drawn};
use super::settings::Settings;
use crate::trees::{BinColumn, BinSet, Bins, Entry, Limits, Paths};

/// A split of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    score: f64,
    pub(super) feature: usize,
    /// The bins that go left, missing included.
    pub(super) left_bins: BinSet,
    /// The bins that have rows here; of a number, whether missing has.
    met: BinSet,
    left_units: i64,
}

/// Where to cut an order of bins, how good that is, and the units of weight on the left.
#[derive(Clone, Copy)]
struct Cut {
    place: usize,
    score: f64,
    left_units: i64,
}

/// What all nodes are searched with.
pub(super) struct Finder<'a, C> {
    pub(super) bins: &'a Bins,
    pub(super) settings: &'a Settings,
    pub(super) criterion: &'a C,
}

/// A node to be split.
pub(super) struct Node<'n, S> {
    pub(super) entries: &'n [Entry<Drawn>],
    pub(super) total: &'n S,
    pub(super) limits: Limits,
    pub(super) paths: &'n Paths,
}

/// Rooms that searches use one after the other.
pub(super) struct Desk {
    /// The features, in an order that is drawn.
    features: Vec<usize>,
    /// The bin of each row in the feature looked at.
    bins: Vec<u8>,
    /// Per bin the sums of its rows; zero between searches.
    cells: Vec<i64>,
    /// 1 for bins that have rows; 0 between searches.
    seen: [u8; 256],
    /// These bins, ascending; missing apart.
    present: Vec<u8>,
}

impl Desk {
    pub(super) fn new(n_features: usize, width: usize) -> Desk {
        Desk {
            features: (0..n_features).collect(),
            bins: vec![],
            cells: vec![0; 256 * width],
            seen: [0; 256],
            present: Vec::with_capacity(256),
        }
    }

    /// Puts the features back into their order, for the next tree.
    pub(super) fn start(&mut self) {
        self.features
            .iter_mut()
            .zip(0..)
            .for_each(|(place, feature)| *place = feature);
    }
}

impl<C: Criterion> Finder<'_, C> {
    /// The best split by the features that are drawn; features that do not vary here are passed over until one does.
    pub(super) fn find(&self, node: &Node<'_, C::Sum>, draw: &mut Draw, desk: &mut Desk) -> Option<Split> {
        let mut best: Option<Split> = None;
        let (mut n_seen, mut varies) = (0, false);
        for place in 0..desk.features.len() {
            if self.settings.max_features <= n_seen && varies {
                break;
            }
            let other = place + draw.below((desk.features.len() - place) as u64) as usize;
            desk.features.swap(place, other);
            let feature = desk.features[place];
            if !node.paths.allow(feature, &self.settings.interactions) {
                continue;
            }
            n_seen += 1;
            let column = &self.bins.columns[feature];
            let found = match self.settings.random_splits {
                true => self.drawn(node, feature, column, draw, desk),
                false => self.best(node, feature, column, desk),
            };
            varies |= found.is_some();
            let split = found.flatten();
            if split.is_some_and(|split| best.is_none_or(|best| best.score < split.score)) {
                best = split;
            }
        }
        best.map(|split| self.place_absent(node, split))
    }

    /// Bins without rows here go with the heavier side: nothing was learnt about them.
    fn place_absent(&self, node: &Node<'_, C::Sum>, mut split: Split) -> Split {
        if self.criterion.weight(node.total.as_ref()) <= 2 * split.left_units {
            let column = &self.bins.columns[split.feature];
            // A number's bins keep their order, so that only missing can be without a place.
            let first = if column.is_number() { column.n_bins } else { 0 };
            let absent = (first..=column.n_bins).filter(|&bin| !split.met.contains(bin));
            absent.for_each(|bin| split.left_bins.insert(bin));
        }
        split
    }

    /// The bins of the node's rows.
    fn gather(&self, node: &Node<'_, C::Sum>, feature: usize, desk: &mut Desk) {
        desk.bins.clear();
        let column = self.bins.view().cells(feature);
        let bins = node.entries.iter().map(|entry| column.bin(entry.row));
        desk.bins.extend(bins);
    }

    /// The best split by a feature; nothing at all if it does not vary here.
    fn best(
        &self,
        node: &Node<'_, C::Sum>,
        feature: usize,
        column: &BinColumn,
        desk: &mut Desk,
    ) -> Option<Option<Split>> {
        self.gather(node, feature, desk);
        let width = node.total.as_ref().len();
        for (entry, &bin) in node.entries.iter().zip(&desk.bins) {
            let start = usize::from(bin) * width;
            self.criterion
                .add(entry.derivatives, &mut desk.cells[start..start + width]);
            desk.seen[usize::from(bin)] = 1;
        }
        let missing = desk.list_present(column);
        let varies = 1 < desk.present.len() + usize::from(missing);
        let split = match column.is_number() {
            _ if !varies => None,
            true => self.best_edge(node, feature, column, missing, desk),
            false => self.best_levels(node, feature, column, missing, desk),
        };
        let missing_bin = missing.then_some(column.n_bins as u8);
        for &bin in desk.present.iter().chain(&missing_bin) {
            desk.cells[usize::from(bin) * width..][..width].fill(0);
        }
        varies.then_some(split)
    }

    /// Every edge between bins, missing values on either side.
    fn best_edge(
        &self,
        node: &Node<'_, C::Sum>,
        feature: usize,
        column: &BinColumn,
        missing: bool,
        desk: &Desk,
    ) -> Option<Split> {
        let direction = self.settings.directions.of(feature);
        let none = self.criterion.zero();
        let right = self.scan(node, &desk.present, &none, direction, desk, missing);
        let left = match missing {
            true => {
                let mut start = self.criterion.zero();
                let width = start.as_ref().len();
                plus(&mut start, &desk.cells[column.n_bins * width..][..width]);
                self.scan(node, &desk.present, &start, direction, desk, false)
            }
            false => None,
        };
        let (cut, missing_left) = match (right, left) {
            (Some(right), Some(left)) if right.score < left.score => (left, true),
            (None, Some(left)) => (left, true),
            (Some(right), _) => (right, false),
            (None, None) => return None,
        };
        // The edge lies midway between the bins that have rows.
        let bin = usize::from(desk.present[cut.place]);
        let next = desk.present.get(cut.place + 1);
        let edge = next.map_or(bin, |&next| (bin + usize::from(next) - 1) / 2);
        let (mut left_bins, mut met) = (BinSet::below(edge + 1), BinSet::default());
        if missing_left {
            left_bins.insert(column.n_bins);
        }
        if missing {
            met.insert(column.n_bins);
        }
        Some(Split {
            score: cut.score,
            feature,
            left_bins,
            met,
            left_units: cut.left_units,
        })
    }

    /// Levels in the order of their means, missing being a level too (Fisher 1958, as in boosting).
    fn best_levels(
        &self,
        node: &Node<'_, C::Sum>,
        feature: usize,
        column: &BinColumn,
        missing: bool,
        desk: &Desk,
    ) -> Option<Split> {
        let total = node.total.as_ref();
        let (leading, width) = (self.criterion.leading(total), total.len());
        let smoothing = self.settings.category_smoothing;
        let mean = total[leading] as f64 / self.criterion.weight(total) as f64;
        let key = |&bin: &u8| {
            let cell = &desk.cells[usize::from(bin) * width..][..width];
            let weight = self.criterion.weight(cell) as f64;
            (
                (cell[leading] as f64 + smoothing * mean) / (weight + smoothing),
                bin,
            )
        };
        let missing_bin = missing.then_some(column.n_bins as u8);
        let mut keyed: Vec<(f64, u8)> = desk.present.iter().chain(&missing_bin).map(key).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let order: Vec<u8> = keyed.into_iter().map(|(_, bin)| bin).collect();
        let cut = self.scan(node, &order, &self.criterion.zero(), 0, desk, false)?;
        Some(Split {
            score: cut.score,
            feature,
            left_bins: set_of(&order[..=cut.place]),
            met: set_of(&order),
            left_units: cut.left_units,
        })
    }

    /// The best place to cut `order`; `start` is left of all, and the end cuts only where something else is right of it.
    fn scan(
        &self,
        node: &Node<'_, C::Sum>,
        order: &[u8],
        start: &C::Sum,
        direction: i8,
        desk: &Desk,
        at_end: bool,
    ) -> Option<Cut> {
        let mut best: Option<Cut> = None;
        let mut left = start.clone();
        let mut right = node.total.clone();
        minus(&mut right, start.as_ref());
        let width = left.as_ref().len();
        let n_cuts = if at_end {
            order.len()
        } else {
            order.len().saturating_sub(1)
        };
        for (place, &bin) in order[..n_cuts].iter().enumerate() {
            let cell = &desk.cells[usize::from(bin) * width..][..width];
            plus(&mut left, cell);
            minus(&mut right, cell);
            let score = self.score(left.as_ref(), right.as_ref(), direction, &node.limits);
            if let Some(score) = score
                && best.is_none_or(|best| best.score < score)
            {
                let left_units = self.criterion.weight(left.as_ref());
                best = Some(Cut {
                    place,
                    score,
                    left_units,
                });
            }
        }
        best
    }

    /// A split that is drawn: an edge between the least and the greatest bin, or a side for each level.
    fn drawn(
        &self,
        node: &Node<'_, C::Sum>,
        feature: usize,
        column: &BinColumn,
        draw: &mut Draw,
        desk: &mut Desk,
    ) -> Option<Option<Split>> {
        self.gather(node, feature, desk);
        let (left_bins, met, left) = match column.is_number() {
            true => {
                let edge = drawn_edge(column, draw, &desk.bins)?;
                let is_left = |bin: u8| bin <= edge.last || edge.missing_left == Some(bin);
                (
                    edge.left_bins(),
                    edge.met(column),
                    self.left(node, &desk.bins, is_left),
                )
            }
            false => {
                let (left_bins, met) = drawn_levels(column, draw, desk)?;
                let is_left = |bin: u8| left_bins.contains(usize::from(bin));
                (left_bins, met, self.left(node, &desk.bins, is_left))
            }
        };
        let mut right = node.total.clone();
        minus(&mut right, left.as_ref());
        let direction = self.settings.directions.of(feature);
        let score = self.score(left.as_ref(), right.as_ref(), direction, &node.limits);
        Some(score.map(|score| Split {
            score,
            feature,
            left_bins,
            met,
            left_units: self.criterion.weight(left.as_ref()),
        }))
    }

    /// The sums of the rows that go left.
    #[inline(always)]
    fn left(&self, node: &Node<'_, C::Sum>, bins: &[u8], is_left: impl Fn(u8) -> bool) -> C::Sum {
        let mut left = self.criterion.zero();
        for (entry, &bin) in node.entries.iter().zip(bins) {
            // A row on the right adds no weight, without a branch that would be guessed wrongly half of the time.
            let weight = entry.derivatives.weight * i64::from(is_left(bin));
            let row = Drawn {
                weight,
                ..entry.derivatives
            };
            self.criterion.add(row, left.as_mut());
        }
        left
    }

    /// How good two sides are; nothing if one is too small, or their values go the wrong way.
    #[inline(always)]
    fn score(&self, left: &[i64], right: &[i64], direction: i8, limits: &Limits) -> Option<f64> {
        let weights = [left, right].map(|sum| self.criterion.weight(sum));
        if weights[0].min(weights[1]) < self.settings.min_units_per_leaf {
            return None;
        }
        if self.settings.directions.are_free() {
            return Some(self.criterion.score(left) + self.criterion.score(right));
        }
        let sums = [left, right].map(|sum| sum[self.criterion.leading(sum)] as f64);
        let weights = weights.map(|weight| weight as f64);
        let values = [0, 1].map(|side| limits.hold(sums[side] / weights[side]));
        if 0.0 < f64::from(direction) * (values[0] - values[1]) {
            return None;
        }
        let score = |side: usize| values[side] * (2.0 * sums[side] - weights[side] * values[side]);
        Some(score(0) + score(1))
    }
}

impl Desk {
    /// Lists the bins that were seen, and forgets them; whether missing was seen.
    fn list_present(&mut self, column: &BinColumn) -> bool {
        self.present.clear();
        let missing = self.seen[column.n_bins] != 0;
        self.seen[column.n_bins] = 0;
        for (start, eight) in (0..=255u8).step_by(8).zip(self.seen.as_chunks_mut::<8>().0) {
            if u64::from_ne_bytes(*eight) != 0 {
                let seen = eight.iter().zip(start..=255).filter(|(seen, _)| **seen != 0);
                self.present.extend(seen.map(|(_, bin)| bin));
                *eight = [0; 8];
            }
        }
        missing
    }
}

/// An edge that was drawn.
struct Edge {
    /// The last bin of numbers on the left.
    last: u8,
    /// The bin of missing, if it goes left; it is none of the others.
    missing_left: Option<u8>,
    missing: bool,
}

impl Edge {
    fn left_bins(&self) -> BinSet {
        let mut left_bins = BinSet::below(usize::from(self.last) + 1);
        if let Some(bin) = self.missing_left {
            left_bins.insert(usize::from(bin));
        }
        left_bins
    }

    fn met(&self, column: &BinColumn) -> BinSet {
        let mut met = BinSet::default();
        if self.missing {
            met.insert(column.n_bins);
        }
        met
    }
}

/// An edge between the least and the greatest of some bins, and a side for missing; none if they do not vary.
fn drawn_edge(column: &BinColumn, draw: &mut Draw, bins: &[u8]) -> Option<Edge> {
    let missing_bin = column.n_bins as u8;
    // The bin of missing is the largest.
    let first = bins.iter().copied().fold(u8::MAX, u8::min);
    let present = |bin: u8| if bin == missing_bin { 0 } else { bin };
    let last = bins.iter().copied().fold(0, |last, bin| present(bin).max(last));
    let missing = bins.contains(&missing_bin);
    if first == missing_bin || (first == last && !missing) {
        return None;
    }
    if first == last {
        // Numbers of one bin against missing values.
        return Some(Edge {
            last: missing_bin - 1,
            missing_left: None,
            missing,
        });
    }
    let last = first + draw.below(u64::from(last - first)) as u8;
    let missing_left = (missing && draw.below(2) == 0).then_some(missing_bin);
    Some(Edge {
        last,
        missing_left,
        missing,
    })
}

/// Sides for all levels that are met, at least one on either; and these levels.
fn drawn_levels(column: &BinColumn, draw: &mut Draw, desk: &mut Desk) -> Option<(BinSet, BinSet)> {
    desk.bins.iter().for_each(|&bin| desk.seen[usize::from(bin)] = 1);
    let missing = desk.list_present(column);
    let missing_bin = missing.then_some(column.n_bins as u8);
    let levels: Vec<u8> = desk.present.iter().chain(&missing_bin).copied().collect();
    if levels.len() < 2 {
        return None;
    }
    let mut left_bins = BinSet::default();
    // One level is left and another right for sure; each of the others may be either.
    let sure = draw.below(levels.len() as u64) as usize;
    let other = (sure + 1 + draw.below(levels.len() as u64 - 1) as usize) % levels.len();
    for (place, &level) in levels.iter().enumerate() {
        let is_left = draw.below(2) == 0;
        if place == sure || (is_left && place != other) {
            left_bins.insert(usize::from(level));
        }
    }
    Some((left_bins, set_of(&levels)))
}

fn set_of(bins: &[u8]) -> BinSet {
    let mut set = BinSet::default();
    bins.iter().for_each(|&bin| set.insert(usize::from(bin)));
    set
}

#[inline(always)]
fn plus<S: AsMut<[i64]>>(sum: &mut S, other: &[i64]) {
    sum.as_mut()
        .iter_mut()
        .zip(other)
        .for_each(|(sum, other)| *sum += other);
}

#[inline(always)]
fn minus<S: AsMut<[i64]>>(sum: &mut S, other: &[i64]) {
    sum.as_mut()
        .iter_mut()
        .zip(other)
        .for_each(|(sum, other)| *sum -= other);
}
