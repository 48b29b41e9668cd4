//! The course in each level of a column, in words and pictures.

use super::stretch::and;
use super::words::in_short;
use super::{named, of_axis};
use profile::Course;
use profile::course::{ByLevel, LevelCourse, Series};
use report::Series as Line;
use report::{Axis, Chart, Format, Lines, Sides, format_count};

/// Series in the table.
const MOST_LISTED: usize = 40;
/// Levels in a picture.
const MOST_DRAWN: usize = 4;
/// Columns that have a picture.
const MOST_PICTURES: usize = 3;

/// The parts of the page: what the levels show as a table, then a picture for each of the columns with most to tell.
pub(super) fn parts(course: &Course) -> Vec<Sides> {
    let Some(by) = &course.by else {
        return Vec::new();
    };
    let table = Sides {
        heading: format!("Over time, by {}", by.column),
        words: vec![overview(by)],
        chart: None,
        table: table(by, course),
    };
    let picture = |(column, chart): (Option<&str>, Chart)| Sides {
        heading: format!("{} over time, by {}", named(column), by.column),
        words: Vec::new(),
        chart: Some(chart),
        table: None,
    };
    std::iter::once(table)
        .chain(drawn(by, course).into_iter().map(picture))
        .collect()
}

/// The pictures of these parts, by names of their own.
pub(super) fn pictures(course: &Course) -> Vec<(String, Chart)> {
    let Some(by) = &course.by else {
        return Vec::new();
    };
    let columns = with_most_to_tell(by);
    let names = columns
        .iter()
        .map(|column| format!("{}-over-time-by-{}", column.unwrap_or("rows"), by.column));
    names
        .zip(drawn(by, course).into_iter().map(|(_, chart)| chart))
        .collect()
}

/// A line for each series of a level that shows something, the surest first.
pub(super) fn told(course: &Course) -> Vec<String> {
    let Some(by) = &course.by else {
        return Vec::new();
    };
    let line = |(level, series): (&LevelCourse, &Series)| {
        format!(
            "{} {}, {}: {}",
            by.column,
            level.name,
            series.column.as_deref().unwrap_or("rows"),
            in_short(series, course)
        )
    };
    what_happened(by).into_iter().map(line).collect()
}

/// Series with a trend, a change or an odd stretch, those with most of them first; seasons alone are what all levels share.
fn what_happened(by: &ByLevel) -> Vec<(&LevelCourse, &Series)> {
    let all = by
        .levels
        .iter()
        .flat_map(|level| level.series.iter().map(move |series| (level, series)));
    let mut told: Vec<(&LevelCourse, &Series)> = all.filter(|(_, series)| 0 < happened(series)).collect();
    told.sort_by_key(|(_, series)| std::cmp::Reverse(happened(series)));
    told
}

fn happened(series: &Series) -> usize {
    3 * series.changes.len().min(2) + 2 * series.odd.len().min(3) + 2 * usize::from(series.trend.is_some())
}

fn overview(by: &ByLevel) -> String {
    let n_series: usize = by.levels.iter().map(|level| level.series.len()).sum();
    let n_told = what_happened(by).len();
    let mut left_out = Vec::new();
    match (by.n_left_out, by.is_cut) {
        (0, _) => {}
        (n, false) => left_out.push(format!("{} rarer levels", format_count(n))),
        (n, true) => left_out.push(format!(
            "at least {} other levels, of which one that came late may be more frequent",
            format_count(n)
        )),
    }
    if 0 < by.n_columns_left_out {
        left_out.push(format!("{} columns of numbers", by.n_columns_left_out));
    }
    let left_out = match left_out.as_slice() {
        [] => String::new(),
        left_out => format!(" Not looked at: {}.", and(left_out)),
    };
    let listed = match MOST_LISTED < n_told {
        true => format!(", of which those {MOST_LISTED} with most to tell are listed"),
        false => String::new(),
    };
    format!(
        "{} most frequent levels and {} series: {} with a trend, a change or an odd stretch{listed}; about one in twenty of these is chance (Benjamini–Hochberg over the series of the table and of all levels).{left_out}",
        by.levels.len(),
        format_count(n_series as u64),
        format_count(n_told as u64),
    )
}

fn table(by: &ByLevel, course: &Course) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let header = [by.column.as_str(), "rows", "series", "what it shows"].map(str::to_owned);
    let row = |(level, series): (&LevelCourse, &Series)| {
        vec![
            level.name.clone(),
            format_count(level.n_rows),
            series.column.clone().unwrap_or_else(|| "rows".to_owned()),
            in_short(series, course),
        ]
    };
    let told = what_happened(by);
    (!told.is_empty()).then(|| {
        (
            header.to_vec(),
            told.into_iter().take(MOST_LISTED).map(row).collect(),
        )
    })
}

/// The columns in which most happened, rows being `None`.
fn with_most_to_tell(by: &ByLevel) -> Vec<Option<&str>> {
    let mut columns: Vec<(Option<&str>, usize)> = Vec::new();
    for (_, series) in what_happened(by) {
        let column = series.column.as_deref();
        match columns.iter_mut().find(|(known, _)| *known == column) {
            Some((_, n)) => *n += happened(series),
            None => columns.push((column, happened(series))),
        }
    }
    columns.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    columns.truncate(MOST_PICTURES);
    columns.into_iter().map(|(column, _)| column).collect()
}

/// A picture for each of the columns with most to tell.
fn drawn<'a>(by: &'a ByLevel, course: &Course) -> Vec<(Option<&'a str>, Chart)> {
    let draw = |column: Option<&'a str>| {
        let of = |level: &'_ LevelCourse| {
            level
                .series
                .iter()
                .position(|series| series.column.as_deref() == column)
        };
        let lines = by.levels.iter().filter_map(|level| {
            let series = &level.series[of(level)?];
            Some(line(&level.name, &series.smooth, course))
        });
        let series: Vec<Line> = lines.take(MOST_DRAWN).collect();
        let title = match column {
            None => format!("Rows by {}, by {}", course.unit.name(), by.column),
            Some(column) => format!("Mean of {column} by {}, by {}", course.unit.name(), by.column),
        };
        let caption = match series.len() < by.levels.len() {
            true => format!(
                "Without seasons, smoothed; the {} most frequent levels that have it",
                series.len()
            ),
            false => "Without seasons, smoothed".to_owned(),
        };
        let lines = Lines {
            series,
            x: Axis::new("", Format::Date),
            y: Axis::new(of_axis(column), Format::Number),
            ..Lines::default()
        };
        (column, Chart::new(title, lines).caption(caption))
    };
    with_most_to_tell(by).into_iter().map(draw).collect()
}

fn line(name: &str, values: &[f64], course: &Course) -> Line {
    Line {
        name: name.to_owned(),
        points: course
            .starts
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect(),
        ..Line::default()
    }
}
