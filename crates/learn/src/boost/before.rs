//! The model that a training goes on from.

use bundle::model::{ModelError, TreeParts};
use bundle::{Grid, Model, TreeEnsemble};
use prepare::Features;

use super::{Boost, fit};
use crate::weights::Weights;
use crate::{Context, LearnError, Target, Trainer, Training};

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
        let weights = data.check()?;
        if self.model.parts().feature_levels != data.feature_levels() {
            return Err(refuse("its features are others, or have other levels"));
        }
        if self.model.n_outputs() != self.n_outputs(data.target) {
            let (found, expected) = (self.model.n_outputs(), self.n_outputs(data.target));
            return Err(refuse(&format!("it has {found} outputs, and not {expected}")));
        }
        context.pool()?.install(|| {
            fit::fit(
                &self.boost.params,
                data,
                &weights,
                0,
                context,
                Some(&self.model),
                None,
            )
        })
    }
}

impl Before {
    pub(super) fn new(model: &TreeEnsemble, grid: Grid, features: &Features) -> Result<Before, LearnError> {
        let mut parts = model.parts().clone();
        let old = model.grid();
        let on_grid = |units: &mut i64| *units = grid.round(old.value(*units));
        parts.base.iter_mut().chain(&mut parts.value).for_each(on_grid);
        parts.grid_exponent = grid.exponent();
        let moved = TreeEnsemble::from_parts(parts)?;
        let margins = margins(&moved, features)?;
        Ok(Before {
            margins: margins.into_iter().map(|margin| grid.round(margin)).collect(),
            parts: moved.parts().clone(),
        })
    }
}

/// What every row starts from, in the unit of the margin.
pub(super) fn base(model: &TreeEnsemble) -> Vec<f64> {
    let base = model.parts().base.iter();
    base.map(|&units| model.grid().value(units)).collect()
}

/// How far margins of rows that count are from the base.
pub(super) fn furthest(
    model: &TreeEnsemble,
    features: &Features,
    weights: &Weights,
) -> Result<f64, LearnError> {
    let (base, margins) = (base(model), margins(model, features)?);
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
pub(super) fn grid(model: &TreeEnsemble, magnitude: f64) -> Grid {
    // Both bounds hold for margins and contributions; their sum holds for those of all trees.
    let own = bundle::fixed::MAX_UNITS as f64 * model.grid().unit();
    let needed = Grid::for_magnitude(own + magnitude);
    match needed.exponent() < model.grid().exponent() {
        true => needed,
        false => model.grid(),
    }
}

fn margins(model: &TreeEnsemble, features: &Features) -> Result<Vec<f64>, ModelError> {
    let mut margins = vec![0.0; features.n_rows * model.n_outputs()];
    model.margins(features, 0..features.n_rows, &mut margins)?;
    Ok(margins)
}

fn refuse(problem: &str) -> LearnError {
    LearnError::Continue {
        trainer: "boosted trees",
        problem: problem.to_owned(),
    }
}
