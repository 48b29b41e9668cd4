//! Parameters with the rule of thumb applied: every number known.

use super::{GradientMode, Params, RowChance};
use crate::trees::{self, Directions, Interactions, ManyLevels, Rules};
use crate::weights::Weights;
use crate::{LearnError, Target, Training};

/// From this weight of rows on, gradients are packed unless told otherwise.
const PACKED_FROM: f64 = 10_000.0;

/// A row of so many times the mean weight is heavy.
const HEAVY: i64 = 100;

/// The rounds at most where they are chosen.
const MAX_ROUNDS: usize = 3000;

/// Up to the first weight of rows each of five folds is held out once to choose the rounds, up to the second two of
/// them, above one.
const ALL_FOLDS_TO: f64 = 10_000.0;
const TWO_FOLDS_TO: f64 = 25_000.0;

/// The folds of which one or all choose rounds.
pub(super) const N_FOLDS: usize = 5;

/// Tables of less weight are small.
const SMALL: f64 = 10_000.0;

/// So many features are few: a tree that draws half of them misses what they do together.
const FEW_FEATURES: usize = 8;

/// Whether rows say much each, so that trees may be larger: a number, or one of several classes, does more than a yes.
fn says_much(target: &Target) -> bool {
    matches!(target, Target::Number(_) | Target::Classes { .. })
}

/// The leaves of a tree by the weight of all rows.
fn leaves(target: &Target, weight: f64) -> usize {
    match says_much(target) {
        true => (weight / 400.0).clamp(16.0, 64.0) as usize,
        false => (weight / 800.0).clamp(8.0, 64.0) as usize,
    }
}

/// What leaf values are drawn towards zero by: classes are told apart by steps that few rows back.
fn l2(target: &Target) -> f64 {
    match target {
        Target::Classes { .. } => 1.0,
        _ => 5.0,
    }
}

/// The share of features that a tree draws.
fn columns(target: &Target, n_features: usize) -> f64 {
    match target {
        Target::Number(_) => 0.8,
        _ if n_features <= FEW_FEATURES => 1.0,
        _ => 0.5,
    }
}

/// Of tables of so much weight, a tree learns from so large a share: it is nearly as good as one of all rows, and trees
/// differ more from each other.
const SAMPLED_FROM: [(f64, f64); 2] = [(500_000.0, 0.3), (100_000.0, 0.5)];

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
    /// Whether the trees of several outputs learn from some of these rows each.
    pub(super) thins: bool,
    pub(super) column_sample: f64,
    pub(super) max_bins: usize,
    /// About how many rows are added up for a split.
    pub(super) rows_per_split: usize,
    pub(super) packed: bool,
    pub(super) held_out_share: f64,
    pub(super) patience: usize,
}

/// The folds that are held out in turn in a table of this weight.
pub(super) fn n_used_folds(total_weight: f64) -> usize {
    match total_weight {
        weight if weight <= ALL_FOLDS_TO => N_FOLDS,
        weight if weight <= TWO_FOLDS_TO => 2,
        _ => 1,
    }
}

impl Settings {
    /// Applies the rule to a table whose rows have these weights; whole ones equal repeated rows here too, unless a row is
    /// so heavy that sums are exact for its sake.
    ///
    /// # Errors
    /// [`LearnError::Feature`] if a constraint names a feature that there is not, or a direction of a category.
    pub(super) fn new(
        params: &Params,
        weights: &Weights,
        data: &Training<'_>,
    ) -> Result<Settings, LearnError> {
        let total_weight = weights.total();
        let n_features = data.features.columns.len();
        let whole = |value: Option<u32>, rule: usize| value.map_or(rule, |value| value as usize);
        let row_sample = params.row_sample.unwrap_or(row_sample(total_weight));
        let max_leaves = whole(params.max_leaves, leaves(data.target, total_weight));
        Ok(Settings {
            rounds: match params.rounds {
                Some(rounds) => Rounds::Given(rounds as usize),
                None => Rounds::Chosen {
                    n_folds: N_FOLDS,
                    n_used: n_used_folds(total_weight),
                    otherwise: 100,
                },
            },
            max_rounds: whole(params.rounds, MAX_ROUNDS),
            learning_rate: params
                .learning_rate
                .unwrap_or(if total_weight < SMALL { 0.05 } else { 0.1 }),
            tree: trees::Settings {
                max_leaves,
                max_depth: whole(params.max_depth, 12),
                min_rows_per_leaf: params.min_rows_per_leaf.unwrap_or(5.0),
                min_hessian: params.min_hessian,
                l2: params.l2.unwrap_or(l2(data.target)),
                l1: params.l1,
                min_gain: params.min_gain,
                category_smoothing: params.category_smoothing,
                category_l2: params.category_l2.unwrap_or(10.0),
                category_min_rows: params.category_min_rows.unwrap_or(10.0),
                growth: params.growth,
                directions: Directions::new(&params.monotone, data)?,
                interactions: Interactions::named(&params.interactions, data)?,
            },
            row_sample,
            row_chance: match params.row_chance {
                RowChance::Auto if params.row_sample.is_none() => RowChance::Gradient,
                RowChance::Auto => RowChance::Uniform,
                told => told,
            },
            thins: params.row_sample.is_none()
                && params.row_chance != RowChance::Uniform
                && params.gradients != GradientMode::Exact
                && PACKED_FROM <= total_weight,
            column_sample: params.column_sample.unwrap_or(columns(data.target, n_features)),
            max_bins: params.max_bins as usize,
            rows_per_split: rows_per_split(row_sample * data.target.len() as f64, max_leaves),
            packed: match params.gradients {
                GradientMode::Auto => PACKED_FROM <= total_weight && !has_heavy(weights, data.target.len()),
                GradientMode::Exact => false,
                GradientMode::Packed => true,
            },
            held_out_share: params.held_out_share,
            patience: params.patience as usize,
        })
    }

    /// How the table is put into bins.
    pub(super) fn bins(&self) -> Rules<'static> {
        Rules {
            max_bins: self.max_bins,
            many_levels: ManyLevels::ByTree,
            rows_per_split: self.rows_per_split,
        }
    }

    /// Whether trees may learn from all rows by all features.
    pub(super) fn takes_all(&self) -> bool {
        1.0 <= self.row_sample && 1.0 <= self.column_sample
    }
}

/// Whether a row weighs so much more than others that few bits would hold its derivatives and nothing of theirs.
fn has_heavy(weights: &Weights, n_rows: usize) -> bool {
    HEAVY * weights.total_units < weights.largest_units.saturating_mul(n_rows as i64)
}

/// The rows that a tree of so many leaves adds up for each: all of them once, then of each level the lighter halves.
fn rows_per_split(n_rows: f64, max_leaves: usize) -> usize {
    let leaves = max_leaves as f64;
    (n_rows * (1.0 + 0.3 * stats::math::log2(leaves)) / leaves) as usize
}

fn row_sample(total_weight: f64) -> f64 {
    let rule = SAMPLED_FROM.iter().find(|(from, _)| *from <= total_weight);
    rule.map_or(1.0, |(_, share)| *share)
}
