//! Which levels of a category are alike in the other features.

use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::linalg::SymmetricEigen;

use crate::BundleError;

/// Values of a number at which distributions are compared.
const N_GRID: usize = 50;
/// Levels beyond which they stand as they are coded: each is compared with each.
const MOST_LEVELS: usize = 200;

/// The levels that occur, such that neighbours are alike; the lowest code stands in the first half.
pub(super) fn by_likeness(
    features: &Features,
    feature: usize,
    codes: &[u32],
    n_levels: u32,
) -> Result<Vec<u32>, BundleError> {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); n_levels as usize];
    for (row, code) in codes
        .iter()
        .enumerate()
        .filter(|(_, code)| **code != MISSING_CODE)
    {
        if let Some(rows) = rows.get_mut(*code as usize) {
            rows.push(row);
        }
    }
    let levels: Vec<u32> = (0..n_levels)
        .filter(|code| !rows[*code as usize].is_empty())
        .collect();
    if levels.len() < 3 || MOST_LEVELS < levels.len() {
        return Ok(levels);
    }
    let rows: Vec<&[usize]> = levels
        .iter()
        .map(|code| rows[*code as usize].as_slice())
        .collect();
    let mut apart = vec![0.0; levels.len() * levels.len()];
    for (other, column) in features.columns.iter().enumerate() {
        if other != feature {
            add_distances(column, &rows, &mut apart);
        }
    }
    let along = on_a_line(&apart, levels.len())?;
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by(|a, b| along[*a].total_cmp(&along[*b]).then(a.cmp(b)));
    if order.len() < 2 * order.iter().position(|place| *place == 0).unwrap_or(0) + 1 {
        order.reverse();
    }
    Ok(order.into_iter().map(|place| levels[place]).collect())
}

/// Adds how far apart the distributions of a column are in each two levels, from 0 to 1.
fn add_distances(column: &FeatureColumn, rows: &[&[usize]], apart: &mut [f64]) {
    let n = rows.len();
    let shares: Vec<Vec<f64>> = match column {
        FeatureColumn::Number(values) => {
            let grid = grid(values);
            rows.iter()
                .map(|rows| shares_below(values, rows, &grid))
                .collect()
        }
        FeatureColumn::Category { codes, n_levels } => rows
            .iter()
            .map(|rows| shares_of_codes(codes, rows, *n_levels))
            .collect(),
    };
    let is_number = matches!(column, FeatureColumn::Number(_));
    for a in 0..n {
        for b in 0..a {
            let differences = shares[a].iter().zip(&shares[b]).map(|(x, y)| (x - y).abs());
            let distance = match is_number {
                true => differences.fold(0.0, f64::max),
                false => 0.5 * differences.sum::<f64>(),
            };
            apart[a * n + b] += distance;
            apart[b * n + a] += distance;
        }
    }
}

fn grid(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut grid: Vec<f64> = (0..N_GRID)
        .filter_map(|place| sorted.get(place * sorted.len() / N_GRID).copied())
        .collect();
    grid.dedup();
    grid
}

/// The share of rows at or below each value of a grid; missing ones lie nowhere.
fn shares_below(values: &[f64], rows: &[usize], grid: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; grid.len() + 1];
    for row in rows.iter().filter(|row| !values[**row].is_nan()) {
        counts[grid.partition_point(|edge| *edge < values[*row])] += 1.0;
    }
    let mut below = 0.0;
    let share = |count: &f64| {
        below += count / rows.len() as f64;
        below
    };
    counts[..grid.len()].iter().map(share).collect()
}

fn shares_of_codes(codes: &[u32], rows: &[usize], n_levels: u32) -> Vec<f64> {
    let mut shares = vec![0.0; n_levels as usize + 1];
    for row in rows {
        shares[codes[*row].min(n_levels) as usize] += 1.0 / rows.len() as f64;
    }
    shares
}

/// Classical scaling to one dimension.
///
/// # Reference
/// W. S. Torgerson (1952), Multidimensional scaling: I. Theory and method, Psychometrika 17, 401-419.
fn on_a_line(apart: &[f64], n: usize) -> Result<Vec<f64>, BundleError> {
    let squares: Vec<f64> = apart.iter().map(|distance| distance * distance).collect();
    let means: Vec<f64> = squares.chunks_exact(n).map(stats::sum::mean).collect();
    let all = stats::sum::mean(&means);
    let centred: Vec<f64> = (0..n * n)
        .map(|cell| -0.5 * (squares[cell] - means[cell / n] - means[cell % n] + all))
        .collect();
    let mut found = SymmetricEigen::new(&centred, n)?;
    let is_alike = found.values.first().is_none_or(|first| *first <= 0.0);
    found.vectors.truncate(n);
    // levels that are all alike stand as they are coded
    Ok(if is_alike { vec![0.0; n] } else { found.vectors })
}
