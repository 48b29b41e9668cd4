//! Keys and moments of the rows of a side.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::{DataFusionError, Result};
use datafusion::physical_expr::PhysicalExpr;
use std::sync::Arc;

/// The keys of rows as bytes; without keys all rows have the same.
pub(super) struct Keys {
    rows: Option<Rows>,
    columns: Vec<ArrayRef>,
}

impl Keys {
    pub(super) fn of(expressions: &[Arc<dyn PhysicalExpr>], batch: &RecordBatch) -> Result<Keys> {
        let columns = expressions
            .iter()
            .map(|key| key.evaluate(batch)?.into_array(batch.num_rows()))
            .collect::<Result<Vec<ArrayRef>>>()?;
        let fields = columns
            .iter()
            .map(|column| SortField::new(column.data_type().clone()));
        let rows = match columns.is_empty() {
            true => None,
            false => Some(RowConverter::new(fields.collect())?.convert_columns(&columns)?),
        };
        Ok(Keys { rows, columns })
    }

    pub(super) fn at(&self, row: usize) -> Option<&[u8]> {
        let is_there = self.columns.iter().all(|column| column.is_valid(row));
        match &self.rows {
            None => Some(&[]),
            Some(rows) => is_there.then(|| rows.row(row).data()),
        }
    }
}

/// Days or times of rows as numbers.
pub(super) struct Moments(ArrayRef);

pub(super) fn moments(expression: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Moments> {
    let cells = expression.evaluate(batch)?.into_array(batch.num_rows())?;
    match cells.data_type() {
        DataType::Date32 | DataType::Timestamp(..) => Ok(Moments(cells)),
        other => Err(DataFusionError::Internal(format!("an as-of join over {other}"))),
    }
}

impl Moments {
    pub(super) fn at(&self, row: usize) -> Option<i64> {
        if self.0.is_null(row) {
            return None;
        }
        match self.0.as_primitive_opt::<TimestampMicrosecondType>() {
            Some(times) => Some(times.value(row)),
            None => self
                .0
                .as_primitive_opt::<Date32Type>()
                .map(|days| i64::from(days.value(row))),
        }
    }
}
