//! Rows of exactly a model's inputs: cells as they were read, or the columns of a table.

use super::cells::Cells;
use crate::refusal::Refusal;
use prepare::compiled::Cell;
use table::{Kind, Table, TableError};

/// Rows whose numbers are put into columns together.
const ROWS_TOGETHER: usize = 32;

/// Rows of exactly a model's inputs, at least one.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Numbers row by row, NaN where missing; whole ones for inputs of whole numbers.
    Numbers { values: Vec<f64>, width: usize },
    /// An entry for each input.
    Cells { cells: Vec<Cells>, n_rows: usize },
    /// Whole columns, as they came.
    Table(Table),
}

impl Rows {
    pub(crate) fn n_rows(&self) -> usize {
        match self {
            Rows::Numbers { values, width } => values.len() / (*width).max(1),
            Rows::Cells { n_rows, .. } => *n_rows,
            Rows::Table(table) => table.n_rows(),
        }
    }

    /// Takes in more rows of the same inputs behind its own; `false` if they came in another shape.
    pub(crate) fn absorb(&mut self, more: &Rows) -> bool {
        match (self, more) {
            (Rows::Numbers { values, .. }, Rows::Numbers { values: more, .. }) => {
                values.extend_from_slice(more);
            }
            (
                Rows::Cells { cells, n_rows },
                Rows::Cells {
                    cells: more,
                    n_rows: n,
                },
            ) => {
                let pairs = cells.iter_mut().zip(more);
                pairs.for_each(|(cells, more)| cells.extend(more));
                *n_rows += n;
            }
            _ => return false,
        }
        true
    }

    /// Whether its cells can be asked for one by one.
    pub(crate) fn has_cells(&self) -> bool {
        !matches!(self, Rows::Table(_))
    }

    /// The cell of an input in a row; missing where rows are whole columns.
    pub(crate) fn cell(&self, input: usize, row: usize) -> Cell<'_> {
        match self {
            Rows::Numbers { values, width } => match values[row * width + input] {
                missing if missing.is_nan() => Cell::Missing,
                number => Cell::Number(number),
            },
            Rows::Cells { cells, .. } => cells[input].get(row),
            Rows::Table(_) => Cell::Missing,
        }
    }

    /// The rows as a table of these inputs.
    pub(crate) fn to_table(&self, inputs: &[(String, Kind)]) -> Result<Table, Refusal> {
        Rows::joined(inputs, std::slice::from_ref(self)).map_err(|_| Refusal::Internal)
    }

    /// The rows of several requests, in their order, as one table of these inputs.
    pub(crate) fn joined(inputs: &[(String, Kind)], parts: &[Rows]) -> Result<Table, TableError> {
        if parts.iter().all(Rows::has_cells) {
            return of_cells(inputs, parts);
        }
        let tables = parts.iter().map(|part| match part {
            Rows::Table(table) => Ok(table.clone()),
            part => of_cells(inputs, std::slice::from_ref(part)),
        });
        Table::concat(&tables.collect::<Result<Vec<Table>, _>>()?)
    }

    /// Puts the cells of an input behind `cells`.
    fn append_to(&self, cells: &mut Cells, input: usize) {
        match self {
            Rows::Numbers { values, width } if values.len() == *width => {
                cells.extend_numbers(values.get(input).copied().into_iter());
            }
            Rows::Numbers { values, width } => {
                cells.extend_numbers(values.iter().skip(input).step_by((*width).max(1)).copied());
            }
            Rows::Cells { cells: more, .. } => cells.extend(&more[input]),
            Rows::Table(_) => {}
        }
    }
}

fn of_cells(inputs: &[(String, Kind)], parts: &[Rows]) -> Result<Table, TableError> {
    let columns = match parts {
        [Rows::Numbers { values, width }] if inputs.iter().all(|(_, kind)| *kind == Kind::Number) => {
            columns_of_numbers(values, *width)
        }
        parts => {
            let mut columns: Vec<Cells> = inputs.iter().map(|(_, kind)| Cells::new(*kind)).collect();
            for part in parts {
                for (input, cells) in columns.iter_mut().enumerate() {
                    part.append_to(cells, input);
                }
            }
            columns
        }
    };
    let named = inputs.iter().zip(columns);
    Table::new(
        named
            .map(|((name, _), cells)| (name.clone(), cells.into_array()))
            .collect(),
    )
}

/// Numbers row by row as columns: some rows at a time, so that each of their cells is fetched once.
fn columns_of_numbers(values: &[f64], width: usize) -> Vec<Cells> {
    let n_rows = values.len() / width.max(1);
    let mut columns = vec![Vec::with_capacity(n_rows); width];
    for rows in values.chunks(width.max(1) * ROWS_TOGETHER) {
        for (input, column) in columns.iter_mut().enumerate() {
            column.extend(rows[input..].iter().step_by(width).copied());
        }
    }
    columns.into_iter().map(Cells::Number).collect()
}
