//! Sets of classes.

use crate::{StatsError, check};

/// `1 - probability` of the true class, `(n,)`.
///
/// # Shapes and units
/// `probabilities` is `(n, n_classes)` in row order, `labels` is `(n,)` with codes in `0..n_classes`.
///
/// # Errors
/// [`StatsError::OutOfRange`] for probabilities outside [0, 1] or codes, [`StatsError::LengthMismatch`],
/// [`StatsError::TooFewValues`] without rows or with fewer than two classes.
///
/// # Reference
/// M. Sadinle, J. Lei, L. Wasserman (2019), Least ambiguous set-valued classifiers with bounded error levels, JASA 114.
pub fn class_scores(probabilities: &[f64], labels: &[u32], n_classes: usize) -> Result<Vec<f64>, StatsError> {
    check_labels(probabilities, labels, n_classes)?;
    let rows = probabilities.chunks_exact(n_classes).zip(labels);
    Ok(rows.map(|(row, &label)| 1.0 - row[label as usize]).collect())
}

/// The classes whose probability is at least `1 - quantile`, `(n, n_classes)`; may be none.
///
/// # Errors
/// As [`class_scores`]; [`StatsError::OutOfRange`] for a quantile that is NaN.
pub fn class_sets(probabilities: &[f64], n_classes: usize, quantile: f64) -> Result<Vec<bool>, StatsError> {
    check_rows(probabilities, n_classes)?;
    super::check_quantile(quantile)?;
    Ok(probabilities.iter().map(|p| 1.0 - p <= quantile).collect())
}

/// The probabilities of all classes that are at least as probable as the true one, added up, `(n,)`.
///
/// `draws`, `(n,)` in [0, 1], take off that share of the true class's own probability; coverage is then exact and not
/// only at least as promised. Without them nothing is taken off. Equal probabilities are ordered by code.
///
/// # Errors
/// As [`class_scores`]; draws outside [0, 1].
///
/// # Reference
/// Y. Romano, M. Sesia, E. Candès (2020), Classification with valid and adaptive coverage, NeurIPS 33.
pub fn adaptive_scores(
    probabilities: &[f64],
    labels: &[u32],
    n_classes: usize,
    draws: Option<&[f64]>,
) -> Result<Vec<f64>, StatsError> {
    check_labels(probabilities, labels, n_classes)?;
    check_draws(draws, labels.len())?;
    let rows = probabilities.chunks_exact(n_classes).zip(labels).enumerate();
    Ok(rows
        .map(|(position, (row, &label))| {
            scores_of(row, draws.map_or(0.0, |draws| draws[position]))[label as usize]
        })
        .collect())
}

/// The classes whose adaptive score is at most the quantile, `(n, n_classes)`; the most probable one is always there.
///
/// # Errors
/// As [`adaptive_scores`] and [`class_sets`].
pub fn adaptive_sets(
    probabilities: &[f64],
    n_classes: usize,
    quantile: f64,
    draws: Option<&[f64]>,
) -> Result<Vec<bool>, StatsError> {
    check_rows(probabilities, n_classes)?;
    super::check_quantile(quantile)?;
    check_draws(draws, probabilities.len() / n_classes)?;
    let rows = probabilities.chunks_exact(n_classes).enumerate();
    Ok(rows
        .flat_map(|(position, row)| {
            let best = crate::metric::most_probable(row);
            let scores = scores_of(row, draws.map_or(0.0, |draws| draws[position]));
            scores
                .into_iter()
                .enumerate()
                .map(move |(class, score)| class == best || score <= quantile)
        })
        .collect())
}

/// Per class: what it and all more probable ones have together, less a share of its own.
fn scores_of(row: &[f64], draw: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
    let mut scores = vec![0.0; row.len()];
    let mut sum = 0.0;
    for class in order {
        sum += row[class];
        scores[class] = sum - draw * row[class];
    }
    scores
}

fn check_rows(probabilities: &[f64], n_classes: usize) -> Result<(), StatsError> {
    check::at_least("classes", n_classes, 2)?;
    check::at_least("probabilities", probabilities.len(), n_classes)?;
    check::same_length(
        "probabilities",
        probabilities.len(),
        probabilities.len() / n_classes * n_classes,
    )?;
    check::probabilities("probabilities", probabilities)
}

fn check_labels(probabilities: &[f64], labels: &[u32], n_classes: usize) -> Result<(), StatsError> {
    check_rows(probabilities, n_classes)?;
    check::same_length("labels", labels.len(), probabilities.len() / n_classes)?;
    match labels.iter().find(|label| n_classes <= **label as usize) {
        None => Ok(()),
        Some(&found) => Err(StatsError::OutOfRange {
            what: "labels",
            found: f64::from(found),
            expected: "below n_classes",
        }),
    }
}

fn check_draws(draws: Option<&[f64]>, n_rows: usize) -> Result<(), StatsError> {
    let Some(draws) = draws else { return Ok(()) };
    check::same_length("draws", draws.len(), n_rows)?;
    check::probabilities("draws", draws)
}
