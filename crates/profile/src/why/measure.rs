//! How surely one segment moved beyond what was told.

use super::channel::{Channel, Kind, Own, Told};
use stats::distribution::StudentT;
use stats::math::ln;
use stats::special::ln_normal_sf;

/// A segment that is told by others up to this share of its weight cannot be told apart.
const LEAST_OWN: f64 = 0.05;

/// A segment's movement beyond what was told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// `ln` of the probability of so much if it had moved like the rest.
    pub(super) ln_p: f64,
    /// In the channel's unit.
    pub(super) movement: f64,
}

const NOTHING: Measured = Measured {
    ln_p: 0.0,
    movement: 0.0,
};

/// Tests the segment of `rows` (ascending) against the rest, given what was told.
pub(super) fn measure(channel: &Channel, told: &Told, rows: &[u32]) -> Measured {
    let mut weight = vec![0.0; told.n_sets()];
    for row in rows {
        weight[told.member[*row as usize] as usize] += channel.weight[*row as usize];
    }
    let all: f64 = weight.iter().sum();
    // What the told segments have in common with this one, by set.
    let common = told.project(&weight);
    let own: f64 = weight.iter().zip(&common).map(|(w, b)| w * (1.0 - b)).sum();
    if all <= 0.0 || own < LEAST_OWN * all {
        return NOTHING;
    }
    let test = Test {
        channel,
        told,
        rows,
        common: &common,
        own,
    };
    match &channel.kind {
        Kind::PlainShare(_) if channel.cluster.is_empty() => test.of_shares(own / all),
        _ if channel.cluster.is_empty() => test.of_rows(),
        _ => test.of_clusters(),
    }
}

struct Test<'a> {
    channel: &'a Channel,
    told: &'a Told,
    rows: &'a [u32],
    common: &'a [f64],
    /// Weight of the segment's indicator less its common part.
    own: f64,
}

impl Test<'_> {
    fn common(&self, row: usize) -> f64 {
        self.common[self.told.member[row] as usize]
    }

    /// The deviance of a binomial count, whose tail is right for few rows too.
    fn of_shares(&self, own_share: f64) -> Measured {
        let n = self.rows.len() as f64;
        let score = |row: &u32| self.told.score[*row as usize];
        let total: f64 = self.rows.iter().map(score).sum();
        let expected: f64 = self.rows.iter().map(|row| self.channel.share(self.told, *row as usize)).sum();
        let (p, q) = (expected / n, ((expected + total) / n).clamp(0.0, 1.0));
        let term = |a: f64, b: f64| if a > 0.0 { a * ln(a / b) } else { 0.0 };
        let deviance = 2.0 * n * (term(q, p) + term(1.0 - q, 1.0 - p)).max(0.0);
        Measured {
            ln_p: two_sided((deviance / own_share).sqrt()),
            movement: total / self.own,
        }
    }

    fn of_rows(&self) -> Measured {
        let scores = self.own_scores();
        let total: f64 = (self.rows.iter().zip(&scores))
            .map(|(row, score)| {
                let (row, common) = (*row as usize, self.common(*row as usize));
                (1.0 - common) * score + common * self.told.score[row]
            })
            .sum();
        let movement = total / self.own;
        // Outside, the variance is that of all rows less those inside.
        let (mut inside, mut outside) = ([[0.0; 2]; 2], 0.0);
        for (row, score) in self.rows.iter().zip(&scores) {
            let (row, apart) = (*row as usize, 1.0 - self.common(*row as usize));
            let rest = apart * (score - movement * apart * self.channel.weight[row]);
            let side = usize::from(self.channel.is_after(row));
            inside[side][0] += 1.0;
            inside[side][1] += rest * rest;
            outside -= square(self.common(row) * self.told.score[row]);
        }
        outside += self.told.squares.iter().zip(self.common).map(|(sum, b)| b * b * sum).sum::<f64>();
        let variance = self.channel.inflation * (inside[0][1] + inside[1][1] + outside.max(0.0));
        let df = welch(inside, outside.max(0.0), self.told.member.len() as f64);
        Measured {
            ln_p: of_t(total, variance, df),
            movement,
        }
    }

    fn of_clusters(&self) -> Measured {
        let own_scores = self.own_scores();
        let mut score = self.told.score.clone();
        let mut apart: Vec<f64> = (0..score.len()).map(|row| -self.common(row)).collect();
        for (row, own) in self.rows.iter().zip(&own_scores) {
            score[*row as usize] = *own;
            apart[*row as usize] += 1.0;
        }
        let total: f64 = score.iter().zip(&apart).map(|(s, a)| s * a).sum();
        let movement = total / self.own;
        let rest = |row: usize| apart[row] * (score[row] - movement * apart[row] * self.channel.weight[row]);
        let (mut variance, mut last, mut sum) = (0.0, u32::MAX, 0.0);
        for (row, cluster) in self.channel.cluster.iter().enumerate() {
            if *cluster != last {
                variance += sum * sum;
                (last, sum) = (*cluster, 0.0);
            }
            sum += rest(row);
        }
        variance += sum * sum;
        let n = self.n_clusters();
        let small = n / (n - 1.0).max(1.0);
        Measured {
            ln_p: of_t(total, self.channel.inflation * variance * small, n - 1.0),
            movement,
        }
    }

    fn n_clusters(&self) -> f64 {
        let mut clusters: Vec<u32> = self.rows.iter().map(|row| self.channel.cluster[*row as usize]).collect();
        clusters.dedup();
        clusters.len() as f64
    }

    /// Scores of the segment's rows, less what its own level does to them.
    fn own_scores(&self) -> Vec<f64> {
        let scores = self.rows.iter().map(|row| self.told.score[*row as usize]);
        let Kind::Rate(own) = &self.channel.kind else {
            return scores.collect();
        };
        let factor = self.factor(own);
        let level = |row: usize| {
            let moved = match own.is_proportional {
                true => self.channel.weight[row] * self.told.movement[self.told.member[row] as usize],
                false => 0.0,
            };
            factor * (own.pull[row] * own.size[row] + moved)
        };
        scores.zip(self.rows).map(|(score, row)| score - level(*row as usize)).collect()
    }

    fn factor(&self, own: &Own) -> f64 {
        let sum = |of: &[f64]| self.rows.iter().map(|row| of[*row as usize]).sum::<f64>();
        let size = sum(&own.size);
        if size > 0.0 { sum(&own.gap) / size } else { 0.0 }
    }
}

impl Channel {
    /// Whether the row is of the second period: of all scores' pulls the positive ones are.
    fn is_after(&self, row: usize) -> bool {
        match &self.kind {
            Kind::Rate(own) => own.pull[row] > 0.0,
            _ => self.score[row] > 0.0,
        }
    }
}

/// Degrees of freedom of a sum of variances: of two sides inside, and of what is outside.
fn welch(inside: [[f64; 2]; 2], outside: f64, n: f64) -> f64 {
    let all = inside[0][1] + inside[1][1] + outside;
    let part = |[n, variance]: [f64; 2]| variance * variance / (n - 1.0).max(0.5);
    all * all / (part(inside[0]) + part(inside[1]) + part([n, outside])).max(f64::MIN_POSITIVE)
}

fn of_t(total: f64, variance: f64, df: f64) -> f64 {
    if variance <= 0.0 || !variance.is_finite() {
        return 0.0;
    }
    StudentT::new(df.max(1.0)).map_or(0.0, |t| t.ln_two_sided(total / variance.sqrt()))
}

fn two_sided(z: f64) -> f64 {
    (ln_normal_sf(z) + std::f64::consts::LN_2).min(0.0)
}

fn square(x: f64) -> f64 {
    x * x
}
