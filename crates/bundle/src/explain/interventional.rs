//! Interventional Shapley values of trees: unknown features are those of the caller's background rows.
//!
//! For one background row, a leaf counts if the row explained or the background row follows its way at each feature.
//! With `u` features at which the row alone follows and `v` at which the background row alone does, a leaf of value `x`
//! gives each of the former `x (u - 1)! v! / (u + v)!` and takes `x u! (v - 1)! / (u + v)!` from each of the latter.
//! Background rows with the same features of a leaf are counted together.

use std::collections::BTreeMap;
use std::ops::Range;

use prepare::Features;
use rayon::prelude::*;

use super::paths::{Memory, Path, Paths, Set, holds};
use super::{Explanation, Sums};
use crate::explaining::{Stop, check_going_on};
use crate::model::{ModelError, RowBlock, Tree, TreeEnsemble, blocks, check_request};

pub(super) fn explain(
    model: &TreeEnsemble,
    features: &Features,
    rows: Range<usize>,
    background: &Features,
    n_threads: usize,
    stop: Stop<'_>,
) -> Result<Explanation, ModelError> {
    check_request(model.column_levels(), features, &rows, rows.len(), 1)?;
    let everything = 0..background.n_rows;
    check_request(
        model.column_levels(),
        background,
        &everything,
        background.n_rows,
        1,
    )?;
    if background.n_rows == 0 {
        return Err(ModelError::Count {
            count: "background rows",
            found: 0,
            least: 1,
            most: usize::MAX,
        });
    }
    let (n_outputs, n_features) = (model.n_outputs(), model.n_features());
    let mut margins = vec![0.0; rows.len() * n_outputs];
    model.margins(features, rows.clone(), &mut margins)?;
    let mut sums = vec![0.0; rows.len() * n_outputs * n_features];
    let block = rows.len().div_ceil(n_threads.max(1)).max(1);
    for tree in model.layout().trees() {
        check_going_on(stop)?;
        let counts = count_sets(model, &mut Paths::of(model, tree), background);
        let known = Known {
            counts: &counts,
            n_background: background.n_rows,
        };
        let one = |(position, sums): (usize, &mut [f64])| {
            let start = rows.start + position * block;
            let rows = start..(start + block).min(rows.end);
            add_tree(model, tree, features, rows, known, sums);
        };
        // Trees one after the other, so that each sum is in their order on any number of threads.
        let sums = sums.chunks_mut((block * n_outputs * n_features).max(1));
        match n_threads {
            0 | 1 => sums.enumerate().for_each(one),
            _ => sums.collect::<Vec<_>>().into_par_iter().enumerate().for_each(one),
        }
    }
    model.average(&mut sums);
    let mut explained = Sums::new(model.own_grid(), rows.len(), n_outputs, n_features);
    for (position, &margin) in margins.iter().enumerate() {
        explained.push(margin, &sums[position * n_features..][..n_features])?;
    }
    Ok(explained.explanation)
}

/// What is known of the background at one tree.
#[derive(Clone, Copy)]
struct Known<'a> {
    /// For each leaf, how many rows follow its way at which features.
    counts: &'a [BTreeMap<Set, u32>],
    n_background: usize,
}

fn add_tree(
    model: &TreeEnsemble,
    tree: &Tree,
    features: &Features,
    rows: Range<usize>,
    known: Known<'_>,
    sums: &mut [f64],
) {
    let (n_outputs, n_features) = (model.n_outputs(), model.n_features());
    let mut paths = Paths::of(model, tree);
    let mut memories: Vec<Memory> = paths.paths.iter().map(|_| Memory::default()).collect();
    let mut block = RowBlock::new(model.layout().reader().slots().len());
    let first = rows.start;
    for rows in blocks(rows) {
        model.layout().reader().gather(features, rows.clone(), &mut block);
        for (position, row) in rows.enumerate() {
            paths.take(model.layout(), block.row(position));
            let sums = &mut sums[((row - first) * n_outputs + tree.output()) * n_features..][..n_features];
            for ((path, counts), memory) in paths.paths.iter().zip(known.counts).zip(&mut memories) {
                let set = paths.followed(path);
                let gains = memory.look_up(set, || gains(path, &set, counts, known.n_background));
                for (&feature, gain) in path.features.iter().zip(gains) {
                    sums[feature] += gain;
                }
            }
        }
    }
}

/// For each leaf, how many background rows follow its way at which features.
fn count_sets(model: &TreeEnsemble, paths: &mut Paths, background: &Features) -> Vec<BTreeMap<Set, u32>> {
    let mut counts = vec![BTreeMap::new(); paths.paths.len()];
    let mut block = RowBlock::new(model.layout().reader().slots().len());
    for rows in blocks(0..background.n_rows) {
        let n_rows = rows.len();
        model.layout().reader().gather(background, rows, &mut block);
        for position in 0..n_rows {
            paths.take(model.layout(), block.row(position));
            for (path, counts) in paths.paths.iter().zip(&mut counts) {
                *counts.entry(paths.followed(path)).or_insert(0) += 1;
            }
        }
    }
    counts
}

/// What a leaf gives each feature on its way for a row that follows it at the features of `row`, as the mean over the
/// background.
fn gains(path: &Path, row: &Set, background: &BTreeMap<Set, u32>, n_background: usize) -> Vec<f64> {
    let n_features = path.features.len();
    let mut gains = vec![0.0; n_features];
    for (other, &count) in background {
        let alone =
            |ours: &Set, theirs: &Set, position: usize| holds(ours, position) && !holds(theirs, position);
        let covers = |position| holds(row, position) || holds(other, position);
        if !(0..n_features).all(covers) {
            continue;
        }
        let n_ours = (0..n_features)
            .filter(|&position| alone(row, other, position))
            .count();
        let n_theirs = (0..n_features)
            .filter(|&position| alone(other, row, position))
            .count();
        let weight = path.value * f64::from(count) / n_background as f64;
        let (gain, loss) = (weight * share(n_ours, n_theirs), weight * share(n_theirs, n_ours));
        for (position, sum) in gains.iter_mut().enumerate() {
            if alone(row, other, position) {
                *sum += gain;
            } else if alone(other, row, position) {
                *sum -= loss;
            }
        }
    }
    gains
}

/// `(u - 1)! v! / (u + v)!`, which is one over `u` times the number of ways to choose `u` of `u + v`.
fn share(u: usize, v: usize) -> f64 {
    let mut ways = 1.0;
    for i in 1..=v {
        ways *= (u + i) as f64 / i as f64;
    }
    1.0 / (u as f64 * ways)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::explain::tree::tests::{factorial, row_of, shapley};
    use crate::model::Model;
    use crate::model::tree::tests::{LEVELS, Random, random_ensemble, random_features};

    #[test]
    fn shares_are_ratios_of_factorials() {
        for (u, v) in [(1, 0), (1, 3), (4, 2), (7, 9)] {
            let expected = factorial(u - 1) * factorial(v) / factorial(u + v);
            assert!((super::share(u as usize, v as usize) / expected - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn contributions_are_shapley_values_against_the_background() {
        let mut random = Random(31);
        for n_splits in [0, 3, 12, 40] {
            let ensemble = random_ensemble(&mut random, 2, 4, n_splits);
            let (features, background) = (random_features(&mut random, 6), random_features(&mut random, 9));
            let model = Model::Trees(ensemble.clone());
            let explanation = model.explain_against(&features, 0..6, &background).unwrap();
            let margins = model.all_margins(&features).unwrap();
            for n_threads in [2, 3] {
                let shared = model.explain_against_until(&features, 0..6, &background, n_threads, &|| false);
                assert_eq!(shared.unwrap(), explanation);
            }
            let stopped = model.explain_against_until(&features, 0..6, &background, 1, &|| true);
            assert_eq!(stopped, Err(crate::model::ModelError::Stopped));
            for row in 0..6 {
                for output in 0..2 {
                    let x = row_of(&features, row);
                    let mixed = |known: u32| -> f64 {
                        let of = |other: usize| {
                            let b = row_of(&background, other);
                            let cell = |f: usize| if known >> f & 1 == 1 { x[f] } else { b[f] };
                            let mixed: Vec<f64> = (0..LEVELS.len()).map(cell).collect();
                            let trees = ensemble.layout().trees().iter().skip(output).step_by(2);
                            trees
                                .map(|tree| ensemble.layout().value(ensemble.layout().walk(tree, &mixed)))
                                .sum::<f64>()
                        };
                        (0..9).map(of).sum::<f64>() / 9.0
                    };
                    for feature in 0..LEVELS.len() {
                        let expected = shapley(mixed, LEVELS.len() as u32, feature as u32);
                        let found = explanation.contributions_of(row, output)[feature];
                        assert!((found - expected).abs() < 1e-6, "{n_splits}: {found} {expected}");
                    }
                    let sum: f64 = explanation.contributions_of(row, output).iter().sum();
                    let position = 2 * row + output;
                    assert_eq!(explanation.base[position] + sum, margins[position]);
                }
            }
        }
    }
}
