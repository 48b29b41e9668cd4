//! Counts in bins with round edges.

use stats::math::{log10, pow};
use stats::sketch::SortedQuantiles;

/// Most bins.
const MOST_BINS: usize = 30;

/// Counts in equal bins with round edges; long tails are counted beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Ends of the bins, ascending, one more than counts; a value on an edge belongs to the bin above it.
    pub edges: Vec<f64>,
    /// Values in each bin, at most 30 bins.
    pub counts: Vec<u64>,
    /// Values below the first edge.
    pub n_below: u64,
    /// Values above the last edge.
    pub n_above: u64,
}

/// The histogram of the values that a sketch holds; `whole` numbers of a short range get a bin each.
///
/// Counts are those of the sketch, whose ranks may be off by its error.
pub(crate) fn histogram(sorted: &SortedQuantiles, whole: bool) -> Histogram {
    let Some((low, high)) = bulk(sorted) else {
        return Histogram::default();
    };
    let (first, step, n) = bins(low, high, whole);
    let edges: Vec<f64> = (0..=n).map(|place| first + step * place as f64).collect();
    let below: Vec<u64> = edges.iter().map(|edge| sorted.n_below(*edge)).collect();
    let upper = sorted.n_up_to(edges[n]);
    let mut counts: Vec<u64> = below.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // the last bin has its upper edge
    counts[n - 1] += upper - below[n];
    Histogram {
        counts,
        n_below: below[0],
        n_above: sorted.n() - upper,
        edges,
    }
}

/// The range worth drawing: all values, or those between the 0.5% and 99.5% points where the tails reach much further.
fn bulk(sorted: &SortedQuantiles) -> Option<(f64, f64)> {
    let at = |q: f64| sorted.quantile(q).filter(|x| x.is_finite());
    let (min, low, high, max) = (at(0.0)?, at(0.005)?, at(0.995)?, at(1.0)?);
    let reach = (high - low) * 0.5;
    let from = if min < low - reach { low } else { min };
    let to = if max > high + reach { high } else { max };
    ((to - from).is_finite()).then_some((from, to))
}

/// First edge, width and number of bins; whole numbers of a short range get a bin each.
fn bins(low: f64, high: f64, whole: bool) -> (f64, f64, usize) {
    if whole && high - low < MOST_BINS as f64 && low.abs() < 1e15 {
        return (low - 0.5, 1.0, (high - low) as usize + 1);
    }
    if low >= high {
        let half = if low == 0.0 { 0.5 } else { low.abs() * 0.05 };
        return (low - half, 2.0 * half, 1);
    }
    let step = round_up((high - low) / (MOST_BINS - 2) as f64, whole);
    let first = (low / step).floor();
    let n = ((high / step).ceil() - first).clamp(1.0, MOST_BINS as f64) as usize;
    (first * step, step, n)
}

/// The next of 1, 2 or 5 times a power of ten; at least 1 for whole numbers.
fn round_up(raw: f64, whole: bool) -> f64 {
    let unit = pow(10.0, log10(raw).floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|part| part * unit)
        .find(|step| *step >= raw * 0.999_999);
    let step = step.unwrap_or(raw);
    if whole { step.max(1.0) } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stats::sketch::Quantiles;

    fn of(values: &[f64]) -> Histogram {
        let mut sketch = Quantiles::default();
        sketch.extend(values);
        let whole = values.iter().all(|x| x.is_nan() || x.fract() == 0.0);
        histogram(&sketch.sorted(), whole)
    }

    #[test]
    fn every_value_is_counted_once() {
        let values: Vec<f64> = (0..1_000).map(|i| f64::from(i) * 0.37 - 50.0).collect();
        let found = of(&values);
        assert_eq!(
            found.counts.iter().sum::<u64>() + found.n_below + found.n_above,
            1_000
        );
        assert!(found.counts.len() <= 30 && found.edges.len() == found.counts.len() + 1);
        for (place, count) in found.counts.iter().enumerate() {
            let inside = values
                .iter()
                .filter(|x| **x >= found.edges[place] && **x < found.edges[place + 1])
                .count();
            assert_eq!(*count as usize, inside, "bin {place}");
        }
    }

    #[test]
    fn short_whole_ranges_have_a_bin_each() {
        let found = of(&[1.0, 2.0, 2.0, 5.0]);
        assert_eq!(found.edges, [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
        assert_eq!(found.counts, [1, 2, 0, 0, 1]);
    }

    #[test]
    fn long_tails_stand_beside() {
        let mut values: Vec<f64> = (0..1_000).map(|i| f64::from(i) / 10.0).collect();
        values.push(1e9);
        let found = of(&values);
        assert_eq!(
            found.n_above,
            1 + values
                .iter()
                .filter(|x| **x < 1e9 && **x > found.edges[found.counts.len()])
                .count() as u64
        );
        assert!(found.edges[found.counts.len()] < 200.0);
    }

    #[test]
    fn odd_columns_have_bins_too() {
        assert_eq!(of(&[3.5, 3.5]).counts, [2]);
        assert_eq!(of(&[f64::NAN]), Histogram::default());
        assert_eq!(of(&[1e-300, 2e-300]).counts.iter().sum::<u64>(), 2);
        assert_eq!(of(&[-1e308, 1e308]), Histogram::default());
    }
}
