//! What the answers rest on: tables, what was repaired, what the contract found, and what is in the columns.

use super::{Plan, Told, fact};
use crate::ProjectError;
use crate::records::ComplaintRecord;
use profile::{ColumnProfile, Options};
use report::{Evidence, Format, Section, Story, format_count, format_percent};
use std::collections::BTreeSet;
use table::Kind;

pub(super) fn tell(story: &mut Story, tables: &[Told], plan: &Plan<'_>) -> Result<(), ProjectError> {
    let mut section = Section {
        id: "data".to_owned(),
        question: "What does all this rest on?".to_owned(),
        answer: tables.iter().map(sentence).collect::<Vec<_>>().join(" "),
        ..Section::default()
    };
    for told in tables {
        let model = plan.models.iter().find(|model| model.data.value == told.name);
        let options = Options {
            target: model.and_then(|model| Some(model.target.as_ref()?.value.clone())),
            positive: model.and_then(|model| Some(model.positive.as_ref()?.value.clone())),
            key: plan
                .project
                .data(&told.name)
                .and_then(|data| Some(data.key.as_ref()?.value.clone())),
            ..Options::default()
        };
        // Columns are described once, for the table that a model or question is about.
        let is_asked = plan
            .project
            .questions
            .iter()
            .any(|question| question.data.value == told.name);
        if model.is_some() || (is_asked && plan.models.is_empty()) {
            let profile = profile::profile(&told.table, &options)?;
            // the only warning with a value in it
            let hidden = plan.private(&told.name);
            let may_be_told = |warning: &&profile::Warning| {
                let is_value = matches!(warning, profile::Warning::Sentinel { .. });
                !(is_value && warning.column().is_some_and(|column| hidden.contains(column)))
            };
            section
                .evidence
                .push(columns(&told.name, &profile.columns, &plan.private(&told.name)));
            section.caveats.extend(
                profile
                    .warnings
                    .iter()
                    .filter(may_be_told)
                    .map(ToString::to_string),
            );
        }
        section.caveats.extend(
            told.source
                .complaints
                .iter()
                .map(|complaint| repaired(&told.name, complaint)),
        );
        section.caveats.extend(
            told.source
                .notes
                .iter()
                .filter(|note| {
                    let private = plan.private(&told.name);
                    !private.iter().any(|column| note.contains(&format!("`{column}`")))
                })
                .map(|note| format!("Table {}: {note}.", told.name)),
        );
        let hash = told.table.hash().to_hex();
        story.appendix.push(fact(
            format!("Table {}", told.name),
            format!("{} rows", format_count(told.table.n_rows() as u64)),
            Some(told.origin.clone()),
            &hash,
            "content hash",
        ));
    }
    story.sections.push(section);
    Ok(())
}

fn sentence(told: &Told) -> String {
    let mut text = format!(
        "Table {} has {} rows and {} columns.",
        told.name,
        format_count(told.source.n_rows),
        told.source.n_columns
    );
    if let Some(contract) = &told.contract {
        text.push_str(&match contract.n_quarantined {
            0 => " Every row keeps the contract.".to_owned(),
            n => format!(" {} rows break the contract and were left out.", format_count(n)),
        });
    }
    text
}

fn repaired(table: &str, complaint: &ComplaintRecord) -> String {
    format!("Table {table}: {}.", without_value(complaint))
}

/// A complaint without what was found: a page may travel further than the data.
pub(crate) fn without_value(complaint: &ComplaintRecord) -> String {
    let place = match (&complaint.column, complaint.rows.first()) {
        (Some(column), Some(row)) => format!("column {column}, first in row {row}"),
        (Some(column), None) => format!("column {column}"),
        (None, Some(row)) => format!("first in row {row}"),
        (None, None) => "the whole file".to_owned(),
    };
    let what = match complaint.kind.as_str() {
        "blank" => "blank cells became missing",
        "null_word" => "cells with a word for null became missing",
        "not_of_kind" => "cells that did not fit the column became missing",
        "not_finite" => "infinite numbers became missing",
        "short_row" => "rows had too few cells",
        "long_row" => "rows had too many cells",
        "bad_line" => "lines could not be read",
        "encoding" => "file was read in another encoding than UTF-8",
        "unsupported_type" => "column of an unsupported type was left out",
        _ => "repairs were made",
    };
    format!("{} {what} ({place})", format_count(complaint.count))
}

fn columns(table: &str, columns: &[ColumnProfile], private: &BTreeSet<String>) -> Evidence {
    let row = |column: &ColumnProfile| {
        let spread = match (&column.numbers, &column.levels) {
            _ if private.contains(&column.name) => "private".to_owned(),
            (Some(numbers), _) => {
                let format = match column.kind {
                    Kind::Date | Kind::Time => Format::Date,
                    _ => Format::Number,
                };
                let [mean, low, high] = [numbers.mean.value, numbers.quantiles[2], numbers.quantiles[4]]
                    .map(|value| format.value(value));
                format!("mean {mean}, middle half {low} to {high}")
            }
            (None, Some(levels)) if column.meaning.has_levels(column.kind) => levels
                .top
                .iter()
                .filter(|(_, count)| prepare::recipe::MIN_SEEN <= *count)
                .take(3)
                .map(|(text, count)| {
                    format!(
                        "{text} {}",
                        format_percent(*count as f64 / column.n.max(1) as f64)
                    )
                })
                .collect::<Vec<_>>()
                .join(", "),
            _ => String::new(),
        };
        vec![
            column.name.clone(),
            column.meaning.name().to_owned(),
            format_percent(column.n_missing as f64 / column.n.max(1) as f64),
            format_count(column.distinct.value.round() as u64),
            spread,
        ]
    };
    Evidence::Table {
        caption: format!("The columns of {table}."),
        header: ["Column", "Meaning", "Missing", "Different values", "Spread"]
            .map(str::to_owned)
            .to_vec(),
        rows: columns.iter().map(row).collect(),
    }
}
