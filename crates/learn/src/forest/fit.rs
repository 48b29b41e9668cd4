//! The trees of a forest, grown on all threads and put together in their order.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use bundle::model::TreeParts;
use bundle::{Grid, Link, Model, TreeEnsemble};
use rayon::prelude::*;

use super::criterion::{Answer, Criterion, Mean, Shares};
use super::grow::{Grower, Grown};
use super::prune::of_output;
use super::settings::Settings;
use super::{Kind, OutOfBag, Params};
use crate::baseline;
use crate::identity::Identity;
use crate::trees::{BLOCK, Bins, ManyLevels, Rules, unit};
use crate::weights::Weights;
use crate::{Context, LearnError, Progress, Target, Training};

/// A unit of weight is drawn at most so often, for which sums have room.
const MOST_DRAWN: i64 = 32;

/// A forest before it is a model.
pub(super) struct Fitted<'a> {
    settings: Settings,
    weights: &'a Weights,
    bins: Bins,
    seed: u64,
    grid: Grid,
    link: Link,
    /// What every row starts from, in units, `(n_outputs,)`.
    base: Vec<i64>,
    trees: Vec<Grown>,
}

/// The target as trees sum it.
struct Plan {
    grid: Grid,
    base: Vec<i64>,
    /// The answer of leaves, given the number of the tree.
    answer: Box<dyn Fn(usize) -> Answer + Sync>,
    /// The numbers in units, or the classes.
    targets: Vec<i64>,
}

pub(super) fn fit<'a>(
    kind: Kind,
    params: &Params,
    data: &Training<'_>,
    weights: &'a Weights,
    context: &Context<'_>,
) -> Result<Fitted<'a>, LearnError> {
    let n_rows = data.features.n_rows;
    if u32::MAX as usize <= n_rows {
        return Err(LearnError::TooMany {
            trainer: kind.name(),
            what: "rows",
            found: n_rows,
            most: u32::MAX as usize - 1,
        });
    }
    let rows: Vec<usize> = weights.rows(n_rows).collect();
    let Identity { order, .. } = Identity::of(data.features, data.target, weights, &rows);
    let settings = Settings::new(kind, params, data, weights)?.in_order(&order);
    let n_features = data.features.columns.len();
    let plan = match data.target {
        Target::Number(values) => of_number(values, weights, &rows, &settings, n_features),
        Target::Binary(labels) => {
            let classes = labels.iter().map(|&label| i64::from(label)).collect();
            of_classes(classes, 2, &settings, n_features)
        }
        Target::Classes { codes, n_classes } => {
            let classes = codes.iter().map(|&code| i64::from(code)).collect();
            of_classes(classes, *n_classes as usize, &settings, n_features)
        }
        Target::Ranks { .. } | Target::Nothing(_) => {
            return Err(LearnError::Target {
                trainer: kind.name(),
                found: data.target.kind(),
                expected: "yes and no, classes or numbers",
            });
        }
    };
    let signal = signal(&plan.targets, data.target, weights, &rows);
    let rules = Rules {
        many_levels: ManyLevels::ByTarget(&signal),
        ..Rules::plain(settings.max_bins)
    };
    let bins = Bins::new(data.features, weights, &rows, &rules).in_order(&order);
    let trees = match data.target {
        Target::Number(_) => grow(&Mean, &plan, &bins, weights, &settings, context)?,
        Target::Classes { n_classes, .. } => {
            let n_classes = *n_classes as usize;
            grow(
                &Shares::<0> { n_classes },
                &plan,
                &bins,
                weights,
                &settings,
                context,
            )?
        }
        _ => grow(
            &Shares::<2> { n_classes: 2 },
            &plan,
            &bins,
            weights,
            &settings,
            context,
        )?,
    };
    Ok(Fitted {
        settings,
        weights,
        bins,
        seed: context.seed,
        grid: plan.grid,
        link: kind.link(data.target),
        base: plan.base,
        trees,
    })
}

/// Per row a number by whose mean levels are put in order: the target's, or whether it is the class of most weight.
fn signal<'t>(targets: &'t [i64], target: &Target, weights: &Weights, rows: &[usize]) -> Cow<'t, [i64]> {
    let Target::Classes { n_classes, .. } = target else {
        return Cow::Borrowed(targets);
    };
    let mut weight_of_class = vec![0; *n_classes as usize];
    rows.iter()
        .for_each(|&row| weight_of_class[targets[row] as usize] += weights.of(row));
    let most = weight_of_class.iter().max();
    let heaviest = weight_of_class.iter().position(|weight| Some(weight) == most);
    let heaviest = heaviest.map_or(-1, |class| class as i64);
    Cow::Owned(
        targets
            .iter()
            .map(|&class| i64::from(class == heaviest))
            .collect(),
    )
}

fn of_number(
    values: &[f64],
    weights: &Weights,
    rows: &[usize],
    settings: &Settings,
    n_features: usize,
) -> Plan {
    let base = baseline::mean(values, weights);
    let ends = rows.iter().fold((base, base), |(low, high), &row| {
        (values[row].min(low), values[row].max(high))
    });
    let furthest = (ends.1 - base).max(base - ends.0);
    let (target_unit, per_unit) = unit(furthest, MOST_DRAWN * weights.total_units);
    let grid = grid(base.abs().max(furthest) + ends.1 - ends.0, settings, n_features);
    let units = target_unit / grid.unit() / settings.n_trees as f64;
    // What has no weight may be any number, and is never looked at.
    let in_units = |&value: &f64| ((value - base) * per_unit).round_ties_even() as i64;
    Plan {
        grid,
        base: vec![grid.round(base)],
        answer: Box::new(move |_| Answer::Number(units)),
        targets: values.iter().map(in_units).collect(),
    }
}

fn of_classes(targets: Vec<i64>, n_classes: usize, settings: &Settings, n_features: usize) -> Plan {
    let grid = grid(1.0, settings, n_features);
    let (certain, n_trees) = (i128::from(grid.round(1.0)), settings.n_trees as i128);
    // The units of certainty are shared out among trees without a rest.
    let before = move |tree: i128| (certain * tree / n_trees) as i64;
    let units = move |tree: usize| before(tree as i128 + 1) - before(tree as i128);
    let is_binary = n_classes == 2;
    Plan {
        grid,
        base: vec![0; if is_binary { 1 } else { n_classes }],
        answer: match is_binary {
            true => Box::new(move |tree| Answer::Yes(units(tree))),
            false => Box::new(move |tree| Answer::Classes(units(tree))),
        },
        targets,
    }
}

/// The finest grid for margins up to `bound` and their contributions: those of a tree are no larger than the range of
/// its values, as often as there are features on a path.
fn grid(bound: f64, settings: &Settings, n_features: usize) -> Grid {
    let path = settings.max_depth.min(n_features) as f64;
    Grid::for_magnitude(1.001 * bound * (1.0 + path))
}

fn grow<C: Criterion>(
    criterion: &C,
    plan: &Plan,
    bins: &Bins,
    weights: &Weights,
    settings: &Settings,
    context: &Context<'_>,
) -> Result<Vec<Grown>, LearnError> {
    let grower = Grower {
        bins,
        weights,
        settings,
        criterion,
        targets: &plan.targets,
        seed: context.seed,
    };
    let n_grown = AtomicUsize::new(0);
    let grow = |rooms: &mut _, tree: usize| {
        let grown = grower.grow(tree, (plan.answer)(tree), rooms);
        context.tell(Progress {
            round: n_grown.fetch_add(1, Ordering::Relaxed) + 1,
            n_rounds: settings.n_trees,
            held_out_loss: None,
            choosing: false,
        })?;
        Ok(grown)
    };
    let trees = (0..settings.n_trees).into_par_iter();
    trees.map_init(|| grower.rooms(), grow).collect()
}

impl Fitted<'_> {
    /// What every row is told by the trees that did not learn from it.
    pub(super) fn out_of_bag(&self) -> OutOfBag {
        let (n_rows, n_outputs) = (self.bins.cells.n_rows, self.base.len());
        let mut margins = vec![f64::NAN; n_rows * n_outputs];
        let mut n_trees = vec![0; n_rows];
        let blocks = margins
            .par_chunks_mut(BLOCK * n_outputs)
            .zip(n_trees.par_chunks_mut(BLOCK));
        blocks.enumerate().for_each(|(block, (margins, n_trees))| {
            let rows = margins.chunks_mut(n_outputs).zip(n_trees);
            for (position, (margins, n_trees)) in rows.enumerate() {
                self.out_of_bag_row(block * BLOCK + position, margins, n_trees);
            }
        });
        OutOfBag {
            n_outputs,
            link: self.link,
            margins,
            n_trees,
        }
    }

    fn out_of_bag_row(&self, row: usize, margins: &mut [f64], n_trees: &mut u32) {
        let units = self.weights.of(row);
        if units == 0 {
            return;
        }
        let mut sums = vec![0; margins.len()];
        for (number, grown) in self.trees.iter().enumerate() {
            let [rows, _] = super::draws::draws_of_tree(self.seed, number);
            if self.settings.bootstrap.draw(&rows, row, units) == 0 {
                let answer = grown.answer_of(&self.bins, row, margins.len());
                sums.iter_mut().zip(answer).for_each(|(sum, units)| *sum += units);
                *n_trees += 1;
            }
        }
        if *n_trees != 0 {
            let share = self.trees.len() as f64 / f64::from(*n_trees);
            let values = margins.iter_mut().zip(sums).zip(&self.base);
            values.for_each(|((margin, sum), &base)| {
                *margin = self.grid.value(base) + share * self.grid.value(sum);
            });
        }
    }

    pub(super) fn model(self, feature_levels: Vec<u32>) -> Result<Model, LearnError> {
        let mut base = self.base;
        let n_outputs = base.len();
        let outputs = |grown: &Grown| {
            let of = |output| of_output(grown, &self.bins, output, n_outputs);
            (0..n_outputs).map(of).collect::<Vec<_>>()
        };
        let trees: Vec<_> = self.trees.par_iter().map(outputs).collect();
        let mut parts = TreeParts::new(self.grid.exponent(), feature_levels, vec![]);
        for (output, nodes) in trees.iter().flat_map(|outputs| outputs.iter().enumerate()) {
            match nodes[..] {
                // A tree without a split says the same of every row.
                [bundle::model::TreeNode::Leaf { value, .. }] => base[output] += value,
                _ => parts.push_tree(output as u32, nodes)?,
            }
        }
        parts.base = base;
        Ok(Model::Trees(TreeEnsemble::from_parts(parts)?))
    }
}
