//! Estimators as other languages' libraries know them: parameters by name and rows in memory in, a bundle out.
//!
//! Without a project file every column is a feature, and nothing is evaluated: the caller's library does that. The
//! bundle is one like any other: it is served, scored and explained in the same way.
//!
//! Classes are named in the bundle however rare they are, because the caller names them; levels of features are named
//! only from [`prepare::recipe::MIN_SEEN`] rows on, as everywhere.

mod aim;
mod assemble;
mod rows;

pub use aim::Aim;
pub use rows::{Categories, Rows, features_of_batch};

use crate::ProjectError;
use bundle::{Bundle, Model};
use learn::boost::{Boost, Params};
use learn::{Context, LearnError, ParameterError, Training, Value};

/// Weights whose mean is below this are scaled to a mean of 1, because trainers count weights in small units.
const MIN_MEAN_WEIGHT: f64 = 0.0625;

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
    /// What the bundle is called.
    pub name: String,
    /// What the told column is called.
    pub target: String,
}

/// A trainer with parameters that were checked.
#[derive(Clone, Debug)]
pub struct Estimator {
    trainer: Boost,
}

impl Estimator {
    /// Boosted trees with these parameters; those not named have their defaults.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is unknown or out of range.
    pub fn boost(parameters: &[(String, Value)]) -> Result<Estimator, ParameterError> {
        let mut params = Params::default();
        for (name, value) in parameters {
            params.set(name, value)?;
        }
        Ok(Estimator {
            trainer: params.check()?,
        })
    }

    /// Learns, and makes a bundle; the same lesson, parameters and seed give the same bytes on any number of threads.
    ///
    /// # Errors
    /// [`ProjectError::Learn`] if nothing can be learnt from the lesson or the caller interrupts,
    /// [`ProjectError::Data`] if there are not two classes.
    pub fn fit(&self, lesson: Lesson, context: &Context<'_>) -> Result<Bundle, ProjectError> {
        let lesson = weighed(lesson)?;
        lesson.aim.check(&lesson)?;
        let target = lesson.aim.target();
        let names = crate::train::names(&lesson.rows.recipe);
        let data = Training {
            features: &lesson.rows.features,
            target: &target,
            weights: lesson.weights.as_deref(),
            names: &names,
        };
        let model = self.trainer.fit_holding_out(&data, lesson.n_held_out, context)?;
        assemble::bundle(self, lesson, model, context.seed)
    }

    /// All parameters as texts, by name.
    fn parameters(&self) -> Vec<(String, String)> {
        crate::train::named(Params::PARAMETERS, &self.trainer.params().values())
    }
}

/// The trees of a bundle's model; none for other models.
pub fn n_trees(bundle: &Bundle) -> usize {
    match &bundle.model {
        Model::Trees(trees) => trees.parts().tree_n_nodes.len(),
        Model::Linear(_) | Model::Constant(_) => 0,
    }
}

/// The lesson without rows of no weight, with weights that can be counted.
fn weighed(mut lesson: Lesson) -> Result<Lesson, ProjectError> {
    let Some(weights) = &lesson.weights else {
        return Ok(lesson);
    };
    let n_rows = lesson.rows.features.n_rows;
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
        lesson.rows = lesson.rows.take(&kept)?;
        lesson.aim = lesson.aim.take(&kept);
        lesson.weights = Some(kept.iter().map(|row| weights[*row]).collect());
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
    Ok(lesson)
}

#[cfg(test)]
mod tests;
