//! Newton's method, output by output, each step halved until it helps.

use stats::linalg::Cholesky;

use super::objective::{Curvature, Objective};
use crate::{Context, LearnError, Progress};

/// A pass that makes less of the objective than this share ends the search. Newton's steps square the error, so that one
/// more costs little; passes over several outputs only divide it.
const TOLERANCE: f64 = 1e-13;
const TOLERANCE_OF_PASSES: f64 = 1e-12;

/// Halvings of a step at most.
const MAX_HALVINGS: usize = 40;

/// The coefficients with the smallest objective, `(n_outputs, n_columns)`.
///
/// With one output this is Newton's method. With more, each pass takes the outputs one by one with the others held, then
/// moves the coefficients of a column by their mean over outputs, which changes no probability and only helps the ridge.
pub(super) fn minimise(
    objective: &Objective<'_>,
    max_iterations: usize,
    context: &Context<'_>,
) -> Result<Vec<f64>, LearnError> {
    let (n_outputs, n_columns) = (objective.n_outputs(), objective.n_columns());
    let mut coefficients = vec![0.0; n_outputs * n_columns];
    coefficients
        .iter_mut()
        .step_by(n_columns)
        .zip(&objective.base)
        .for_each(|(own, base)| *own = *base);
    let tolerance = if n_outputs == 1 {
        TOLERANCE
    } else {
        TOLERANCE_OF_PASSES
    };
    let mut value = objective.value(&coefficients);
    for round in 1..=max_iterations {
        let before = value;
        for output in 0..n_outputs {
            value = step(objective, output, &mut coefficients, value);
        }
        if 1 < n_outputs {
            centre(&mut coefficients, n_columns);
            value = objective.value(&coefficients);
        }
        context.tell(Progress {
            round,
            n_rounds: max_iterations,
            held_out_loss: None,
            choosing: false,
        })?;
        if before - value <= tolerance * (before.abs() + 1.0) {
            break;
        }
    }
    Ok(coefficients)
}

/// One step of an output's coefficients; the value after it, which is never larger.
fn step(objective: &Objective<'_>, output: usize, coefficients: &mut [f64], value: f64) -> f64 {
    let n_columns = objective.n_columns();
    let direction = direction(
        objective.curvature(coefficients, output),
        objective.l2(),
        n_columns,
    );
    let range = output * n_columns..(output + 1) * n_columns;
    let start = coefficients[range.clone()].to_vec();
    let mut length = 1.0;
    for _ in 0..MAX_HALVINGS {
        let moved = start
            .iter()
            .zip(&direction)
            .map(|(start, direction)| start - length * direction);
        coefficients[range.clone()]
            .iter_mut()
            .zip(moved)
            .for_each(|(own, moved)| *own = moved);
        let found = objective.value(coefficients);
        if found <= value {
            return found;
        }
        length *= 0.5;
    }
    coefficients[range].copy_from_slice(&start);
    value
}

/// The gradient divided by the curvature, whose ridge is raised until that can be done.
fn direction(curvature: Curvature, l2: f64, n_columns: usize) -> Vec<f64> {
    let Curvature {
        gradient,
        mut hessian,
    } = curvature;
    let mut ridge = l2;
    for _ in 0..60 {
        let mut direction = gradient.clone();
        if let Ok(factor) = Cholesky::new(&hessian, n_columns)
            && factor.solve(&mut direction).is_ok()
        {
            return direction;
        }
        hessian
            .iter_mut()
            .step_by(n_columns + 1)
            .for_each(|diagonal| *diagonal += ridge);
        ridge *= 4.0;
    }
    gradient
}

/// Takes from each column its mean over outputs; intercepts are centred likewise.
fn centre(coefficients: &mut [f64], n_columns: usize) {
    let n_outputs = (coefficients.len() / n_columns) as f64;
    for column in 0..n_columns {
        let mean = coefficients.iter().skip(column).step_by(n_columns).sum::<f64>() / n_outputs;
        coefficients
            .iter_mut()
            .skip(column)
            .step_by(n_columns)
            .for_each(|own| *own -= mean);
    }
}
