//! One round: derivatives of the rows drawn, a tree per output, and what it says of every row.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use super::draws::Draws;
use super::hold_out::Parted;
use super::leaves::Leaves;
use super::loss::Derivatives;
use super::problem::Problem;
use super::rounding::Rounding;
use super::sample::{Chance, Sample, Source};
use super::slopes::Slopes;
use super::thin::{self, thin};
use crate::crew::Crew;
use crate::trees::{
    BLOCK, Cells, Entry, Grouping, Grower, Mode, Regrouped, Rooms, Rows, Scale, Tree, View, Walker,
};
use crate::weights::Weights;
use bundle::model::TreeNode as ModelNode;

/// What rounds work in, with room that they use one after the other.
pub(super) struct Desk<M: Mode> {
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
    /// The wide categories in the tree's bins.
    regrouped: Vec<Option<Regrouped>>,
    values: Vec<i64>,
}

/// What the trees of one round share.
pub(super) struct Round<'a, R> {
    pub(super) problem: &'a Problem<'a>,
    pub(super) sample: Sample<'a, R>,
    /// The weights of all rows.
    pub(super) weights: &'a Weights,
    /// The weights of the rows drawn, in their order.
    drawn_weights: Option<Weights>,
    scale: Scale,
}

impl Grown {
    fn view<'g>(&'g self, problem: &'g Problem<'_>) -> View<'g> {
        View::new(&problem.bins, &self.regrouped)
    }
}

impl<R> Round<'_, R> {
    /// Whether trees have the cells of the rows drawn to themselves: they draw features, or make some.
    fn is_apart(&self) -> bool {
        self.problem.settings.column_sample < 1.0 || self.problem.bins.any_wide()
    }

    /// Whether every row of the table was drawn, and trees may use all features.
    fn is_of_all(&self) -> bool {
        let Problem { settings, bins, .. } = self.problem;
        settings.takes_all() && !bins.any_wide() && self.sample.rows.len() == bins.cells.n_rows
    }
}

impl<R: Copy + Sync> Round<'_, R> {
    /// The wide categories in the bins of the tree of an output.
    fn regrouped<M: Mode<Row = R>>(
        &self,
        output: usize,
        features: &[usize],
        crew: &Crew,
    ) -> Vec<Option<Regrouped>> {
        let grouping = Grouping {
            rows: &self.sample.rows,
            derivatives: &self.sample.derivatives,
            weights: self.weights,
            output,
            n_outputs: self.problem.n_outputs(),
            scale: &self.scale,
            smoothing: self.problem.settings.tree.category_smoothing,
        };
        self.problem.bins.regroup::<M>(features, &grouping, crew)
    }
}

impl<M: Mode> Desk<M> {
    pub(super) fn new() -> Desk<M> {
        Desk {
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
        crew: &Crew,
    ) -> Vec<(u32, Vec<ModelNode>)> {
        let n_outputs = problem.n_outputs();
        let draws = |output| Draws::new(problem.seed, (number * n_outputs + output) as u64);
        let round = self.begin(problem, rows, margins, &draws(0), crew);
        let grow = |output, crew: &Crew| {
            let mut space = self.take_space();
            let (tree, regrouped) = self.grow(&mut space, &round, output, &draws(output), crew);
            let leaves = Leaves {
                round: &round,
                output,
                margins,
            };
            let values = leaves.values(&tree, &space.rooms.entries, crew);
            self.give_space(space);
            let grown = Grown {
                output,
                tree,
                regrouped,
                values,
            };
            (1 < grown.tree.nodes.len()).then_some(grown)
        };
        let mut trees: Vec<Grown> = match n_outputs {
            1 => grow(0, crew).into_iter().collect(),
            _ => {
                // Trees of several outputs are grown side by side, each on one thread.
                let trees = crew.map(0..n_outputs, |_, output| grow(output, &Crew::alone()));
                trees.into_iter().flatten().collect()
            }
        };
        add(&round, &rows.learning, &mut trees, margins, crew);
        let nodes = |grown: &Grown| grown.tree.model_nodes(grown.view(problem), &grown.values);
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
        crew: &Crew,
    ) -> Round<'a, M::Row> {
        let weights = rows.learning_weights.as_ref().unwrap_or(problem.weights);
        let slopes = Slopes::new(problem, margins, crew);
        let derive = |rows: &[u32], out: &mut [Derivatives]| slopes.of(rows, out);
        let source = Source::new(&slopes, &derive, &rows.learning, weights, crew);
        let chance = Chance::new(&problem.settings, &source, &draws.rounding, crew);
        let most = if problem.thins() { thin::MOST } else { 1 };
        let scale = M::scale(chance.largest(&source), weights, chance.most() * most);
        let rounding = Rounding {
            weights,
            scale: &scale,
            draw: &draws.rounding,
            n_outputs: problem.n_outputs(),
        };
        let sample = source.draw(chance, draws, crew, |drawn, out| rounding.round::<M>(drawn, out));
        let drawn_weights = (!weights.are_equal()).then(|| weights.of_rows(&sample.rows));
        let round = Round {
            problem,
            sample,
            weights,
            drawn_weights,
            scale,
        };
        if !round.is_of_all() && !round.is_apart() {
            let all: Vec<usize> = (0..problem.bins.columns.len()).collect();
            let view = problem.bins.view();
            view.take(&mut self.near, &round.sample.rows, &all, crew);
        }
        round
    }

    fn grow(
        &self,
        space: &mut Space<M>,
        round: &Round<'_, M::Row>,
        output: usize,
        draws: &Draws,
        crew: &Crew,
    ) -> (Tree<Rows>, Vec<Option<Regrouped>>) {
        let Problem { settings, bins, .. } = round.problem;
        let n_outputs = round.problem.n_outputs();
        let features = &draws.sample_features(bins.columns.len(), settings.column_sample)[..];
        let regrouped = round.regrouped::<M>(output, features, crew);
        let view = View::new(bins, &regrouped);
        let cells = match round.is_apart() {
            true => {
                view.take(&mut space.near, &round.sample.rows, features, crew);
                &space.near
            }
            false if round.is_of_all() => &bins.cells,
            false => &self.near,
        };
        let derivatives = round.sample.derivatives.iter().skip(output).step_by(n_outputs);
        let entries = (0..)
            .zip(derivatives)
            .map(|(row, &derivatives)| Entry { row, derivatives });
        space.rooms.entries.clear();
        space.rooms.entries.extend(entries);
        let rows_per_entry = match round.problem.thins() {
            true => thin::<M>(&mut space.rooms.entries, &draws.rows),
            false => 1.0,
        };
        let grower = Grower {
            bins: view,
            cells,
            weights: round.drawn_weights.as_ref().unwrap_or(round.weights),
            settings: &settings.tree,
            features,
            scale: round.scale,
            rows_per_entry,
            steps_are_values: round.problem.loss.leaf_level(output).is_none(),
            crew,
        };
        let tree = grower.grow(&mut space.rooms);
        (tree, regrouped)
    }
}

/// Adds what trees say of every row, learnt from or not, to the margins, and counts the rows to learn from in their
/// leaves, of which the trees have seen but some.
fn add<R: Sync>(
    round: &Round<'_, R>,
    learning: &[u32],
    trees: &mut [Grown],
    margins: &mut [i64],
    crew: &Crew,
) {
    let (problem, weights) = (round.problem, round.weights);
    let n_outputs = problem.n_outputs();
    let is_counted = problem.thins() || round.sample.rows.len() < learning.len();
    let walkers: Vec<_> = trees
        .iter()
        .map(|grown| Walker::new(&grown.tree, View::new(&problem.bins, &grown.regrouped)))
        .collect();
    let none = |grown: &Grown| grown.values.iter().map(|_| AtomicI64::new(0)).collect();
    let counts: Vec<Vec<AtomicI64>> = trees.iter().map(none).collect();
    let blocks = margins.chunks_mut(BLOCK * n_outputs).enumerate();
    crew.each(blocks, |_, (block, margins)| {
        let leaves = &mut [0; BLOCK][..margins.len() / n_outputs];
        let first = block * BLOCK;
        for ((grown, walker), counts) in trees.iter().zip(&walkers).zip(&counts) {
            walker.leaves(first, leaves);
            let margins = margins.iter_mut().skip(grown.output).step_by(n_outputs);
            let places = margins.zip(leaves.iter());
            places.for_each(|(margin, leaf)| *margin += grown.values[usize::from(*leaf)]);
            if is_counted {
                count(leaves, first, learning, weights, counts);
            }
        }
    });
    drop(walkers);
    if is_counted {
        for (grown, counts) in trees.iter_mut().zip(&counts) {
            let cover = |node: usize| counts[node].load(Ordering::Relaxed) as f64 * weights.unit;
            grown.tree.cover(cover);
        }
    }
}

/// Adds the weights of the rows to learn from in a block, which starts at `first`, to the counts of their leaves. Whole
/// units have no order.
fn count(leaves: &[u16], first: usize, learning: &[u32], weights: &Weights, counts: &[AtomicI64]) {
    let end = first + leaves.len();
    let from = learning.partition_point(|row| (*row as usize) < first);
    let learning = &learning[from..];
    let learning = &learning[..learning.partition_point(|row| (*row as usize) < end)];
    let mut units = vec![0; counts.len()];
    match weights.are_equal() && learning.len() == leaves.len() {
        true => leaves.iter().for_each(|leaf| units[usize::from(*leaf)] += 1),
        false => learning.iter().for_each(|row| {
            units[usize::from(leaves[*row as usize - first])] += weights.of(*row as usize);
        }),
    }
    for (count, units) in counts.iter().zip(units) {
        count.fetch_add(units, Ordering::Relaxed);
    }
}
