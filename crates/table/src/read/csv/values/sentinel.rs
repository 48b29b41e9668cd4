//! Numbers that people write for "not known".

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array};
use std::sync::Arc;

/// Values that people write for "not known", far from all others of a column of numbers.
pub(in crate::read::csv) fn sentinel(name: &str, column: &ArrayRef) -> Option<String> {
    const SENTINELS: [f64; 8] = [
        -99.0, -999.0, -9999.0, -99_999.0, 999.0, 9999.0, 99_999.0, 999_999.0,
    ];
    // One that matters is the least or the greatest value.
    let (least, greatest) = extremes(column)?;
    if !SENTINELS.contains(&least) && !SENTINELS.contains(&greatest) {
        return None;
    }
    let values: Box<dyn Iterator<Item = f64>> =
        if let Some(whole) = column.as_primitive_opt::<arrow::datatypes::Int64Type>() {
            Box::new(whole.iter().flatten().map(|value| value as f64))
        } else {
            let numbers = column.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
            Box::new(numbers.iter().flatten())
        };
    let mut counts = [0usize; SENTINELS.len()];
    let (mut low, mut high, mut n_negative, mut n) = (f64::INFINITY, f64::NEG_INFINITY, 0usize, 0usize);
    for value in values {
        n += 1;
        let is_likely = value.abs() < 1e6 && value.abs() > 98.0;
        match is_likely
            .then(|| SENTINELS.iter().position(|known| *known == value))
            .flatten()
        {
            Some(position) => counts[position] += 1,
            None => {
                low = low.min(value);
                high = high.max(value);
                n_negative += usize::from(value < 0.0);
            }
        }
    }
    let found = SENTINELS.iter().zip(counts).find(|(sentinel, count)| {
        let is_apart = match **sentinel < 0.0 {
            true => **sentinel < low - (high - low) && n_negative * 20 < n,
            false => high + (high - low) < **sentinel,
        };
        2 <= *count && is_apart && low < high
    });
    found.map(|(sentinel, count)| {
        format!("column `{name}`: {sentinel} stands in {count} cells far from all others; it may mean missing, and was kept")
    })
}

/// The column without the numbers in `sentinels`, and the rows that held one.
pub(in crate::read::csv) fn without(
    column: &ArrayRef,
    sentinels: &[f64],
) -> Option<(ArrayRef, Vec<(usize, f64)>)> {
    let mut found = Vec::new();
    let mut is_one = |row: usize, value: f64| {
        let is_one = sentinels.contains(&value);
        if is_one {
            found.push((row, value));
        }
        is_one
    };
    let array: ArrayRef = if let Some(whole) = column.as_primitive_opt::<arrow::datatypes::Int64Type>() {
        let kept = whole
            .iter()
            .enumerate()
            .map(|(row, value)| value.filter(|value| !is_one(row, *value as f64)));
        Arc::new(kept.collect::<Int64Array>())
    } else {
        let numbers = column.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
        let kept = numbers
            .iter()
            .enumerate()
            .map(|(row, value)| value.filter(|value| !is_one(row, *value)));
        Arc::new(kept.collect::<Float64Array>())
    };
    (!found.is_empty()).then_some((array, found))
}

/// The least and the greatest number of a column.
fn extremes(column: &ArrayRef) -> Option<(f64, f64)> {
    use arrow::compute::{max, min};
    if let Some(whole) = column.as_primitive_opt::<arrow::datatypes::Int64Type>() {
        return Some((min(whole)? as f64, max(whole)? as f64));
    }
    let numbers = column.as_primitive_opt::<arrow::datatypes::Float64Type>()?;
    Some((min(numbers)?, max(numbers)?))
}
