//! Shapley values by their definition, for models of few features.

use prepare::{FeatureColumn, Features};

use super::{Ask, answers, check_rows, refusal};
use crate::BundleError;

/// The most features whose subsets are all asked about.
pub const MAX_EXACT_FEATURES: usize = 16;

/// Rows asked about at a time.
const MAX_ROWS: usize = 1 << 18;

/// What each feature adds to the answers of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapleyValues {
    /// The mean answer over the background rows.
    pub base: f64,
    /// The answers of the rows, `(n_rows,)`.
    pub answers: Vec<f64>,
    /// What each feature adds, `(n_rows, n_features)`; with `base` they add up to the answer, up to rounding.
    pub values: Vec<f64>,
}

/// Interventional Shapley values of any model, by asking about every subset of features.
///
/// A feature outside of a subset takes its values from the rows of `background`, each as often as the others. The
/// model is asked about `2^n_features` times as many rows as the background has, for each row.
///
/// # Errors
/// [`BundleError::Inspect`] for more than [`MAX_EXACT_FEATURES`] features, no background, or columns that do not fit;
/// errors of the model.
///
/// # Reference
/// L. S. Shapley (1953), A value for n-person games; the value of a subset as in S. M. Lundberg, S.-I. Lee (2017), A
/// unified approach to interpreting model predictions, NeurIPS 30.
pub fn shapley_values<E: From<BundleError>>(
    mut ask: impl Ask<E>,
    features: &Features,
    background: &Features,
) -> Result<ShapleyValues, E> {
    let n_features = features.columns.len();
    check_rows(background, "the background")?;
    if MAX_EXACT_FEATURES < n_features || n_features != background.columns.len() {
        let expected = format!("as many as the background has, at most {MAX_EXACT_FEATURES}");
        return Err(refusal("the features", n_features, expected).into());
    }
    let mut found = ShapleyValues {
        base: stats::sum::mean(&answers(&mut ask, background)?),
        answers: answers(&mut ask, features)?,
        values: Vec::with_capacity(features.n_rows * n_features),
    };
    for row in 0..features.n_rows {
        let worth = worth(&mut ask, features, row, background)?;
        found
            .values
            .extend((0..n_features).map(|feature| value(&worth, feature, n_features)));
    }
    Ok(found)
}

/// What each subset is worth, `(2^n_features,)`: the mean answer with its features from the row.
fn worth<E: From<BundleError>>(
    ask: &mut impl Ask<E>,
    features: &Features,
    row: usize,
    background: &Features,
) -> Result<Vec<f64>, E> {
    let n_subsets = 1_usize << features.columns.len();
    let n_background = background.n_rows;
    let n_at_a_time = (MAX_ROWS / n_background).max(1);
    let mut worth = Vec::with_capacity(n_subsets);
    for first in (0..n_subsets).step_by(n_at_a_time) {
        let subsets = first..(first + n_at_a_time).min(n_subsets);
        let columns = features.columns.iter().zip(&background.columns).enumerate();
        let mixed: Result<Vec<FeatureColumn>, BundleError> = columns
            .map(|(feature, (own, other))| {
                mix(
                    own,
                    other,
                    row,
                    n_background,
                    |subset| subset >> feature & 1 == 1,
                    subsets.clone(),
                )
            })
            .collect();
        let mixed = Features {
            n_rows: subsets.len() * n_background,
            columns: mixed?,
        };
        let found = answers(ask, &mixed)?;
        worth.extend(found.chunks_exact(n_background).map(stats::sum::mean));
    }
    Ok(worth)
}

/// For subset after subset the row's value as often as there are background rows, or theirs.
fn mix(
    own: &FeatureColumn,
    background: &FeatureColumn,
    row: usize,
    n_background: usize,
    is_in: impl Fn(usize) -> bool,
    subsets: std::ops::Range<usize>,
) -> Result<FeatureColumn, BundleError> {
    match (own, background) {
        (FeatureColumn::Number(own), FeatureColumn::Number(background)) => {
            let mut values = Vec::with_capacity(subsets.len() * n_background);
            for subset in subsets {
                match is_in(subset) {
                    true => values.extend(std::iter::repeat_n(own[row], n_background)),
                    false => values.extend_from_slice(background),
                }
            }
            Ok(FeatureColumn::Number(values))
        }
        (
            FeatureColumn::Category { codes: own, n_levels },
            FeatureColumn::Category {
                codes: background, ..
            },
        ) => {
            let mut codes = Vec::with_capacity(subsets.len() * n_background);
            for subset in subsets {
                match is_in(subset) {
                    true => codes.extend(std::iter::repeat_n(own[row], n_background)),
                    false => codes.extend_from_slice(background),
                }
            }
            Ok(FeatureColumn::Category {
                codes,
                n_levels: *n_levels,
            })
        }
        _ => Err(refusal(
            "the background",
            "another kind of column",
            "the kinds of the rows",
        )),
    }
}

/// A feature's part, over all subsets without it.
fn value(worth: &[f64], feature: usize, n_features: usize) -> f64 {
    let without = (0..worth.len()).filter(|subset| subset >> feature & 1 == 0);
    let terms: Vec<f64> = without
        .map(|subset| {
            weight(subset.count_ones() as usize, n_features) * (worth[subset | 1 << feature] - worth[subset])
        })
        .collect();
    stats::sum::in_order(&terms)
}

/// `s! (n - s - 1)! / n!`.
fn weight(size: usize, n_features: usize) -> f64 {
    // 1 / (n * binomial(n - 1, s))
    let choices = (0..size).fold(1.0, |choices, i| {
        choices * (n_features - 1 - i) as f64 / (i + 1) as f64
    });
    1.0 / (n_features as f64 * choices)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sum_is_parted_by_terms_and_a_product_in_halves() {
        let number = |values: &[f64]| FeatureColumn::Number(values.to_vec());
        let background = Features {
            n_rows: 2,
            columns: vec![number(&[0.0, 2.0]), number(&[0.0, 0.0]), number(&[0.0, 0.0])],
        };
        let rows = Features {
            n_rows: 1,
            columns: vec![number(&[5.0]), number(&[2.0]), number(&[3.0])],
        };
        let ask = |features: &Features| -> Result<Vec<f64>, BundleError> {
            let columns: Vec<&Vec<f64>> = features
                .columns
                .iter()
                .map(|column| match column {
                    FeatureColumn::Number(values) => values,
                    FeatureColumn::Category { .. } => unreachable!("numbers alone"),
                })
                .collect();
            Ok((0..features.n_rows)
                .map(|row| columns[0][row] + columns[1][row] * columns[2][row])
                .collect())
        };
        let found = shapley_values(ask, &rows, &background).unwrap();
        assert_eq!((found.base, &found.answers[..]), (1.0, &[11.0][..]));
        for (found, expected) in found.values.iter().zip([4.0, 3.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
    }
}
