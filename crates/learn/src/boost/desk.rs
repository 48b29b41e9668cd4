//! One round: derivatives of the rows drawn, a tree per output, and what it says of every row.

use std::sync::Mutex;

use bundle::model::TreeNode as ModelNode;
use rayon::prelude::*;

use super::draws::Draws;
use super::hold_out::Parted;
use super::loss::{Derivatives, quantile};
use super::problem::Problem;
use super::sample::Sample;
use super::slopes::Slopes;
use crate::trees::{
    BLOCK, Cells, Entry, Grower, Mode, Rooms, Rows, Scale, Tree, TreeNode, Walker, leaf_step,
};
use crate::weights::Weights;

/// What rounds work in, with room that they use one after the other.
pub(super) struct Desk<M: Mode> {
    /// The derivatives of the rows drawn, `(n_drawn, n_outputs)`.
    derivatives: Vec<M::Row>,
    /// The cells of the rows drawn, if trees use all features.
    near: Cells,
    /// Room for each tree that is grown at the same time.
    spaces: Mutex<Vec<Space<M>>>,
}

/// What a tree is grown in.
struct Space<M: Mode> {
    /// The cells of the rows drawn and the features that the tree may use, if these are not all.
    near: Cells,
    rooms: Rooms<M>,
}

/// A tree with the values of its nodes in units, zero at splits.
struct Grown {
    output: usize,
    tree: Tree<Rows>,
    values: Vec<i64>,
}

/// What the trees of one round share.
struct Round<'a> {
    problem: &'a Problem<'a>,
    sample: Sample<'a>,
    /// The weights of all rows.
    weights: &'a Weights,
    /// The weights of the rows drawn, in their order.
    drawn_weights: Option<Weights>,
    scale: Scale,
}

impl Round<'_> {
    /// Whether every row of the table was drawn, and trees may use all features.
    fn is_of_all(&self) -> bool {
        let Problem { settings, bins, .. } = self.problem;
        settings.takes_all() && self.sample.rows.len() == bins.cells.n_rows
    }
}

impl<M: Mode> Desk<M> {
    pub(super) fn new() -> Desk<M> {
        Desk {
            derivatives: vec![],
            near: Cells::default(),
            spaces: Mutex::new(vec![]),
        }
    }

    /// Grows a tree per output and adds them to the margins; the outputs and nodes of those with a split.
    pub(super) fn round(
        &mut self,
        problem: &Problem<'_>,
        rows: &Parted,
        margins: &mut [i64],
        number: usize,
    ) -> Vec<(u32, Vec<ModelNode>)> {
        let n_outputs = problem.n_outputs();
        let draws = |output| Draws::new(problem.seed, (number * n_outputs + output) as u64);
        let round = self.begin(problem, rows, margins, &draws(0));
        let grow = |output| {
            let mut space = self.take_space();
            let tree = self.grow(&mut space, &round, output, &draws(output));
            let values = leaf_values(&space.rooms, &round, &tree, output, margins);
            self.give_space(space);
            let grown = Grown { output, tree, values };
            (1 < grown.tree.nodes.len()).then_some(grown)
        };
        let trees: Vec<Grown> = match n_outputs {
            1 => grow(0).into_iter().collect(),
            _ => (0..n_outputs).into_par_iter().filter_map(grow).collect(),
        };
        add(problem, &trees, margins);
        let nodes = |grown: &Grown| grown.tree.model_nodes(&problem.bins, &grown.values);
        trees
            .iter()
            .map(|grown| (grown.output as u32, nodes(grown)))
            .collect()
    }

    fn take_space(&self) -> Space<M> {
        let free = self
            .spaces
            .lock()
            .expect("no thread panics while it holds it")
            .pop();
        free.unwrap_or_else(|| Space {
            near: Cells::default(),
            rooms: Rooms::new(),
        })
    }

    fn give_space(&self, space: Space<M>) {
        self.spaces
            .lock()
            .expect("no thread panics while it holds it")
            .push(space);
    }

    /// Draws rows and derives them at their margins.
    fn begin<'a>(
        &mut self,
        problem: &'a Problem<'a>,
        rows: &'a Parted,
        margins: &[i64],
        draws: &Draws,
    ) -> Round<'a> {
        let weights = rows.learning_weights.as_ref().unwrap_or(problem.weights);
        let slopes = Slopes::new(problem, margins);
        let sample = Sample::of(&problem.settings, &slopes, &rows.learning, weights, draws);
        let scale = M::scale(sample.largest, weights, sample.most());
        let drawn_weights = (!weights.are_equal()).then(|| weights.of_rows(&sample.rows));
        let round = Round {
            problem,
            sample,
            weights,
            drawn_weights,
            scale,
        };
        self.derive(&round, &slopes, draws);
        let n_features = problem.bins.columns.len();
        if !round.is_of_all() && 1.0 <= problem.settings.column_sample {
            let all: Vec<usize> = (0..n_features).collect();
            self.near.take(&problem.bins.cells, &round.sample.rows, &all);
        }
        round
    }

    /// The derivatives of the rows drawn.
    fn derive(&mut self, round: &Round<'_>, slopes: &Slopes<'_>, draws: &Draws) {
        let n_outputs = round.problem.n_outputs();
        let rows = &round.sample.rows;
        self.derivatives.resize(rows.len() * n_outputs, M::Row::default());
        let blocks = self.derivatives.par_chunks_mut(BLOCK * n_outputs);
        blocks.zip(rows.par_chunks(BLOCK)).enumerate().for_each_init(
            || (vec![], vec![]),
            |(values, derivatives), (block, (out, rows))| {
                derivatives.resize(out.len(), Derivatives::default());
                slopes.of(rows, values, derivatives);
                let places = out
                    .chunks_exact_mut(n_outputs)
                    .zip(derivatives.chunks_exact(n_outputs));
                for (position, ((out, derivatives), &row)) in places.zip(rows).enumerate() {
                    let times = round.sample.times(block * BLOCK + position);
                    let weight = round.weights.of(row as usize);
                    for ((out, &d), output) in out.iter_mut().zip(derivatives).zip(0..) {
                        let number = u64::from(row) * n_outputs as u64 + output;
                        *out = M::round(d, weight, times, &round.scale, || draws.rounding.at(number));
                    }
                }
            },
        );
    }

    fn grow(&self, space: &mut Space<M>, round: &Round<'_>, output: usize, draws: &Draws) -> Tree<Rows> {
        let Problem { settings, bins, .. } = round.problem;
        let n_outputs = round.problem.n_outputs();
        let features = &draws.sample_features(bins.columns.len(), settings.column_sample)[..];
        let n_drawn = round.sample.rows.len();
        let cells = match settings.column_sample < 1.0 {
            true => {
                space.near.take(&bins.cells, &round.sample.rows, features);
                &space.near
            }
            false if round.is_of_all() => &bins.cells,
            false => &self.near,
        };
        let entry = |position: usize| Entry {
            row: position as u32,
            derivatives: self.derivatives[position * n_outputs + output],
        };
        let entries = &mut space.rooms.entries;
        (0..n_drawn)
            .into_par_iter()
            .with_min_len(BLOCK)
            .map(entry)
            .collect_into_vec(entries);
        let grower = Grower {
            bins,
            cells,
            weights: round.drawn_weights.as_ref().unwrap_or(round.weights),
            settings: &settings.tree,
            features,
            scale: round.scale,
            // Trees of several outputs are grown side by side, each on one thread.
            n_threads: if n_outputs == 1 {
                rayon::current_num_threads()
            } else {
                1
            },
        };
        grower.grow(&mut space.rooms)
    }
}

/// The values of a tree's nodes in units, zero at splits.
fn leaf_values<M: Mode>(
    rooms: &Rooms<M>,
    round: &Round<'_>,
    tree: &Tree<Rows>,
    output: usize,
    margins: &[i64],
) -> Vec<i64> {
    let (problem, sample) = (round.problem, &round.sample);
    let (settings, n_outputs) = (&problem.settings, problem.n_outputs());
    let error = |position: u32| {
        let row = sample.rows[position as usize] as usize;
        let margin = problem.grid.value(margins[row * n_outputs + output]);
        let units = sample.times(position as usize) * round.weights.of(row);
        (problem.loss.error(row, margin), units)
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
                    let entries = &rooms.entries[rows.clone()];
                    let mut errors: Vec<_> = entries.iter().map(|entry| error(entry.row)).collect();
                    limits.hold(quantile(&mut errors, level))
                }
            };
            problem.grid.round(settings.learning_rate * step)
        }
    };
    tree.nodes.par_iter().map(value).collect()
}

/// Adds what trees say of every row, learnt from or not, to the margins.
fn add(problem: &Problem<'_>, trees: &[Grown], margins: &mut [i64]) {
    let (cells, n_outputs) = (&problem.bins.cells, problem.n_outputs());
    let walker = |grown: &Grown| Walker::new(&grown.tree, cells);
    let walkers: Vec<Walker> = trees.iter().map(walker).collect();
    let blocks = margins.par_chunks_mut(BLOCK * n_outputs).enumerate();
    blocks.for_each_init(
        || vec![0; BLOCK],
        |leaves, (block, margins)| {
            let leaves = &mut leaves[..margins.len() / n_outputs];
            for (grown, walker) in trees.iter().zip(&walkers) {
                walker.leaves(cells, block * BLOCK, leaves);
                let margins = margins.iter_mut().skip(grown.output).step_by(n_outputs);
                let places = margins.zip(leaves.iter());
                places.for_each(|(margin, leaf)| *margin += grown.values[usize::from(*leaf)]);
            }
        },
    );
}
