//! The table: named columns of equal length.

use crate::{Hash, Kind, TableError, nearest, quoted_list};
use arrow::array::{Array, ArrayRef, RecordBatch, UInt64Array};
use arrow::datatypes::{Field, Schema};
use std::sync::Arc;

/// Named columns of equal length, each of one [`Kind`]; missing is null, numbers are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    batch: RecordBatch,
}

impl Table {
    /// A table of columns that already have the Arrow types of [`Kind`]; see [`crate::normalise`] for others.
    ///
    /// # Errors
    /// [`TableError::WrongKind`] for a column of another type, [`TableError::DuplicateColumn`], and
    /// [`TableError::Arrow`] if lengths differ.
    pub fn new(columns: Vec<(String, ArrayRef)>) -> Result<Table, TableError> {
        let n_rows = columns.first().map_or(0, |(_, array)| array.len());
        Table::with_rows(columns, n_rows)
    }

    /// As [`Table::new`], for tables that may have rows and no column.
    pub(crate) fn with_rows(columns: Vec<(String, ArrayRef)>, n_rows: usize) -> Result<Table, TableError> {
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
            .collect();
        let arrays: Vec<ArrayRef> = columns.into_iter().map(|(_, array)| array).collect();
        let schema = Arc::new(Schema::new(fields));
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(n_rows));
        let batch = RecordBatch::try_new_with_options(schema, arrays, &options)
            .map_err(TableError::arrow("table"))?;
        Table::from_batch(batch)
    }

    /// A table of a batch whose columns already have the Arrow types of [`Kind`].
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn from_batch(batch: RecordBatch) -> Result<Table, TableError> {
        let schema = batch.schema();
        for (position, field) in schema.fields().iter().enumerate() {
            if Kind::of(field.data_type()).is_none() {
                return Err(TableError::WrongKind {
                    column: field.name().clone(),
                    found: field.data_type().to_string(),
                    expected: "boolean, integer, number, text, date or time".to_owned(),
                });
            }
            let first = schema
                .fields()
                .iter()
                .position(|other| other.name() == field.name());
            if let Some(first) = first.filter(|first| *first < position) {
                return Err(TableError::DuplicateColumn {
                    name: "table".to_owned(),
                    column: field.name().clone(),
                    first: first + 1,
                    second: position + 1,
                });
            }
        }
        Ok(Table { batch })
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The number of columns.
    pub fn n_columns(&self) -> usize {
        self.batch.num_columns()
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> Vec<String> {
        self.batch
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    /// Names and kinds of the columns, in order.
    pub fn columns(&self) -> Vec<(String, Kind)> {
        let kind = |field: &Arc<Field>| Kind::of(field.data_type()).expect("checked when the table was made");
        self.batch
            .schema()
            .fields()
            .iter()
            .map(|field| (field.name().clone(), kind(field)))
            .collect()
    }

    /// The kind of the column called `name`, if there is one.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        let schema = self.batch.schema();
        schema
            .field_with_name(name)
            .ok()
            .and_then(|field| Kind::of(field.data_type()))
    }

    /// The column called `name`, `(n_rows,)`.
    ///
    /// # Errors
    /// [`TableError::NoColumn`] with the nearest name.
    pub fn column(&self, name: &str) -> Result<ArrayRef, TableError> {
        self.batch
            .column_by_name(name)
            .cloned()
            .ok_or_else(|| no_column(name, &self.names()))
    }

    /// The whole table as one Arrow batch.
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// Only the columns called `names`, in that order.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn select(&self, names: &[&str]) -> Result<Table, TableError> {
        let columns: Result<Vec<_>, _> = names
            .iter()
            .map(|name| Ok(((*name).to_owned(), self.column(name)?)))
            .collect();
        let mut selected = Table::new(columns?)?;
        if names.is_empty() {
            selected.batch = self.batch.project(&[]).map_err(TableError::arrow("table"))?;
        }
        Ok(selected)
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Errors
    /// [`TableError::Arrow`] if a position is out of range.
    pub fn take(&self, rows: &[usize]) -> Result<Table, TableError> {
        let indices = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
        let batch =
            arrow::compute::take_record_batch(&self.batch, &indices).map_err(TableError::arrow("table"))?;
        Ok(Table { batch })
    }

    /// `length` rows from `offset`, without a copy.
    pub fn slice(&self, offset: usize, length: usize) -> Table {
        let offset = offset.min(self.n_rows());
        Table {
            batch: self.batch.slice(offset, length.min(self.n_rows() - offset)),
        }
    }

    /// This table with one more column, or with the column of that name replaced.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn with_column(&self, name: &str, array: ArrayRef) -> Result<Table, TableError> {
        let mut columns: Vec<(String, ArrayRef)> = self
            .names()
            .into_iter()
            .zip(self.batch.columns().iter().cloned())
            .collect();
        match columns.iter_mut().find(|(existing, _)| existing == name) {
            Some(column) => column.1 = array,
            None => columns.push((name.to_owned(), array)),
        }
        Table::new(columns)
    }

    /// All rows of `tables`, which must have the same columns.
    ///
    /// # Errors
    /// [`TableError::Arrow`] if columns differ.
    pub fn concat(tables: &[Table]) -> Result<Table, TableError> {
        let Some(first) = tables.first() else {
            return Table::new(Vec::new());
        };
        let batches = tables.iter().map(Table::batch);
        let batch = arrow::compute::concat_batches(&first.batch.schema(), batches)
            .map_err(TableError::arrow("table"))?;
        Ok(Table { batch })
    }

    /// The hash of names, kinds and cells; how the table is cut into batches does not matter.
    pub fn hash(&self) -> Hash {
        crate::hash::of_table(self)
    }
}

pub(crate) fn no_column(name: &str, names: &[String]) -> TableError {
    let known = || names.iter().map(String::as_str);
    TableError::NoColumn {
        column: name.to_owned(),
        found: quoted_list(known(), 12),
        nearest: nearest(name, known()).map(str::to_owned),
    }
}
