//! A column cut into parts: levels of categories, quarters of numbers.

use super::bits::Bits;
use crate::cells::Cells;
use crate::column::{ColumnProfile, describe};
use crate::{Meaning, ProfileError};
use table::Kind;
use table::arrow::array::ArrayRef;
use table::arrow::temporal_conversions::date32_to_datetime;

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
    let column = describe(name, kind, &cells, &cells.hashes(), level)?;
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
            format!("{name} = {text}"),
            Bits::of(codes.codes.iter().map(|other| *other == code)),
        ))
    });
    taken.collect()
}

/// Quarters between round cuts, ends included on the right.
fn ranges(column: &ColumnProfile, numbers: &[f64]) -> Vec<(String, Bits)> {
    let name = &column.name;
    let cuts = cuts(column, numbers);
    let text = |cut: f64| label(column.kind, cut);
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
        return Vec::new();
    };
    let mut found = vec![(
        format!("{name} <= {}", text(*first)),
        within(numbers, f64::NEG_INFINITY, *first),
    )];
    for pair in cuts.windows(2) {
        let range = format!("{} < {name} <= {}", text(pair[0]), text(pair[1]));
        found.push((range, within(numbers, pair[0], pair[1])));
    }
    found.push((
        format!("{name} > {}", text(*last)),
        within(numbers, *last, f64::INFINITY),
    ));
    found
}

fn within(numbers: &[f64], above: f64, to: f64) -> Bits {
    Bits::of(numbers.iter().map(|x| *x > above && *x <= to))
}

/// Where the quarters end, rounded so that the label tells exactly which rows are meant.
fn cuts(column: &ColumnProfile, numbers: &[f64]) -> Vec<f64> {
    let Some(summary) = &column.numbers else {
        return Vec::new();
    };
    let is_whole = numbers.iter().all(|x| x.is_nan() || x.fract() == 0.0)
        || matches!(column.kind, Kind::Date | Kind::Time);
    let [_, _, first, middle, last, ..] = summary.quantiles;
    let rounded = [first, middle, last].map(|cut| {
        let short = if is_whole { cut.floor() } else { three_digits(cut) };
        if short > summary.min && short < summary.max {
            short
        } else {
            cut
        }
    });
    let mut cuts: Vec<f64> = rounded
        .into_iter()
        .filter(|cut| *cut >= summary.min && *cut < summary.max)
        .collect();
    cuts.dedup();
    cuts
}

fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

fn label(kind: Kind, cut: f64) -> String {
    match kind {
        Kind::Date | Kind::Time => {
            let date = date32_to_datetime(cut.floor() as i32);
            date.map_or_else(|| cut.to_string(), |date| date.date().to_string())
        }
        _ => cut.to_string(),
    }
}
