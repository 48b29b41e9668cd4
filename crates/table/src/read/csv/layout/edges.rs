//! What stands behind a table: another table, or lines such as sources and totals of words.

use super::record::Record;
use crate::ComplaintKind;
use crate::read::csv::looks::{Form, look};
use crate::read::csv::mend::line_of;
use crate::read::csv::notes::Notes;
use crate::read::csv::{CellReader, Tokenizer};

/// Rows of another width in a row that make another table.
const MIN_OTHER: usize = 3;

/// Where another table begins in a text that is seen whole, with a complaint.
pub(super) fn other_table(
    records: &[Record],
    top: usize,
    width: usize,
    reader: &CellReader<'_>,
    notes: &mut Notes,
) -> Option<usize> {
    let mut widths = records
        .iter()
        .enumerate()
        .skip(top + 1)
        .filter(|(_, record)| record.is_row());
    let begin = widths.find_map(|(i, _)| is_other(records, i, top, width, reader).then_some(i))?;
    // Titles and blank lines in front of it are its own.
    let mut start = begin;
    while top + 1 < start && (records[start - 1].is_blank || records[start - 1].cells.len() == 1) {
        start -= 1;
    }
    let first = records[begin].cells.join(", ");
    let n = records[begin..].iter().filter(|record| record.is_row()).count();
    let found = format!("{n} lines from `{first}` on");
    notes.add(ComplaintKind::OtherTable, None, 0, records[begin].at, &found);
    Some(start)
}

/// Whether record `i` is the first of rows of another width that go on to the end or to a blank line.
fn is_other(records: &[Record], i: usize, top: usize, width: usize, reader: &CellReader<'_>) -> bool {
    let other = records[i].cells.len();
    if other == width || other < 2 || !records[i].is_sound {
        return false;
    }
    let rest: Vec<&Record> = records[i..].iter().filter(|record| record.is_row()).collect();
    let is_close = |record: &&&Record| record.cells.len().abs_diff(other) < 2 && record.cells.len() != width;
    let n_run = rest.iter().take_while(is_close).count();
    let n_same = rest.iter().filter(|record| record.cells.len() == other).count();
    let n_width = rest.iter().filter(|record| record.cells.len() == width).count();
    let names = !records[i]
        .cells
        .iter()
        .any(|cell| look(cell).is_value() || reader.is_null_word(cell));
    let before = records[top..i]
        .iter()
        .filter(|record| record.cells.len() == width)
        .count();
    let is_run = MIN_OTHER <= n_run || n_same * 10 >= rest.len() * 8;
    names && MIN_OTHER <= n_same && is_run && n_width * 10 <= rest.len() && 2 <= before
}

/// Where lines behind the table begin, with a complaint for each.
pub(super) fn footer(
    tokenizer: &Tokenizer<'_>,
    records: &[Record],
    width: usize,
    body_start: usize,
    forms: &[Form],
    notes: &mut Notes,
) -> Option<usize> {
    if width < 2 {
        return None;
    }
    let mut begin = None;
    let mut lines = Vec::new();
    for (i, record) in records.iter().enumerate().rev() {
        if record.at < body_start || i == 0 {
            break;
        }
        if record.is_blank || record.is_comment {
            continue;
        }
        if begin.is_some() && record.n_filled() == 0 {
            begin = Some(record.at);
            lines.push(record.at);
            continue;
        }
        let is_after_blank = records[i - 1].is_blank || lines.len() + 1 < records.len() && begin.is_some();
        if !is_footer(record, width, is_after_blank, forms) {
            break;
        }
        begin = Some(record.at);
        lines.push(record.at);
    }
    for at in lines.iter().rev() {
        notes.add(ComplaintKind::Footer, None, 0, *at, line_of(tokenizer, *at));
    }
    begin
}

fn is_footer(record: &Record, width: usize, is_apart: bool, forms: &[Form]) -> bool {
    let first = record.cells.first().map_or("", |cell| cell.trim());
    let n = record.cells.len();
    let is_alone = record.n_filled() == 1 && !first.is_empty() && (n == 1 || 3 <= width);
    let form = forms.first();
    let fits = form.is_some_and(|form| form.is_closed() && 0.8 <= form.fit(first));
    let is_odd = form.is_some_and(|form| form.is_closed() && form.has_digits() && form.fit(first) < 0.5);
    let is_sentence = first.contains(' ') && !fits;
    is_alone && !fits && (is_apart || is_odd || is_sentence || (n == 1 && 3 <= width))
}
