//! Columns of text that are numbers, days or times as people write them, read once the whole column is there.

mod moments;
mod numbers;
mod sentinel;

use super::CellReader;
use super::notes::Notes;
use crate::read::Options;
use crate::{ComplaintKind, Kind};
use arrow::array::{ArrayRef, StringArray};

pub(super) use sentinel::{sentinel, without};

/// Cells that are looked at before a whole column is read.
const GLANCE: usize = 200;

/// A column is of a kind although up to one cell in this many is not.
const TOLERATED_ONE_IN: usize = 100;

/// A column of text, and what it is for.
pub(super) struct Texts<'a> {
    pub(super) name: &'a str,
    pub(super) position: usize,
    pub(super) cells: &'a StringArray,
    pub(super) reader: &'a CellReader<'a>,
    pub(super) rows: &'a [usize],
    /// The kind that was asked for.
    pub(super) asked: Option<Kind>,
    /// Whether the file separates cells with something that leaves the comma for decimals.
    pub(super) is_comma_free: bool,
}

impl Texts<'_> {
    /// The column as numbers, days or times, if its cells are such, with complaints and a sentence on what was guessed.
    pub(super) fn read(
        &self,
        options: &Options,
        notes: &mut Notes,
        guesses: &mut Vec<String>,
    ) -> Option<ArrayRef> {
        let is_for = |kinds: &[Kind]| self.asked.is_none_or(|asked| kinds.contains(&asked));
        let numeric = is_for(&[Kind::Integer, Kind::Number]);
        let temporal = is_for(&[Kind::Date, Kind::Time]);
        if let Some(found) = numeric.then(|| self.numbers(options, notes, guesses)).flatten() {
            return Some(found);
        }
        temporal.then(|| self.moments(options, notes, guesses)).flatten()
    }

    /// The column of a kind that its cells do not have: those that fit, and a complaint for each other.
    pub(super) fn emptied(&self, kind: Kind, notes: &mut Notes) -> ArrayRef {
        let mut builder = super::ColumnBuilder::new(kind);
        for (row, cell) in self.cells.iter().enumerate() {
            let text = cell.unwrap_or("");
            if let Some(kind) = builder.push(self.reader, text) {
                notes.add(
                    kind,
                    Some(self.position),
                    row,
                    self.rows.get(row).copied().unwrap_or(0),
                    text,
                );
            }
        }
        builder.finish()
    }

    fn present(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.cells.iter().enumerate();
        all.filter_map(|(row, cell)| Some((row, cell?)))
            .filter(|(_, cell)| !self.reader.is_null_word(cell.trim()))
    }

    /// Whether at most one cell in a hundred is not read, of the first and then of all.
    fn holds(&self, reads: impl Fn(&str) -> bool) -> bool {
        let is_enough = |n: usize, n_read: usize| 0 < n_read && (n - n_read) * TOLERATED_ONE_IN <= n;
        let glance: Vec<&str> = self.present().take(GLANCE).map(|(_, cell)| cell).collect();
        let n_read = glance.iter().filter(|cell| reads(cell)).count();
        // Room for one odd cell among the first few.
        if glance.is_empty() || (glance.len() - n_read) * 20 > glance.len() {
            return false;
        }
        let (mut n, mut n_read) = (0, 0);
        for (_, cell) in self.present() {
            n += 1;
            n_read += usize::from(reads(cell));
        }
        is_enough(n, n_read)
    }

    fn note_misfits(&self, notes: &mut Notes, fits: impl Fn(usize) -> bool) {
        for (row, cell) in self.cells.iter().enumerate() {
            let Some(cell) = cell.filter(|_| !fits(row)) else {
                continue;
            };
            let kind = match self.reader.is_null_word(cell.trim()) {
                true => ComplaintKind::NullWord,
                false => ComplaintKind::NotOfKind,
            };
            notes.add(
                kind,
                Some(self.position),
                row,
                self.rows.get(row).copied().unwrap_or(0),
                cell,
            );
        }
    }
}
