//! How a table goes over time, in words and pictures.

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

/// The parts of the page about the course: the series with most to tell, a picture each.
pub(super) fn parts(course: &Course, links: &[Link]) -> Vec<Sides> {
    let part = |series: &Series| {
        let words = Some(words(series, course)).filter(|words| !words.is_empty());
        Sides {
            heading: title(series, course.unit),
            words: words.into_iter().chain(linked(series, course, links)).collect(),
            chart: Some(chart(series, course)),
            table: events(series, course),
        }
    };
    let overview = Sides {
        heading: format!("Over time, by {} of {}", course.unit.name(), course.time),
        words: vec![overview(course)],
        ..Sides::default()
    };
    std::iter::once(overview)
        .chain(with_most_to_tell(course).into_iter().map(part))
        .collect()
}

/// The pictures of these parts, by the names of their series.
pub(super) fn pictures(course: &Course) -> Vec<(String, Chart)> {
    let name = |series: &Series| format!("{}-over-time", series.column.as_deref().unwrap_or("rows"));
    let shown = with_most_to_tell(course).into_iter();
    shown
        .map(|series| (name(series), chart(series, course)))
        .collect()
}

/// What is told in the terminal: a line for each series that shows something.
#[must_use]
pub fn told(course: &Course) -> Vec<String> {
    let line = |series: &&Series| {
        let name = series.column.as_deref().unwrap_or("rows");
        format!("{name}: {}", in_short(series, course))
    };
    let told = course.series.iter().filter(|series| !series.is_plain());
    told.map(|series| line(&series)).collect()
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
        "{} {}s and {} series, rows and means of columns: {plain}. Of the trends, changes and odd stretches told about one in twenty is chance (Benjamini–Hochberg over all series).{left_out}",
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
        y: Axis::new(title(series, course.unit), Format::Number),
        ..Lines::default()
    };
    Chart::new(title(series, course.unit), lines)
        .alt(format!("{} {}", words(series, course), in_short(series, course)).trim())
}
