//! Linear models: least squares, logistic and multinomial regression with a ridge.
//!
//! [`design`] spreads features out into columns, [`newton`] finds the coefficients, [`model`] puts them on the grid.

mod design;
mod model;
mod newton;
mod objective;
#[cfg(test)]
mod tests;

use bundle::Model;

use crate::parameter::{Kind, parameters};
use crate::weights::Weights;
use crate::{Context, LearnError, ParameterError, Target, Trainer, Training};
use design::Design;
use objective::Objective;

parameters! {
    /// Parameters of [`Linear`].
    pub struct Params {
        /// The ridge: draws coefficients of standardised numbers and of levels to zero, as this many rows of no opinion
        /// would. It keeps collinear columns and classes that never overlap in bounds.
        l2: f64 = 1.0, Kind::Number { least: 1e-6, most: 1e9 };
        /// The iterations at most.
        max_iterations: u32 = 200, Kind::Whole { least: 1, most: 100_000 };
    }
}

/// Linear regression, logistic regression for yes or no, multinomial regression for classes.
///
/// Minimises half the squared error, or minus the log-likelihood, summed over weighted rows, plus `l2 / 2` times the
/// squares of all coefficients but intercepts. Numbers are standardised by their weighted mean and standard deviation
/// in training. A missing number adds nothing but a coefficient of its own; levels have a coefficient each, and where
/// features have very many, the lightest levels share one. A level or a missing value not met in training adds nothing.
/// At scoring, a number further outside the training range than that range is wide counts as that far.
///
/// # Assumptions
/// Effects add up on the scale of the margin. Wide, curved or interacting effects are left to [`Boost`](crate::Boost).
///
/// # Reference
/// C. M. Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.3. Checked against scikit-learn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    params: Params,
}

impl Params {
    /// Checks the parameters once; only what this returns can learn.
    ///
    /// # Errors
    /// [`ParameterError`] naming the first that is out of range.
    pub fn check(self) -> Result<Linear, ParameterError> {
        self.check_ranges()?;
        Ok(Linear { params: self })
    }
}

impl Linear {
    /// The parameters, which were checked.
    pub fn params(&self) -> &Params {
        &self.params
    }

    fn fit_checked(
        &self,
        data: &Training<'_>,
        weights: &Weights,
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        let rows: Vec<usize> = weights.rows(data.features.n_rows).collect();
        let design = Design::new(data.features, weights, &rows)?;
        let objective = Objective::new(&design, data.target, weights, &rows, self.params.l2);
        let coefficients = newton::minimise(&objective, self.params.max_iterations as usize, context)?;
        model::model(data, weights, &rows, &design, &coefficients)
    }
}

impl Trainer for Linear {
    fn name(&self) -> &'static str {
        "linear model"
    }

    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
        let weights = data.check()?;
        if matches!(data.target, Target::Ranks { .. } | Target::Nothing(_)) {
            return Err(LearnError::Target {
                trainer: self.name(),
                found: data.target.kind(),
                expected: "yes and no, classes or numbers",
            });
        }
        context
            .pool()?
            .install(|| self.fit_checked(data, &weights, context))
    }
}
