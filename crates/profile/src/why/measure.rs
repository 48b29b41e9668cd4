//! How surely one segment moved beyond what was told.

use super::channel::{Channel, Kind, Own, Told};
use super::tail::{Clusters, Side, divergence, level_of, of_t, together, two_sided, welch};

/// A segment that is told by others up to this share of its weight cannot be told apart.
const LEAST_OWN: f64 = 0.05;

/// A segment's movement beyond what was told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// `ln` of the probability of so much if it had moved like the rest.
    pub(super) ln_p: f64,
    /// In the channel's unit.
    pub(super) movement: f64,
    /// By how much telling it lowers the sum of weighted squares.
    pub(super) gain: f64,
}

/// What moved like the segments that it lies in, but for this share of their movement, or like everything, but for this share,
/// did not move by itself: no two groups of rows move quite alike, and no expectation is exact.
const LIKE_OTHERS: (f64, f64) = (0.1, 0.02);
/// Fewer clusters of equal weight than this say nothing.
const FEWEST_CLUSTERS: f64 = 5.0;

const NOTHING: Measured = Measured {
    ln_p: 0.0,
    movement: 0.0,
    gain: 0.0,
};
/// A rate moved only where there are so many rows, before and after.
const FEWEST_ROWS: f64 = 5.0;

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
    let everything = told.movement[0].abs();
    let tolerated = |set: usize| {
        let of_segments = (told.movement[set] - told.movement[0]).abs();
        LIKE_OTHERS.0 * of_segments + LIKE_OTHERS.1 * everything
    };
    let tolerance: f64 = (0..weight.len()).map(|set| weight[set] * tolerated(set)).sum();
    let test = Test {
        slack: own * tolerance / all,
        channel,
        told,
        rows,
        common: &common,
        own,
    };
    match &channel.kind {
        Kind::PlainShare(_) => test.of_shares(own / all),
        Kind::Share(variance) if channel.cluster.is_empty() => test.of_weights(variance),
        Kind::Rate(of) if !of.rate.is_empty() => test.of_flags(of, own / all),
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
    /// The part of its score that says nothing.
    slack: f64,
}

impl Test<'_> {
    fn common(&self, row: usize) -> f64 {
        self.common[self.told.member[row] as usize]
    }

    /// The share of a score that counts.
    fn counts(&self, total: f64) -> f64 {
        (1.0 - self.slack / total.abs().max(f64::MIN_POSITIVE)).max(0.0)
    }

    fn moved(&self, total: f64) -> Measured {
        Measured {
            ln_p: 0.0,
            movement: total / self.own,
            gain: total * total / self.own,
        }
    }

    /// The variance of a share where every row has a period by chance. Clusters with rows in both periods have less, and would
    /// make a calendar with a holiday more look like news.
    fn of_chance(&self) -> f64 {
        let Kind::Share(variance) = &self.channel.kind else {
            return 0.0;
        };
        let of = |row: &u32| square(1.0 - self.common(*row as usize)) * variance[*row as usize];
        self.rows.iter().map(of).sum()
    }

    /// Given the weights, periods are by chance.
    fn of_weights(&self, variance: &[f64]) -> Measured {
        let total: f64 = self.rows.iter().map(|row| self.told.score[*row as usize]).sum();
        let (mut inside, mut fourth, mut outside) = (0.0, 0.0, 0.0);
        for row in self.rows.iter().map(|row| *row as usize) {
            let common = self.common(row);
            let one = square(1.0 - common) * variance[row];
            inside += one;
            fourth += one * one;
            outside -= square(common * self.told.score[row]);
        }
        outside += self.outside();
        // Few heavy rows are few rows.
        let df = inside * inside / fourth.max(f64::MIN_POSITIVE);
        Measured {
            ln_p: of_t(total * self.counts(total), inside + outside.max(0.0), df),
            ..self.moved(total)
        }
    }

    /// Variance of the common part over all rows.
    fn outside(&self) -> f64 {
        let squares = self.told.squares.iter().zip(self.common);
        squares.map(|(sum, common)| common * common * sum).sum()
    }

    /// The deviance of a binomial count, whose tail is right for few rows too.
    fn of_shares(&self, own_share: f64) -> Measured {
        let n = self.rows.len() as f64;
        let score = |row: &u32| self.told.score[*row as usize];
        let total: f64 = self.rows.iter().map(score).sum();
        let expected: f64 = self
            .rows
            .iter()
            .map(|row| self.channel.share(self.told, *row as usize))
            .sum();
        let deviance = 2.0 * n * divergence(((expected + total) / n).clamp(0.0, 1.0), expected / n);
        Measured {
            ln_p: two_sided((deviance / own_share).sqrt() * self.counts(total)),
            ..self.moved(total)
        }
    }

    /// The deviance of two binomial counts from what is expected at the segment's own level.
    fn of_flags(&self, own: &Own, own_share: f64) -> Measured {
        let (mut n, mut found, mut expected) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for row in self.rows.iter().map(|row| *row as usize) {
            let side = self.channel.after[row] as usize;
            let moved = match side {
                1 => own.size[row] * self.channel.moved_on(self.told, row),
                _ => 0.0,
            };
            n[side] += 1.0;
            found[side] += own.rate[row] + own.gap[row];
            expected[side] += (own.rate[row] + moved).clamp(1e-6, 1.0 - 1e-6);
        }
        if n.iter().any(|n| *n < FEWEST_ROWS) {
            return NOTHING;
        }
        let level = level_of(n, expected, found[0] + found[1]);
        let deviance: f64 = (0..2)
            .map(|side| 2.0 * n[side] * divergence((found[side] / n[side]).clamp(0.0, 1.0), level[side]))
            .sum();
        let scores: f64 = self
            .rows
            .iter()
            .zip(self.own_scores())
            .map(|(row, score)| {
                let common = self.common(*row as usize);
                (1.0 - common) * score + common * self.told.score[*row as usize]
            })
            .sum();
        Measured {
            ln_p: two_sided((deviance / own_share).sqrt() * self.counts(scores)),
            ..self.moved(scores)
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
        let (mut sides, mut outside) = ([Side::default(); 2], 0.0);
        for (row, score) in self.rows.iter().zip(&scores) {
            let (row, apart) = (*row as usize, 1.0 - self.common(*row as usize));
            let weight = apart * apart * self.channel.weight[row];
            sides[self.channel.after[row] as usize].add(apart * score - movement * weight, weight);
            outside -= square(self.common(row) * self.told.score[row]);
        }
        if sides.iter().any(|side| side.n < FEWEST_ROWS) {
            return NOTHING;
        }
        let inside = together(sides);
        outside += self.outside();
        let variance = self.channel.inflation * (inside[0][1] + inside[1][1] + outside.max(0.0));
        let df = welch(inside, outside.max(0.0), self.told.member.len() as f64);
        Measured {
            ln_p: of_t(total * self.counts(total), variance, df),
            ..self.moved(total)
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
        let mut clusters = Clusters::default();
        for (row, cluster) in self.channel.cluster.iter().enumerate() {
            clusters.add(
                *cluster,
                rest(row),
                apart[row] * apart[row] * self.channel.weight[row],
            );
        }
        let (variance, n) = clusters.close();
        if n < FEWEST_CLUSTERS {
            return NOTHING;
        }
        let variance = (self.channel.inflation * variance * n / (n - 1.0)).max(self.of_chance());
        Measured {
            ln_p: of_t(total * self.counts(total), variance, n - 1.0),
            ..self.moved(total)
        }
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
                true => self.channel.weight[row] * self.channel.moved_on(self.told, row),
                false => 0.0,
            };
            factor * (own.pull[row] * own.size[row] + moved)
        };
        scores
            .zip(self.rows)
            .map(|(score, row)| score - level(*row as usize))
            .collect()
    }

    fn factor(&self, own: &Own) -> f64 {
        let sum = |of: &[f64]| self.rows.iter().map(|row| of[*row as usize]).sum::<f64>();
        let size = sum(&own.size);
        if size > 0.0 { sum(&own.gap) / size } else { 0.0 }
    }
}

fn square(x: f64) -> f64 {
    x * x
}
