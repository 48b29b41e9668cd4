//! How a table goes over time, in words and pictures.

mod by;
mod events;
mod record;
mod stretch;
mod words;

pub(super) use record::as_json;

use events::{events, largest};
use profile::Course;
use profile::course::{Link, Series, TimeUnit};
use report::Series as Line;
use report::{Axis, Chart, Format, Lines, Mark, Sides, format_count};
use words::{in_short, linked, words};

/// Series that are shown.
const MOST_SHOWN: usize = 6;

/// The parts of the page about the course: the series with most to tell, a picture each, then those of levels.
///
/// `links` are `None` where nobody looked into what stands behind changes and odd stretches.
pub(super) fn parts(course: &Course, links: Option<&[Link]>) -> Vec<Sides> {
    let part = |series: &Series| {
        let words = Some(words(series, course)).filter(|words| !words.is_empty());
        Sides {
            heading: format!("{} over time", named(series.column.as_deref())),
            words: words
                .into_iter()
                .chain(linked(series, course, links.unwrap_or_default()))
                .collect(),
            chart: Some(chart(series, course)),
            table: events(series, course),
        }
    };
    let overview = Sides {
        heading: format!("Over time, by {} of {}", course.unit.name(), course.time),
        words: std::iter::once(overview(course))
            .chain(unlinked(course, links))
            .collect(),
        ..Sides::default()
    };
    std::iter::once(overview)
        .chain(with_most_to_tell(course).into_iter().map(part))
        .chain(by::parts(course))
        .collect()
}

/// What to say where the rows behind changes and odd stretches were not at hand any more.
fn unlinked(course: &Course, links: Option<&[Link]>) -> Option<String> {
    let happened = course
        .series
        .iter()
        .any(|series| !series.changes.is_empty() || !series.odd.is_empty());
    (links.is_none() && happened).then(|| {
        "Which segments stand behind the changes and odd stretches was not looked into, because the file was read in blocks; `spanwise why` answers that for two periods.".to_owned()
    })
}

/// The pictures of these parts, by the names of their series.
pub(super) fn pictures(course: &Course) -> Vec<(String, Chart)> {
    let name = |series: &Series| format!("{}-over-time", series.column.as_deref().unwrap_or("rows"));
    let shown = with_most_to_tell(course).into_iter();
    shown
        .map(|series| (name(series), chart(series, course)))
        .chain(by::pictures(course))
        .collect()
}

/// What is told in the terminal: a line for each series that shows something, those of levels last.
#[must_use]
pub fn told(course: &Course) -> Vec<String> {
    let line = |series: &&Series| {
        let name = series.column.as_deref().unwrap_or("rows");
        format!("{name}: {}", in_short(series, course))
    };
    let told = course.series.iter().filter(|series| !series.is_plain());
    told.map(|series| line(&series)).chain(by::told(course)).collect()
}

/// The series with most to tell, rows and columns in their order.
fn with_most_to_tell(course: &Course) -> Vec<&Series> {
    let mut told: Vec<(usize, &Series)> = course.series.iter().enumerate().collect();
    told.retain(|(_, series)| !series.is_plain());
    told.sort_by_key(|(_, series)| std::cmp::Reverse(interest(series)));
    told.truncate(MOST_SHOWN);
    told.sort_by_key(|(place, _)| *place);
    told.into_iter().map(|(_, series)| series).collect()
}

fn interest(series: &Series) -> usize {
    3 * series.changes.len().min(2)
        + 2 * series.odd.len().min(3)
        + 2 * usize::from(series.trend.is_some())
        + series.seasons.len()
}

fn overview(course: &Course) -> String {
    let n_plain = course.series.iter().filter(|series| series.is_plain()).count();
    let left_out = match course.n_left_out {
        0 => String::new(),
        n => format!(" {} more columns were not looked at.", format_count(n as u64)),
    };
    let plain = match n_plain {
        0 => "all show a season, a trend, a change or an odd stretch".to_owned(),
        1 => "one shows nothing beyond chance".to_owned(),
        n => format!("{n} show nothing beyond chance"),
    };
    format!(
        "{} {}s and {} series, rows and means of columns: {plain}. Of the trends, changes and odd stretches told about one in twenty is chance (Benjamini–Hochberg over all series; odd stretches of one day of the year are one finding).{left_out}",
        format_count(course.starts.len() as u64),
        course.unit.name(),
        course.series.len(),
    )
}

fn title(series: &Series, unit: TimeUnit) -> String {
    match &series.column {
        None => format!("Rows by {}", unit.name()),
        Some(column) => format!("Mean of {column} by {}", unit.name()),
    }
}

/// What a series is of, as it begins a heading.
fn named(column: Option<&str>) -> &str {
    column.unwrap_or("Rows")
}

/// What a value of a series is, beside the axis.
fn of_axis(column: Option<&str>) -> String {
    column.map_or_else(|| "rows".to_owned(), |column| format!("mean of {column}"))
}

/// Where values were expected to lie: a band without a line.
fn expected(series: &Series, course: &Course) -> Line {
    Line {
        name: "expected".to_owned(),
        points: course.starts.iter().map(|start| (*start, f64::NAN)).collect(),
        band: series.expected.clone(),
        dashed: false,
    }
}

/// The odd stretches, each a dot: gaps part them.
fn odd(series: &Series, course: &Course) -> Line {
    let dot = |odd: &profile::course::Odd| {
        let start = course.starts[odd.index];
        [(start, series.values[odd.index]), (start, f64::NAN)]
    };
    Line {
        name: "odd stretches".to_owned(),
        points: series.odd.iter().flat_map(dot).collect(),
        ..Line::default()
    }
}

fn chart(series: &Series, course: &Course) -> Chart {
    let points = |values: &[f64]| {
        course
            .starts
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect()
    };
    let line = |name: &str, values: &[f64], dashed| Line {
        name: name.to_owned(),
        points: points(values),
        dashed,
        ..Line::default()
    };
    let marks = largest(&series.changes)
        .into_iter()
        .map(|change| course.starts[change.index]);
    let mut drawn = vec![
        line("each", &series.values, false),
        line("without seasons, smoothed", &series.smooth, false),
    ];
    if !series.odd.is_empty() {
        drawn.extend([expected(series, course), odd(series, course)]);
    }
    let lines = Lines {
        series: drawn,
        marks: marks.map(|at| Mark::new(at, "changed")).collect(),
        x: Axis::new("", Format::Date),
        y: Axis::new(of_axis(series.column.as_deref()), Format::Number),
        ..Lines::default()
    };
    Chart::new(title(series, course.unit), lines)
        .alt(format!("{} {}", words(series, course), in_short(series, course)).trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use profile::{Options, profile};
    use std::sync::Arc;
    use table::Table;
    use table::arrow::array::{ArrayRef, Date32Array, Float64Array};

    /// Three years of days, of which New Year's Days stand out, and one day by itself.
    fn course() -> Course {
        let mut draw = stats::Draw::new(5, 0);
        let first = 19_000;
        let sold = (0..1096).map(|day| {
            // 19,358, 19,723 and 20,089 are the first days of 2023, 2024 and 2025
            let is_odd = [19_358, 19_723, 20_089, 19_500].contains(&(first + day));
            draw.normal() + if is_odd { 15.0 } else { 0.0 }
        });
        let columns: Vec<(String, ArrayRef)> = vec![
            ("sold".to_owned(), Arc::new(Float64Array::from_iter_values(sold))),
            (
                "day".to_owned(),
                Arc::new(Date32Array::from_iter_values(first..first + 1096)),
            ),
        ];
        let table = Table::new(columns).unwrap();
        profile(&table, &Options::default()).unwrap().course.unwrap()
    }

    #[test]
    fn a_page_says_where_nobody_looked_for_segments() {
        let course = course();
        let told = |links: Option<&[Link]>| parts(&course, links)[0].words.join(" ");
        assert!(told(None).contains("was not looked into, because the file was read in blocks"));
        assert!(!told(Some(&[])).contains("read in blocks"));
    }

    #[test]
    fn a_day_of_every_year_is_told_once() {
        let course = course();
        let [sold] = course.series.as_slice() else {
            panic!("{:?}", course.series)
        };
        let odd: Vec<f64> = sold.odd.iter().map(|odd| course.starts[odd.index]).collect();
        assert_eq!(odd, [19_358.0, 19_500.0, 19_723.0, 20_089.0]);
        assert!(in_short(sold, &course).starts_with("4 odd on 2 days of the year, the oddest"));
        let (_, rows) = events(sold, &course).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(
            rows[0][0].contains("; 2 others of that day of the year too"),
            "{rows:?}"
        );
    }
}
