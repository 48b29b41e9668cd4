//! Rows as scores: of their shares, and of their rates.

use super::answer::ShiftScale;
use super::channel::{Channel, Kind, Own, Told};
use super::dimension::Dimension;
use super::expect::expected;
use super::question::Metric;
use super::rows::Rows;
use super::scan::{Cross, View};

/// A level counts at most so much in how uneven a shift is: what a few segments did is no matter of scale.
const MOST_UNEVEN: f64 = 9.0;

/// Scores of shares: of rows, weights or denominators.
pub(super) fn of_shares(rows: &Rows) -> Channel {
    let of = |period: u8| (0..rows.n()).filter(move |row| rows.period[*row] == period);
    let size = |period: u8| of(period).map(|row| rows.size[row]).sum::<f64>();
    let share = size(1) / (size(0) + size(1));
    let score = |row: usize| rows.size[row] * (f64::from(rows.period[row]) - share);
    let is_plain = rows.is_plain && rows.cluster.is_empty();
    Channel {
        score: (0..rows.n()).map(score).collect(),
        weight: rows.size.clone(),
        cluster: rows.cluster.clone(),
        kind: if is_plain { Kind::PlainShare(share) } else { Kind::Share },
        inflation: 1.0,
    }
}

/// Scores of rates, on the scale on which the whole table moved most alike, given segments whose shares moved.
pub(super) fn of_rates(
    rows: &Rows,
    metric: &Metric,
    dimensions: &[Dimension],
    told: &[Vec<u32>],
) -> (Channel, ShiftScale) {
    let period: Vec<f64> = rows.period.iter().zip(&rows.size).map(|(p, size)| f64::from(*p) * size).collect();
    let chance = expected(ShiftScale::Additive, &period, &rows.size, dimensions, told);
    let channel = |scale| of_scale(rows, scale, dimensions, told, &chance);
    let scales = scales(rows, metric);
    let judged = scales.into_iter().map(|scale| (channel(scale), scale));
    let judged = judged.map(|(channel, scale)| (unevenness(&channel, dimensions), channel, scale));
    let best = judged.reduce(|a, b| if b.0 < a.0 { b } else { a });
    let (_, channel, scale) = best.expect("there is always the additive scale");
    (channel, scale)
}

/// Scales that make sense, the more natural one first.
fn scales(rows: &Rows, metric: &Metric) -> Vec<ShiftScale> {
    let is_positive = rows.sum.iter().all(|sum| *sum >= 0.0) && rows.sum.iter().any(|sum| *sum > 0.0);
    match metric {
        Metric::Rate { .. } if is_positive => vec![ShiftScale::Odds, ShiftScale::Additive],
        _ if is_positive => vec![ShiftScale::Proportional, ShiftScale::Additive],
        _ => vec![ShiftScale::Additive],
    }
}

fn of_scale(
    rows: &Rows,
    scale: ShiftScale,
    dimensions: &[Dimension],
    told: &[Vec<u32>],
    chance: &[f64],
) -> Channel {
    let rate = expected(scale, &rows.sum, &rows.size, dimensions, told);
    let n = rows.n();
    let (mut score, mut weight) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut own = Own {
        gap: Vec::with_capacity(n),
        size: Vec::with_capacity(n),
        pull: Vec::with_capacity(n),
        is_proportional: scale == ShiftScale::Proportional,
    };
    for row in 0..n {
        let (size, rate) = (rows.size[row], rate[row]);
        let contrast = f64::from(rows.period[row]) - chance[row];
        // What a shift of 1 moves the rate by, and how much noise there is, relative to that.
        let (slope, pull, own_size) = match scale {
            ShiftScale::Additive => (1.0, contrast, size),
            ShiftScale::Proportional => (rate, contrast / rate, size * rate),
            ShiftScale::Odds => (rate * (1.0 - rate), contrast, size * rate * (1.0 - rate)),
        };
        let gap = rows.sum[row] - size * rate;
        score.push(pull * gap);
        weight.push(pull * contrast * size * slope);
        own.gap.push(gap);
        own.size.push(own_size);
        own.pull.push(pull);
    }
    let n_parameters: usize = dimensions.iter().map(|d| d.levels.len() - 1).sum::<usize>() + told.len() + 1;
    Channel {
        score,
        weight,
        cluster: rows.cluster.clone(),
        kind: Kind::Rate(own),
        inflation: n as f64 / (n as f64 - n_parameters as f64).max(0.5 * n as f64),
    }
}

/// How differently levels moved once a shift of everything is taken out.
fn unevenness(channel: &Channel, dimensions: &[Dimension]) -> f64 {
    let told = Told::of(channel, &[]);
    let row = |row: usize| [1.0, told.score[row], channel.weight[row], told.score[row] * told.score[row]];
    let rows: Vec<[f64; 4]> = (0..channel.score.len()).map(row).collect();
    let view = View {
        rows: &rows,
        cluster: &channel.cluster,
    };
    let of = |dimension: usize| {
        let cells = Cross::of(dimensions, &[dimension], &view).cells;
        let square = |sums: &super::scan::Sums| match sums.variance > 0.0 {
            true => (sums.score * sums.score / sums.variance).min(MOST_UNEVEN),
            false => 0.0,
        };
        cells.iter().map(square).sum::<f64>()
    };
    (0..dimensions.len()).map(of).sum()
}
