//! Bins of categories: a level each, the lightest levels sharing one if there are too many.
//!
//! A category of more levels than a byte tells apart is wide: see `regroup.rs`.

use std::cmp::Reverse;

use prepare::MISSING_CODE;

use super::BinKind;
use crate::weights::Weights;

pub(super) fn kind(
    codes: &[u32],
    n_levels: u32,
    weights: &Weights,
    edge_rows: &[usize],
    max_bins: usize,
) -> BinKind {
    let bin_of_level = bin_of_level(codes, n_levels, weights, edge_rows, max_bins);
    let n_bins = bin_of_level.iter().max().map_or(0, |&bin| usize::from(bin) + 1);
    let mut levels = vec![Vec::new(); n_bins];
    bin_of_level
        .iter()
        .zip(0..)
        .for_each(|(&bin, level)| levels[usize::from(bin)].push(level));
    BinKind::Category { bin_of_level, levels }
}

/// The bins of codes; a code beyond the last level counts as the last.
pub(super) fn bins<'c>(
    bin_of_level: &'c [u16],
    n_bins: usize,
    codes: &'c [u32],
) -> impl Iterator<Item = u16> + 'c {
    let last = bin_of_level.len().saturating_sub(1);
    codes.iter().map(move |&code| match code {
        MISSING_CODE => n_bins as u16,
        code => bin_of_level[(code as usize).min(last)],
    })
}

fn bin_of_level(
    codes: &[u32],
    n_levels: u32,
    weights: &Weights,
    edge_rows: &[usize],
    max_bins: usize,
) -> Vec<u16> {
    let n_levels = n_levels as usize;
    if n_levels <= max_bins {
        return (0..n_levels).map(|level| level as u16).collect();
    }
    let mut weight_of_level = vec![0; n_levels];
    for &row in edge_rows.iter().filter(|&&row| codes[row] != MISSING_CODE) {
        weight_of_level[(codes[row] as usize).min(n_levels - 1)] += weights.of(row);
    }
    let mut heaviest: Vec<usize> = (0..n_levels).collect();
    heaviest.sort_by_key(|&level| (Reverse(weight_of_level[level]), level));
    let shared = max_bins - 1;
    let mut bins = vec![shared as u16; n_levels];
    heaviest[..shared]
        .iter()
        .zip(0..)
        .for_each(|(&level, bin)| bins[level] = bin);
    bins
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_lightest_levels_share_a_bin() {
        let codes = [0, 1, 1, 2, 3, 3, 3, MISSING_CODE, 77];
        let weights = Weights::new(None, codes.len()).unwrap();
        let rows: Vec<usize> = (0..codes.len()).collect();
        let kind = kind(&codes, 5, &weights, &rows, 3);
        assert_eq!(found(&kind, &codes), [2, 1, 1, 2, 0, 0, 0, 3, 2]);
        let BinKind::Category { levels, .. } = kind else {
            panic!("a category")
        };
        assert_eq!(levels, [vec![3], vec![1], vec![0, 2, 4]]);
        let all = super::kind(&codes, 5, &weights, &rows, 255);
        assert_eq!(found(&all, &codes), [0, 1, 1, 2, 3, 3, 3, 5, 4]);
    }

    fn found(kind: &BinKind, codes: &[u32]) -> Vec<u16> {
        let BinKind::Category { bin_of_level, levels } = kind else {
            panic!("a category")
        };
        bins(bin_of_level, levels.len(), codes).collect()
    }
}
