//! How a table goes over time, in words and pictures.

use profile::Course;
use profile::course::{Link, LinkedSegment, Odd, Series, TimeUnit, Trend};
use report::Series as Line;
use report::{Axis, Chart, Format, Lines, Mark, Sides, format_count, format_p_value};
use serde_json::{Value, json};
use stats::series::ChangePoint;

/// Series that are shown.
const MOST_SHOWN: usize = 6;
/// Changes and odd stretches that are told of each.
const MOST_TOLD: usize = 4;

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

fn in_short(series: &Series, course: &Course) -> String {
    let number = |value: f64| report::format_number(value);
    let mut parts = Vec::new();
    if !series.seasons.is_empty() {
        parts.push(format!("again every {}", seasons(series, course.unit)));
    }
    if let Some(trend) = &series.trend {
        let (per, name) = per(course.unit);
        let slope = number((trend.slope.value * per).abs());
        parts.push(format!("{} by {slope} a {name}", rises(trend)));
    }
    if let Some(change) = largest(&series.changes).first() {
        let at = when(course.starts[change.index], course.unit);
        let (before, after) = apart(change.means.0, change.means.1);
        let step = format!("{before} → {after} from {at} on");
        parts.push(match series.changes.len() {
            1 => step,
            n => format!("{n} changes, the largest {step}"),
        });
    }
    if let Some(odd) = series
        .odd
        .iter()
        .min_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted))
    {
        let value = number(series.values[odd.index]);
        let at = when(course.starts[odd.index], course.unit);
        let one = format!("{value} where {} was expected, {at}", number(odd.expected));
        parts.push(match series.odd.len() {
            1 => format!("odd: {one}"),
            n => format!("{n} odd, the oddest {one}"),
        });
    }
    parts.join("; ")
}

fn seasons(series: &Series, unit: TimeUnit) -> String {
    let each = series
        .seasons
        .iter()
        .map(|season| length(season.season_length, unit));
    and(&each.collect::<Vec<_>>())
}

fn rises(trend: &Trend) -> &'static str {
    if trend.slope.value < 0.0 { "falls" } else { "rises" }
}

/// The largest changes beside their noise.
fn largest(changes: &[ChangePoint]) -> Vec<&ChangePoint> {
    let mut largest: Vec<&ChangePoint> = changes.iter().collect();
    largest.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    largest.truncate(MOST_TOLD);
    largest
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

/// What a series shows as a whole, and the segments behind what happened in it.
fn words(series: &Series, course: &Course) -> String {
    let number = |value: f64| report::format_number(value);
    let mut words = Vec::new();
    if !series.seasons.is_empty() {
        words.push(format!("It comes again every {}.", seasons(series, course.unit)));
    }
    if let Some(trend) = &series.trend {
        let (per, name) = per(course.unit);
        let mut ends = [trend.slope.low, trend.slope.high].map(|slope| (slope * per).abs());
        ends.sort_by(f64::total_cmp);
        words.push(format!(
            "It {} by {} a {name} ({} to {}, p {}).",
            rises(trend),
            number((trend.slope.value * per).abs()),
            number(ends[0]),
            number(ends[1]),
            format_p_value(trend.p_adjusted)
        ));
    }
    let n = [
        (series.changes.len(), "change"),
        (series.odd.len(), "odd stretch"),
    ];
    let more = n.iter().filter(|(n, _)| *n > MOST_TOLD);
    let more = more.map(|(n, what)| match *what {
        "change" => format!("Of {n} changes the {MOST_TOLD} largest are told."),
        _ => format!("Of {n} odd stretches the {MOST_TOLD} oddest are told."),
    });
    words.extend(more);
    words.join(" ")
}

/// Changes of the level and odd stretches in the order of time: header and rows.
fn events(series: &Series, course: &Course) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let mut told: Vec<(usize, Vec<String>)> = largest(&series.changes)
        .into_iter()
        .map(|change| (change.index, changed(change, course)))
        .chain(
            oddest(&series.odd)
                .into_iter()
                .map(|odd| (odd.index, was_odd(odd, series, course))),
        )
        .collect();
    told.sort_by_key(|(index, _)| *index);
    let header = ["when", "what", "now", "before, or expected", "p, corrected"].map(str::to_owned);
    (!told.is_empty()).then(|| (header.to_vec(), told.into_iter().map(|(_, row)| row).collect()))
}

fn oddest(odd: &[Odd]) -> Vec<&Odd> {
    let mut oddest: Vec<&Odd> = odd.iter().collect();
    oddest.sort_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted));
    oddest.truncate(MOST_TOLD);
    oddest
}

fn was_odd(odd: &Odd, series: &Series, course: &Course) -> Vec<String> {
    let number = |value: f64| report::format_number(value);
    let (now, expected) = apart(series.values[odd.index], odd.expected);
    vec![
        when(course.starts[odd.index], course.unit),
        "odd".to_owned(),
        now,
        format!(
            "{expected} ({} to {})",
            number(odd.interval.0),
            number(odd.interval.1)
        ),
        format_p_value(odd.p_adjusted),
    ]
}

/// The segments behind changes and odd stretches, a sentence each.
fn linked(series: &Series, course: &Course, links: &[Link]) -> Vec<String> {
    let number = |value: f64| report::format_number(value);
    let segment = |segment: &LinkedSegment| {
        let effect = segment.effect;
        let sign = if effect.value < 0.0 { "" } else { "+" };
        format!(
            "{} ({}, {sign}{}, {} to {}, p {})",
            segment.label,
            segment.kind.name(),
            number(effect.value),
            number(effect.low),
            number(effect.high),
            format_p_value(segment.p_adjusted)
        )
    };
    let mine = links
        .iter()
        .filter(|link| link.column == series.column && !link.segments.is_empty());
    let sentence = |link: &Link| {
        let told: Vec<String> = link.segments.iter().take(3).map(segment).collect();
        let at = when(course.starts[link.index], course.unit);
        let from = if link.is_change {
            format!("From {at} on")
        } else {
            at
        };
        format!("{from}: behind it stands {}.", and(&told))
    };
    mine.map(sentence).collect()
}

fn changed(change: &ChangePoint, course: &Course) -> Vec<String> {
    let number = |value: f64| report::format_number(value);
    let at = |index: usize| when(course.starts[index.min(course.starts.len() - 1)], course.unit);
    let (before, now) = apart(change.means.0, change.means.1);
    let place = match change.places.0 == change.places.1 {
        true => format!("from {} on", at(change.index)),
        false => format!(
            "from {} on ({} to {} at 95%)",
            at(change.index),
            at(change.places.0),
            at(change.places.1)
        ),
    };
    let jump = [change.jump.1, change.jump.2].map(|end| number(end.abs()));
    let (least, most) = match change.jump.1.abs() <= change.jump.2.abs() {
        true => (&jump[0], &jump[1]),
        false => (&jump[1], &jump[0]),
    };
    let way = if change.jump.0 < 0.0 { "less" } else { "more" };
    vec![
        place,
        "level".to_owned(),
        format!("{now}, {least} to {most} {way}"),
        before,
        format_p_value(change.p_value),
    ]
}

/// Two numbers with as many digits as tell them apart.
fn apart(a: f64, b: f64) -> (String, String) {
    let usual = [a, b].map(report::format_number);
    let digits = (2 - stats::math::log10((b - a).abs().max(1e-9)).floor() as i32).clamp(0, 9) as usize;
    match usual[0] == usual[1] {
        true => (format!("{a:.digits$}"), format!("{b:.digits$}")),
        false => usual.into(),
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
    let marks = series
        .changes
        .iter()
        .take(MOST_TOLD)
        .map(|change| course.starts[change.index]);
    let lines = Lines {
        series: vec![
            line("each", &series.values, false),
            line("without seasons, smoothed", &series.smooth, false),
        ],
        marks: marks.map(|at| Mark::new(at, "changed")).collect(),
        x: Axis::new("", Format::Date),
        y: Axis::new(title(series, course.unit), Format::Number),
        ..Lines::default()
    };
    Chart::new(title(series, course.unit), lines)
        .alt(format!("{} {}", words(series, course), in_short(series, course)).trim())
}

/// When a stretch is: `3 Mar 2024`, with the time of day for hours and shorter ones.
fn when(start: f64, unit: TimeUnit) -> String {
    let day = Format::Date.value(start.floor());
    let seconds = ((start - start.floor()) * 86_400.0).round() as u64;
    let time = format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    match unit {
        TimeUnit::Second => format!("{day} {time}:{:02}", seconds % 60),
        TimeUnit::Minute | TimeUnit::Hour => format!("{day} {time}"),
        TimeUnit::Day => day,
        TimeUnit::Week => format!("the week of {day}"),
        TimeUnit::Month => day
            .split_once(' ')
            .map_or(day.clone(), |(_, month)| month.to_owned()),
    }
}

/// `7 days`; hours that make whole days, and months that make years, as these.
fn length(n: usize, unit: TimeUnit) -> String {
    let (n, name) = match (n, unit) {
        (n, TimeUnit::Hour) if n.is_multiple_of(168) => (n / 168, "week"),
        (n, TimeUnit::Hour) if n.is_multiple_of(24) => (n / 24, "day"),
        (n, TimeUnit::Day) if n.is_multiple_of(7) => (n / 7, "week"),
        (n, TimeUnit::Minute) if n.is_multiple_of(1440) => (n / 1440, "day"),
        (n, TimeUnit::Minute) if n.is_multiple_of(60) => (n / 60, "hour"),
        (n, TimeUnit::Month) if n.is_multiple_of(12) => (n / 12, "year"),
        (n, unit) => (n, unit.name()),
    };
    match n {
        1 => name.to_owned(),
        n => format!("{n} {name}s"),
    }
}

/// The stretch that slopes are told for, and how many stretches it has.
fn per(unit: TimeUnit) -> (f64, &'static str) {
    match unit {
        TimeUnit::Second => (3600.0, "hour"),
        TimeUnit::Minute => (1440.0, "day"),
        TimeUnit::Hour => (168.0, "week"),
        TimeUnit::Day => (365.25, "year"),
        TimeUnit::Week => (365.25 / 7.0, "year"),
        TimeUnit::Month => (12.0, "year"),
    }
}

fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The course for machines; stretches by their first moment in UTC.
pub(super) fn as_json(course: &Course, links: &[Link]) -> Value {
    let moment = |start: f64| {
        let micros = (start * 86_400e6).round() as i64;
        let time = table::arrow::temporal_conversions::timestamp_us_to_datetime(micros);
        time.map_or(Value::Null, |time| {
            Value::from(time.format("%Y-%m-%dT%H:%M:%S").to_string())
        })
    };
    let at = |index: usize| {
        course
            .starts
            .get(index)
            .map_or(Value::Null, |start| moment(*start))
    };
    let series = |series: &Series| {
        json!({
            "column": series.column,
            "values": series.values,
            "smooth": series.smooth,
            "seasons": series.seasons.iter().map(|season| json!({
                "season_length": season.season_length, "share": season.share, "p_value": season.p_value,
            })).collect::<Vec<_>>(),
            "trend": series.trend.as_ref().map(|trend| json!({
                "slope": { "value": trend.slope.value, "low": trend.slope.low, "high": trend.slope.high },
                "tau": trend.tau, "p_adjusted": trend.p_adjusted,
            })),
            "changes": series.changes.iter().map(|change| json!({
                "at": at(change.index), "from": at(change.places.0), "to": at(change.places.1),
                "before": change.means.0, "after": change.means.1,
                "jump": { "value": change.jump.0, "low": change.jump.1, "high": change.jump.2 },
                "p_adjusted": change.p_value,
            })).collect::<Vec<_>>(),
            "odd": series.odd.iter().map(|odd| json!({
                "at": at(odd.index), "value": series.values[odd.index], "expected": odd.expected,
                "low": odd.interval.0, "high": odd.interval.1, "p_adjusted": odd.p_adjusted,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "time": course.time,
        "unit": course.unit.name(),
        "starts": course.starts.iter().map(|start| moment(*start)).collect::<Vec<_>>(),
        "series": course.series.iter().map(series).collect::<Vec<_>>(),
        "n_left_out": course.n_left_out,
        "links": links.iter().map(|link| json!({
            "column": link.column, "at": at(link.index), "is_change": link.is_change, "n_stretches": link.n_stretches,
            "segments": link.segments.iter().map(|segment| json!({
                "label": segment.label, "kind": segment.kind.name(), "p_adjusted": segment.p_adjusted,
                "effect": { "value": segment.effect.value, "low": segment.effect.low, "high": segment.effect.high },
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_written_as_people_do() {
        assert_eq!(when(19_782.25, TimeUnit::Hour), "29 Feb 2024 06:00");
        assert_eq!(when(19_782.0, TimeUnit::Day), "29 Feb 2024");
        assert_eq!(when(19_754.0, TimeUnit::Month), "Feb 2024");
        assert_eq!(length(168, TimeUnit::Hour), "week");
        assert_eq!(length(14, TimeUnit::Day), "2 weeks");
        assert_eq!(length(30, TimeUnit::Day), "30 days");
        assert_eq!(and(&["day".to_owned(), "week".to_owned()]), "day and week");
    }
}
