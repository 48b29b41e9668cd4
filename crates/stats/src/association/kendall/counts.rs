use crate::math::sqrt;
use crate::rank::rising_key;
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
        // adding 0 makes -0 of it
        let keys = |(x, y): (&f64, &f64)| (rising_key(x + 0.0), rising_key(y + 0.0));
        let mut pairs: Vec<(u64, u64)> = x.iter().zip(y).map(keys).collect();
        pairs.sort_unstable();
        let (mut ties_x, mut ties_both) = (Ties::default(), Ties::default());
        for tied in pairs.chunk_by(|a, b| a.0 == b.0) {
            ties_x.add(tied.len());
            for both in tied.chunk_by(|a, b| a.1 == b.1) {
                ties_both.add(both.len());
            }
        }
        let mut in_order: Vec<u64> = pairs.into_iter().map(|(_, y)| y).collect();
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

/// Runs of so many are sorted by insertion.
const RUN: usize = 16;

/// Sorts and counts the pairs that stood the wrong way round, ties not among them.
fn sort_counting(values: &mut Vec<u64>) -> u64 {
    let mut n_swaps = values.chunks_mut(RUN).map(insert_counting).sum();
    let mut buffer = vec![0; values.len()];
    let mut width = RUN;
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
        std::mem::swap(values, &mut buffer);
        width *= 2;
    }
    n_swaps
}

fn insert_counting(run: &mut [u64]) -> u64 {
    let mut n_swaps = 0;
    for i in 1..run.len() {
        let value = run[i];
        let mut at = i;
        while 0 < at && value < run[at - 1] {
            run[at] = run[at - 1];
            at -= 1;
        }
        run[at] = value;
        n_swaps += (i - at) as u64;
    }
    n_swaps
}

/// Which side is next is arithmetic and no branch: nothing could foretell it.
fn merge(left: &[u64], right: &[u64], into: &mut [u64]) -> u64 {
    let (mut i, mut j, mut n_swaps) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i], right[j]);
        let is_right = b < a;
        into[i + j] = if is_right { b } else { a };
        n_swaps += u64::from(is_right) * (left.len() - i) as u64;
        j += usize::from(is_right);
        i += usize::from(!is_right);
    }
    into[i + j..][..left.len() - i].copy_from_slice(&left[i..]);
    into[left.len() + j..].copy_from_slice(&right[j..]);
    n_swaps
}
