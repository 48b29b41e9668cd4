//! The cells of a sheet, only those that are there: a sheet of two far corners has two.

use super::refused;
use crate::TableError;
use calamine::{DataRef, Dimensions, Xlsx};
use std::borrow::Cow;
use std::io::Cursor;
use std::ops::Range;

/// The last row and column of a sheet, from 0.
const LAST: (u32, u32) = (1_048_575, 16_383);
/// What a cell costs beside its text.
const CELL_BYTES: u64 = 64;

/// One cell.
#[derive(Clone, Debug)]
pub(super) struct Cell<'w> {
    pub(super) row: u32,
    pub(super) column: u32,
    pub(super) value: DataRef<'w>,
    /// Whether a formula stands here whose result was not stored.
    pub(super) is_open: bool,
}

/// The filled cells of a sheet in rows; rows without any are not there.
#[derive(Debug)]
pub(super) struct Grid<'w> {
    cells: Vec<Cell<'w>>,
    rows: Vec<Range<usize>>,
    /// The first column that has a cell.
    left: u32,
    pub(super) width: usize,
}

impl<'w> Grid<'w> {
    /// Reads a sheet; `name` is the workbook's, for messages.
    pub(super) fn of(
        workbook: &'w mut Xlsx<Cursor<&[u8]>>,
        sheet: &str,
        name: &str,
        limit_bytes: u64,
    ) -> Result<Grid<'w>, TableError> {
        let mut reader = workbook
            .worksheet_cells_reader(sheet)
            .map_err(|error| refused(name, error))?;
        let mut room = Room::new(name, limit_bytes);
        let mut cells = Vec::new();
        while let Some(found) = reader
            .next_cell_with_formula_metadata()
            .map_err(|error| refused(name, error))?
        {
            let (row, column) = found.pos;
            if LAST.0 < row || LAST.1 < column {
                return Err(refused(
                    name,
                    format!("a cell in row {row} and column {column} from 0"),
                ));
            }
            let is_open = matches!(found.value, DataRef::Empty) && found.formula.is_some();
            if is_blank(&found.value) && !is_open {
                continue;
            }
            room.take(CELL_BYTES + length(&found.value))?;
            cells.push(Cell {
                row,
                column,
                value: found.value,
                is_open,
            });
        }
        Ok(Grid::from(cells))
    }

    /// Cells in any order; of two in one place the later one counts.
    fn from(mut cells: Vec<Cell<'w>>) -> Grid<'w> {
        let place = |cell: &Cell<'_>| (cell.row, cell.column);
        if !cells.is_sorted_by_key(place) {
            cells.sort_by_key(place);
        }
        cells.dedup_by(|later, first| {
            let is_same = place(later) == place(first);
            if is_same {
                std::mem::swap(later, first);
            }
            is_same
        });
        let left = cells.iter().map(|cell| cell.column).min().unwrap_or(0);
        let right = cells.iter().map(|cell| cell.column + 1).max().unwrap_or(0);
        let mut grid = Grid {
            rows: Vec::new(),
            cells,
            left,
            width: right.saturating_sub(left) as usize,
        };
        grid.number();
        grid
    }

    fn number(&mut self) {
        self.rows.clear();
        let mut start = 0;
        for run in self.cells.chunk_by(|one, next| one.row == next.row) {
            self.rows.push(start..start + run.len());
            start += run.len();
        }
    }

    /// The number on the sheet of the row that is `line`th from 1 of those that are there.
    pub(super) fn sheet_row(&self, line: u64) -> u64 {
        let at = |line: u64| self.rows.get(usize::try_from(line).ok()?.checked_sub(1)?);
        at(line).map_or(0, |row| u64::from(self.cells[row.start].row) + 1)
    }

    /// The cell of a column of the table, from 0.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&Cell<'w>> {
        let cells = &self.cells[self.rows.get(row)?.clone()];
        let asked = self.left + column as u32;
        let at = cells.binary_search_by_key(&asked, |cell| cell.column).ok()?;
        Some(&cells[at])
    }

    /// The text of a cell, nothing where there is none.
    pub(super) fn text(&self, row: usize, column: usize) -> Cow<'_, str> {
        self.cell(row, column)
            .map_or(Cow::Borrowed(""), |cell| super::columns::text_of(&cell.value))
    }

    /// The sheet as separated values, a line for each row that is there.
    pub(super) fn as_separated(&self, name: &str, limit_bytes: u64) -> Result<String, TableError> {
        let mut room = Room::new(name, limit_bytes);
        // Every place of the table will be held once, whether it is filled or not.
        room.take((self.rows.len() as u64).saturating_mul(self.width as u64 * 8))?;
        let mut text = String::new();
        for row in &self.rows {
            let mut next = self.left;
            for cell in &self.cells[row.clone()] {
                text.extend((next..cell.column).map(|_| ','));
                next = cell.column;
                quoted(&super::columns::text_of(&cell.value), &mut text);
            }
            let end = self.left + self.width as u32;
            text.extend((next + 1..end).map(|_| ','));
            text.push('\n');
        }
        Ok(text)
    }

    /// Gives the cells under a merged one, from `first` on, its value; how many.
    pub(super) fn fill_down(
        &mut self,
        merged: &[Dimensions],
        first: usize,
        name: &str,
        limit_bytes: u64,
    ) -> Result<u64, TableError> {
        let mut room = Room::new(name, limit_bytes);
        let mut filled: Vec<Cell<'w>> = Vec::new();
        let sheet_row = |row: &Range<usize>| self.cells[row.start].row;
        for region in merged {
            let (top, column) = region.start;
            let from = self.rows.partition_point(|row| sheet_row(row) <= top).max(first);
            let to = self.rows.partition_point(|row| sheet_row(row) <= region.end.0);
            let at = self.rows.partition_point(|row| sheet_row(row) < top);
            let of = column.checked_sub(self.left).map(|column| column as usize);
            let Some(cell) = of
                .and_then(|column| self.cell(at, column))
                .filter(|cell| cell.row == top)
            else {
                continue;
            };
            if at < first {
                continue;
            }
            for row in from..to {
                room.take(CELL_BYTES + length(&cell.value))?;
                filled.push(Cell {
                    row: sheet_row(&self.rows[row]),
                    ..cell.clone()
                });
            }
        }
        let n = filled.len() as u64;
        if 0 < n {
            // What stands there already counts, so it comes last.
            filled.append(&mut self.cells);
            *self = Grid::from(filled);
        }
        Ok(n)
    }
}

/// A comma-separated cell on one line.
fn quoted(text: &str, out: &mut String) {
    match text.contains([',', '"', '\n', '\r']) {
        false => out.push_str(text),
        true => {
            out.push('"');
            out.extend(text.chars().flat_map(|c| match c {
                '"' => ['"', '"'].into_iter().take(2),
                '\n' | '\r' => [' ', ' '].into_iter().take(1),
                c => [c, c].into_iter().take(1),
            }));
            out.push('"');
        }
    }
}

fn is_blank(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.trim().is_empty(),
        DataRef::SharedString(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn length(value: &DataRef<'_>) -> u64 {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.len() as u64,
        DataRef::SharedString(text) => text.len() as u64,
        _ => 8,
    }
}

/// Bytes that may still be held.
struct Room<'n> {
    name: &'n str,
    limit_bytes: u64,
    left: u64,
}

impl<'n> Room<'n> {
    fn new(name: &'n str, limit_bytes: u64) -> Room<'n> {
        Room {
            name,
            limit_bytes,
            left: limit_bytes,
        }
    }

    fn take(&mut self, n: u64) -> Result<(), TableError> {
        self.left = self.left.checked_sub(n).ok_or_else(|| TableError::TooLarge {
            name: self.name.to_owned(),
            limit_bytes: self.limit_bytes,
        })?;
        Ok(())
    }
}
