//! One boosting: trees, round after round, on some of the rows.

use bundle::model::{TreeNode as ModelNode, TreeParts};
use bundle::{Grid, Model, TreeEnsemble};
use rayon::prelude::*;
use stats::sum::ExactSum;

use super::bins::Bins;
use super::draws::Draws;
use super::find::leaf_step;
use super::gradient::{BLOCK, Exact, Packed};
use super::grow::{Grower, Tree, TreeNode};
use super::hold_out::Parted;
use super::loss::{Derivatives, Loss};
use super::settings::Settings;
use crate::weights::Weights;
use crate::{LearnError, Training};

/// After so many rounds without a split, training ends; with sampling, one round says little.
const IDLE_ROUNDS: usize = 20;

/// What every run over a table shares.
pub(super) struct Problem<'a> {
    pub(super) settings: Settings,
    pub(super) weights: &'a Weights,
    loss: &'a dyn Loss,
    bins: Bins,
    seed: u64,
    grid: Grid,
    max_step: f64,
    base: Vec<i64>,
}

/// The state between rounds.
pub(super) struct Run<'a> {
    problem: &'a Problem<'a>,
    rows: Parted,
    /// The margins of all rows in units, `(n_rows, n_outputs)`.
    margins: Vec<i64>,
    derivatives: Vec<Derivatives>,
    /// Per tree its output and its nodes.
    trees: Vec<(u32, Vec<ModelNode>)>,
    /// The trees there were after each round.
    n_trees: Vec<usize>,
}

impl<'a> Problem<'a> {
    /// Bins the table, with edges from `edge_rows`.
    pub(super) fn new(
        settings: Settings,
        data: &Training<'_>,
        weights: &'a Weights,
        loss: &'a dyn Loss,
        edge_rows: &[usize],
        seed: u64,
    ) -> Problem<'a> {
        let bins = Bins::new(data.features, weights, edge_rows, settings.max_bins);
        let base = loss.base(weights);
        let max_step = loss.max_step(&base, weights);
        let grid = Grid::for_magnitude(bound(&settings, &base, max_step, data.features.columns.len()));
        let base = base.iter().map(|&base| grid.round(base)).collect();
        Problem {
            settings,
            weights,
            loss,
            bins,
            seed,
            grid,
            max_step,
            base,
        }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, rows: Parted) -> Run<'a> {
        let margins = problem.base.repeat(problem.bins.n_rows);
        let derivatives = vec![Derivatives::default(); margins.len()];
        Run {
            problem,
            rows,
            margins,
            derivatives,
            trees: vec![],
            n_trees: vec![],
        }
    }

    /// Grows a tree per output. A tree that found no split says nothing and is left out.
    pub(super) fn round(&mut self) {
        self.derive();
        let n_outputs = self.problem.base.len();
        for output in 0..n_outputs {
            let draws = Draws::new(
                self.problem.seed,
                (self.n_trees.len() * n_outputs + output) as u64,
            );
            let (tree, values) = self.grow(output, &draws);
            if 1 < tree.nodes.len() {
                self.add(output, &tree, &values);
            }
        }
        self.n_trees.push(self.trees.len());
    }

    /// Whether the last rounds found nothing, and the next will hardly do better.
    pub(super) fn is_idle(&self) -> bool {
        let before = self.n_trees.iter().rev().nth(IDLE_ROUNDS);
        before.is_some() && before == self.n_trees.last()
    }

    /// The derivatives of all rows at their margins.
    fn derive(&mut self) {
        let n_outputs = self.problem.base.len();
        let (loss, grid) = (self.problem.loss, self.problem.grid);
        let derivatives = self.derivatives.par_chunks_mut(BLOCK * n_outputs);
        let blocks = derivatives.zip(self.margins.par_chunks(BLOCK * n_outputs));
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
        let Problem { settings, bins, .. } = self.problem;
        let weights = self
            .rows
            .learning_weights
            .as_ref()
            .unwrap_or(self.problem.weights);
        let n_outputs = self.problem.base.len();
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
        let rows = draws.sample_rows(&self.rows.learning, settings.row_sample);
        let features = &draws.sample_features(bins.columns.len(), settings.column_sample)[..];
        let exact = Exact::new(derivatives, weights);
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
        let Problem {
            settings,
            grid,
            max_step,
            ..
        } = self.problem;
        match node {
            TreeNode::Split { .. } => 0,
            TreeNode::Leaf { rows, .. } => {
                let step = leaf_step(&exact.sums(&tree.rows[rows.clone()]), settings, *max_step);
                grid.round(settings.learning_rate * step)
            }
        }
    }

    /// Takes a tree into the model and adds it to the margins.
    fn add(&mut self, output: usize, tree: &Tree, values: &[i64]) {
        let bins = &self.problem.bins;
        self.trees.push((output as u32, model_nodes(bins, tree, values)));
        let n_outputs = self.problem.base.len();
        if tree.rows.len() == bins.n_rows {
            for (node, &value) in tree.nodes.iter().zip(values) {
                if let TreeNode::Leaf { rows, .. } = node {
                    let rows = tree.rows[rows.clone()].iter().map(|&row| row as usize);
                    rows.for_each(|row| self.margins[row * n_outputs + output] += value);
                }
            }
            return;
        }
        let rows = self
            .margins
            .par_chunks_mut(n_outputs)
            .with_min_len(BLOCK)
            .enumerate();
        rows.for_each(|(row, margins)| margins[output] += values[tree.leaf_of(bins, row)]);
    }

    /// The loss of the rows held out, weighted in units, and their weight in units.
    pub(super) fn held_out_loss(&self) -> (ExactSum, i64) {
        let Problem { loss, grid, .. } = self.problem;
        let n_outputs = self.problem.base.len();
        let mut margins = vec![0.0; n_outputs];
        let (mut sum, mut weight) = (ExactSum::default(), 0);
        for (row, tested) in self
            .rows
            .held_out
            .iter()
            .map(|&(row, units)| (row as usize, units))
        {
            let units = &self.margins[row * n_outputs..][..n_outputs];
            margins
                .iter_mut()
                .zip(units)
                .for_each(|(margin, &units)| *margin = grid.value(units));
            sum.add_product(loss.loss(row, &margins), tested as f64);
            weight += tested;
        }
        (sum, weight)
    }

    /// The model of all rounds, or of the first `n_rounds`.
    pub(super) fn finish(
        self,
        feature_levels: Vec<u32>,
        n_rounds: Option<usize>,
    ) -> Result<Model, LearnError> {
        let n_trees = n_rounds.map_or(self.trees.len(), |n_rounds| self.n_trees[n_rounds - 1]);
        let mut parts = TreeParts::new(
            self.problem.grid.exponent(),
            feature_levels,
            self.problem.base.clone(),
        );
        for (output, nodes) in &self.trees[..n_trees] {
            parts.push_tree(*output, nodes)?;
        }
        Ok(Model::Trees(TreeEnsemble::from_parts(parts)?))
    }
}

/// A bound on margins and on the sizes of contributions together: a tree's contributions are no larger than the range
/// of its values, as often as there are features on a path.
fn bound(settings: &Settings, base: &[f64], max_step: f64, n_features: usize) -> f64 {
    let base = base.iter().map(|base| base.abs()).fold(0.0, f64::max);
    let path = settings.max_depth.min(settings.max_leaves - 1).min(n_features) as f64;
    let steps = settings.max_rounds as f64 * settings.learning_rate * max_step;
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
