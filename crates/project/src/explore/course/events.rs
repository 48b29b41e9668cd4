//! What happened in a series: changes of the level and odd stretches, as rows of a table.

use super::stretch::when;
use profile::Course;
use profile::course::{Odd, Series};
use report::format_p_value;
use stats::series::ChangePoint;

/// Changes and odd stretches that are told of each.
pub(super) const MOST_TOLD: usize = 4;

/// Changes of the level and odd stretches in the order of time: header and rows.
pub(super) fn events(series: &Series, course: &Course) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let mut told: Vec<(usize, Vec<String>)> = largest(&series.changes)
        .into_iter()
        .map(|change| (change.index, changed(change, course)))
        .chain(
            oddest(series, course)
                .into_iter()
                .map(|(odd, others)| (odd.index, was_odd(odd, &others, series, course))),
        )
        .collect();
    told.sort_by_key(|(index, _)| *index);
    let header = ["when", "what", "now", "before, or expected", "p, corrected"].map(str::to_owned);
    (!told.is_empty()).then(|| (header.to_vec(), told.into_iter().map(|(_, row)| row).collect()))
}

/// The largest changes beside their noise.
pub(super) fn largest(changes: &[ChangePoint]) -> Vec<&ChangePoint> {
    let mut largest: Vec<&ChangePoint> = changes.iter().collect();
    largest.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
    largest.truncate(MOST_TOLD);
    largest
}

/// The oddest stretch of each finding, the oddest first, with the others of it.
fn oddest<'s>(series: &'s Series, course: &Course) -> Vec<(&'s Odd, Vec<&'s Odd>)> {
    let mut sorted: Vec<&Odd> = series.odd.iter().collect();
    sorted.sort_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted));
    let mut found: Vec<(&Odd, Vec<&Odd>)> = Vec::new();
    for odd in sorted {
        let is_it =
            |(first, _): &&mut (&Odd, Vec<&Odd>)| course.finding(first.index) == course.finding(odd.index);
        match found.iter_mut().find(is_it) {
            Some((_, others)) => others.push(odd),
            None => found.push((odd, Vec::new())),
        }
    }
    found.truncate(MOST_TOLD);
    found
}

/// How many findings the odd stretches are: those of one day of the year are one.
pub(super) fn n_findings(series: &Series, course: &Course) -> usize {
    let findings = series.odd.iter().map(|odd| course.finding(odd.index));
    findings.collect::<std::collections::BTreeSet<i64>>().len()
}

fn was_odd(odd: &Odd, others: &[&Odd], series: &Series, course: &Course) -> Vec<String> {
    let number = |value: f64| report::format_number(value);
    let mut others: Vec<usize> = others.iter().map(|odd| odd.index).collect();
    others.sort_unstable();
    let too = match others.as_slice() {
        [] => String::new(),
        [one] => format!("; {} too", when(course.starts[*one], course.unit)),
        others => format!("; {} others of that day of the year too", others.len()),
    };
    let (now, expected) = apart(series.values[odd.index], odd.expected);
    vec![
        format!("{}{too}", when(course.starts[odd.index], course.unit)),
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
pub(super) fn apart(a: f64, b: f64) -> (String, String) {
    let usual = [a, b].map(report::format_number);
    let digits = (2 - stats::math::log10((b - a).abs().max(1e-9)).floor() as i32).clamp(0, 9) as usize;
    match usual[0] == usual[1] {
        true => (format!("{a:.digits$}"), format!("{b:.digits$}")),
        false => usual.into(),
    }
}
