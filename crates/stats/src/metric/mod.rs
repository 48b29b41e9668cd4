//! How good predictions are, each number with its interval.
//!
//! Arguments are slices of one length: `labels`, then scores or probabilities, then optional `weights`
//! (0 means absent), then the confidence `level`, a fraction in (0, 1). Weights say how much a row counts; intervals
//! follow Kish's effective number of rows. Missing values are refused, and so are degenerate cases (one class, nothing
//! predicted): a clear [`StatsError`], never a silent NaN.

mod auc;
mod average_precision;
mod calibration;
mod class_table;
mod clusters;
mod confusion;
mod curve;
mod deviance;
mod forecast;
mod multiclass;
mod multiclass_value;
mod multilabel;
mod paired;
mod probability;
mod quantile;
mod queries;
mod ranking;
mod regression;

pub use auc::auc;
pub use average_precision::average_precision;
pub use calibration::{Binning, ReliabilityBin, calibration_error, reliability};
pub use class_table::{Average, ClassTable, Disagreement, PrecisionRecall};
pub use clusters::{Agreement, Separation, agreement, separation};
pub use confusion::{Confusion, accuracy, balanced_accuracy, f1, mcc, precision, recall};
pub use curve::{GainPoint, PrecisionRecallPoint, RocPoint, gain_curve, precision_recall_curve, roc_curve};
pub use deviance::{
    d2_pinball, d2_tweedie, determination, explained_variance, largest_error, mean_absolute_error,
    mean_relative_error, mean_squared_error, mean_squared_log_error, pinball, tweedie_deviance,
    weighted_median_error,
};
pub use forecast::{bias, crps_normal, crps_samples, interval_score, mase, normal_nll, rmsse, smape, wape};
pub use multiclass::{
    most_probable, multiclass_accuracy, multiclass_auc, multiclass_f1, multiclass_log_loss,
    row_multiclass_log_losses,
};
pub use multiclass_value::{multiclass_auc_pairs, multiclass_auc_weighted, multiclass_brier, top_k_accuracy};
pub use multilabel::{LabelRanking, label_ranking};
pub use paired::{PairedComparison, paired_auc, paired_mean};
pub use probability::{brier, log_loss, row_log_losses};
pub use quantile::{coverage, mean_pinball, row_pinball_losses};
pub use queries::{mean_ndcg, ndcg_of_queries, query_ndcg};
pub use ranking::{
    Gain, TopPlaces, dcg, lift, ndcg, partial_auc, rank_discount, rank_gain, roc_points, top_places,
};
pub use regression::{mae, mape, mean_error, median_absolute_error, r2, rmse};

use crate::rank::{by_rising_key, rising_key};
use crate::{StatsError, check};

/// The shared refusals of binary metrics: equal lengths, finite scores, both classes with weight.
fn check_binary(labels: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<(), StatsError> {
    check::at_least("labels", labels.len(), 1)?;
    check::same_length("scores", scores.len(), labels.len())?;
    check::finite("scores", scores)?;
    check::weights(weights, labels.len())
}

/// Weights of the positive and the negative class, both above 0.
fn class_weights(labels: &[bool], weights: Option<&[f64]>) -> Result<(f64, f64), StatsError> {
    let (mut positive, mut negative) = (0.0, 0.0);
    for (row, &label) in labels.iter().enumerate() {
        *(if label { &mut positive } else { &mut negative }) += check::weight(weights, row);
    }
    if positive > 0.0 && negative > 0.0 {
        return Ok((positive, negative));
    }
    let found = if positive > 0.0 { "positive" } else { "negative" };
    Err(StatsError::OneClass {
        what: "labels",
        found: found.to_owned(),
    })
}

/// Row positions by falling score; ties keep the order of rows.
fn by_falling_score(scores: &[f64]) -> Vec<u32> {
    let falling = by_rising_key(scores.iter().map(|score| !rising_key(*score)));
    falling.into_iter().map(|row| row as u32).collect()
}

/// Calls `visit(score, positive weight, negative weight)` for each distinct score, highest first.
fn for_each_score(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    mut visit: impl FnMut(f64, f64, f64),
) {
    let order = by_falling_score(scores);
    for tied in order.chunk_by(|&a, &b| scores[a as usize] == scores[b as usize]) {
        let (mut positive, mut negative) = (0.0, 0.0);
        for &row in tied {
            let row = row as usize;
            *(if labels[row] { &mut positive } else { &mut negative }) += check::weight(weights, row);
        }
        visit(scores[tied[0] as usize], positive, negative);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[allow(clippy::approx_constant, reason = "data happen to lie near a constant")]
mod value_tests;
