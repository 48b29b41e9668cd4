//! Splits of numbers: every edge between bins, missing values on either side.

use super::super::bins::BinSet;
use super::super::gradient::{Sum, Sums};
use super::{Best, Finder, Terms};
use stats::wide::{Wide, on_wide_vectors};

/// Edges that are judged together.
const ABREAST: usize = 32;

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
        let (mut edges, mut lefts) = ([0; ABREAST], [S::default(); ABREAST]);
        let mut left = start;
        let mut best: Option<(f64, usize, S)> = None;
        for (number, values) in values[..n_edges].chunks(ABREAST).enumerate() {
            let mut n = 0;
            for (position, &value) in values.iter().enumerate() {
                left.add(value);
                (edges[n], lefts[n]) = (number * ABREAST + position, left);
                // An empty bin leaves the sides as they are. Without a branch, which would often be guessed wrongly.
                n += usize::from(value != S::default());
            }
            let found = match terms.is_free() {
                true => self.best_of_free(&lefts[..n], terms),
                false => self.best_of(&lefts[..n], terms),
            };
            if let Some((position, gain)) = found
                && best.is_none_or(|(best_gain, ..)| best_gain < gain)
            {
                best = Some((gain, edges[position], lefts[position]));
            }
        }
        best.map(|(gain, edge, left)| Best {
            gain,
            left,
            left_bins: BinSet::below(edge + 1),
        })
    }

    /// The first of the most gainful left sides.
    fn best_of(&self, lefts: &[S], terms: Terms) -> Option<(usize, f64)> {
        let gains = lefts.iter().enumerate();
        let gains = gains.filter_map(|(position, &left)| Some((position, self.gain(left, terms)?)));
        gains.reduce(|best, next| if best.1 < next.1 { next } else { best })
    }

    /// The same where values may be any, many sides at a time.
    fn best_of_free(&self, lefts: &[S], terms: Terms) -> Option<(usize, f64)> {
        let mut gains = [f64::NEG_INFINITY; ABREAST];
        on_wide_vectors(Judge {
            finder: self,
            lefts,
            terms,
            gains: &mut gains,
        });
        let gains = gains[..lefts.len()].iter().copied().enumerate();
        let best = gains.reduce(|best, next| if best.1 < next.1 { next } else { best });
        best.filter(|(_, gain)| *gain != f64::NEG_INFINITY)
    }
}

/// Left sides whose gains are asked for, where values may be any.
struct Judge<'j, 'a, S> {
    finder: &'j Finder<'a, S>,
    lefts: &'j [S],
    terms: Terms,
    gains: &'j mut [f64; ABREAST],
}

impl<S: Sum> Wide for Judge<'_, '_, S> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        let Judge { finder, lefts, .. } = self;
        let mut sides = [[[0.0; ABREAST]; 3]; 2];
        for (position, &left) in lefts.iter().enumerate().take(ABREAST) {
            for (side, sums) in sides.iter_mut().zip([left, finder.node.total.minus(left)]) {
                let sums = sums.scaled(finder.scale, finder.rows_per_hessian);
                side[0][position] = sums.gradient;
                side[1][position] = sums.hessian;
                side[2][position] = sums.rows;
            }
        }
        let side = |side: usize, position: usize| Sums {
            gradient: sides[side][0][position],
            hessian: sides[side][1][position],
            rows: sides[side][2][position],
        };
        for (position, gain) in self.gains.iter_mut().enumerate().take(lefts.len()) {
            *gain = finder.free_gain(&side(0, position), &side(1, position), self.terms);
        }
    }
}

fn with_missing<S>(mut best: Best<S>, missing_bin: usize) -> Best<S> {
    best.left_bins.insert(missing_bin);
    best
}
