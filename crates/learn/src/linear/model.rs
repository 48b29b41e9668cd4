//! Coefficients become a model: terms on a grid, with their means in training.

use bundle::model::LinearParts;
use bundle::{Grid, LinearModel, Model};
use prepare::{FeatureColumn, MISSING_CODE};

use super::design::{Design, NO_COLUMN, Spread};
use crate::weights::Weights;
use crate::{LearnError, Training};

pub(super) fn model(
    data: &Training<'_>,
    weights: &Weights,
    rows: &[usize],
    design: &Design,
    coefficients: &[f64],
) -> Result<Model, LearnError> {
    let by_output: Vec<&[f64]> = coefficients.chunks_exact(design.n_columns).collect();
    let grid = Grid::for_magnitude(bound(design, &by_output));
    let mut parts = LinearParts {
        grid_exponent: grid.exponent(),
        feature_levels: data.feature_levels(),
        intercept: by_output.iter().map(|own| grid.round(own[0])).collect(),
        ..LinearParts::default()
    };
    // The value that a column adds for one output, nothing for no column.
    let of = |own: &[f64], column: u32| {
        if column == NO_COLUMN {
            0.0
        } else {
            own[column as usize]
        }
    };
    for spread in &design.spreads {
        match spread {
            Spread::Number {
                standard,
                column,
                missing,
            } => {
                parts.center.push(standard.mean);
                parts.scale.push(standard.deviation);
                let [low, high] = spread.bounds();
                parts.low.push(low);
                parts.high.push(high);
                parts
                    .coefficient
                    .extend(by_output.iter().map(|own| of(own, *column)));
                parts
                    .missing
                    .extend(by_output.iter().map(|own| grid.round(of(own, *missing))));
            }
            Spread::Category { columns, missing } => {
                for &column in columns {
                    parts
                        .level
                        .extend(by_output.iter().map(|own| grid.round(of(own, column))));
                }
                parts
                    .missing
                    .extend(by_output.iter().map(|own| grid.round(of(own, *missing))));
            }
        }
    }
    parts.mean = means(&parts, grid, data, weights, rows);
    Ok(Model::Linear(LinearModel::from_parts(parts)?))
}

impl Spread {
    /// What a number counts as at least and at most: the training range and as much again on either side.
    fn bounds(&self) -> [f64; 2] {
        match self {
            Spread::Category { .. } => [0.0, 0.0],
            Spread::Number { standard, .. } => {
                let width = standard.most - standard.least;
                [standard.least - width, standard.most + width].map(|bound| bound.clamp(f64::MIN, f64::MAX))
            }
        }
    }
}

/// A bound on margins, and on the sizes of contributions about the mean together.
fn bound(design: &Design, by_output: &[&[f64]]) -> f64 {
    let of_output = |own: &&[f64]| {
        let of = |column: &u32| {
            if *column == NO_COLUMN {
                0.0
            } else {
                own[*column as usize].abs()
            }
        };
        let terms = design.spreads.iter().map(|spread| match spread {
            Spread::Category { columns, missing } => columns.iter().map(of).fold(of(missing), f64::max),
            Spread::Number {
                standard,
                column,
                missing,
            } => {
                let reach = spread
                    .bounds()
                    .map(|bound| ((bound - standard.mean) / standard.deviation).abs());
                (of(column) * reach[0].max(reach[1])).max(of(missing))
            }
        });
        own[0].abs() + 2.0 * terms.sum::<f64>()
    };
    // Rounding a term adds half a unit; a part in a thousand is far more than all of them.
    1.001 * by_output.iter().map(of_output).fold(0.0, f64::max)
}

/// The weighted means of terms over the training rows: whole sums, rounded once.
fn means(
    parts: &LinearParts,
    grid: Grid,
    data: &Training<'_>,
    weights: &Weights,
    rows: &[usize],
) -> Vec<i64> {
    let n_outputs = parts.intercept.len();
    let (mut number, mut first_level) = (0, 0);
    let mut means = Vec::with_capacity(data.features.columns.len() * n_outputs);
    for (feature, column) in data.features.columns.iter().enumerate() {
        for output in 0..n_outputs {
            let missing = parts.missing[feature * n_outputs + output];
            let term = |row: usize| match column {
                FeatureColumn::Number(values) if values[row].is_nan() => missing,
                FeatureColumn::Number(values) => parts.number_term(grid, number, output, values[row]),
                FeatureColumn::Category { codes, .. } if codes[row] == MISSING_CODE => missing,
                FeatureColumn::Category { codes, n_levels } => {
                    let level = codes[row].min(n_levels - 1) as usize;
                    parts.level[(first_level + level) * n_outputs + output]
                }
            };
            let sum: i128 = rows
                .iter()
                .map(|&row| i128::from(term(row)) * i128::from(weights.of(row)))
                .sum();
            means.push((sum / i128::from(weights.total_units)) as i64);
        }
        match column {
            FeatureColumn::Number(_) => number += 1,
            FeatureColumn::Category { n_levels, .. } => first_level += *n_levels as usize,
        }
    }
    means
}
