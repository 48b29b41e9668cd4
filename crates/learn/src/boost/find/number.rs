//! Splits of numbers: every edge between bins, missing values on either side.

use super::super::bins::BinSet;
use super::super::gradient::Cell;
use super::{Best, Finder};

impl<C: Cell> Finder<'_, C> {
    pub(super) fn find_number(&self, histogram: &[C]) -> Option<Best<C>> {
        let (&missing, values) = histogram.split_last()?;
        if missing == C::default() {
            return self.scan(values, missing, false);
        }
        let missing_right = self.scan(values, C::default(), true);
        let missing_left = self
            .scan(values, missing, false)
            .map(|best| with_missing(best, values.len()));
        match (missing_right, missing_left) {
            (Some(right), Some(left)) if right.gain < left.gain => Some(left),
            (None, left) => left,
            (right, _) => right,
        }
    }

    /// Scans the edges with `start` on the left; the edge after the last bin splits only where something is right of it.
    fn scan(&self, values: &[C], start: C, last_edge: bool) -> Option<Best<C>> {
        let n_edges = if last_edge {
            values.len()
        } else {
            values.len().saturating_sub(1)
        };
        let mut best: Option<(f64, usize, C)> = None;
        let mut left = start;
        for (edge, &value) in values[..n_edges].iter().enumerate() {
            if value == C::default() {
                continue;
            }
            left.add(value);
            if let Some(gain) = self.gain(left, 0.0)
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

fn with_missing<C>(mut best: Best<C>, missing_bin: usize) -> Best<C> {
    best.left_bins.insert(missing_bin);
    best
}
