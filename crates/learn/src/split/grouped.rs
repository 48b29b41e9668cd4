use std::cmp::Reverse;
use std::collections::BTreeMap;

use stats::random::Draw;

use super::{Fold, check_n_folds, folds, held_out, refuse};
use crate::LearnError;

/// Folds that never part a group: all rows of a customer, a shop or a patient are tested together.
///
/// Groups are placed from the largest to the smallest, each in the fold with the fewest rows; equals in drawn order.
///
/// # Errors
/// [`LearnError::Folds`] with fewer than 2 folds, or fewer groups than folds.
pub fn grouped(groups: &[u64], n_folds: usize, seed: u64) -> Result<Vec<Fold>, LearnError> {
    check_n_folds(n_folds)?;
    let order = shuffled_groups(groups, seed);
    if order.len() < n_folds {
        return Err(refuse(n_folds, format!("there are {} groups", order.len())));
    }
    let mut by_size = order;
    by_size.sort_by_key(|(_, n_rows)| Reverse(*n_rows));
    let mut sizes = vec![0; n_folds];
    let mut fold_of_group = BTreeMap::new();
    for (group, n_rows) in by_size {
        let fold = (0..n_folds).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[fold] += n_rows;
        fold_of_group.insert(group, fold);
    }
    let fold_of_row: Vec<usize> = groups.iter().map(|group| fold_of_group[group]).collect();
    Ok(folds(&fold_of_row, n_folds))
}

/// A holdout of about `share` of the groups, with all their rows.
///
/// # Errors
/// [`LearnError::HoldOut`] if the share is not between 0 and 1, or there are fewer than 2 groups.
pub fn grouped_holdout(groups: &[u64], share: f64, seed: u64) -> Result<Fold, LearnError> {
    let order = shuffled_groups(groups, seed);
    let n_test = held_out(share, order.len(), "groups")?;
    let test: BTreeMap<u64, usize> = order.into_iter().take(n_test).collect();
    let is_test: Vec<usize> = groups
        .iter()
        .map(|group| usize::from(test.contains_key(group)))
        .collect();
    Ok(folds(&is_test, 2).swap_remove(1))
}

/// The groups with their numbers of rows, in drawn order.
fn shuffled_groups(groups: &[u64], seed: u64) -> Vec<(u64, usize)> {
    let mut counts = BTreeMap::new();
    groups
        .iter()
        .for_each(|&group| *counts.entry(group).or_insert(0) += 1);
    let mut order: Vec<(u64, usize)> = counts.into_iter().collect();
    Draw::new(seed, 2).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    fn groups_of(groups: &[u64], rows: &[usize]) -> BTreeSet<u64> {
        rows.iter().map(|&row| groups[row]).collect()
    }

    #[test]
    fn no_group_is_parted_and_folds_are_balanced() {
        let groups: Vec<u64> = (0..200).map(|i| i * i % 41).collect();
        for fold in grouped(&groups, 4, 3).unwrap() {
            assert!(groups_of(&groups, &fold.train).is_disjoint(&groups_of(&groups, &fold.test)));
            assert!((45..=55).contains(&fold.test.len()), "{}", fold.test.len());
        }
        let holdout = grouped_holdout(&groups, 0.25, 3).unwrap();
        let (train, test) = (
            groups_of(&groups, &holdout.train),
            groups_of(&groups, &holdout.test),
        );
        assert!(train.is_disjoint(&test) && !train.is_empty());
        assert_eq!(test.len(), 5);
    }

    #[test]
    fn too_few_groups_are_refused() {
        let error = grouped(&[4, 4, 9], 3, 0).unwrap_err();
        assert_eq!(error.to_string(), "cannot make 3 folds: there are 2 groups");
        assert!(grouped_holdout(&[4, 4], 0.5, 0).is_err());
    }
}
