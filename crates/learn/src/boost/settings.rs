//! Parameters with the rule of thumb applied: every number known.

use super::{GradientMode, Params, RowChance};
use crate::trees::{self, Directions, Interactions};
use crate::{LearnError, Training};

/// From this weight of rows on, gradients are packed unless told otherwise.
const PACKED_FROM: f64 = 20_000.0;

/// The rounds at most where they are chosen.
const MAX_ROUNDS: usize = 3000;

/// Up to this weight of rows, each of five folds is held out once to choose the rounds; above, one of them.
const ALL_FOLDS_TO: f64 = 25_000.0;

/// Tables of less weight are small, of this weight and more large.
const SMALL: f64 = 10_000.0;
const LARGE: f64 = 50_000.0;

/// How the number of rounds is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounds {
    /// As told.
    Given(usize),
    /// By the loss of rows held out in `n_used` of `n_folds` folds; `otherwise`, if there are too few rows for folds.
    Chosen {
        n_folds: usize,
        n_used: usize,
        otherwise: usize,
    },
}

/// What a training works with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) rounds: Rounds,
    pub(super) max_rounds: usize,
    pub(super) learning_rate: f64,
    pub(super) tree: trees::Settings,
    pub(super) row_sample: f64,
    pub(super) row_chance: RowChance,
    pub(super) column_sample: f64,
    pub(super) max_bins: usize,
    pub(super) packed: bool,
    pub(super) held_out_share: f64,
    pub(super) patience: usize,
}

impl Settings {
    /// Applies the rule to a table whose rows have this weight together; whole weights equal repeated rows here too.
    ///
    /// # Errors
    /// [`LearnError::Feature`] if a constraint names a feature that there is not, or a direction of a category.
    pub(super) fn new(
        params: &Params,
        total_weight: f64,
        data: &Training<'_>,
    ) -> Result<Settings, LearnError> {
        let rule = |small: f64, middle: f64, large: f64| match total_weight {
            weight if weight < SMALL => small,
            weight if weight < LARGE => middle,
            _ => large,
        };
        let whole = |value: Option<u32>, rule: usize| value.map_or(rule, |value| value as usize);
        Ok(Settings {
            rounds: match params.rounds {
                Some(rounds) => Rounds::Given(rounds as usize),
                None => {
                    let n_used = if total_weight <= ALL_FOLDS_TO { 5 } else { 1 };
                    Rounds::Chosen {
                        n_folds: 5,
                        n_used,
                        otherwise: 100,
                    }
                }
            },
            max_rounds: whole(params.rounds, MAX_ROUNDS),
            learning_rate: params.learning_rate.unwrap_or(rule(0.05, 0.1, 0.1)),
            tree: trees::Settings {
                max_leaves: whole(params.max_leaves, rule(8.0, 16.0, 31.0) as usize),
                max_depth: whole(params.max_depth, 12),
                min_rows_per_leaf: params.min_rows_per_leaf.unwrap_or(20.0),
                min_hessian: params.min_hessian,
                l2: params.l2.unwrap_or(5.0),
                l1: params.l1,
                min_gain: params.min_gain,
                category_smoothing: params.category_smoothing,
                category_l2: params.category_l2.unwrap_or(10.0),
                category_min_rows: params.category_min_rows.unwrap_or(10.0),
                growth: params.growth,
                directions: Directions::new(&params.monotone, data)?,
                interactions: Interactions::named(&params.interactions, data)?,
            },
            row_sample: params.row_sample.unwrap_or(1.0),
            row_chance: params.row_chance,
            column_sample: params.column_sample.unwrap_or(0.5),
            max_bins: params.max_bins as usize,
            packed: match params.gradients {
                GradientMode::Auto => PACKED_FROM <= total_weight,
                GradientMode::Exact => false,
                GradientMode::Packed => true,
            },
            held_out_share: params.held_out_share,
            patience: params.patience as usize,
        })
    }

    /// Whether trees may learn from all rows by all features.
    pub(super) fn takes_all(&self) -> bool {
        1.0 <= self.row_sample && 1.0 <= self.column_sample
    }
}
