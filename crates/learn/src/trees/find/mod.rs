//! The best split of a node by one feature, from its histogram.

mod category;
mod number;

use super::bins::{BinColumn, BinSet};
use super::constraints::Limits;
use super::gradient::{Scale, Sum, Sums};
use super::settings::Settings;

/// A split that gains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split<S> {
    pub(crate) gain: f64,
    pub(crate) feature: usize,
    /// The bins that go left, missing included; bins without rows here go with the heavier side.
    pub(crate) left_bins: BinSet,
    /// The sums of the left side.
    pub(crate) left: S,
}

/// A node whose split is sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<S> {
    pub(crate) total: S,
    /// The weight of its rows.
    pub(crate) rows: f64,
}

/// Looks for splits of one node.
pub(crate) struct Finder<'a, S> {
    settings: &'a Settings,
    scale: &'a Scale,
    node: Node<S>,
    limits: Limits,
    whole: Sums,
    /// What the node takes off the loss unsplit.
    whole_score: f64,
    rows_per_hessian: f64,
}

/// How splits of a feature are judged.
#[derive(Clone, Copy)]
struct Terms {
    l2: f64,
    /// The direction in which values must go: 1 up, -1 down, 0 any.
    direction: i8,
    /// Whether values are held within limits.
    is_limited: bool,
}

impl Terms {
    /// Whether the values of the sides may be any.
    fn is_free(&self) -> bool {
        self.direction == 0 && !self.is_limited
    }
}

/// The best candidate so far of one feature.
struct Best<S> {
    gain: f64,
    left: S,
    left_bins: BinSet,
}

impl<'a, S: Sum> Finder<'a, S> {
    pub(crate) fn new(
        settings: &'a Settings,
        scale: &'a Scale,
        node: Node<S>,
        limits: Limits,
    ) -> Finder<'a, S> {
        let hessian = node.total.scaled(scale, 0.0).hessian;
        let rows_per_hessian = if 0.0 < hessian { node.rows / hessian } else { 0.0 };
        let whole = node.total.scaled(scale, rows_per_hessian);
        let mut finder = Finder {
            settings,
            scale,
            node,
            limits,
            whole,
            whole_score: 0.0,
            rows_per_hessian,
        };
        let terms = finder.terms(0, 0.0);
        finder.whole_score = finder.score(&whole, terms);
        finder
    }

    /// The sums of the node's rows.
    pub(crate) fn total(&self) -> S {
        self.node.total
    }

    /// Whether the node is large enough to be split at all.
    pub(crate) fn may_split(&self) -> bool {
        let Settings {
            min_rows_per_leaf,
            min_hessian,
            ..
        } = self.settings;
        2.0 * min_rows_per_leaf <= self.whole.rows && 2.0 * min_hessian <= self.whole.hessian
    }

    /// The best split by `feature`, whose bins `histogram` holds; the first of equals.
    pub(crate) fn find(&self, feature: usize, column: &BinColumn, histogram: &[S]) -> Option<Split<S>> {
        let best = match column.is_number() {
            true => self.find_number(histogram, self.settings.directions.of(feature)),
            false => self.find_category(histogram),
        }?;
        // A number's bins keep their order, so that only missing can be without a place.
        let first_free = if column.is_number() { column.n_bins } else { 0 };
        let left_bins = self.place_empty(best.left, best.left_bins, histogram, first_free);
        Some(Split {
            gain: best.gain,
            feature,
            left_bins,
            left: best.left,
        })
    }

    /// Whether `left` is at most half of the node, as far as sums tell.
    pub(crate) fn is_lighter(&self, left: S) -> bool {
        2.0 * left.scaled(self.scale, self.rows_per_hessian).rows <= self.whole.rows
    }

    /// The limits of the two sides of a split, given its nodes.
    pub(crate) fn limits_below(&self, split: &Split<S>, nodes: [Node<S>; 2]) -> [Limits; 2] {
        let terms = self.terms(0, 0.0);
        let value = |node: Node<S>| {
            let sums = node.total.scaled(self.scale, 0.0);
            self.limits.hold(step(&sums, self.settings.l1, terms.l2))
        };
        self.limits
            .parted(self.settings.directions.of(split.feature), nodes.map(value))
    }

    fn terms(&self, direction: i8, extra_l2: f64) -> Terms {
        Terms {
            l2: self.settings.l2 + extra_l2,
            direction,
            is_limited: !self.settings.directions.are_free(),
        }
    }

    /// What a split gains that sends `left` to the left; none if a side is too small, it gains too little, or its
    /// values go the wrong way.
    #[inline(always)]
    fn gain(&self, left: S, terms: Terms) -> Option<f64> {
        let settings = self.settings;
        let [a, b] =
            [left, self.node.total.minus(left)].map(|side| side.scaled(self.scale, self.rows_per_hessian));
        if terms.is_free() {
            let gain = self.free_gain(&a, &b, terms);
            return (gain != f64::NEG_INFINITY).then_some(gain);
        }
        if !self.is_enough(&a, &b) {
            return None;
        }
        if terms.direction != 0 {
            let [low, high] = [&a, &b].map(|side| self.limits.hold(step(side, settings.l1, terms.l2)));
            if 0.0 < f64::from(terms.direction) * (low - high) {
                return None;
            }
        }
        let parts = self.score(&a, terms) + self.score(&b, terms);
        self.is_gain(parts).then_some(parts - self.whole_score)
    }

    /// What a split gains if the values of its sides may be any; less than anything where it must not be.
    #[inline(always)]
    fn free_gain(&self, a: &Sums, b: &Sums, terms: Terms) -> f64 {
        let parts = self.free_score(a, terms) + self.free_score(b, terms);
        match self.is_enough(a, b) & self.is_gain(parts) {
            true => parts - self.whole_score,
            false => f64::NEG_INFINITY,
        }
    }

    /// Whether both sides are large enough.
    #[inline(always)]
    fn is_enough(&self, a: &Sums, b: &Sums) -> bool {
        let rows = (self.settings.min_rows_per_leaf <= a.rows) & (self.settings.min_rows_per_leaf <= b.rows);
        let min_hessian = self.settings.min_hessian;
        rows & (min_hessian <= a.hessian) & (min_hessian <= b.hessian)
    }

    /// What is no more than rounding is no gain.
    #[inline(always)]
    fn is_gain(&self, parts: f64) -> bool {
        self.settings.min_gain + 1e-12 * parts < parts - self.whole_score
    }

    /// Twice what a leaf takes off the loss.
    #[inline(always)]
    fn score(&self, sums: &Sums, terms: Terms) -> f64 {
        if !terms.is_limited {
            return self.free_score(sums, terms);
        }
        let gradient = soften(sums.gradient, self.settings.l1);
        let value = self.limits.hold(step(sums, self.settings.l1, terms.l2));
        -value * (2.0 * gradient + (sums.hessian + terms.l2) * value)
    }

    /// The same if its value may be any.
    #[inline(always)]
    fn free_score(&self, sums: &Sums, terms: Terms) -> f64 {
        let gradient = soften(sums.gradient, self.settings.l1);
        gradient * gradient / (sums.hessian + terms.l2)
    }

    /// Bins without rows here, from `first_free` on, go with the heavier side: nothing was learnt about them.
    fn place_empty(&self, left: S, mut left_bins: BinSet, histogram: &[S], first_free: usize) -> BinSet {
        let left_rows = left.scaled(self.scale, self.rows_per_hessian).rows;
        if self.whole.rows <= 2.0 * left_rows {
            let cells = histogram.iter().enumerate().skip(first_free);
            let empty = cells.filter(|(_, cell)| **cell == S::default());
            empty.for_each(|(bin, _)| left_bins.insert(bin));
        }
        left_bins
    }
}

/// The step that a leaf takes, before the learning rate and within limits.
pub(crate) fn leaf_step(sums: &Sums, settings: &Settings, limits: &Limits, max_step: f64) -> f64 {
    let step = step(sums, settings.l1, settings.l2);
    if step.is_finite() {
        limits.hold(step).clamp(-max_step, max_step)
    } else {
        0.0
    }
}

/// The best step by the second-order approximation of the loss.
#[inline(always)]
fn step(sums: &Sums, l1: f64, l2: f64) -> f64 {
    -soften(sums.gradient, l1) / (sums.hessian + l2)
}

/// A gradient sum moved towards zero by `l1`.
#[inline(always)]
fn soften(gradient: f64, l1: f64) -> f64 {
    let size = (gradient.abs() - l1).max(0.0);
    if gradient < 0.0 { -size } else { size }
}
