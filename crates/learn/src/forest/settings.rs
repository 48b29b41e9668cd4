//! Parameters with the rule of thumb applied: every number known.

use bundle::model::MAX_DEPTH;

use super::draws::Bootstrap;
use super::{Kind, Params};
use crate::trees::{Directions, Interactions};
use crate::weights::Weights;
use crate::{LearnError, Target, Training};

/// What a forest is grown with.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) n_trees: usize,
    /// The features that a node looks at, at least one.
    pub(super) max_features: usize,
    /// Whether splits are drawn, not sought.
    pub(super) random_splits: bool,
    pub(super) bootstrap: Bootstrap,
    pub(super) min_units_per_leaf: i64,
    pub(super) max_depth: usize,
    pub(super) max_bins: usize,
    /// In units of weight.
    pub(super) category_smoothing: f64,
    pub(super) directions: Directions,
    pub(super) interactions: Interactions,
}

impl Settings {
    /// Applies the rule to a table.
    ///
    /// # Errors
    /// [`LearnError::Feature`] if a constraint names a feature that there is not, or a direction of a category or among
    /// classes.
    pub(super) fn new(
        kind: Kind,
        params: &Params,
        data: &Training<'_>,
        weights: &Weights,
    ) -> Result<Settings, LearnError> {
        let n_features = data.features.columns.len();
        let is_number = matches!(data.target, Target::Number(_));
        let max_features = match params.max_features {
            Some(share) => (share * n_features as f64).round_ties_even() as usize,
            None if is_number => n_features / 3,
            None => n_features.isqrt(),
        };
        let min_rows = params
            .min_rows_per_leaf
            .unwrap_or(if is_number { 5.0 } else { 1.0 });
        let with_replacement = params.with_replacement(kind);
        let n_rows = data.features.n_rows;
        Ok(Settings {
            n_trees: params.trees as usize,
            max_features: max_features.max(1),
            random_splits: kind == Kind::ExtraTrees,
            bootstrap: Bootstrap::new(weights, n_rows, params.row_sample, with_replacement),
            min_units_per_leaf: ((min_rows / weights.unit).ceil() as i64).max(1),
            max_depth: params.max_depth.map_or(MAX_DEPTH, |depth| depth as usize),
            max_bins: params.max_bins as usize,
            category_smoothing: params.category_smoothing / weights.unit,
            directions: directions(params, data)?,
            interactions: Interactions::named(&params.interactions, data)?,
        })
    }

    /// With the constraints of the features at `order`.
    pub(super) fn in_order(self, order: &[usize]) -> Settings {
        Settings {
            directions: self.directions.in_order(order),
            interactions: self.interactions.in_order(order),
            ..self
        }
    }
}

fn directions(params: &Params, data: &Training<'_>) -> Result<Directions, LearnError> {
    let directions = Directions::new(&params.monotone, data)?;
    match (data.target, params.monotone.first()) {
        (Target::Classes { .. }, Some((name, _))) if !directions.are_free() => Err(LearnError::Feature {
            parameter: "monotone",
            name: name.clone(),
            problem: "has no direction among more than two classes".to_owned(),
        }),
        _ => Ok(directions),
    }
}
