use super::check_binary;
use crate::interval::{Estimate, Resampling, bootstrap_percentile, wilson};
use crate::{StatsError, check};

/// How probabilities are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binning {
    /// Bins of equal width over [0, 1]: `[a, b)`, the last closed.
    Width(usize),
    /// Bins of about equal numbers of rows, ties kept together.
    Count(usize),
    /// Bins of equal width over [0, 1]: `(a, b]`, the first closed, as in scikit-learn's `calibration_curve`.
    WidthFromAbove(usize),
    /// Bins between quantiles of the probabilities: `(a, b]`, the first closed, as there with `strategy="quantile"`.
    Quantiles(usize),
}

impl Binning {
    fn n_bins(self) -> usize {
        match self {
            Binning::Width(n) | Binning::Count(n) | Binning::WidthFromAbove(n) | Binning::Quantiles(n) => n,
        }
    }
}

/// Rows of similar probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Number of rows with weight.
    pub n_rows: usize,
    /// Sum of their weights.
    pub weight: f64,
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share of positives with Wilson's interval.
    pub observed: Estimate,
}

/// Predicted against observed shares, bin by bin; empty bins are left out.
///
/// # Errors
/// [`StatsError::OutOfRange`] for probabilities outside [0, 1] or no bins; lengths, weights and level as usual.
pub fn reliability(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    binning: Binning,
    level: f64,
) -> Result<Vec<ReliabilityBin>, StatsError> {
    check::level(level)?;
    let bins = bin_of_rows(labels, probabilities, weights, binning)?;
    let n_bins = bins.iter().max().map_or(0, |&b| b as usize + 1);
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); n_bins];
    for (row, &bin) in bins.iter().enumerate() {
        if check::weight(weights, row) > 0.0 {
            rows_of[bin as usize].push(row);
        }
    }
    let filled = rows_of.iter().filter(|rows| !rows.is_empty());
    filled
        .map(|rows| summarise(labels, probabilities, weights, rows, level))
        .collect()
}

/// Expected calibration error: the mean distance of predicted from observed shares over bins, weighted by rows.
///
/// In [0, 1]. Interval: percentile bootstrap of rows. The statistic is biased upwards (even a perfect model has noise in
/// its bins), by about `sqrt(n_bins / n_rows) / 3`, and the resamples add as much again. So both ends of the interval lie
/// too high, it never holds 0 for a perfectly calibrated model, and with few rows it may lie above the value itself (the
/// nearer end is then moved to the value): read it as how far the number could swing, not as a test of calibration.
///
/// # Errors
/// As [`reliability`] and [`bootstrap_percentile`].
///
/// # Reference
/// C. Guo et al. (2017), On calibration of modern neural networks, ICML.
pub fn calibration_error(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    binning: Binning,
    resampling: &Resampling,
) -> Result<Estimate, StatsError> {
    let bins = bin_of_rows(labels, probabilities, weights, binning)?;
    let mut gaps = vec![0.0; bins.iter().max().map_or(0, |&b| b as usize + 1)];
    let estimate = bootstrap_percentile(labels.len(), resampling, |rows| {
        gaps.fill(0.0);
        let mut total = 0.0;
        for &row in rows {
            let w = check::weight(weights, row);
            gaps[bins[row] as usize] += w * (f64::from(labels[row]) - probabilities[row]);
            total += w;
        }
        Some(gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / total)
    })?;
    Ok(Estimate {
        low: estimate.low.min(estimate.value),
        high: estimate.high.max(estimate.value),
        ..estimate
    })
}

fn summarise(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    rows: &[usize],
    level: f64,
) -> Result<ReliabilityBin, StatsError> {
    let (weight, n) = check::effective(rows.iter().map(|&row| check::weight(weights, row)));
    let (mut predicted, mut positive) = (0.0, 0.0);
    for &row in rows {
        predicted += check::weight(weights, row) * probabilities[row];
        positive += if labels[row] {
            check::weight(weights, row)
        } else {
            0.0
        };
    }
    let share = (positive / weight).min(1.0);
    Ok(ReliabilityBin {
        n_rows: rows.len(),
        weight,
        predicted: predicted / weight,
        observed: wilson(share * n, n, level)?,
    })
}

fn bin_of_rows(
    labels: &[bool],
    probabilities: &[f64],
    weights: Option<&[f64]>,
    binning: Binning,
) -> Result<Vec<u32>, StatsError> {
    check_binary(labels, probabilities, weights)?;
    check::probabilities("probabilities", probabilities)?;
    let n_bins = binning.n_bins();
    check::at_least("bins", n_bins, 1)?;
    if n_bins > 1_000_000 {
        return Err(StatsError::OutOfRange {
            what: "bins",
            found: n_bins as f64,
            expected: "at most a million",
        });
    }
    Ok(match binning {
        Binning::Width(n) => probabilities
            .iter()
            .map(|p| ((p * n as f64) as u32).min(n as u32 - 1))
            .collect(),
        Binning::Count(n) => bins_of_equal_count(probabilities, n),
        Binning::WidthFromAbove(n) => {
            let edges = (1..n).map(|edge| edge as f64 / n as f64).collect();
            bins_below(probabilities, edges)
        }
        Binning::Quantiles(n) => bins_below(probabilities, inner_quantiles(probabilities, n)),
    })
}

/// The bin of each probability; one on an edge lies below it.
fn bins_below(probabilities: &[f64], edges: Vec<f64>) -> Vec<u32> {
    let bin = |p: &f64| edges.partition_point(|edge| edge < p) as u32;
    probabilities.iter().map(bin).collect()
}

/// The quantiles between `n_bins` bins, linear between neighbours (Hyndman and Fan's type 7).
fn inner_quantiles(probabilities: &[f64], n_bins: usize) -> Vec<f64> {
    let mut sorted = probabilities.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quantile = |edge: usize| {
        let at = edge as f64 / n_bins as f64 * (sorted.len() - 1) as f64;
        let below = at.floor() as usize;
        let above = (below + 1).min(sorted.len() - 1);
        sorted[below] + (at - at.floor()) * (sorted[above] - sorted[below])
    };
    (1..n_bins).map(quantile).collect()
}

fn bins_of_equal_count(probabilities: &[f64], n_bins: usize) -> Vec<u32> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    let mut bins = vec![0; probabilities.len()];
    let mut n_before = 0;
    for tied in order.chunk_by(|&a, &b| probabilities[a] == probabilities[b]) {
        let bin = n_before * n_bins / probabilities.len();
        for &row in tied {
            bins[row] = bin as u32;
        }
        n_before += tied.len();
    }
    bins
}
