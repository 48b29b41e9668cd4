//! Separated values: the dialect and the place of the table are found first, then all rows become columns in one pass.

mod build;
mod cell;
mod cells;
mod detect;
mod dialect;
mod encoding;
mod figure;
mod growing;
mod infer;
mod layout;
mod looks;
mod mend;
mod moment;
mod notes;
mod part;
mod plain;
mod token;
mod values;

use super::{Options, Read, check_names};
use crate::{Complaint, ComplaintKind, Complaints, Example, Kind, Table, TableError};
use arrow::array::{Array, ArrayRef, AsArray};
use layout::Layout;
use notes::{Note, Notes, Place};
use part::{Part, Plan};

pub(super) use build::ColumnBuilder;
pub use cell::instant_of;
pub(super) use cell::{Cell, CellReader};
use cells::{Cells, Fault};
pub use dialect::{Dialect, Header, Mark, Separator};
pub(super) use infer::Inference;
pub use moment::DayOrder;
use token::Tokenizer;

/// The most bytes of text in one column.
const MAX_TEXT: usize = i32::MAX as usize;

/// Reads separated values.
pub(super) fn read(
    bytes: &[u8],
    separator: Option<u8>,
    name: &str,
    options: &Options,
) -> Result<Read, TableError> {
    read_outlined(bytes, separator, name, options).map(|(read, _)| read)
}

/// As [`read`], and what stretches of the same text can be read by.
pub(super) fn read_outlined(
    bytes: &[u8],
    separator: Option<u8>,
    name: &str,
    options: &Options,
) -> Result<(Read, Outline), TableError> {
    check_marks(options)?;
    let mut complaints = Complaints::default();
    let mut guesses = Vec::new();
    let text = encoding::decode(bytes, name, options, &mut complaints, &mut guesses)?;
    let start = skipped(&text, options.skip.unwrap_or(0));
    let separator = options.separator.or(separator.map(Separator::from));
    let dialect = detect::dialect(&text[start..], separator, options, &mut guesses);
    let cells = CellReader::with_texts(&options.null_words, &options.null_texts);
    let tokenizer = Tokenizer::new(&text, dialect);
    let mut notes = Notes::default();
    let layout = layout::layout(&tokenizer, start, options, &cells, &mut notes, &mut guesses);
    let layout = layout.ok_or_else(|| TableError::Empty {
        name: name.to_owned(),
    })?;
    super::check_width(layout.width, name, options)?;
    let names = names(&layout, name, options, &mut complaints)?;
    let body = Body {
        tokenizer,
        layout: &layout,
        names: &names,
        cells: &cells,
        options,
    };
    let columns = body.columns(name, &mut notes, &mut guesses)?;
    for complaint in placed(notes, &text, &names) {
        complaints.add_group(complaint);
    }
    let read = Read {
        table: Table::new(names.into_iter().zip(columns).collect())?,
        complaints,
        guesses,
        dialect: Some(dialect),
    };
    Ok((read, Outline { dialect, layout }))
}

/// How a text is cut into rows and cells, found in a part of it.
pub(super) struct Outline {
    pub(super) dialect: Dialect,
    layout: Layout,
}

impl Outline {
    /// Reads a stretch of the text that begins with a row, under these names, whose kinds the options give; what stands
    /// behind the rows is looked for where the stretch `is_last`.
    pub(super) fn read(
        &self,
        stretch: &str,
        is_last: bool,
        names: &[String],
        options: &Options,
    ) -> Result<Read, TableError> {
        let cells = CellReader::with_texts(&options.null_words, &options.null_texts);
        let tokenizer = Tokenizer::new(stretch, self.dialect);
        let mut notes = Notes::default();
        let end = match is_last {
            true => layout::end(&tokenizer, 0, self.layout.width, &self.layout.forms, &mut notes),
            false => stretch.len(),
        };
        let layout = Layout {
            body: 0..end,
            ..self.layout.clone()
        };
        let body = Body {
            tokenizer,
            layout: &layout,
            names,
            cells: &cells,
            options,
        };
        let mut guesses = Vec::new();
        let columns = body.columns("a block", &mut notes, &mut guesses)?;
        let mut complaints = Complaints::default();
        for complaint in placed(notes, stretch, names) {
            complaints.add_group(complaint);
        }
        Ok(Read {
            table: Table::new(names.iter().cloned().zip(columns).collect())?,
            complaints,
            guesses,
            dialect: Some(self.dialect),
        })
    }
}

/// Where a table stands among lines.
pub(super) struct Found {
    /// The header's cells, joined where it has several lines; empty if there is none.
    pub(super) header: Vec<String>,
    /// The cells of each of its lines, to tell when it is repeated.
    pub(super) repeated: Vec<String>,
    /// The lines, from 0, that are rows.
    pub(super) rows: std::ops::Range<usize>,
    /// About the lines that are none.
    pub(super) complaints: Vec<Complaint>,
}

/// Finds the table in lines of comma-separated values, each a whole record, as a program wrote them.
pub(super) fn find(text: &str, options: &Options, guesses: &mut Vec<String>) -> Option<Found> {
    let start = skipped(text, options.skip.unwrap_or(0));
    let tokenizer = Tokenizer::new(text, Dialect::plain(Separator::from(b',')));
    let cells = CellReader::with_texts(&options.null_words, &options.null_texts);
    let mut notes = Notes::default();
    let layout = layout::layout(&tokenizer, start, options, &cells, &mut notes, guesses)?;
    let line = |at: usize| memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count();
    Some(Found {
        rows: line(layout.body.start)..line(layout.body.end),
        complaints: placed(notes, text, &[]),
        header: layout.header,
        repeated: layout.repeated,
    })
}

/// Refuses marks that are a part of a character only.
fn check_marks(options: &Options) -> Result<(), TableError> {
    let of = |mark: Option<Mark>| mark.and_then(Mark::byte);
    let refuse = |option, byte: u8| TableError::Option {
        option,
        found: format!("{byte:#04x}"),
        expected: "an ASCII character",
    };
    for (option, mark) in [
        ("quote", of(options.quote)),
        ("escape", of(options.escape)),
        ("comment", of(options.comment)),
    ] {
        if let Some(byte) = mark.filter(|byte| !byte.is_ascii()) {
            return Err(refuse(option, byte));
        }
    }
    match options.separator {
        Some(separator) if std::str::from_utf8(separator.as_bytes()).is_err() => {
            Err(refuse("separator", separator.as_bytes()[0]))
        }
        _ => Ok(()),
    }
}

/// Where the text begins once `n` lines are passed over.
fn skipped(text: &str, n: usize) -> usize {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    match n {
        0 => 0,
        n => ends.take(n).last().unwrap_or(0),
    }
}

fn names(
    layout: &Layout,
    name: &str,
    options: &Options,
    complaints: &mut Complaints,
) -> Result<Vec<String>, TableError> {
    if layout.header.is_empty() {
        return Ok((1..=layout.width)
            .map(|position| format!("column_{position}"))
            .collect());
    }
    let mut header = layout.header.clone();
    header.resize(layout.width, String::new());
    check_names(header, name, options, complaints)
}

/// The rows of a table in a text.
struct Body<'t> {
    tokenizer: Tokenizer<'t>,
    layout: &'t Layout,
    names: &'t [String],
    cells: &'t CellReader<'t>,
    options: &'t Options,
}

impl<'t> Body<'t> {
    fn plan(&self, kinds: Vec<Option<Kind>>) -> Plan<'t> {
        Plan {
            tokenizer: self.tokenizer,
            body: self.layout.body.clone(),
            width: self.layout.width,
            header: &self.layout.repeated,
            is_comment_asked: matches!(self.options.comment, Some(Mark::Byte(_))),
            is_mended: self.options.repairs,
            forms: &self.layout.forms,
            cells: self.cells,
            kinds,
        }
    }

    /// Every column; read again if it turns out to be of another kind than its first rows were.
    fn columns(
        &self,
        name: &str,
        notes: &mut Notes,
        guesses: &mut Vec<String>,
    ) -> Result<Vec<ArrayRef>, TableError> {
        let asked = |position: usize| self.options.kinds.get(&self.names[position]).copied();
        let likely: Vec<Kind> = (0..self.names.len())
            .map(|position| asked(position).unwrap_or_else(|| self.layout.seen[position].kind()))
            .collect();
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
        let parts = part::parts(&self.plan(likely.iter().copied().map(Some).collect()), n_threads);
        let seen = all_seen(&parts, self.names.len());
        let kinds: Vec<Kind> = (0..self.names.len())
            .map(|position| asked(position).unwrap_or_else(|| seen[position].kind()))
            .collect();
        // Where another kind was asked for than the cells have, they may have it in another form.
        let is_marked = |position: usize| {
            self.options.marked_values
                && asked(position).is_some_and(|asked| asked != Kind::Text && asked != Kind::Boolean)
                && seen[position].kind() == Kind::Text
                && !seen[position].is_empty()
        };
        let built = |position: usize| match is_marked(position) {
            true => Kind::Text,
            false => kinds[position],
        };
        let again: Vec<Option<Kind>> = (0..self.names.len())
            .map(|position| (built(position) != likely[position]).then(|| built(position)))
            .collect();
        let (rows, mut columns, mut found) = joined(parts, name)?;
        if again.iter().any(Option::is_some) {
            let (_, others, noted) = joined(part::parts(&self.plan(again.clone()), n_threads), name)?;
            found
                .0
                .retain(|note| note.column.is_none_or(|position| again[position].is_none()));
            found
                .0
                .extend(noted.0.into_iter().filter(|note| note.column.is_some()));
            for (column, other) in columns.iter_mut().zip(others) {
                if other.is_some() {
                    *column = other;
                }
            }
        }
        let mut columns: Vec<ArrayRef> = columns.into_iter().flatten().collect();
        for (position, column) in columns.iter_mut().enumerate() {
            let asked = asked(position);
            self.refine(position, column, asked, &rows, &mut found, guesses);
        }
        found
            .0
            .sort_by_key(|note| (note.places.first().map_or(0, |place| place.at), note.column));
        notes.0.extend(found.0);
        Ok(columns)
    }

    /// What needs the whole column: numbers with marks, days in other orders, numbers that mean missing.
    fn refine(
        &self,
        position: usize,
        column: &mut ArrayRef,
        asked: Option<Kind>,
        rows: &[usize],
        notes: &mut Notes,
        guesses: &mut Vec<String>,
    ) {
        let name = &self.names[position];
        if let Some(texts) = column.as_string_opt::<i32>() {
            let is_asked_text = asked == Some(Kind::Text) || asked == Some(Kind::Boolean);
            if self.options.marked_values && !is_asked_text {
                let texts = values::Texts {
                    name,
                    position,
                    cells: texts,
                    reader: self.cells,
                    rows,
                    asked,
                    is_comma_free: self.tokenizer.dialect().separator != Separator::from(b','),
                };
                let kind = asked.unwrap_or(Kind::Text);
                match texts.read(self.options, notes, guesses) {
                    Some(read) => *column = read,
                    None if kind != Kind::Text => *column = texts.emptied(kind, notes),
                    None => {}
                }
            }
        }
        if !self.options.sentinels.is_empty() {
            if let Some((kept, found)) = values::without(column, &self.options.sentinels) {
                for (row, value) in found {
                    let found = value.to_string();
                    notes.add(ComplaintKind::Sentinel, Some(position), row, rows[row], &found);
                }
                *column = kept;
            }
        } else if self.options.marked_values {
            guesses.extend(values::sentinel(name, column));
        }
    }
}

fn all_seen(parts: &[Part], width: usize) -> Vec<Inference> {
    let mut seen = vec![Inference::default(); width];
    for part in parts {
        seen.iter_mut()
            .zip(&part.seen)
            .for_each(|(all, part)| all.add(part));
    }
    seen
}

type Joined = (Vec<usize>, Vec<Option<ArrayRef>>, Notes);

/// The parts as one: where each row begins, the columns that were built, and what was noted.
fn joined(parts: Vec<Part>, name: &str) -> Result<Joined, TableError> {
    let mut rows = Vec::with_capacity(parts.iter().map(|part| part.rows.len()).sum());
    let mut notes = Notes::default();
    let width = parts.first().map_or(0, |part| part.columns.len());
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); width];
    for part in parts {
        notes.extend(part.notes, rows.len());
        rows.extend(part.rows);
        for (pieces, piece) in columns.iter_mut().zip(part.columns) {
            pieces.extend(piece);
        }
    }
    let columns: Result<Vec<Option<ArrayRef>>, TableError> =
        columns.into_iter().map(|pieces| concat(pieces, name)).collect();
    Ok((rows, columns?, notes))
}

fn concat(pieces: Vec<ArrayRef>, name: &str) -> Result<Option<ArrayRef>, TableError> {
    match pieces.len() {
        0 => return Ok(None),
        1 => return Ok(pieces.into_iter().next()),
        _ => {}
    }
    let n_bytes: usize = pieces
        .iter()
        .filter_map(|piece| piece.as_string_opt::<i32>())
        .map(|texts| texts.values().len())
        .sum();
    if MAX_TEXT < n_bytes {
        return Err(TableError::TooLarge {
            name: name.to_owned(),
            limit_bytes: MAX_TEXT as u64,
        });
    }
    let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
    arrow::compute::concat(&pieces)
        .map(Some)
        .map_err(TableError::arrow(name))
}

/// Complaints with the lines of their places.
fn placed(notes: Notes, text: &str, names: &[String]) -> Vec<Complaint> {
    let mut places: Vec<usize> = notes
        .0
        .iter()
        .flat_map(|note| &note.places)
        .map(|place| place.at)
        .collect();
    places.sort_unstable();
    places.dedup();
    let lines = lines_of(text, &places);
    let line = |at: usize| lines[places.binary_search(&at).unwrap_or(0)];
    let example = |note: &Note, place: &Place| Example {
        row: if is_about_lines(note.kind) {
            0
        } else {
            place.row as u64 + 1
        },
        line: line(place.at),
        found: place.found.clone(),
    };
    notes
        .0
        .iter()
        .map(|note| Complaint {
            kind: note.kind,
            column: note.column.map(|position| names[position].clone()),
            count: note.count,
            examples: note.places.iter().map(|place| example(note, place)).collect(),
        })
        .collect()
}

/// Whether a complaint is about lines that are no rows.
fn is_about_lines(kind: ComplaintKind) -> bool {
    matches!(
        kind,
        ComplaintKind::BlankLine
            | ComplaintKind::CommentLine
            | ComplaintKind::Preamble
            | ComplaintKind::Footer
            | ComplaintKind::RepeatedHeader
            | ComplaintKind::OtherTable
    )
}

/// The lines, from 1, of places in ascending order.
fn lines_of(text: &str, places: &[usize]) -> Vec<u64> {
    let bytes = text.as_bytes();
    let has_feeds = memchr::memchr(b'\n', bytes).is_some();
    let end = if has_feeds { b'\n' } else { b'\r' };
    let (mut at, mut line) = (0, 1);
    let count = |place: &usize| {
        line += memchr::memchr_iter(end, &bytes[at..*place]).count() as u64;
        at = *place;
        line
    };
    places.iter().map(count).collect()
}

#[cfg(test)]
mod tests;
