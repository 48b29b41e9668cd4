//! The project's questions and their answers.

use super::fact;
use crate::file::Project;
use crate::question::{GroupRecord, QuestionRecord, Unit};
use report::{Bar, BarStyle, Bars, Chart, Evidence, Format, Section, Story, format_count, format_p_value};

/// The answer to one question as a sentence.
pub fn answer_sentence(record: &QuestionRecord) -> String {
    let p = format_p_value(record.p_adjusted);
    let format = format_of(record);
    let verdict = verdict(record);
    if record.is_relation {
        return relation_sentence(record, &verdict, &p_text(&p));
    }
    if let (Some(against), [all]) = (record.against, record.groups.as_slice()) {
        return format!(
            "{verdict}: {} is {} ({} to {}), compared with {} ({}, corrected p {}).",
            told(record),
            format.value(all.value),
            format.value(all.low),
            format.value(all.high),
            format.value(against),
            record.method,
            p_text(&p)
        );
    }
    let (Some(high), Some(low)) = (
        record.groups.iter().max_by(|a, b| a.value.total_cmp(&b.value)),
        record.groups.iter().min_by(|a, b| a.value.total_cmp(&b.value)),
    ) else {
        return format!(
            "{verdict}: `{}` by `{}` ({}, corrected p {}).",
            record.outcome,
            record.by.as_deref().unwrap_or_default(),
            record.method,
            p_text(&p)
        );
    };
    if high.value == low.value {
        return format!(
            "{verdict}: {} is {} in every group ({}, corrected p {}).",
            told(record),
            format.value(high.value),
            record.method,
            p_text(&p),
        );
    }
    format!(
        "{verdict}: {} is {} for {} and {} for {} ({}, corrected p {}).",
        told(record),
        format.value(high.value),
        high.name,
        format.value(low.value),
        low.name,
        record.method,
        p_text(&p),
    )
}

// A question may be put either way round, so that neither yes nor no would be safe.
fn verdict(record: &QuestionRecord) -> String {
    let differs = record.differs();
    if let Some(within) = record.equivalent_within {
        let within = report::format_number(within);
        return match differs {
            true => format!("The difference is smaller than {within}"),
            false => format!("It is not shown that the difference is smaller than {within}"),
        };
    }
    let what = if record.is_relation {
        "relation"
    } else {
        "difference"
    };
    let values = record.groups.iter().map(|group| group.value);
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
        (a.min(v), b.max(v))
    });
    let is_of_groups = record.against.is_none() && !record.is_relation;
    if differs && record.by_rank && least == most && is_of_groups {
        return "There is a difference, though not of the middle values".to_owned();
    }
    match (differs, record.alternative.as_str()) {
        (true, _) => format!("There is a {what}"),
        (false, "two-sided") => format!("No {what} beyond chance"),
        (false, _) => format!("No {what} in the direction asked about, beyond chance"),
    }
}

fn relation_sentence(record: &QuestionRecord, verdict: &str, p: &str) -> String {
    format!(
        "{verdict}: {} of `{}` and `{}` is {} ({}, corrected p {p}).",
        record.effect_name,
        record.outcome,
        record.by.as_deref().unwrap_or_default(),
        effect_text(record.effect),
        record.method,
    )
}

/// What is compared.
fn told(record: &QuestionRecord) -> String {
    match &record.positive {
        Some(positive) => format!("the share where `{}` is {positive}", record.outcome),
        None => format!("the {} `{}`", middle(record), record.outcome),
    }
}

fn middle(record: &QuestionRecord) -> &'static str {
    if record.by_rank { "median" } else { "mean" }
}

fn p_text(p: &str) -> String {
    if p.starts_with(['<', '=']) {
        p.to_owned()
    } else {
        format!("= {p}")
    }
}

fn format_of(record: &QuestionRecord) -> Format {
    match record.unit {
        Unit::Share => Format::Percent,
        Unit::Number => Format::Number,
        Unit::Day => Format::Date,
    }
}

pub(super) fn tell(story: &mut Story, project: &Project, records: &[QuestionRecord]) {
    for record in records {
        story.sections.push(section(record));
        let query = project
            .questions
            .iter()
            .find(|question| question.name.value == record.name);
        let query = query.and_then(|question| super::sql_of(project, &question.data.value));
        story.appendix.push(fact(
            format!("{}{}: {}", record.outcome, by(record), record.effect_name),
            effect_text(record.effect),
            query,
            &record.data,
            &record.method,
        ));
    }
}

/// Without the back-ticks of a terminal.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// A size and its interval.
pub fn effect_text([value, low, high]: [Option<f64>; 3]) -> String {
    let number = |value: Option<f64>| value.map_or("open".to_owned(), report::format_number);
    format!("{} ({} to {})", number(value), number(low), number(high))
}

/// A group's share, mean, median or middle day with its interval.
pub fn group_text(record: &QuestionRecord, group: &GroupRecord) -> String {
    let format = format_of(record);
    let [value, low, high] = [group.value, group.low, group.high].map(|number| format.value(number));
    format!("{value} ({low} to {high})")
}

/// The difference of two groups: of shares in points, else in its own unit.
pub fn difference_text(record: &QuestionRecord, difference: [Option<f64>; 3]) -> String {
    if record.unit != Unit::Share {
        return effect_text(difference);
    }
    let [value, low, high] = difference;
    let ends = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    let value = value.map_or("open".to_owned(), |value| Format::Points.value(value));
    format!("{value} ({})", Format::Points.range(ends.0, ends.1))
}

/// ` by contract`, or nothing.
fn by(record: &QuestionRecord) -> String {
    record.by.as_ref().map_or(String::new(), |by| format!(" by {by}"))
}

/// The picture of an answer: `groups`; none of a relation between two numbers.
#[must_use]
pub fn question_charts(record: &QuestionRecord) -> Vec<(String, Chart)> {
    match record.groups.is_empty() {
        true => Vec::new(),
        false => vec![("groups".to_owned(), groups(record))],
    }
}

fn groups(record: &QuestionRecord) -> Chart {
    let by = by(record).replacen(" by", ", by", 1);
    let title = match &record.positive {
        Some(positive) => format!("Share where {} is {positive}{by}", record.outcome),
        None if record.by_rank => format!("Median {}{by}", record.outcome),
        None => format!("Mean {}{by}", record.outcome),
    };
    let items = record
        .groups
        .iter()
        .map(|group| Bar::new(group.name.clone(), group.value).between(group.low, group.high));
    Chart::new(
        title,
        Bars {
            items: items.collect(),
            style: if record.positive.is_some() {
                BarStyle::Bar
            } else {
                BarStyle::Dot
            },
            format: format_of(record),
            interval: format!("{} interval", report::format_level(record.level)),
            ..Bars::default()
        },
    )
}

fn section(record: &QuestionRecord) -> Section {
    let df: Vec<String> = record.df.iter().map(|df| report::format_number(*df)).collect();
    let mut details = vec![
        vec!["Test".to_owned(), record.method.clone()],
        vec!["Why this test".to_owned(), record.why.clone()],
        vec![
            record.statistic.0.clone(),
            format!(
                "{}{}",
                report::format_number(record.statistic.1),
                if df.is_empty() {
                    String::new()
                } else {
                    format!(" (df {})", df.join(", "))
                }
            ),
        ],
        vec!["p on its own".to_owned(), format_p_value(record.p_value)],
        vec![
            "p corrected over all questions (Holm)".to_owned(),
            format_p_value(record.p_adjusted),
        ],
        vec![record.effect_title(), effect_text(record.effect)],
        vec![
            "Rows used / left out because missing".to_owned(),
            format!(
                "{} / {}",
                format_count(record.n_used),
                format_count(record.n_dropped)
            ),
        ],
    ];
    details.extend(
        record
            .more_effects
            .iter()
            .map(|more| vec![more.name.clone(), effect_text(more.effect)]),
    );
    let failed = record.assumptions.iter().filter(|(_, holds, _)| !holds);
    let mut caveats: Vec<String> = failed
        .map(|(name, _, detail)| format!("The test assumes: {name}. Here: {detail}."))
        .collect();
    if !record.proposals.is_empty() {
        caveats.push(format!("Instead one may take {}.", record.proposals.join("; ")));
    }
    caveats.extend(not_said(record).map(str::to_owned));
    Section {
        id: format!("question-{}", record.name),
        question: plain(&record.ask),
        answer: plain(&answer_sentence(record)),
        evidence: evidence(record, groups(record), details),
        caveats,
        next_step: None,
    }
}

/// What an association does not say; a mean beside a number says nothing of the kind.
fn not_said(record: &QuestionRecord) -> Option<&'static str> {
    match (&record.by, record.is_relation) {
        (None, _) => None,
        (_, true) => Some("That two columns go together does not say that one moves the other."),
        (_, false) => Some(
            "A difference between groups is an association; it does not say what would happen if somebody changed group.",
        ),
    }
}

fn evidence(record: &QuestionRecord, chart: Chart, details: Vec<Vec<String>>) -> Vec<Evidence> {
    let mut evidence = vec![Evidence::Chart(chart)];
    if let Some(pairs) = &record.pairs {
        let rows = pairs.pairs.iter().map(|pair| {
            vec![
                format!("{} less {}", pair.second, pair.first),
                difference_text(record, pair.difference),
                format_p_value(pair.p_adjusted),
            ]
        });
        evidence.push(Evidence::Folded {
            caption: format!("Every two groups ({})", pairs.method),
            header: vec![
                "Groups".to_owned(),
                pairs.difference_name.clone(),
                "p corrected".to_owned(),
            ],
            rows: rows.collect(),
        });
    }
    evidence.push(Evidence::Folded {
        caption: "The test behind the answer".to_owned(),
        header: vec!["What".to_owned(), "Found".to_owned()],
        rows: details,
    });
    evidence
}
