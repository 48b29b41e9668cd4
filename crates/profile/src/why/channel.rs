//! One way in which segments move, as a regression of scores on segments.

use stats::linalg::Cholesky;

/// Weight of nothing beside a parameter's own, so that equal segments do not stop a fit.
const RIDGE: f64 = 1e-9;

/// Rows with what they say about a movement: a segment `S` that moved by `d` beyond the rest adds `d * weight` to the `score`
/// of each of its rows.
///
/// For shares the score of a row is its period less the share of rows in that period. For rates it is the product of two
/// residuals, of the period and of the metric, each less what the row's levels foretell: what is wrong in one of the two
/// does not move the other.
///
/// # Reference
/// P. M. Robinson (1988), Econometrica 56, 931-954; X. Nie, S. Wager (2021), Biometrika 108, 299-319.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) score: Vec<f64>,
    pub(super) weight: Vec<f64>,
    /// The period of each row.
    pub(super) after: Vec<u8>,
    /// The cluster of each row; empty if rows stand for themselves.
    pub(super) cluster: Vec<u32>,
    /// The movement of each row at which scores were taken; empty for none.
    pub(super) fitted: Vec<f64>,
    pub(super) kind: Kind,
    /// Variances are too small by so much, because so many parameters were fitted before.
    pub(super) inflation: f64,
}

/// What is particular to a channel.
#[derive(Debug)]
pub(super) enum Kind {
    /// Shares of rows that all count 1, whose variance follows from the share itself: the share of rows after where each is.
    PlainShare(Vec<f64>),
    /// Shares of weights or denominators, with the variance of each row's score if only its period is by chance.
    Share(Vec<f64>),
    /// Rates, with what a segment's own level does to the scores.
    Rate(Own),
}

/// How the level of a segment, as far as the expectation missed it, moves the scores of its rows.
#[derive(Debug)]
pub(super) struct Own {
    /// What the expectation missed, and its weight.
    pub(super) gap: Vec<f64>,
    pub(super) size: Vec<f64>,
    /// Score of a unit of `size`.
    pub(super) pull: Vec<f64>,
    /// Whether a higher level moves more.
    pub(super) is_proportional: bool,
    /// The expected rate of each row, of rates of rows that count 1; else empty.
    pub(super) rate: Vec<f64>,
}

/// What was told so far, fitted jointly.
#[derive(Debug)]
pub(super) struct Told {
    /// Which told segments a row is in, a bit each.
    pub(super) member: Vec<u16>,
    n_told: usize,
    /// By set of told segments: movement, and weight.
    pub(super) movement: Vec<f64>,
    weight: Vec<f64>,
    gram: Option<Cholesky>,
    /// Scores less what was told.
    pub(super) score: Vec<f64>,
    /// By set of told segments: squares of those scores.
    pub(super) squares: Vec<f64>,
}

impl Told {
    /// Everything moved alike, and the rows of each of `segments` besides.
    pub(super) fn of(channel: &Channel, segments: &[Vec<u32>]) -> Told {
        let mut member = vec![0_u16; channel.score.len()];
        for (k, rows) in segments.iter().enumerate() {
            rows.iter().for_each(|row| member[*row as usize] |= 1 << k);
        }
        let n_sets = 1 << segments.len();
        let (mut score, mut weight) = (vec![0.0; n_sets], vec![0.0; n_sets]);
        for (row, set) in member.iter().enumerate() {
            score[*set as usize] += channel.score[row];
            weight[*set as usize] += channel.weight[row];
        }
        let mut told = Told {
            member,
            n_told: segments.len(),
            movement: vec![0.0; n_sets],
            weight,
            gram: None,
            score: Vec::new(),
            squares: vec![0.0; n_sets],
        };
        told.fit(&score);
        let moved = |row: usize| told.movement[told.member[row] as usize];
        told.score = (0..channel.score.len())
            .map(|row| channel.score[row] - channel.weight[row] * moved(row))
            .collect();
        for (set, score) in told.member.iter().zip(&told.score) {
            told.squares[*set as usize] += score * score;
        }
        told
    }

    fn fit(&mut self, score: &[f64]) {
        let n = self.n_told + 1;
        let mut gram = vec![0.0; n * n];
        for (set, weight) in self.weight.iter().enumerate() {
            for i in (0..n).filter(|i| is_in(set, *i)) {
                for j in (0..n).filter(|j| is_in(set, *j)) {
                    gram[i * n + j] += weight;
                }
            }
        }
        let ridge = RIDGE * gram[0].max(f64::MIN_POSITIVE);
        (0..n).for_each(|i| gram[i * n + i] += ridge);
        self.gram = Cholesky::new(&gram, n).ok();
        let parameters = self.project(score);
        self.movement = parameters;
    }

    /// The combination of told segments next to what adds up to `sums` by set, as its height in each set.
    pub(super) fn project(&self, sums: &[f64]) -> Vec<f64> {
        let n = self.n_told + 1;
        let of = |i: usize| {
            let sets = sums.iter().enumerate().filter(move |(set, _)| is_in(*set, i));
            sets.map(|(_, sum)| *sum).sum::<f64>()
        };
        let mut parameters: Vec<f64> = (0..n).map(of).collect();
        let is_solved = self
            .gram
            .as_ref()
            .is_some_and(|gram| gram.solve(&mut parameters).is_ok());
        if !is_solved {
            return vec![0.0; sums.len()];
        }
        let height = |set: usize| (0..n).filter(|i| is_in(set, *i)).map(|i| parameters[i]).sum();
        (0..sums.len()).map(height).collect()
    }

    /// `-ln` of the p-value, nearly, of what the rows outside all told segments did.
    pub(super) fn evidence_of_all(&self, channel: &Channel) -> f64 {
        let (mut moved, mut squares) = (0.0, 0.0);
        for row in (0..self.score.len()).filter(|row| self.member[*row] == 0) {
            moved += self.score[row] + channel.weight[row] * self.movement[0];
            squares += self.score[row] * self.score[row];
        }
        if squares > 0.0 {
            0.5 * moved * moved / squares
        } else {
            0.0
        }
    }

    pub(super) fn n_sets(&self) -> usize {
        self.weight.len()
    }
}

/// Whether parameter `i` acts on rows of a set: the first on all.
fn is_in(set: usize, i: usize) -> bool {
    i == 0 || set >> (i - 1) & 1 == 1
}

impl Own {
    pub(super) fn with_capacity(n: usize, is_proportional: bool) -> Own {
        Own {
            gap: Vec::with_capacity(n),
            size: Vec::with_capacity(n),
            pull: Vec::with_capacity(n),
            is_proportional,
            rate: Vec::new(),
        }
    }
}

impl Channel {
    /// Variance of a row's score given what was told.
    pub(super) fn variance(&self, told: &Told, row: usize) -> f64 {
        match &self.kind {
            Kind::PlainShare(_) => {
                let share = self.share(told, row);
                share * (1.0 - share)
            }
            _ => self.inflation * told.score[row] * told.score[row],
        }
    }

    /// Variance of scores for each weight; of clusters where there are any.
    pub(super) fn dispersion(&self, told: &Told) -> f64 {
        let (mut variance, mut weight, mut last, mut sum) = (0.0, 0.0, u32::MAX, 0.0);
        for row in 0..self.score.len() {
            weight += self.weight[row];
            match self.cluster.get(row) {
                None => variance += self.variance(told, row),
                Some(cluster) => {
                    if *cluster != last {
                        variance += sum * sum;
                        (last, sum) = (*cluster, 0.0);
                    }
                    sum += told.score[row];
                }
            }
        }
        ((variance + sum * sum) / weight.max(f64::MIN_POSITIVE)).max(f64::MIN_POSITIVE)
    }

    /// The share of rows after that is expected where this row is.
    pub(super) fn share(&self, told: &Told, row: usize) -> f64 {
        let Kind::PlainShare(shares) = &self.kind else {
            return 0.5;
        };
        (shares[row] + self.weight[row] * self.moved_on(told, row)).clamp(0.005, 0.995)
    }

    /// What a row is told to have moved beyond what scores were taken at.
    pub(super) fn moved_on(&self, told: &Told, row: usize) -> f64 {
        told.movement[told.member[row] as usize] - self.fitted.get(row).copied().unwrap_or(0.0)
    }

    /// How many standard errors the rows moved by themselves, whatever the rest did.
    pub(super) fn own_movement(&self, rows: &[u32]) -> f64 {
        let sum = |f: &dyn Fn(usize) -> f64| rows.iter().map(|row| f(*row as usize)).sum::<f64>();
        let sign = |row: usize| 2.0 * f64::from(self.after[row]) - 1.0;
        let (all, squares) = match &self.kind {
            Kind::Rate(_) => (
                sum(&|row| self.score[row]),
                sum(&|row| self.score[row] * self.score[row]),
            ),
            // As many rows after as before is no movement.
            _ => (
                sum(&|row| sign(row) * self.weight[row]),
                sum(&|row| self.weight[row] * self.weight[row]),
            ),
        };
        if squares > 0.0 { all / squares.sqrt() } else { 0.0 }
    }
}
