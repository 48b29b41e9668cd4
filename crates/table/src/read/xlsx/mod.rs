//! Excel workbooks: one sheet becomes a table. What a cell is says its format, not its looks; where the table begins on
//! the sheet is found as in a file of separated values.

mod archive;
mod cells;
mod columns;
mod sheet;

use super::{Options, Read, caught::caught, check_names, check_width};
use crate::{ComplaintKind, Complaints, Table, TableError};
use calamine::{Reader as _, Xlsx};
use cells::Grid;
use std::io::Cursor;

/// What was expected where the bytes are no workbook.
const EXPECTED: &str = "an Excel workbook (.xlsx)";

/// Reads one sheet of a workbook.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Read, TableError> {
    archive::weigh(bytes, name, options.max_bytes)?;
    // It checks much, but not everything, before it slices.
    caught(|| of_workbook(bytes, name, options)).map_err(|found| refused(name, found))?
}

fn refused(name: &str, found: impl ToString) -> TableError {
    TableError::NotThatFormat {
        name: name.to_owned(),
        expected: EXPECTED,
        found: found.to_string(),
    }
}

fn of_workbook(bytes: &[u8], name: &str, options: &Options) -> Result<Read, TableError> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| refused(name, error))?;
    let mut complaints = Complaints::default();
    let mut guesses = Vec::new();
    let chosen = sheet::choose(&mut workbook, name, options, &mut guesses)?;
    let merged = workbook
        .merge_cells_by_sheet_name(&chosen)
        .map_err(|error| refused(name, error))?;
    let mut grid = Grid::of(&mut workbook, &chosen, name, options.max_bytes)?;
    check_width(grid.width, name, options)?;
    let text = grid.as_separated(name, options.max_bytes)?;
    let found = super::csv::find(&text, options, &mut guesses).ok_or_else(|| TableError::Empty {
        name: format!("{name}, sheet {chosen}"),
    })?;
    let mut header = found.header.clone();
    let names = match header.is_empty() {
        true => (1..=grid.width).map(|place| format!("column_{place}")).collect(),
        false => {
            header.resize(grid.width, String::new());
            check_names(header, name, options, &mut complaints)?
        }
    };
    for mut complaint in found.complaints {
        for example in &mut complaint.examples {
            example.line = grid.sheet_row(example.line);
        }
        complaints.add_group(complaint);
    }
    let n_filled = grid.fill_down(&merged, found.rows.start, name, options.max_bytes)?;
    if 0 < n_filled {
        guesses.push(format!(
            "{n_filled} cells stand under a merged cell and have its value"
        ));
    }
    let rows = body(&grid, found.rows, &found.repeated, &mut complaints);
    let columns = columns::build(&grid, &rows, &names, options, &mut complaints, &mut guesses);
    Ok(Read {
        table: Table::new(names.into_iter().zip(columns).collect())?,
        complaints,
        guesses,
        dialect: None,
    })
}

/// The rows of the table, without those that repeat its header.
fn body(
    grid: &Grid<'_>,
    rows: std::ops::Range<usize>,
    repeated: &[String],
    complaints: &mut Complaints,
) -> Vec<usize> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        let is_header = !repeated.is_empty()
            && (0..grid.width).all(|column| {
                let asked = repeated.get(column).map_or("", String::as_str);
                grid.text(row, column).trim() == asked
            });
        match is_header {
            true => complaints.add(
                ComplaintKind::RepeatedHeader,
                None,
                0,
                grid.sheet_row(row as u64 + 1),
                "",
            ),
            false => kept.push(row),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
