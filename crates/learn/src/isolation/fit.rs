//! The trees of an isolation forest, grown on all threads and put together in their order.

use std::sync::atomic::{AtomicUsize, Ordering};

use bundle::model::{TreeNode, TreeParts};
use bundle::{Grid, Model, TreeEnsemble};
use rayon::prelude::*;

use super::Params;
use super::draws::{Units, draw_of_tree};
use super::grow::{expected_path, grow};
use crate::identity::Identity;
use crate::weights::Weights;
use crate::{Context, LearnError, Progress, Training};

pub(super) fn fit(
    params: &Params,
    data: &Training<'_>,
    weights: &Weights,
    context: &Context<'_>,
) -> Result<Model, LearnError> {
    let units = Units::new(weights, data.features.n_rows);
    let n_drawn = (params.rows_per_tree as usize).min(units.n() as usize);
    let max_depth = n_drawn.next_power_of_two().trailing_zeros() as usize;
    let n_trees = params.trees as usize;
    let rows: Vec<usize> = weights.rows(data.features.n_rows).collect();
    let Identity { order, .. } = Identity::of(data.features, data.target, weights, &rows);
    let ordinary = expected_path(n_drawn);
    // No path is longer than the deepest and what is expected of its rows; contributions are no larger, as often as
    // there are features on a path.
    let path = max_depth.min(data.features.columns.len()) as f64;
    let grid = Grid::for_magnitude(1.001 * (1.0 + max_depth as f64 / ordinary.max(1.0)) * (1.0 + path));
    let value = |path: f64| match n_drawn {
        // One row alone is as ordinary as can be.
        1 => grid.round(-1.0 / n_trees as f64),
        _ => grid.round(-path / (ordinary * n_trees as f64)),
    };
    let n_grown = AtomicUsize::new(0);
    let one = |tree: usize| {
        let mut draw = draw_of_tree(context.seed, tree);
        let rows = units.draw(n_drawn, &mut draw);
        let nodes = grow(data.features, &order, rows, max_depth, &mut draw, value);
        context.tell(Progress {
            round: n_grown.fetch_add(1, Ordering::Relaxed) + 1,
            n_rounds: n_trees,
            held_out_loss: None,
            choosing: false,
        })?;
        Ok(nodes)
    };
    let trees: Vec<Vec<TreeNode>> = (0..n_trees)
        .into_par_iter()
        .map(one)
        .collect::<Result<_, LearnError>>()?;
    let mut parts = TreeParts::new(grid.exponent(), data.feature_levels(), vec![0]);
    let asks = |nodes: &&Vec<TreeNode>| 1 < nodes.len();
    for nodes in trees.iter().filter(asks) {
        parts.push_tree(0, nodes)?;
    }
    // Trees without a question find every row ordinary, together exactly so.
    let n_silent = n_trees - trees.iter().filter(asks).count();
    parts.base[0] = grid.round(-(n_silent as f64) / n_trees as f64);
    Ok(Model::Trees(TreeEnsemble::from_parts(parts)?))
}
