//! Intervals and sets of classes that hold the truth as often as promised, whatever the model.
//!
//! Held-out rows get a *score* that says how strange their truth is to the model. A new row's interval, or set of
//! classes, is all that would be no stranger than the [`conformal_quantile`] of those scores.
//!
//! | scores | intervals | good for |
//! |---|---|---|
//! | [`absolute_scores`] | [`around`] | errors of about one size everywhere |
//! | [`scaled_scores`] | [`around_scaled`] | errors whose size a second model tells |
//! | [`quantile_scores`] | [`widened`] | two quantile models (CQR) |
//! | [`class_scores`], [`adaptive_scores`] | [`class_sets`], [`adaptive_sets`] | classes |
//!
//! The promise holds on average over rows, not for each group: [`group_quantiles`] keeps it in each (Mondrian).
//! Rows that count by weight have a [`weighted_quantile`]; [`needed_weight`] says how many rows a level asks for.

use crate::{StatsError, check};

mod classes;

pub use classes::{adaptive_scores, adaptive_sets, class_scores, class_sets};

/// The split-conformal quantile: a new score lies at or below it with probability of at least `level`.
///
/// `scores` is `(n,)`, such as absolute errors on held-out rows; it is the `ceil((n + 1) * level)`-th smallest. Infinite
/// when there are too few scores for the level (below 9 for 0.9): an interval with that promise is then unbounded.
///
/// # Assumptions
/// New rows are exchangeable with the held-out ones.
///
/// # Errors
/// [`StatsError::TooFewValues`] without scores, [`StatsError::NotFinite`], a level outside (0, 1).
///
/// # Reference
/// J. Lei et al. (2018), Distribution-free predictive inference for regression, JASA 113, 1094-1111.
pub fn conformal_quantile(scores: &[f64], level: f64) -> Result<f64, StatsError> {
    check::level(level)?;
    check::at_least("scores", scores.len(), 1)?;
    check::finite("scores", scores)?;
    // 0.9 * 10 must not become 9.000000000000002 and then 10
    let position = ((scores.len() + 1) as f64 * level - 1e-9).ceil() as usize;
    if position > scores.len() {
        return Ok(f64::INFINITY);
    }
    let mut scores = scores.to_vec();
    let (_, value, _) = scores.select_nth_unstable_by(position.max(1) - 1, f64::total_cmp);
    Ok(*value)
}

/// The split-conformal quantile of scores that count by weight, for a new row that counts once.
///
/// The smallest score up to which the weights add up to at least `level` of all weights and one: with whole weights,
/// [`conformal_quantile`] of each score so many times. Infinite where the weights are together below
/// [`needed_weight`]. `scores` and `weights` are `(n,)`; without weights each counts once.
///
/// # Errors
/// As [`conformal_quantile`]; [`StatsError::OutOfRange`] for a negative weight, or where all are zero.
///
/// # Reference
/// R. J. Tibshirani, R. Foygel Barber, E. Candès, A. Ramdas (2019), Conformal prediction under covariate shift,
/// NeurIPS 32, with the weight 1 for the new row.
pub fn weighted_quantile(scores: &[f64], weights: Option<&[f64]>, level: f64) -> Result<f64, StatsError> {
    let Some(weights) = weights else {
        return conformal_quantile(scores, level);
    };
    check::level(level)?;
    check::at_least("scores", scores.len(), 1)?;
    check::finite("scores", scores)?;
    check::weights(Some(weights), scores.len())?;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(a.cmp(b)));
    let wanted = (crate::sum::in_order(weights) + 1.0) * level - 1e-9;
    let mut sum = crate::sum::Compensated::default();
    for row in order {
        sum.add(weights[row]);
        if wanted <= sum.value() {
            return Ok(scores[row]);
        }
    }
    Ok(f64::INFINITY)
}

/// The number of rows, or their weight, from which a quantile of this level is finite: 9 for 0.9, 99 for 0.99.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a level outside of (0, 1).
pub fn needed_weight(level: f64) -> Result<f64, StatsError> {
    check::level(level)?;
    Ok(((level - 1e-9) / (1.0 - level)).ceil().max(1.0))
}

/// The quantile of each group's own scores: the promise then holds within each group.
///
/// # Shapes and units
/// `scores` and `groups` are `(n,)`, groups in `0..n_groups`; the answer is `(n_groups,)`. A group with too few rows for
/// the level, or with none, has an infinite quantile.
///
/// # Errors
/// As [`conformal_quantile`]; [`StatsError::OutOfRange`] for a group that is not below `n_groups` and for more than
/// ten million groups.
///
/// # Reference
/// V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic Learning in a Random World, section 4.5 (Mondrian).
pub fn group_quantiles(
    scores: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<Vec<f64>, StatsError> {
    check::at_least("scores", scores.len(), 1)?;
    check::same_length("groups", groups.len(), scores.len())?;
    check::at_most("n_groups", n_groups, 10_000_000, "at most ten million")?;
    let mut of_group = vec![Vec::new(); n_groups];
    for (&score, &group) in scores.iter().zip(groups) {
        match of_group.get_mut(group as usize) {
            Some(scores) => scores.push(score),
            None => {
                return Err(StatsError::OutOfRange {
                    what: "groups",
                    found: f64::from(group),
                    expected: "below n_groups",
                });
            }
        }
    }
    let quantile = |scores: &Vec<f64>| match scores.is_empty() {
        true => check::level(level).map(|()| f64::INFINITY),
        false => conformal_quantile(scores, level),
    };
    of_group.iter().map(quantile).collect()
}

/// `|y - prediction|`, `(n,)`.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::NotFinite`].
pub fn absolute_scores(y: &[f64], predictions: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_pair(y, "predictions", predictions)?;
    Ok(y.iter().zip(predictions).map(|(y, p)| (y - p).abs()).collect())
}

/// `|y - prediction| / scale`, `(n,)`, where a larger scale says that a larger error is expected.
///
/// # Errors
/// As [`absolute_scores`]; [`StatsError::OutOfRange`] for a scale that is not above 0.
///
/// # Reference
/// H. Papadopoulos, A. Gammerman, V. Vovk (2008), Normalized nonconformity measures for regression, IASTED AIA.
pub fn scaled_scores(y: &[f64], predictions: &[f64], scales: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_scales(scales, y.len())?;
    let scores = absolute_scores(y, predictions)?;
    Ok(scores
        .iter()
        .zip(scales)
        .map(|(score, scale)| score / scale)
        .collect())
}

/// How far `y` lies outside of `[low, high]`, `(n,)`: `max(low - y, y - high)`, negative inside.
///
/// # Errors
/// As [`absolute_scores`].
///
/// # Reference
/// Y. Romano, E. Patterson, E. Candès (2019), Conformalized quantile regression, NeurIPS 32.
pub fn quantile_scores(y: &[f64], low: &[f64], high: &[f64]) -> Result<Vec<f64>, StatsError> {
    check_pair(y, "low", low)?;
    check_pair(y, "high", high)?;
    let ends = low.iter().zip(high);
    Ok(y.iter()
        .zip(ends)
        .map(|(y, (low, high))| outside(*y, [*low, *high]))
        .collect())
}

/// How far one `y` lies outside of `[low, high]`, negative inside: a row of [`quantile_scores`].
pub fn outside(y: f64, [low, high]: [f64; 2]) -> f64 {
    (low - y).max(y - high)
}

/// `[low - quantile, high + quantile]`, or twice its middle where that is inside out: a row of [`widened`].
pub fn widen([low, high]: [f64; 2], quantile: f64) -> [f64; 2] {
    let (low, high) = (low - quantile, high + quantile);
    if low <= high {
        [low, high]
    } else {
        [0.5 * low + 0.5 * high; 2]
    }
}

/// Intervals `prediction ± quantile`, `(n, 2)`.
///
/// # Errors
/// [`StatsError::NotFinite`] for a prediction; [`StatsError::OutOfRange`] for a quantile that is NaN.
pub fn around(predictions: &[f64], quantile: f64) -> Result<Vec<[f64; 2]>, StatsError> {
    check::finite("predictions", predictions)?;
    check_quantile(quantile)?;
    Ok(predictions.iter().map(|p| [p - quantile, p + quantile]).collect())
}

/// Intervals `prediction ± quantile * scale`, `(n, 2)`.
///
/// # Errors
/// As [`around`]; [`StatsError::OutOfRange`] for a scale that is not above 0.
pub fn around_scaled(
    predictions: &[f64],
    scales: &[f64],
    quantile: f64,
) -> Result<Vec<[f64; 2]>, StatsError> {
    check_scales(scales, predictions.len())?;
    check::finite("predictions", predictions)?;
    check_quantile(quantile)?;
    let rows = predictions.iter().zip(scales);
    Ok(rows
        .map(|(p, scale)| [p - quantile * scale, p + quantile * scale])
        .collect())
}

/// Intervals `[low - quantile, high + quantile]`, `(n, 2)`; where a negative quantile would turn one inside out, both
/// ends are its middle.
///
/// # Errors
/// As [`around`].
pub fn widened(low: &[f64], high: &[f64], quantile: f64) -> Result<Vec<[f64; 2]>, StatsError> {
    check_pair(low, "high", high)?;
    check_quantile(quantile)?;
    let ends = low.iter().zip(high);
    Ok(ends.map(|(low, high)| widen([*low, *high], quantile)).collect())
}

/// The share of rows whose interval holds the truth, and the mean width: what was promised, and what it cost.
///
/// # Errors
/// [`StatsError::TooFewValues`] without rows, [`StatsError::LengthMismatch`], [`StatsError::NotFinite`] for a truth.
pub fn coverage(y: &[f64], intervals: &[[f64; 2]]) -> Result<(f64, f64), StatsError> {
    check::at_least("y", y.len(), 1)?;
    check::same_length("intervals", intervals.len(), y.len())?;
    check::finite("y", y)?;
    let held = y
        .iter()
        .zip(intervals)
        .filter(|(y, [low, high])| (low..=high).contains(y));
    let widths: Vec<f64> = intervals.iter().map(|[low, high]| high - low).collect();
    Ok((held.count() as f64 / y.len() as f64, crate::sum::mean(&widths)))
}

fn check_pair(first: &[f64], what: &'static str, second: &[f64]) -> Result<(), StatsError> {
    check::same_length(what, second.len(), first.len())?;
    check::finite("y", first)?;
    check::finite(what, second)
}

fn check_scales(scales: &[f64], n_rows: usize) -> Result<(), StatsError> {
    check::same_length("scales", scales.len(), n_rows)?;
    match scales.iter().find(|scale| !(**scale > 0.0 && scale.is_finite())) {
        None => Ok(()),
        Some(&found) => Err(StatsError::OutOfRange {
            what: "scales",
            found,
            expected: "above 0 and finite",
        }),
    }
}

fn check_quantile(quantile: f64) -> Result<(), StatsError> {
    if quantile.is_nan() {
        return Err(StatsError::OutOfRange {
            what: "quantile",
            found: quantile,
            expected: "of scores, infinite for an unbounded interval",
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
