//! Rules applied to rows and tables.

use super::{Action, Contract, Rule, TableRule};
use crate::PrepareError;
use regex::Regex;
use std::collections::{BTreeMap, HashSet};
use table::arrow::array::{Array, ArrayRef, AsArray};
use table::arrow::datatypes::{Float64Type, Int64Type};
use table::write::cell_text;
use table::{Kind, Table};

/// One rule that rows broke.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The column.
    pub column: String,
    /// The rule as it stands in a project file.
    pub rule: String,
    /// What happens to the rows.
    pub action: Action,
    /// Whether the rule was declared.
    pub declared: bool,
    /// Positions of the rows, from 0, rising.
    pub rows: Vec<usize>,
    /// What was found in the first of them, clipped.
    pub found: String,
}

/// What the rows of a table broke.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowReport {
    /// How many rows were looked at.
    pub n_rows: usize,
    /// The rules that were broken.
    pub breaches: Vec<Breach>,
}

/// A rule that a table as a whole broke.
#[derive(Clone, Debug, PartialEq)]
pub struct TableBreach {
    /// The column, if the rule is about one.
    pub column: Option<String>,
    /// The sentence that says what was found and what was expected.
    pub sentence: String,
}

impl RowReport {
    /// For each row that broke a rule whose action is at least `least`: its position and the reasons.
    pub fn reasons(&self, least: Action) -> BTreeMap<usize, String> {
        let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
        for breach in self.breaches.iter().filter(|breach| least <= breach.action) {
            for row in &breach.rows {
                let text = reasons.entry(*row).or_default();
                if !text.is_empty() {
                    text.push_str("; ");
                }
                text.push_str(&format!("`{}` breaks {}", breach.column, breach.rule));
            }
        }
        reasons
    }
}

/// Applies the row rules to every row; columns that the table lacks are not looked at.
///
/// # Errors
/// [`PrepareError::Rule`] if a rule cannot be applied to the column's kind, or a pattern is not valid.
pub fn check_rows(contract: &Contract, table: &Table) -> Result<RowReport, PrepareError> {
    let mut breaches = Vec::new();
    for rule in &contract.columns {
        let (Some(kind), Ok(cells)) = (table.kind(&rule.column), table.column(&rule.column)) else {
            continue;
        };
        let cells = table::blank_is_missing(&cells);
        let refuse = |found: String| PrepareError::Rule {
            column: rule.column.clone(),
            rule: rule.rule.text(),
            found,
        };
        if !rule.rule.fits(kind) && cells.null_count() < cells.len() {
            return Err(refuse(format!("does not fit a column of {kind}")));
        }
        let rows = broken_rows(&rule.rule, kind, &cells).map_err(|error| refuse(error.to_string()))?;
        if let Some(first) = rows.first() {
            breaches.push(Breach {
                column: rule.column.clone(),
                rule: rule.rule.text(),
                action: rule.action,
                declared: rule.declared,
                found: cell_text(cells.as_ref(), *first)
                    .map_or("missing".to_owned(), |text| table::clip(&text)),
                rows,
            });
        }
    }
    Ok(RowReport {
        n_rows: table.n_rows(),
        breaches,
    })
}

fn broken_rows(rule: &Rule, kind: Kind, cells: &ArrayRef) -> Result<Vec<usize>, regex::Error> {
    let all = 0..cells.len();
    let present = |row: &usize| cells.is_valid(*row);
    let number = |row: usize| match kind {
        Kind::Integer => cells.as_primitive::<Int64Type>().value(row) as f64,
        _ => cells.as_primitive::<Float64Type>().value(row),
    };
    Ok(match rule {
        Rule::Kind(expected)
            if expected == kind.name() || (expected == "number" && kind == Kind::Integer) =>
        {
            Vec::new()
        }
        Rule::Kind(expected) if expected == "integer" && kind == Kind::Number => all
            .filter(present)
            .filter(|row| number(*row).fract() != 0.0)
            .collect(),
        // A column without any value has no kind to disagree with.
        Rule::Kind(_) => all.filter(present).collect(),
        Rule::Required => all.filter(|row| cells.is_null(*row)).collect(),
        Rule::Min(_) | Rule::Max(_) if !kind.is_numeric() => Vec::new(),
        Rule::Min(least) => all.filter(present).filter(|row| number(*row) < *least).collect(),
        Rule::Max(most) => all.filter(present).filter(|row| *most < number(*row)).collect(),
        Rule::OneOf(values) if kind.is_numeric() => {
            let known: Vec<f64> = values
                .iter()
                .filter_map(|value| value.trim().parse().ok())
                .collect();
            all.filter(present)
                .filter(|row| !known.contains(&number(*row)))
                .collect()
        }
        Rule::OneOf(values) => {
            let known: HashSet<&str> = values.iter().map(String::as_str).collect();
            let text = |row: usize| cell_text(cells.as_ref(), row).unwrap_or_default();
            all.filter(present)
                .filter(|row| !known.contains(text(*row).as_str()))
                .collect()
        }
        Rule::Matches(pattern) => {
            // `a)|(b` would be valid in the group below, and mean something else.
            Regex::new(pattern)?;
            let regex = Regex::new(&format!("^(?:{pattern})$"))?;
            let text = |row: usize| cell_text(cells.as_ref(), row).unwrap_or_default();
            all.filter(present)
                .filter(|row| !regex.is_match(&text(*row)))
                .collect()
        }
    })
}

/// Applies the table rules; `now_micros` is the time that freshness is measured from.
///
/// # Errors
/// [`PrepareError::Rule`] if a rule cannot be applied to the column's kind.
pub fn check_table(
    contract: &Contract,
    table: &Table,
    now_micros: i64,
) -> Result<Vec<TableBreach>, PrepareError> {
    let mut breaches = Vec::new();
    for rule in &contract.table {
        if let Some(breach) = broken_table_rule(rule, table, now_micros)? {
            breaches.push(breach);
        }
    }
    Ok(breaches)
}

fn broken_table_rule(
    rule: &TableRule,
    table: &Table,
    now_micros: i64,
) -> Result<Option<TableBreach>, PrepareError> {
    let n_rows = table.n_rows();
    let about = |column: &str, sentence: String| {
        Some(TableBreach {
            column: Some(column.to_owned()),
            sentence,
        })
    };
    let whole = |sentence: String| {
        Some(TableBreach {
            column: None,
            sentence,
        })
    };
    Ok(match rule {
        TableRule::NullShare { column, at_most } => {
            let missing = table.column(column)?.null_count();
            let share = missing as f64 / n_rows.max(1) as f64;
            if share <= *at_most {
                return Ok(None);
            }
            about(
                column,
                format!(
                    "`{column}` is missing in {missing} of {n_rows} rows ({:.2}%), expected at most {:.2}%",
                    share * 100.0,
                    at_most * 100.0
                ),
            )
        }
        TableRule::Unique { column } => {
            let cells = table.column(column)?;
            let mut seen = HashSet::new();
            let repeated = (0..n_rows)
                .filter(|row| cell_text(cells.as_ref(), *row).is_some_and(|text| !seen.insert(text)))
                .count();
            if repeated == 0 {
                return Ok(None);
            }
            about(
                column,
                format!("`{column}` repeats a value in {repeated} of {n_rows} rows, expected none"),
            )
        }
        TableRule::MinRows(least) if (n_rows as u64) < *least => {
            whole(format!("found {n_rows} rows, expected at least {least}"))
        }
        TableRule::MaxRows(most) if *most < n_rows as u64 => {
            whole(format!("found {n_rows} rows, expected at most {most}"))
        }
        TableRule::MinRows(_) | TableRule::MaxRows(_) => None,
        TableRule::Fresh { column, within_s } => {
            let newest = newest_micros(table, column)?;
            let age_s = newest.map(|newest| now_micros.saturating_sub(newest) / 1_000_000);
            match age_s {
                Some(age_s) if age_s <= *within_s as i64 => None,
                Some(age_s) => about(
                    column,
                    format!("the newest `{column}` is {age_s} seconds old, expected at most {within_s}"),
                ),
                None => about(
                    column,
                    format!("`{column}` has no value, expected one of the last {within_s} seconds"),
                ),
            }
        }
    })
}

fn newest_micros(table: &Table, column: &str) -> Result<Option<i64>, PrepareError> {
    let kind = table.kind(column);
    if !matches!(kind, Some(Kind::Date | Kind::Time)) {
        table.column(column)?;
        return Err(PrepareError::Rule {
            column: column.to_owned(),
            rule: "fresh".to_owned(),
            found: format!("does not fit a column of {}", kind.map_or("no kind", Kind::name)),
        });
    }
    let cells = table.column(column)?;
    Ok((0..table.n_rows())
        .filter_map(|row| cell_text(cells.as_ref(), row))
        .filter_map(|text| table::read::instant_of(&text))
        .max())
}
