//! Questions: the test that fits the two columns, the answer as a sentence, and what it rests on.

mod groups;
#[cfg(test)]
mod tests;

use crate::ProjectError;
use crate::file::{Located, Problem, Project, Question};
use crate::lineage::Lineage;
pub(crate) use groups::{Groups, groups};
use groups::{distinct, is_day, is_measured, measures, named, texts};
use prepare::recipe::MIN_SEEN;
use serde::{Deserialize, Serialize};
use stats::test::{Choice, compare_categories, compare_groups};
use std::collections::BTreeMap;
use table::arrow::array::Array;
use table::{Kind, Table};

/// The confidence level of all intervals.
const LEVEL: f64 = 0.95;
/// A number, day or time with so few values is a category where it makes groups.
const MAX_CODES: usize = 10;
/// An outcome with more frequent values than this has no classes to compare.
const MAX_CLASSES: usize = 20;

/// What the groups' values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Shares from 0 to 1.
    Share,
    /// Numbers in the outcome's unit.
    Number,
    /// Days since 1970-01-01.
    Day,
}

/// What a question found, before the correction for asking several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionRecord {
    /// The question's name in the project.
    pub name: String,
    /// The question.
    pub ask: String,
    /// The column that may differ.
    pub outcome: String,
    /// What is compared.
    pub unit: Unit,
    /// Whether ranks were compared: groups are then told by their medians, not by their means.
    pub by_rank: bool,
    /// The value whose share is compared, for an outcome of few values.
    pub positive: Option<String>,
    /// The column whose groups are compared.
    pub by: String,
    /// The test.
    pub method: String,
    /// Why this test.
    pub why: String,
    /// The statistic and its usual letter.
    pub statistic: (String, f64),
    /// Degrees of freedom.
    pub df: Vec<f64>,
    /// The p-value on its own.
    pub p_value: f64,
    /// The p-value corrected by Holm over all questions of the project; set when all are answered.
    pub p_adjusted: f64,
    /// The effect's usual name.
    pub effect_name: String,
    /// The effect with its interval; a missing end is open.
    pub effect: [Option<f64>; 3],
    /// Rows used.
    pub n_used: u64,
    /// Rows dropped because a value was missing.
    pub n_dropped: u64,
    /// What the test takes for granted: name, whether it holds, the number behind it.
    pub assumptions: Vec<(String, bool, String)>,
    /// Each group's size and its share, mean or median with an interval.
    pub groups: Vec<GroupRecord>,
    /// The table's hash.
    pub data: String,
}

/// One group of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupRecord {
    /// The group.
    pub name: String,
    /// Rows in it.
    pub n: u64,
    /// The share of positives, or the mean (the median where ranks are compared).
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Whether a column has two groups or more that a question can compare.
pub(crate) fn has_groups(table: &Table, column: &str) -> bool {
    groups(table, column).is_ok_and(|groups| 1 < groups.names.len())
}

/// Answers one question, without naming values of private columns.
pub(crate) fn answer(
    project: &Project,
    question: &Question,
    lineage: &Lineage,
    table: &Table,
) -> Result<QuestionRecord, ProjectError> {
    let mut record = answer_openly(project, question, table)?;
    let private = lineage.private(project, &question.data.value);
    if private.contains(&record.by) {
        for (position, group) in record.groups.iter_mut().enumerate() {
            group.name = format!("group {}", position + 1);
        }
    }
    if private.contains(&record.outcome) {
        record.positive = record.positive.map(|_| "a private value".to_owned());
    }
    Ok(record)
}

fn answer_openly(
    project: &Project,
    question: &Question,
    table: &Table,
) -> Result<QuestionRecord, ProjectError> {
    let Groups { names: groups, codes } = groups(table, &question.by.value)?;
    if groups.len() < 2 {
        let found = groups.first().map_or("no value", |_| "only one");
        return Err(ProjectError::data(
            format!(
                "question `{}`, column `{}`",
                question.name.value, question.by.value
            ),
            found,
            "at least two groups of 10 rows and more",
        ));
    }
    let kind = table.kind(&question.outcome.value).unwrap_or(Kind::Text);
    let values = texts(table, &question.outcome.value)?;
    let counts = distinct(&values);
    if counts.len() < 2 {
        return Err(ProjectError::data(
            format!(
                "question `{}`, column `{}`",
                question.name.value, question.outcome.value
            ),
            format!("{} different values", counts.len()),
            "at least two",
        ));
    }
    if is_day(kind) || (is_measured(kind) && 2 < counts.len()) {
        if let Some(positive) = &question.positive {
            let found = format!("a column of {kind} with {} different values", counts.len());
            let expected = "no `positive`: the means are compared, not the share of one value";
            return Err(refuse(project, question, "positive", positive, found, expected));
        }
        about_numbers(question, table, kind, &groups, &codes)
    } else {
        let outcome = classes(project, question, &counts, &values)?;
        about_classes(question, table, &groups, &codes, &outcome)
    }
}

/// A refusal that points at a key of the question.
fn refuse(
    project: &Project,
    question: &Question,
    key: &str,
    place: &Located<String>,
    found: String,
    expected: impl Into<String>,
) -> ProjectError {
    let offender = format!("[question.{}].{key}", question.name.value);
    let problem = Problem::new(offender, found, expected, place.span.clone());
    ProjectError::File(project.problems(vec![problem]))
}

/// Corrects the p-values of all answers by Holm's method.
pub(crate) fn correct(records: &mut [QuestionRecord]) -> Result<(), ProjectError> {
    let p_values: Vec<f64> = records.iter().map(|record| record.p_value).collect();
    let adjusted = stats::multiplicity::holm(&p_values)?;
    records
        .iter_mut()
        .zip(adjusted)
        .for_each(|(record, p)| record.p_adjusted = p);
    Ok(())
}

fn about_numbers(
    question: &Question,
    table: &Table,
    kind: Kind,
    groups: &[String],
    codes: &[Option<u32>],
) -> Result<QuestionRecord, ProjectError> {
    let cells = table.column(&question.outcome.value)?;
    let present: Vec<usize> = (0..cells.len())
        .filter(|row| cells.is_valid(*row) && codes[*row].is_some())
        .collect();
    let values = measures(&table.take(&present)?, &question.outcome.value)?;
    let codes: Vec<u32> = present.iter().filter_map(|row| codes[*row]).collect();
    let choice = compare_groups(&values, &codes, groups.len(), LEVEL)?;
    let of_group = |group: u32| -> Vec<f64> {
        codes
            .iter()
            .zip(&values)
            .filter(|(code, _)| **code == group)
            .map(|(_, value)| *value)
            .collect()
    };
    let summaries = groups.iter().zip(0..).map(|(name, group)| {
        let values = of_group(group);
        // One value has a mean and no interval; it is shown as a point.
        let value = stats::sum::mean(&values);
        let middle = match choice.by_rank {
            true => stats::interval::quantile(&values, 0.5, LEVEL),
            false => stats::interval::mean_t(&values, LEVEL),
        };
        let middle = middle.unwrap_or(stats::Estimate {
            value,
            low: value,
            high: value,
        });
        GroupRecord {
            name: name.clone(),
            n: values.len() as u64,
            value: middle.value,
            low: middle.low,
            high: middle.high,
        }
    });
    let summaries = summaries.collect();
    let unit = if is_day(kind) { Unit::Day } else { Unit::Number };
    Ok(record(
        question,
        table,
        choice,
        summaries,
        (unit, None),
        (cells.len() - present.len()) as u64,
    ))
}

/// An outcome of few values.
struct Outcome {
    /// The classes; rare ones are one class, "other".
    classes: Groups,
    /// The class whose share is compared.
    positive: u32,
}

/// The classes of an outcome, which are values seen often enough to be named.
fn classes(
    project: &Project,
    question: &Question,
    counts: &BTreeMap<String, usize>,
    values: &[Option<String>],
) -> Result<Outcome, ProjectError> {
    let frequent: Vec<(&String, usize)> = counts
        .iter()
        .filter(|(_, n)| MIN_SEEN <= **n as u64)
        .map(|(value, n)| (value, *n))
        .collect();
    let (n_rows, n_named) = (
        counts.values().sum::<usize>(),
        frequent.iter().map(|(_, n)| n).sum::<usize>(),
    );
    if frequent.is_empty() || MAX_CLASSES < frequent.len() || 2 * n_named < n_rows {
        let found = format!(
            "{} different values in {n_rows} rows, {} of them in 10 rows and more",
            counts.len(),
            frequent.len()
        );
        let expected =
            format!("a number, a day, or a column of at most {MAX_CLASSES} values that most rows share");
        return Err(refuse(
            project,
            question,
            "outcome",
            &question.outcome,
            found,
            expected,
        ));
    }
    let names: Vec<String> = frequent.iter().map(|(value, _)| (*value).clone()).collect();
    let positive = match &question.positive {
        Some(positive) => names
            .iter()
            .position(|name| *name == positive.value)
            .ok_or_else(|| {
                let known = table::quoted_list(names.iter().map(String::as_str), 10);
                let n = counts.get(&positive.value).copied().unwrap_or(0);
                let found = format!("`{}` in {n} rows", positive.value);
                let expected = format!("a value of 10 rows and more: one of {known}");
                refuse(project, question, "positive", positive, found, expected)
            })?,
        // The rarer one; of equals the last.
        None => (0..names.len())
            .rev()
            .min_by_key(|position| frequent[*position].1)
            .unwrap_or(0),
    };
    Ok(Outcome {
        // Of an outcome only the share of one class is told, so that few rows of others betray nothing.
        classes: named(names, values, 1),
        positive: positive as u32,
    })
}

fn about_classes(
    question: &Question,
    table: &Table,
    groups: &[String],
    codes: &[Option<u32>],
    outcome: &Outcome,
) -> Result<QuestionRecord, ProjectError> {
    let pairs: Vec<(u32, u32)> = codes
        .iter()
        .zip(&outcome.classes.codes)
        .filter_map(|(group, class)| Some(((*group)?, (*class)?)))
        .collect();
    let n_classes = outcome.classes.names.len();
    let (by, what): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    let choice = compare_categories(&by, groups.len(), &what, n_classes, LEVEL)?;
    let summaries: Result<Vec<GroupRecord>, ProjectError> = groups
        .iter()
        .zip(0u32..)
        .map(|(name, group)| {
            let n = by.iter().filter(|code| **code == group).count() as u64;
            let hits = pairs
                .iter()
                .filter(|pair| **pair == (group, outcome.positive))
                .count() as u64;
            let share = stats::interval::wilson(hits as f64, n as f64, LEVEL)?;
            Ok(GroupRecord {
                name: name.clone(),
                n,
                value: share.value,
                low: share.low,
                high: share.high,
            })
        })
        .collect();
    let n_dropped = (codes.len() - pairs.len()) as u64;
    Ok(record(
        question,
        table,
        choice,
        summaries?,
        (
            Unit::Share,
            Some(outcome.classes.names[outcome.positive as usize].clone()),
        ),
        n_dropped,
    ))
}

fn record(
    question: &Question,
    table: &Table,
    choice: Choice,
    groups: Vec<GroupRecord>,
    (unit, positive): (Unit, Option<String>),
    n_dropped: u64,
) -> QuestionRecord {
    let result = choice.result;
    let finite = |value: f64| value.is_finite().then_some(value);
    let estimate = result.effect.estimate;
    QuestionRecord {
        name: question.name.value.clone(),
        ask: question.ask.clone(),
        outcome: question.outcome.value.clone(),
        unit,
        by_rank: choice.by_rank,
        positive,
        by: question.by.value.clone(),
        method: result.method.to_owned(),
        why: choice.why,
        statistic: (result.statistic_name.to_owned(), result.statistic),
        df: result.df,
        p_value: result.p_value,
        p_adjusted: result.p_value,
        effect_name: result.effect.name.to_owned(),
        effect: [
            finite(estimate.value),
            finite(estimate.low),
            finite(estimate.high),
        ],
        n_used: result.n_used as u64,
        n_dropped,
        assumptions: result
            .assumptions
            .into_iter()
            .map(|a| (a.name.to_owned(), a.holds, a.detail))
            .collect(),
        groups,
        data: table.hash().to_hex(),
    }
}

impl QuestionRecord {
    /// Whether groups differ beyond chance, at the corrected level of 5 %.
    pub fn differs(&self) -> bool {
        self.p_adjusted < 0.05
    }
}
