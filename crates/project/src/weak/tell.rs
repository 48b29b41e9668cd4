//! Weak slices told: the answer in a sentence, a picture, the slices as a table.

use super::cells::{bias_chart, bias_header, bias_row, weak_chart, weak_header, weak_row};
use super::judged::PINBALL;
use super::record::{SliceRecord, WeakRecord};
use super::words::{difference, format, loss, loss_words, range};
use report::{Evidence, Format, Section, Story, format_count, format_level};

/// The weakest slice in a sentence, or that there is none.
#[must_use]
pub fn answer(found: &WeakRecord) -> String {
    if found.n_compared == 0 {
        let clusters = found.cluster.as_ref();
        let needed = clusters.map_or("50 rows in a group and 200 beside it".to_owned(), |cluster| {
            format!("30 of `{cluster}` in a group and 30 beside it")
        });
        return format!("No group of rows could be compared with the others: {needed} are needed.");
    }
    let Some(first) = found.weak.first() else {
        return format!(
            "In none of {} groups of rows is the {} a tenth larger than elsewhere beyond chance.",
            format_count(found.n_looked_at),
            loss_words(found)
        );
    };
    format!(
        "The model is weakest where {}: {} of {} ({}) against {} elsewhere, in {} rows.",
        first.label,
        loss_words(found),
        loss(found, first.inside[0]),
        range(found, first.inside),
        loss(found, first.outside[0]),
        format_count(first.n)
    )
}

/// What is to be said of the weakest slice beyond its numbers: whether its rows are hard, and that there are others.
#[must_use]
pub fn comment(found: &WeakRecord) -> String {
    let others = match found.weak.len().saturating_sub(1) {
        0 => None,
        1 => Some("One other group is weak too.".to_owned()),
        n => Some(format!("{n} other groups are weak too.")),
    };
    let first = found.weak.first().and_then(hard_or_wrong);
    first.into_iter().chain(others).collect::<Vec<_>>().join(" ")
}

/// Where the model tells too much or too little, in a sentence.
#[must_use]
pub fn bias_answer(found: &WeakRecord) -> String {
    let Some(first) = found.biased.first() else {
        return "In no group does it tell too much or too little beyond chance.".to_owned();
    };
    let too = if first.inside[0] < 0.0 {
        "too little"
    } else {
        "too much"
    };
    let value = format(found);
    let said = match found.loss_name == PINBALL {
        true => format!(
            "{} of truths lie below a quantile of {}",
            value.value(first.observed[0]),
            value.value(first.told)
        ),
        false => format!(
            "{} told, {} observed ({})",
            value.value(first.told),
            value.value(first.observed[0]),
            value.range(first.observed[1], first.observed[2])
        ),
    };
    format!(
        "It tells {too} where {}: {said}, in {} rows.",
        first.label,
        format_count(first.n)
    )
}

/// Whether a loss is what the probabilities themselves expect: rows that are hard, or probabilities that are wrong.
fn hard_or_wrong(slice: &SliceRecord) -> Option<String> {
    let expected = slice.expected?;
    let said = match expected < slice.inside[1] {
        true => "they promise more than they keep",
        false => "these rows are hard to tell, and the model knows it",
    };
    Some(format!(
        "There its own probabilities expect a loss of {}: {said}.",
        Format::Number.value(expected)
    ))
}

/// A page of its own.
#[must_use]
pub fn page(found: &WeakRecord) -> String {
    let left_out = [
        (found.n_without_truth, "without a truth"),
        (found.n_broken, "that break the contract"),
    ];
    let left_out = left_out
        .iter()
        .filter(|(n, _)| 0 < *n)
        .map(|(n, what)| format!(", {} {what} left out", format_count(*n)));
    let story = Story {
        title: format!("Where is the model of {} weak?", found.target),
        subtitle: format!(
            "{} rows, model {}{}",
            format_count(found.n_rows),
            found.model,
            left_out.collect::<String>()
        ),
        sections: vec![section(found, "")],
        ..Story::default()
    };
    story.to_html()
}

/// The section of a story.
pub(crate) fn section(found: &WeakRecord, of_model: &str) -> Section {
    let mut evidence: Vec<Evidence> = Vec::new();
    if !found.weak.is_empty() {
        evidence.push(Evidence::Chart(weak_chart(found)));
        evidence.push(Evidence::Table {
            caption: format!(
                "Groups with a larger {}; over all rows it is {}",
                loss_words(found),
                loss(found, found.loss[0])
            ),
            header: weak_header(found),
            rows: found.weak.iter().map(|one| weak_row(found, one, false)).collect(),
        });
    }
    let words = format!("{} {}", comment(found), bias_answer(found));
    evidence.push(Evidence::Text(words.trim_start().to_owned()));
    if !found.biased.is_empty() {
        evidence.push(Evidence::Chart(bias_chart(found)));
        evidence.push(Evidence::Table {
            caption: format!(
                "Groups in which the model tells too much or too little; over all rows: {}",
                difference(found, found.bias)
            ),
            header: bias_header(found),
            rows: found.biased.iter().map(|one| bias_row(found, one)).collect(),
        });
    }
    evidence.push(Evidence::Text(how(found)));
    Section {
        id: format!("weak-{}", found.model),
        question: format!("Where is the model weak{of_model}?"),
        answer: answer(found),
        evidence,
        caveats: caveats(found),
        next_step: found.weak.first().map(|first| {
            format!(
                "Look at rows where {}: what would a person need to know of them that the model does not see?",
                first.label
            )
        }),
    }
}

fn how(found: &WeakRecord) -> String {
    let rows = match found.held_out {
        true => "Each row is judged by folds that had not seen it. ",
        false => "",
    };
    let weight = found
        .weight
        .as_ref()
        .map(|weight| format!("Rows count by `{weight}`. "));
    let cluster = found.cluster.as_ref().map(|cluster| {
        format!("Rows of one `{cluster}` may move together: intervals and p-values go by what each adds. ")
    });
    format!(
        "{rows}{}{}{} groups of up to three conditions were looked at, and p-values allow for all of them (Benjamini and Hochberg); each group is named for what is left without those above it. Intervals are {} and know of the rows' chance, not of the search.",
        weight.unwrap_or_default(),
        cluster.unwrap_or_default(),
        format_count(found.n_looked_at),
        format_level(found.level)
    )
}

fn caveats(found: &WeakRecord) -> Vec<String> {
    let mut caveats = vec![
        "A group in which the loss is larger may be harder to tell, or less well learnt; that alone is no fault of the model.".to_owned(),
    ];
    caveats.push(match &found.cluster {
        None => "Rows are taken to be independent; where several belong to one customer or day, chance is larger than told.".to_owned(),
        Some(cluster) => format!("Those of one `{cluster}` apart, rows are taken to be independent."),
    });
    if !found.held_out {
        caveats.push(
            "If the model learnt from these rows, it looks better in all groups than it is.".to_owned(),
        );
    }
    caveats
}

/// The record without the name of the class that is told, for pages that must not name it.
pub(crate) fn without_names(found: WeakRecord) -> WeakRecord {
    WeakRecord {
        positive: None,
        ..found
    }
}
