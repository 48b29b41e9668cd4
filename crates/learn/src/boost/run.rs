//! One boosting: trees, round after round, on some of the rows.

use std::sync::atomic::{AtomicU16, Ordering};

use bundle::model::{TreeNode as ModelNode, TreeParts};
use bundle::{Grid, Model, TreeEnsemble};
use rayon::prelude::*;
use stats::sum::ExactSum;

use super::RowChance;
use super::before::{self, Before};
use super::draws::Draws;
use super::hold_out::Parted;
use super::loss::{Derivatives, Loss, quantile};
use super::sample::{Sample, Source};
use super::settings::Settings;
use crate::trees::{
    BLOCK, Bins, Entry, Exact, Grower, Mode, Packed, Rooms, Rows, Scale, Tree, TreeNode, leaf_step,
};
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
    before: Option<Before>,
}

/// The state between rounds.
pub(super) struct Run<'a> {
    problem: &'a Problem<'a>,
    rows: Parted,
    /// The margins of all rows in units, `(n_rows, n_outputs)`.
    margins: Vec<i64>,
    work: Work,
    /// Per tree its output and its nodes.
    trees: Vec<(u32, Vec<ModelNode>)>,
    /// The trees there were after each round.
    n_trees: Vec<usize>,
}

/// What the rounds of a run work in.
enum Work {
    Exact(Desk<Exact>),
    Packed(Desk<Packed>),
}

/// The derivatives of all rows, `(n_rows, n_outputs)`, and rooms to grow trees in.
struct Desk<M: Mode> {
    derivatives: Vec<M::Row>,
    rooms: Rooms<M>,
    /// The rows that the round learns from, if they are drawn by their derivatives.
    sample: Option<Sample>,
    /// The leaf of each row that the last tree learnt from.
    leaf_of_row: Vec<AtomicU16>,
}

/// Stands for the leaf of rows that a tree did not learn from.
const ELSEWHERE: u16 = u16::MAX;

impl<'a> Problem<'a> {
    /// Bins the table, with edges from `edge_rows`.
    pub(super) fn new(
        settings: Settings,
        data: &Training<'_>,
        weights: &'a Weights,
        loss: &'a dyn Loss,
        edge_rows: &[usize],
        seed: u64,
        model: Option<&TreeEnsemble>,
    ) -> Result<Problem<'a>, LearnError> {
        let bins = Bins::new(data.features, weights, edge_rows, settings.max_bins);
        let n_features = data.features.columns.len();
        let base = match model {
            None => loss.base(weights),
            Some(model) => before::base(model),
        };
        let far = model.map_or(Ok(0.0), |model| before::furthest(model, data.features, weights))?;
        // Margins that are away from the base may have to step so much further.
        let max_step = loss.max_step(&base, weights) + far;
        let magnitude = bound(&settings, &base, max_step, n_features);
        let grid = match model {
            None => Grid::for_magnitude(magnitude),
            Some(model) => before::grid(model, magnitude),
        };
        let before = model
            .map(|model| Before::new(model, grid, data.features))
            .transpose()?;
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
}

impl Problem<'_> {
    /// The derivatives of the rows from `first` on at margins in units, `(n_rows, n_outputs)`.
    fn derivatives(
        &self,
        first: usize,
        units: &[i64],
        margins: &mut Vec<f64>,
        derivatives: &mut Vec<Derivatives>,
    ) {
        let unit = self.grid.unit();
        margins.clear();
        margins.extend(units.iter().map(|&units| units as f64 * unit));
        derivatives.resize(units.len(), Derivatives::default());
        self.loss.derivatives(first, margins, derivatives);
    }

    /// The derivatives of all rows, where those of one depend on others.
    fn derive_all(&self, margins: &[i64]) -> Option<Vec<Derivatives>> {
        if !self.loss.depends_on_others() {
            return None;
        }
        let values: Vec<f64> = margins.iter().map(|&units| self.grid.value(units)).collect();
        Some(self.loss.derive_all(&values))
    }

    /// The rows that a round learns from, if they are drawn by their derivatives.
    fn sample(
        &self,
        weights: &Weights,
        margins: &[i64],
        all: Option<&[Derivatives]>,
        largest: Derivatives,
        draws: &Draws,
    ) -> Option<Sample> {
        let (share, n_outputs) = (self.settings.row_sample, self.base.len());
        if self.settings.row_chance == RowChance::Uniform || 1.0 <= share {
            return None;
        }
        let derive = |first: usize, out: &mut [Derivatives]| {
            let range = first * n_outputs..first * n_outputs + out.len();
            match all {
                Some(all) => out.copy_from_slice(&all[range]),
                None => {
                    let mut derivatives = vec![];
                    self.derivatives(first, &margins[range], &mut vec![], &mut derivatives);
                    out.copy_from_slice(&derivatives);
                }
            }
        };
        let source = Source {
            weights,
            n_rows: self.bins.n_rows,
            n_outputs,
            derive: &derive,
            largest,
        };
        Some(Sample::draw(&source, share, &draws.rows))
    }

    /// The largest derivatives of rows that count.
    fn largest(&self, weights: &Weights, margins: &[i64], all: Option<&[Derivatives]>) -> Derivatives {
        if let Some(largest) = self.loss.largest() {
            return largest;
        }
        if let Some(all) = all {
            let rows = all.iter().enumerate().filter(|(row, _)| weights.of(*row) != 0);
            return rows.fold(Derivatives::default(), |largest, (_, &d)| largest.larger(d));
        }
        let n_outputs = self.base.len();
        let of_block = |(block, units): (usize, &[i64])| {
            let (mut values, mut derivatives) = (vec![], vec![]);
            self.derivatives(block * BLOCK, units, &mut values, &mut derivatives);
            let rows = derivatives.chunks_exact(n_outputs).enumerate();
            rows.filter(|(position, _)| weights.of(block * BLOCK + position) != 0)
                .flat_map(|(_, derivatives)| derivatives)
                .fold(Derivatives::default(), |largest, &d| largest.larger(d))
        };
        margins
            .par_chunks(BLOCK * n_outputs)
            .enumerate()
            .map(of_block)
            .reduce(Derivatives::default, Derivatives::larger)
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, rows: Parted) -> Run<'a> {
        let margins = match &problem.before {
            None => problem.base.repeat(problem.bins.n_rows),
            Some(before) => before.margins.clone(),
        };
        let work = match problem.settings.packed {
            false => Work::Exact(Desk::new(margins.len())),
            true => Work::Packed(Desk::new(margins.len())),
        };
        Run {
            problem,
            rows,
            margins,
            work,
            trees: vec![],
            n_trees: vec![],
        }
    }

    /// Grows a tree per output. A tree that found no split says nothing and is left out.
    pub(super) fn round(&mut self) {
        let round = self.n_trees.len();
        let (problem, rows, margins) = (self.problem, &self.rows, &mut self.margins);
        let grown = match &mut self.work {
            Work::Exact(desk) => desk.round(problem, rows, margins, round),
            Work::Packed(desk) => desk.round(problem, rows, margins, round),
        };
        self.trees.extend(grown);
        self.n_trees.push(self.trees.len());
    }

    /// Whether the last rounds found nothing, and the next will hardly do better.
    pub(super) fn is_idle(&self) -> bool {
        let before = self.n_trees.iter().rev().nth(IDLE_ROUNDS);
        before.is_some() && before == self.n_trees.last()
    }

    /// The loss of the rows held out, weighted, and the weight to divide it by.
    pub(super) fn held_out_loss(&self) -> (ExactSum, i64) {
        let Problem { loss, grid, .. } = self.problem;
        let n_outputs = self.problem.base.len();
        let margins = |row: usize, out: &mut [f64]| {
            let units = &self.margins[row * n_outputs..][..n_outputs];
            out.iter_mut()
                .zip(units)
                .for_each(|(margin, &units)| *margin = grid.value(units));
        };
        loss.total_loss(&self.rows.held_out, &margins, n_outputs)
    }

    /// The model of all rounds, or of the first `n_rounds`.
    pub(super) fn finish(
        self,
        feature_levels: Vec<u32>,
        n_rounds: Option<usize>,
    ) -> Result<Model, LearnError> {
        let n_trees = n_rounds.map_or(self.trees.len(), |n_rounds| self.n_trees[n_rounds - 1]);
        let (grid, base) = (self.problem.grid.exponent(), self.problem.base.clone());
        let mut parts = match &self.problem.before {
            None => TreeParts::new(grid, feature_levels, base),
            Some(before) => before.parts.clone(),
        };
        for (output, nodes) in &self.trees[..n_trees] {
            parts.push_tree(*output, nodes)?;
        }
        Ok(Model::Trees(TreeEnsemble::from_parts(parts)?))
    }
}

impl<M: Mode> Desk<M> {
    fn new(n_derivatives: usize) -> Desk<M> {
        Desk {
            derivatives: vec![M::Row::default(); n_derivatives],
            rooms: Rooms::new(),
            sample: None,
            leaf_of_row: vec![],
        }
    }

    /// Grows a tree per output and adds it to the margins; the outputs and nodes of those with a split.
    fn round(
        &mut self,
        problem: &Problem<'_>,
        rows: &Parted,
        margins: &mut [i64],
        round: usize,
    ) -> Vec<(u32, Vec<ModelNode>)> {
        let n_outputs = problem.base.len();
        let weights = rows.learning_weights.as_ref().unwrap_or(problem.weights);
        let draws = |output| Draws::new(problem.seed, (round * n_outputs + output) as u64);
        let scale = self.derive(problem, weights, margins, &draws(0));
        let mut grown = vec![];
        for output in 0..n_outputs {
            let tree = self.grow(problem, rows, weights, output, scale, &draws(output));
            if 1 < tree.nodes.len() {
                let values = self.leaf_values(problem, &tree, weights, output, margins);
                self.add(problem, &tree, &values, output, margins);
                grown.push((output as u32, tree.model_nodes(&problem.bins, &values)));
            }
        }
        grown
    }

    /// The derivatives of all rows at their margins.
    fn derive(&mut self, problem: &Problem<'_>, weights: &Weights, margins: &[i64], draws: &Draws) -> Scale {
        let n_outputs = problem.base.len();
        let all = problem.derive_all(margins);
        let largest = problem.largest(weights, margins, all.as_deref());
        self.sample = problem.sample(weights, margins, all.as_deref(), largest, draws);
        let scale = match &self.sample {
            None => M::scale(largest, weights, 1),
            Some(sample) => M::scale(sample.largest, weights, Sample::MOST),
        };
        let sample = self.sample.as_ref();
        let blocks = self
            .derivatives
            .par_chunks_mut(BLOCK * n_outputs)
            .zip(margins.par_chunks(BLOCK * n_outputs));
        blocks.enumerate().for_each_init(
            || (vec![], vec![]),
            |(values, derivatives), (block, (out, units))| {
                let first = block * BLOCK * n_outputs;
                let derivatives = match &all {
                    Some(all) => &all[first..],
                    None => {
                        problem.derivatives(block * BLOCK, units, values, derivatives);
                        &derivatives[..]
                    }
                };
                for ((out, &d), position) in out.iter_mut().zip(derivatives).zip(first..) {
                    let row = position / n_outputs;
                    let times = sample.map_or(1, |sample| sample.times(row));
                    let bits = || draws.rounding.at(position as u64);
                    *out = M::round(d, weights.of(row), times, &scale, bits);
                }
            },
        );
        scale
    }

    fn grow(
        &mut self,
        problem: &Problem<'_>,
        rows: &Parted,
        weights: &Weights,
        output: usize,
        scale: Scale,
        draws: &Draws,
    ) -> Tree<Rows> {
        let Problem { settings, bins, .. } = problem;
        let n_outputs = problem.base.len();
        let entry = |row: u32| Entry {
            row,
            derivatives: self.derivatives[row as usize * n_outputs + output],
        };
        let entries = &mut self.rooms.entries;
        match &self.sample {
            None => draws.sample_rows(&rows.learning, settings.row_sample, entry, entries),
            Some(sample) => {
                let is_drawn = |row: &u32| sample.times(*row as usize) != 0;
                let drawn = rows.learning.par_iter().copied().filter(is_drawn);
                entries.clear();
                entries.par_extend(drawn.map(entry));
            }
        }
        let features = &draws.sample_features(bins.columns.len(), settings.column_sample)[..];
        let grower = Grower {
            bins,
            weights,
            settings: &settings.tree,
            features,
            scale,
        };
        grower.grow(&mut self.rooms)
    }

    /// The values of a tree's nodes in units, zero at splits.
    fn leaf_values(
        &self,
        problem: &Problem<'_>,
        tree: &Tree<Rows>,
        weights: &Weights,
        output: usize,
        margins: &[i64],
    ) -> Vec<i64> {
        let (settings, n_outputs) = (&problem.settings, problem.base.len());
        let error = |row: u32| {
            let margin = problem.grid.value(margins[row as usize * n_outputs + output]);
            let times = self
                .sample
                .as_ref()
                .map_or(1, |sample| sample.times(row as usize));
            (
                problem.loss.error(row as usize, margin),
                times * weights.of(row as usize),
            )
        };
        let value = |node: &TreeNode<Rows>| match node {
            TreeNode::Split { .. } => 0,
            TreeNode::Leaf {
                leaf: Rows { rows, sums, limits },
                ..
            } => {
                let step = match problem.loss.leaf_level(output) {
                    None => leaf_step(sums, &settings.tree, limits, problem.max_step),
                    Some(level) => {
                        let entries = &self.rooms.entries[rows.clone()];
                        let mut errors: Vec<_> = entries.iter().map(|entry| error(entry.row)).collect();
                        limits.hold(quantile(&mut errors, level))
                    }
                };
                problem.grid.round(settings.learning_rate * step)
            }
        };
        tree.nodes.par_iter().map(value).collect()
    }

    /// Adds a tree to the margins.
    ///
    /// Leaves are first noted by row, in a list small enough for the cache; then margins are gone through in order.
    fn add(
        &mut self,
        problem: &Problem<'_>,
        tree: &Tree<Rows>,
        values: &[i64],
        output: usize,
        margins: &mut [i64],
    ) {
        let (bins, n_outputs) = (&problem.bins, problem.base.len());
        self.leaf_of_row
            .resize_with(bins.n_rows, || AtomicU16::new(ELSEWHERE));
        let (leaf_of_row, entries) = (&self.leaf_of_row, &self.rooms.entries);
        let is_whole = entries.len() == bins.n_rows;
        if !is_whole {
            let all = leaf_of_row.par_iter().with_min_len(BLOCK);
            all.for_each(|leaf| leaf.store(ELSEWHERE, Ordering::Relaxed));
        }
        tree.nodes.par_iter().enumerate().for_each(|(number, node)| {
            if let TreeNode::Leaf { leaf, .. } = node {
                for entry in &entries[leaf.rows.clone()] {
                    leaf_of_row[entry.row as usize].store(number as u16, Ordering::Relaxed);
                }
            }
        });
        let rows = margins.par_chunks_mut(n_outputs).with_min_len(BLOCK);
        rows.zip(leaf_of_row)
            .enumerate()
            .for_each(|(row, (margins, leaf))| {
                margins[output] += values[match leaf.load(Ordering::Relaxed) {
                    ELSEWHERE => tree.leaf_of(bins, row),
                    leaf => usize::from(leaf),
                }];
            });
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
