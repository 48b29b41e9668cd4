//! Numbers.

use bundle::{Calibration, Evaluation};
use stats::interval::Resampling;
use stats::metric;

use super::{Case, LEVEL, Tested, Verdict, all_defined, named};
use crate::LearnError;

const N_RESAMPLES: usize = 400;

pub(super) fn judge(case: &Case<'_>, values: &[f64]) -> Result<Verdict, LearnError> {
    let answers: Vec<Vec<f64>> = case.tested.iter().map(Tested::answers).collect();
    let square = |(value, answer): (&f64, &f64)| (value - answer) * (value - answer);
    let squares = |answers: &Vec<f64>| values.iter().zip(answers).map(square).collect();
    let losses: Vec<Vec<f64>> = answers.iter().map(squares).collect();
    let chosen = case.best(&losses);
    let best = &answers[chosen];
    let weights = case.weights;
    let resampling = Resampling {
        n_resamples: N_RESAMPLES,
        seed: case.seed,
        level: LEVEL,
    };
    let rmse = |position: usize| {
        metric::rmse(values, &answers[position], weights, LEVEL).map(|rmse| named("rmse", rmse))
    };
    // The paired test is on squared errors, in which means can be compared row by row.
    let compare = |a: usize, b: usize| metric::paired_mean(&losses[a], &losses[b], weights, LEVEL);
    let metrics = all_defined([
        ("rmse", metric::rmse(values, best, weights, LEVEL)),
        ("mae", metric::mae(values, best, weights, LEVEL)),
        ("r2", metric::r2(values, best, weights, &resampling)),
        ("mean_error", metric::mean_error(values, best, weights, LEVEL)),
    ])?;
    let mut candidates = case.candidates(chosen, rmse, compare)?;
    for difference in candidates
        .iter_mut()
        .filter_map(|candidate| candidate.difference.as_mut())
    {
        difference.name = "squared_error".to_owned();
    }
    let evaluation = Evaluation {
        metrics,
        candidates,
        ..Evaluation::default()
    };
    Ok(Verdict {
        chosen,
        link: case.tested[chosen].link,
        evaluation,
        calibration: Calibration::None,
        decision: None,
        rows: Vec::new(),
        margins: case.tested[chosen].margins.clone(),
    })
}
