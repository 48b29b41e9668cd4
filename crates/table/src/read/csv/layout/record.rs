//! The records of a text's beginning and end, and how wide its table is.

use crate::read::csv::mend::after_line;
use crate::read::csv::{Cells, Fault, Tokenizer};
use std::collections::BTreeMap;

/// How much of the beginning is looked at; smaller texts are looked at whole.
const HEAD_BYTES: usize = 512 * 1024;

/// How much of the end is looked at.
const TAIL_BYTES: usize = 64 * 1024;

/// The most records of the beginning.
const MAX_RECORDS: usize = 20_000;

/// Rows of one width in a row that make a first table among others.
const FIRST_TABLE: usize = 3;

/// The most changes of width before it.
const MAX_TITLES: usize = 6;

/// One record of the sample.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) at: usize,
    pub(super) next: usize,
    pub(super) cells: Vec<String>,
    pub(super) is_sound: bool,
    pub(super) is_blank: bool,
    pub(super) is_comment: bool,
}

impl Record {
    pub(super) fn n_filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.trim().is_empty()).count()
    }

    pub(super) fn is_row(&self) -> bool {
        !self.is_blank && !self.is_comment
    }
}

pub(super) fn head(tokenizer: &Tokenizer<'_>, start: usize) -> Vec<Record> {
    let text = tokenizer.text();
    let limit = (start + HEAD_BYTES).min(text.len());
    records(tokenizer, start, limit, MAX_RECORDS)
}

fn records(tokenizer: &Tokenizer<'_>, start: usize, limit: usize, most: usize) -> Vec<Record> {
    let text = tokenizer.text();
    let mark = tokenizer.dialect().comment.byte();
    let mut cells = Cells::new(text);
    let (mut records, mut at) = (Vec::new(), start);
    while at < limit && records.len() < most {
        let is_comment = mark.is_some() && mark == text.as_bytes().get(at).copied();
        let mut next = tokenizer.record_or_line(at, &mut cells);
        let is_torn = matches!(cells.fault, Some(Fault::Stray | Fault::Unclosed));
        if is_comment {
            next = after_line(tokenizer, at);
        }
        records.push(Record {
            at,
            next,
            is_sound: cells.fault.is_none(),
            is_blank: cells.is_blank() && !is_torn,
            is_comment,
            cells: cells.to_vec(),
        });
        at = next;
    }
    records
}

/// The width that most records have, the larger of two that are as frequent; that of the first stretch of rows if it is a
/// table of its own.
pub(super) fn usual_width(records: &[Record]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let rows: Vec<usize> = records
        .iter()
        .filter(|record| record.is_row() && !record.cells.is_empty())
        .map(|record| record.cells.len())
        .collect();
    rows.iter()
        .for_each(|width| *counts.entry(*width).or_default() += 1);
    let most = counts
        .iter()
        .max_by_key(|(width, n)| (**n * weight(**width), **width));
    let (usual, n_usual) = most.map_or((1, 0), |(width, n)| (*width, *n));
    let stretches = rows.chunk_by(|a, b| a == b).take(MAX_TITLES);
    let first = stretches
        .into_iter()
        .find(|stretch| 1 < stretch[0] && FIRST_TABLE <= stretch.len());
    match first {
        Some(stretch)
            if n_usual <= stretch.len() * 10
                && usual <= stretch[0] * 3
                && !has_more(&rows, usual, stretch[0]) =>
        {
            stretch[0]
        }
        _ => usual,
    }
}

/// Wide rows are less often alike by chance.
fn weight(width: usize) -> usize {
    width.ilog2() as usize + 1
}

/// Whether rows of width `usual` and of width `first` are mixed: then they are rows of one table.
fn has_more(rows: &[usize], usual: usize, first: usize) -> bool {
    if usual == first {
        return true;
    }
    let last_of_first = rows.iter().rposition(|width| *width == first).unwrap_or(0);
    rows[..last_of_first].contains(&usual)
}

/// Records at the end of a large text.
pub(super) fn tail(tokenizer: &Tokenizer<'_>, body_start: usize, width: usize) -> Vec<Record> {
    let text = tokenizer.text();
    let mut at = text.len().saturating_sub(TAIL_BYTES).max(body_start);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    let mut cells = Cells::new(text);
    for _ in 0..64 {
        at = after_line(tokenizer, at);
        tokenizer.record(at.min(text.len()), &mut cells);
        if cells.fault.is_none() && cells.len() == width {
            break;
        }
    }
    records(tokenizer, at.min(text.len()), text.len(), usize::MAX)
}
