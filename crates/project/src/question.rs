//! Questions: the test that fits the two columns, the answer as a sentence, and what it rests on.

use crate::ProjectError;
use crate::file::Question;
use prepare::recipe::MIN_SEEN;
use serde::{Deserialize, Serialize};
use stats::test::{Choice, compare_categories, compare_groups};
use std::collections::BTreeMap;
use table::arrow::array::Array;
use table::write::cell_text;
use table::{Kind, Table};

/// The confidence level of all intervals.
const LEVEL: f64 = 0.95;
/// Groups beyond this many are one group, "other".
const MAX_GROUPS: usize = 12;
/// A whole number with so few values is a category in a question.
const MAX_CODES: usize = 10;

/// What a question found, before the correction for asking several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionRecord {
    /// The question's name in the project.
    pub name: String,
    /// The question.
    pub ask: String,
    /// The column that may differ.
    pub outcome: String,
    /// The value whose share is compared, for an outcome of two values.
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
    /// Each group's size and its share or mean with an interval.
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

/// Answers one question.
pub(crate) fn answer(question: &Question, table: &Table) -> Result<QuestionRecord, ProjectError> {
    let Groups { names: groups, codes } = groups(table, &question.by.value)?;
    let outcome_kind = table.kind(&question.outcome.value);
    let outcome_values = texts(table, &question.outcome.value)?;
    let n_values = distinct(&outcome_values).len();
    let is_number = outcome_kind.is_some_and(Kind::is_numeric) && 2 < n_values;
    if groups.len() < 2 {
        let found = groups
            .first()
            .map_or("no value".to_owned(), |group| format!("only `{group}`"));
        return Err(ProjectError::data(
            format!(
                "question `{}`, column `{}`",
                question.name.value, question.by.value
            ),
            found,
            "at least two groups of 10 rows and more",
        ));
    }
    if n_values < 2 {
        return Err(ProjectError::data(
            format!(
                "question `{}`, column `{}`",
                question.name.value, question.outcome.value
            ),
            format!("{n_values} different values"),
            "at least two",
        ));
    }
    if is_number {
        about_numbers(question, table, &groups, &codes)
    } else {
        about_classes(question, table, &groups, &codes, &outcome_values)
    }
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
    groups: &[String],
    codes: &[Option<u32>],
) -> Result<QuestionRecord, ProjectError> {
    let cells = table.column(&question.outcome.value)?;
    let present: Vec<usize> = (0..cells.len())
        .filter(|row| cells.is_valid(*row) && codes[*row].is_some())
        .collect();
    let values = bundle::baseline::numbers(&table.take(&present)?, &question.outcome.value)?;
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
        let mean = stats::interval::mean_t(&values, LEVEL).unwrap_or(stats::Estimate {
            value,
            low: value,
            high: value,
        });
        GroupRecord {
            name: name.clone(),
            n: values.len() as u64,
            value: mean.value,
            low: mean.low,
            high: mean.high,
        }
    });
    let summaries = summaries.collect();
    Ok(record(
        question,
        table,
        choice,
        summaries,
        None,
        (cells.len() - present.len()) as u64,
    ))
}

fn about_classes(
    question: &Question,
    table: &Table,
    groups: &[String],
    codes: &[Option<u32>],
    outcome: &[Option<String>],
) -> Result<QuestionRecord, ProjectError> {
    let classes = distinct(outcome);
    let class_of = |text: &String| classes.keys().position(|class| class == text).unwrap_or(0) as u32;
    let pairs: Vec<(u32, u32)> = codes
        .iter()
        .zip(outcome)
        .filter_map(|(code, text)| Some(((*code)?, class_of(text.as_ref()?))))
        .collect();
    let positive = match &question.positive {
        Some(positive) => positive.value.clone(),
        None => classes
            .iter()
            .min_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))
            .map(|(class, _)| class.clone())
            .unwrap_or_default(),
    };
    if !classes.contains_key(&positive) {
        let known = table::quoted_list(classes.keys().map(String::as_str), 10);
        return Err(ProjectError::data(
            format!("question `{}`, positive", question.name.value),
            format!("`{positive}`"),
            format!("one of {known}"),
        ));
    }
    let (by, what): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
    let choice = compare_categories(&by, groups.len(), &what, classes.len(), LEVEL)?;
    let positive_code = class_of(&positive);
    let summaries: Result<Vec<GroupRecord>, ProjectError> = groups
        .iter()
        .zip(0u32..)
        .map(|(name, group)| {
            let n = by.iter().filter(|code| **code == group).count() as u64;
            let hits = pairs
                .iter()
                .filter(|pair| **pair == (group, positive_code))
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
        Some(positive),
        n_dropped,
    ))
}

fn record(
    question: &Question,
    table: &Table,
    choice: Choice,
    groups: Vec<GroupRecord>,
    positive: Option<String>,
    n_dropped: u64,
) -> QuestionRecord {
    let result = choice.result;
    let finite = |value: f64| value.is_finite().then_some(value);
    let estimate = result.effect.estimate;
    QuestionRecord {
        name: question.name.value.clone(),
        ask: question.ask.clone(),
        outcome: question.outcome.value.clone(),
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

/// The groups of a column.
struct Groups {
    names: Vec<String>,
    /// Each row's group; none where the cell is missing.
    codes: Vec<Option<u32>>,
}

/// Groups a column: values as they are, numbers of many values in four ranges.
fn groups(table: &Table, column: &str) -> Result<Groups, ProjectError> {
    let values = texts(table, column)?;
    let counts = distinct(&values);
    let is_number = table.kind(column).is_some_and(Kind::is_numeric);
    if is_number && MAX_CODES < counts.len() {
        return ranges(table, column);
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    if is_number {
        names.sort_by(|a, b| {
            a.0.parse::<f64>()
                .unwrap_or(0.0)
                .total_cmp(&b.0.parse().unwrap_or(0.0))
        });
    }
    // Rare groups are not named: what so few rows share is theirs, and says little.
    let mut kept: Vec<(String, usize)> = names
        .iter()
        .filter(|(_, n)| MIN_SEEN <= *n as u64)
        .cloned()
        .collect();
    kept.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    kept.truncate(MAX_GROUPS - 1);
    let has_rest = kept.len() < names.len();
    let mut groups: Vec<String> = names
        .into_iter()
        .filter(|name| kept.contains(name))
        .map(|(name, _)| name)
        .collect();
    if has_rest {
        groups.push("other".to_owned());
    }
    let last = (groups.len() as u32).saturating_sub(1);
    let code = |text: &Option<String>| {
        let text = text.as_ref()?;
        Some(
            groups
                .iter()
                .position(|group| group == text)
                .map_or(last, |position| position as u32),
        )
    };
    let codes = values.iter().map(code).collect();
    Ok(Groups { names: groups, codes })
}

fn ranges(table: &Table, column: &str) -> Result<Groups, ProjectError> {
    let cells = table.column(column)?;
    let mut sketch = stats::sketch::Quantiles::default();
    let numbers = bundle::baseline::numbers(table, column)?;
    sketch.extend(&numbers);
    // Three significant digits: an edge that people can read, and that is no row's own value.
    let short = |value: f64| format!("{value:.2e}").parse().unwrap_or(value);
    let mut edges: Vec<f64> = [0.25, 0.5, 0.75]
        .iter()
        .filter_map(|q| sketch.quantile(*q))
        .map(short)
        .collect();
    edges.dedup();
    let label = |position: usize| match (
        position.checked_sub(1).map(|before| edges[before]),
        edges.get(position),
    ) {
        (None, Some(high)) => format!("up to {high}"),
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(low), None) => format!("above {low}"),
        (None, None) => "all".to_owned(),
    };
    let names = (0..=edges.len()).map(label).collect();
    let mut numbers = numbers.into_iter();
    let codes = (0..cells.len())
        .map(|row| {
            cells
                .is_valid(row)
                .then(|| numbers.next())
                .flatten()
                .map(|value| edges.partition_point(|edge| *edge < value) as u32)
        })
        .collect();
    Ok(Groups { names, codes })
}

fn texts(table: &Table, column: &str) -> Result<Vec<Option<String>>, ProjectError> {
    let cells = table.column(column)?;
    Ok((0..cells.len())
        .map(|row| cell_text(cells.as_ref(), row))
        .collect())
}

fn distinct(values: &[Option<String>]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    values
        .iter()
        .flatten()
        .for_each(|value| *counts.entry(value.clone()).or_default() += 1);
    counts
}

impl QuestionRecord {
    /// Whether the answer is yes beyond chance, at the corrected level of 5 %.
    pub fn differs(&self) -> bool {
        self.p_adjusted < 0.05
    }
}
