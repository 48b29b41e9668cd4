//! What a series shows, in sentences.

use super::events::{MOST_TOLD, apart, largest, n_findings};
use super::stretch::{and, length, per, when};
use profile::Course;
use profile::course::{Link, LinkedSegment, Series, TimeUnit, Trend};
use report::format_p_value;

pub(super) fn in_short(series: &Series, course: &Course) -> String {
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
        parts.push(match (series.odd.len(), n_findings(series, course)) {
            (1, _) => format!("odd: {one}"),
            (n, k) if k < n => format!(
                "{n} odd on {k} {} of the year, the oddest {one}",
                if k == 1 { "day" } else { "days" }
            ),
            (n, _) => format!("{n} odd, the oddest {one}"),
        });
    }
    parts.join("; ")
}

/// What a series shows as a whole, and the segments behind what happened in it.
pub(super) fn words(series: &Series, course: &Course) -> String {
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
        (n_findings(series, course), "odd stretch"),
    ];
    let more = n.iter().filter(|(n, _)| *n > MOST_TOLD);
    let more = more.map(|(n, what)| match *what {
        "change" => format!("Of {n} changes the {MOST_TOLD} largest are told."),
        _ if *n < series.odd.len() => format!(
            "Of odd {}s on {n} days of the year the {MOST_TOLD} oddest days are told.",
            course.unit.name()
        ),
        _ => format!("Of {n} odd stretches the {MOST_TOLD} oddest are told."),
    });
    words.extend(more);
    words.join(" ")
}

/// The segments behind changes and odd stretches, a sentence each.
pub(super) fn linked(series: &Series, course: &Course, links: &[Link]) -> Vec<String> {
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
