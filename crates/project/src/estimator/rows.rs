//! Rows in memory, and the recipe that makes features of them.

use crate::ProjectError;
use prepare::recipe::{Encoding, Feature, Input, Recipe, RecipeBuilder};
use prepare::{FeatureColumn, Features};
use std::sync::Arc;
use table::arrow::array::RecordBatch;
use table::arrow::datatypes::{DataType, Field, Schema};
use table::arrow::error::ArrowError;
use table::{ComplaintKind, Complaints, Kind, Table, TableError, category_texts, normalise, quoted_list};

/// Rows with what a model sees of them.
#[derive(Clone, Debug)]
pub struct Rows {
    /// From a row as a caller of the bundle sends it to features.
    pub recipe: Recipe,
    /// The features, `(n_rows, n_features)`.
    pub features: Features,
}

/// Which columns of a table are categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Categories {
    /// Those of text or of a dictionary type, such as pandas' `category` and Polars' `Enum`.
    #[default]
    ByType,
    /// Those with these names, whatever their type.
    Named(Vec<String>),
}

impl Categories {
    /// A batch in the kinds of tables, categories as text.
    pub(super) fn table(&self, batch: &RecordBatch) -> Result<Table, ProjectError> {
        let is_category = |name: &str, data_type: &DataType| match self {
            Categories::ByType => is_dictionary(data_type),
            Categories::Named(names) => names.iter().any(|known| known == name),
        };
        check_names(batch, self)?;
        table_of(batch, &is_category)
    }
}

impl Rows {
    /// Rows of numbers, `(n_rows, n_features)` column by column; missing is `NaN`.
    pub fn of_numbers(names: &[String], n_rows: usize, columns: Vec<Vec<f64>>) -> Rows {
        let input = |name: &String| Input {
            name: name.clone(),
            kind: Kind::Number.name().to_owned(),
        };
        let feature = |name: &String| Feature {
            name: name.clone(),
            column: name.clone(),
            encoding: Encoding::Number,
        };
        Rows {
            recipe: Recipe {
                inputs: names.iter().map(input).collect(),
                derived: Vec::new(),
                features: names.iter().map(feature).collect(),
            },
            features: Features {
                n_rows,
                columns: columns.into_iter().map(FeatureColumn::Number).collect(),
            },
        }
    }

    /// The rows of a table, each column a feature; `weights` decide which levels are named.
    ///
    /// # Errors
    /// [`ProjectError::Data`] for an infinite number or a column of a type that is no feature.
    pub fn of_batch(
        batch: &RecordBatch,
        categories: &Categories,
        weights: Option<&[f64]>,
    ) -> Result<Rows, ProjectError> {
        let table = categories.table(batch)?;
        let builder = RecipeBuilder {
            keep_all: true,
            ..RecipeBuilder::default()
        };
        let recipe = builder.fit(&table, weights)?.recipe;
        check_features(&recipe)?;
        let features = recipe.apply(&table)?;
        Ok(Rows { recipe, features })
    }

    /// Puts `other` rows of the same recipe behind.
    pub fn append(&mut self, other: Features) {
        self.features.append(other);
    }

    pub(super) fn take(&self, rows: &[usize]) -> Result<Rows, ProjectError> {
        Ok(Rows {
            recipe: self.recipe.clone(),
            features: self.features.take(rows),
        })
    }

    /// Features of rows that are spread evenly, at most `n`.
    pub(super) fn sample(&self, n: usize) -> Features {
        let n_rows = self.features.n_rows;
        let step = n_rows.div_ceil(n).max(1);
        self.features.take(&(0..n_rows).step_by(step).collect::<Vec<_>>())
    }
}

/// What the model of a bundle sees of the rows of a table.
///
/// # Errors
/// [`ProjectError`] if a column is missing or of another kind.
pub fn features_of_batch(batch: &RecordBatch, recipe: &Recipe) -> Result<Features, ProjectError> {
    Ok(recipe.apply(&rows_of_batch(batch, recipe)?)?)
}

/// The rows of a table as a bundle scores them.
///
/// # Errors
/// [`ProjectError`] if a cell or a column is of a kind that no bundle takes.
pub fn rows_of_batch(batch: &RecordBatch, recipe: &Recipe) -> Result<Table, ProjectError> {
    let is_text = |name: &str, _: &DataType| {
        let input = recipe.inputs.iter().find(|input| input.name == name);
        input.is_some_and(|input| input.kind() == Some(Kind::Text))
    };
    table_of(batch, &is_text)
}

fn is_dictionary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Dictionary(..))
}

fn check_names(batch: &RecordBatch, categories: &Categories) -> Result<(), ProjectError> {
    let Categories::Named(names) = categories else {
        return Ok(());
    };
    match names.iter().find(|name| batch.column_by_name(name).is_none()) {
        None => Ok(()),
        Some(name) => {
            let schema = batch.schema();
            let known = schema.fields().iter().map(|field| field.name().as_str());
            Err(ProjectError::data(
                "a categorical feature",
                format!("`{name}`"),
                format!("a column of the table: {}", quoted_list(known, 20)),
            ))
        }
    }
}

/// The batch in the kinds of tables, categories as text.
fn table_of(
    batch: &RecordBatch,
    is_category: &dyn Fn(&str, &DataType) -> bool,
) -> Result<Table, ProjectError> {
    let mut complaints = Complaints::default();
    let table = normalise(&as_text(batch, is_category)?, &mut complaints)?;
    let refused = |kind| matches!(kind, ComplaintKind::NotFinite | ComplaintKind::UnsupportedType);
    match complaints.iter().find(|complaint| refused(complaint.kind)) {
        None => Ok(table),
        Some(complaint) => Err(ProjectError::data(
            format!("the column `{}`", complaint.column.as_deref().unwrap_or_default()),
            complaint
                .examples
                .first()
                .map_or("a value", |example| &example.found),
            "finite or missing numbers, text, truths, days or times",
        )),
    }
}

fn as_text(
    batch: &RecordBatch,
    is_category: &dyn Fn(&str, &DataType) -> bool,
) -> Result<RecordBatch, ProjectError> {
    let schema = batch.schema();
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let column = match is_category(field.name(), field.data_type()) {
            true => category_texts(column).map_err(|_| no_category(field))?,
            false => Arc::clone(column),
        };
        fields.push(field.as_ref().clone().with_data_type(column.data_type().clone()));
        columns.push(column);
    }
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new(schema, columns).map_err(|source| arrow_error("the table", source))?)
}

/// A column of cells without a text, such as the intervals of `pandas.cut`.
fn no_category(field: &Field) -> ProjectError {
    let found = match field.data_type() {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    ProjectError::data(
        format!("the column `{}`", field.name()),
        match found.is_nested() {
            true => "categories that have parts of their own, as intervals do".to_owned(),
            false => format!("categories of type {found}"),
        },
        "categories of text, numbers or truths: turn them into text first, in pandas with `.astype(str)`",
    )
}

/// Names of features are told apart: a part of a date may not have the name of a column.
pub(super) fn check_features(recipe: &Recipe) -> Result<(), ProjectError> {
    let mut column_of = std::collections::HashMap::new();
    for feature in &recipe.features {
        let Some(other) = column_of.insert(&feature.name, &feature.column) else {
            continue;
        };
        // The column of that name and the date, in whatever order they stand.
        let date = if *other == feature.name {
            &feature.column
        } else {
            other
        };
        return Err(ProjectError::data(
            format!("the column `{}`", feature.name),
            format!("the name of a part of the date `{date}`"),
            "another name: give the column or the date another one",
        ));
    }
    Ok(())
}

fn arrow_error(name: &str, source: ArrowError) -> TableError {
    TableError::Arrow {
        name: name.to_owned(),
        source,
    }
}
