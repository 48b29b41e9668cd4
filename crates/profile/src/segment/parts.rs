//! A column cut into parts: levels of categories, quarters of numbers.

use super::bits::Bits;
use crate::cells::Cells;
use crate::ranges::{Ranges, is_whole};
use crate::{ColumnProfile, Meaning, ProfileError, describe};
use table::Kind;
use table::arrow::array::ArrayRef;

/// Levels of a category that become parts, frequent ones first.
const MOST_LEVELS: usize = 30;
/// Numbers with no more different values than this are cut into their values.
const FEW_VALUES: f64 = 6.0;

/// Rows that share a value or a range of one column.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) column: String,
    pub(super) label: String,
    pub(super) rows: Bits,
}

/// The parts of the column `name`; none for identifiers, constants and free text.
pub(super) fn parts(name: &str, kind: Kind, array: &ArrayRef, level: f64) -> Result<Vec<Part>, ProfileError> {
    cut(name, kind, array, level, false)
}

/// As [`parts`], with the lower and the upper half of numbers beside their quarters.
pub(super) fn parts_and_halves(
    name: &str,
    kind: Kind,
    array: &ArrayRef,
    level: f64,
) -> Result<Vec<Part>, ProfileError> {
    cut(name, kind, array, level, true)
}

fn cut(
    name: &str,
    kind: Kind,
    array: &ArrayRef,
    level: f64,
    with_halves: bool,
) -> Result<Vec<Part>, ProfileError> {
    let cells = Cells::of(array);
    let column = describe::column(name, kind, array, level)?;
    let is_useful = !matches!(
        column.meaning,
        Meaning::Identifier | Meaning::Constant | Meaning::AllMissing | Meaning::FreeText
    );
    let part = |label: String, rows: Bits| Part {
        column: name.to_owned(),
        label,
        rows,
    };
    let mut found = match &cells {
        _ if !is_useful => Vec::new(),
        Cells::Numbers(numbers) if column.distinct.value > FEW_VALUES => {
            ranges(&column, numbers, with_halves)
                .into_iter()
                .map(|(label, rows)| part(label, rows))
                .collect()
        }
        _ => levels(name, &cells)
            .into_iter()
            .map(|(label, rows)| part(label, rows))
            .collect(),
    };
    if column.n_missing > 0 && column.meaning != Meaning::AllMissing {
        found.push(part(
            format!("{name} is missing"),
            Bits::of(cells.missing().into_iter()),
        ));
    }
    Ok(found)
}

fn levels(name: &str, cells: &Cells) -> Vec<(String, Bits)> {
    let codes = cells.codes();
    let first_row = |code: u32| codes.codes.iter().position(|other| *other == code);
    // Codes beyond the hundredth level are shared, and stand after those taken here.
    let taken = (0..codes.n.min(MOST_LEVELS) as u32).filter_map(|code| {
        let text = cells.text(first_row(code)?)?;
        Some((
            format!("{name} is {text}"),
            Bits::of(codes.codes.iter().map(|other| *other == code)),
        ))
    });
    taken.collect()
}

fn ranges(column: &ColumnProfile, numbers: &[f64], with_halves: bool) -> Vec<(String, Bits)> {
    let Some(summary) = &column.numbers else {
        return Vec::new();
    };
    let [_, _, first, middle, last, ..] = summary.quantiles;
    let ends = (summary.min, summary.max);
    let ranges = Ranges::quarters(column.kind, is_whole(numbers), ends, [first, middle, last]);
    let part = |first: usize, last: usize| {
        let is_in = |place: usize| first <= place && place <= last;
        let rows = Bits::of(numbers.iter().map(|x| ranges.place(*x).is_some_and(is_in)));
        (
            format!("{} is {}", column.name, ranges.label_between(first, last)),
            rows,
        )
    };
    let n = ranges.n();
    let mut found: Vec<(String, Bits)> = (0..n).map(|position| part(position, position)).collect();
    if with_halves && 2 < n {
        found.extend([part(0, 1), part(n - 2, n - 1)]);
    }
    found
}
