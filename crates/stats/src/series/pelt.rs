//! The best cut of a series into segments, each change costing a penalty.

/// What may change from segment to segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    /// The mean; the noise stays.
    Mean,
    /// Mean and variance.
    MeanAndVariance,
}

/// Sums from which the cost of every segment follows.
#[derive(Debug, Clone)]
pub(super) struct Costs {
    sums: Vec<f64>,
    squares: Vec<f64>,
    changing: Changing,
    least_variance: f64,
}

impl Costs {
    /// `values` should be near 0 and of size 1, or the sums of squares lose digits.
    pub(super) fn new(values: &[f64], changing: Changing, least_variance: f64) -> Self {
        let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
        let (mut sum, mut square) = (0.0, 0.0);
        for v in values {
            sum += v;
            square += v * v;
            sums.push(sum);
            squares.push(square);
        }
        Self {
            sums,
            squares,
            changing,
            least_variance,
        }
    }

    pub(super) fn mean(&self, from: usize, to: usize) -> f64 {
        (self.sums[to] - self.sums[from]) / (to - from) as f64
    }

    /// Sum of squares around the mean of `from..to`.
    pub(super) fn misfit(&self, from: usize, to: usize) -> f64 {
        let sum = self.sums[to] - self.sums[from];
        (self.squares[to] - self.squares[from] - sum * sum / (to - from) as f64).max(0.0)
    }

    /// The sum of squares, or twice the negative log-likelihood of a normal segment without its constant.
    pub(super) fn of(&self, from: usize, to: usize) -> f64 {
        let misfit = self.misfit(from, to);
        match self.changing {
            Changing::Mean => misfit,
            Changing::MeanAndVariance => {
                let n = (to - from) as f64;
                n * crate::math::ln(misfit / n + self.least_variance)
            }
        }
    }
}

/// The ends of the segments but the last: the cut of `0..n` whose costs and penalties are least, no segment being shorter
/// than `shortest`.
pub(super) fn pelt(costs: &Costs, n: usize, penalty: f64, shortest: usize) -> Vec<usize> {
    let mut best = vec![f64::INFINITY; n + 1];
    let mut before = vec![0_usize; n + 1];
    best[0] = -penalty;
    let mut starts: Vec<(usize, f64)> = Vec::new();
    for to in shortest..=n {
        let newest = to - shortest;
        if newest == 0 || newest >= shortest {
            starts.push((newest, 0.0));
        }
        for (from, whole) in &mut starts {
            *whole = best[*from] + costs.of(*from, to);
            if *whole + penalty < best[to] {
                (best[to], before[to]) = (*whole + penalty, *from);
            }
        }
        // A start that is worse already stays so for every later end (Killick et al., theorem 3.1).
        starts.retain(|(_, whole)| *whole <= best[to]);
    }
    let mut ends = Vec::new();
    let mut at = before[n];
    while at > 0 {
        ends.push(at);
        at = before[at];
    }
    ends.reverse();
    ends
}
