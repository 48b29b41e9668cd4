//! Records that are not as wide as their table, or hold a quote out of place: read again in every way that a slip of the
//! pen explains, and the way that fits the columns best is taken.

mod quotes;
mod width;

use super::{Cells, Tokenizer, looks::Form};
use crate::ComplaintKind;

/// The longest line that is tried with another separator, or with one more.
const MAX_LINE: usize = 8 * 1024;

/// What a record became.
#[derive(Debug, PartialEq)]
pub(super) struct Mended {
    /// Where the next record begins.
    pub(super) next: usize,
    /// What was done, if anything was, and a word on it.
    pub(super) note: Option<(ComplaintKind, String)>,
}

/// One way to read a record.
struct Way {
    cells: Vec<String>,
    next: usize,
    what: ComplaintKind,
    score: f64,
}

/// The columns that a record is fitted to.
#[derive(Debug)]
pub(super) struct Mender<'f> {
    pub(super) width: usize,
    pub(super) forms: &'f [Form],
    /// Whether to try more than the plainest ways.
    pub(super) is_thorough: bool,
}

impl Mender<'_> {
    /// Mends the record at `at`, whose cells are in `cells` and behind which the next is at `next`.
    pub(super) fn mend<'t>(
        &self,
        tokenizer: &Tokenizer<'t>,
        at: usize,
        next: usize,
        cells: &mut Cells<'t>,
    ) -> Mended {
        let mut fixed = None;
        let mut next = next;
        let requoted = cells
            .fault
            .and_then(|fault| self.requoted(tokenizer, at, next, cells, fault));
        if let Some(way) = requoted {
            cells.replace(&way.cells);
            next = way.next;
            fixed = Some(way.what);
        }
        let found = |cells: &Cells<'_>| format!("{} cells, expected {}", cells.len(), self.width);
        if cells.len() == self.width {
            let line = || line_of(tokenizer, at).to_owned();
            return Mended {
                next,
                note: fixed.map(|what| (what, line())),
            };
        }
        let line = line_of(tokenizer, at);
        let way = match cells.len() < self.width {
            true => self.widened(tokenizer, line, cells),
            false => self.narrowed(tokenizer, line, cells),
        };
        let note = match way {
            Some(way) => {
                cells.replace(&way.cells);
                (way.what, line.to_owned())
            }
            None if cells.len() < self.width => (ComplaintKind::ShortRow, found(cells)),
            None => {
                let extra: Vec<&str> = (self.width..cells.len())
                    .map(|position| cells.get(position))
                    .collect();
                let kind = match extra.iter().all(|cell| cell.trim().is_empty()) {
                    true => ComplaintKind::ExtraSeparator,
                    false => ComplaintKind::LongRow,
                };
                let found = format!("{}, dropped `{}`", found(cells), extra.join("`, `"));
                (kind, found)
            }
        };
        Mended {
            next,
            note: Some(note),
        }
    }

    /// How well cells fit the columns, each at most 1.
    fn score(&self, cells: &[String]) -> f64 {
        let fits = cells
            .iter()
            .zip(self.forms)
            .map(|(cell, form)| match cell.trim_matches('"') {
                bare if bare.len() < cell.len() => 0.9 * form.fit(bare),
                bare => form.fit(bare),
            });
        // A quote is left at the end of a cell that has none at its beginning.
        let ends_in_quote =
            |cell: &&String| cell.ends_with('"') && !cell.starts_with('"') && cell.matches('"').count() == 1;
        let n_torn = cells.iter().filter(ends_in_quote).count();
        fits.sum::<f64>() - 0.25 * n_torn as f64 - cells.len().saturating_sub(self.forms.len()) as f64
    }

    fn way(&self, cells: Vec<String>, next: usize, what: ComplaintKind) -> Way {
        let score = self.score(&cells);
        Way {
            cells,
            next,
            what,
            score,
        }
    }
}

/// The line that begins at `at`, without its end.
pub(super) fn line_of<'t>(tokenizer: &Tokenizer<'t>, at: usize) -> &'t str {
    let line = &tokenizer.text()[at..after_line(tokenizer, at)];
    line.trim_end_matches(['\n', '\r'])
}

pub(super) fn after_line(tokenizer: &Tokenizer<'_>, at: usize) -> usize {
    let text = tokenizer.text();
    let end = if tokenizer.dialect().ends_in_return {
        b'\r'
    } else {
        b'\n'
    };
    memchr::memchr(end, &text.as_bytes()[at..]).map_or(text.len(), |found| at + found + 1)
}
