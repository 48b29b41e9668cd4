//! Text that is the same in every row of a batch, as the hash of the bundle that answered it: written once instead of for each.

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int8Array, NullArray, RecordBatch, RecordBatchOptions,
    StringArray,
};
use arrow::datatypes::{Field, Int8Type, Schema};
use arrow::error::ArrowError;
use std::sync::Arc;

/// The same rows, in which a column of one text is a dictionary of it and a column without any has no cells; who reads them
/// turns both into text again.
pub(super) fn told_once(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let (schema, columns, n_rows) = batch.clone().into_parts();
    let columns: Vec<ArrayRef> = columns.into_iter().map(shorter).collect();
    let fields = schema.fields().iter().zip(&columns);
    let fields = fields.map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
    RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)
}

fn shorter(column: ArrayRef) -> ArrayRef {
    let Some(texts) = column.as_string_opt::<i32>() else {
        return column;
    };
    match texts.len() {
        0 | 1 => column,
        n_rows if texts.null_count() == n_rows => Arc::new(NullArray::new(n_rows)),
        n_rows if is_one(texts) => {
            dictionary(texts.value(0), n_rows).map_or(column, |of_one| Arc::new(of_one) as _)
        }
        _ => column,
    }
}

fn is_one(texts: &StringArray) -> bool {
    let first = texts.value(0);
    texts.null_count() == 0 && (1..texts.len()).all(|row| texts.value(row) == first)
}

/// `None` cannot be: each key is that of the one text.
fn dictionary(text: &str, n_rows: usize) -> Option<DictionaryArray<Int8Type>> {
    let texts = Arc::new(StringArray::from_iter_values([text]));
    DictionaryArray::try_new(Int8Array::from(vec![0; n_rows]), texts).ok()
}
