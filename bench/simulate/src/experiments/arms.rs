//! An arm whose units come one after the other.

use stats::experiment::Arm;
use stats::random::Draw;

/// Sums over the units so far. Plain sums do for values near 0 of about one size.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Running {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Running {
    pub(super) fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    pub(super) fn add_normals(&mut self, draw: &mut Draw, n: usize, mean: f64) {
        (0..n).for_each(|_| self.add(mean + draw.normal()));
    }

    /// What a comparison needs, as `Arm::of_sums` has it.
    pub(super) fn arm(&self) -> Arm {
        let mean = self.sum / self.n;
        Arm {
            n: self.n as u64,
            value: mean,
            unadjusted: mean,
            variance: ((self.squares - self.sum * mean) / (self.n - 1.0)).max(0.0),
            n_dropped: 0,
            checks: Vec::new(),
        }
    }
}
