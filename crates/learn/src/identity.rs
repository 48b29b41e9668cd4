//! What columns hold, whatever their names, their places and the codes of their levels.
//!
//! Features and folds are drawn by it, so that a table whose columns stand in another order, or whose levels have other
//! codes, makes the same model. It counts units of weight, so that a weight of two equals the row twice. Columns that hold
//! the same keep their order.

use prepare::{FeatureColumn, Features, MISSING_CODE};
use rayon::prelude::*;
use stats::random::Draw;

use crate::Target;
use crate::weights::Weights;

/// The stream that numbers are mixed by.
const IDENTITY: u64 = 3;

/// What the columns of a table hold.
pub(crate) struct Identity {
    /// The columns, in an order that follows from what they hold.
    pub(crate) order: Vec<usize>,
    /// Per column what each of its levels holds, missing behind the others; none for a number.
    levels: Vec<Vec<u64>>,
}

/// A row as it counts: its units of weight, and its target mixed.
#[derive(Clone, Copy)]
struct Mark {
    units: u64,
    target: u64,
}

impl Identity {
    /// What columns hold in some rows.
    pub(crate) fn of(features: &Features, target: &Target, weights: &Weights, rows: &[usize]) -> Identity {
        Identity::at(features, target, weights, rows, |row| row)
    }

    /// As [`Identity::of`], where the features hold these rows alone, one after the other.
    pub(crate) fn of_taken(
        features: &Features,
        target: &Target,
        weights: &Weights,
        rows: &[usize],
    ) -> Identity {
        let places: Vec<usize> = (0..rows.len()).collect();
        Identity::at(features, target, weights, &places, |place| rows[place])
    }

    fn at(
        features: &Features,
        target: &Target,
        weights: &Weights,
        places: &[usize],
        row_of: impl Fn(usize) -> usize,
    ) -> Identity {
        let draw = mixer();
        let mark = |place: &usize| {
            let row = row_of(*place);
            Mark {
                units: weights.of(row) as u64,
                target: draw.rough_at(target_bits(target, row)),
            }
        };
        let marks: Vec<Mark> = places.iter().map(mark).collect();
        let columns = features.columns.par_iter();
        let (held, levels): (Vec<u64>, Vec<Vec<u64>>) =
            columns.map(|column| held(column, places, &marks, &draw)).unzip();
        let mut order: Vec<usize> = (0..held.len()).collect();
        order.sort_by_key(|&column| held[column]);
        Identity { order, levels }
    }

    /// What a cell holds.
    pub(crate) fn cell(&self, column: usize, features: &Features, row: usize) -> u64 {
        match &features.columns[column] {
            FeatureColumn::Number(values) => bits(values[row]),
            FeatureColumn::Category { codes, .. } => {
                let levels = &self.levels[column];
                levels
                    .get(codes[row] as usize)
                    .or(levels.last())
                    .copied()
                    .unwrap_or(0)
            }
        }
    }
}

fn mixer() -> Draw {
    Draw::new(0, IDENTITY)
}

/// A number for what a column holds, and one for each of its levels. Sums forget the order of rows and levels.
fn held(column: &FeatureColumn, places: &[usize], marks: &[Mark], draw: &Draw) -> (u64, Vec<u64>) {
    let rows = places.iter().zip(marks);
    match column {
        FeatureColumn::Number(values) => {
            let one = |(&place, mark): (&usize, &Mark)| {
                let held = draw.rough_at(mark.target ^ draw.rough_at(bits(values[place])));
                held.wrapping_mul(mark.units)
            };
            (rows.map(one).fold(0, u64::wrapping_add), Vec::new())
        }
        FeatureColumn::Category { codes, n_levels } => {
            let mut levels = vec![0_u64; *n_levels as usize + 1];
            for (&place, mark) in rows {
                let level = match codes[place] {
                    MISSING_CODE => *n_levels,
                    code => code.min(*n_levels),
                };
                let sum = &mut levels[level as usize];
                *sum = sum.wrapping_add(mark.target.wrapping_mul(mark.units));
            }
            // Missing is told from a level that holds the same rows.
            if let Some(missing) = levels.last_mut() {
                *missing = draw.rough_at(*missing);
            }
            let mixed = levels.iter().map(|&level| draw.rough_at(level));
            (mixed.fold(0, u64::wrapping_add), levels)
        }
    }
}

fn target_bits(target: &Target, row: usize) -> u64 {
    match target {
        Target::Binary(labels) => u64::from(labels[row]),
        Target::Classes { codes, .. } => u64::from(codes[row]),
        Target::Number(values) => bits(values[row]),
        Target::Ranks { relevance, .. } => bits(relevance[row]),
        Target::Nothing(_) => 0,
    }
}

/// Adding zero makes -0 the same as 0; one NaN stands for all.
pub(crate) fn bits(value: f64) -> u64 {
    if value.is_nan() {
        u64::MAX
    } else {
        (value + 0.0).to_bits()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn table() -> (Features, Target) {
        let columns = vec![
            FeatureColumn::Number(vec![1.0, 2.0, f64::NAN, 4.0]),
            FeatureColumn::Category {
                codes: vec![0, 2, MISSING_CODE, 2],
                n_levels: 3,
            },
            FeatureColumn::Number(vec![4.0, 2.0, 1.0, 1.0]),
        ];
        (
            Features { n_rows: 4, columns },
            Target::Number(vec![0.5, 1.0, 1.5, 2.0]),
        )
    }

    fn names(features: &Features, target: &Target, weights: Option<&[f64]>) -> (Vec<usize>, Vec<u64>) {
        let weights = Weights::new(weights, features.n_rows).unwrap();
        let rows: Vec<usize> = weights.rows(features.n_rows).collect();
        let identity = Identity::of(features, target, &weights, &rows);
        let mut levels: Vec<u64> = identity.levels.concat();
        levels.sort_unstable();
        (identity.order, levels)
    }

    #[test]
    fn columns_and_levels_are_known_wherever_they_stand() {
        let (features, target) = table();
        let (order, levels) = names(&features, &target, None);
        let mut moved = features.clone();
        moved.columns.rotate_left(1);
        if let FeatureColumn::Category { codes, .. } = &mut moved.columns[0] {
            *codes = vec![1, 0, MISSING_CODE, 0];
        }
        let (moved_order, moved_levels) = names(&moved, &target, None);
        let back: Vec<usize> = moved_order.iter().map(|column| (column + 1) % 3).collect();
        assert_eq!((back, moved_levels), (order, levels));
    }

    #[test]
    fn a_weight_of_two_equals_the_row_twice() {
        let (features, target) = table();
        let rows = [0, 1, 1, 3];
        let columns = features.columns.iter().map(|column| column.take(&rows)).collect();
        let twice = Features { n_rows: 4, columns };
        let weighted = names(&features, &target, Some(&[1.0, 2.0, 0.0, 1.0]));
        assert_eq!(weighted, names(&twice, &target.take(&rows), None));
        // Not by the luck of an order: what is held is the same number.
        let mark = |units| Mark { units, target: 7 };
        for (column, again) in features.columns.iter().zip(&twice.columns) {
            let weighted = held(column, &[0, 1, 3], &[mark(1), mark(2), mark(1)], &mixer());
            assert_eq!(weighted, held(again, &[0, 1, 2, 3], &[mark(1); 4], &mixer()));
        }
    }
}
