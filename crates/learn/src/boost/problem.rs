//! What every run over a table shares.

use bundle::Grid;
use bundle::model::TreeParts;

use super::before::{Before, Earlier};
use super::loss::Loss;
use super::settings::Settings;
use crate::crew::Crew;
use crate::trees::Bins;
use crate::weights::Weights;
use crate::{LearnError, Training};

/// A table in bins with what is to be learnt of it.
pub(super) struct Problem<'a> {
    pub(super) settings: Settings,
    pub(super) weights: &'a Weights,
    pub(super) loss: &'a dyn Loss,
    pub(super) bins: Bins,
    pub(super) seed: u64,
    /// What margins are counted in.
    pub(super) grid: Grid,
    /// The longest step that a leaf may take, before the learning rate.
    pub(super) max_step: f64,
    /// The margins before the first tree, in units, `(n_outputs,)`.
    pub(super) base: Vec<i64>,
    pub(super) before: Option<Before>,
}

impl<'a> Problem<'a> {
    /// A model to go on from needs the features of `data`; `bins` may hold them in another order.
    pub(super) fn new(
        mut settings: Settings,
        data: &Training<'_>,
        weights: &'a Weights,
        loss: &'a dyn Loss,
        mut bins: Bins,
        seed: u64,
        earlier: Option<Earlier<'_>>,
        crew: &Crew,
    ) -> Result<Problem<'a>, LearnError> {
        if settings.takes_all() && !bins.any_wide() {
            bins.cells.stand_by_row(crew);
        }
        settings.tree = settings.tree.in_order(bins.features());
        let n_features = data.features.columns.len();
        let base = match &earlier {
            None => loss.base(weights),
            Some(earlier) => earlier.base(),
        };
        let far = earlier.map_or(Ok(0.0), |earlier| earlier.furthest(weights))?;
        // Margins that are away from the base may have to step so much further.
        let max_step = loss.max_step(&base, weights) + far;
        let magnitude = bound(&settings, &base, max_step, n_features);
        let grid = match &earlier {
            None => Grid::for_magnitude(magnitude),
            Some(earlier) => earlier.grid(magnitude),
        };
        let before = earlier.map(|earlier| Before::new(&earlier, grid)).transpose()?;
        let base = match &before {
            None => base.iter().map(|&base| grid.round(base)).collect(),
            Some(before) => before.parts.base.clone(),
        };
        Ok(Problem {
            settings,
            weights,
            loss,
            bins,
            seed,
            grid,
            max_step,
            base,
            before,
        })
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.base.len()
    }

    /// Whether the tree of each output learns from those rows of a round that matter to it.
    pub(super) fn thins(&self) -> bool {
        2 < self.n_outputs() && self.settings.thins && self.loss.leaf_level(0).is_none()
    }

    /// The margins of all rows before the first round, in units, `(n_rows, n_outputs)`.
    pub(super) fn first_margins(&self) -> Vec<i64> {
        match &self.before {
            None => self.base.repeat(self.bins.cells.n_rows),
            Some(before) => before.margins.clone(),
        }
    }

    /// The model to which trees are added.
    pub(super) fn first_parts(&self, feature_levels: Vec<u32>) -> TreeParts {
        match &self.before {
            None => TreeParts::new(self.grid.exponent(), feature_levels, self.base.clone()),
            Some(before) => before.parts.clone(),
        }
    }
}

/// A bound on margins and on the sizes of contributions together: a tree's contributions are no larger than the range
/// of its values, as often as there are features on a path.
fn bound(settings: &Settings, base: &[f64], max_step: f64, n_features: usize) -> f64 {
    let base = base.iter().map(|base| base.abs()).fold(0.0, f64::max);
    let Settings { tree, .. } = settings;
    let path = tree.max_depth.min(tree.max_leaves - 1).min(n_features) as f64;
    let steps = settings.max_rounds as f64 * settings.learning_rate * max_step;
    // Rounding a leaf adds half a unit; a part in a thousand is far more than all of them.
    1.001 * (base + steps) * (1.0 + path)
}
