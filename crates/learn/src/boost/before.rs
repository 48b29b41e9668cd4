//! The model that a training goes on from.

use bundle::model::{ModelError, TreeParts};
use bundle::{Grid, Model, TreeEnsemble};
use prepare::Features;

use super::{Boost, fit};
use crate::parts::go_through;
use crate::weights::Weights;
use crate::{Context, LearnError, Parts, Target, Trainer, Training};

/// Boosted trees that are added to those of a model.
///
/// Margins start from the model's, and new trees stand behind its own. Its leaf values are put on the grid that all
/// trees together need, a bit or two coarser than its own: a value may move by half a unit, about 10^-15 of the largest
/// margin.
#[derive(Clone, Debug)]
pub(super) struct After {
    pub(super) boost: Boost,
    pub(super) model: TreeEnsemble,
}

/// A model with the rows that are learnt from next: held, or in parts.
#[derive(Clone, Copy)]
pub(super) struct Earlier<'a> {
    pub(super) model: &'a TreeEnsemble,
    /// The whole table, or its columns without rows if it comes in parts.
    pub(super) features: &'a Features,
    pub(super) parts: Option<&'a dyn Parts>,
    pub(super) n_rows: usize,
}

/// The trees before, on the grid of all trees.
pub(super) struct Before {
    pub(super) parts: TreeParts,
    /// What they say of each row, in units, `(n_rows, n_outputs)`.
    pub(super) margins: Vec<i64>,
}

impl After {
    /// # Errors
    /// [`LearnError::Continue`] unless the model is our own trees.
    pub(super) fn new(boost: &Boost, model: &Model) -> Result<After, LearnError> {
        match model {
            Model::Trees(model) if model.parts().floats.is_none() => Ok(After {
                boost: boost.clone(),
                model: model.clone(),
            }),
            Model::Trees(_) => Err(refuse("it is imported, and adds up as its library does")),
            Model::Linear(_) | Model::Constant(_) => Err(refuse("it has no trees")),
        }
    }
}

impl Trainer for After {
    fn name(&self) -> &'static str {
        self.boost.name()
    }

    fn n_outputs(&self, target: &Target) -> usize {
        self.boost.n_outputs(target)
    }

    fn link(&self, target: &Target) -> bundle::Link {
        self.boost.link(target)
    }

    fn levels(&self) -> &[f64] {
        self.boost.levels()
    }

    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
        self.fit_holding_out(data, 0, context)
    }

    /// Held-out rows choose how many rounds are added.
    fn fit_holding_out(
        &self,
        data: &Training<'_>,
        n_held_out: usize,
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        let weights = data.check()?;
        self.check(data)?;
        let (params, model) = (&self.boost.params, Some(&self.model));
        let fit = || fit::fit(params, data, &weights, n_held_out, context, model, None);
        context.pool()?.install(fit)
    }

    /// The parts are gone through twice more than without a model: for how far its margins go, and for the margins.
    fn fit_in_parts(
        &self,
        parts: &dyn Parts,
        target: &Target,
        weights: Option<&[f64]>,
        names: &[String],
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        let features = &parts.columns();
        self.check(&Training {
            features,
            target,
            weights,
            names,
        })?;
        self.boost
            .learn_in_parts(parts, target, weights, names, context, Some(&self.model))
    }
}

impl After {
    /// Refuses other features and other outputs than those of the model.
    fn check(&self, data: &Training<'_>) -> Result<(), LearnError> {
        if self.model.parts().feature_levels != data.feature_levels() {
            return Err(refuse("its features are others, or have other levels"));
        }
        let (found, expected) = (self.model.n_outputs(), self.n_outputs(data.target));
        match found == expected {
            true => Ok(()),
            false => Err(refuse(&format!("it has {found} outputs, and not {expected}"))),
        }
    }
}

impl Earlier<'_> {
    /// What every row starts from, in the unit of the margin.
    pub(super) fn base(&self) -> Vec<f64> {
        let base = self.model.parts().base.iter();
        base.map(|&units| self.model.grid().value(units)).collect()
    }

    /// How far margins of rows that count are from the base.
    pub(super) fn furthest(&self, weights: &Weights) -> Result<f64, LearnError> {
        let (base, margins) = (self.base(), self.margins(self.model)?);
        let rows = margins.chunks_exact(base.len()).enumerate();
        let distances = rows
            .filter(|(row, _)| weights.of(*row) != 0)
            .flat_map(|(_, margins)| {
                margins
                    .iter()
                    .zip(&base)
                    .map(|(margin, base)| (margin - base).abs())
            });
        Ok(distances.fold(0.0, f64::max))
    }

    /// The grid of the model, or a coarser one on which its trees and new ones up to `magnitude` fit together.
    pub(super) fn grid(&self, magnitude: f64) -> Grid {
        // Both bounds hold for margins and contributions; their sum holds for those of all trees.
        let own = bundle::fixed::MAX_UNITS as f64 * self.model.grid().unit();
        let needed = Grid::for_magnitude(own + magnitude);
        match needed.exponent() < self.model.grid().exponent() {
            true => needed,
            false => self.model.grid(),
        }
    }

    /// The margins that a model says of all rows, `(n_rows, n_outputs)`.
    fn margins(&self, model: &TreeEnsemble) -> Result<Vec<f64>, LearnError> {
        let mut all = vec![0.0; self.n_rows * model.n_outputs()];
        let Some(parts) = self.parts else {
            model.margins(self.features, 0..self.n_rows, &mut all)?;
            return Ok(all);
        };
        let mut refused: Result<(), ModelError> = Ok(());
        go_through(parts, self.n_rows, |first, part| {
            let out = &mut all[first * model.n_outputs()..][..part.n_rows * model.n_outputs()];
            if refused.is_ok() {
                refused = model.margins(part, 0..part.n_rows, out);
            }
        })?;
        refused?;
        Ok(all)
    }
}

impl Before {
    pub(super) fn new(earlier: &Earlier<'_>, grid: Grid) -> Result<Before, LearnError> {
        let mut parts = earlier.model.parts().clone();
        let old = earlier.model.grid();
        let on_grid = |units: &mut i64| *units = grid.round(old.value(*units));
        parts.base.iter_mut().chain(&mut parts.value).for_each(on_grid);
        parts.grid_exponent = grid.exponent();
        let moved = TreeEnsemble::from_parts(parts)?;
        let margins = earlier.margins(&moved)?;
        Ok(Before {
            margins: margins.into_iter().map(|margin| grid.round(margin)).collect(),
            parts: moved.parts().clone(),
        })
    }
}

fn refuse(problem: &str) -> LearnError {
    LearnError::Continue {
        trainer: "boosted trees",
        problem: problem.to_owned(),
    }
}
