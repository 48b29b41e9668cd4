use crate::linalg::Householder;
use crate::math::sqrt;
use crate::sum::Compensated;

/// Steps at most; hard problems from poor starts take some hundreds.
const MOST_STEPS: usize = 5000;
/// A step of this share of the parameters is none.
const NO_STEP: f64 = 1e-15;
/// So often in a row a shorter step may still be no better.
const MOST_TRIES: usize = 60;

/// Residuals (targets minus fitted), and what the fitted values gain by each parameter.
pub(super) struct Slope {
    pub(super) residuals: Vec<f64>,
    pub(super) columns: Vec<Vec<f64>>,
}

/// Where the walk ended.
pub(super) struct Walk {
    pub(super) parameters: Vec<f64>,
    pub(super) slope: Slope,
    pub(super) squares: f64,
    pub(super) n_steps: usize,
    pub(super) has_arrived: bool,
}

/// Levenberg and Marquardt's walk down the sum of squares from `start`; `None` where that is no number.
///
/// # Reference
/// J. J. Moré (1978), Lecture Notes in Mathematics 630, 105-116 (scaling by the largest slopes so far, the step by an
/// orthogonal factorisation); H. B. Nielsen (1999), report IMM-REP-1999-05 (how damping follows the gain).
pub(super) fn walk(start: &[f64], damping: f64, slope_at: impl Fn(&[f64]) -> Slope) -> Option<Walk> {
    let slope = slope_at(start);
    let mut walk = Walk {
        squares: finite_squares(&slope)?,
        parameters: start.to_vec(),
        slope,
        n_steps: 0,
        has_arrived: false,
    };
    let mut scales = vec![0.0; start.len()];
    let (mut damping, mut growth, mut n_tries) = (damping, 2.0, 0);
    while walk.n_steps < MOST_STEPS && n_tries < MOST_TRIES {
        walk.n_steps += 1;
        for (scale, column) in scales.iter_mut().zip(&walk.slope.columns) {
            *scale = norm(column).max(*scale);
        }
        let step = damped_step(&walk.slope, &scales, damping);
        let moved: Vec<f64> = walk
            .parameters
            .iter()
            .zip(&step)
            .map(|(b, step)| b + step)
            .collect();
        let is_short = step
            .iter()
            .zip(&moved)
            .all(|(step, b)| step.abs() <= NO_STEP * b.abs());
        let expected = expected_gain(&walk.slope, &step);
        let there = slope_at(&moved);
        let gain = finite_squares(&there).map_or(f64::NEG_INFINITY, |squares| walk.squares - squares);
        if 0.0 < gain {
            let ratio = 2.0 * (gain / expected).min(1.0) - 1.0;
            damping *= (1.0 - ratio * ratio * ratio).max(1.0 / 3.0);
            (growth, n_tries) = (2.0, 0);
            walk.squares -= gain;
            (walk.parameters, walk.slope) = (moved, there);
        } else {
            damping *= growth;
            growth *= 2.0;
            n_tries += 1;
        }
        if is_short || expected <= 1e-28 * walk.squares {
            walk.has_arrived = true;
            break;
        }
    }
    // as near as roundings let it: no step of any length is better
    let at_rest = n_tries == MOST_TRIES
        && expected_gain(&walk.slope, &damped_step(&walk.slope, &scales, 0.0)) <= 1e-9 * walk.squares;
    walk.has_arrived |= at_rest || walk.squares == 0.0;
    Some(walk)
}

/// The step that minimises the squares of the linear model and of the scaled step times the damping.
fn damped_step(slope: &Slope, scales: &[f64], damping: f64) -> Vec<f64> {
    let (n_rows, n_parameters) = (slope.residuals.len(), scales.len());
    let used: Vec<usize> = (0..n_parameters).filter(|&k| 0.0 < scales[k]).collect();
    let padded = |(place, &k): (usize, &usize)| {
        let mut column: Vec<f64> = slope.columns[k].iter().map(|v| v / scales[k]).collect();
        column.resize(n_rows + used.len(), 0.0);
        column[n_rows + place] = sqrt(damping);
        column
    };
    let columns: Vec<Vec<f64>> = used.iter().enumerate().map(padded).collect();
    let factor = Householder::new(columns.iter().map(Vec::as_slice), n_rows + used.len());
    let mut right = slope.residuals.clone();
    right.resize(n_rows + used.len(), 0.0);
    factor.transform(&mut right);
    right.truncate(factor.rank());
    factor.solve_upper(&mut right);
    let mut step = vec![0.0; n_parameters];
    for (&place, value) in factor.kept().iter().zip(right) {
        step[used[place]] = value / scales[used[place]];
    }
    step
}

/// How much the sum of squares would fall if the formula were linear.
fn expected_gain(slope: &Slope, step: &[f64]) -> f64 {
    let mut gain = Compensated::default();
    for (row, residual) in slope.residuals.iter().enumerate() {
        let moved: f64 = slope
            .columns
            .iter()
            .zip(step)
            .map(|(column, step)| column[row] * step)
            .sum();
        gain.add(moved * (2.0 * residual - moved));
    }
    gain.value()
}

fn finite_squares(slope: &Slope) -> Option<f64> {
    let all_finite = slope.columns.iter().flatten().all(|v| v.is_finite());
    let squares = squares(&slope.residuals);
    (all_finite && squares.is_finite()).then_some(squares)
}

pub(super) fn squares(residuals: &[f64]) -> f64 {
    let mut sum = Compensated::default();
    residuals.iter().for_each(|r| sum.add(r * r));
    sum.value()
}

fn norm(values: &[f64]) -> f64 {
    sqrt(squares(values))
}
