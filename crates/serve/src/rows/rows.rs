//! Rows of exactly a model's inputs: cells as they were read, or the columns of a table.

use super::cells::Cells;
use crate::refusal::Refusal;
use prepare::compiled::Cell;
use table::{Kind, Table, TableError};

/// Rows of exactly a model's inputs, at least one.
#[derive(Debug)]
pub(crate) enum Rows {
    /// An entry for each input.
    Cells { cells: Vec<Cells>, n_rows: usize },
    /// Whole columns, as they came.
    Table(Table),
}

impl Rows {
    pub(crate) fn n_rows(&self) -> usize {
        match self {
            Rows::Cells { n_rows, .. } => *n_rows,
            Rows::Table(table) => table.n_rows(),
        }
    }

    /// The cell of an input in a row; `None` where rows are whole columns.
    pub(crate) fn cells<'r>(&'r self) -> Option<impl Fn(usize, usize) -> Cell<'r>> {
        match self {
            Rows::Cells { cells, .. } => Some(|input: usize, row: usize| cells[input].get(row)),
            Rows::Table(_) => None,
        }
    }

    fn as_cells(&self) -> Option<&[Cells]> {
        match self {
            Rows::Cells { cells, .. } => Some(cells),
            Rows::Table(_) => None,
        }
    }

    /// The rows as a table of these inputs.
    pub(crate) fn to_table(&self, inputs: &[(String, Kind)]) -> Result<Table, Refusal> {
        Rows::joined(inputs, &[self]).map_err(|_| Refusal::Internal)
    }

    /// The rows of several requests, in their order, as one table of these inputs.
    pub(crate) fn joined(inputs: &[(String, Kind)], parts: &[&Rows]) -> Result<Table, TableError> {
        let of_cells: Option<Vec<&[Cells]>> = parts.iter().map(|part| part.as_cells()).collect();
        if let Some(parts) = of_cells {
            return of_parts(inputs, &parts);
        }
        let tables = parts.iter().map(|part| match part {
            Rows::Cells { cells, .. } => of_parts(inputs, &[cells]),
            Rows::Table(table) => Ok(table.clone()),
        });
        Table::concat(&tables.collect::<Result<Vec<Table>, _>>()?)
    }
}

fn of_parts(inputs: &[(String, Kind)], parts: &[&[Cells]]) -> Result<Table, TableError> {
    let column = |(at, (name, kind)): (usize, &(String, Kind))| {
        let array = match parts {
            [one] => one[at].to_array(),
            parts => {
                let mut all = Cells::new(*kind);
                parts.iter().for_each(|part| all.extend(&part[at]));
                all.to_array()
            }
        };
        (name.clone(), array)
    };
    Table::new(inputs.iter().enumerate().map(column).collect())
}
