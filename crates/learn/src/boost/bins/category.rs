//! Bins of categories: a level each, the lightest levels sharing one if there are too many.

use std::cmp::Reverse;

use prepare::MISSING_CODE;

use super::{BinColumn, BinKind};
use crate::weights::Weights;

pub(super) fn bin(
    codes: &[u32],
    n_levels: u32,
    weights: &Weights,
    edge_rows: &[usize],
    max_bins: usize,
) -> BinColumn {
    let last = n_levels.saturating_sub(1);
    let bin_of_level = bin_of_level(codes, n_levels, weights, edge_rows, max_bins);
    let n_bins = bin_of_level.iter().max().map_or(0, |&bin| usize::from(bin) + 1);
    let bin = |&code: &u32| match code {
        MISSING_CODE => n_bins as u8,
        code => bin_of_level[code.min(last) as usize],
    };
    let mut levels = vec![Vec::new(); n_bins];
    bin_of_level
        .iter()
        .zip(0..)
        .for_each(|(&bin, level)| levels[usize::from(bin)].push(level));
    BinColumn {
        bins: codes.iter().map(bin).collect(),
        n_bins,
        kind: BinKind::Category { levels },
    }
}

fn bin_of_level(
    codes: &[u32],
    n_levels: u32,
    weights: &Weights,
    edge_rows: &[usize],
    max_bins: usize,
) -> Vec<u8> {
    let n_levels = n_levels as usize;
    if n_levels <= max_bins {
        return (0..n_levels).map(|level| level as u8).collect();
    }
    let mut weight_of_level = vec![0; n_levels];
    for &row in edge_rows.iter().filter(|&&row| codes[row] != MISSING_CODE) {
        weight_of_level[(codes[row] as usize).min(n_levels - 1)] += weights.of(row);
    }
    let mut heaviest: Vec<usize> = (0..n_levels).collect();
    heaviest.sort_by_key(|&level| (Reverse(weight_of_level[level]), level));
    let shared = max_bins - 1;
    let mut bins = vec![shared as u8; n_levels];
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
        let column = bin(&codes, 5, &weights, &rows, 3);
        assert_eq!(column.bins, [2, 1, 1, 2, 0, 0, 0, 3, 2]);
        let BinKind::Category { levels } = column.kind else {
            panic!("a category")
        };
        assert_eq!(levels, [vec![3], vec![1], vec![0, 2, 4]]);
        assert_eq!(
            bin(&codes, 5, &weights, &rows, 255).bins,
            [0, 1, 1, 2, 3, 3, 3, 5, 4]
        );
    }
}
