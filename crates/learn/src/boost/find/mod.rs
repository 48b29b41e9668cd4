//! The best split of a node by one feature, from its histogram.

mod category;
mod number;

use super::bins::{BinColumn, BinSet};
use super::gradient::{Cell, Scale, Sums};
use super::settings::Settings;

/// A split that gains.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split<C> {
    pub(super) gain: f64,
    pub(super) feature: usize,
    /// The bins that go left, missing included; bins without rows here go with the heavier side.
    pub(super) left_bins: BinSet,
    /// The cells of the left side.
    pub(super) left: C,
}

/// A node whose split is sought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<C> {
    pub(super) total: C,
    /// The weight of its rows.
    pub(super) rows: f64,
}

/// Looks for splits of one node.
pub(super) struct Finder<'a, C> {
    settings: &'a Settings,
    scale: &'a Scale,
    node: Node<C>,
    whole: Sums,
    rows_per_hessian: f64,
}

/// The best candidate so far of one feature.
struct Best<C> {
    gain: f64,
    left: C,
    left_bins: BinSet,
}

impl<'a, C: Cell> Finder<'a, C> {
    pub(super) fn new(settings: &'a Settings, scale: &'a Scale, node: Node<C>) -> Finder<'a, C> {
        let hessian = node.total.sums(scale, 0.0).hessian;
        let rows_per_hessian = if 0.0 < hessian { node.rows / hessian } else { 0.0 };
        let whole = node.total.sums(scale, rows_per_hessian);
        Finder {
            settings,
            scale,
            node,
            whole,
            rows_per_hessian,
        }
    }

    /// The best split by `feature`, whose bins `histogram` holds; the first of equals.
    pub(super) fn find(&self, feature: usize, column: &BinColumn, histogram: &[C]) -> Option<Split<C>> {
        let best = match column.is_number() {
            true => self.find_number(histogram),
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

    /// What a split gains that sends `left` to the left; none if a side is too small or it gains too little.
    #[inline(always)]
    fn gain(&self, left: C, extra_l2: f64) -> Option<f64> {
        let settings = self.settings;
        let a = left.sums(self.scale, self.rows_per_hessian);
        let b = self
            .node
            .total
            .minus(left)
            .sums(self.scale, self.rows_per_hessian);
        let too_few = a.rows.min(b.rows) < settings.min_rows_per_leaf;
        if too_few || a.hessian.min(b.hessian) < settings.min_hessian {
            return None;
        }
        let l2 = settings.l2 + extra_l2;
        let parts = score(&a, settings.l1, l2) + score(&b, settings.l1, l2);
        let gain = parts - score(&self.whole, settings.l1, settings.l2);
        // What is no more than rounding is no gain.
        (settings.min_gain + 1e-12 * parts < gain).then_some(gain)
    }

    /// Bins without rows here, from `first_free` on, go with the heavier side: nothing was learnt about them.
    fn place_empty(&self, left: C, mut left_bins: BinSet, histogram: &[C], first_free: usize) -> BinSet {
        let left_rows = left.sums(self.scale, self.rows_per_hessian).rows;
        if self.whole.rows <= 2.0 * left_rows {
            let cells = histogram.iter().enumerate().skip(first_free);
            let empty = cells.filter(|(_, cell)| **cell == C::default());
            empty.for_each(|(bin, _)| left_bins.insert(bin));
        }
        left_bins
    }
}

/// Twice what a leaf takes off the loss.
#[inline(always)]
fn score(sums: &Sums, l1: f64, l2: f64) -> f64 {
    let gradient = soften(sums.gradient, l1);
    gradient * gradient / (sums.hessian + l2)
}

/// The step that a leaf takes, before the learning rate.
pub(super) fn leaf_step(sums: &Sums, settings: &Settings, max_step: f64) -> f64 {
    let step = -soften(sums.gradient, settings.l1) / (sums.hessian + settings.l2);
    if step.is_finite() {
        step.clamp(-max_step, max_step)
    } else {
        0.0
    }
}

/// A gradient sum moved towards zero by `l1`.
#[inline(always)]
fn soften(gradient: f64, l1: f64) -> f64 {
    let size = (gradient.abs() - l1).max(0.0);
    if gradient < 0.0 { -size } else { size }
}
