//! Rows held out to see how many rounds are good.

use prepare::Features;
use stats::random::Draw;

use crate::identity::{Identity, bits};
use crate::split::Fold;
use crate::weights::Weights;
use crate::{Target, Training};

const HELD_OUT: u64 = 1;
const FOLDS: u64 = 3;

/// Below so many different rows, rounds cannot be chosen by folds.
const MIN_DISTINCT: usize = 100;

/// Equal rows stay in one fold, unless their weight is this and more, and one part in [`SPREAD_PART`] of the table.
const SPREAD_FROM: f64 = 20.0;
const SPREAD_PART: i64 = 200;

/// Rows to learn from and rows to test on. Rows without weight are in neither.
#[derive(Clone, Debug, Default)]
pub(super) struct Parted {
    /// The rows to learn from, ascending.
    pub(super) learning: Vec<u32>,
    /// Their weights, if they are not those of the table.
    pub(super) learning_weights: Option<Weights>,
    /// The rows to test on, ascending, with the units of weight that are tested.
    pub(super) held_out: Vec<(u32, i64)>,
}

/// Holds out a share of the rows, each by its number, or of the queries by theirs.
pub(super) fn by_share(target: &Target, weights: &Weights, n_rows: usize, share: f64, seed: u64) -> Parted {
    let draw = Draw::new(seed, HELD_OUT);
    let rows = || weights.rows(n_rows).map(|row| row as u32);
    let is_learnt = |row: &u32| match target {
        Target::Ranks { query, .. } => share <= draw.uniform_at(u64::from(query[*row as usize])),
        _ => share <= draw.uniform_at(u64::from(*row)),
    };
    if !rows().any(|row| is_learnt(&row)) {
        return Parted {
            learning: rows().collect(),
            ..Parted::default()
        };
    }
    let held_out = rows()
        .filter(|row| !is_learnt(row))
        .map(|row| (row, weights.of(row as usize)));
    Parted {
        learning: rows().filter(is_learnt).collect(),
        held_out: held_out.collect(),
        learning_weights: None,
    }
}

/// Holds out the last rows, those with weight.
pub(super) fn last_rows(weights: &Weights, n_rows: usize, n_held_out: usize) -> Parted {
    let first = n_rows.saturating_sub(n_held_out);
    let weighted = |row: usize| (row as u32, weights.of(row));
    Parted {
        learning: weights.rows(first).map(|row| row as u32).collect(),
        held_out: (first..n_rows).map(weighted).filter(|pair| pair.1 != 0).collect(),
        learning_weights: None,
    }
}

/// Holds out the rows that a fold tests; those that it neither tests nor learns from are in neither.
pub(super) fn by_fold(fold: &Fold, weights: &Weights) -> Parted {
    let weighted = |row: &usize| (*row as u32, weights.of(*row));
    Parted {
        learning: fold
            .train
            .iter()
            .map(|&row| row as u32)
            .filter(|&row| weights.of(row as usize) != 0)
            .collect(),
        held_out: fold
            .test
            .iter()
            .map(weighted)
            .filter(|pair| pair.1 != 0)
            .collect(),
        learning_weights: None,
    }
}

/// Folds of about equal weight within each class; none if there are too few different rows.
///
/// A row's fold depends on what it holds, so that a weight equals repeated rows. Rows that hold the same stay together:
/// a copy learnt from would answer for a copy tested. Where very many hold the same, as in a table of few categories,
/// they are the table, and are spread over all folds. The rows of a query always stay together.
pub(super) fn folds(
    data: &Training<'_>,
    weights: &Weights,
    identity: &Identity,
    n_folds: usize,
    seed: u64,
) -> Option<Vec<Parted>> {
    let contents = contents(data.features, data.target, identity, seed);
    let are_queries = matches!(data.target, Target::Ranks { .. });
    let key = |row| Key {
        class: data.target.class(row),
        content: contents[row],
        row: row as u32,
    };
    let mut keys: Vec<Key> = weights.rows(data.features.n_rows).map(key).collect();
    keys.sort_unstable();
    if keys.chunk_by(Key::holds_same).count() < MIN_DISTINCT {
        return None;
    }
    let mut held_out = vec![Vec::new(); n_folds];
    for class in keys.chunk_by(|a, b| a.class == b.class) {
        let mut before = 0;
        let total = weight_of(class, weights);
        for equal in class.chunk_by(Key::holds_same) {
            let weight = weight_of(equal, weights);
            let is_heavy = !are_queries
                && SPREAD_FROM <= weight as f64 * weights.unit
                && weights.total_units <= weight * SPREAD_PART;
            if !is_heavy {
                let fold = (i128::from(before) * n_folds as i128 / i128::from(total)) as usize;
                held_out[fold].extend(equal.iter().map(|key| (key.row, weights.of(key.row as usize))));
            } else {
                spread(equal, weights, weight, &mut held_out);
            }
            before += weight;
        }
    }
    Some(
        held_out
            .into_iter()
            .map(|held_out| without(held_out, weights, data.features.n_rows))
            .collect(),
    )
}

/// A row with what decides its fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    class: Option<u32>,
    content: u64,
    row: u32,
}

impl Key {
    fn holds_same(&self, other: &Key) -> bool {
        (self.class, self.content) == (other.class, other.content)
    }
}

fn weight_of(keys: &[Key], weights: &Weights) -> i64 {
    keys.iter().map(|key| weights.of(key.row as usize)).sum()
}

/// Gives every fold its part of the units of equal rows; a row may be parted.
fn spread(equal: &[Key], weights: &Weights, weight: i64, held_out: &mut [Vec<(u32, i64)>]) {
    let n_folds = held_out.len() as i64;
    let mut rows = equal.iter().map(|key| (key.row, weights.of(key.row as usize)));
    let (mut row, mut left) = (0, 0);
    for (held_out, fold) in held_out.iter_mut().zip(0..) {
        let mut wanted = weight / n_folds + i64::from(fold < weight % n_folds);
        while 0 < wanted {
            if left == 0 {
                let Some(next) = rows.next() else { return };
                (row, left) = next;
            }
            let taken = wanted.min(left);
            held_out.push((row, taken));
            (wanted, left) = (wanted - taken, left - taken);
        }
    }
}

/// The table without the units held out.
fn without(mut held_out: Vec<(u32, i64)>, weights: &Weights, n_rows: usize) -> Parted {
    held_out.sort_unstable();
    let is_parted = held_out
        .iter()
        .any(|&(row, units)| units < weights.of(row as usize));
    let mut rest: Vec<i64> = (0..n_rows).map(|row| weights.of(row)).collect();
    held_out
        .iter()
        .for_each(|&(row, units)| rest[row as usize] -= units);
    let learning = rest
        .iter()
        .zip(0..)
        .filter(|(units, _)| **units != 0)
        .map(|(_, row)| row)
        .collect();
    let learning_weights = is_parted.then(|| weights.with_units(rest));
    Parted {
        learning,
        learning_weights,
        held_out,
    }
}

/// A number for what each row holds.
fn contents(features: &Features, target: &Target, identity: &Identity, seed: u64) -> Vec<u64> {
    let mut contents = vec![0; features.n_rows];
    let mut mix = |stream: usize, bits: &dyn Fn(usize) -> u64| {
        let draw = Draw::new(seed, FOLDS.wrapping_add((stream as u64) << 8));
        contents
            .iter_mut()
            .enumerate()
            .for_each(|(row, content)| *content = draw.at(*content ^ bits(row)));
    };
    for (stream, &column) in identity.order.iter().enumerate() {
        mix(stream, &|row| identity.cell(column, features, row));
    }
    match target {
        Target::Number(values) => mix(features.columns.len(), &|row| bits(values[row])),
        // The rows of a query stay together.
        Target::Ranks { query, .. } => {
            let draw = Draw::new(seed, FOLDS);
            contents
                .iter_mut()
                .zip(query)
                .for_each(|(content, &query)| *content = draw.at(u64::from(query)));
        }
        Target::Binary(_) | Target::Classes { .. } | Target::Nothing(_) => {}
    }
    contents
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prepare::FeatureColumn;

    use super::*;

    fn parted(data: &Training<'_>, weights: &Weights) -> Option<Vec<Parted>> {
        let rows: Vec<usize> = weights.rows(data.features.n_rows).collect();
        let identity = Identity::of(data.features, data.target, weights, &rows);
        folds(data, weights, &identity, 5, 1)
    }

    fn table(n: u32, n_values: u32) -> (Features, Target) {
        let columns = vec![FeatureColumn::Number(
            (0..n).map(|i| f64::from(i % n_values)).collect(),
        )];
        (
            Features {
                n_rows: n as usize,
                columns,
            },
            Target::Binary((0..n).map(|i| i % n_values < 80).collect()),
        )
    }

    #[test]
    fn equal_rows_stay_together_and_classes_are_spread() {
        let (features, target) = table(1000, 250);
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let weights = Weights::new(None, 1000).unwrap();
        let folds = parted(&data, &weights).unwrap();
        for fold in &folds {
            assert_eq!(fold.learning.len() + fold.held_out.len(), 1000);
            let is_out = |row: u32| fold.held_out.binary_search(&(row, 1)).is_ok();
            assert!((0..250).all(|row| is_out(row) == is_out(row + 500)));
            let is_true = |pair: &&(u32, i64)| target.class(pair.0 as usize) == Some(1);
            let n_true = fold.held_out.iter().filter(is_true).count();
            assert!((60..=68).contains(&n_true), "{n_true}");
        }
    }

    #[test]
    fn heavy_rows_are_spread_over_all_folds() {
        let (features, target) = table(200, 200);
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let mut weights = vec![1.0; 200];
        weights[7] = 102.0;
        let weights = Weights::new(Some(&weights), 200).unwrap();
        let folds = parted(&data, &weights).unwrap();
        let of_heavy = |fold: &Parted| fold.held_out.iter().find(|pair| pair.0 == 7).map(|pair| pair.1);
        assert_eq!(
            folds.iter().map(of_heavy).collect::<Vec<_>>(),
            [21, 21, 20, 20, 20].map(Some)
        );
        let learnt = |fold: &Parted| fold.learning_weights.as_ref().map(|weights| weights.of(7));
        assert_eq!(learnt(&folds[0]), Some(81));
    }

    #[test]
    fn large_queries_stay_whole() {
        let (features, _) = table(6000, 6000);
        let query: Vec<u32> = (0..6000).map(|row| row / 40).collect();
        let target = Target::Ranks {
            relevance: vec![0.0; 6000],
            query: query.clone(),
        };
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let weights = Weights::new(None, 6000).unwrap();
        for fold in parted(&data, &weights).unwrap() {
            let tested: Vec<u32> = fold.held_out.iter().map(|pair| query[pair.0 as usize]).collect();
            assert_eq!(tested.len(), 30 * 40);
            assert!(
                fold.learning
                    .iter()
                    .all(|row| !tested.contains(&query[*row as usize]))
            );
        }
    }

    #[test]
    fn few_different_rows_are_not_parted() {
        let (features, target) = table(1000, 60);
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        assert!(parted(&data, &Weights::new(None, 1000).unwrap()).is_none());
    }
}
