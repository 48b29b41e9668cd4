//! Whether prediction intervals keep their promise.

use super::with_interval;
use bundle::{Bundle, GroupCheck, IntervalCheck, Intervals};
use report::{Evidence, Format};

/// The most groups that a sentence names.
const MOST_NAMED: usize = 3;

/// What was promised and what was found, in a sentence or two; none for a bundle without intervals.
pub(super) fn sentence(bundle: &Bundle) -> Option<String> {
    let (intervals, check) = both(bundle)?;
    let coverage = &check.coverage;
    let held = with_interval(&Format::Percent, coverage.value, coverage.low, coverage.high);
    let verdict = match intervals.level {
        level if coverage.high < level => " That is less than promised.",
        level if level < coverage.low => " That is more than promised: they are wider than they need be.",
        _ => "",
    };
    Some(format!(
        "The {} intervals held {held} of rows that they had not seen, and are {} wide on average.{verdict}{}",
        report::format_level(intervals.level),
        Format::Number.value(check.width.value),
        failing(intervals, check)
    ))
}

/// The groups for which the promise is broken beyond doubt.
fn failing(intervals: &Intervals, check: &IntervalCheck) -> String {
    let is_failing = |group: &&GroupCheck| group.coverage.high < intervals.level;
    let failing: Vec<&GroupCheck> = check.groups.iter().filter(is_failing).collect();
    let (Some(by), false) = (&intervals.by, failing.is_empty()) else {
        return String::new();
    };
    let named: Vec<String> = failing
        .iter()
        .take(MOST_NAMED)
        .map(|group| {
            format!(
                "{} ({})",
                group.value,
                Format::Percent.value(group.coverage.value)
            )
        })
        .collect();
    let more = match failing.len() - named.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        " They hold less than promised where {} is {}{more}.",
        by.column,
        named.join(", ")
    )
}

/// Coverage and width of each group.
pub(super) fn by_group(bundle: &Bundle) -> Option<Evidence> {
    let (intervals, check) = both(bundle)?;
    let by = intervals.by.as_ref().filter(|_| !check.groups.is_empty())?;
    let row = |group: &GroupCheck| {
        let coverage = &group.coverage;
        vec![
            group.value.clone(),
            report::format_count(group.n_rows),
            with_interval(&Format::Percent, coverage.value, coverage.low, coverage.high),
            Format::Number.value(group.width),
        ]
    };
    Some(Evidence::Table {
        caption: format!(
            "How the {} intervals hold by {}; the doubts hold for all groups together.",
            report::format_level(intervals.level),
            by.column
        ),
        header: vec![
            by.column.clone(),
            "Rows".to_owned(),
            "Held".to_owned(),
            "Mean width".to_owned(),
        ],
        rows: check.groups.iter().map(row).collect(),
    })
}

/// A metric's name in words, such as `interval_coverage_0.9`.
pub(super) fn words(name: &str) -> Option<String> {
    let percent = |level: &str| Some(report::format_level(level.parse().ok()?));
    match name.rsplit_once('_')? {
        ("interval_coverage", level) => Some(format!("Held by {} intervals (coverage)", percent(level)?)),
        ("interval_width", level) => Some(format!("Mean width of {} intervals", percent(level)?)),
        _ => None,
    }
}

fn both(bundle: &Bundle) -> Option<(&Intervals, &IntervalCheck)> {
    Some((bundle.intervals.as_ref()?, bundle.evaluation.intervals.as_ref()?))
}
