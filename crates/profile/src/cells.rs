//! A column's cells as slices that mathematics can use.

use stats::sketch::{hash_bytes, hash_f64};
use std::collections::BTreeMap;
use table::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use table::arrow::datatypes::DataType;

/// Microseconds in a day.
const DAY: f64 = 86_400e6;
/// Categories told apart when columns are compared; rarer ones share one code.
const MOST_CODES: usize = 100;

/// The cells of one column, `(n_rows,)`.
#[derive(Debug)]
pub(crate) enum Cells {
    /// Numbers, days since 1970-01-01 for dates and times; NaN where missing.
    Numbers(Vec<f64>),
    /// Texts, `true` and `false` for booleans.
    Texts(Vec<Option<String>>),
}

/// Categories as small numbers.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    /// The category of each row, in `0..n`; missing is a category of its own.
    pub(crate) codes: Vec<u32>,
    /// How many categories there are.
    pub(crate) n: usize,
}

impl Cells {
    pub(crate) fn of(array: &ArrayRef) -> Cells {
        let any = array.as_any();
        if let Some(texts) = any.downcast_ref::<StringArray>() {
            return Cells::Texts(texts.iter().map(|text| text.map(str::to_owned)).collect());
        }
        if let Some(flags) = any.downcast_ref::<BooleanArray>() {
            return Cells::Texts(flags.iter().map(|flag| flag.map(|is| is.to_string())).collect());
        }
        let numbers = |cells: &mut dyn Iterator<Item = Option<f64>>| {
            Cells::Numbers(cells.map(|cell| cell.unwrap_or(f64::NAN)).collect())
        };
        if let Some(column) = any.downcast_ref::<Int64Array>() {
            return numbers(&mut column.iter().map(|cell| cell.map(|x| x as f64)));
        }
        if let Some(column) = any.downcast_ref::<Date32Array>() {
            return numbers(&mut column.iter().map(|cell| cell.map(f64::from)));
        }
        if let Some(column) = any.downcast_ref::<TimestampMicrosecondArray>() {
            return numbers(&mut column.iter().map(|cell| cell.map(|micros| micros as f64 / DAY)));
        }
        match any.downcast_ref::<Float64Array>() {
            Some(column) => numbers(&mut column.iter()),
            // The table type admits no other kind.
            None => Cells::Texts(vec![None; array.len()]),
        }
    }

    /// The numbers of a column; `None` for texts and booleans.
    pub(crate) fn of_numbers(array: &ArrayRef) -> Option<Vec<f64>> {
        match array.data_type() {
            DataType::Utf8 | DataType::Boolean => None,
            _ => match Cells::of(array) {
                Cells::Numbers(numbers) => Some(numbers),
                Cells::Texts(_) => None,
            },
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Texts(texts) => texts.len(),
        }
    }

    pub(crate) fn is_missing(&self, row: usize) -> bool {
        match self {
            Cells::Numbers(numbers) => numbers[row].is_nan(),
            Cells::Texts(texts) => texts[row].is_none(),
        }
    }

    pub(crate) fn missing(&self) -> Vec<bool> {
        (0..self.len()).map(|row| self.is_missing(row)).collect()
    }

    /// A hash of each cell; equal numbers hash alike whatever their kind, and missing cells hash alike.
    pub(crate) fn hashes(&self) -> Vec<u64> {
        match self {
            Cells::Numbers(numbers) => numbers.iter().map(|x| hash_f64(*x)).collect(),
            Cells::Texts(texts) => texts
                .iter()
                .map(|text| {
                    text.as_ref()
                        .map_or(hash_f64(f64::NAN), |t| hash_bytes(t.as_bytes()))
                })
                .collect(),
        }
    }

    /// A cell as text; `None` where it is missing.
    pub(crate) fn text(&self, row: usize) -> Option<String> {
        match self {
            Cells::Numbers(numbers) => Some(numbers[row]).filter(|x| !x.is_nan()).map(|x| x.to_string()),
            Cells::Texts(texts) => texts[row].clone(),
        }
    }

    /// Each row's category, frequent ones first; missing cells and those beyond the hundredth are one category each.
    pub(crate) fn codes(&self) -> Codes {
        let mut counts: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        let texts: Vec<Option<String>> = (0..self.len()).map(|row| self.text(row)).collect();
        for text in &texts {
            *counts.entry(text.as_deref()).or_default() += 1;
        }
        let mut ranked: Vec<(Option<&str>, usize)> = counts.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let code_of: BTreeMap<Option<&str>, u32> = ranked
            .iter()
            .zip(0_u32..)
            .map(|((text, _), place)| (*text, place.min(MOST_CODES as u32)))
            .collect();
        let codes = texts
            .iter()
            .map(|text| code_of.get(&text.as_deref()).copied().unwrap_or(0))
            .collect();
        Codes {
            codes,
            n: ranked.len().min(MOST_CODES + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;

    #[test]
    fn times_are_days() {
        let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![Some(129_600_000_000), None]));
        let Cells::Numbers(days) = Cells::of(&array) else {
            panic!("expected numbers")
        };
        assert_eq!(days[0], 1.5);
        assert!(days[1].is_nan());
    }

    #[test]
    fn missing_is_a_category() {
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some("b"), None, Some("a"), Some("b")]));
        let codes = Cells::of(&array).codes();
        assert_eq!((codes.codes, codes.n), (vec![0, 1, 2, 0], 3));
    }

    #[test]
    fn equal_numbers_of_two_kinds_hash_alike() {
        let whole: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None]));
        let real: ArrayRef = Arc::new(Float64Array::from(vec![Some(3.0), None]));
        assert_eq!(Cells::of(&whole).hashes(), Cells::of(&real).hashes());
    }
}
