#![allow(clippy::unwrap_used)]
use super::*;
use crate::BundleError;
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::Draw;

fn numbers(columns: &[Vec<f64>]) -> Features {
    Features {
        n_rows: columns[0].len(),
        columns: columns.iter().cloned().map(FeatureColumn::Number).collect(),
    }
}

fn of(features: &Features, column: usize) -> &[f64] {
    match &features.columns[column] {
        FeatureColumn::Number(values) => values,
        FeatureColumn::Category { .. } => unreachable!("a number"),
    }
}

fn uniform(n: usize, stream: u64) -> Vec<f64> {
    let mut draw = Draw::new(7, stream);
    (0..n).map(|_| draw.uniform()).collect()
}

#[test]
fn what_adds_up_is_told_exactly_and_correlation_does_not_mislead() {
    let x = uniform(400, 1);
    // goes with the first, but the model does not look at it alone
    let z: Vec<f64> = x.iter().zip(uniform(400, 2)).map(|(x, e)| x + 0.01 * e).collect();
    let features = numbers(&[x.clone(), z]);
    let ask = |features: &Features| -> Result<Vec<f64>, BundleError> {
        let (x, z) = (of(features, 0), of(features, 1));
        Ok(x.iter().zip(z).map(|(x, z)| x * x + 5.0 * z).collect())
    };
    let found = accumulated_local_effects(ask, &features, 0, 10, 0.95).unwrap();
    assert_eq!((found.at.len(), found.n_missing), (11, 0));
    assert_eq!(found.n, [[0_u64].as_slice(), [40; 10].as_slice()].concat());
    // up to the constant the effect is the square, at the ends of bins without any error
    let off: Vec<f64> = found
        .at
        .iter()
        .zip(&found.value)
        .map(|(x, value)| value - x * x)
        .collect();
    let first = off[0];
    assert!(off.iter().all(|off| (off - first).abs() < 1e-12), "{off:?}");
    let between = found.value.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]));
    assert!(
        (between.sum::<f64>() / 10.0).abs() < 1e-12,
        "centred over the rows"
    );
}

/// The effect and its interval are what resampled rows say, at fixed ends of bins.
#[test]
fn intervals_are_those_of_resampled_rows() {
    let n = 600;
    let features = numbers(&[uniform(n, 3), uniform(n, 4)]);
    let ask = |features: &Features| -> Result<Vec<f64>, BundleError> {
        let (x, z) = (of(features, 0), of(features, 1));
        Ok(x.iter().zip(z).map(|(x, z)| 3.0 * x * z + x * x).collect())
    };
    let found = accumulated_local_effects(ask, &features, 0, 6, 0.95).unwrap();
    let mut draw = Draw::new(1, 1);
    let mut heights = vec![Vec::new(); found.at.len()];
    for _ in 0..1500 {
        let rows: Vec<usize> = (0..n).map(|_| draw.below(n as u64) as usize).collect();
        for (place, value) in again(&features, &found.at, &rows).into_iter().enumerate() {
            heights[place].push(value);
        }
    }
    for (place, heights) in heights.iter().enumerate() {
        let half = 0.5 * (found.high[place] - found.low[place]);
        let resampled = 1.959964 * stats::describe(heights).unwrap().sd;
        assert!(
            (half / resampled - 1.0).abs() < 0.1,
            "{place}: {half} {resampled}"
        );
    }
}

/// The definition, written down once more for one resample.
fn again(features: &Features, edges: &[f64], rows: &[usize]) -> Vec<f64> {
    let (x, z) = (of(features, 0), of(features, 1));
    let model = |x: f64, z: f64| 3.0 * x * z + x * x;
    let bin = |row: usize| edges.partition_point(|edge| *edge < x[row]).max(1);
    let mut heights = vec![0.0; edges.len()];
    for step in 1..edges.len() {
        let inside: Vec<f64> = rows
            .iter()
            .filter(|row| bin(**row) == step)
            .map(|row| model(edges[step], z[*row]) - model(edges[step - 1], z[*row]))
            .collect();
        heights[step] = heights[step - 1] + inside.iter().sum::<f64>() / inside.len() as f64;
    }
    let own = rows
        .iter()
        .map(|row| 0.5 * (heights[bin(*row)] + heights[bin(*row) - 1]));
    let centre = own.sum::<f64>() / rows.len() as f64;
    heights.iter().map(|height| height - centre).collect()
}

#[test]
fn levels_stand_beside_those_that_are_alike() {
    // levels 0, 2, 1 rise in the other column; 3 is missing from the rows, one row has no level
    let codes: Vec<u32> = (0..91)
        .map(|row| if row == 90 { MISSING_CODE } else { row % 3 })
        .collect();
    let other = codes.iter().zip(uniform(91, 5)).map(|(code, e)| {
        e + match code {
            0 => 0.0,
            2 => 0.5,
            _ => 1.0,
        }
    });
    let features = Features {
        n_rows: 91,
        columns: vec![
            FeatureColumn::Number(other.collect()),
            FeatureColumn::Category { codes, n_levels: 4 },
        ],
    };
    let ask = |features: &Features| -> Result<Vec<f64>, BundleError> {
        let FeatureColumn::Category { codes, .. } = &features.columns[1] else {
            unreachable!("a category")
        };
        Ok(codes
            .iter()
            .map(|code| [10.0, 40.0, 20.0, 99.0][*code as usize])
            .collect())
    };
    let found = accumulated_local_effects(ask, &features, 1, 10, 0.95).unwrap();
    assert_eq!(
        (found.at, found.n, found.n_missing),
        (vec![0.0, 2.0, 1.0], vec![30; 3], 1)
    );
    let mean = 70.0 / 3.0;
    for (value, expected) in found.value.iter().zip([10.0 - mean, 20.0 - mean, 40.0 - mean]) {
        assert!((value - expected).abs() < 1e-12, "{value} {expected}");
    }
    assert!(found.low.iter().zip(&found.high).all(|(low, high)| low < high));
}

#[test]
fn ties_gaps_and_refusals() {
    let mut x = vec![1.0; 30];
    x.extend([2.0, 3.0, f64::NAN]);
    let features = numbers(&[x, uniform(33, 6)]);
    let ask = |features: &Features| -> Result<Vec<f64>, BundleError> { Ok(of(features, 0).to_vec()) };
    let found = accumulated_local_effects(ask, &features, 0, 20, 0.9).unwrap();
    assert_eq!(
        (found.at, found.n, found.n_missing),
        (vec![1.0, 3.0], vec![0, 32], 1)
    );
    let constant = numbers(&[vec![2.0; 9]]);
    let refused = |features: &Features, feature, n_bins, level| {
        accumulated_local_effects(ask, features, feature, n_bins, level)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(&constant, 0, 5, 0.9).contains("the value 2 alone"));
    assert!(refused(&features, 2, 5, 0.9).contains("a position below 2"));
    assert!(refused(&features, 0, 0, 0.9).contains("the bins"));
    assert!(refused(&features, 0, 5, 95.0).contains("the level"));
    assert!(refused(&numbers(&[vec![f64::NAN; 3]]), 0, 5, 0.9).contains("no row with a value"));
    assert!(refused(&numbers(&[vec![]]), 0, 5, 0.9).contains("no rows"));
}
