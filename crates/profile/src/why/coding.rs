//! Cells as small numbers.

use crate::cells::Cells;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use table::arrow::array::{Array, ArrayRef, BooleanArray, StringArray};

/// The code of a missing cell.
pub(super) const MISSING: u32 = u32::MAX;

/// Different values of a column, numbered in order of appearance.
#[derive(Debug)]
pub(super) struct Coded {
    /// The number of each row's value, or [`MISSING`].
    pub(super) codes: Vec<u32>,
    /// The first row of each value.
    pub(super) first: Vec<usize>,
}

impl Coded {
    pub(super) fn of(array: &ArrayRef) -> Coded {
        let any = array.as_any();
        if let Some(texts) = any.downcast_ref::<StringArray>() {
            return number(texts.iter());
        }
        if let Some(flags) = any.downcast_ref::<BooleanArray>() {
            return number(flags.iter());
        }
        let Cells::Numbers(numbers) = Cells::of(array) else {
            return number(std::iter::repeat_n(None::<bool>, array.len()));
        };
        number(
            numbers
                .iter()
                .map(|x| (!x.is_nan()).then_some((x + 0.0).to_bits())),
        )
    }
}

fn number<K: std::hash::Hash + Eq>(cells: impl Iterator<Item = Option<K>>) -> Coded {
    let mut code_of: HashMap<K, u32, BuildHasherDefault<Quick>> = HashMap::default();
    let (mut codes, mut first) = (Vec::with_capacity(cells.size_hint().0), Vec::new());
    for (row, cell) in cells.enumerate() {
        let code = cell.map_or(MISSING, |key| {
            *code_of.entry(key).or_insert_with(|| {
                first.push(row);
                first.len() as u32 - 1
            })
        });
        codes.push(code);
    }
    Coded { codes, first }
}

/// A hash for tables that are never walked: multiply and fold, eight bytes at a time.
#[derive(Default)]
struct Quick(u64);

impl Quick {
    fn take(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.take(u64::from_le_bytes(word) ^ (chunk.len() as u64) << 56);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.take(word);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use table::arrow::array::Float64Array;

    #[test]
    fn values_are_numbered_as_they_come() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("b"), None, Some("a"), Some("b")]));
        let coded = Coded::of(&texts);
        assert_eq!((coded.codes, coded.first), (vec![0, MISSING, 1, 0], vec![0, 2]));
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, 2.5]));
        assert_eq!(Coded::of(&numbers).codes, [0, 0, 1]);
    }
}
