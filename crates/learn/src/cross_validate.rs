//! Cross-validation: what models say of rows that they have not learnt from.

use bundle::Link;
use prepare::Features;

use crate::split::Fold;
use crate::{Context, LearnError, Target, Trainer, Training};

/// The margins of rows by models that have not learnt from them.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfFold {
    /// Margins per row.
    pub n_outputs: usize,
    /// What the margins mean.
    pub link: Link,
    /// The levels of quantiles, if that is what the margins are.
    pub levels: Vec<f64>,
    /// The margins, `(n_rows, n_outputs)`; `NaN` in rows that no fold tests.
    pub margins: Vec<f64>,
    /// The fold that tests each row, if one does, `(n_rows,)`.
    pub fold_of_row: Vec<Option<usize>>,
}

/// The features of a fold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// Those of the rows to learn from.
    pub train: Features,
    /// Those of the rows to test.
    pub test: Features,
    /// What the features are called; empty if they have no names.
    pub names: Vec<String>,
}

impl OutOfFold {
    /// The rows that a fold tests, ascending.
    pub fn tested_rows(&self) -> Vec<usize> {
        (0..self.fold_of_row.len())
            .filter(|&row| self.fold_of_row[row].is_some())
            .collect()
    }
}

/// Learns once per fold and scores the rows tested.
///
/// `prepare` makes the features of a fold: it must fit every transform on the training rows alone, then apply it to the
/// training and to the test rows, in the order given. Folds are taken one after the other, each on all threads of the
/// context, so that at most one fold's features are held. A row in two folds is answered by the later one.
///
/// # Errors
/// Whatever `prepare` returns, and [`LearnError`] if weights, folds or features do not fit the target or a fold cannot
/// be learnt.
pub fn cross_validate<E: From<LearnError>>(
    trainer: &dyn Trainer,
    folds: &[Fold],
    target: &Target,
    weights: Option<&[f64]>,
    context: &Context<'_>,
    prepare: impl Fn(&[usize], &[usize]) -> Result<Prepared, E>,
) -> Result<OutOfFold, E> {
    check(folds, target, weights)?;
    let (n_rows, n_outputs) = (target.len(), trainer.n_outputs(target));
    let mut margins = vec![f64::NAN; n_rows * n_outputs];
    let mut fold_of_row = vec![None; n_rows];
    for (number, fold) in folds.iter().enumerate() {
        let Prepared { train, test, names } = prepare(&fold.train, &fold.test)?;
        length("features to learn from", train.n_rows, fold.train.len())?;
        length("features to test on", test.n_rows, fold.test.len())?;
        let target = target.take(&fold.train);
        let weights: Option<Vec<f64>> = weights.map(|w| fold.train.iter().map(|&row| w[row]).collect());
        let data = Training {
            features: &train,
            target: &target,
            weights: weights.as_deref(),
            names: &names,
        };
        let model = trainer.fit(&data, context)?;
        let tested = model.all_margins(&test).map_err(LearnError::from)?;
        for (&row, tested) in fold.test.iter().zip(tested.chunks_exact(n_outputs)) {
            margins[row * n_outputs..][..n_outputs].copy_from_slice(tested);
            fold_of_row[row] = Some(number);
        }
    }
    Ok(OutOfFold {
        n_outputs,
        link: trainer.link(target),
        levels: trainer.levels().to_vec(),
        margins,
        fold_of_row,
    })
}

fn check(folds: &[Fold], target: &Target, weights: Option<&[f64]>) -> Result<(), LearnError> {
    if let Some(weights) = weights {
        length("weights", weights.len(), target.len())?;
    }
    let rows = folds.iter().flat_map(|fold| fold.train.iter().chain(&fold.test));
    match rows.max().filter(|&&row| target.len() <= row) {
        None => Ok(()),
        Some(&row) => {
            let (found, expected) = (row as f64, "a row of the target");
            Err(LearnError::Value {
                what: "folds",
                row,
                found,
                expected,
            })
        }
    }
}

fn length(what: &'static str, found: usize, expected: usize) -> Result<(), LearnError> {
    if found == expected {
        Ok(())
    } else {
        Err(LearnError::Length {
            what,
            found,
            expected,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::RefCell;

    use prepare::FeatureColumn;

    use super::*;
    use crate::split::stratified;
    use crate::{Baseline, Boost};

    fn table() -> (Features, Target) {
        let x: Vec<f64> = (0..90).map(|i| f64::from(i * 29 % 90)).collect();
        let target = Target::Number(x.iter().map(|x| 2.0 * x).collect());
        (
            Features {
                n_rows: 90,
                columns: vec![FeatureColumn::Number(x)],
            },
            target,
        )
    }

    #[test]
    fn every_row_is_answered_by_a_model_that_has_not_seen_it() {
        let (features, target) = table();
        let folds = stratified(&target, 3, 1).unwrap();
        let seen = RefCell::new(Vec::new());
        let take = |train: &[usize], test: &[usize]| {
            seen.borrow_mut().push((train.to_vec(), test.to_vec()));
            Ok::<_, LearnError>(Prepared {
                train: features.take(train),
                test: features.take(test),
                names: vec![],
            })
        };
        let found = cross_validate(&Baseline, &folds, &target, None, &Context::new(0), take).unwrap();
        assert_eq!(found.tested_rows(), (0..90).collect::<Vec<_>>());
        for (fold, (train, test)) in seen.borrow().iter().enumerate() {
            let Target::Number(values) = target.take(train) else {
                unreachable!()
            };
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!(test.iter().all(|&row| (found.margins[row] - mean).abs() < 1e-9));
            assert!(test.iter().all(|&row| found.fold_of_row[row] == Some(fold)));
        }
    }

    #[test]
    fn rows_without_a_fold_have_no_margin_and_errors_pass() {
        let (features, target) = table();
        let fold = Fold {
            train: (0..60).collect(),
            test: (60..70).collect(),
        };
        let take = |train: &[usize], test: &[usize]| {
            Ok::<_, LearnError>(Prepared {
                train: features.take(train),
                test: features.take(test),
                names: vec![],
            })
        };
        let found =
            cross_validate(&Boost::default(), &[fold], &target, None, &Context::new(0), take).unwrap();
        assert!(found.margins[60..70].iter().all(|margin| margin.is_finite()));
        assert!(found.margins[..60].iter().all(|margin| margin.is_nan()));
        let beyond = Fold {
            train: vec![0, 90],
            test: vec![1],
        };
        assert!(cross_validate(&Baseline, &[beyond], &target, None, &Context::new(0), take).is_err());
    }
}
