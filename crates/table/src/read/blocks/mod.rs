//! Large files block by block, in memory that does not grow with the file.

mod cut;
mod pass;
mod plan;
#[cfg(test)]
mod tests;

use super::{Format, Options, open, parquet::ParquetFile};
use crate::{Complaints, Kind, Table, TableError, file};
use std::path::Path;

pub use cut::Cut;
use cut::blocks;
use pass::Pass;
use plan::Plan;

/// What was found out about a file beside its rows.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    /// What was repaired, and where.
    pub complaints: Complaints,
    /// What was found out, one sentence each.
    pub guesses: Vec<String>,
    /// Whether the file was read at once.
    pub is_whole: bool,
}

/// Reads the file at `path` and hands its rows to `see`, at once where it is small, else block by block.
///
/// `begin` is called with the columns before the first rows, and again, to begin anew, where a column of separated values
/// turns out to be of another kind than pieces from all over the file had it. Blocks are read for uncompressed separated
/// values and for Parquet; other formats are read at once, up to the limit of `options`.
///
/// # Errors
/// As [`open`], and whatever `begin` and `see` refuse.
pub fn in_blocks<E: From<TableError>>(
    path: &Path,
    options: &Options,
    begin: impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    see: impl FnMut(&Table) -> Result<(), E>,
) -> Result<Blocks, E> {
    in_blocks_cut(path, options, &Cut::default(), begin, see)
}

/// As [`in_blocks`], cut as the caller says.
///
/// # Errors
/// As [`in_blocks`].
pub fn in_blocks_cut<E: From<TableError>>(
    path: &Path,
    options: &Options,
    cut: &Cut<'_>,
    mut begin: impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    mut see: impl FnMut(&Table) -> Result<(), E>,
) -> Result<Blocks, E> {
    let is_large = std::fs::metadata(path).is_ok_and(|found| cut.small_bytes < found.len());
    let is_packed = file::is_packed(path);
    let format = Format::of(path)?;
    format.check_sheet(path, options)?;
    match format {
        Format::Csv | Format::Tsv if is_large && !is_packed => {
            if let Some(found) = separated(path, options, cut, &mut begin, &mut see)? {
                return Ok(found);
            }
        }
        Format::Parquet if is_large => return parquet(path, cut, &mut begin, &mut see),
        _ => {}
    }
    cut.begin();
    let read = open(path, options)?;
    begin(&read.table.columns())?;
    see(&read.table)?;
    cut.add(std::fs::metadata(path).map_or(0, |found| found.len()));
    Ok(Blocks {
        complaints: read.complaints,
        guesses: read.guesses,
        is_whole: true,
    })
}

fn parquet<E: From<TableError>>(
    path: &Path,
    cut: &Cut<'_>,
    begin: &mut impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    see: &mut impl FnMut(&Table) -> Result<(), E>,
) -> Result<Blocks, E> {
    let file = ParquetFile::open(path)?;
    begin(&file.columns())?;
    let columns: Vec<usize> = (0..file.columns().len()).collect();
    let n_bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    let bytes_per_row = n_bytes as f64 / file.n_rows().max(1) as f64;
    cut.begin();
    for piece in file.pieces(&columns, 0..file.n_row_groups())? {
        let piece = piece?;
        see(&piece)?;
        cut.add((piece.n_rows() as f64 * bytes_per_row) as u64);
    }
    Ok(Blocks {
        complaints: file.complaints().clone(),
        ..Blocks::default()
    })
}

/// Separated values; `None` where they cannot be cut into blocks with certainty: other encodings than UTF-8, escaped quotes,
/// rows that end in a carriage return alone, tables among other lines, values whose form has to be found out from all of
/// them (days in other than ISO form, marks in numbers).
fn separated<E: From<TableError>>(
    path: &Path,
    options: &Options,
    cut: &Cut<'_>,
    begin: &mut impl FnMut(&[(String, Kind)]) -> Result<(), E>,
    see: &mut impl FnMut(&Table) -> Result<(), E>,
) -> Result<Option<Blocks>, E> {
    let Some((mut plan, guesses)) = Plan::of(path, options)? else {
        return Ok(None);
    };
    // an integer may become a number, and a number a text
    for _ in 0..3 {
        begin(&plan.columns())?;
        cut.begin();
        let mut pass = Pass::default();
        let mut read = |block: &str, is_last: bool| -> Result<(), E> {
            if let Some(table) = pass.read(block, is_last, &plan)? {
                see(&table)?;
            }
            cut.add(block.len() as u64);
            Ok(())
        };
        let are_cut = blocks(path, &plan, cut.block_bytes, &mut read)?;
        if !are_cut || pass.is_other_than_asked(&plan) {
            return Ok(None);
        }
        if !pass.widen(&mut plan) {
            let mut complaints = plan.complaints;
            complaints.extend_behind(pass.complaints, 0, 0);
            return Ok(Some(Blocks {
                complaints,
                guesses,
                is_whole: false,
            }));
        }
    }
    Ok(None)
}
