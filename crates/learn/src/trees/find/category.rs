//! Splits of categories: levels in the order of their gradients, missing being a level too.
//!
//! W. D. Fisher (1958): among all partitions of the levels into two, the best is an edge in that order.

use super::super::bins::BinSet;
use super::super::gradient::Sum;
use super::{Best, Finder, Terms};

impl<S: Sum> Finder<'_, S> {
    pub(super) fn find_category(&self, histogram: &[S]) -> Option<Best<S>> {
        let order = self.ordered(histogram);
        let n_present = histogram.iter().filter(|cell| **cell != S::default()).count();
        // Two levels leave nothing to choose among; more do, and pay for it.
        let extra_l2 = if n_present <= 2 {
            0.0
        } else {
            self.settings.category_l2
        };
        let terms = self.terms(0, extra_l2);
        let upward = self.scan_levels(histogram, order.iter(), terms);
        if order.len() == n_present {
            // Every level is placed, so the other direction gives the same splits.
            return upward;
        }
        let downward = self.scan_levels(histogram, order.iter().rev(), terms);
        match (upward, downward) {
            (Some(up), Some(down)) if up.gain < down.gain => Some(down),
            (None, down) => down,
            (up, _) => up,
        }
    }

    /// The bins with rows enough, by smoothed gradient per second derivative, equals by number.
    fn ordered(&self, histogram: &[S]) -> Vec<usize> {
        let mean = self.whole.gradient / self.whole.hessian;
        let smoothing = self.settings.category_smoothing;
        let key = |(bin, cell): (usize, &S)| {
            let sums = cell.scaled(self.scale, self.rows_per_hessian);
            let key = (sums.gradient + smoothing * mean) / (sums.hessian + smoothing);
            (*cell != S::default() && self.settings.category_min_rows <= sums.rows && key.is_finite())
                .then_some((key, bin))
        };
        let mut keyed: Vec<(f64, usize)> = histogram.iter().enumerate().filter_map(key).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        keyed.into_iter().map(|(_, bin)| bin).collect()
    }

    fn scan_levels<'b>(
        &self,
        histogram: &[S],
        order: impl Iterator<Item = &'b usize>,
        terms: Terms,
    ) -> Option<Best<S>> {
        let mut best: Option<Best<S>> = None;
        let mut left = S::default();
        let mut left_bins = BinSet::default();
        for &bin in order {
            left.add(histogram[bin]);
            left_bins.insert(bin);
            if let Some(gain) = self.gain(left, terms)
                && best.as_ref().is_none_or(|best| best.gain < gain)
            {
                best = Some(Best {
                    gain,
                    left,
                    left_bins,
                });
            }
        }
        best
    }
}
