//! One candidate on all folds: the recipe is fitted on the training rows of each.

use super::candidates::{names, trainer};
use super::folds::folds;
use super::target::Lesson;
use crate::ProjectError;
use crate::file::Project;
use bundle::Link;
use learn::{Context, OutOfFold, Prepared, cross_validate};
use serde::{Deserialize, Serialize};

/// A candidate's out-of-fold margins, as the store keeps them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OutOfFoldRecord {
    pub(crate) method: String,
    pub(crate) n_outputs: usize,
    /// What the margins mean, and the levels of quantiles if that is what they are.
    pub(crate) link: Link,
    pub(crate) levels: Vec<f64>,
    /// Missing where no fold tested the row.
    pub(crate) margins: Vec<Option<f64>>,
    pub(crate) fold_of_row: Vec<Option<usize>>,
}

/// Cross-validates the candidate called `name`.
pub(crate) fn evaluate(
    project: &Project,
    lesson: &Lesson<'_>,
    name: &str,
) -> Result<OutOfFoldRecord, ProjectError> {
    let (trainer, _) = trainer(project, lesson, name)?;
    let (folds, method) = folds(lesson, lesson.seed)?;
    let context = Context {
        n_threads: lesson.n_threads,
        ..Context::new(lesson.seed)
    };
    let found = cross_validate(
        trainer.as_ref(),
        &folds,
        &lesson.target,
        lesson.training_weights.as_deref(),
        &context,
        |train, test| -> Result<_, ProjectError> {
            let weights: Option<Vec<f64>> = lesson
                .weights
                .as_ref()
                .map(|weights| train.iter().map(|row| weights[*row]).collect());
            let train = lesson.rows.take(train)?;
            let recipe = lesson.fit_recipe(&train, weights.as_deref())?.recipe;
            Ok(Prepared {
                test: recipe.apply(&lesson.rows.take(test)?)?,
                train: recipe.apply(&train)?,
                names: names(&recipe),
            })
        },
    )?;
    Ok(OutOfFoldRecord {
        method,
        n_outputs: found.n_outputs,
        link: found.link,
        levels: found.levels,
        margins: found
            .margins
            .iter()
            .map(|margin| margin.is_finite().then_some(*margin))
            .collect(),
        fold_of_row: found.fold_of_row,
    })
}

impl OutOfFoldRecord {
    pub(crate) fn into_out_of_fold(self) -> OutOfFold {
        OutOfFold {
            n_outputs: self.n_outputs,
            link: self.link,
            levels: self.levels,
            margins: self
                .margins
                .into_iter()
                .map(|margin| margin.unwrap_or(f64::NAN))
                .collect(),
            fold_of_row: self.fold_of_row,
        }
    }
}
