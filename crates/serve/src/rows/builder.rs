//! Rows of the model's inputs, grown row by row or column by column.

use super::{Column, Rows};
use crate::models::Loaded;
use crate::refusal::Refusal;
use table::quoted_list;

/// The growing columns of one request.
#[derive(Debug)]
pub(crate) struct RowsBuilder<'m> {
    model: &'m Loaded,
    columns: Vec<Column<'m>>,
    /// Whether the request names the column at all.
    named: Vec<bool>,
    n_rows: usize,
    max_rows: usize,
}

impl<'m> RowsBuilder<'m> {
    pub(crate) fn new(model: &'m Loaded, max_rows: usize) -> RowsBuilder<'m> {
        RowsBuilder {
            model,
            columns: model
                .inputs
                .iter()
                .map(|(name, kind)| Column::new(name, *kind))
                .collect(),
            named: vec![false; model.inputs.len()],
            n_rows: 0,
            max_rows,
        }
    }

    /// The position of the input called `name`; other columns are not looked at.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.model.input_positions.get(name).copied()
    }

    pub(crate) fn n_inputs(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn max_rows(&self) -> usize {
        self.max_rows
    }

    /// The column to which the next cell of a row goes.
    pub(crate) fn cell_of_row(&mut self, position: usize) -> Result<&mut Column<'m>, Refusal> {
        self.named[position] = true;
        let column = &mut self.columns[position];
        if column.len() != self.n_rows {
            return Err(Refusal::malformed(format!(
                "column `{}` stands twice in row {}",
                column.name(),
                self.n_rows
            )));
        }
        Ok(column)
    }

    /// The column at `position`, to be filled whole.
    pub(crate) fn whole_column(&mut self, position: usize) -> Result<&mut Column<'m>, Refusal> {
        let column = &mut self.columns[position];
        if std::mem::replace(&mut self.named[position], true) {
            return Err(Refusal::malformed(format!(
                "column `{}` stands twice",
                column.name()
            )));
        }
        Ok(column)
    }

    /// Says that the request names the column, even if no row follows.
    pub(crate) fn name(&mut self, position: usize) {
        self.named[position] = true;
    }

    /// Ends a row: inputs that it did not bring are missing in it.
    pub(crate) fn end_row(&mut self) -> Result<(), Refusal> {
        if self.n_rows == self.max_rows {
            return Err(Refusal::TooManyRows { limit: self.max_rows });
        }
        self.n_rows += 1;
        for column in self
            .columns
            .iter_mut()
            .filter(|column| column.len() < self.n_rows)
        {
            column.push_missing();
        }
        Ok(())
    }

    /// The rows; every input must have been named, and all must be equally long.
    pub(crate) fn finish(self) -> Result<Rows, Refusal> {
        let unnamed = self.named.iter().position(|named| !named);
        if let Some(position) = unnamed {
            if self.named.iter().all(|named| !named) && self.n_rows == 0 {
                return Err(Refusal::NoRows);
            }
            return Err(no_column(self.model, position));
        }
        let n_rows = self.columns.first().map_or(0, Column::len);
        if let Some(other) = self.columns.iter().find(|column| column.len() != n_rows) {
            let first = &self.columns[0];
            let found = format!(
                "columns of different lengths: `{}` has {n_rows}, `{}` has {}",
                first.name(),
                other.name(),
                other.len()
            );
            return Err(Refusal::Malformed { found });
        }
        if n_rows == 0 {
            return Err(Refusal::NoRows);
        }
        Ok(Rows::Cells {
            cells: self.columns.into_iter().map(Column::finish).collect(),
            n_rows,
        })
    }
}

/// The refusal of a request without the input at `position`.
pub(crate) fn no_column(model: &Loaded, position: usize) -> Refusal {
    Refusal::NoColumn {
        column: model.inputs[position].0.clone(),
        expected: quoted_list(model.inputs.iter().map(|(name, _)| name.as_str()), 30),
    }
}
