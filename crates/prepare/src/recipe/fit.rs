//! Which columns a model can use, and how each is encoded.

use super::{Derived, Encoding, Feature, Input, MIN_SEEN, Recipe};
use crate::PrepareError;
use crate::expression::{DatePart, Expression, columns_of};
use std::collections::{BTreeMap, BTreeSet};
use table::arrow::array::{Array, AsArray};
use table::{Kind, Table};

/// A text column with more distinct values than this share of its rows is an identifier or free text.
const MAX_DISTINCT_SHARE: f64 = 0.5;
/// The most levels that a category keeps; the most frequent ones are kept.
const MAX_LEVELS: usize = 1 << 15;

/// What a recipe is fitted with.
#[derive(Clone, Debug, Default)]
pub struct RecipeBuilder {
    /// Columns that are never inputs: the target, keys, groups, weights.
    pub excluded: BTreeSet<String>,
    /// Row-wise features of the project file, in order.
    pub derived: Vec<Derived>,
    /// Also says no to columns that look like identifiers; on unless switched off.
    pub keep_identifiers: bool,
    /// Every column is a feature, also one that cannot help: for callers that chose the columns.
    pub keep_all: bool,
}

/// A column that the model does not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The column.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// A fitted recipe and what was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The recipe.
    pub recipe: Recipe,
    /// What was left out.
    pub dropped: Vec<Dropped>,
}

impl RecipeBuilder {
    /// Fits the recipe on the rows of `table`; an integer weight counts as repeated rows, but for names: a text is
    /// named only if it stands in [`MIN_SEEN`] rows of its own, however heavy they are.
    ///
    /// Left out are excluded columns, columns without any or with one value, and text that looks like an identifier
    /// or free text. Inputs that no feature reads are not asked of callers.
    ///
    /// # Errors
    /// [`PrepareError`]: an expression does not fit the columns, or nothing is left.
    pub fn fit(&self, table: &Table, weights: Option<&[f64]>) -> Result<Fitted, PrepareError> {
        let raw = without_blanks(table)?;
        let table = self.with_derived(&raw)?;
        let mut features = Vec::new();
        let mut dropped = Vec::new();
        for (name, kind) in table.columns() {
            if self.excluded.contains(&name) {
                continue;
            }
            match self.encode(&table, &name, kind, weights)? {
                Ok(encoded) => features.extend(encoded),
                Err(reason) => dropped.push(Dropped { column: name, reason }),
            }
        }
        if features.is_empty() {
            let list: Vec<String> = dropped
                .iter()
                .map(|d| format!("`{}` {}", d.column, d.reason))
                .collect();
            let list = if list.is_empty() {
                "there is none besides the target and keys".to_owned()
            } else {
                list.join(", ")
            };
            return Err(PrepareError::NoFeatures { dropped: list });
        }
        Ok(Fitted {
            recipe: self.assemble(&raw, features),
            dropped,
        })
    }

    /// The table with the derived columns; one may hide a raw column of its name from those behind it.
    fn with_derived(&self, table: &Table) -> Result<Table, PrepareError> {
        let mut table = table.clone();
        for derived in &self.derived {
            let column = crate::expression::evaluate(&derived.expression, &table)?;
            table = table.with_column(&derived.name, column)?;
        }
        Ok(table)
    }

    fn encode(
        &self,
        table: &Table,
        name: &str,
        kind: Kind,
        weights: Option<&[f64]>,
    ) -> Result<Result<Vec<Feature>, String>, PrepareError> {
        let cells = table.column(name)?;
        if cells.null_count() == cells.len() && !self.keep_all {
            return Ok(Err("is missing in every row".to_owned()));
        }
        if is_constant(cells.as_ref()) && !self.keep_all {
            return Ok(Err("has one value in every row".to_owned()));
        }
        let feature = |suffix: Option<DatePart>, encoding| Feature {
            name: suffix.map_or(name.to_owned(), |part| format!("{name}.{}", part.name())),
            column: name.to_owned(),
            encoding,
        };
        Ok(match kind {
            Kind::Boolean | Kind::Integer | Kind::Number => Ok(vec![feature(None, Encoding::Number)]),
            Kind::Text => self
                .levels(cells.as_ref(), weights)
                .map(|levels| vec![feature(None, Encoding::Category { levels })]),
            Kind::Date | Kind::Time => {
                let mut parts = vec![
                    DatePart::EpochDays,
                    DatePart::Month,
                    DatePart::Day,
                    DatePart::Weekday,
                ];
                if kind == Kind::Time {
                    parts.push(DatePart::Hour);
                }
                Ok(parts
                    .into_iter()
                    .map(|part| feature(Some(part), Encoding::Date(part)))
                    .collect())
            }
        })
    }

    /// The texts seen often enough, in weight and in rows, or why the column is left out.
    fn levels(&self, cells: &dyn Array, weights: Option<&[f64]>) -> Result<Vec<String>, String> {
        let cells = cells.as_string::<i32>();
        let mut counts: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
        for row in (0..cells.len()).filter(|row| cells.is_valid(*row)) {
            let count = counts.entry(cells.value(row)).or_default();
            count.0 += 1;
            count.1 += weights.map_or(1.0, |weights| weights[row]);
        }
        let n_rows: f64 = counts.values().map(|(_, weight)| weight).sum();
        let n_distinct = counts.len();
        if !(self.keep_identifiers || self.keep_all)
            && 20 < n_distinct
            && n_rows * MAX_DISTINCT_SHARE < n_distinct as f64
        {
            return Err(format!(
                "looks like an identifier or free text ({n_distinct} different values)"
            ));
        }
        let mut frequent: Vec<(&str, f64)> = counts
            .iter()
            .filter(|(_, (n_rows, weight))| MIN_SEEN <= *n_rows && MIN_SEEN as f64 <= *weight)
            .map(|(text, (_, weight))| (*text, *weight))
            .collect();
        if frequent.is_empty() && !self.keep_all {
            return Err(format!("has no value seen at least {MIN_SEEN} times"));
        }
        frequent.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        frequent.truncate(MAX_LEVELS);
        let mut levels: Vec<String> = frequent.into_iter().map(|(text, _)| text.to_owned()).collect();
        levels.sort();
        Ok(levels)
    }

    /// Keeps the derived columns that features read, and the inputs that those and features read.
    fn assemble(&self, raw: &Table, features: Vec<Feature>) -> Recipe {
        let mut needed: BTreeSet<String> = features.iter().map(|feature| feature.column.clone()).collect();
        let mut derived: Vec<Derived> = Vec::new();
        for column in self.derived.iter().rev() {
            // In front of its definition a derived name means the raw column that it hides, if anything.
            if needed.remove(&column.name) {
                needed.extend(columns_of(&column.expression));
                derived.insert(0, column.clone());
            }
        }
        let inputs = raw
            .columns()
            .into_iter()
            .filter(|(name, _)| needed.contains(name))
            .map(|(name, kind)| Input {
                name,
                kind: kind.name().to_owned(),
            })
            .collect();
        Recipe {
            inputs,
            derived,
            features,
        }
    }
}

fn without_blanks(table: &Table) -> Result<Table, PrepareError> {
    let columns = table.names().into_iter().zip(table.batch().columns());
    Ok(Table::new(
        columns
            .map(|(name, cells)| (name, table::blank_is_missing(cells)))
            .collect(),
    )?)
}

fn is_constant(cells: &dyn Array) -> bool {
    if 0 < cells.null_count() {
        return false;
    }
    let first = cells.slice(0, 1.min(cells.len()));
    (1..cells.len()).all(|row| cells.slice(row, 1).to_data() == first.to_data())
}

impl Derived {
    /// A derived column from the text of its expression.
    ///
    /// # Errors
    /// [`PrepareError::Expression`].
    pub fn parse(name: &str, text: &str) -> Result<Derived, PrepareError> {
        let expression: Expression = crate::expression::parse(text)?;
        Ok(Derived {
            name: name.to_owned(),
            expression,
        })
    }
}
