//! Quantiles of a number: the pinball loss, and how often the number is no larger than each.

use bundle::{Calibration, Evaluation, Metric};
use stats::{StatsError, metric};

use super::{Case, LEVEL, Tested, Verdict, named};
use crate::LearnError;

pub(super) fn judge(case: &Case<'_>, values: &[f64], levels: &[f64]) -> Result<Verdict, LearnError> {
    let told: Vec<Vec<Vec<f64>>> = case
        .tested
        .iter()
        .map(|tested| by_level(tested, levels))
        .collect();
    let losses: Result<Vec<Vec<f64>>, StatsError> = told
        .iter()
        .map(|told| mean_losses(values, told, levels))
        .collect();
    let losses = losses?;
    let chosen = case.best(&losses);
    let weights = case.weights;
    let pinball = |position: usize| {
        stats::interval::weighted_mean_t(&losses[position], weights, LEVEL).map(|loss| named("pinball", loss))
    };
    let compare = |a: usize, b: usize| metric::paired_mean(&losses[a], &losses[b], weights, LEVEL);
    let mut metrics = vec![pinball(chosen)?];
    metrics.extend(by_level_metrics(values, &told[chosen], levels, weights)?);
    let evaluation = Evaluation {
        metrics,
        candidates: case.candidates(chosen, pinball, compare)?,
        ..Evaluation::default()
    };
    Ok(Verdict {
        chosen,
        link: case.tested[chosen].link,
        evaluation,
        calibration: Calibration::None,
        decision: None,
        rows: Vec::new(),
        margins: case.tested[chosen].first_margins(),
    })
}

/// What is told at each level, the quantiles of a row in rising order, as a bundle answers.
fn by_level(tested: &Tested<'_>, levels: &[f64]) -> Vec<Vec<f64>> {
    let mut rows = tested.margins.clone();
    rows.chunks_exact_mut(levels.len())
        .for_each(|row| row.sort_unstable_by(f64::total_cmp));
    let of = |level: usize| rows.iter().skip(level).step_by(levels.len()).copied().collect();
    (0..levels.len()).map(of).collect()
}

/// The mean over levels, row by row.
fn mean_losses(values: &[f64], told: &[Vec<f64>], levels: &[f64]) -> Result<Vec<f64>, StatsError> {
    let mut mean = vec![0.0; values.len()];
    for (told, level) in told.iter().zip(levels) {
        let losses = metric::row_pinball_losses(values, told, *level)?;
        mean.iter_mut()
            .zip(losses)
            .for_each(|(mean, loss)| *mean += loss / levels.len() as f64);
    }
    Ok(mean)
}

/// For each level its loss and the share of values up to it, and the share between the first and the last.
fn by_level_metrics(
    values: &[f64],
    told: &[Vec<f64>],
    levels: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<Metric>, StatsError> {
    let lowest = vec![f64::NEG_INFINITY; values.len()];
    let mut metrics = vec![];
    for (told, level) in told.iter().zip(levels) {
        let loss = metric::mean_pinball(values, told, *level, weights, LEVEL)?;
        let covered = metric::coverage(values, &lowest, told, weights, LEVEL)?;
        metrics.push(named(&format!("pinball_{level}"), loss));
        metrics.push(named(&format!("coverage_{level}"), covered));
    }
    if let ([first, .., last], [low, .., high]) = (told, levels) {
        let covered = metric::coverage(values, first, last, weights, LEVEL)?;
        metrics.push(named(&format!("coverage_{low}_to_{high}"), covered));
    }
    Ok(metrics)
}
