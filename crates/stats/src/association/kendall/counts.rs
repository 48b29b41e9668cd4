use crate::math::sqrt;
use crate::special::ln_normal_sf;
use crate::test::Alternative;

/// Tied groups of a column of sizes t.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ties {
    /// `sum(t (t - 1) / 2)`
    pub(super) pairs: f64,
    /// `sum(t (t - 1) (t - 2))`
    triples: f64,
    /// `sum(t (t - 1) (2 t + 5))`
    spread: f64,
    n_distinct: f64,
}

impl Ties {
    fn add(&mut self, n_tied: usize) {
        let t = n_tied as f64;
        self.pairs += 0.5 * t * (t - 1.0);
        self.triples += t * (t - 1.0) * (t - 2.0);
        self.spread += t * (t - 1.0) * (2.0 * t + 5.0);
        self.n_distinct += 1.0;
    }
}

/// The pairs of pairs by how they lie.
pub(super) struct Counts {
    pub(super) n: f64,
    pub(super) discordant: f64,
    pub(super) ties_x: Ties,
    pub(super) ties_y: Ties,
    /// Pairs tied in both columns.
    ties_both: f64,
}

impl Counts {
    pub(super) fn of(x: &[f64], y: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..x.len()).collect();
        let key = |v: f64| v + 0.0; // -0 is 0
        order.sort_unstable_by(|&a, &b| {
            key(x[a])
                .total_cmp(&key(x[b]))
                .then(key(y[a]).total_cmp(&key(y[b])))
        });
        let (mut ties_x, mut ties_both) = (Ties::default(), Ties::default());
        for tied in order.chunk_by(|&a, &b| x[a] == x[b]) {
            ties_x.add(tied.len());
            for both in tied.chunk_by(|&a, &b| y[a] == y[b]) {
                ties_both.add(both.len());
            }
        }
        let mut in_order: Vec<f64> = order.iter().map(|&i| key(y[i])).collect();
        let discordant = sort_counting(&mut in_order) as f64;
        let mut ties_y = Ties::default();
        for tied in in_order.chunk_by(|a, b| a == b) {
            ties_y.add(tied.len());
        }
        Self {
            n: x.len() as f64,
            discordant,
            ties_x,
            ties_y,
            ties_both: ties_both.pairs,
        }
    }

    fn all(&self) -> f64 {
        0.5 * self.n * (self.n - 1.0)
    }

    /// Concordant less discordant pairs.
    pub(super) fn difference(&self) -> f64 {
        self.all() - self.ties_x.pairs - self.ties_y.pairs + self.ties_both - 2.0 * self.discordant
    }

    pub(super) fn tau_b(&self) -> f64 {
        let untied = |ties: &Ties| sqrt(self.all() - ties.pairs);
        (self.difference() / untied(&self.ties_x) / untied(&self.ties_y)).clamp(-1.0, 1.0)
    }

    pub(super) fn tau_c(&self) -> f64 {
        let fewest = self.ties_x.n_distinct.min(self.ties_y.n_distinct);
        (2.0 * self.difference() / (self.n * self.n * (fewest - 1.0) / fewest)).clamp(-1.0, 1.0)
    }

    pub(super) fn asymptotic_ln_p(&self, alternative: Alternative, continuity: bool) -> f64 {
        let (n, m) = (self.n, self.n * (self.n - 1.0));
        let (x, y) = (&self.ties_x, &self.ties_y);
        let variance = (m * (2.0 * n + 5.0) - x.spread - y.spread) / 18.0
            + 2.0 * x.pairs * y.pairs / m
            + x.triples * y.triples / (9.0 * m * (n - 2.0));
        let difference = self.difference();
        let half = if continuity {
            difference.abs().min(1.0)
        } else {
            0.0
        };
        let shift = match alternative {
            Alternative::TwoSided => half * difference.signum(),
            Alternative::Greater if continuity => 1.0,
            Alternative::Less if continuity => -1.0,
            _ => 0.0,
        };
        alternative.ln_p((difference - shift) / sqrt(variance), ln_normal_sf)
    }
}

/// Sorts in place and counts the pairs that stood the wrong way round, ties not among them.
fn sort_counting(values: &mut [f64]) -> u64 {
    let mut buffer = values.to_vec();
    let (mut n_swaps, mut width) = (0, 1);
    while width < values.len() {
        for start in (0..values.len()).step_by(2 * width) {
            let middle = (start + width).min(values.len());
            let end = (start + 2 * width).min(values.len());
            n_swaps += merge(
                &values[start..middle],
                &values[middle..end],
                &mut buffer[start..end],
            );
        }
        values.copy_from_slice(&buffer);
        width *= 2;
    }
    n_swaps
}

fn merge(left: &[f64], right: &[f64], into: &mut [f64]) -> u64 {
    let (mut i, mut j, mut n_swaps) = (0, 0, 0);
    for slot in into {
        if j == right.len() || (i < left.len() && left[i] <= right[j]) {
            *slot = left[i];
            i += 1;
        } else {
            *slot = right[j];
            j += 1;
            n_swaps += (left.len() - i) as u64;
        }
    }
    n_swaps
}
