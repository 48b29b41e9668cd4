//! A column's cells as values that can be told.

use super::answer::Cells as Held;
use super::coding::{Coded, MISSING};
use super::rows::Rows;
use crate::Meaning;
use crate::cells::Cells;
use crate::ranges::{Ranges, is_whole};
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array};
use table::{Kind, Scale};

/// Numbers with no more different values than this are told apart by their values.
const FEW_VALUES: usize = 6;
/// Rows of a numbered column that show whether values repeat.
const GLANCE: usize = 10_000;

/// What each row of the whole table holds: a value by its place in `words`, or `None`.
pub(super) struct Values {
    pub(super) codes: Vec<u32>,
    pub(super) words: Vec<String>,
    pub(super) cells: Vec<Held>,
    pub(super) is_ordered: bool,
}

pub(super) fn of_texts(column: &str, kind: Kind, array: &ArrayRef) -> Result<Values, Meaning> {
    let coded = Coded::of(array);
    let n_present = coded.codes.iter().filter(|code| **code != MISSING).count();
    let distinct = coded.first.len();
    let is_plain = 1 < distinct && 2 * distinct < n_present;
    if !is_plain {
        refuse(meaning_of(column, kind, array))?;
    }
    let word = |row: &usize| Cells::of(&array.slice(*row, 1)).text(0).unwrap_or_default();
    let words: Vec<String> = coded.first.iter().map(word).collect();
    Ok(Values {
        cells: words.iter().cloned().map(Held::Text).collect(),
        words,
        codes: coded.codes,
        is_ordered: false,
    })
}

pub(super) fn of_numbers(column: &str, kind: Kind, numbers: &[f64], rows: &Rows) -> Result<Values, Meaning> {
    let used = || {
        rows.original
            .iter()
            .map(|row| numbers[*row as usize])
            .filter(|x| !x.is_nan())
    };
    let is_whole = is_whole(numbers);
    let scale = match kind {
        Kind::Date => Scale::Day,
        Kind::Time => Scale::Time,
        _ if is_whole => Scale::Whole,
        _ => Scale::Number,
    };
    let mut few: Vec<f64> = Vec::new();
    for x in used() {
        if !few.contains(&x) {
            few.push(x);
            if few.len() > FEW_VALUES {
                break;
            }
        }
    }
    if few.len() < 2 {
        return Err(if few.is_empty() {
            Meaning::AllMissing
        } else {
            Meaning::Constant
        });
    }
    if few.len() <= FEW_VALUES {
        few.sort_by(f64::total_cmp);
        let place = |x: &f64| few.iter().position(|y| y == x).map_or(MISSING, |k| k as u32);
        return Ok(Values {
            codes: numbers.iter().map(place).collect(),
            words: few.iter().map(|x| scale.value(*x)).collect(),
            cells: few.iter().copied().map(Held::Number).collect(),
            is_ordered: true,
        });
    }
    refuse_numbered(column, kind, numbers)?;
    let mut sorted: Vec<f64> = used().collect();
    let last = sorted.len() - 1;
    let (least, most) = sorted
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(*x), high.max(*x))
        });
    let quartiles = [1, 2, 3].map(|k| *sorted.select_nth_unstable_by(k * last / 4, f64::total_cmp).1);
    let ranges = Ranges::quarters(kind, is_whole, (least, most), quartiles);
    let held = |k: usize| Held::Range {
        low: ranges.ends(k).0,
        high: ranges.ends(k).1,
        holds_low: ranges.hold_low(),
    };
    Ok(Values {
        codes: numbers
            .iter()
            .map(|x| ranges.place(*x).map_or(MISSING, |k| k as u32))
            .collect(),
        words: (0..ranges.n()).map(|k| ranges.label(k)).collect(),
        cells: (0..ranges.n()).map(held).collect(),
        is_ordered: true,
    })
}

/// Numbers that name their rows are no axis. Where values repeat at a glance, nobody counts them all.
fn refuse_numbered(column: &str, kind: Kind, numbers: &[f64]) -> Result<(), Meaning> {
    let distinct = |numbers: &[f64]| {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n_present = sorted.len();
        sorted.dedup();
        (n_present, sorted.len())
    };
    let (n_glance, glance) = distinct(&numbers[..numbers.len().min(GLANCE)]);
    if kind != Kind::Integer || 10 * glance < 9 * n_glance {
        return Ok(());
    }
    let array: ArrayRef = Arc::new(Float64Array::from(numbers.to_vec()));
    refuse(meaning_of(column, Kind::Number, &array))
}

/// What the column is about; a category where that cannot be told.
fn meaning_of(column: &str, kind: Kind, array: &ArrayRef) -> Meaning {
    let found = crate::describe::column(column, kind, array, 0.95);
    found.map_or(Meaning::Category, |found| found.meaning)
}

fn refuse(meaning: Meaning) -> Result<(), Meaning> {
    match meaning {
        Meaning::Identifier | Meaning::Constant | Meaning::AllMissing | Meaning::FreeText => Err(meaning),
        _ => Ok(()),
    }
}
