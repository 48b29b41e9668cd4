//! Inputs whose values the log does not show: hashes of them, or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use table::arrow::array::{Array, ArrayRef, StringArray};
use table::write::cell_text;

/// Digits of a hash that are kept: 128 bits.
const N_DIGITS: usize = 32;
/// What the key of hashes is derived for; BLAKE3 asks that no other program uses it.
const CONTEXT: &str = "spanwise 2026-11 prediction log, masked columns";

/// Columns whose values are not logged. With a key, equal values of a column have equal hashes (BLAKE3 with the key), so that
/// rows can be joined and counted by whoever has not got the key, and values found by guessing only by whoever has. Without
/// one, nothing of them is logged.
#[derive(Clone, Default)]
pub struct Mask {
    columns: BTreeSet<String>,
    key: Option<[u8; 32]>,
}

impl Mask {
    /// Masks `columns`; `secret` is what the key is made from.
    pub fn new(columns: impl IntoIterator<Item = String>, secret: Option<&str>) -> Mask {
        Mask {
            columns: columns.into_iter().collect(),
            key: secret.map(|secret| blake3::derive_key(CONTEXT, secret.as_bytes())),
        }
    }

    /// The same key over other columns.
    pub fn over(&self, columns: impl IntoIterator<Item = String>) -> Mask {
        Mask {
            columns: columns.into_iter().collect(),
            key: self.key,
        }
    }

    pub(super) fn holds(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// The hashes of a column's cells, missing ones missing; `None` without a key.
    pub(super) fn hashes(&self, column: &str, cells: &dyn Array) -> Option<ArrayRef> {
        let key = self.key.as_ref()?;
        let hash = |text: String| {
            let mut hasher = blake3::Hasher::new_keyed(key);
            hasher
                .update(&(column.len() as u64).to_le_bytes())
                .update(column.as_bytes());
            hasher.update(text.as_bytes());
            hasher.finalize().to_hex()[..N_DIGITS].to_owned()
        };
        let hashes = (0..cells.len()).map(|row| cell_text(cells, row).map(hash));
        Some(Arc::new(hashes.collect::<StringArray>()))
    }
}

impl std::fmt::Debug for Mask {
    /// Leaves the key out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mask")
            .field("columns", &self.columns)
            .field("has_key", &self.key.is_some())
            .finish()
    }
}
