use super::Law;
use crate::math::{exp_m1, ln, sqrt};
use crate::random::Draw;
use crate::{StatsError, check};

/// A quantile of rows. The sorted resample is `values[floor(n * u)]` of sorted uniform numbers `u`, of which one is a beta
/// variable and the next follows from it, so that no resample is ever made.
///
/// # Reference
/// L. Devroye (1986), Non-uniform random variate generation, chapter 5 (order statistics).
pub(super) struct Ordered {
    sorted: Vec<f64>,
    share: f64,
}

impl Ordered {
    pub(super) fn new(mut columns: Vec<Vec<f64>>, share: f64) -> Result<Self, StatsError> {
        check::open_unit("share of the quantile", share)?;
        let mut sorted = columns.swap_remove(0);
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(Self { sorted, share })
    }

    /// The quantile of one resample.
    fn next(&self, draw: &mut Draw) -> f64 {
        let n = self.sorted.len();
        let (place, rest) = self.place(n);
        let n_above = (n - 1 - place) as f64;
        let (below, above) = (gamma(place as f64 + 1.0, draw), gamma(n_above + 1.0, draw));
        let first = below / (below + above);
        let at = |u: f64| self.sorted[((u * n as f64) as usize).min(n - 1)];
        let next = || {
            // the least of the uniform numbers above the first
            let gap = -exp_m1(ln(draw.uniform().max(1e-300)) / n_above);
            at(first + (1.0 - first) * gap)
        };
        between(at(first), next, rest)
    }

    /// The place below the quantile of `n` sorted values, and the share of the way to the next.
    fn place(&self, n: usize) -> (usize, f64) {
        let position = self.share * (n as f64 - 1.0);
        (position as usize, position.fract())
    }
}

impl Law for Ordered {
    fn value(&self) -> Option<f64> {
        let (place, rest) = self.place(self.sorted.len());
        Some(between(self.sorted[place], || self.sorted[place + 1], rest))
    }

    fn resampled(&self, seed: u64, stream: u64, n: usize) -> Vec<Option<f64>> {
        let mut draw = Draw::new(seed, stream);
        (0..n).map(|_| Some(self.next(&mut draw))).collect()
    }

    fn without_each(&self) -> Vec<f64> {
        let n = self.sorted.len();
        let (place, rest) = self.place(n - 1);
        let without = |left_out: usize| {
            let at = |place: usize| self.sorted[place + usize::from(left_out <= place)];
            between(at(place), || at(place + 1), rest)
        };
        (0..n).map(without).collect()
    }
}

fn between(low: f64, high: impl FnOnce() -> f64, share: f64) -> f64 {
    if share == 0.0 {
        low
    } else {
        low + share * (high() - low)
    }
}

/// A gamma variable of a shape of at least 1.
///
/// # Reference
/// G. Marsaglia, W. W. Tsang (2000), ACM Transactions on Mathematical Software 26, 363-372.
fn gamma(shape: f64, draw: &mut Draw) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / sqrt(9.0 * d);
    loop {
        let z = draw.normal();
        let root = 1.0 + c * z;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let ln_u = ln(draw.uniform().max(1e-300));
        if ln_u < 0.5 * z * z + d * (1.0 - v + ln(v)) {
            return d * v;
        }
    }
}
