//! Rows as scores: of their shares, and of their rates.

use super::answer::ShiftScale;
use super::channel::{Channel, Kind, Own};
use super::dimension::Dimension;
use super::expect::expected;
use super::question::Metric;
use super::rows::Rows;
use stats::math::{exp, ln};

/// Shares are kept so far from 0 and 1.
const FLOOR: f64 = 0.005;

/// Segments that were told to move, and how much they moved each row's second period, on the scale of the channel.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) segments: Vec<Vec<u32>>,
    /// `(n_rows,)`, or empty for no movement.
    pub(super) by_row: Vec<f64>,
}

impl Moves {
    fn of(&self, row: usize) -> f64 {
        self.by_row.get(row).copied().unwrap_or(0.0)
    }
}

/// Scores of shares: of rows, weights or denominators. Movements are of `ln` of the odds of the second period.
pub(super) fn of_shares(rows: &Rows, moves: &Moves) -> Channel {
    let of = |period: u8| (0..rows.n()).filter(move |row| rows.period[*row] == period);
    let size = |period: u8| of(period).map(|row| rows.size[row]).sum::<f64>();
    let share = size(1) / (size(0) + size(1));
    let middle = ln(share / (1.0 - share));
    let shares: Vec<f64> = match moves.by_row.is_empty() {
        true => vec![share; rows.n()],
        false => moves
            .by_row
            .iter()
            .map(|by| logistic(middle + by).clamp(FLOOR, 1.0 - FLOOR))
            .collect(),
    };
    let weight = |row: usize| rows.size[row] * shares[row] * (1.0 - shares[row]);
    let score = |row: usize| {
        rows.size[row] * (f64::from(rows.period[row]) - shares[row]) + weight(row) * moves.of(row)
    };
    let chance = |row: usize| rows.size[row] * weight(row);
    let kind = match rows.is_plain && rows.cluster.is_empty() {
        true => Kind::PlainShare(shares.clone()),
        false => Kind::Share((0..rows.n()).map(chance).collect()),
    };
    Channel {
        score: (0..rows.n()).map(score).collect(),
        weight: (0..rows.n()).map(weight).collect(),
        after: rows.period.clone(),
        cluster: rows.cluster.clone(),
        fitted: moves.by_row.clone(),
        kind,
        inflation: 1.0,
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// What scores of rates are made of.
#[derive(Debug)]
pub(super) struct Rates<'a> {
    rows: &'a Rows,
    dimensions: &'a [Dimension],
    /// Segments whose shares moved.
    told: Vec<&'a [u32]>,
    /// The chance that a row is of the second period.
    chance: Vec<f64>,
    /// Whether rows are yes or no and count 1.
    is_binary: bool,
}

impl<'a> Rates<'a> {
    /// Given segments whose shares moved.
    pub(super) fn new(
        rows: &'a Rows,
        metric: &Metric,
        dimensions: &'a [Dimension],
        told: Vec<&'a [u32]>,
    ) -> Rates<'a> {
        let after: Vec<f64> = rows
            .period
            .iter()
            .zip(&rows.size)
            .map(|(p, size)| f64::from(*p) * size)
            .collect();
        let still = vec![0.0; rows.n()];
        let chance = expected(
            ShiftScale::Additive,
            &after,
            &rows.size,
            dimensions,
            &told,
            &still,
        );
        Rates {
            rows,
            dimensions,
            told,
            chance,
            is_binary: matches!(metric, Metric::Rate { .. }) && rows.is_plain && rows.cluster.is_empty(),
        }
    }

    /// Scores given what moved.
    pub(super) fn channel(&self, scale: ShiftScale, moves: &Moves) -> Channel {
        let Rates { rows, chance, .. } = self;
        let mut told = self.told.clone();
        told.extend(moves.segments.iter().map(Vec::as_slice));
        let n = rows.n();
        let lifts: Vec<f64> = (0..n).map(|row| scale.lift(moves.of(row))).collect();
        let none = scale.lift(0.0);
        let lift = |row: usize| if rows.period[row] == 1 { lifts[row] } else { none };
        let lift: Vec<f64> = (0..n).map(lift).collect();
        let before = expected(scale, &rows.sum, &rows.size, self.dimensions, &told, &lift);
        let (mut score, mut weight) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let mut own = Own::with_capacity(n, scale == ShiftScale::Proportional);
        for row in 0..n {
            let size = rows.size[row];
            let contrast = f64::from(rows.period[row]) - chance[row];
            let rate = scale.lifted(before[row], lift[row]);
            let moved = scale.lifted(before[row], lifts[row]);
            // Noise grows with the rate where movements multiply.
            let pull = match scale {
                ShiftScale::Proportional => {
                    contrast / (before[row] + chance[row].clamp(0.0, 1.0) * (moved - before[row]))
                }
                _ => contrast,
            };
            let gap = rows.sum[row] - size * rate;
            weight.push(pull * contrast * size * scale.slope(moved));
            score.push(pull * gap + weight[row] * moves.of(row));
            own.gap.push(gap);
            own.size.push(size * scale.slope(rate));
            own.pull.push(pull);
            if self.is_binary {
                own.rate.push(rate);
            }
        }
        let n_parameters: usize =
            self.dimensions.iter().map(|d| d.levels.len() - 1).sum::<usize>() + told.len() + 1;
        Channel {
            score,
            weight,
            after: rows.period.clone(),
            cluster: rows.cluster.clone(),
            fitted: moves.by_row.clone(),
            kind: Kind::Rate(own),
            inflation: n as f64 / (n as f64 - n_parameters as f64).max(0.5 * n as f64),
        }
    }
}

/// Scales on which everything may move alike, the more natural one first.
pub(super) fn scales(rows: &Rows, metric: &Metric) -> &'static [ShiftScale] {
    let is_positive = rows.sum.iter().all(|sum| *sum >= 0.0) && rows.sum.iter().any(|sum| *sum > 0.0);
    match metric {
        Metric::Rate { .. } if is_positive => &[ShiftScale::Odds, ShiftScale::Additive],
        _ if is_positive => &[ShiftScale::Proportional, ShiftScale::Additive],
        _ => &[ShiftScale::Additive],
    }
}
