//! Features as models read them: checked once a call, then gathered row by row.

use std::ops::Range;

use prepare::{FeatureColumn, Features, MISSING_CODE};

use super::ModelError;

/// The number of rows gathered at a time: with some dozens of features they stay in the first cache.
pub(crate) const BLOCK_ROWS: usize = 64;

/// Checks columns, kinds, rows and buffer against a model's levels (0 stands for a number).
pub(crate) fn check_request(
    feature_levels: &[u32],
    features: &Features,
    rows: &Range<usize>,
    buffer: usize,
    per_row: usize,
) -> Result<(), ModelError> {
    check_columns(feature_levels, features)?;
    check_rows(features, rows, buffer, per_row)
}

/// Checks rows and buffer alone.
pub(crate) fn check_rows(
    features: &Features,
    rows: &Range<usize>,
    buffer: usize,
    per_row: usize,
) -> Result<(), ModelError> {
    if rows.start > rows.end || features.n_rows < rows.end {
        return Err(ModelError::Rows {
            start: rows.start,
            end: rows.end,
            n_rows: features.n_rows,
        });
    }
    let expected = rows.len().saturating_mul(per_row);
    if buffer != expected {
        return Err(ModelError::Buffer {
            found: buffer,
            expected,
        });
    }
    Ok(())
}

fn check_columns(feature_levels: &[u32], features: &Features) -> Result<(), ModelError> {
    if features.columns.len() != feature_levels.len() {
        let (expected, found) = (feature_levels.len(), features.columns.len());
        return Err(ModelError::Columns { expected, found });
    }
    for (column, (values, &levels)) in features.columns.iter().zip(feature_levels).enumerate() {
        if values.len() < features.n_rows {
            return Err(ModelError::Rows {
                start: 0,
                end: features.n_rows,
                n_rows: values.len(),
            });
        }
        let found = levels_of(values);
        if found != levels {
            return Err(ModelError::Kind {
                column,
                found: kind_name(found),
                expected: kind_name(levels),
            });
        }
    }
    Ok(())
}

/// The levels of a column as models store them: 0 for a number.
fn levels_of(column: &FeatureColumn) -> u32 {
    match column {
        FeatureColumn::Number(_) => 0,
        FeatureColumn::Category { n_levels, .. } => *n_levels,
    }
}

fn kind_name(levels: u32) -> String {
    match levels {
        0 => "a number".to_owned(),
        levels => format!("a category of {levels} levels"),
    }
}

/// A few rows, row by row: numbers as they are, codes as numbers, missing as `NaN`.
#[derive(Debug)]
pub(crate) struct RowBlock {
    values: Vec<f64>,
    width: usize,
}

impl RowBlock {
    /// A block for rows of `n_slots` numbers.
    pub(crate) fn new(n_slots: usize) -> RowBlock {
        RowBlock::with_rows(n_slots, BLOCK_ROWS)
    }

    /// A block for up to `n_rows` rows.
    pub(crate) fn with_rows(n_slots: usize, n_rows: usize) -> RowBlock {
        // A row is never empty, so that a leaf may look at slot 0.
        let width = n_slots.max(1);
        RowBlock {
            values: vec![0.0; width * n_rows],
            width,
        }
    }

    /// Takes up `rows`, as many as there is room for, of features that were checked.
    pub(crate) fn gather(&mut self, features: &Features, rows: Range<usize>) {
        for (column_idx, column) in features.columns.iter().enumerate() {
            let slots = self.slots(column_idx);
            match column {
                FeatureColumn::Number(values) => {
                    slots
                        .zip(&values[rows.clone()])
                        .for_each(|(slot, &value)| *slot = value);
                }
                FeatureColumn::Category { codes, n_levels } => {
                    slots
                        .zip(&codes[rows.clone()])
                        .for_each(|(slot, &code)| *slot = level(code, *n_levels));
                }
            }
        }
    }

    /// The places of one slot, row after row.
    pub(crate) fn slots(&mut self, slot: usize) -> impl Iterator<Item = &mut f64> {
        self.values.iter_mut().skip(slot).step_by(self.width)
    }

    /// The row at `position` in the block.
    #[inline(always)]
    pub(crate) fn row(&self, position: usize) -> &[f64] {
        &self.values[position * self.width..][..self.width]
    }
}

/// The level of a category code as a number, missing as `NaN`.
pub(crate) fn level(code: u32, n_levels: u32) -> f64 {
    match code {
        MISSING_CODE => f64::NAN,
        code => f64::from(code.min(n_levels.saturating_sub(1))),
    }
}

/// `rows` cut into blocks.
pub(crate) fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(BLOCK_ROWS)
        .map(move |start| start..(start + BLOCK_ROWS).min(end))
}
