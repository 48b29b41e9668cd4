//! Rounds of trees.

use bundle::model::{TreeNode as ModelNode, TreeParts};
use bundle::{Grid, Model, TreeEnsemble};
use rayon::prelude::*;
use stats::random::Draw;
use stats::sum::ExactSum;

use super::bins::Bins;
use super::find::leaf_step;
use super::gradient::{BLOCK, Exact, Packed};
use super::grow::{Grower, Tree, TreeNode};
use super::loss::{Derivatives, Loss, loss_for};
use super::params::Params;
use super::settings::Settings;
use crate::weights::Weights;
use crate::{Context, LearnError, Progress, Training};

/// In packed mode, bin edges are found on about this many rows.
const EDGE_ROWS: usize = 200_000;

/// After so many rounds without a split, training ends; with sampling, one round says little.
const IDLE_ROUNDS: usize = 20;

/// The streams of draws; each round and output has further streams of its own.
const HELD_OUT: u64 = 1;
const EDGES: u64 = 2;
const PER_TREE: u64 = 16;

pub(super) fn fit(
    params: &Params,
    data: &Training<'_>,
    weights: &Weights,
    context: &Context<'_>,
) -> Result<Model, LearnError> {
    let settings = Settings::new(params, weights.total());
    if u32::MAX as usize <= data.features.n_rows {
        let (found, most) = (data.features.n_rows, u32::MAX as usize - 1);
        return Err(LearnError::TooMany {
            trainer: "boosted trees",
            what: "rows",
            found,
            most,
        });
    }
    let loss = loss_for(data.target);
    let mut boosting = Boosting::new(settings, data, weights, &*loss, context.seed);
    let mut held_out = HeldOut::default();
    for round in 1..=boosting.settings.rounds {
        boosting.round(round);
        let held_out_loss = boosting.held_out_loss();
        let n_rounds = boosting.settings.rounds;
        context.tell(Progress {
            round,
            n_rounds,
            held_out_loss,
        })?;
        if boosting.is_idle() || held_out.is_over(round, held_out_loss, boosting.settings.patience) {
            break;
        }
    }
    boosting.finish(held_out.best_round)
}

/// The state between rounds.
struct Boosting<'a> {
    settings: Settings,
    weights: &'a Weights,
    loss: &'a dyn Loss,
    bins: Bins,
    seed: u64,
    /// The rows that trees learn from, ascending.
    rows: Vec<u32>,
    held_out_rows: Vec<u32>,
    grid: Grid,
    max_step: f64,
    /// The margins of all rows in units, `(n_rows, n_outputs)`.
    margins: Vec<i64>,
    derivatives: Vec<Derivatives>,
    /// What the model is made of, its trees apart.
    parts: TreeParts,
    /// Per tree its output and its nodes.
    trees: Vec<(u32, Vec<ModelNode>)>,
    /// The trees there were after each round.
    n_trees: Vec<usize>,
}

impl<'a> Boosting<'a> {
    fn new(
        settings: Settings,
        data: &Training<'_>,
        weights: &'a Weights,
        loss: &'a dyn Loss,
        seed: u64,
    ) -> Boosting<'a> {
        let n_rows = data.features.n_rows;
        let (rows, held_out_rows) = hold_out(weights, n_rows, settings.held_out_share, seed);
        let edge_rows = edge_rows(&rows, settings.packed, seed);
        let bins = Bins::new(data.features, weights, &edge_rows, settings.max_bins);
        let base = loss.base(weights);
        let max_step = loss.max_step(&base, weights);
        let grid = Grid::for_magnitude(bound(&settings, &base, max_step, data.features.columns.len()));
        let base: Vec<i64> = base.iter().map(|&base| grid.round(base)).collect();
        let margins = base.repeat(n_rows);
        let parts = TreeParts::new(grid.exponent(), data.feature_levels(), base);
        let derivatives = vec![Derivatives::default(); margins.len()];
        Boosting {
            settings,
            weights,
            loss,
            bins,
            seed,
            rows,
            held_out_rows,
            grid,
            max_step,
            margins,
            derivatives,
            parts,
            trees: vec![],
            n_trees: vec![],
        }
    }

    /// Grows a tree per output. A tree that found no split says nothing and is left out.
    fn round(&mut self, round: usize) {
        self.derive();
        let n_outputs = self.loss.n_outputs();
        for output in 0..n_outputs {
            let draws = Draws::new(self.seed, (round * n_outputs + output) as u64);
            let (tree, values) = self.grow(output, &draws);
            if 1 < tree.nodes.len() {
                self.add(output, &tree, &values);
            }
        }
        self.n_trees.push(self.trees.len());
    }

    /// Whether the last rounds found nothing, and the next will hardly do better.
    fn is_idle(&self) -> bool {
        let before = self.n_trees.iter().rev().nth(IDLE_ROUNDS);
        before.is_some() && before == self.n_trees.last()
    }

    /// The derivatives of all rows at their margins.
    fn derive(&mut self) {
        let n_outputs = self.loss.n_outputs();
        let (loss, grid) = (self.loss, self.grid);
        let blocks = self
            .derivatives
            .par_chunks_mut(BLOCK * n_outputs)
            .zip(self.margins.par_chunks(BLOCK * n_outputs));
        blocks.enumerate().for_each(|(block, (derivatives, units))| {
            let mut margins = vec![0.0; n_outputs];
            let rows = derivatives
                .chunks_exact_mut(n_outputs)
                .zip(units.chunks_exact(n_outputs));
            for (position, (out, units)) in rows.enumerate() {
                margins
                    .iter_mut()
                    .zip(units)
                    .for_each(|(margin, &units)| *margin = grid.value(units));
                loss.derivatives(block * BLOCK + position, &margins, out);
            }
        });
    }

    /// A tree for one output with the values of its nodes in units, zero at splits.
    fn grow(&self, output: usize, draws: &Draws) -> (Tree, Vec<i64>) {
        let n_outputs = self.loss.n_outputs();
        let own: Vec<Derivatives>;
        let derivatives = match n_outputs {
            1 => &self.derivatives,
            _ => {
                own = self
                    .derivatives
                    .iter()
                    .skip(output)
                    .step_by(n_outputs)
                    .copied()
                    .collect();
                &own
            }
        };
        let rows = draws.sample_rows(&self.rows, self.settings.row_sample);
        let features = draws.sample_features(self.bins.columns.len(), self.settings.column_sample);
        let exact = Exact::new(derivatives, self.weights);
        let (bins, weights, settings, features) = (&self.bins, self.weights, &self.settings, &features[..]);
        let tree = if settings.packed {
            let Packed { cells, scale } = Packed::new(derivatives, weights, rows.len(), &draws.rounding);
            Grower {
                bins,
                weights,
                settings,
                features,
                cells: &cells,
                scale,
            }
            .grow(rows)
        } else {
            let (cells, scale) = (&exact.cells[..], exact.scale);
            Grower {
                bins,
                weights,
                settings,
                features,
                cells,
                scale,
            }
            .grow(rows)
        };
        let values = tree
            .nodes
            .iter()
            .map(|node| self.value(node, &tree, &exact))
            .collect();
        (tree, values)
    }

    /// The value of a leaf from exact sums, whatever the tree was grown on.
    fn value(&self, node: &TreeNode, tree: &Tree, exact: &Exact) -> i64 {
        match node {
            TreeNode::Split { .. } => 0,
            TreeNode::Leaf { rows, .. } => {
                let step = leaf_step(
                    &exact.sums(&tree.rows[rows.clone()]),
                    &self.settings,
                    self.max_step,
                );
                self.grid.round(self.settings.learning_rate * step)
            }
        }
    }

    /// Takes a tree into the model and adds it to the margins.
    fn add(&mut self, output: usize, tree: &Tree, values: &[i64]) {
        self.trees
            .push((output as u32, model_nodes(&self.bins, tree, values)));
        let n_outputs = self.loss.n_outputs();
        if tree.rows.len() == self.bins.n_rows {
            for (node, &value) in tree.nodes.iter().zip(values) {
                if let TreeNode::Leaf { rows, .. } = node {
                    tree.rows[rows.clone()]
                        .iter()
                        .for_each(|&row| self.margins[row as usize * n_outputs + output] += value);
                }
            }
            return;
        }
        let bins = &self.bins;
        self.margins
            .par_chunks_mut(n_outputs)
            .with_min_len(BLOCK)
            .enumerate()
            .for_each(|(row, margins)| {
                margins[output] += values[tree.leaf_of(bins, row)];
            });
    }

    /// The mean loss of the rows held out, if there are any.
    fn held_out_loss(&self) -> Option<f64> {
        let n_outputs = self.loss.n_outputs();
        let mut margins = vec![0.0; n_outputs];
        let mut sum = ExactSum::default();
        let mut weight = 0;
        for row in self.held_out_rows.iter().map(|&row| row as usize) {
            let units = &self.margins[row * n_outputs..][..n_outputs];
            margins
                .iter_mut()
                .zip(units)
                .for_each(|(margin, &units)| *margin = self.grid.value(units));
            sum.add_product(self.loss.loss(row, &margins), self.weights.of(row) as f64);
            weight += self.weights.of(row);
        }
        (0 < weight).then(|| sum.value() / weight as f64)
    }

    /// The model of all rounds, or of the first `best_round`.
    fn finish(mut self, best_round: Option<usize>) -> Result<Model, LearnError> {
        let n_trees = best_round.map_or(self.trees.len(), |round| self.n_trees[round - 1]);
        for (output, nodes) in &self.trees[..n_trees] {
            self.parts.push_tree(*output, nodes)?;
        }
        Ok(Model::Trees(TreeEnsemble::from_parts(self.parts)?))
    }
}

/// What is drawn for one tree.
struct Draws {
    rows: Draw,
    features: Draw,
    rounding: Draw,
}

impl Draws {
    fn new(seed: u64, tree: u64) -> Draws {
        let stream = |purpose| Draw::new(seed, PER_TREE + 3 * tree + purpose);
        Draws {
            rows: stream(0),
            features: stream(1),
            rounding: stream(2),
        }
    }

    /// The share of rows that a tree learns from; whether a row is in depends on its number alone.
    fn sample_rows(&self, rows: &[u32], share: f64) -> Vec<u32> {
        if share == 1.0 {
            return rows.to_vec();
        }
        let sample: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|&row| self.rows.uniform_at(u64::from(row)) < share)
            .collect();
        if sample.is_empty() { rows.to_vec() } else { sample }
    }

    /// At least one feature, ascending.
    fn sample_features(&self, n_features: usize, share: f64) -> Vec<usize> {
        let n_sampled =
            ((share * n_features as f64).round_ties_even() as usize).clamp(n_features.min(1), n_features);
        let mut order: Vec<usize> = (0..n_features).collect();
        if n_sampled < n_features {
            order.sort_by_key(|&feature| (self.features.at(feature as u64), feature));
            order.truncate(n_sampled);
            order.sort_unstable();
        }
        order
    }
}

/// When held-out rows say that it is enough.
#[derive(Default)]
struct HeldOut {
    best_round: Option<usize>,
    best_loss: f64,
}

impl HeldOut {
    fn is_over(&mut self, round: usize, loss: Option<f64>, patience: usize) -> bool {
        let Some(loss) = loss else { return false };
        let best_round = match self.best_round {
            Some(best_round) if self.best_loss <= loss => best_round,
            _ => {
                self.best_loss = loss;
                round
            }
        };
        self.best_round = Some(best_round);
        patience <= round - best_round
    }
}

/// The rows to learn from and those held out; rows without weight are in neither.
fn hold_out(weights: &Weights, n_rows: usize, share: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let draw = Draw::new(seed, HELD_OUT);
    let rows = weights.rows(n_rows).map(|row| row as u32);
    let (learning, held_out): (Vec<u32>, Vec<u32>) =
        rows.partition(|&row| share <= draw.uniform_at(u64::from(row)));
    if learning.is_empty() {
        (held_out, learning)
    } else {
        (learning, held_out)
    }
}

fn edge_rows(rows: &[u32], packed: bool, seed: u64) -> Vec<usize> {
    let share = EDGE_ROWS as f64 / rows.len() as f64;
    let draw = Draw::new(seed, EDGES);
    let is_edge_row = |row: &u32| !packed || 1.0 <= share || draw.uniform_at(u64::from(*row)) < share;
    rows.iter()
        .filter(|row| is_edge_row(row))
        .map(|&row| row as usize)
        .collect()
}

/// A bound on margins and on the sizes of contributions together: a tree's contributions are no larger than the range
/// of its values, as often as there are features on a path.
fn bound(settings: &Settings, base: &[f64], max_step: f64, n_features: usize) -> f64 {
    let base = base.iter().map(|base| base.abs()).fold(0.0, f64::max);
    let path = settings.max_depth.min(settings.max_leaves - 1).min(n_features) as f64;
    let steps = settings.rounds as f64 * settings.learning_rate * max_step;
    // Rounding a leaf adds half a unit; a part in a thousand is far more than all of them.
    1.001 * (base + steps) * (1.0 + path)
}

fn model_nodes(bins: &Bins, tree: &Tree, values: &[i64]) -> Vec<ModelNode> {
    let node = |(node, &value): (&TreeNode, &i64)| match node {
        TreeNode::Leaf { cover, .. } => ModelNode::Leaf { value, cover: *cover },
        TreeNode::Split {
            feature,
            left_bins,
            left,
            right,
            cover,
        } => {
            let column = &bins.columns[*feature];
            ModelNode::Split {
                feature: *feature as u32,
                rule: column.rule(left_bins),
                missing_left: left_bins.contains(column.n_bins),
                left: *left,
                right: *right,
                cover: *cover,
            }
        }
    };
    tree.nodes.iter().zip(values).map(node).collect()
}
