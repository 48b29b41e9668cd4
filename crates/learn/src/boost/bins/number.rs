//! Bins of numbers: quantiles by weight.

use super::{BinColumn, BinKind};
use crate::weights::Weights;

pub(super) fn bin(values: &[f64], weights: &Weights, edge_rows: &[usize], max_bins: usize) -> BinColumn {
    let thresholds = thresholds(&distinct(values, weights, edge_rows), max_bins);
    let n_bins = thresholds.len() + 1;
    let bin = |value: &f64| match value.is_nan() {
        true => n_bins as u8,
        false => thresholds.partition_point(|threshold| threshold < value) as u8,
    };
    BinColumn {
        bins: values.iter().map(bin).collect(),
        n_bins,
        kind: BinKind::Number { thresholds },
    }
}

/// The distinct values in ascending order with the units of weight that each has.
fn distinct(values: &[f64], weights: &Weights, edge_rows: &[usize]) -> Vec<(f64, u64)> {
    // Adding zero makes -0 the same as 0.
    let pair = |&row: &usize| (values[row] + 0.0, weights.of(row).unsigned_abs());
    let mut pairs: Vec<(f64, u64)> = edge_rows
        .iter()
        .map(pair)
        .filter(|(value, _)| !value.is_nan())
        .collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    pairs.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
    pairs
}

/// The thresholds between bins. Few values get a bin each; many are cut into bins of about equal weight, a heavy value
/// standing alone.
fn thresholds(distinct: &[(f64, u64)], max_bins: usize) -> Vec<f64> {
    let mut thresholds = Vec::new();
    let mut rest_weight: u64 = distinct.iter().map(|(_, weight)| weight).sum();
    let mut rest_bins = max_bins as u64;
    let mut filled = 0;
    for (pair, rest_values) in distinct.windows(2).zip((1..distinct.len() as u64).rev()) {
        let (value, weight) = pair[0];
        let (next_value, next_weight) = pair[1];
        filled += weight;
        let is_full = rest_weight <= filled * rest_bins;
        let next_is_heavy = rest_weight <= next_weight * rest_bins;
        if 1 < rest_bins && (is_full || next_is_heavy || rest_values < rest_bins) {
            thresholds.push(middle(value, next_value));
            rest_weight -= filled;
            rest_bins -= 1;
            filled = 0;
        }
    }
    thresholds
}

/// A number from `low` on, below `high`.
fn middle(low: f64, high: f64) -> f64 {
    let middle = 0.5 * low + 0.5 * high;
    if low <= middle && middle < high {
        middle
    } else {
        low
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bins_of(values: &[f64], weights: Option<&[f64]>, max_bins: usize) -> BinColumn {
        let weights = Weights::new(weights, values.len()).unwrap();
        let rows: Vec<usize> = weights.rows(values.len()).collect();
        bin(values, &weights, &rows, max_bins)
    }

    fn thresholds_of(column: &BinColumn) -> &[f64] {
        match &column.kind {
            BinKind::Number { thresholds } => thresholds,
            BinKind::Category { .. } => &[],
        }
    }

    #[test]
    fn few_values_get_a_bin_each_and_missing_the_last() {
        let column = bins_of(&[3.0, 1.0, f64::NAN, 1.0, 2.0, -0.0, 0.0], None, 255);
        assert_eq!(thresholds_of(&column), [0.5, 1.5, 2.5]);
        assert_eq!(
            (column.bins.as_slice(), column.n_bins),
            ([3, 1, 4, 1, 2, 0, 0].as_slice(), 4)
        );
    }

    #[test]
    fn many_values_get_bins_of_equal_weight() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let column = bins_of(&values, None, 10);
        assert_eq!(column.n_bins, 10);
        for bin in 0..10 {
            assert_eq!(column.bins.iter().filter(|&&b| b == bin).count(), 100);
        }
    }

    #[test]
    fn a_heavy_value_stands_alone() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values.extend([50.5; 900]);
        let column = bins_of(&values, None, 20);
        let heavy = column.bins[999];
        assert_eq!(column.bins.iter().filter(|&&bin| bin == heavy).count(), 900);
        assert!(column.n_bins <= 20);
    }

    #[test]
    fn a_weight_equals_repeated_rows() {
        let values: Vec<f64> = (0..300).map(|i| f64::from(i * i % 97)).collect();
        let weights: Vec<f64> = (0..300).map(|i| f64::from(i % 4)).collect();
        let repeated: Vec<f64> = values
            .iter()
            .zip(&weights)
            .flat_map(|(&v, &w)| vec![v; w as usize])
            .collect();
        for max_bins in [2, 7, 30, 255] {
            let weighted = bins_of(&values, Some(&weights), max_bins);
            assert_eq!(
                thresholds_of(&weighted),
                thresholds_of(&bins_of(&repeated, None, max_bins))
            );
            assert!(weighted.n_bins <= max_bins);
        }
    }

    #[test]
    fn neighbours_and_extremes_are_told_apart() {
        let column = bins_of(&[1.0, 1.0 + f64::EPSILON, -f64::MAX, f64::MAX], None, 255);
        assert_eq!(column.bins, [1, 2, 0, 3]);
        assert!(
            thresholds_of(&column)
                .iter()
                .all(|threshold| threshold.is_finite())
        );
        assert_eq!(bins_of(&[f64::NAN], None, 255).bins, [1]);
    }
}
