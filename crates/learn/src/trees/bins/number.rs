//! Bins of numbers: quantiles by weight.

use super::BinKind;
use crate::weights::Weights;

/// Values looked up together: their searches wait for memory side by side.
const ABREAST: usize = 16;

pub(super) fn kind(values: &[f64], weights: &Weights, edge_rows: &[usize], max_bins: usize) -> BinKind {
    BinKind::Number {
        thresholds: thresholds(&distinct(values, weights, edge_rows), max_bins),
    }
}

/// Writes the bins of values: how many of the thresholds, at most 254, are below each.
pub(super) fn fill<'a>(thresholds: &[f64], values: &[f64], mut out: impl Iterator<Item = &'a mut u8>) {
    let missing = thresholds.len() as u8 + 1;
    let mut table = [f64::INFINITY; 256];
    table[..thresholds.len()].copy_from_slice(thresholds);
    for values in values.chunks(ABREAST) {
        let mut some = [0.0; ABREAST];
        some[..values.len()].copy_from_slice(values);
        let bins = match thresholds.len() {
            ..16 => n_below(&table, [8, 4, 2, 1], &some),
            _ => n_below(&table, [128, 64, 32, 16, 8, 4, 2, 1], &some),
        };
        for (value, bin) in values.iter().zip(bins) {
            let Some(out) = out.next() else { return };
            *out = if value.is_nan() { missing } else { bin };
        }
    }
}

/// How many entries of a sorted table are below each value, by halving without branches; fewer than twice the first step.
#[inline(always)]
fn n_below<const N: usize>(table: &[f64; 256], steps: [usize; N], values: &[f64; ABREAST]) -> [u8; ABREAST] {
    let mut positions = [0usize; ABREAST];
    for step in steps {
        for (position, value) in positions.iter_mut().zip(values) {
            let is_below = table[(*position + step - 1) & 255] < *value;
            *position += if is_below { step } else { 0 };
        }
    }
    positions.map(|position| position as u8)
}

/// The distinct values in ascending order with the units of weight that each has.
fn distinct(values: &[f64], weights: &Weights, edge_rows: &[usize]) -> Vec<(f64, u64)> {
    // Adding zero makes -0 the same as 0.
    let numbers = |row: &&usize| !values[**row].is_nan();
    let rows = edge_rows.iter().filter(numbers);
    if weights.are_equal() {
        let mut values: Vec<f64> = rows.map(|&row| values[row] + 0.0).collect();
        values.sort_unstable_by(f64::total_cmp);
        let alike = values.chunk_by(|a, b| a == b);
        return alike.map(|alike| (alike[0], alike.len() as u64)).collect();
    }
    let pair = |&row: &usize| (values[row] + 0.0, weights.of(row).unsigned_abs());
    let mut pairs: Vec<(f64, u64)> = rows.map(pair).collect();
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

    struct Binned {
        bins: Vec<u8>,
        thresholds: Vec<f64>,
    }

    fn bins_of(values: &[f64], weights: Option<&[f64]>, max_bins: usize) -> Binned {
        let weights = Weights::new(weights, values.len()).unwrap();
        let rows: Vec<usize> = weights.rows(values.len()).collect();
        let BinKind::Number { thresholds } = kind(values, &weights, &rows, max_bins) else {
            panic!("a number")
        };
        let mut bins = vec![0; values.len()];
        fill(&thresholds, values, bins.iter_mut());
        Binned { bins, thresholds }
    }

    #[test]
    fn few_values_get_a_bin_each_and_missing_the_last() {
        let column = bins_of(&[3.0, 1.0, f64::NAN, 1.0, 2.0, -0.0, 0.0], None, 255);
        assert_eq!(column.thresholds, [0.5, 1.5, 2.5]);
        assert_eq!(
            (column.bins.as_slice(), column.thresholds.len() + 1),
            ([3, 1, 4, 1, 2, 0, 0].as_slice(), 4)
        );
    }

    #[test]
    fn many_values_get_bins_of_equal_weight() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let column = bins_of(&values, None, 10);
        assert_eq!(column.thresholds.len(), 9);
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
        assert!(column.thresholds.len() < 20);
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
            assert_eq!(weighted.thresholds, bins_of(&repeated, None, max_bins).thresholds);
            assert!(weighted.thresholds.len() < max_bins);
        }
    }

    #[test]
    fn neighbours_and_extremes_are_told_apart() {
        let column = bins_of(&[1.0, 1.0 + f64::EPSILON, -f64::MAX, f64::MAX], None, 255);
        assert_eq!(column.bins, [1, 2, 0, 3]);
        assert!(column.thresholds.iter().all(|threshold| threshold.is_finite()));
        assert_eq!(bins_of(&[f64::NAN], None, 255).bins, [1]);
    }
}
