//! How well the labels of rows that may have several are told apart by scores.

use crate::{StatsError, check};

/// Means over rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelRanking {
    /// How far down the order one must go to meet every true label; 0 for a row without any.
    pub coverage_error: f64,
    /// The mean, over true labels, of the share of true ones among those scored as high; 1 for a row of all or none.
    pub average_precision: f64,
    /// The share of pairs of a true and a false label that stand the wrong way round, ties too; 0 for all or none.
    pub ranking_loss: f64,
}

/// Looks at the order of each row's labels; both arguments are `(n_rows, n_labels)` in row order.
///
/// # Errors
/// [`StatsError::TooFewValues`] without rows or labels, [`StatsError::LengthMismatch`], [`StatsError::NotFinite`].
///
/// # Reference
/// G. Tsoumakas, I. Katakis, I. Vlahavas (2010), Mining multi-label data, in: Data Mining and Knowledge Discovery
/// Handbook. Checked against scikit-learn.
pub fn label_ranking(labels: &[bool], scores: &[f64], n_labels: usize) -> Result<LabelRanking, StatsError> {
    check::at_least("labels", n_labels, 1)?;
    check::at_least("rows", labels.len() / n_labels, 1)?;
    check::same_length("labels", labels.len(), labels.len() / n_labels * n_labels)?;
    check::same_length("scores", scores.len(), labels.len())?;
    check::finite("scores", scores)?;
    let n_rows = (labels.len() / n_labels) as f64;
    let mut sums = [0.0; 3];
    for (labels, scores) in labels.chunks_exact(n_labels).zip(scores.chunks_exact(n_labels)) {
        let of_row = [
            depth(labels, scores),
            precision(labels, scores),
            misordered(labels, scores),
        ];
        sums.iter_mut().zip(of_row).for_each(|(sum, value)| *sum += value);
    }
    let [coverage_error, average_precision, ranking_loss] = sums.map(|sum| sum / n_rows);
    Ok(LabelRanking {
        coverage_error,
        average_precision,
        ranking_loss,
    })
}

fn true_scores<'a>(labels: &'a [bool], scores: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    labels
        .iter()
        .zip(scores)
        .filter(|(label, _)| **label)
        .map(|(_, score)| *score)
}

fn depth(labels: &[bool], scores: &[f64]) -> f64 {
    let lowest = true_scores(labels, scores).fold(f64::INFINITY, f64::min);
    scores.iter().filter(|score| lowest <= **score).count() as f64
}

fn precision(labels: &[bool], scores: &[f64]) -> f64 {
    let n_true = labels.iter().filter(|label| **label).count();
    if n_true == 0 || n_true == labels.len() {
        return 1.0;
    }
    let shares = true_scores(labels, scores).map(|score| {
        let above = scores.iter().filter(|other| score <= **other).count();
        let true_above = true_scores(labels, scores)
            .filter(|other| score <= *other)
            .count();
        true_above as f64 / above as f64
    });
    shares.sum::<f64>() / n_true as f64
}

fn misordered(labels: &[bool], scores: &[f64]) -> f64 {
    let n_true = labels.iter().filter(|label| **label).count();
    let n_pairs = n_true * (labels.len() - n_true);
    if n_pairs == 0 {
        return 0.0;
    }
    let wrong = true_scores(labels, scores).map(|score| {
        let falsely_above = labels
            .iter()
            .zip(scores)
            .filter(|(label, other)| !**label && score <= **other);
        falsely_above.count()
    });
    wrong.sum::<usize>() as f64 / n_pairs as f64
}
