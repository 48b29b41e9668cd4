//! Bins of categories: a level each, some levels sharing one if there are too many.
//!
//! A category of more levels than a byte tells apart is wide: see `regroup.rs`.

use std::cmp::Reverse;

use prepare::MISSING_CODE;

use super::regroup::{MOST_CODES, runs};
use super::{BinKind, ManyLevels, Rules};
use crate::weights::Weights;

pub(super) fn kind(
    (codes, n_levels): (&[u32], u32),
    weights: &Weights,
    edge_rows: &[usize],
    rules: &Rules<'_>,
) -> BinKind {
    let n_levels = n_levels as usize;
    let levels = Levels { codes, n_levels };
    let bin_of_level = match rules.many_levels {
        _ if n_levels <= rules.max_bins => (0..n_levels).map(|level| level as u16).collect(),
        ManyLevels::Share => levels.lightest_share(weights, edge_rows, rules.max_bins),
        ManyLevels::ByTree => levels.lightest_share(weights, edge_rows, MOST_CODES),
        ManyLevels::ByTarget(signal) => levels.by_mean(weights, edge_rows, signal, rules.max_bins),
    };
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

/// The levels of some rows.
struct Levels<'a> {
    codes: &'a [u32],
    n_levels: usize,
}

impl Levels<'_> {
    /// A bin a level, the lightest sharing the last if there are more than bins.
    fn lightest_share(&self, weights: &Weights, rows: &[usize], max_bins: usize) -> Vec<u16> {
        if self.n_levels <= max_bins {
            return (0..self.n_levels).map(|level| level as u16).collect();
        }
        let mut weight_of_level = vec![0; self.n_levels];
        self.each(rows, |level, row| weight_of_level[level] += weights.of(row));
        let mut heaviest: Vec<usize> = (0..self.n_levels).collect();
        heaviest.sort_by_key(|&level| (Reverse(weight_of_level[level]), level));
        let shared = max_bins - 1;
        let mut bins = vec![shared as u16; self.n_levels];
        let places = heaviest[..shared].iter().zip(0..);
        places.for_each(|(&level, bin)| bins[level] = bin);
        bins
    }

    /// Neighbours in the order of the mean of a signal share a bin; levels without rows have the last.
    fn by_mean(&self, weights: &Weights, rows: &[usize], signal: &[i64], max_bins: usize) -> Vec<u16> {
        let mut levels = vec![(0, 0, 0); self.n_levels];
        self.each(rows, |level, row| {
            let (weight, sum, first) = &mut levels[level];
            if *weight == 0 {
                *first = row;
            }
            *weight += weights.of(row);
            *sum += i128::from(weights.of(row)) * i128::from(signal[row]);
        });
        let present = levels.iter().enumerate().filter(|(_, (weight, ..))| 0 < *weight);
        let key = |(level, &(weight, sum, first)): (usize, &(i64, i128, usize))| {
            (sum as f64 / weight as f64, first, level)
        };
        let mut order: Vec<(f64, usize, usize)> = present.map(key).collect();
        // Of equals, the one that was met first: what a level is called decides nothing.
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let order = order.iter().map(|&(.., level)| (level, levels[level].0));
        let runs = runs(order, self.n_levels, (max_bins - 1).max(2));
        runs.into_iter().map(u16::from).collect()
    }

    /// The levels of those rows that have one.
    fn each(&self, rows: &[usize], mut take: impl FnMut(usize, usize)) {
        for &row in rows.iter().filter(|&&row| self.codes[row] != MISSING_CODE) {
            take((self.codes[row] as usize).min(self.n_levels - 1), row);
        }
    }
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
        let kind = super::kind((&codes, 5), &weights, &rows, &Rules::plain(3));
        assert_eq!(found(&kind, &codes), [2, 1, 1, 2, 0, 0, 0, 3, 2]);
        let BinKind::Category { levels, .. } = kind else {
            panic!("a category")
        };
        assert_eq!(levels, [vec![3], vec![1], vec![0, 2, 4]]);
        let all = super::kind((&codes, 5), &weights, &rows, &Rules::plain(255));
        assert_eq!(found(&all, &codes), [0, 1, 1, 2, 3, 3, 3, 5, 4]);
    }

    #[test]
    fn levels_of_like_means_share_a_bin() {
        // The mean of level `l` is `l % 10`; level 40 has no row.
        let codes: Vec<u32> = (0..400).map(|row| row % 40).collect();
        let signal: Vec<i64> = codes.iter().map(|&code| i64::from(code % 10)).collect();
        let weights = Weights::new(None, 400).unwrap();
        let rows: Vec<usize> = (0..400).collect();
        let rules = Rules {
            many_levels: ManyLevels::ByTarget(&signal),
            ..Rules::plain(11)
        };
        let kind = super::kind((&codes, 41), &weights, &rows, &rules);
        let expected: Vec<u16> = signal.iter().map(|&mean| mean as u16).collect();
        assert_eq!(found(&kind, &codes), expected);
        assert_eq!(found(&kind, &[40]), [10]);
    }

    fn found(kind: &BinKind, codes: &[u32]) -> Vec<u16> {
        let BinKind::Category { bin_of_level, levels } = kind else {
            panic!("a category")
        };
        bins(bin_of_level, levels.len(), codes).collect()
    }
}
