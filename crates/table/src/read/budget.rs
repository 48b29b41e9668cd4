//! How large a decoded batch becomes, counted before it is made so large.

use crate::{Kind, TableError, normalise::target_kind};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_array};
use arrow::datatypes::{ArrowNativeType, DataType};

/// Bytes that may still be decoded.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    name: String,
    limit_bytes: u64,
    used_bytes: u64,
}

impl Budget {
    pub(super) fn new(name: &str, limit_bytes: u64) -> Budget {
        Budget {
            name: name.to_owned(),
            limit_bytes,
            used_bytes: 0,
        }
    }

    /// Takes what `batch` needs once each text stands in its own cell; dictionaries and runs are still small here.
    ///
    /// # Errors
    /// [`TableError::TooLarge`].
    pub(super) fn take(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        for column in batch.columns() {
            let bytes = plain_bytes(column);
            self.used_bytes = self.used_bytes.saturating_add(bytes);
        }
        if self.limit_bytes < self.used_bytes {
            return Err(TableError::TooLarge {
                name: self.name.clone(),
                limit_bytes: self.limit_bytes,
            });
        }
        Ok(())
    }
}

/// The bytes of a column once it is of one of the six kinds; none for a column that will be left out.
fn plain_bytes(column: &ArrayRef) -> u64 {
    let n_rows = column.len() as u64;
    let width = match target_kind(column.data_type()) {
        None => return 0,
        Some(Kind::Boolean) => 1,
        Some(Kind::Text) => 4,
        Some(_) => 8,
    };
    n_rows.saturating_mul(width).saturating_add(text_bytes(column))
}

fn text_bytes(column: &ArrayRef) -> u64 {
    match column.data_type() {
        DataType::Dictionary(_, values) if is_text(values) => {
            let dictionary = column.as_any_dictionary();
            let lengths = lengths(dictionary.values());
            if lengths.is_empty() {
                return 0;
            }
            let keys = dictionary.normalized_keys();
            let present = (0..column.len()).filter(|row| dictionary.keys().is_valid(*row));
            sum(present.map(|row| lengths.get(keys[row]).copied().unwrap_or(0)))
        }
        _ => match inner_values(column) {
            // At most the longest in each row.
            Some(values) => (column.len() as u64).saturating_mul(longest(&values)),
            None => sum(lengths(column).into_iter()),
        },
    }
}

/// What a dictionary or a run points at.
fn inner_values(column: &ArrayRef) -> Option<ArrayRef> {
    match column.data_type() {
        DataType::Dictionary(..) => Some(column.as_any_dictionary().values().clone()),
        DataType::RunEndEncoded(..) => column.to_data().child_data().get(1).cloned().map(make_array),
        _ => None,
    }
}

fn longest(values: &ArrayRef) -> u64 {
    match inner_values(values) {
        Some(inner) => longest(&inner),
        None => lengths(values).into_iter().max().unwrap_or(0),
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// The bytes of each text; empty for other columns.
fn lengths(column: &ArrayRef) -> Vec<u64> {
    fn between<T: ArrowNativeType>(ends: &[T]) -> Vec<u64> {
        let length = |pair: &[T]| pair[1].as_usize().saturating_sub(pair[0].as_usize()) as u64;
        ends.windows(2).map(length).collect()
    }
    match column.data_type() {
        DataType::Utf8 => between(column.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => between(column.as_string::<i64>().value_offsets()),
        // The low half of a view is the length.
        DataType::Utf8View => {
            let views = column.as_string_view().views();
            views.iter().map(|view| u64::from(*view as u32)).collect()
        }
        _ => Vec::new(),
    }
}

fn sum(lengths: impl Iterator<Item = u64>) -> u64 {
    lengths.fold(0, u64::saturating_add)
}
