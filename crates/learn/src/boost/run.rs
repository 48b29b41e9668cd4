//! One boosting: trees, round after round, on some of the rows.

use bundle::model::TreeNode as ModelNode;
use bundle::{Model, TreeEnsemble};
use stats::sum::ExactSum;

use super::desk::Desk;
use super::hold_out::Parted;
use super::problem::Problem;
use crate::LearnError;
use crate::crew::Crew;
use crate::trees::{Exact, Packed};

/// After so many rounds without a split, training ends; with sampling, one round says little.
const IDLE_ROUNDS: usize = 20;

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

impl<'a> Run<'a> {
    pub(super) fn new(problem: &'a Problem<'a>, rows: Parted) -> Run<'a> {
        let work = match problem.settings.packed {
            false => Work::Exact(Desk::new()),
            true => Work::Packed(Desk::new()),
        };
        Run {
            problem,
            rows,
            margins: problem.first_margins(),
            work,
            trees: vec![],
            n_trees: vec![],
        }
    }

    /// Grows a tree per output. A tree that found no split says nothing and is left out.
    pub(super) fn round(&mut self, crew: &Crew) {
        let round = self.n_trees.len();
        let (problem, rows, margins) = (self.problem, &self.rows, &mut self.margins);
        let grown = match &mut self.work {
            Work::Exact(desk) => desk.round(problem, rows, margins, round, crew),
            Work::Packed(desk) => desk.round(problem, rows, margins, round, crew),
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
        let n_outputs = self.problem.n_outputs();
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
        let mut parts = self.problem.first_parts(feature_levels);
        for (output, nodes) in &self.trees[..n_trees] {
            parts.push_tree(*output, nodes)?;
        }
        Ok(Model::Trees(TreeEnsemble::from_parts(parts)?))
    }
}
