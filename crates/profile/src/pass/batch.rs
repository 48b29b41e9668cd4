//! Some rows of one column.

use stats::sketch::{hash_bytes, hash_f64};
use std::borrow::Cow;
use table::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};

/// Microseconds in a day.
const DAY: f64 = 86_400e6;

/// Whole numbers below this are numbers without loss.
const EXACT: u64 = 1 << 53;

/// The cells of some rows of one column.
#[derive(Debug)]
pub(super) enum Batch<'a> {
    /// Numbers, days since 1970-01-01 for dates and times; NaN where missing.
    Numbers(Cow<'a, [f64]>),
    /// Whole numbers, and the same as numbers, which tell those from 2^53 on no longer apart.
    Integers(&'a Int64Array, Cow<'a, [f64]>),
    Texts(&'a StringArray),
    Flags(&'a BooleanArray),
}

impl<'a> Batch<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> Batch<'a> {
        let any = array.as_any();
        if let Some(texts) = any.downcast_ref::<StringArray>() {
            return Batch::Texts(texts);
        }
        if let Some(flags) = any.downcast_ref::<BooleanArray>() {
            return Batch::Flags(flags);
        }
        match any.downcast_ref::<Int64Array>() {
            Some(integers) => Batch::Integers(integers, numbers_of(array)),
            None => Batch::Numbers(numbers_of(array)),
        }
    }

    /// Rows without a value.
    pub(super) fn n_missing(&self) -> u64 {
        match self {
            Batch::Numbers(numbers) => numbers.iter().filter(|x| x.is_nan()).count() as u64,
            Batch::Integers(integers, _) => integers.null_count() as u64,
            Batch::Texts(texts) => texts.null_count() as u64,
            Batch::Flags(flags) => flags.null_count() as u64,
        }
    }

    pub(super) fn is_missing(&self, row: usize) -> bool {
        match self {
            Batch::Numbers(numbers) => numbers[row].is_nan(),
            Batch::Integers(integers, _) => integers.is_null(row),
            Batch::Texts(texts) => texts.is_null(row),
            Batch::Flags(flags) => flags.is_null(row),
        }
    }

    /// What a cell is called as a level.
    pub(super) fn name(&self, row: usize) -> String {
        match self {
            Batch::Numbers(numbers) => numbers[row].to_string(),
            Batch::Integers(integers, _) => integers.value(row).to_string(),
            Batch::Texts(_) | Batch::Flags(_) => self.text(row).unwrap_or_default().to_owned(),
        }
    }

    /// A cell's text, where it has one.
    pub(super) fn text(&self, row: usize) -> Option<&'a str> {
        match self {
            Batch::Texts(texts) => (!texts.is_null(row)).then(|| texts.value(row)),
            Batch::Flags(flags) => {
                (!flags.is_null(row)).then(|| if flags.value(row) { "true" } else { "false" })
            }
            Batch::Numbers(_) | Batch::Integers(..) => None,
        }
    }

    /// A hash of each cell; equal numbers hash alike whatever their kind, and missing cells hash alike.
    pub(super) fn hashes(&self) -> Vec<u64> {
        let missing = hash_f64(f64::NAN);
        match self {
            Batch::Numbers(numbers) => numbers.iter().map(|x| hash_f64(*x)).collect(),
            Batch::Integers(integers, numbers) => {
                let hash = |(cell, number): (Option<i64>, &f64)| match cell {
                    Some(cell) if EXACT <= cell.unsigned_abs() => hash_bytes(&cell.to_le_bytes()),
                    _ => hash_f64(*number),
                };
                integers.iter().zip(numbers.iter()).map(hash).collect()
            }
            Batch::Texts(texts) => {
                let hash = |text: Option<&str>| text.map_or(missing, |text| hash_bytes(text.as_bytes()));
                texts.iter().map(hash).collect()
            }
            Batch::Flags(flags) => {
                let (yes, no) = (hash_bytes(b"true"), hash_bytes(b"false"));
                let hash = |flag: Option<bool>| flag.map_or(missing, |flag| if flag { yes } else { no });
                flags.iter().map(hash).collect()
            }
        }
    }
}

/// The numbers of an array, of which those without gaps are not copied.
pub(crate) fn numbers_of(array: &ArrayRef) -> Cow<'_, [f64]> {
    let any = array.as_any();
    let or_nan = |cell: Option<f64>| cell.unwrap_or(f64::NAN);
    if let Some(column) = any.downcast_ref::<Float64Array>() {
        return match column.null_count() {
            0 => Cow::Borrowed(column.values()),
            _ => Cow::Owned(column.iter().map(or_nan).collect()),
        };
    }
    Cow::Owned(if let Some(column) = any.downcast_ref::<Int64Array>() {
        column.iter().map(|cell| or_nan(cell.map(|x| x as f64))).collect()
    } else if let Some(column) = any.downcast_ref::<Date32Array>() {
        column.iter().map(|cell| or_nan(cell.map(f64::from))).collect()
    } else if let Some(column) = any.downcast_ref::<TimestampMicrosecondArray>() {
        column
            .iter()
            .map(|cell| or_nan(cell.map(|micros| micros as f64 / DAY)))
            .collect()
    } else {
        // the table type admits no other kind
        vec![f64::NAN; array.len()]
    })
}
