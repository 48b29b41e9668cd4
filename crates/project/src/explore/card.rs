//! A column as a card of the page.

use super::{count, format_of, pictures, spread};
use profile::{ColumnProfile, DateSummary, Meaning, NumberSummary, TextSummary, Warning};
use report::{
    Bar, Bars, Chart, ColumnCard, Format, Histogram, Mark, format_count, format_number, format_p_value,
    format_percent,
};
use table::Kind;

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Levels drawn.
const LEVELS: usize = 7;

type Facts = Vec<(String, String)>;

pub(super) fn card(column: &ColumnProfile, target: Option<&str>, warnings: &[Warning]) -> ColumnCard {
    let mut facts = vec![
        ("missing".to_owned(), missing(column)),
        ("different".to_owned(), count(column.distinct)),
    ];
    if let Some(numbers) = column
        .numbers
        .as_ref()
        .filter(|_| column.meaning != Meaning::Flag)
    {
        of_numbers(&mut facts, numbers, column);
    }
    if let Some(texts) = column
        .texts
        .as_ref()
        .filter(|_| column.levels.is_none() || 12.0 < column.distinct.value)
    {
        of_texts(&mut facts, texts);
    }
    if let Some(dates) = &column.dates {
        of_dates(&mut facts, dates);
    }
    if let Some(association) = &column.association {
        let estimate = association.estimate;
        let text = format!(
            "{} {:.2} ({:.2} to {:.2})",
            association.measure, estimate.value, estimate.low, estimate.high
        );
        facts.push(("with the target".to_owned(), text));
    }
    let mine = warnings
        .iter()
        .filter(|warning| warning.column() == Some(column.name.as_str()));
    ColumnCard {
        name: column.name.clone(),
        what: match (column.meaning.name(), column.kind.name()) {
            (meaning, kind) if meaning == kind => meaning.to_owned(),
            (meaning, kind) => format!("{meaning}, {kind}"),
        },
        missing: column.missing_share(),
        facts,
        notes: mine.map(ToString::to_string).collect(),
        chart: chart(column),
        by_class: pictures::by_class(column, target.unwrap_or_default()),
    }
}

fn missing(column: &ColumnProfile) -> String {
    match column.n_missing {
        0 => "none".to_owned(),
        n => format!("{} ({})", format_count(n), format_percent(column.missing_share())),
    }
}

fn fact(facts: &mut Facts, name: &str, value: String) {
    facts.push((name.to_owned(), value));
}

fn of_numbers(facts: &mut Facts, numbers: &NumberSummary, column: &ColumnProfile) {
    let format = format_of(column);
    let [_, low, first, middle, third, high, _] = numbers.quantiles;
    fact(
        facts,
        "range",
        format!("{} to {}", format.value(numbers.min), format.value(numbers.max)),
    );
    fact(
        facts,
        "5% to 95%",
        format!("{} to {}", format.value(low), format.value(high)),
    );
    fact(
        facts,
        "middle half",
        format!("{} to {}", format.value(first), format.value(third)),
    );
    fact(facts, "median", format.value(middle));
    if matches!(column.kind, Kind::Date | Kind::Time) {
        return;
    }
    let mean = numbers.mean;
    let interval = if mean.low.is_finite() && column.n > 1 {
        format!(" ({} to {})", format_number(mean.low), format_number(mean.high))
    } else {
        String::new()
    };
    fact(facts, "mean", format!("{}{interval}", format_number(mean.value)));
    fact(facts, "deviation", format_number(numbers.sd));
    if numbers.n_zero > 0 {
        fact(facts, "zeros", share(numbers.n_zero, column));
    }
    if numbers.n_negative > 0 {
        fact(facts, "below zero", share(numbers.n_negative, column));
    }
    if numbers.n_far_out > 0 {
        fact(facts, "far out", share(numbers.n_far_out, column));
    }
}

fn share(n: u64, column: &ColumnProfile) -> String {
    let present = (column.n - column.n_missing).max(1) as f64;
    format!("{} ({})", format_count(n), format_percent(n as f64 / present))
}

fn of_texts(facts: &mut Facts, texts: &TextSummary) {
    let length = format!(
        "{} to {}, mean {}",
        format_count(texts.shortest as u64),
        format_count(texts.longest as u64),
        format_number(texts.mean_length)
    );
    fact(facts, "bytes", length);
    if texts.n_words >= 2.0 {
        fact(facts, "words", format!("{} a text", format_number(texts.n_words)));
    }
    if let Some((form, share)) = texts.forms.first().filter(|(_, share)| *share >= 0.1) {
        fact(
            facts,
            "written like",
            format!("{form} ({})", format_percent(*share)),
        );
    }
    if let Some((language, _)) = texts.language {
        fact(facts, "language", language.to_owned());
    }
}

fn of_dates(facts: &mut Facts, dates: &DateSummary) {
    fact(facts, "days", format_count(dates.n_days));
    if let Some((first, n)) = dates.gaps.first() {
        let longest = format!(
            "longest {} from {}",
            format_count(*n),
            Format::Date.value(*first as f64)
        );
        fact(
            facts,
            "days without a row",
            format!("{} ({longest})", format_count(dates.n_absent)),
        );
    }
    if let Some(p) = dates.weekday_p_value.filter(|p| *p < 0.01) {
        let order = |pick: fn(&u64, &u64) -> std::cmp::Ordering| {
            (0..7)
                .max_by(|a, b| pick(&dates.weekdays[*a], &dates.weekdays[*b]))
                .unwrap_or(0)
        };
        let (most, least) = (order(u64::cmp), order(|a, b| b.cmp(a)));
        let text = format!(
            "most {}, least {} (p {})",
            WEEKDAYS[most],
            WEEKDAYS[least],
            format_p_value(p)
        );
        fact(facts, "weekdays", text);
    }
}

pub(super) fn chart(column: &ColumnProfile) -> Option<Chart> {
    let present = (column.n - column.n_missing).max(1) as f64;
    if let Some(levels) = &column.levels {
        let shown = levels.top.iter().take(LEVELS);
        let mut items: Vec<Bar> = shown
            .map(|(text, n)| Bar::new(text, *n as f64 / present))
            .collect();
        let rest: u64 = levels.top.iter().skip(LEVELS).map(|(_, n)| n).sum::<u64>() + levels.n_other;
        if rest > 0 {
            items.push(Bar::new("all others", rest as f64 / present));
        }
        let bars = Bars {
            items,
            format: Format::Percent,
            ..Bars::default()
        };
        return (column.meaning != Meaning::Constant).then(|| named(column, bars));
    }
    let numbers = column
        .numbers
        .as_ref()
        .filter(|numbers| numbers.histogram.counts.len() > 1)?;
    if matches!(column.meaning, Meaning::Identifier | Meaning::Constant) {
        return None;
    }
    let histogram = Histogram {
        edges: numbers.histogram.edges.clone(),
        counts: numbers.histogram.counts.clone(),
        marks: vec![Mark::new(numbers.quantiles[3], "median")],
        format: format_of(column),
        ..Histogram::default()
    };
    Some(named(column, histogram))
}

fn named(column: &ColumnProfile, kind: impl Into<report::ChartKind>) -> Chart {
    let beside = column
        .numbers
        .as_ref()
        .map(|numbers| &numbers.histogram)
        .filter(|h| h.n_below + h.n_above > 0);
    let alt = beside.map(|h| {
        format!(
            "; {} values lie outside of the picture",
            format_count(h.n_below + h.n_above)
        )
    });
    let chart = Chart::new(column.name.clone(), kind);
    match alt {
        Some(more) => chart.alt(format!("{}: {}{more}", column.name, spread(column))),
        None => chart,
    }
}
