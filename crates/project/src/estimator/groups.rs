//! The groups of rows whose intervals have a length of their own.

use super::rows_of_batch;
use crate::ProjectError;
use bundle::intervals::{can_group, group_texts};
use prepare::recipe::Recipe;
use table::arrow::array::RecordBatch;
use table::{nearest, quoted_list};

/// The groups of some rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The column that they come from; bundles ask for it with each row.
    pub column: String,
    /// The group of each row, `(n_rows,)`; none where the cell is missing.
    pub of_row: Vec<Option<String>>,
}

impl Groups {
    /// The groups of the rows of a table by a column that its recipe reads.
    ///
    /// # Errors
    /// [`ProjectError::Data`] if there is no such column, or its values are no groups.
    pub fn of_batch(batch: &RecordBatch, recipe: &Recipe, column: &str) -> Result<Groups, ProjectError> {
        check(recipe, column)?;
        let rows = recipe.align(&rows_of_batch(batch, recipe)?)?;
        Ok(Groups {
            column: column.to_owned(),
            of_row: group_texts(&rows, column)?,
        })
    }

    /// As many rows of no group behind.
    pub fn append_none(&mut self, n_rows: usize) {
        self.of_row.resize(self.of_row.len() + n_rows, None);
    }

    /// The rows at `rows`, in that order.
    pub(super) fn take(&self, rows: &[usize]) -> Groups {
        Groups {
            column: self.column.clone(),
            of_row: rows.iter().map(|row| self.of_row[*row].clone()).collect(),
        }
    }
}

fn check(recipe: &Recipe, column: &str) -> Result<(), ProjectError> {
    let known = || recipe.inputs.iter().map(|input| input.name.as_str());
    let Some(input) = recipe.inputs.iter().find(|input| input.name == column) else {
        let hint = nearest(column, known()).map(|name| format!("; did you mean `{name}`?"));
        return Err(ProjectError::data(
            "`interval_groups`",
            format!("`{column}`"),
            format!(
                "a column of `X`: {}{}",
                quoted_list(known(), 20),
                hint.unwrap_or_default()
            ),
        ));
    };
    match can_group(input) {
        true => Ok(()),
        false => Err(ProjectError::data(
            "`interval_groups`",
            format!("`{column}`, a column of {}s", input.kind),
            "a column of text, categories, truths or whole numbers",
        )),
    }
}
