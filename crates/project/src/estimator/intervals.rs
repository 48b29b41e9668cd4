//! Prediction intervals without a project: folds of the rows learnt from, a training each.

use super::Lesson;
use crate::ProjectError;
use bundle::{IntervalCheck, Intervals, Link, Model};
use learn::intervals::{Grouping, Wish, fit};
use learn::split::stratified;
use learn::{Context, LearnError, Prepared, Progress, Target, Trainer, Training, cross_validate};
use std::ops::ControlFlow;

/// How many trainings intervals cost.
const N_FOLDS: usize = 5;

/// Intervals, whether they keep their promise, and how rows were kept apart.
pub(super) type Found = (Intervals, IntervalCheck, String);

/// Fits intervals of the level that the lesson asks for, for each of its groups if there are any; its rows are ready to be learnt from.
pub(super) fn fitted(
    trainer: &dyn Trainer,
    lesson: &Lesson,
    target: &Target,
    names: &[String],
    context: &Context<'_>,
) -> Result<Option<Found>, ProjectError> {
    let Some(level) = lesson.intervals else {
        return Ok(None);
    };
    let n_rows = lesson.rows.features.n_rows;
    let n_learnt = n_rows - lesson.n_held_out;
    let learnt: Vec<usize> = (0..n_learnt).collect();
    let mut folds = stratified(&target.take(&learnt), N_FOLDS, context.seed)?;
    folds
        .iter_mut()
        .for_each(|fold| fold.train.extend(n_learnt..n_rows));
    // The losses of these trainings are not those of the model.
    let quiet = |progress: Progress| match context.progress {
        Some(tell) => tell(Progress {
            held_out_loss: None,
            ..progress
        }),
        None => ControlFlow::Continue(()),
    };
    let context = Context {
        progress: Some(&quiet),
        ..*context
    };
    let holding_out = HoldingOut {
        trainer,
        n_held_out: lesson.n_held_out,
    };
    let features = &lesson.rows.features;
    let weights = lesson.weights.as_deref();
    let found = cross_validate(&holding_out, &folds, target, weights, &context, |train, test| {
        Ok::<_, LearnError>(Prepared {
            train: features.take(train),
            test: features.take(test),
            names: names.to_vec(),
        })
    })?;
    let by = lesson.interval_groups.as_ref().map(|groups| Grouping {
        column: &groups.column,
        of_row: &groups.of_row,
    });
    let wish = Wish {
        level,
        by,
        goes_forward: false,
    };
    let (intervals, check) = fit(&found, target, weights, &wish)?;
    let method = format!(
        "{N_FOLDS} folds with equal shares of the target, seed {}",
        context.seed
    );
    Ok(Some((intervals, check, method)))
}

/// A trainer whose last rows are held out, as those of the lesson are.
#[derive(Debug)]
struct HoldingOut<'a> {
    trainer: &'a dyn Trainer,
    n_held_out: usize,
}

impl Trainer for HoldingOut<'_> {
    fn name(&self) -> &'static str {
        self.trainer.name()
    }

    fn n_outputs(&self, target: &Target) -> usize {
        self.trainer.n_outputs(target)
    }

    fn link(&self, target: &Target) -> Link {
        self.trainer.link(target)
    }

    fn levels(&self) -> &[f64] {
        self.trainer.levels()
    }

    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
        self.trainer.fit_holding_out(data, self.n_held_out, context)
    }
}
