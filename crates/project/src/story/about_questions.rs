//! The project's questions and their answers.

use super::fact;
use crate::file::Project;
use crate::question::{QuestionRecord, Unit};
use report::{Bar, BarStyle, Bars, Chart, Evidence, Format, Section, Story, format_count, format_p_value};

/// The answer to one question as a sentence.
pub fn answer_sentence(record: &QuestionRecord) -> String {
    let p = format_p_value(record.p_adjusted);
    let format = format_of(record);
    // A question may be put either way round, so that neither yes nor no would be safe.
    let verdict = if record.differs() {
        "There is a difference"
    } else {
        "No difference beyond chance"
    };
    let (Some(high), Some(low)) = (
        record.groups.iter().max_by(|a, b| a.value.total_cmp(&b.value)),
        record.groups.iter().min_by(|a, b| a.value.total_cmp(&b.value)),
    ) else {
        return format!(
            "{verdict}: `{}` by `{}` ({}, corrected p {}).",
            record.outcome,
            record.by,
            record.method,
            p_text(&p)
        );
    };
    let what = match &record.positive {
        Some(positive) => format!("the share where `{}` is {positive}", record.outcome),
        None => format!("the {} `{}`", middle(record), record.outcome),
    };
    format!(
        "{verdict}: {what} is {} for {} and {} for {} ({}, corrected p {}).",
        format.value(high.value),
        high.name,
        format.value(low.value),
        low.name,
        record.method,
        p_text(&p),
    )
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
            format!("{} by {}: {}", record.outcome, record.by, record.effect_name),
            effect_text(record),
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

fn effect_text(record: &QuestionRecord) -> String {
    let number = |value: Option<f64>| value.map_or("open".to_owned(), report::format_number);
    let [value, low, high] = record.effect;
    format!("{} ({} to {})", number(value), number(low), number(high))
}

fn section(record: &QuestionRecord) -> Section {
    let title = match &record.positive {
        Some(positive) => format!("Share where {} is {positive}, by {}", record.outcome, record.by),
        None if record.by_rank => format!("Median {}, by {}", record.outcome, record.by),
        None => format!("Mean {}, by {}", record.outcome, record.by),
    };
    let items = record
        .groups
        .iter()
        .map(|group| Bar::new(group.name.clone(), group.value).between(group.low, group.high));
    let chart = Chart::new(
        title,
        Bars {
            items: items.collect(),
            style: if record.positive.is_some() {
                BarStyle::Bar
            } else {
                BarStyle::Dot
            },
            format: format_of(record),
            interval: "95 % interval".to_owned(),
            ..Bars::default()
        },
    );
    let df: Vec<String> = record.df.iter().map(|df| report::format_number(*df)).collect();
    let details = vec![
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
        vec![record.effect_name.clone(), effect_text(record)],
        vec![
            "Rows used / left out because missing".to_owned(),
            format!(
                "{} / {}",
                format_count(record.n_used),
                format_count(record.n_dropped)
            ),
        ],
    ];
    let failed = record.assumptions.iter().filter(|(_, holds, _)| !holds);
    let mut caveats: Vec<String> = failed
        .map(|(name, _, detail)| format!("The test assumes: {name}. Here: {detail}."))
        .collect();
    caveats.push("A difference between groups is an association; it does not say what would happen if somebody changed group.".to_owned());
    Section {
        id: format!("question-{}", record.name),
        question: record.ask.clone(),
        answer: plain(&answer_sentence(record)),
        evidence: vec![
            Evidence::Chart(chart),
            Evidence::Folded {
                caption: "The test behind the answer".to_owned(),
                header: vec!["What".to_owned(), "Found".to_owned()],
                rows: details,
            },
        ],
        caveats,
        next_step: None,
    }
}
