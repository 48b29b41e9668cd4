//! Features spread out into columns: one per number, per missing value and per level. A row has one entry per feature.

use std::cmp::Reverse;

use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::math;
use stats::sum::ExactSum;

use crate::LearnError;
use crate::weights::Weights;

/// The columns at most: solving takes the cube of them.
const MAX_COLUMNS: usize = 4096;

/// The columns that levels may take together before the lightest share.
const LEVEL_COLUMNS: usize = 1536;

/// What an entry of the design has for a column if it adds nothing.
pub(super) const NO_COLUMN: u32 = 0;

/// The training rows as sparse rows. Column 0 is the intercept, whose entries are not stored.
#[derive(Debug)]
pub(super) struct Design {
    pub(super) n_columns: usize,
    pub(super) n_features: usize,
    /// The column of each entry, `(n_rows, n_features)`, ascending in a row but for those that are 0: no entry.
    pub(super) columns: Vec<u32>,
    /// The values of entries, `(n_rows, n_features)`.
    pub(super) values: Vec<f64>,
    pub(super) spreads: Vec<Spread>,
}

/// The columns of a feature.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spread {
    Number {
        standard: Standard,
        column: u32,
        missing: u32,
    },
    Category {
        columns: Vec<u32>,
        missing: u32,
    },
}

/// How a number is standardised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standard {
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Design {
    /// Spreads `rows` out.
    pub(super) fn new(features: &Features, weights: &Weights, rows: &[usize]) -> Result<Design, LearnError> {
        let max_levels = max_levels(features);
        let mut n_columns = 1;
        let mut take = |n: usize| {
            n_columns += n;
            (n_columns - n) as u32
        };
        let spread = |column: &FeatureColumn| match column {
            FeatureColumn::Number(values) => spread_number(values, weights, rows, &mut take),
            FeatureColumn::Category { codes, n_levels } => {
                spread_category(codes, *n_levels, weights, rows, max_levels, &mut take)
            }
        };
        let spreads: Vec<Spread> = features.columns.iter().map(spread).collect();
        if MAX_COLUMNS < n_columns {
            let what = "columns after levels are spread out";
            return Err(LearnError::TooMany {
                trainer: "a linear model",
                what,
                found: n_columns,
                most: MAX_COLUMNS,
            });
        }
        let n_features = spreads.len();
        let mut design = Design {
            n_columns,
            n_features,
            columns: vec![],
            values: vec![],
            spreads,
        };
        design.fill(features, rows);
        Ok(design)
    }

    fn fill(&mut self, features: &Features, rows: &[usize]) {
        self.columns = vec![NO_COLUMN; rows.len() * self.n_features];
        self.values = vec![0.0; rows.len() * self.n_features];
        for (feature, (column, spread)) in features.columns.iter().zip(&self.spreads).enumerate() {
            for (at, &row) in rows.iter().enumerate() {
                let position = at * self.n_features + feature;
                (self.columns[position], self.values[position]) = spread.entry(column, row);
            }
        }
    }

    /// The entries of a row.
    #[inline]
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + Clone {
        let range = row * self.n_features..(row + 1) * self.n_features;
        let entries = self.columns[range.clone()].iter().zip(&self.values[range]);
        entries
            .filter(|(column, _)| **column != NO_COLUMN)
            .map(|(&column, &value)| (column as usize, value))
    }
}

impl Spread {
    fn entry(&self, column: &FeatureColumn, row: usize) -> (u32, f64) {
        match (self, column) {
            (Spread::Number { missing, .. }, FeatureColumn::Number(values)) if values[row].is_nan() => {
                (*missing, 1.0)
            }
            (Spread::Number { standard, column, .. }, FeatureColumn::Number(values)) => {
                (*column, (values[row] - standard.mean) / standard.deviation)
            }
            (Spread::Category { columns, missing }, FeatureColumn::Category { codes, .. }) => {
                match codes[row] {
                    MISSING_CODE => (*missing, 1.0),
                    code => (columns[(code as usize).min(columns.len() - 1)], 1.0),
                }
            }
            _ => (NO_COLUMN, 0.0),
        }
    }
}

fn spread_number(
    values: &[f64],
    weights: &Weights,
    rows: &[usize],
    take: &mut impl FnMut(usize) -> u32,
) -> Spread {
    let has_missing = rows.iter().any(|&row| values[row].is_nan());
    let standard = standard(values, weights, rows);
    // A constant number says nothing; whether it is missing may.
    let column = if standard.least < standard.most {
        take(1)
    } else {
        NO_COLUMN
    };
    Spread::Number {
        standard,
        column,
        missing: if has_missing { take(1) } else { NO_COLUMN },
    }
}

fn standard(values: &[f64], weights: &Weights, rows: &[usize]) -> Standard {
    let present = || rows.iter().filter(|&&row| !values[row].is_nan());
    let weight: i64 = present().map(|&row| weights.of(row)).sum();
    if weight == 0 {
        return Standard {
            mean: 0.0,
            deviation: 1.0,
            least: 0.0,
            most: 0.0,
        };
    }
    let mut sum = ExactSum::default();
    present().for_each(|&row| sum.add_product(values[row], weights.of(row) as f64));
    let mean = sum.value() / weight as f64;
    let mut squares = ExactSum::default();
    present().for_each(|&row| {
        let from_mean = values[row] - mean;
        squares.add_product(from_mean * from_mean, weights.of(row) as f64);
    });
    let deviation = math::sqrt(squares.value() / weight as f64);
    let (least, most) = present().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &row| {
        (least.min(values[row]), most.max(values[row]))
    });
    let usable = deviation.is_finite() && 0.0 < deviation;
    Standard {
        mean,
        deviation: if usable { deviation } else { 1.0 },
        least,
        most: if usable { most } else { least },
    }
}

/// The levels of a feature that get a column of their own at most.
fn max_levels(features: &Features) -> usize {
    let n_levels = |column: &FeatureColumn| match column {
        FeatureColumn::Category { n_levels, .. } => *n_levels as usize,
        FeatureColumn::Number(_) => 0,
    };
    let columns = |most: usize| {
        features
            .columns
            .iter()
            .map(|column| n_levels(column).min(most))
            .sum::<usize>()
    };
    let halves = std::iter::successors(Some(512), |most| Some(most / 2)).take_while(|&most| 1 < most);
    halves
        .into_iter()
        .find(|&most| columns(most) <= LEVEL_COLUMNS)
        .unwrap_or(2)
}

fn spread_category(
    codes: &[u32],
    n_levels: u32,
    weights: &Weights,
    rows: &[usize],
    max_levels: usize,
    take: &mut impl FnMut(usize) -> u32,
) -> Spread {
    let n_levels = n_levels as usize;
    let mut weight_of_level = vec![0; n_levels];
    for &row in rows.iter().filter(|&&row| codes[row] != MISSING_CODE) {
        weight_of_level[(codes[row] as usize).min(n_levels - 1)] += weights.of(row);
    }
    let mut met: Vec<usize> = (0..n_levels)
        .filter(|&level| 0 < weight_of_level[level])
        .collect();
    met.sort_by_key(|&level| (Reverse(weight_of_level[level]), level));
    let n_columns = met.len().min(max_levels);
    let first = take(n_columns);
    let mut columns = vec![NO_COLUMN; n_levels];
    for (rank, &level) in met.iter().enumerate() {
        columns[level] = first + rank.min(n_columns - 1) as u32;
    }
    let has_missing = rows.iter().any(|&row| codes[row] == MISSING_CODE);
    Spread::Category {
        columns,
        missing: if has_missing { take(1) } else { NO_COLUMN },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_levels_and_missing_values_have_columns() {
        let columns = vec![
            FeatureColumn::Number(vec![1.0, 3.0, f64::NAN]),
            FeatureColumn::Number(vec![5.0; 3]),
            FeatureColumn::Category {
                codes: vec![2, 0, MISSING_CODE],
                n_levels: 4,
            },
        ];
        let features = Features { n_rows: 3, columns };
        let weights = Weights::new(None, 3).unwrap();
        let design = Design::new(&features, &weights, &[0, 1, 2]).unwrap();
        assert_eq!(design.n_columns, 6);
        assert_eq!(design.row(0).collect::<Vec<_>>(), [(1, -1.0), (4, 1.0)]);
        assert_eq!(design.row(1).collect::<Vec<_>>(), [(1, 1.0), (3, 1.0)]);
        assert_eq!(design.row(2).collect::<Vec<_>>(), [(2, 1.0), (5, 1.0)]);
    }

    #[test]
    fn very_many_levels_share_columns() {
        let codes: Vec<u32> = (0..5000).collect();
        let columns = vec![
            FeatureColumn::Category {
                codes,
                n_levels: 5001
            };
            20
        ];
        let features = Features {
            n_rows: 5000,
            columns,
        };
        let weights = Weights::new(None, 5000).unwrap();
        let rows: Vec<usize> = (0..5000).collect();
        assert!(Design::new(&features, &weights, &rows).unwrap().n_columns <= 1 + LEVEL_COLUMNS);
    }
}
