//! Parameters searched for before the fit.

use super::{Estimator, Lesson, weighed};
use crate::ProjectError;
use bundle::Bundle;
use learn::boost::{Params, Search, Trial, best};
use learn::{Boost, Context, Training, Value};

impl Estimator {
    /// Learns as [`Estimator::fit`] does with the parameters of the best of some trials, and gives the trials in order.
    ///
    /// The caller's own parameters stay as they are, `rounds` as the most. `is_over` is asked after each round. The order
    /// of the trials follows from lesson, parameters and seed; only where it ends depends on the caller.
    /// Without a trial, because there are too few different rows, the fit is that of [`Estimator::fit`].
    ///
    /// # Errors
    /// [`ProjectError::Data`] if the trainer is not `boost`, whose parameters alone are searched, or a bundle is to be gone on
    /// from; as [`Estimator::fit`].
    pub fn fit_searching(
        &self,
        lesson: Lesson,
        is_over: &(dyn Fn() -> bool + Sync),
        context: &Context<'_>,
    ) -> Result<(Bundle, Vec<Trial>), ProjectError> {
        lesson.check_before(true)?;
        let (lesson, _) = weighed(lesson)?;
        lesson.aim.check(&lesson)?;
        let target = lesson.aim.target(lesson.rows.features.n_rows);
        let names = crate::train::names(&lesson.rows.recipe);
        let data = Training {
            features: &lesson.rows.features,
            target: &target,
            weights: lesson.weights.as_deref(),
            names: &names,
        };
        let search = Search {
            folds: &[],
            n_held_out: lesson.n_held_out,
            is_over,
            told: &|_| (),
        };
        let trials = self.boost()?.search(&data, &search, context)?;
        let Some(winner) = best(&trials) else {
            return Ok((self.fit(lesson, context)?, trials));
        };
        let mut chosen = self.chosen.clone();
        chosen.retain(|(name, _)| name != "rounds");
        chosen.extend(trials[winner].decided());
        let estimator = Estimator::new(self.name, &chosen).expect("what was tried lies in its range");
        Ok((estimator.fit(lesson, context)?, trials))
    }

    fn boost(&self) -> Result<Boost, ProjectError> {
        let refuse = |found: String| {
            ProjectError::data("`budget`", found, "`boost`, whose parameters alone are searched")
        };
        if self.name != "boost" {
            return Err(refuse(format!("the trainer `{}`", self.name)));
        }
        let mut params = Params::default();
        for (name, value) in self.chosen.iter().filter(|(_, value)| *value != Value::Auto) {
            params
                .set(name, value)
                .map_err(|error| refuse(error.to_string()))?;
        }
        params.check().map_err(|error| refuse(error.to_string()))
    }
}
