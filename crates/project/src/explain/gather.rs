//! Contributions of many rows, gathered: bins, cells and boxes that do not grow with the rows.

use super::record::{BinRecord, BoxRecord, CellsRecord, CloseRecord, FeatureRecord};
use prepare::expression::DatePart;
use prepare::recipe::Encoding;
use prepare::{FeatureColumn, MISSING_CODE};
use stats::StatsError;
use stats::interval::mean_t;
use stats::sketch::Quantiles;

/// Bins between the smallest and the largest contribution of all features.
const N_BINS: f64 = 64.0;
/// Points up to which each is kept.
const MOST_POINTS: usize = 300;
/// Columns and rows of a grid.
const GRID: [usize; 2] = [44, 28];
/// The share of rows at either end that a grid leaves out where tails are long.
const TAIL: f64 = 0.005;

/// What one feature adds to the margins of some rows.
#[derive(Clone, Debug)]
pub struct Contributed<'a> {
    /// Its position among the features of the model.
    pub position: usize,
    /// Its name.
    pub name: String,
    /// What it adds, `(n_rows,)`.
    pub contributions: Vec<f64>,
    /// Its values, `(n_rows,)`; `None` where they are not known.
    pub column: Option<&'a FeatureColumn>,
    /// How they were encoded; `None` for plain numbers.
    pub encoding: Option<&'a Encoding>,
    /// Whether its values must not be shown.
    pub is_hidden: bool,
}

/// The features that contribute anything, strongest first.
///
/// # Errors
/// [`StatsError`]: fewer than two rows, contributions that are not finite, a level outside (0, 1).
pub fn contributed(features: &[Contributed<'_>], level: f64) -> Result<Vec<FeatureRecord>, StatsError> {
    let all = || {
        features
            .iter()
            .flat_map(|feature| &feature.contributions)
            .copied()
    };
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    let width = (high - low) / N_BINS;
    let mut found = Vec::new();
    for feature in features {
        let sizes: Vec<f64> = feature.contributions.iter().map(|x| x.abs()).collect();
        let strength = mean_t(&sizes, level)?;
        if 0.0 < strength.value {
            found.push(FeatureRecord {
                name: feature.name.clone(),
                kind: kind(feature).to_owned(),
                strength: [strength.value, strength.low, strength.high],
                bins: bins(feature, low, width),
                close: (!feature.is_hidden).then(|| closely(feature)),
            });
        }
    }
    found.sort_by(|a, b| {
        b.strength[0]
            .total_cmp(&a.strength[0])
            .then_with(|| a.name.cmp(&b.name))
    });
    Ok(found)
}

fn kind(feature: &Contributed<'_>) -> &'static str {
    match feature.encoding {
        Some(Encoding::Category { .. }) => "category",
        Some(Encoding::Date(DatePart::EpochDays)) => "day",
        _ => "number",
    }
}

fn bins(feature: &Contributed<'_>, low: f64, width: f64) -> Vec<BinRecord> {
    let places = match feature.column {
        Some(FeatureColumn::Number(values)) if !feature.is_hidden => places(values),
        _ => vec![f64::NAN; feature.contributions.len()],
    };
    let bin_of = |contribution: f64| ((contribution - low) / width).clamp(0.0, N_BINS - 1.0) as usize;
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); N_BINS as usize];
    for (row, contribution) in feature.contributions.iter().enumerate() {
        inside[bin_of(*contribution)].push(row);
    }
    let bin = |(bin, rows): (usize, &Vec<usize>)| {
        let known: Vec<f64> = rows
            .iter()
            .map(|row| places[*row])
            .filter(|place| !place.is_nan())
            .collect();
        BinRecord {
            low: low + width * bin as f64,
            high: low + width * (bin + 1) as f64,
            n: rows.len() as u64,
            place: (!known.is_empty()).then(|| stats::sum::mean(&known)),
        }
    };
    inside
        .iter()
        .enumerate()
        .filter(|(_, rows)| !rows.is_empty())
        .map(bin)
        .collect()
}

/// The place of each value among all, from 0 to 1; NaN for missing ones and where all are the same.
fn places(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len() as f64 - 1.0;
    let place = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let up_to = sorted.partition_point(|other| other <= value);
        match value.is_nan() || last <= 0.0 || up_to - below == sorted.len() {
            true => f64::NAN,
            // equal values share the middle of their places
            false => (0.5 * (below + up_to - 1) as f64) / last,
        }
    };
    values.iter().map(place).collect()
}

fn closely(feature: &Contributed<'_>) -> CloseRecord {
    let mut close = CloseRecord {
        position: feature.position,
        ..CloseRecord::default()
    };
    match (feature.column, feature.encoding) {
        (Some(FeatureColumn::Number(values)), _) => {
            let pairs = values.iter().copied().zip(feature.contributions.iter().copied());
            let pairs: Vec<(f64, f64)> = pairs.filter(|(value, _)| !value.is_nan()).collect();
            match pairs.len() <= MOST_POINTS {
                true => close.points = pairs,
                false => close.cells = cells(&pairs),
            }
        }
        (Some(FeatureColumn::Category { codes, .. }), Some(Encoding::Category { levels })) => {
            close.levels = boxes(codes, levels, &feature.contributions);
        }
        _ => {}
    }
    close
}

fn cells(pairs: &[(f64, f64)]) -> Option<CellsRecord> {
    let x_edges = ends(pairs.iter().map(|pair| pair.0).collect(), GRID[0])?;
    let y_edges = ends(pairs.iter().map(|pair| pair.1).collect(), GRID[1])?;
    let mut counts = vec![vec![0; GRID[0]]; GRID[1]];
    let mut n_outside = 0;
    for (x, y) in pairs {
        match (cell(&x_edges, *x), cell(&y_edges, *y)) {
            (Some(column), Some(row)) => counts[row][column] += 1,
            _ => n_outside += 1,
        }
    }
    Some(CellsRecord {
        x_edges,
        y_edges,
        counts,
        n_outside,
    })
}

/// Edges of equal cells from the smallest to the largest value, or without the tails where these are most of the way.
fn ends(mut values: Vec<f64>, n_cells: usize) -> Option<Vec<f64>> {
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    let (whole, body) = ((at(0.0), at(1.0)), (at(TAIL), at(1.0 - TAIL)));
    let is_tailed = 3.0 * (body.1 - body.0) < whole.1 - whole.0 && body.0 < body.1;
    let (low, high) = if is_tailed { body } else { whole };
    let step = (high - low) / n_cells as f64;
    let edges: Vec<f64> = (0..n_cells)
        .map(|edge| low + step * edge as f64)
        .chain([high])
        .collect();
    edges.is_sorted_by(|a, b| a < b).then_some(edges)
}

fn cell(edges: &[f64], value: f64) -> Option<usize> {
    let (first, last) = (edges.first()?, edges.last()?);
    let is_inside = (*first..=*last).contains(&value);
    is_inside.then(|| edges[1..edges.len() - 1].partition_point(|edge| *edge <= value))
}

fn boxes(codes: &[u32], levels: &[String], contributions: &[f64]) -> Vec<BoxRecord> {
    let of_level = |code: u32| {
        let mut sketch = Quantiles::default();
        let rows = codes.iter().zip(contributions).filter(|(own, _)| **own == code);
        let inside: Vec<f64> = rows.map(|(_, contribution)| *contribution).collect();
        sketch.extend(&inside);
        let sorted = sketch.sorted();
        let at = |share: f64| sorted.quantile(share);
        Some(BoxRecord {
            label: level_name(levels, code),
            n: inside.len() as u64,
            quantiles: [at(0.05)?, at(0.25)?, at(0.5)?, at(0.75)?, at(0.95)?],
        })
    };
    let mut boxes: Vec<BoxRecord> = (0..=levels.len() as u32).filter_map(of_level).collect();
    boxes.sort_by(|a, b| b.n.cmp(&a.n));
    boxes.extend(of_level(MISSING_CODE));
    boxes
}

/// The name of a level by its code.
pub(super) fn level_name(levels: &[String], code: u32) -> String {
    match (levels.get(code as usize), code) {
        (Some(level), _) => level.clone(),
        (None, MISSING_CODE) => "missing".to_owned(),
        (None, _) => "other".to_owned(),
    }
}
