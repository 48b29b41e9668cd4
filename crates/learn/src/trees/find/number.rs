//! Splits of numbers: every edge between bins, missing values on either side.

use super::super::bins::BinSet;
use super::super::gradient::Sum;
use super::{Best, Finder, Terms};

impl<S: Sum> Finder<'_, S> {
    pub(super) fn find_number(&self, histogram: &[S], direction: i8) -> Option<Best<S>> {
        let (&missing, values) = histogram.split_last()?;
        let terms = self.terms(direction, 0.0);
        if missing == S::default() {
            return self.scan(values, missing, false, terms);
        }
        let missing_right = self.scan(values, S::default(), true, terms);
        let missing_left = self
            .scan(values, missing, false, terms)
            .map(|best| with_missing(best, values.len()));
        match (missing_right, missing_left) {
            (Some(right), Some(left)) if right.gain < left.gain => Some(left),
            (None, left) => left,
            (right, _) => right,
        }
    }

    /// Scans the edges with `start` on the left; the edge after the last bin splits only where something is right of it.
    fn scan(&self, values: &[S], start: S, last_edge: bool, terms: Terms) -> Option<Best<S>> {
        let n_edges = if last_edge {
            values.len()
        } else {
            values.len().saturating_sub(1)
        };
        let mut best: Option<(f64, usize, S)> = None;
        let mut left = start;
        for (edge, &value) in values[..n_edges].iter().enumerate() {
            if value == S::default() {
                continue;
            }
            left.add(value);
            if let Some(gain) = self.gain(left, terms)
                && best.is_none_or(|(best_gain, ..)| best_gain < gain)
            {
                best = Some((gain, edge, left));
            }
        }
        best.map(|(gain, edge, left)| Best {
            gain,
            left,
            left_bins: BinSet::below(edge + 1),
        })
    }
}

fn with_missing<S>(mut best: Best<S>, missing_bin: usize) -> Best<S> {
    best.left_bins.insert(missing_bin);
    best
}
