//! The rows of a text as columns, part after part on all cores; where a part begins is checked, so that the parts are
//! those of one thread.

use super::mend::Mender;
use super::{CellReader, Cells, ColumnBuilder, Inference, Tokenizer};
use crate::{ComplaintKind, Kind};
use arrow::array::ArrayRef;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much of a text is one part: fixed, so that the number of threads changes nothing.
const PART_BYTES: usize = 4 << 20;
/// Records of a part that are mended with all means; the rest in the plainest way.
const MAX_MENDED: usize = 5000;
/// The most places kept of one complaint in one column.
const MAX_PLACES: usize = 5;

/// How often something was met in one column or in whole rows, and where first.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) kind: ComplaintKind,
    pub(super) column: Option<usize>,
    pub(super) count: u64,
    /// Rows from 0 within the table, and what was found.
    pub(super) places: Vec<Place>,
}

#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The row, counted from 0 within its part until the parts are put together.
    pub(super) row: usize,
    /// Where its record begins.
    pub(super) at: usize,
    pub(super) found: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Notes(pub(super) Vec<Note>);

impl Notes {
    pub(super) fn add(
        &mut self,
        kind: ComplaintKind,
        column: Option<usize>,
        row: usize,
        at: usize,
        found: &str,
    ) {
        let position = self
            .0
            .iter()
            .position(|note| note.kind == kind && note.column == column);
        let note = match position {
            Some(position) => &mut self.0[position],
            None => {
                self.0.push(Note {
                    kind,
                    column,
                    count: 0,
                    places: Vec::new(),
                });
                self.0.last_mut().expect("one was just pushed")
            }
        };
        note.count += 1;
        if note.places.len() < MAX_PLACES {
            let found = crate::clip(found);
            note.places.push(Place { row, at, found });
        }
    }

    /// Adds those of a later part, whose first row is `offset`.
    pub(super) fn extend(&mut self, later: Notes, offset: usize) {
        for mut note in later.0 {
            note.places.iter_mut().for_each(|place| place.row += offset);
            let mine = self
                .0
                .iter_mut()
                .find(|mine| mine.kind == note.kind && mine.column == note.column);
            match mine {
                Some(mine) => {
                    mine.count += note.count;
                    let room = MAX_PLACES.saturating_sub(mine.places.len());
                    mine.places.extend(note.places.into_iter().take(room));
                }
                None => self.0.push(note),
            }
        }
    }
}

/// What all parts have in common.
#[derive(Debug)]
pub(super) struct Plan<'t> {
    pub(super) tokenizer: Tokenizer<'t>,
    pub(super) body: std::ops::Range<usize>,
    pub(super) width: usize,
    /// The cells of the header; lines that repeat them are left out. Empty if there is none.
    pub(super) header: &'t [String],
    /// Whether every line with a comment's mark is one, however many cells it has.
    pub(super) is_comment_asked: bool,
    /// Whether odd records are mended with all means.
    pub(super) is_mended: bool,
    pub(super) forms: &'t [super::looks::Form],
    pub(super) cells: &'t CellReader<'t>,
    /// The kinds to build; columns without one are passed over.
    pub(super) kinds: Vec<Option<Kind>>,
}

/// The rows that begin in one stretch of the text.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) columns: Vec<Option<ArrayRef>>,
    pub(super) seen: Vec<Inference>,
    /// Where each row begins.
    pub(super) rows: Vec<usize>,
    pub(super) notes: Notes,
}

/// All parts in order.
pub(super) fn parts(plan: &Plan<'_>, n_threads: usize) -> Vec<Part> {
    let n_parts = plan.body.len().div_ceil(PART_BYTES).max(1);
    let guessed: Vec<Mutex<Option<Part>>> = (0..n_parts).map(|_| Mutex::new(None)).collect();
    let turn = AtomicUsize::new(0);
    let work = || {
        loop {
            let number = turn.fetch_add(1, Ordering::Relaxed);
            let Some(place) = guessed.get(number) else { break };
            let part = part(plan, guess_start(plan, number), limit(plan, number));
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(part);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..n_threads.min(n_parts) {
            scope.spawn(work);
        }
        work();
    });
    let mut parts: Vec<Part> = Vec::with_capacity(n_parts);
    let mut start = plan.body.start;
    for (number, place) in guessed.into_iter().enumerate() {
        let guess = place.into_inner().unwrap_or_else(PoisonError::into_inner);
        let limit = limit(plan, number);
        let next = match guess {
            Some(guess) if guess.start == start => guess,
            _ => part(plan, start, limit),
        };
        start = next.end;
        parts.push(next);
    }
    parts
}

fn limit(plan: &Plan<'_>, number: usize) -> usize {
    (plan.body.start + (number + 1) * PART_BYTES).min(plan.body.end)
}

/// Where the first record behind the beginning of a stretch is likely to begin.
fn guess_start(plan: &Plan<'_>, number: usize) -> usize {
    let bytes = plan.tokenizer.text().as_bytes();
    let nominal = plan.body.start + number * PART_BYTES;
    if number == 0 {
        return nominal;
    }
    let line_end = if plan.tokenizer.dialect().ends_in_return {
        b'\r'
    } else {
        b'\n'
    };
    let mut at = nominal - 1;
    let mut first = None;
    for _ in 0..64 {
        let Some(found) = memchr::memchr(line_end, &bytes[at..plan.body.end]) else {
            break;
        };
        at += found + 1;
        first = first.or(Some(at));
        if begins_records(plan, at) {
            return at;
        }
    }
    first.unwrap_or(plan.body.end)
}

/// Whether three sound records begin here.
fn begins_records(plan: &Plan<'_>, mut at: usize) -> bool {
    let mut cells = Cells::new(plan.tokenizer.text());
    (0..3).all(|_| {
        if plan.body.end <= at {
            return true;
        }
        at = plan.tokenizer.record(at, &mut cells);
        cells.fault.is_none() && cells.len() == plan.width
    })
}

/// The rows of the records that begin in `start..limit`.
fn part(plan: &Plan<'_>, start: usize, limit: usize) -> Part {
    let mut growing = Growing::new(plan, likely_rows(plan, start, limit));
    let mut cells = Cells::new(plan.tokenizer.text());
    let mut at = start;
    while at < limit {
        at = growing.record(at, &mut cells);
    }
    Part {
        start,
        end: at.max(start),
        columns: growing
            .builders
            .into_iter()
            .map(|builder| builder.map(ColumnBuilder::finish))
            .collect(),
        seen: growing.seen,
        rows: growing.rows,
        notes: growing.notes,
    }
}

/// About how many rows begin in a stretch, by the lines at its beginning.
fn likely_rows(plan: &Plan<'_>, start: usize, limit: usize) -> usize {
    let first = &plan.tokenizer.text().as_bytes()[start.min(limit)..limit.min(start + 16 * 1024)];
    let n_lines = memchr::memchr_iter(b'\n', first).count();
    (limit.saturating_sub(start) * n_lines / first.len().max(1)) * 21 / 20
}

struct Growing<'p, 't> {
    plan: &'p Plan<'t>,
    builders: Vec<Option<ColumnBuilder>>,
    seen: Vec<Inference>,
    rows: Vec<usize>,
    notes: Notes,
    n_mended: usize,
}

impl<'p, 't> Growing<'p, 't> {
    fn new(plan: &'p Plan<'t>, n_rows: usize) -> Growing<'p, 't> {
        Growing {
            plan,
            builders: plan
                .kinds
                .iter()
                .map(|kind| kind.map(|kind| ColumnBuilder::with_rows(kind, n_rows)))
                .collect(),
            seen: vec![Inference::default(); plan.kinds.len()],
            rows: Vec::new(),
            notes: Notes::default(),
            n_mended: 0,
        }
    }

    /// Adds the record at `at`, if it is a row, and tells where the next begins.
    fn record(&mut self, at: usize, cells: &mut Cells<'t>) -> usize {
        let plan = self.plan;
        if plan.is_comment_asked && self.is_comment(at) {
            return self.comment(at);
        }
        let mut next = plan.tokenizer.record(at, cells);
        let row = self.rows.len();
        if cells.len() != plan.width || cells.fault.is_some() {
            if !cells.is_blank() && self.is_comment(at) {
                return self.comment(at);
            }
            match self.odd(at, next, cells) {
                Some(after) => next = after,
                None => return next,
            }
        } else if cells.len() == 1 && cells.is_blank() {
            self.notes.add(ComplaintKind::BlankLine, None, row, at, "");
            return next;
        }
        if self.is_header(cells) {
            let found = super::mend::line_of(&plan.tokenizer, at);
            self.notes
                .add(ComplaintKind::RepeatedHeader, None, row, at, found);
            return next;
        }
        self.rows.push(at);
        for (position, builder) in self.builders.iter_mut().enumerate() {
            let Some(builder) = builder else { continue };
            let text = cells.get(position);
            let seen = &mut self.seen[position];
            if let Some(kind) = builder.push_seen(plan.cells, text, seen) {
                self.notes.add(kind, Some(position), row, at, text);
            }
        }
        next
    }

    fn is_comment(&self, at: usize) -> bool {
        let mark = self.plan.tokenizer.dialect().comment.byte();
        mark.is_some() && mark == self.plan.tokenizer.text().as_bytes().get(at).copied()
    }

    fn comment(&mut self, at: usize) -> usize {
        let line = super::mend::line_of(&self.plan.tokenizer, at);
        self.notes
            .add(ComplaintKind::CommentLine, None, self.rows.len(), at, line);
        super::mend::after_line(&self.plan.tokenizer, at)
    }

    /// A record that is not as the others: mended, or left out (`None`).
    fn odd(&mut self, at: usize, next: usize, cells: &mut Cells<'t>) -> Option<usize> {
        let plan = self.plan;
        let row = self.rows.len();
        if cells.is_blank() {
            self.notes.add(ComplaintKind::BlankLine, None, row, at, "");
            return None;
        }
        let mender = Mender {
            width: plan.width,
            forms: plan.forms,
            is_thorough: plan.is_mended && self.n_mended < MAX_MENDED,
        };
        self.n_mended += 1;
        let mended = mender.mend(&plan.tokenizer, at, next, cells);
        if let Some((kind, found)) = mended.note {
            self.notes.add(kind, None, row, at, &found);
        }
        Some(mended.next)
    }

    fn is_header(&self, cells: &Cells<'_>) -> bool {
        let header = self.plan.header;
        let is_first = header.first().is_some_and(|name| name == cells.get(0).trim());
        is_first
            && header
                .iter()
                .enumerate()
                .all(|(position, name)| name == cells.get(position).trim())
    }
}
