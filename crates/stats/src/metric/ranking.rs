//! How good an order is: by relevance, by labels of several kinds, and from its top.

use super::{by_falling_score, check_binary, class_weights, for_each_score};
use crate::math::{log2, pow};
use crate::{StatsError, check};

/// What a row of this relevance is worth in a ranking: `2^relevance - 1`.
#[must_use]
pub fn rank_gain(relevance: f64) -> f64 {
    pow(2.0, relevance) - 1.0
}

/// How much a place counts, from 0 for the first: `1 / log2(place + 2)`.
#[must_use]
pub fn rank_discount(place: usize) -> f64 {
    1.0 / log2(place as f64 + 2.0)
}

/// What a relevance is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// The relevance itself, as in scikit-learn.
    Linear,
    /// `2^relevance - 1`, as in LightGBM and XGBoost.
    Exponential,
}

/// The discounted cumulative gain of an order by falling score, of its first `k` places or of all.
///
/// `relevance` and `scores` are `(n_items,)`; items of equal score share their places' discounts.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a relevance below 0 or a `k` of 0; lengths and NaN as for metrics.
///
/// # Reference
/// K. Järvelin, J. Kekäläinen (2002), ACM TOIS 20, 422-446; ties: F. McSherry, M. Najork (2008), ECIR.
pub fn dcg(relevance: &[f64], scores: &[f64], k: Option<usize>, gain: Gain) -> Result<f64, StatsError> {
    check_items(relevance, scores, k)?;
    let worth = |item: u32| {
        let relevance = relevance[item as usize];
        match gain {
            Gain::Linear => relevance,
            Gain::Exponential => rank_gain(relevance),
        }
    };
    let order = by_falling_score(scores);
    let (mut place, mut total) = (0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a as usize] == scores[b as usize]) {
        let discounts: f64 = (place..place + tied.len()).map(|place| discount(place, k)).sum();
        let mean: f64 = tied.iter().map(|&item| worth(item)).sum::<f64>() / tied.len() as f64;
        total += mean * discounts;
        place += tied.len();
    }
    Ok(total)
}

/// The discounted cumulative gain by that of the best order; 0 if nothing is relevant.
///
/// # Errors
/// As [`dcg`].
pub fn ndcg(relevance: &[f64], scores: &[f64], k: Option<usize>, gain: Gain) -> Result<f64, StatsError> {
    let found = dcg(relevance, scores, k, gain)?;
    match dcg(relevance, relevance, k, gain)? {
        0.0 => Ok(0.0),
        best => Ok(found / best),
    }
}

fn discount(place: usize, k: Option<usize>) -> f64 {
    match k {
        Some(k) if k <= place => 0.0,
        _ => rank_discount(place),
    }
}

fn check_items(relevance: &[f64], scores: &[f64], k: Option<usize>) -> Result<(), StatsError> {
    check::at_least("relevance", relevance.len(), 1)?;
    check::same_length("scores", scores.len(), relevance.len())?;
    check::finite("relevance", relevance)?;
    check::finite("scores", scores)?;
    check::at_least("k", k.unwrap_or(1), 1)?;
    match relevance.iter().find(|relevance| **relevance < 0.0) {
        None => Ok(()),
        Some(&found) => Err(StatsError::OutOfRange {
            what: "relevance",
            found,
            expected: "at least 0",
        }),
    }
}

/// What the first places of a query hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopPlaces {
    /// Of the first `k`, the share that is relevant.
    pub precision: f64,
    /// Of the relevant, the share among the first `k`; 0 if nothing is relevant.
    pub recall: f64,
    /// Whether any of the first `k` is relevant.
    pub hit: bool,
    /// One by the place of the first relevant item; 0 if nothing is relevant.
    pub reciprocal_rank: f64,
    /// The mean precision at the places of relevant items, ties taken together; 0 if nothing is relevant.
    pub average_precision: f64,
}

/// Looks at the first `k` places of one query's order by falling score; items of equal score keep their order.
///
/// # Errors
/// As [`dcg`].
pub fn top_places(relevant: &[bool], scores: &[f64], k: usize) -> Result<TopPlaces, StatsError> {
    check_binary(relevant, scores, None)?;
    check::at_least("k", k, 1)?;
    let order = by_falling_score(scores);
    let is_relevant = |item: &u32| relevant[*item as usize];
    let n_relevant = relevant.iter().filter(|relevant| **relevant).count();
    let n_found = order.iter().take(k).filter(|item| is_relevant(item)).count();
    let first = order.iter().position(is_relevant);
    let or_zero = |part: f64| {
        if n_relevant == 0 {
            0.0
        } else {
            part / n_relevant as f64
        }
    };
    let (mut positive, mut seen, mut sum) = (0.0, 0.0, 0.0);
    for_each_score(relevant, scores, None, |_, p, n| {
        positive += p;
        seen += p + n;
        sum += p * positive / seen;
    });
    Ok(TopPlaces {
        precision: n_found as f64 / k as f64,
        recall: or_zero(n_found as f64),
        hit: 0 < n_found,
        reciprocal_rank: first.map_or(0.0, |place| 1.0 / (place + 1) as f64),
        average_precision: or_zero(sum),
    })
}

/// Of the rows with the highest scores, `share` of all, how much richer in positives they are than all rows (lift), and
/// which share of the positives they hold (gain). Rows are counted by weight; a row at the edge counts in part.
///
/// # Errors
/// [`StatsError::OneClass`] without positives or negatives; a share outside (0, 1]; as [`auc`](super::auc).
pub fn lift(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    share: f64,
) -> Result<(f64, f64), StatsError> {
    check_binary(labels, scores, weights)?;
    let (positive, negative) = class_weights(labels, weights)?;
    if !(share > 0.0 && share <= 1.0) {
        return Err(StatsError::OutOfRange {
            what: "share",
            found: share,
            expected: "in (0, 1]",
        });
    }
    let (mut left, mut found) = (share * (positive + negative), 0.0);
    for_each_score(labels, scores, weights, |_, p, n| {
        if p + n > 0.0 {
            let part = (left / (p + n)).clamp(0.0, 1.0);
            found += part * p;
            left -= part * (p + n);
        }
    });
    let gain = found / positive;
    Ok((gain / share, gain))
}

/// The area under the ROC curve up to a false positive rate, on McClish's scale: 0.5 for no skill, 1 at best.
///
/// # Errors
/// A rate outside (0, 1]; as [`auc`](super::auc).
///
/// # Reference
/// D. K. McClish (1989), Medical Decision Making 9, 190-195.
pub fn partial_auc(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    max_false_positive_rate: f64,
) -> Result<f64, StatsError> {
    check_binary(labels, scores, weights)?;
    let (positive, negative) = class_weights(labels, weights)?;
    let most = max_false_positive_rate;
    if !(most > 0.0 && most <= 1.0) {
        return Err(StatsError::OutOfRange {
            what: "max_false_positive_rate",
            found: most,
            expected: "in (0, 1]",
        });
    }
    let (mut x, mut y, mut area) = (0.0, 0.0, 0.0);
    for_each_score(labels, scores, weights, |_, p, n| {
        let (next_x, next_y) = (x + n / negative, y + p / positive);
        if x < most && x < next_x {
            let end = next_x.min(most);
            let end_y = y + (next_y - y) * (end - x) / (next_x - x);
            area += (end - x) * 0.5 * (y + end_y);
        }
        (x, y) = (next_x, next_y);
    });
    let least = 0.5 * most * most;
    Ok(0.5 * (1.0 + (area - least) / (most - least)))
}

/// Every point of the ROC curve by falling score, from (0, 0): false and true positive rates, one for each score.
///
/// # Errors
/// As [`auc`](super::auc).
pub fn roc_points(
    labels: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
) -> Result<Vec<(f64, f64)>, StatsError> {
    check_binary(labels, scores, weights)?;
    let (all_positive, all_negative) = class_weights(labels, weights)?;
    let (mut positive, mut negative) = (0.0, 0.0);
    let mut points = vec![(0.0, 0.0)];
    for_each_score(labels, scores, weights, |_, p, n| {
        positive += p;
        negative += n;
        points.push((negative / all_negative, positive / all_positive));
    });
    Ok(points)
}
