//! Segments that are made to move.

use crate::axes::Axis;
use crate::draws::{between, chance, log_between, whole};
use stats::Draw;

/// A planted segment is no smaller and no larger a share of all rows, and has at least 60.
const SHARES: (f64, f64) = (0.015, 0.4);
const FEWEST: usize = 60;
/// Two of them have at most this share of the smaller one in common.
const MOST_COMMON: f64 = 0.5;
/// Each condition takes away at least a tenth.
const MOST_OF_PARENT: f64 = 0.9;

/// What a planted segment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Its odds of being in the second period.
    Share,
    /// Its rate.
    Rate,
}

/// A planted segment.
#[derive(Debug)]
pub(crate) struct Planted {
    pub(crate) label: String,
    pub(crate) rows: Vec<bool>,
    pub(crate) moves: Move,
    /// How strongly, as the logarithm of a factor, of either sign.
    pub(crate) strength: f64,
    /// Its own level beside that of others, as the logarithm of a factor.
    pub(crate) level: f64,
    pub(crate) n_conditions: usize,
}

/// One to three segments, as far as there is room.
pub(crate) fn plant(draw: &mut Draw, axes: &[Axis], moves: &[Move]) -> Vec<Planted> {
    let n = whole(draw, 1, 3);
    let mut planted: Vec<Planted> = Vec::new();
    for _ in 0..300 {
        if planted.len() == n {
            break;
        }
        planted.extend(try_plant(draw, axes, moves, &planted));
    }
    planted
}

fn try_plant(draw: &mut Draw, axes: &[Axis], moves: &[Move], others: &[Planted]) -> Option<Planted> {
    let n_conditions = match draw.uniform() {
        x if x < 0.4 => 1,
        x if x < 0.8 => 2,
        _ => 3,
    };
    let n = axes[0].codes.len();
    let at = draw.below(n as u64) as usize;
    let mut chosen = draw.sample_indices(axes.len(), n_conditions);
    chosen.sort_unstable();
    let inside = |axes_of: &[usize]| -> Vec<bool> {
        (0..n)
            .map(|row| axes_of.iter().all(|k| axes[*k].codes[row] == axes[*k].codes[at]))
            .collect()
    };
    let rows = inside(&chosen);
    let size = count(&rows);
    let is_fit = SHARES.0 * n as f64 <= size as f64 && size as f64 <= SHARES.1 * n as f64 && FEWEST <= size;
    let is_own = |k: &usize| {
        let others: Vec<usize> = chosen.iter().copied().filter(|other| other != k).collect();
        others.is_empty() || size as f64 <= MOST_OF_PARENT * count(&inside(&others)) as f64
    };
    let is_apart = |other: &Planted| {
        let common = rows.iter().zip(&other.rows).filter(|(a, b)| **a && **b).count();
        common as f64 <= MOST_COMMON * size.min(count(&other.rows)) as f64
    };
    if !is_fit || !chosen.iter().all(is_own) || !others.iter().all(is_apart) {
        return None;
    }
    let moves = moves[draw.below(moves.len() as u64) as usize];
    let sign = if chance(draw, 0.5) { 1.0 } else { -1.0 };
    let strength = sign * stats::math::ln(log_between(draw, 1.15, 3.0));
    let level = match moves {
        Move::Share => between(draw, 0.4, 1.0) * if chance(draw, 0.5) { 1.0 } else { -1.0 },
        Move::Rate => 0.0,
    };
    let words: Vec<String> = chosen
        .iter()
        .map(|k| format!("{}={}", axes[*k].name, axes[*k].codes[at]))
        .collect();
    Some(Planted {
        label: words.join(" & "),
        rows,
        moves,
        strength,
        level,
        n_conditions,
    })
}

fn count(rows: &[bool]) -> usize {
    rows.iter().filter(|is_in| **is_in).count()
}
