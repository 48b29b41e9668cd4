//! Which sheet of a workbook is read.

use super::refused;
use crate::{TableError, nearest, quoted_list, read::Options};
use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};
use std::io::Cursor;

/// The most names of sheets that a message tells.
const MAX_TOLD: usize = 12;

/// The sheet that the options name; else the first that can be seen and has a cell, with a sentence on the others.
pub(super) fn choose(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    options: &Options,
    guesses: &mut Vec<String>,
) -> Result<String, TableError> {
    let (mut seen, mut all) = (Vec::new(), Vec::new());
    for sheet in workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
    {
        all.push(sheet.name.clone());
        if sheet.visible == SheetVisible::Visible {
            seen.push(sheet.name.clone());
        }
    }
    if let Some(asked) = &options.sheet {
        return match all.contains(asked) {
            true => Ok(asked.clone()),
            false => Err(TableError::NoSheet {
                name: name.to_owned(),
                sheet: asked.clone(),
                found: quoted_list(all.iter().map(String::as_str), MAX_TOLD),
                nearest: nearest(asked, all.iter().map(String::as_str)).map(str::to_owned),
            }),
        };
    }
    for sheet in &seen {
        if has_cell(workbook, sheet).map_err(|error| refused(name, error))? {
            let others: Vec<&str> = all
                .iter()
                .filter(|other| *other != sheet)
                .map(String::as_str)
                .collect();
            if !others.is_empty() {
                let others = quoted_list(others, MAX_TOLD);
                guesses.push(format!(
                    "sheet `{sheet}` was read; others are {others}; hint: `sheet = \"NAME\"`"
                ));
            }
            return Ok(sheet.clone());
        }
    }
    Err(TableError::Empty {
        name: format!("{name}, in every sheet"),
    })
}

fn has_cell(workbook: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<bool, calamine::XlsxError> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    while let Some(cell) = cells.next_cell()? {
        if !matches!(cell.get_value(), DataRef::Empty) {
            return Ok(true);
        }
    }
    Ok(false)
}
