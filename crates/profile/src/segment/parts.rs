//! A column cut into parts: levels of categories, quarters of numbers.

use super::bits::Bits;
use crate::cells::Cells;
use crate::{ColumnProfile, Meaning, ProfileError, describe};
use stats::digits::short_between;
use table::arrow::array::ArrayRef;
use table::{Kind, Scale};

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
        Cells::Numbers(numbers) if column.distinct.value > FEW_VALUES => ranges(&column, numbers)
            .into_iter()
            .map(|(label, rows)| part(label, rows))
            .collect(),
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

/// Quarters between round cuts. Numbers and days belong to the quarter that they end, times to the one that they begin,
/// so that `before 1 May 2024` means what it says.
fn ranges(column: &ColumnProfile, numbers: &[f64]) -> Vec<(String, Bits)> {
    let name = &column.name;
    let cuts = cuts(column, numbers);
    let scale = match column.kind {
        Kind::Date => Scale::Day,
        Kind::Time => Scale::Time,
        _ if is_whole(numbers) => Scale::Whole,
        _ => Scale::Number,
    };
    let is_below = |x: f64, cut: f64| match scale {
        Scale::Time => x < cut,
        _ => x <= cut,
    };
    let of = |position: usize| {
        let low = position.checked_sub(1).map(|before| cuts[before]);
        (low, cuts.get(position).copied())
    };
    let inside = |x: f64, position: usize| {
        let (low, high) = of(position);
        let is_after = low.is_none_or(|low| !is_below(x, low));
        is_after && high.is_none_or(|high| is_below(x, high)) && !x.is_nan()
    };
    let label = |position: usize| {
        let (low, high) = of(position);
        format!("{name} is {}", scale.range(low, high))
    };
    let part = |position| {
        let rows = Bits::of(numbers.iter().map(|x| inside(*x, position)));
        (label(position), rows)
    };
    match cuts.len() {
        0 => Vec::new(),
        n => (0..=n).map(part).collect(),
    }
}

/// Where the quarters end, rounded so that the label tells exactly which rows are meant, and betrays none of them.
fn cuts(column: &ColumnProfile, numbers: &[f64]) -> Vec<f64> {
    let Some(summary) = &column.numbers else {
        return Vec::new();
    };
    let (least, most) = (summary.min, summary.max);
    let is_whole = is_whole(numbers);
    let [_, _, first, middle, last, ..] = summary.quantiles;
    let rounded = [first, middle, last].map(|cut| match column.kind {
        Kind::Date => cut.floor(),
        Kind::Time => short_time(cut, least, most),
        _ => short_between(if is_whole { cut.floor() } else { cut }, least, most),
    });
    let mut cuts: Vec<f64> = rounded
        .into_iter()
        .filter(|cut| *cut >= least && *cut < most)
        .collect();
    cuts.dedup();
    cuts
}

/// The day, or else the hour or minute, that holds the time `cut` (in days) and begins between `least` and `most`.
fn short_time(cut: f64, least: f64, most: f64) -> f64 {
    [1.0, 24.0, 1_440.0]
        .into_iter()
        .map(|per_day| (cut * per_day).floor() / per_day)
        .find(|short| least < *short && *short < most)
        .unwrap_or(f64::NAN)
}

fn is_whole(numbers: &[f64]) -> bool {
    numbers.iter().all(|x| x.is_nan() || x.fract() == 0.0)
}
