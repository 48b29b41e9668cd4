//! Tails of distributions: how unlikely a sum is.

use stats::distribution::StudentT;
use stats::math::{exp, ln};
use stats::special::ln_normal_sf;

/// The rows of a segment in one period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Side {
    pub(super) n: f64,
    squares: f64,
    weight: f64,
}

impl Side {
    pub(super) fn add(&mut self, score: f64, weight: f64) {
        self.n += 1.0;
        self.squares += score * score;
        self.weight += weight;
    }
}

/// Rows and variance of two sides: of each its own, or that of both if it is larger, because few rows that happen to be alike
/// look surer than they are.
pub(super) fn together(sides: [Side; 2]) -> [[f64; 2]; 2] {
    let weight = sides[0].weight + sides[1].weight;
    let both = (sides[0].squares + sides[1].squares) / weight.max(f64::MIN_POSITIVE);
    sides.map(|side| [side.n, side.squares.max(both * side.weight)])
}

/// Sums over clusters, one after the other.
#[derive(Default)]
pub(super) struct Clusters {
    variance: f64,
    /// Sum of weights, and of their squares.
    weights: [f64; 2],
    last: Option<u32>,
    score: f64,
    weight: f64,
}

impl Clusters {
    pub(super) fn add(&mut self, cluster: u32, score: f64, weight: f64) {
        if self.last != Some(cluster) {
            self.end();
            self.last = Some(cluster);
        }
        self.score += score;
        self.weight += weight;
    }

    fn end(&mut self) {
        self.variance += self.score * self.score;
        self.weights[0] += self.weight;
        self.weights[1] += self.weight * self.weight;
        (self.score, self.weight) = (0.0, 0.0);
    }

    /// The variance, and how many clusters of equal weight say as much.
    pub(super) fn close(mut self) -> (f64, f64) {
        self.end();
        let [sum, squares] = self.weights;
        (
            self.variance,
            if squares > 0.0 { sum * sum / squares } else { 0.0 },
        )
    }
}

/// Degrees of freedom of a sum of variances: of two sides inside, and of what is outside.
pub(super) fn welch(inside: [[f64; 2]; 2], outside: f64, n: f64) -> f64 {
    let all = inside[0][1] + inside[1][1] + outside;
    let part = |[n, variance]: [f64; 2]| variance * variance / (n - 1.0).max(0.5);
    all * all / (part(inside[0]) + part(inside[1]) + part([n, outside])).max(f64::MIN_POSITIVE)
}

pub(super) fn of_t(total: f64, variance: f64, df: f64) -> f64 {
    if variance <= 0.0 || !variance.is_finite() {
        return 0.0;
    }
    StudentT::new(df.max(1.0)).map_or(0.0, |t| t.ln_two_sided(total / variance.sqrt()))
}

pub(super) fn two_sided(z: f64) -> f64 {
    (ln_normal_sf(z) + std::f64::consts::LN_2).min(0.0)
}

/// Kullback and Leibler's divergence of a share from an expected one, in `ln`.
pub(super) fn divergence(share: f64, expected: f64) -> f64 {
    let term = |a: f64, b: f64| if a > 0.0 { a * ln(a / b) } else { 0.0 };
    (term(share, expected) + term(1.0 - share, 1.0 - expected)).max(0.0)
}

/// The expected shares of both sides once their odds are moved alike, so that they give so many in all.
pub(super) fn level_of(n: [f64; 2], expected: [f64; 2], found: f64) -> [f64; 2] {
    let odds = [0, 1].map(|side| expected[side] / (n[side] - expected[side]));
    let at = |by: f64| odds.map(|odds| odds * exp(by) / (1.0 + odds * exp(by)));
    let found = found.clamp(0.25, n[0] + n[1] - 0.25);
    let mut by = 0.0_f64;
    for _ in 0..30 {
        let shares = at(by);
        let gap = found - n[0] * shares[0] - n[1] * shares[1];
        let slope: f64 = (0..2)
            .map(|side| n[side] * shares[side] * (1.0 - shares[side]))
            .sum();
        let step = (gap / slope.max(1e-9)).clamp(-1.0, 1.0);
        by += step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    at(by)
}
