//! Where in a text the table is: what stands before it, its header, its rows, and what stands behind them.

mod edges;
mod header;
mod record;

use super::looks::{Form, look};
use super::mend::line_of;
use super::notes::Notes;
use super::{CellReader, Cells, Inference, Tokenizer};
use crate::ComplaintKind;
use crate::read::Options;
use edges::{footer, other_table};
use header::{header, header_lines, mend_first, named_above};
use record::{Record, head, tail, usual_width};
use std::ops::Range;

/// A table in a text.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// The header's cells, joined where it has several lines; empty if there is none.
    pub(super) header: Vec<String>,
    /// The cells of each of its lines, to tell when it is repeated.
    pub(super) repeated: Vec<String>,
    pub(super) body: Range<usize>,
    pub(super) width: usize,
    pub(super) forms: Vec<Form>,
    /// What the first rows look like.
    pub(super) seen: Vec<Inference>,
}

/// Finds the table; `None` if there is no record.
pub(super) fn layout(
    tokenizer: &Tokenizer<'_>,
    start: usize,
    options: &Options,
    reader: &CellReader<'_>,
    notes: &mut Notes,
    guesses: &mut Vec<String>,
) -> Option<Layout> {
    let head = head(tokenizer, start);
    let is_whole = head.last()?.next == tokenizer.text().len();
    let width = usual_width(&head);
    let mut head = head;
    if 1 < width {
        // A row may begin with the mark, too.
        let rows = head.iter_mut().filter(|record| record.cells.len() == width);
        rows.for_each(|record| record.is_comment = false);
    }
    let rows: Vec<usize> = (0..head.len()).filter(|i| head[*i].is_row()).collect();
    let top = match options.header.is_some() || options.skip.is_some() {
        true => *rows.first()?,
        false => top(&head, &rows, width)?,
    };
    let other = match is_whole || 100 < rows.len() {
        true => other_table(&head, top, width, reader, notes),
        false => None,
    };
    let stop = other.unwrap_or(head.len());
    let forms = forms(&head[top..stop], width);
    let seen = seen(&head[top..stop], width, reader);
    let mut records = head[..stop].to_vec();
    mend_first(tokenizer, &mut records[top], width, &forms, notes);
    if records[top].cells.is_empty() {
        // Nothing explains its quotes: the line is one cell, or as many as it has when it stands alone.
        let line = line_of(tokenizer, records[top].at);
        let mut cells = Cells::new(line);
        Tokenizer::new(line, tokenizer.dialect()).record(0, &mut cells);
        records[top].cells = if width == 1 {
            vec![line.to_owned()]
        } else {
            cells.to_vec()
        };
        notes.add(ComplaintKind::StrayQuote, None, 0, records[top].at, line);
    }
    let n_header = match options.header {
        Some(n) => n,
        None => header_lines(&records, top, width, &forms, reader, guesses),
    };
    let above = match (n_header, options.header) {
        (0, None) => named_above(tokenizer, &mut records, top, width, notes, guesses),
        _ => None,
    };
    let (top, n_header) = above.map_or((top, n_header), |above| (above, 1));
    let (header, mut repeated, body_start) = header(&records, top, n_header, notes);
    let width = width.max(header.len());
    // Where all columns are text, a row may well be the same as the header.
    if seen.iter().all(|seen| seen.kind() == crate::Kind::Text) {
        repeated.clear();
    }
    for record in records[..top].iter().filter(|record| record.is_row()) {
        notes.add(
            ComplaintKind::Preamble,
            None,
            0,
            record.at,
            line_of(tokenizer, record.at),
        );
    }
    let comments = records[..top].iter().filter(|record| record.is_comment);
    comments.for_each(|record| {
        notes.add(
            ComplaintKind::CommentLine,
            None,
            0,
            record.at,
            line_of(tokenizer, record.at),
        )
    });
    let text_end = tokenizer.text().len();
    let end = match other {
        Some(other) => head[other].at,
        None if is_whole => {
            footer(tokenizer, &records[top..], width, body_start, &forms, notes).unwrap_or(text_end)
        }
        None => before_footer(tokenizer, body_start, width, &forms, notes),
    };
    let end = without_blanks(tokenizer, body_start, end);
    Some(Layout {
        header,
        repeated,
        body: body_start..end.max(body_start),
        width,
        forms: resized(forms, width),
        seen: resized(seen, width),
    })
}

/// Where the rows of a long text that begin at `body_start` end.
pub(super) fn end(
    tokenizer: &Tokenizer<'_>,
    body_start: usize,
    width: usize,
    forms: &[Form],
    notes: &mut Notes,
) -> usize {
    let end = before_footer(tokenizer, body_start, width, forms, notes);
    without_blanks(tokenizer, body_start, end)
}

fn before_footer(
    tokenizer: &Tokenizer<'_>,
    body_start: usize,
    width: usize,
    forms: &[Form],
    notes: &mut Notes,
) -> usize {
    let tail = tail(tokenizer, body_start, width);
    footer(tokenizer, &tail, width, body_start, forms, notes).unwrap_or(tokenizer.text().len())
}

/// Blank lines at the end are nothing.
fn without_blanks(tokenizer: &Tokenizer<'_>, body_start: usize, end: usize) -> usize {
    let rows = &tokenizer.text()[body_start..end.max(body_start)];
    let end = body_start + rows.trim_end_matches(['\n', '\r']).len();
    after_last(tokenizer, end)
}

fn resized<T: Clone + Default>(mut values: Vec<T>, width: usize) -> Vec<T> {
    values.resize(width, T::default());
    values
}

/// The end of the line that ends at `at`.
fn after_last(tokenizer: &Tokenizer<'_>, at: usize) -> usize {
    let rest = &tokenizer.text()[at..];
    match () {
        () if rest.starts_with("\r\n") => at + 2,
        () if rest.starts_with(['\r', '\n']) => at + 1,
        () => at,
    }
}

/// The first record of the table: about as wide and as filled as its rows.
fn top(records: &[Record], rows: &[usize], width: usize) -> Option<usize> {
    let first = *rows.first()?;
    if width == 1 {
        return Some(first);
    }
    let mut filled: Vec<usize> = rows
        .iter()
        .map(|i| &records[*i])
        .filter(|record| record.cells.len() == width)
        .map(Record::n_filled)
        .collect();
    filled.sort_unstable();
    let usual = filled.get(filled.len() / 2).copied().unwrap_or(1);
    let begins = |at: &usize| {
        let record = &records[rows[*at]];
        let n = record.cells.len();
        let is_filled = usual <= record.n_filled() * 2 && (record.n_filled() >= 2 || usual < 2);
        let is_wide = width < n && (record.n_filled() == n || record.n_filled() == width);
        let is_short = 2 <= n && n < width && record.n_filled() == n;
        let is_near = n + 1 == width || is_short || (is_wide && !is_title(records, &rows[at + 1..], width));
        (n == width && is_filled) || !record.is_sound || (is_near && width * 6 <= record.n_filled() * 10)
    };
    let at = (0..rows.len()).find(begins).unwrap_or(0);
    Some(rows.get(at).copied().unwrap_or(first))
}

/// Whether a line wider than the table stands over a header rather than being one: names follow it, and then values.
fn is_title(records: &[Record], next: &[usize], width: usize) -> bool {
    let has_value = |i: &usize| records[*i].cells.iter().any(|cell| look(cell).is_value());
    match next {
        [first, second, ..] => records[*first].cells.len() == width && !has_value(first) && has_value(second),
        _ => false,
    }
}

fn forms(records: &[Record], width: usize) -> Vec<Form> {
    let mut forms = vec![Form::default(); width];
    // A line with one cell alone is more likely to stand behind the table than in it.
    let is_plain = |record: &&Record| {
        record.is_row()
            && record.is_sound
            && record.cells.len() == width
            && (width < 3 || 1 < record.n_filled())
    };
    for record in records.iter().skip(1).filter(is_plain) {
        for (form, cell) in forms.iter_mut().zip(&record.cells) {
            form.see(cell);
        }
    }
    forms
}

fn seen(records: &[Record], width: usize, reader: &CellReader<'_>) -> Vec<Inference> {
    let mut seen = vec![Inference::default(); width];
    // The first may be the header, and may be repeated.
    let first = records.first().map_or(&[] as &[String], |record| &record.cells);
    let is_sound = |record: &&Record| record.is_row() && record.is_sound && record.cells.len() == width;
    let rows = records
        .iter()
        .filter(is_sound)
        .filter(|record| record.cells != first);
    for record in rows.take(2000) {
        for (seen, cell) in seen.iter_mut().zip(&record.cells) {
            seen.see(reader, cell);
        }
    }
    seen
}
