//! Estimators as other languages' libraries know them: a trainer and parameters by name, rows in memory in, a bundle out.
//!
//! Without a project file every column is a feature, and nothing is evaluated but intervals, if they are asked for: the
//! caller's library does that. The bundle is one like any other: it is served, scored and explained in the same way.
//!
//! Classes are named in the bundle however rare they are, because the caller names them; levels of features are named
//! only from [`prepare::recipe::MIN_SEEN`] rows on, as everywhere.

mod aim;
mod assemble;
mod before;
mod files;
mod groups;
mod intervals;
mod order;
mod out_of_bag;
mod rows;
mod search;
mod stream;

pub use aim::Aim;
use assemble::{Learnt, Made};
pub use before::check_table;
pub use files::Files;
pub use groups::Groups;
pub use rows::{Categories, Rows, features_of_batch, rows_of_batch};
pub use stream::{Passes, Stream, Told, is_index};

use crate::ProjectError;
use bundle::{Bundle, Model};
use learn::forest::OutOfBag;
use learn::trainers::find;
use learn::{Context, LearnError, ParameterError, Trainer, Training, Value};
use std::sync::Arc;

/// Weights whose mean is below this are scaled to a mean of 1, because trainers count weights in small units.
const MIN_MEAN_WEIGHT: f64 = 0.0625;

/// Trainers that draw rows by their number: theirs are put in an order of their own first.
const DRAWING: &[&str] = &["forest", "extra_trees", "isolation"];

/// What to learn from.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The rows.
    pub rows: Rows,
    /// What to tell, an entry per row.
    pub aim: Aim,
    /// How often each row counts, zero or more; 1 each if absent. A whole number equals repeated rows, zero no row.
    pub weights: Option<Vec<f64>>,
    /// The last so many rows are not learnt from: they end the training when they are told best.
    pub n_held_out: usize,
    /// The share of rows that are anomalies, if the aim is to find them and it is known.
    pub contamination: Option<f64>,
    /// The level of prediction intervals, if any are asked for: they cost five more trainings.
    pub intervals: Option<f64>,
    /// The groups that have intervals of their own, if any are asked for; others, and rare ones, have those of all rows.
    pub interval_groups: Option<Groups>,
    /// The bundle that training goes on from, whose recipe the rows have ([`Rows::as_before`]).
    pub before: Option<Arc<Bundle>>,
    /// What the bundle is called.
    pub name: String,
    /// What the told column is called.
    pub target: String,
}

/// A trainer with parameters that were checked.
#[derive(Debug)]
pub struct Estimator {
    name: &'static str,
    trainer: Box<dyn Trainer>,
    /// All parameters as texts.
    parameters: Vec<(String, String)>,
    /// Those that the caller chose.
    chosen: Vec<(String, Value)>,
}

impl Estimator {
    /// The trainer of this name ([`learn::trainers`]) with these parameters; those not named have their defaults.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is unknown or out of range.
    ///
    /// # Panics
    /// If there is no such trainer, which is an error of the caller.
    pub fn new(trainer: &str, parameters: &[(String, Value)]) -> Result<Estimator, ParameterError> {
        let spec = find(trainer).expect("the caller names one of the trainers");
        let settings: Vec<(&str, &Value)> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        let made = spec.make(&settings).map_err(|fault| fault.error)?;
        Ok(Estimator {
            name: spec.name,
            parameters: crate::train::named(spec.parameters, &made.values),
            trainer: made.trainer,
            chosen: parameters.to_vec(),
        })
    }

    /// Learns, and makes a bundle; the same lesson, parameters and seed give the same bytes on any number of threads.
    ///
    /// # Errors
    /// [`ProjectError::Learn`] if nothing can be learnt from the lesson or the caller interrupts,
    /// [`ProjectError::Data`] if there are not two classes, or the bundle to go on from tells something else.
    pub fn fit(&self, lesson: Lesson, context: &Context<'_>) -> Result<Bundle, ProjectError> {
        let (bundle, ..) = self.learn(lesson, context, &|trainer, data, n_held_out, context| {
            Ok((trainer.fit_holding_out(data, n_held_out, context)?, None))
        })?;
        Ok(bundle)
    }

    /// Learns in the way given; beside the bundle, which row of the lesson each row learnt from was, in the trainer's
    /// order.
    fn learn(
        &self,
        lesson: Lesson,
        context: &Context<'_>,
        way: &Way<'_>,
    ) -> Result<(Bundle, Vec<usize>, Option<OutOfBag>), ProjectError> {
        lesson.check_before(false)?;
        let (lesson, places) = self.in_order(lesson)?;
        let target = lesson.aim.target(lesson.rows.features.n_rows);
        let names = crate::train::names(&lesson.rows.recipe);
        let data = Training {
            features: &lesson.rows.features,
            target: &target,
            weights: lesson.weights.as_deref(),
            names: &names,
        };
        let going_on = match &lesson.before {
            None => None,
            Some(before) => Some(self.going_on(before, &lesson.aim, &target)?),
        };
        let trainer = going_on.as_deref().unwrap_or(&*self.trainer);
        let (model, out_of_bag) = way(trainer, &data, lesson.n_held_out, context)?;
        let link = self.trainer.link(&target);
        let intervals = intervals::fitted(self.trainer.as_ref(), &lesson, &target, &names, context)?;
        let made = Made {
            aim: &lesson.aim,
            target: lesson.target.clone(),
            name: lesson.name.clone(),
            learnt: Learnt::of(&lesson.rows, lesson.n_held_out, &model),
            decision: assemble::decision(&lesson, &model, link)?,
            model,
            link,
            intervals,
            before: lesson.before.as_deref(),
            seed: context.seed,
        };
        Ok((assemble::bundle(self, made)?, places, out_of_bag))
    }

    /// The rows that count, in the order in which the trainer takes them, and where each stood.
    fn in_order(&self, lesson: Lesson) -> Result<(Lesson, Vec<usize>), ProjectError> {
        let (lesson, places) = weighed(lesson)?;
        lesson.aim.check(&lesson)?;
        if !DRAWING.contains(&self.name) {
            return Ok((lesson, places));
        }
        // What is drawn then follows from what rows hold, and repeated rows stand together wherever they were.
        let order = order::by_content(&lesson.rows.features, &lesson.aim);
        let places = order.iter().map(|row| places[*row]).collect();
        Ok((lesson.take(&order)?, places))
    }
}

/// How a trainer learns, given the rows held out: a model, and what rows out of bag are told if that is asked for.
type Way<'a> = dyn Fn(&dyn Trainer, &Training<'_>, usize, &Context<'_>) -> Result<(Model, Option<OutOfBag>), LearnError>
    + 'a;

/// The trees of a bundle's model; none for other models.
pub fn n_trees(bundle: &Bundle) -> usize {
    match &bundle.model {
        Model::Trees(trees) => trees.n_trees(),
        Model::Linear(_) | Model::Constant(_) => 0,
    }
}

impl Lesson {
    /// The rows at `rows`, in that order; `n_held_out` stays as it is.
    fn take(self, rows: &[usize]) -> Result<Lesson, ProjectError> {
        let weights_at = |weights: Vec<f64>| rows.iter().map(|row| weights[*row]).collect();
        Ok(Lesson {
            rows: self.rows.take(rows)?,
            aim: self.aim.take(rows),
            weights: self.weights.map(weights_at),
            interval_groups: self.interval_groups.map(|groups| groups.take(rows)),
            ..self
        })
    }
}

/// The lesson without rows of no weight, with weights that can be counted, and where each row stood.
fn weighed(mut lesson: Lesson) -> Result<(Lesson, Vec<usize>), ProjectError> {
    let n_rows = lesson.rows.features.n_rows;
    let Some(weights) = &lesson.weights else {
        return Ok((lesson, (0..n_rows).collect()));
    };
    if weights.len() != n_rows {
        return Err(ProjectError::Learn(LearnError::Length {
            what: "weights",
            found: weights.len(),
            expected: n_rows,
        }));
    }
    let kept: Vec<usize> = (0..n_rows).filter(|row| weights[*row] != 0.0).collect();
    if kept.len() < n_rows {
        let first_held_out = n_rows - lesson.n_held_out;
        lesson.n_held_out = kept.iter().filter(|row| first_held_out <= **row).count();
        lesson = lesson.take(&kept)?;
    }
    if let Some(weights) = &mut lesson.weights {
        let mean = stats::sum::mean(weights);
        if 0.0 < mean && mean < MIN_MEAN_WEIGHT {
            weights.iter_mut().for_each(|weight| *weight /= mean);
        }
    }
    // Rows that all count once need no weights.
    let is_one = |weight: &f64| *weight == 1.0;
    lesson.weights = lesson.weights.filter(|weights| !weights.iter().all(is_one));
    Ok((lesson, kept))
}

#[cfg(test)]
mod tests;
