use super::{Drift, stability_index, stability_ln_p};
use crate::distribution::kolmogorov_sf;
use crate::math::{ln, sqrt};
use crate::sketch::{Quantiles, SortedQuantiles};
use crate::{StatsError, check};

/// Kolmogorov-Smirnov: the largest distance of the two distribution functions.
///
/// The statistic is the distance between the sketches; the effect is what remains of it after both sketches' rank errors
/// are taken off, and the p-value (Kolmogorov's limit with Stephens' correction) belongs to that remainder, so a coarse
/// sketch never raises a false alarm. Cautious for columns with few different values.
///
/// # Errors
/// [`StatsError::TooFewValues`] if a side is empty.
pub fn ks(baseline: &Quantiles, current: &Quantiles) -> Result<Drift, StatsError> {
    check_sides(baseline, current)?;
    let mut distance = 0.0_f64;
    sweep(&baseline.sorted(), &current.sorted(), |_, f, g, _| {
        distance = distance.max((f - g).abs())
    });
    let certain = (distance - baseline.rank_error() - current.rank_error()).max(0.0);
    let (n, m) = (baseline.n() as f64, current.n() as f64);
    let size = sqrt(n * m / (n + m));
    let p = kolmogorov_sf((size + 0.12 + 0.11 / size) * certain);
    let sides = (baseline.n(), current.n());
    Ok(Drift::new(
        "Kolmogorov-Smirnov",
        distance,
        Some(ln(p)),
        ("distance of distributions", certain),
        sides,
    ))
}

/// Wasserstein (earth mover's) distance: how far values moved on average, in the column's unit.
///
/// The effect divides it by the baseline's interquartile range, or its standard deviation where that range is 0.
/// Without p-value.
///
/// # Errors
/// [`StatsError::TooFewValues`] if a side is empty, [`StatsError::Constant`] if the baseline is constant,
/// [`StatsError::NotFinite`] for infinities.
pub fn wasserstein(baseline: &Quantiles, current: &Quantiles) -> Result<Drift, StatsError> {
    check_sides(baseline, current)?;
    let ends = [baseline.min(), baseline.max(), current.min(), current.max()];
    check::finite("range of the values", &ends.map(|end| end.unwrap_or(f64::NAN)))?;
    let (before, after) = (baseline.sorted(), current.sorted());
    let scale = spread(&before).ok_or_else(|| StatsError::Constant {
        what: "baseline".to_owned(),
    })?;
    let mut distance = 0.0;
    sweep(&before, &after, |_, f, g, width| {
        distance += (f - g).abs() * width
    });
    let effect = ("distance in baseline spreads", distance / scale);
    Ok(Drift::new(
        "Wasserstein",
        distance,
        None,
        effect,
        (baseline.n(), current.n()),
    ))
}

/// Population stability index over bins at the baseline's quantiles (10 bins are deciles).
///
/// Bins are `[a, b)` with open ends, repeated edges dropped; empty shares count as `1e-4`. By custom, below 0.1 is stable and
/// above 0.25 is a shift, whatever the size; the p-value says whether noise explains it.
///
/// # Errors
/// [`StatsError::TooFewValues`] if a side is empty or below 2 bins, [`StatsError::Constant`] if the baseline is constant.
///
/// # Reference
/// N. Siddiqi (2006), Credit risk scorecards.
pub fn psi(baseline: &Quantiles, current: &Quantiles, n_bins: usize) -> Result<Drift, StatsError> {
    check_sides(baseline, current)?;
    let (before, after) = (baseline.sorted(), current.sorted());
    let edges = psi_edges(&before, n_bins)?;
    let index = stability_index(&shares(&before, &edges), &shares(&after, &edges));
    let sides = (baseline.n(), current.n());
    let ln_p = stability_ln_p(index, edges.len() + 1, sides);
    Ok(Drift::new(
        "population stability index",
        index,
        ln_p,
        ("stability index", index),
        sides,
    ))
}

/// The inner edges between bins of equal baseline share, ascending, without repeats.
///
/// # Errors
/// As [`psi`].
pub fn psi_edges(baseline: &SortedQuantiles, n_bins: usize) -> Result<Vec<f64>, StatsError> {
    check::at_least("bins", n_bins, 2)?;
    let n_bins = n_bins.min(1000);
    let mut edges: Vec<f64> = (1..n_bins)
        .filter_map(|i| baseline.quantile(i as f64 / n_bins as f64))
        .collect();
    edges.dedup();
    let end = |q| baseline.quantile(q).unwrap_or(f64::NAN);
    let (lowest, highest) = (end(0.0), end(1.0));
    edges.retain(|edge| lowest < *edge && *edge < highest);
    if edges.is_empty() {
        // nearly all rows share one or two values: split just above the lowest
        let above = baseline.values().find(|v| *v > lowest);
        edges.push(above.ok_or_else(|| StatsError::Constant {
            what: "baseline".to_owned(),
        })?);
    }
    Ok(edges)
}

fn shares(values: &SortedQuantiles, edges: &[f64]) -> Vec<f64> {
    let mut below: Vec<f64> = edges
        .iter()
        .filter_map(|edge| values.share_below(*edge))
        .collect();
    below.push(1.0);
    let before = std::iter::once(0.0).chain(below.iter().copied());
    below.iter().zip(before).map(|(b, a)| b - a).collect()
}

/// Interquartile range, else standard deviation; `None` for a constant.
fn spread(values: &SortedQuantiles) -> Option<f64> {
    let range = values.quantile(0.75)? - values.quantile(0.25)?;
    if range > 0.0 {
        return Some(range);
    }
    let mean: f64 = values.weighted().map(|(v, share)| v * share).sum();
    let variance: f64 = values
        .weighted()
        .map(|(v, share)| (v - mean) * (v - mean) * share)
        .sum();
    (variance > 0.0).then(|| sqrt(variance))
}

fn check_sides(baseline: &Quantiles, current: &Quantiles) -> Result<(), StatsError> {
    check::at_least("baseline", baseline.n().min(1) as usize, 1)?;
    check::at_least("current", current.n().min(1) as usize, 1)
}

/// Calls `visit(x, share of a at or below x, share of b, distance to the next value)` for each different value.
fn sweep(a: &SortedQuantiles, b: &SortedQuantiles, mut visit: impl FnMut(f64, f64, f64, f64)) {
    let (mut left, mut right) = (a.weighted().peekable(), b.weighted().peekable());
    let (mut f, mut g) = (0.0, 0.0);
    loop {
        let next = |l: Option<&(f64, f64)>, r: Option<&(f64, f64)>| match (l, r) {
            (Some(l), Some(r)) => Some(l.0.min(r.0)),
            (l, r) => l.or(r).map(|pair| pair.0),
        };
        let Some(x) = next(left.peek(), right.peek()) else {
            return;
        };
        while let Some((_, share)) = left.next_if(|pair| pair.0 <= x) {
            f += share;
        }
        while let Some((_, share)) = right.next_if(|pair| pair.0 <= x) {
            g += share;
        }
        let width = next(left.peek(), right.peek()).map_or(0.0, |y| y - x);
        visit(x, f, g, width);
    }
}
