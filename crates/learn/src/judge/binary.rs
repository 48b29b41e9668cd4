//! Two classes: Platt's calibration, a threshold, and what both are worth.

use bundle::{Calibration, Decision, DecisionRule, Evaluation, Metric, ReliabilityBin};
use stats::StatsError;
use stats::calibration::platt;
use stats::interval::{Resampling, weighted_mean_t};
use stats::metric::{self, Binning};

use super::{Case, LEVEL, Tested, Verdict, all_defined, if_defined, named, thinned};
use crate::LearnError;

const N_RESAMPLES: usize = 400;
const N_BINS: usize = 10;

pub(super) fn judge(case: &Case<'_>, labels: &[bool], rule: DecisionRule) -> Result<Verdict, LearnError> {
    let losses: Result<Vec<Vec<f64>>, StatsError> = case
        .tested
        .iter()
        .map(|tested| metric::row_log_losses(labels, &tested.answers()))
        .collect();
    let losses = losses?;
    let chosen = case.best(&losses);
    let best = &case.tested[chosen];
    let calibration = fit(&best.margins, labels, case.weights);
    let probabilities = cross_fitted(best, labels, case.weights);
    let decision = rule.decide(&probabilities);
    let auc_of = |position: usize| {
        let auc = metric::auc(labels, &case.tested[position].margins, case.weights, LEVEL);
        match if_defined("auc", auc)? {
            Some(auc) => Ok(auc),
            None => {
                weighted_mean_t(&losses[position], case.weights, LEVEL).map(|loss| named("log_loss", loss))
            }
        }
    };
    let by_auc = auc_of(chosen)?.name == "auc";
    let compare = |a: usize, b: usize| {
        if !by_auc {
            return metric::paired_mean(&losses[a], &losses[b], case.weights, LEVEL);
        }
        metric::paired_auc(
            labels,
            &case.tested[a].margins,
            &case.tested[b].margins,
            case.weights,
            LEVEL,
        )
    };
    let evaluation = Evaluation {
        metrics: metrics(case, best, labels, &probabilities, &decision)?,
        candidates: case.candidates(chosen, auc_of, compare)?,
        reliability: reliability(labels, &probabilities, case.weights)?,
        roc: roc(labels, &probabilities, case.weights)?,
        gains: gains(labels, &probabilities, case.weights)?,
        confusion: confusion(labels, &probabilities, case.weights, &decision)?,
        ..Evaluation::default()
    };
    let margins = best.first_margins();
    Ok(Verdict {
        chosen,
        link: best.link,
        evaluation,
        calibration,
        decision: Some(decision),
        rows: Vec::new(),
        margins,
    })
}

/// Platt's calibration, or the link alone where the margins carry nothing to calibrate (a constant, a falling line).
fn fit(margins: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Calibration {
    match platt(margins, labels, weights) {
        Ok(fitted) if 0.0 < fitted.slope => Calibration::Platt {
            slope: fitted.slope,
            intercept: fitted.intercept,
        },
        _ => Calibration::None,
    }
}

/// Each row's probability by a calibration fitted on the other folds.
fn cross_fitted(tested: &Tested<'_>, labels: &[bool], weights: Option<&[f64]>) -> Vec<f64> {
    let n_folds = tested.folds.iter().max().map_or(0, |last| last + 1);
    let mut probabilities = vec![0.0; labels.len()];
    for fold in 0..n_folds {
        let others: Vec<usize> = (0..labels.len())
            .filter(|row| tested.folds[*row] != fold)
            .collect();
        let margins: Vec<f64> = others.iter().map(|row| tested.margins[*row]).collect();
        let other_labels: Vec<bool> = others.iter().map(|row| labels[*row]).collect();
        let other_weights: Option<Vec<f64>> = weights.map(|w| others.iter().map(|row| w[*row]).collect());
        let calibration = fit(&margins, &other_labels, other_weights.as_deref());
        for row in (0..labels.len()).filter(|row| tested.folds[*row] == fold) {
            probabilities[row] = calibration.probability(tested.link, tested.margins[row]);
        }
    }
    probabilities
}

fn metrics(
    case: &Case<'_>,
    best: &Tested<'_>,
    labels: &[bool],
    probabilities: &[f64],
    decision: &Decision,
) -> Result<Vec<Metric>, StatsError> {
    let weights = case.weights;
    let resampling = Resampling {
        n_resamples: N_RESAMPLES,
        seed: case.seed,
        level: LEVEL,
    };
    let mut metrics = all_defined([
        ("auc", metric::auc(labels, &best.margins, weights, LEVEL)),
        (
            "average_precision",
            metric::average_precision(labels, probabilities, weights, LEVEL),
        ),
        (
            "log_loss",
            metric::log_loss(labels, probabilities, weights, LEVEL),
        ),
        ("brier", metric::brier(labels, probabilities, weights, LEVEL)),
        (
            "calibration_error",
            metric::calibration_error(
                labels,
                probabilities,
                weights,
                Binning::Count(N_BINS),
                &resampling,
            ),
        ),
    ])?;
    let said_yes: Vec<f64> = probabilities
        .iter()
        .map(|p| f64::from(u8::from(decision.threshold <= *p)))
        .collect();
    let table = metric::Confusion::at_threshold(labels, &said_yes, weights, 0.5)?;
    // Precision has no value where nobody is said yes to; it is left out then.
    let at_threshold = [
        ("accuracy", table.accuracy(LEVEL)),
        ("precision", table.precision(LEVEL)),
        ("recall", table.recall(LEVEL)),
        ("f1", table.f1(LEVEL)),
    ];
    metrics.extend(
        at_threshold
            .into_iter()
            .filter_map(|(name, estimate)| Some(named(name, estimate.ok()?))),
    );
    metrics.extend(profit(case, labels, &said_yes, decision)?);
    Ok(metrics)
}

/// The mean profit per row of acting as decided.
fn profit(
    case: &Case<'_>,
    labels: &[bool],
    said_yes: &[f64],
    decision: &Decision,
) -> Result<Option<Metric>, StatsError> {
    let profits: Option<Vec<f64>> = labels
        .iter()
        .zip(said_yes)
        .map(|(label, yes)| decision.rule.profit(*yes == 1.0, *label))
        .collect();
    let Some(profits) = profits else { return Ok(None) };
    // Where all rows bring the same (nobody is acted on), the interval has no width.
    Ok(Some(named(
        "profit_per_row",
        weighted_mean_t(&profits, case.weights, LEVEL)?,
    )))
}

/// The weight of negatives and positives, each told negative and positive, as the decision has it.
fn confusion(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    decision: &Decision,
) -> Result<Vec<Vec<f64>>, StatsError> {
    let table = metric::Confusion::at_threshold(labels, probabilities, weights, decision.threshold)?;
    Ok(vec![
        vec![table.true_negative, table.false_positive],
        vec![table.false_negative, table.true_positive],
    ])
}

fn reliability(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<ReliabilityBin>, StatsError> {
    let bins = metric::reliability(labels, probabilities, weights, Binning::Count(N_BINS), LEVEL)?;
    let record = |bin: &metric::ReliabilityBin| ReliabilityBin {
        predicted: bin.predicted,
        observed: bin.observed.value,
        low: bin.observed.low,
        high: bin.observed.high,
        n: bin.n_rows as u64,
    };
    Ok(bins.iter().map(record).collect())
}

/// No curve where only one class was tested.
fn or_empty<T>(points: Result<Vec<T>, StatsError>) -> Result<Vec<T>, StatsError> {
    match points {
        Err(StatsError::OneClass { .. } | StatsError::Undefined { .. }) => Ok(Vec::new()),
        points => points,
    }
}

fn roc(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<(f64, f64)>, StatsError> {
    let points = or_empty(metric::roc_curve(labels, probabilities, weights))?;
    Ok(thinned(&points)
        .iter()
        .map(|point| (point.false_positive_rate, point.true_positive_rate))
        .collect())
}

fn gains(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<(f64, f64)>, StatsError> {
    let points = or_empty(metric::gain_curve(labels, probabilities, weights, 100))?;
    Ok(points
        .iter()
        .map(|point| (point.share_of_rows, point.share_of_positives))
        .collect())
}
