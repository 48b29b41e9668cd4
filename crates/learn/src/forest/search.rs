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
    /// The bins that go left, missing included; bins without rows here go with the heavier side.
    pub(super) left_bins: BinSet,
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
    /// Which bins have rows.
    seen: [bool; 256],
    /// These bins, ascending; missing apart.
    present: Vec<u8>,
}

impl Desk {
    pub(super) fn new(n_features: usize, width: usize) -> Desk {
        Desk {
            features: (0..n_features).collect(),
            bins: vec![],
            cells: vec![0; 256 * width],
            seen: [false; 256],
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
        best
    }

    /// The bins of the node's rows.
    fn gather(&self, node: &Node<'_, C::Sum>, column: &BinColumn, desk: &mut Desk) {
        desk.bins.clear();
        let bins = node
            .entries
            .iter()
            .map(|entry| self.bins.bin(column, entry.row as usize) as u8);
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
        self.gather(node, column, desk);
        let width = node.total.as_ref().len();
        for (entry, &bin) in node.entries.iter().zip(&desk.bins) {
            let start = usize::from(bin) * width;
            self.criterion
                .add(entry.derivatives, &mut desk.cells[start..start + width]);
            desk.seen[usize::from(bin)] = true;
        }
        list_present(column, desk);
        let missing = desk.seen[column.n_bins];
        let varies = 1 < desk.present.len() + usize::from(missing);
        let split = match column.is_number() {
            _ if !varies => None,
            true => self.best_edge(node, feature, column, missing, desk),
            false => self.best_levels(node, feature, column, missing, desk),
        };
        let missing_bin = missing.then_some(column.n_bins as u8);
        for &bin in desk.present.iter().chain(&missing_bin) {
            desk.cells[usize::from(bin) * width..][..width].fill(0);
            desk.seen[usize::from(bin)] = false;
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
        let missing_right = self.scan(node, &desk.present, &none, direction, desk, missing);
        let missing_left = match missing {
            true => {
                let mut start = self.criterion.zero();
                self.add_cell(column.n_bins, desk, &mut start);
                self.scan(node, &desk.present, &start, direction, desk, false)
            }
            false => None,
        };
        let (place, score, is_left) = match (missing_right, missing_left) {
            (Some((_, right)), Some((place, left))) if right < left => (place, left, true),
            (None, Some((place, left))) => (place, left, true),
            (Some((place, right)), _) => (place, right, false),
            (None, None) => return None,
        };
        // The edge lies midway between the bins that have rows.
        let bin = usize::from(desk.present[place]);
        let edge = desk
            .present
            .get(place + 1)
            .map_or(bin, |&next| (bin + usize::from(next) - 1) / 2);
        let mut left_bins = BinSet::below(edge + 1);
        if is_left || (!missing && self.left_is_heavier(node, &left_bins, desk)) {
            left_bins.insert(column.n_bins);
        }
        Some(Split {
            score,
            feature,
            left_bins,
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
        let (place, score) = self.scan(node, &order, &self.criterion.zero(), 0, desk, false)?;
        let mut left_bins = BinSet::default();
        order[..=place]
            .iter()
            .for_each(|&bin| left_bins.insert(usize::from(bin)));
        self.place_absent(node, column, &mut left_bins, desk);
        Some(Split {
            score,
            feature,
            left_bins,
        })
    }

    /// The place in `order` after which to cut, and its score; `start` is left of all, and the end cuts only where
    /// something else is right of it.
    fn scan(
        &self,
        node: &Node<'_, C::Sum>,
        order: &[u8],
        start: &C::Sum,
        direction: i8,
        desk: &Desk,
        at_end: bool,
    ) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64)> = None;
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
                && best.is_none_or(|(_, best)| best < score)
            {
                best = Some((place, score));
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
        self.gather(node, column, desk);
        desk.bins
            .iter()
            .for_each(|&bin| desk.seen[usize::from(bin)] = true);
        list_present(column, desk);
        let missing = desk.seen[column.n_bins];
        desk.seen = [false; 256];
        let varies = 1 < desk.present.len() + usize::from(missing);
        if !varies {
            return None;
        }
        let mut left_bins = match column.is_number() {
            true => drawn_edge(column, missing, draw, desk),
            false => drawn_levels(column, missing, draw, desk),
        };
        let mut left = self.criterion.zero();
        for (entry, &bin) in node.entries.iter().zip(&desk.bins) {
            // A row on the right adds no weight, without a branch that would be guessed wrongly half of the time.
            let weight = entry.derivatives.weight * i64::from(left_bins.contains(usize::from(bin)));
            let row = Drawn {
                weight,
                ..entry.derivatives
            };
            self.criterion.add(row, left.as_mut());
        }
        let mut right = node.total.clone();
        minus(&mut right, left.as_ref());
        if !column.is_number() || !missing {
            let is_heavier = self.criterion.weight(right.as_ref()) <= self.criterion.weight(left.as_ref());
            let first = if column.is_number() { column.n_bins } else { 0 };
            let seen = |bin| desk.present.contains(&(bin as u8)) || (missing && bin == column.n_bins);
            let absent = (first..=column.n_bins).filter(|bin| is_heavier && !seen(*bin));
            absent.for_each(|bin| left_bins.insert(bin));
        }
        let direction = self.settings.directions.of(feature);
        let score = self.score(left.as_ref(), right.as_ref(), direction, &node.limits);
        Some(score.map(|score| Split {
            score,
            feature,
            left_bins,
        }))
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

    fn add_cell(&self, bin: usize, desk: &Desk, sum: &mut C::Sum) {
        let width = sum.as_ref().len();
        plus(sum, &desk.cells[bin * width..][..width]);
    }

    fn left_is_heavier(&self, node: &Node<'_, C::Sum>, left_bins: &BinSet, desk: &Desk) -> bool {
        let mut left = self.criterion.zero();
        let bins = (0..256).filter(|&bin| desk.seen[bin] && left_bins.contains(bin));
        bins.for_each(|bin| self.add_cell(bin, desk, &mut left));
        let total = self.criterion.weight(node.total.as_ref());
        total <= 2 * self.criterion.weight(left.as_ref())
    }

    /// Bins without rows here go with the heavier side: nothing was learnt about them.
    fn place_absent(&self, node: &Node<'_, C::Sum>, column: &BinColumn, left_bins: &mut BinSet, desk: &Desk) {
        if self.left_is_heavier(node, left_bins, desk) {
            let absent = (0..=column.n_bins).filter(|&bin| !desk.seen[bin]);
            absent.for_each(|bin| left_bins.insert(bin));
        }
    }
}

fn list_present(column: &BinColumn, desk: &mut Desk) {
    desk.present.clear();
    let bins = desk.seen[..column.n_bins].iter().zip(0..=255u8);
    desk.present
        .extend(bins.filter(|(seen, _)| **seen).map(|(_, bin)| bin));
}

fn drawn_edge(column: &BinColumn, missing: bool, draw: &mut Draw, desk: &Desk) -> BinSet {
    let (first, last) = match desk.present[..] {
        [first, .., last] => (usize::from(first), usize::from(last)),
        // Numbers of one bin against missing values.
        _ => return BinSet::below(column.n_bins),
    };
    let mut left_bins = BinSet::below(first + draw.below((last - first) as u64) as usize + 1);
    if missing && draw.below(2) == 0 {
        left_bins.insert(column.n_bins);
    }
    left_bins
}

/// Sides for all levels that are met, at least one on either.
fn drawn_levels(column: &BinColumn, missing: bool, draw: &mut Draw, desk: &Desk) -> BinSet {
    let missing_bin = missing.then_some(column.n_bins as u8);
    let levels: Vec<u8> = desk.present.iter().chain(&missing_bin).copied().collect();
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
    left_bins
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
