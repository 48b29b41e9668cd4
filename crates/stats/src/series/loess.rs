//! Local regression on equally spaced places, as STL uses it.

/// How a smoother looks at its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loess {
    /// How many neighbours are looked at, an odd number of at least 3; larger is smoother.
    pub window: usize,
    /// Whether lines are fitted, as usual, or constants.
    pub is_linear: bool,
    /// The smoother is evaluated at every `jump`-th place and interpolated between them; 1 evaluates everywhere.
    pub jump: usize,
}

impl Loess {
    pub(super) fn linear(window: usize) -> Self {
        Self {
            window,
            is_linear: true,
            jump: 1,
        }
    }

    /// The smooth values at all places. Missing values are NaN of weight 0. A place without any weight around it keeps its
    /// own value, or takes the line between its neighbours if that is missing.
    pub(super) fn smooth(&self, values: &[f64], weights: &[f64]) -> Vec<f64> {
        let n = values.len();
        if n < 2 {
            return values.to_vec();
        }
        let jump = self.jump.clamp(1, n - 1);
        let mut places: Vec<usize> = (0..n).step_by(jump).collect();
        if places.last() != Some(&(n - 1)) {
            places.push(n - 1);
        }
        let known: Vec<(usize, f64)> = places
            .into_iter()
            .filter_map(|place| Some((place, self.at_place(values, weights, place)?)))
            .collect();
        between(&known, n)
    }

    fn at_place(&self, values: &[f64], weights: &[f64], place: usize) -> Option<f64> {
        let n = values.len();
        let first = if self.window >= n {
            0
        } else {
            (place + 1)
                .saturating_sub(self.window.div_ceil(2))
                .min(n - self.window)
        };
        let last = (first + self.window).min(n) - 1;
        self.at(values, weights, place as f64, first, last)
            .or_else(|| (!values[place].is_nan()).then_some(values[place]))
    }

    /// The local fit at `x` from the values at `first..=last`; nothing without weight there.
    pub(super) fn at(
        &self,
        values: &[f64],
        weights: &[f64],
        x: f64,
        first: usize,
        last: usize,
    ) -> Option<f64> {
        let n = values.len();
        let mut reach = (x - first as f64).max(last as f64 - x);
        if self.window > n {
            reach += ((self.window - n) / 2) as f64;
        }
        let pulls: Vec<f64> = (first..=last)
            .map(|i| tricube((i as f64 - x).abs(), reach) * weights[i])
            .collect();
        // always in this order: sums of the same terms have the same bits
        let weighed = || (first..=last).zip(&pulls);
        let total: f64 = pulls.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let centre = weighed().map(|(i, pull)| pull * i as f64).sum::<f64>() / total;
        let spread = weighed()
            .map(|(i, pull)| pull * (i as f64 - centre) * (i as f64 - centre))
            .sum::<f64>()
            / total;
        let is_line = self.is_linear && reach > 0.0 && spread.sqrt() > 0.001 * (n as f64 - 1.0);
        let tilt = if is_line { (x - centre) / spread } else { 0.0 };
        let fit = |(i, pull): (usize, &f64)| pull / total * (1.0 + tilt * (i as f64 - centre)) * values[i];
        let present = weighed().filter(|(i, _)| weights[*i] > 0.0);
        Some(present.map(fit).sum())
    }
}

fn tricube(distance: f64, reach: f64) -> f64 {
    if distance > 0.999 * reach {
        return 0.0;
    }
    if distance <= 0.001 * reach {
        return 1.0;
    }
    let share = distance / reach;
    let rest = 1.0 - share * share * share;
    rest * rest * rest
}

/// Straight lines between known places, flat beyond the first and the last; 0 if nothing is known.
fn between(known: &[(usize, f64)], n: usize) -> Vec<f64> {
    let (Some(&(first, left)), Some(&(last, right))) = (known.first(), known.last()) else {
        return vec![0.0; n];
    };
    let mut line = vec![left; n];
    for pair in known.windows(2) {
        let ((from, a), (to, b)) = (pair[0], pair[1]);
        let slope = (b - a) / (to - from) as f64;
        for (i, at) in line.iter_mut().enumerate().take(to + 1).skip(from) {
            *at = a + slope * (i - from) as f64;
        }
        line[to] = b;
    }
    line[first] = left;
    line[last..].fill(right);
    line
}
