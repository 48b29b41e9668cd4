//! Three classes and more.

use bundle::{Calibration, Evaluation};
use stats::{StatsError, metric};

use super::{Case, LEVEL, Verdict, all_defined, named};
use crate::LearnError;

pub(super) fn judge(case: &Case<'_>, codes: &[u32], n_classes: usize) -> Result<Verdict, LearnError> {
    let probabilities: Vec<Vec<f64>> = case
        .tested
        .iter()
        .map(|tested| {
            let mut rows = tested.margins.clone();
            rows.chunks_exact_mut(n_classes)
                .for_each(|row| tested.link.of_classes(row));
            rows
        })
        .collect();
    let losses: Result<Vec<Vec<f64>>, StatsError> = probabilities
        .iter()
        .map(|rows| metric::row_multiclass_log_losses(codes, rows, n_classes))
        .collect();
    let losses = losses?;
    let chosen = case.best(&losses);
    let best = &probabilities[chosen];
    let weights = case.weights;
    let log_loss = |position: usize| {
        metric::multiclass_log_loss(codes, &probabilities[position], n_classes, weights, LEVEL)
            .map(|loss| named("log_loss", loss))
    };
    let compare = |a: usize, b: usize| metric::paired_mean(&losses[a], &losses[b], weights, LEVEL);
    let metrics = all_defined([
        (
            "log_loss",
            metric::multiclass_log_loss(codes, best, n_classes, weights, LEVEL),
        ),
        (
            "accuracy",
            metric::multiclass_accuracy(codes, best, n_classes, weights, LEVEL),
        ),
        (
            "auc",
            metric::multiclass_auc(codes, best, n_classes, weights, LEVEL),
        ),
        (
            "f1",
            metric::multiclass_f1(codes, best, n_classes, weights, LEVEL),
        ),
    ])?;
    let evaluation = Evaluation {
        metrics,
        candidates: case.candidates(chosen, log_loss, compare)?,
        confusion: confusion(codes, best, n_classes, weights)?,
        ..Evaluation::default()
    };
    let margins = case.tested[chosen].first_margins();
    Ok(Verdict {
        chosen,
        link: case.tested[chosen].link,
        evaluation,
        calibration: Calibration::None,
        decision: None,
        rows: Vec::new(),
        margins,
    })
}

/// The weight of the rows of each class that are most likely of each class.
fn confusion(
    codes: &[u32],
    probabilities: &[f64],
    n_classes: usize,
    weights: Option<&[f64]>,
) -> Result<Vec<Vec<f64>>, StatsError> {
    let told: Vec<u32> = probabilities
        .chunks_exact(n_classes)
        .map(|row| metric::most_probable(row) as u32)
        .collect();
    let table = metric::ClassTable::new(codes, &told, n_classes, weights)?;
    Ok(table
        .cells()
        .chunks_exact(n_classes)
        .map(<[f64]>::to_vec)
        .collect())
}
