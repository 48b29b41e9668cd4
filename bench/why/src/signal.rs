//! How many standard errors a planted movement is worth. This definition was fixed before anything was run.
//!
//! A *rate* segment: the true movement of its own rate beyond the shift of everything, over the standard error of the
//! difference of its two rates (from the spread of its rows in each period). A *share* segment: the logarithm of its odds
//! factor over the standard error of the log odds ratio of its rows against all others; for means, rates and ratios, where a
//! share matters only through the difference `d` of the segment's rate from the rest's, combined with that difference's own
//! signal: `1 / sqrt(1 / share^2 + 1 / d^2)`.

use crate::case::{Case, Measure};
use crate::segments::{Move, Planted};
use stats::math::exp;

/// Rows, size, sum and spread of a part in one period.
struct Part {
    n: f64,
    rate: f64,
    variance: f64,
}

/// The signal of a planted segment.
pub(crate) fn signal(case: &Case, one: &Planted) -> f64 {
    let inside = [false, true].map(|after| part(case, |row| one.rows[row] && case.after[row] == after));
    let outside = [false, true].map(|after| part(case, |row| !one.rows[row] && case.after[row] == after));
    if inside.iter().chain(&outside).any(|part| part.n < 2.0) {
        return 0.0;
    }
    match one.moves {
        Move::Rate => {
            let error = (inside[0].variance + inside[1].variance).sqrt();
            movement(case, one, inside[0].rate).abs() / error
        }
        Move::Share => {
            let error = inside
                .iter()
                .chain(&outside)
                .map(|part| 1.0 / part.n)
                .sum::<f64>()
                .sqrt();
            let share = one.strength.abs() / error;
            if matches!(case.measure, Measure::Count | Measure::Sum) {
                return share;
            }
            let all = |row: bool| part(case, |k| one.rows[k] == row);
            let (own, rest) = (all(true), all(false));
            let distance = (own.rate - rest.rate).abs() / (own.variance + rest.variance).sqrt();
            1.0 / (1.0 / (share * share) + 1.0 / (distance * distance)).sqrt()
        }
    }
}

/// What the segment's rate moved by, beyond the shift of everything.
fn movement(case: &Case, one: &Planted, before: f64) -> f64 {
    match case.measure {
        Measure::MeanOfBoth => one.strength,
        Measure::Rate => {
            let odds = before / (1.0 - before);
            let rate = |moved: f64| odds * exp(moved) / (1.0 + odds * exp(moved));
            rate(case.shift + one.strength) - rate(case.shift)
        }
        _ => before * (exp(case.shift + one.strength) - exp(case.shift)),
    }
}

fn part(case: &Case, is_in: impl Fn(usize) -> bool) -> Part {
    let rows: Vec<usize> = (0..case.n()).filter(|row| is_in(*row)).collect();
    let total = |of: &dyn Fn(usize) -> f64| rows.iter().map(|row| of(*row)).sum::<f64>();
    let (sum, size) = (total(&|row| case.sum[row]), total(&|row| case.size[row]));
    let rate = sum / size;
    let squares = total(&|row| {
        let gap = case.sum[row] - rate * case.size[row];
        gap * gap
    });
    Part {
        n: rows.len() as f64,
        rate,
        variance: squares / (size * size),
    }
}
