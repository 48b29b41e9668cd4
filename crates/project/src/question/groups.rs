//! The groups that a question compares: values as they are, numbers, days and times in ranges.

use super::MAX_CODES;
use crate::ProjectError;
use prepare::recipe::MIN_SEEN;
use std::collections::BTreeMap;
use table::arrow::array::Array;
use table::write::cell_text;
use table::{Kind, MICROS_PER_DAY, Scale, Table};

/// Groups beyond this many are one group, "other".
const MAX_GROUPS: usize = 12;
/// Days from which on ranges of days end at months, and at weeks.
const SPAN_OF_MONTHS: f64 = 120.0;
const SPAN_OF_WEEKS: f64 = 28.0;

/// The groups of a column.
pub(crate) struct Groups {
    pub(crate) names: Vec<String>,
    /// Each row's group; none where the cell is missing.
    pub(crate) codes: Vec<Option<u32>>,
}

/// Groups a column: values as they are, numbers, days and times of many values in four ranges.
pub(crate) fn groups(table: &Table, column: &str) -> Result<Groups, ProjectError> {
    let values = texts(table, column)?;
    let counts = distinct(&values);
    let kind = table.kind(column).unwrap_or(Kind::Text);
    if is_measured(kind) && MAX_CODES < counts.len() {
        return ranges(table, column, kind);
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    if kind.is_numeric() {
        names.sort_by(|a, b| {
            a.0.parse::<f64>()
                .unwrap_or(0.0)
                .total_cmp(&b.0.parse().unwrap_or(0.0))
        });
    }
    // Rare groups are not named: what so few rows share is theirs, and says little.
    let mut kept: Vec<(String, usize)> = names
        .iter()
        .filter(|(_, n)| MIN_SEEN <= *n as u64)
        .cloned()
        .collect();
    kept.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    kept.truncate(MAX_GROUPS - 1);
    let names: Vec<String> = names
        .into_iter()
        .filter(|name| kept.contains(name))
        .map(|(name, _)| name)
        .collect();
    Ok(named(names, &values, MIN_SEEN as usize))
}

/// The rows of each of `names`; all others are "other" if they are `least_rest` and more, else nothing.
pub(super) fn named(mut names: Vec<String>, values: &[Option<String>], least_rest: usize) -> Groups {
    let n_rest = values
        .iter()
        .flatten()
        .filter(|value| !names.contains(value))
        .count();
    let has_rest = 0 < n_rest && least_rest <= n_rest;
    let rest = has_rest.then_some(names.len() as u32);
    let code = |text: &Option<String>| {
        let text = text.as_ref()?;
        let found = names.iter().position(|name| name == text);
        found.map(|position| position as u32).or(rest)
    };
    let codes = values.iter().map(code).collect();
    if has_rest {
        let is_taken = names.iter().any(|name| name == "other");
        names.push(if is_taken { "all others" } else { "other" }.to_owned());
    }
    Groups { names, codes }
}

impl Groups {
    /// The groups that have `least` rows and more among those that count; the rows of others are in none.
    pub(super) fn of_enough(self, counts: impl Fn(usize) -> bool, least: u64) -> Groups {
        let mut n_rows = vec![0u64; self.names.len()];
        for (row, code) in self.codes.iter().enumerate() {
            if let Some(code) = code.filter(|_| counts(row)) {
                n_rows[code as usize] += 1;
            }
        }
        let mut next = 0;
        let new: Vec<Option<u32>> = n_rows
            .iter()
            .map(|n| {
                let kept = (least <= *n).then_some(next);
                next += u32::from(kept.is_some());
                kept
            })
            .collect();
        let names = self.names.into_iter().zip(&new);
        Groups {
            names: names
                .filter(|(_, new)| new.is_some())
                .map(|(name, _)| name)
                .collect(),
            codes: self
                .codes
                .iter()
                .map(|code| code.and_then(|code| new[code as usize]))
                .collect(),
        }
    }
}

/// Whether values have an order and distances.
pub(super) fn is_measured(kind: Kind) -> bool {
    kind.is_numeric() || is_day(kind)
}

/// Whether values are days or times.
pub(super) fn is_day(kind: Kind) -> bool {
    matches!(kind, Kind::Date | Kind::Time)
}

/// The present values as numbers; days and times as days since 1970-01-01.
pub(super) fn measures(table: &Table, column: &str) -> Result<Vec<f64>, ProjectError> {
    let mut numbers = bundle::baseline::numbers(table, column)?;
    if table.kind(column) == Some(Kind::Time) {
        numbers
            .iter_mut()
            .for_each(|micros| *micros /= MICROS_PER_DAY as f64);
    }
    Ok(numbers)
}

fn ranges(table: &Table, column: &str, kind: Kind) -> Result<Groups, ProjectError> {
    let cells = table.column(column)?;
    let numbers = measures(table, column)?;
    let edges = if is_day(kind) {
        edges_of_days(&numbers)
    } else {
        edges_of_numbers(&numbers)
    };
    let scale = match is_day(kind) {
        true => Scale::Time,
        false if numbers.iter().all(|x| x.fract() == 0.0) => Scale::Whole,
        false => Scale::Number,
    };
    let label = |position: usize| {
        let low = position.checked_sub(1).map(|before| edges[before]);
        scale.range(low, edges.get(position).copied())
    };
    let names = (0..=edges.len()).map(label).collect();
    // A number on an edge lies below it; a range of days begins with its day.
    let range_of = |value: f64| match is_day(kind) {
        true => edges.partition_point(|edge| *edge <= value),
        false => edges.partition_point(|edge| *edge < value),
    };
    let mut numbers = numbers.into_iter();
    let codes = (0..cells.len())
        .map(|row| {
            let value = cells.is_valid(row).then(|| numbers.next()).flatten()?;
            Some(range_of(value) as u32)
        })
        .collect();
    Ok(Groups { names, codes })
}

fn quartiles(numbers: &[f64]) -> Vec<f64> {
    let mut sketch = stats::sketch::Quantiles::default();
    sketch.extend(numbers);
    [0.25, 0.5, 0.75]
        .iter()
        .filter_map(|q| sketch.quantile(*q))
        .collect()
}

/// Edges of as few digits as tell the quarters apart, three at least: readable, and no row's own value.
fn edges_of_numbers(numbers: &[f64]) -> Vec<f64> {
    let quartiles = quartiles(numbers);
    let short = |digits: usize| {
        let rounded = quartiles
            .iter()
            .map(|value| format!("{value:.digits$e}").parse().unwrap_or(*value))
            .collect();
        dividing(rounded, |edge, value| value <= edge, numbers)
    };
    let most = short(6).len();
    (2..6)
        .map(short)
        .find(|edges| edges.len() == most)
        .unwrap_or_else(|| short(6))
}

/// Edges at the nearest beginnings of months, weeks or days, as the span allows.
fn edges_of_days(days: &[f64]) -> Vec<f64> {
    let low = days.iter().copied().fold(f64::INFINITY, f64::min);
    let high = days.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let begin = |day: f64| match high - low {
        span if SPAN_OF_MONTHS <= span => first_of_month(day + 15.0),
        // 1970-01-05 was a Monday.
        span if SPAN_OF_WEEKS <= span => ((day - 4.0) / 7.0).round() * 7.0 + 4.0,
        _ => day.floor(),
    };
    let edges = quartiles(days).into_iter().map(begin).collect();
    dividing(edges, |edge, value| value < edge, days)
}

fn first_of_month(day: f64) -> f64 {
    let array = table::arrow::array::Date32Array::from(vec![day.floor() as i32]);
    let text = cell_text(&array, 0).unwrap_or_default();
    let of_month = text.rsplit('-').next().and_then(|text| text.parse::<f64>().ok());
    day.floor() + 1.0 - of_month.unwrap_or(1.0)
}

/// The edges, each once, that have rows between them and beyond them.
fn dividing(mut edges: Vec<f64>, is_below: impl Fn(f64, f64) -> bool, values: &[f64]) -> Vec<f64> {
    edges.dedup();
    let mut n_before = 0;
    edges.retain(|edge| {
        let n = values.iter().filter(|value| is_below(*edge, **value)).count();
        let divides = n_before < n && n < values.len();
        n_before = if divides { n } else { n_before };
        divides
    });
    edges
}

pub(super) fn texts(table: &Table, column: &str) -> Result<Vec<Option<String>>, ProjectError> {
    let cells = table.column(column)?;
    Ok((0..cells.len())
        .map(|row| cell_text(cells.as_ref(), row))
        .collect())
}

pub(super) fn distinct(values: &[Option<String>]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    values
        .iter()
        .flatten()
        .for_each(|value| *counts.entry(value.clone()).or_default() += 1);
    counts
}
