//! Which columns a model can use, and how each is encoded.

use super::{Derived, Encoding, Feature, Input, MIN_SEEN, Recipe};
use crate::PrepareError;
use crate::expression::{DatePart, Expression, columns_of};
use stats::sum::ExactSum;
use std::collections::{BTreeSet, HashMap};
use table::arrow::array::{Array, ArrayRef, AsArray, StringArray};
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
        let mut looking = self.looking();
        looking.look_at(table, weights)?;
        looking.fitted()
    }

    /// Fits the recipe on a table that comes part after part, as [`RecipeBuilder::fit`] does on the whole.
    pub fn looking(&self) -> Looking<'_> {
        Looking {
            builder: self,
            inputs: None,
            seen: Vec::new(),
        }
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

    fn encode(&self, seen: &Seen) -> Result<Vec<Feature>, String> {
        let (name, kind) = (&seen.name, seen.kind);
        if seen.n_missing == seen.n_rows && !self.keep_all {
            return Err("is missing in every row".to_owned());
        }
        if seen.is_constant() && !self.keep_all {
            return Err("has one value in every row".to_owned());
        }
        let feature = |suffix: Option<DatePart>, encoding| Feature {
            name: suffix.map_or(name.to_owned(), |part| format!("{name}.{}", part.name())),
            column: name.to_owned(),
            encoding,
        };
        Ok(match kind {
            Kind::Boolean | Kind::Integer | Kind::Number => vec![feature(None, Encoding::Number)],
            Kind::Text => {
                let levels = self.levels(&seen.texts)?;
                vec![feature(None, Encoding::Category { levels })]
            }
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
                parts
                    .into_iter()
                    .map(|part| feature(Some(part), Encoding::Date(part)))
                    .collect()
            }
        })
    }

    /// The texts seen often enough, in weight and in rows, or why the column is left out.
    fn levels(&self, counts: &HashMap<String, (u64, f64)>) -> Result<Vec<String>, String> {
        let n_rows = weight_of_all(counts);
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
            .map(|(text, (_, weight))| (text.as_str(), *weight))
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
    fn assemble(&self, raw: &[(String, Kind)], features: Vec<Feature>) -> Recipe {
        let mut needed: BTreeSet<String> = features.iter().map(|feature| feature.column.clone()).collect();
        let mut derived: Vec<Derived> = Vec::new();
        for column in self.derived.iter().rev() {
            // In front of its definition a derived name means the raw column that it hides, if anything.
            if needed.remove(&column.name) {
                needed.extend(columns_of(&column.expression));
                derived.insert(0, column.clone());
            }
        }
        let inputs = (raw.iter())
            .filter(|(name, _)| needed.contains(name))
            .map(|(name, kind)| Input {
                name: name.clone(),
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

/// Texts stand in no order, so that their weights are added up exactly.
fn weight_of_all(counts: &HashMap<String, (u64, f64)>) -> f64 {
    let mut sum = ExactSum::default();
    counts.values().for_each(|(_, weight)| sum.add(*weight));
    sum.value()
}

fn without_blanks(table: &Table) -> Result<Table, PrepareError> {
    let columns = table.names().into_iter().zip(table.batch().columns());
    Ok(Table::new(
        columns
            .map(|(name, cells)| (name, table::blank_is_missing(cells)))
            .collect(),
    )?)
}

/// What a recipe is fitted by, seen so far of a table that comes part after part.
#[derive(Clone, Debug)]
pub struct Looking<'a> {
    builder: &'a RecipeBuilder,
    /// The columns as they come.
    inputs: Option<Vec<(String, Kind)>>,
    /// Those that may become features, derived ones among them.
    seen: Vec<Seen>,
}

/// What was seen of a column.
#[derive(Clone, Debug)]
struct Seen {
    name: String,
    kind: Kind,
    n_rows: usize,
    n_missing: usize,
    /// A cell, and whether another differs from it.
    first: Option<ArrayRef>,
    varies: bool,
    /// The rows and the weight of each text.
    texts: HashMap<String, (u64, f64)>,
}

impl Looking<'_> {
    /// Takes more rows, with a weight each if rows have weights.
    ///
    /// # Errors
    /// [`PrepareError`]: an expression does not fit the columns, or they are others than those of the rows before.
    pub fn look_at(&mut self, table: &Table, weights: Option<&[f64]>) -> Result<(), PrepareError> {
        let raw = without_blanks(table)?;
        let table = self.builder.with_derived(&raw)?;
        let columns = table.columns().into_iter();
        let columns: Vec<_> = columns
            .filter(|(name, _)| !self.builder.excluded.contains(name))
            .collect();
        if self.inputs.is_none() {
            self.inputs = Some(raw.columns());
            self.seen = columns
                .iter()
                .map(|(name, kind)| Seen::new(name, *kind))
                .collect();
        }
        for seen in &mut self.seen {
            let cells = table.column(&seen.name)?;
            let found = table.kind(&seen.name).unwrap_or(seen.kind);
            seen.kind = seen.kind_with(found, &cells)?;
            seen.look_at(&cells, weights);
        }
        // What is missing at first, or whole at first, is known by later rows.
        for (name, kind) in self.inputs.iter_mut().flatten() {
            let seen = self.seen.iter().find(|seen| seen.name == *name);
            let is_raw = raw.kind(name) == table.kind(name);
            *kind = seen.filter(|_| is_raw).map_or(*kind, |seen| seen.kind);
        }
        Ok(())
    }

    /// The recipe of all rows seen.
    ///
    /// # Errors
    /// [`PrepareError::NoFeatures`] if nothing is left.
    pub fn fitted(self) -> Result<Fitted, PrepareError> {
        let mut features = Vec::new();
        let mut dropped = Vec::new();
        for seen in &self.seen {
            match self.builder.encode(seen) {
                Ok(encoded) => features.extend(encoded),
                Err(reason) => dropped.push(Dropped {
                    column: seen.name.clone(),
                    reason,
                }),
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
        let inputs = self.inputs.unwrap_or_default();
        Ok(Fitted {
            recipe: self.builder.assemble(&inputs, features),
            dropped,
        })
    }
}

impl Seen {
    fn new(name: &str, kind: Kind) -> Seen {
        Seen {
            name: name.to_owned(),
            kind,
            n_rows: 0,
            n_missing: 0,
            first: None,
            varies: false,
            texts: HashMap::new(),
        }
    }

    /// The kind of the cells so far and some more: whole numbers are numbers beside numbers, and missing is of any kind.
    fn kind_with(&self, found: Kind, cells: &ArrayRef) -> Result<Kind, PrepareError> {
        match (self.kind, found) {
            (kind, found) if kind == found || cells.null_count() == cells.len() => Ok(kind),
            (_, found) if self.n_missing == self.n_rows => Ok(found),
            (kind, found) if kind.is_numeric() && found.is_numeric() => Ok(Kind::Number),
            (kind, found) => Err(PrepareError::WrongKind {
                column: self.name.clone(),
                found: found.to_string(),
                expected: format!("{kind}, as in the rows before"),
            }),
        }
    }

    fn look_at(&mut self, cells: &ArrayRef, weights: Option<&[f64]>) {
        self.n_rows += cells.len();
        self.n_missing += cells.null_count();
        if self.first.is_none() && !cells.is_empty() {
            self.first = Some(cells.slice(0, 1));
        }
        if let Some(first) = self.first.as_ref().filter(|_| !self.varies) {
            let first = first.to_data();
            self.varies = (0..cells.len()).any(|row| cells.slice(row, 1).to_data() != first);
        }
        if let (Kind::Text, Some(texts)) = (self.kind, cells.as_string_opt::<i32>()) {
            self.count(texts, weights);
        }
    }

    fn count(&mut self, cells: &StringArray, weights: Option<&[f64]>) {
        for row in (0..cells.len()).filter(|row| cells.is_valid(*row)) {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            match self.texts.get_mut(cells.value(row)) {
                Some(count) => *count = (count.0 + 1, count.1 + weight),
                None => {
                    self.texts.insert(cells.value(row).to_owned(), (1, weight));
                }
            }
        }
    }

    fn is_constant(&self) -> bool {
        self.n_missing == 0 && !self.varies
    }
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
