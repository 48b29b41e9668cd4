//! What answers lose when one feature's values are dealt to other rows.

use prepare::Features;
use stats::random::Draw;

use super::{Ask, answers, check_rows, refusal};
use crate::BundleError;

const PERMUTATIONS: u64 = 17;

/// How the values of a feature are dealt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// So many permutations, drawn from a seed.
    Drawn {
        /// How many.
        n: usize,
        /// Where they are drawn from.
        seed: u64,
    },
    /// All `n_rows` rotations, in which every row meets every value once: for a loss that is a mean over rows, their
    /// mean is the expectation over all permutations, without any chance left.
    Rotations,
}

/// By how much the loss rises.
#[derive(Clone, Debug, PartialEq)]
pub struct PermutationImportance {
    /// The loss of the rows as they are.
    pub loss: f64,
    /// The mean rise when a feature is permuted, `(n_features,)`.
    pub mean: Vec<f64>,
    /// The standard deviation of the rises over repeats (divided by `n`), `(n_features,)`.
    pub deviation: Vec<f64>,
    /// Each rise, `(n_features, n_repeats)`.
    pub each: Vec<f64>,
}

/// By how much the loss of a model's answers rises when the values of a feature are permuted among the rows.
///
/// `loss` is asked with the answers, `(n_rows,)`, and knows the truth. Take held-out rows; of features that say the
/// same, none may look important.
///
/// # Errors
/// [`BundleError::Inspect`] for no rows or no repeats; errors of the model and the loss.
///
/// # Reference
/// L. Breiman (2001), Random forests, Machine Learning 45; A. Fisher, C. Rudin, F. Dominici (2019), All models are
/// wrong, but many are useful, JMLR 20, for the expectation over all pairs of rows.
pub fn permutation_importance<E: From<BundleError>>(
    mut ask: impl Ask<E>,
    features: &Features,
    mut loss: impl FnMut(&[f64]) -> Result<f64, E>,
    repeats: Repeats,
) -> Result<PermutationImportance, E> {
    check_rows(features, "the rows")?;
    if let Repeats::Drawn { n: 0, .. } = repeats {
        return Err(refusal("the repeats", 0, "at least one").into());
    }
    let before = loss(&answers(&mut ask, features)?)?;
    let orders = orders(features.n_rows, repeats);
    let mut found = PermutationImportance {
        loss: before,
        mean: Vec::new(),
        deviation: Vec::new(),
        each: Vec::new(),
    };
    let mut changed = features.clone();
    for (feature, column) in features.columns.iter().enumerate() {
        let mut rises = Vec::with_capacity(orders.len());
        for order in &orders {
            changed.columns[feature] = column.take(order);
            rises.push(loss(&answers(&mut ask, &changed)?)? - before);
        }
        changed.columns[feature] = column.clone();
        let mean = stats::sum::mean(&rises);
        let squares: Vec<f64> = rises.iter().map(|rise| (rise - mean) * (rise - mean)).collect();
        found.mean.push(mean);
        found.deviation.push(stats::sum::mean(&squares).sqrt());
        found.each.extend(rises);
    }
    Ok(found)
}

/// The rows whose values each row is dealt, repeat by repeat; the same for all features.
fn orders(n_rows: usize, repeats: Repeats) -> Vec<Vec<usize>> {
    match repeats {
        Repeats::Rotations => {
            let rotated = |shift: usize| (0..n_rows).map(|row| (row + shift) % n_rows).collect();
            (0..n_rows).map(rotated).collect()
        }
        Repeats::Drawn { n, seed } => {
            let mut draw = Draw::new(seed, PERMUTATIONS);
            let mut shuffled = || {
                let mut order: Vec<usize> = (0..n_rows).collect();
                draw.shuffle(&mut order);
                order
            };
            (0..n).map(|_| shuffled()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use prepare::FeatureColumn;

    fn rows() -> (Features, Vec<f64>) {
        let a = vec![1.0, -2.0, 0.5, 3.0, 2.5];
        let b = vec![4.0, 1.0, -1.0, 0.0, 2.0];
        let y = a.iter().zip(&b).map(|(a, b)| 3.0 * a + b).collect();
        let columns = vec![FeatureColumn::Number(a), FeatureColumn::Number(b)];
        (Features { n_rows: 5, columns }, y)
    }

    fn ask(features: &Features) -> Result<Vec<f64>, BundleError> {
        let [FeatureColumn::Number(a), FeatureColumn::Number(_)] = &features.columns[..] else {
            unreachable!("two numbers")
        };
        Ok(a.iter().map(|a| 3.0 * a).collect())
    }

    #[test]
    fn rotations_are_the_expectation_and_draws_approach_it() {
        let (features, y) = rows();
        let loss = |answers: &[f64]| -> Result<f64, BundleError> {
            let squares: Vec<f64> = answers.iter().zip(&y).map(|(a, y)| (a - y) * (a - y)).collect();
            Ok(stats::sum::mean(&squares))
        };
        let exact = permutation_importance(ask, &features, loss, Repeats::Rotations).unwrap();
        assert_eq!(exact.mean[1], 0.0);
        assert_eq!(exact.each.len(), 10);
        let drawn = Repeats::Drawn { n: 4000, seed: 1 };
        let drawn = permutation_importance(ask, &features, loss, drawn).unwrap();
        assert!((drawn.mean[0] / exact.mean[0] - 1.0).abs() < 0.03);
        let none = Repeats::Drawn { n: 0, seed: 1 };
        assert!(permutation_importance(ask, &features, loss, none).is_err());
    }
}
