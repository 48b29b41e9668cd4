//! The rows of a text as columns, part after part on all cores; where a part begins is checked, so that the parts are
//! those of one thread.

use super::growing::Growing;
use super::notes::Notes;
use super::{CellReader, Cells, ColumnBuilder, Inference, Tokenizer};
use crate::Kind;
use arrow::array::ArrayRef;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much of a text is one part: fixed, so that the number of threads changes nothing.
const PART_BYTES: usize = 4 << 20;

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
