//! Path-dependent interaction values of trees.
//!
//! In the terms of [`tree`](super::tree), a leaf of value `v` gives the pair `i`, `j`
//! `v / 2 * integral over t in [0, 1] of (o_i - z_i) (o_j - z_j) * product over the other k of (o_k t + z_k (1 - t))`,
//! twice: once in each order. What a feature's contribution has beyond its pairs stands on the diagonal.

use std::ops::Range;

use prepare::Features;

use super::paths::{Memory, Path, Paths, Set, holds};
use super::quadrature::gauss_legendre;
use super::{Explanation, tree};
use crate::Grid;
use crate::model::{Model, ModelError, RowBlock, TreeEnsemble, blocks};

/// The most values of one request: 16 GiB.
const MAX_VALUES: usize = 1 << 31;

/// How pairs of features act together on the margins of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Interactions {
    /// The contributions that the values add up to.
    pub explanation: Explanation,
    /// The values, `(n_rows, n_outputs, n_features, n_features)`, symmetric: what two features do together that neither
    /// does alone, half on either side; on the diagonal what a feature does by itself. A row of them adds up to the
    /// feature's contribution, bit for bit and in any order.
    pub values: Vec<f64>,
}

impl Interactions {
    /// The values of one margin, `(n_features, n_features)`; empty out of range.
    pub fn values_of(&self, row: usize, output: usize) -> &[f64] {
        let Explanation {
            n_outputs,
            n_features,
            ..
        } = self.explanation;
        let size = n_features * n_features;
        let start = (row * n_outputs + output) * size;
        self.values.get(start..start + size).unwrap_or_default()
    }
}

pub(super) fn interactions(
    model: &Model,
    features: &Features,
    rows: Range<usize>,
) -> Result<Interactions, ModelError> {
    let (explanation, grids) = match model {
        Model::Trees(trees) => tree::explain_on_grids(trees, features, rows.clone())?,
        _ => (model.explain(features, rows.clone())?, Vec::new()),
    };
    let n = explanation.n_features;
    let found = n_values(explanation.base.len(), n)?;
    let mut values = vec![0.0; found];
    match model {
        Model::Trees(trees) => {
            add_trees(trees, features, rows, &mut values);
            round(&explanation, &grids, &mut values)?;
        }
        // Without trees nothing acts together.
        _ => {
            for (position, contribution) in explanation.contributions.iter().enumerate() {
                values[position * n + position % n] = *contribution;
            }
        }
    }
    Ok(Interactions { explanation, values })
}

/// The number of values of so many margins.
///
/// # Errors
/// [`ModelError::Count`] if they are too many for one call.
pub(super) fn n_values(n_margins: usize, n_features: usize) -> Result<usize, ModelError> {
    let found = n_margins.saturating_mul(n_features).saturating_mul(n_features);
    if MAX_VALUES < found {
        let (count, least, most) = ("interaction values", 0, MAX_VALUES);
        return Err(ModelError::Count {
            count,
            found,
            least,
            most,
        });
    }
    Ok(found)
}

fn add_trees(model: &TreeEnsemble, features: &Features, rows: Range<usize>, values: &mut [f64]) {
    let n = model.n_features();
    let size = n * n;
    let mut block = RowBlock::new(model.layout().reader().slots().len());
    for tree in model.layout().trees() {
        let mut paths = Paths::of(model, tree);
        let mut memories: Vec<Memory> = paths.paths.iter().map(|_| Memory::default()).collect();
        for cut in blocks(rows.clone()) {
            model.layout().reader().gather(features, cut.clone(), &mut block);
            for (position, row) in cut.enumerate() {
                paths.take(model.layout(), block.row(position));
                let start = ((row - rows.start) * model.n_outputs() + tree.output()) * size;
                let values = &mut values[start..][..size];
                for (path, memory) in paths.paths.iter().zip(&mut memories) {
                    let set = paths.followed(path);
                    let pairs = memory.look_up(set, || pairs(path, &set));
                    let mut pairs = pairs.iter();
                    for (i, &a) in path.features.iter().enumerate() {
                        for (&b, pair) in path.features[..i].iter().zip(&mut pairs) {
                            values[a.max(b) * n + a.min(b)] += pair;
                        }
                    }
                }
            }
        }
    }
    model.average(values);
}

/// What a leaf gives the pairs of features on its way, each with those before it.
fn pairs(path: &Path, followed: &Set) -> Vec<f64> {
    let n = path.features.len();
    // The product of the other n - 2 factors.
    let (points, weights) = gauss_legendre(n.div_ceil(2));
    let mut pairs = vec![0.0; n * n.saturating_sub(1) / 2];
    for (&t, &weight) in points.iter().zip(&weights) {
        let mut product = 0.5 * weight * path.value;
        let mut gains = vec![0.0; n];
        for (position, gain) in gains.iter_mut().enumerate() {
            let on = f64::from(u8::from(holds(followed, position)));
            let share = path.shares[position];
            let factor = on * t + share * (1.0 - t);
            // Without rows and not followed: the factor is nothing, and so is the difference that takes its place.
            if 0.0 < factor {
                *gain = (on - share) / factor;
                product *= factor;
            } else {
                product = 0.0;
            }
        }
        let mut place = pairs.iter_mut();
        for (i, gain) in gains.iter().enumerate() {
            for (other, pair) in gains[..i].iter().zip(&mut place) {
                *pair += product * gain * other;
            }
        }
    }
    pairs
}

/// Rounds the pairs below the diagonal to the grid of the contributions, mirrors them, and puts what is left of each
/// contribution on the diagonal.
fn round(explanation: &Explanation, grids: &[Grid], values: &mut [f64]) -> Result<(), ModelError> {
    let n = explanation.n_features;
    for (position, (&grid, values)) in grids
        .iter()
        .zip(values.chunks_exact_mut((n * n).max(1)))
        .enumerate()
    {
        let contributions = &explanation.contributions[position * n..][..n];
        let mut own: Vec<i64> = contributions.iter().map(|c| grid.round(*c)).collect();
        let mut size: Vec<i128> = own.iter().map(|units| i128::from(*units).abs()).collect();
        for a in 0..n {
            for b in 0..a {
                let units = grid.round(values[a * n + b]);
                values[a * n + b] = grid.value(units);
                values[b * n + a] = grid.value(units);
                for feature in [a, b] {
                    own[feature] -= units;
                    size[feature] += 2 * i128::from(units).abs();
                }
            }
        }
        if size.iter().any(|size| 1 << 53 <= *size) {
            return Err(ModelError::Inexact {
                row: position / explanation.n_outputs,
            });
        }
        for (feature, units) in own.into_iter().enumerate() {
            values[feature * n + feature] = grid.value(units);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::explain::tree::tests::{factorial, row_of, value_of_subset};
    use crate::model::Model;
    use crate::model::tree::tests::{LEVELS, Random, random_ensemble, random_features};

    /// The definition: S. M. Lundberg et al. (2018), arXiv:1802.03888, equations 3 to 5.
    fn pair(value: impl Fn(u32) -> f64, n: u32, i: u32, j: u32) -> f64 {
        let others = (0..1u32 << n).filter(|known| known >> i & 1 == 0 && known >> j & 1 == 0);
        others
            .map(|known| {
                let size = known.count_ones();
                let weight = factorial(size) * factorial(n - size - 2) / (2.0 * factorial(n - 1));
                let (i, j) = (1 << i, 1 << j);
                weight * (value(known | i | j) - value(known | i) - value(known | j) + value(known))
            })
            .sum()
    }

    #[test]
    fn pairs_are_as_defined_and_rows_add_up_to_contributions() {
        let mut random = Random(41);
        let n = LEVELS.len();
        for n_splits in [0, 1, 6, 25] {
            let ensemble = random_ensemble(&mut random, 2, 4, n_splits);
            let features = random_features(&mut random, 5);
            let model = Model::Trees(ensemble.clone());
            let found = model.interactions(&features, 0..5).unwrap();
            assert_eq!(found.explanation, model.explain(&features, 0..5).unwrap());
            for row in 0..5 {
                for output in 0..2 {
                    let x = row_of(&features, row);
                    let value = |known| -> f64 {
                        let trees = (output..4).step_by(2);
                        trees
                            .map(|tree| value_of_subset(&ensemble, tree, &x, known))
                            .sum()
                    };
                    let values = found.values_of(row, output);
                    for i in 0..n {
                        for j in 0..i {
                            let expected = pair(value, n as u32, i as u32, j as u32) * model.grid().unit();
                            assert!((values[i * n + j] - expected).abs() < 1e-6);
                            assert_eq!(values[i * n + j], values[j * n + i]);
                        }
                        let sum: f64 = values[i * n..][..n].iter().sum();
                        assert_eq!(sum, found.explanation.contributions_of(row, output)[i]);
                    }
                }
            }
        }
    }
}
