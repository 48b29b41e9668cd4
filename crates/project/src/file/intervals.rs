//! `[model.*].intervals`

use super::problem::{Located, Problem};
use super::read::Reader;
use super::sections::{IntervalSection, TaskWord};

const KEYS: [&str; 2] = ["level", "by"];

/// A level, or a table of a level and the column of groups.
pub(super) fn intervals(reader: &Reader<'_>, task: Option<TaskWord>) -> Option<IntervalSection> {
    let section = match reader.number_or_table("intervals")? {
        Some(level) => within(reader, "intervals", level).map(|level| IntervalSection { level, by: None }),
        None => from_table(&reader.table("intervals")?),
    }?;
    let at_fault = match (task, reader.text("continue_from")) {
        (Some(TaskWord::Regression) | None, None) => return Some(section),
        (Some(TaskWord::Regression) | None, Some(_)) => (
            "`continue_from` beside it",
            "one of the two: rows that the first model learnt from look easier than they are",
        ),
        (Some(TaskWord::Classification), _) => ("task = \"classification\"", "a number to predict"),
        (Some(TaskWord::Ranking), _) => ("task = \"ranking\"", "a number to predict"),
        (Some(TaskWord::Anomaly), _) => ("task = \"anomaly\"", "a number to predict"),
    };
    reader.wrong("intervals", at_fault.0, at_fault.1, section.level.span);
    None
}

fn from_table(table: &Reader<'_>) -> Option<IntervalSection> {
    for (key, _) in table.entries() {
        if !KEYS.contains(&key.value.as_str()) {
            let problem = Problem::new(
                &table.name,
                format!("unknown key `{}`", key.value),
                "`level`, and `by` if groups have intervals of their own",
                key.span.clone(),
            );
            table.add(problem.did_you_mean(&key.value, KEYS));
        }
    }
    let by = table.text("by");
    match table.number("level") {
        Some(level) => within(table, "level", level).map(|level| IntervalSection { level, by }),
        None => {
            let expected = "`level`, the share of rows to hold, such as `level = 0.9`";
            table.add(Problem::new(
                &table.name,
                "no level",
                expected,
                table.span.clone(),
            ));
            None
        }
    }
}

fn within(reader: &Reader<'_>, key: &str, level: Located<f64>) -> Option<Located<f64>> {
    if 0.0 < level.value && level.value < 1.0 {
        return Some(level);
    }
    let expected = "a share of rows above 0 and below 1, such as 0.9";
    reader.wrong(key, level.value.to_string(), expected, level.span);
    None
}
