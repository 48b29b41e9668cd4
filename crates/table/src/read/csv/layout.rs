//! Where in a text the table is: what stands before it, its header, its rows, and what stands behind them.

use super::part::Notes;
use super::{
    CellReader, Cells, Inference, Tokenizer,
    looks::{Form, Look, look},
    mend::{Mender, after_line, line_of},
};
use crate::ComplaintKind;
use crate::read::Options;
use std::collections::BTreeMap;
use std::ops::Range;

/// How much of the beginning is looked at; smaller texts are looked at whole.
const HEAD_BYTES: usize = 512 * 1024;
/// How much of the end is looked at.
const TAIL_BYTES: usize = 64 * 1024;
/// The most records of the beginning.
const MAX_RECORDS: usize = 20_000;
/// The shortest cell that looks like a code rather than a name such as `q1`.
const MIN_CODE: usize = 4;
/// The most lines of a header.
const MAX_HEADER: usize = 4;
/// Rows of one width in a row that make a first table among others.
const FIRST_TABLE: usize = 5;
/// The most changes of width before it.
const MAX_TITLES: usize = 6;
/// Rows of another width in a row that make another table.
const MIN_OTHER: usize = 3;

/// A table in a text.
#[derive(Debug)]
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

/// One record of the sample.
#[derive(Clone, Debug)]
struct Record {
    at: usize,
    next: usize,
    cells: Vec<String>,
    is_sound: bool,
    is_blank: bool,
    is_comment: bool,
}

impl Record {
    fn n_filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.trim().is_empty()).count()
    }

    fn is_row(&self) -> bool {
        !self.is_blank && !self.is_comment
    }
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
        true => other_table(&head, top, width, reader, notes, tokenizer),
        false => None,
    };
    let stop = other.unwrap_or(head.len());
    let forms = forms(&head[top..stop], width);
    let seen = seen(&head[top + 1..stop], width, reader);
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
        None => header_lines(&records, top, width, &forms, &seen, reader, guesses),
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
        None => {
            let tail = tail(tokenizer, body_start, width);
            footer(tokenizer, &tail, width, body_start, &forms, notes).unwrap_or(text_end)
        }
    };
    // Blank lines at the end are nothing.
    let end = body_start
        + tokenizer.text()[body_start..end.max(body_start)]
            .trim_end_matches(['\n', '\r'])
            .len();
    let end = after_last(tokenizer, end);
    Some(Layout {
        header,
        repeated,
        body: body_start..end.max(body_start),
        width,
        forms: resized(forms, width),
        seen: resized(seen, width),
    })
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

fn head(tokenizer: &Tokenizer<'_>, start: usize) -> Vec<Record> {
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
        let is_torn = matches!(cells.fault, Some(super::Fault::Stray | super::Fault::Unclosed));
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
fn usual_width(records: &[Record]) -> usize {
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
        Some(stretch) if n_usual <= stretch.len() * 10 && !has_more(&rows, usual, stretch[0]) => stretch[0],
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
    for record in records
        .iter()
        .skip(1)
        .filter(|record| record.is_row() && record.is_sound && record.cells.len() == width)
    {
        for (form, cell) in forms.iter_mut().zip(&record.cells) {
            form.see(cell);
        }
    }
    forms
}

fn seen(records: &[Record], width: usize, reader: &CellReader<'_>) -> Vec<Inference> {
    let mut seen = vec![Inference::default(); width];
    let rows = records
        .iter()
        .filter(|record| record.is_row() && record.is_sound && record.cells.len() == width);
    for record in rows.take(2000) {
        for (seen, cell) in seen.iter_mut().zip(&record.cells) {
            seen.see(reader, cell);
        }
    }
    seen
}

/// A first record whose quotes or separators are out of place.
fn mend_first(
    tokenizer: &Tokenizer<'_>,
    record: &mut Record,
    width: usize,
    forms: &[Form],
    notes: &mut Notes,
) {
    let has_empty = width < record.cells.len() && record.n_filled() == width;
    let is_odd = !record.is_sound || record.cells.len() * 2 < width || has_empty;
    if width < 2 || !is_odd {
        return;
    }
    let mut cells = Cells::new(tokenizer.text());
    let next = tokenizer.record(record.at, &mut cells);
    // A header does not look like its columns.
    let unknown = vec![Form::default(); forms.len()];
    let mender = Mender {
        width,
        forms: &unknown,
        is_thorough: true,
    };
    let mended = mender.mend(tokenizer, record.at, next, &mut cells);
    if let (Some((kind, found)), true) = (mended.note, cells.len() == width) {
        notes.add(kind, None, 0, record.at, &found);
        record.cells = cells.to_vec();
        record.next = mended.next;
    }
}

/// The line above rows without a header, if it names the columns behind a comment's mark or with another separator.
fn named_above(
    tokenizer: &Tokenizer<'_>,
    records: &mut [Record],
    top: usize,
    width: usize,
    notes: &mut Notes,
    guesses: &mut Vec<String>,
) -> Option<usize> {
    let above = (0..top).rev().find(|i| !records[*i].is_blank)?;
    let forms = vec![Form::default(); width];
    if !records[above].is_comment {
        mend_first(tokenizer, &mut records[above], width, &forms, notes);
    }
    let record = &mut records[above];
    let is_name = |cell: &String| !cell.trim().is_empty() && !look(cell).is_value();
    if record.cells.len() != width || width < 2 || !record.cells.iter().all(is_name) {
        return None;
    }
    record.is_comment = false;
    guesses.pop();
    Some(above)
}

/// How many lines the header has; none if the first row looks like the others.
fn header_lines(
    records: &[Record],
    top: usize,
    width: usize,
    forms: &[Form],
    seen: &[Inference],
    reader: &CellReader<'_>,
    guesses: &mut Vec<String>,
) -> usize {
    let columns = Columns::of(&records[top + 1..], width, &records[top].cells);
    let first = &records[top].cells;
    if !columns.are_named_by(first, forms, reader) {
        guesses.push("the file has no header: the first row looks like the others".to_owned());
        return 0;
    }
    let mut n = 1;
    let later = records[top + 1..].iter().filter(|record| record.is_row());
    for record in later.clone().take(MAX_HEADER - 1) {
        let is_last = later.clone().count() <= n;
        if is_last || record.cells.len() != width || !columns.continue_names(&record.cells, first, reader) {
            break;
        }
        n += 1;
    }
    let _ = seen;
    if 1 < n {
        guesses.push(format!("the header has {n} lines"));
    }
    n
}

/// What the columns of the rows look like.
struct Columns {
    /// Whether nearly all cells are numbers, days or truths.
    typed: Vec<bool>,
    n_rows: usize,
    /// Rows that are the same as the first.
    n_like_first: usize,
}

impl Columns {
    fn of(records: &[Record], width: usize, first: &[String]) -> Columns {
        let rows = || {
            records
                .iter()
                .filter(|record| record.is_row() && record.cells.len() == width)
                .take(1000)
        };
        let typed = (0..width).map(|column| {
            let looks = rows().map(|record| look(&record.cells[column]));
            let (mut n, mut n_values) = (0usize, 0usize);
            for look in looks.filter(|look| *look != Look::Nothing) {
                n += 1;
                n_values += usize::from(look.is_value());
            }
            // A header of several lines and some words for missing are among them.
            0 < n_values && n * 7 <= n_values * 10
        });
        Columns {
            typed: typed.collect(),
            n_rows: rows().count(),
            n_like_first: rows().filter(|record| record.cells == first).count(),
        }
    }

    /// Whether the cells of a first row are names rather than values.
    fn are_named_by(&self, first: &[String], forms: &[Form], reader: &CellReader<'_>) -> bool {
        let looks: Vec<Look> = first.iter().map(|cell| look(cell)).collect();
        if self.n_rows == 0 {
            return !looks.iter().any(|look| look.is_value());
        }
        if is_sequence(first) {
            return true;
        }
        if self.n_like_first * 2 >= self.n_rows {
            return false;
        }
        // Columns of values tell most; where they say nothing, columns of codes do.
        let (mut of_values, mut of_codes) = (0i64, 0i64);
        for (column, look) in looks.iter().enumerate() {
            let cell = first[column].trim();
            if *look == Look::Nothing || reader.is_null_word(cell) {
                continue;
            }
            let form = forms
                .get(column)
                .filter(|form| form.is_closed() && form.has_digits());
            if self.typed.get(column).copied().unwrap_or(false) {
                of_values += if look.is_value() { -1 } else { 1 };
            } else if let Some(form) = form.filter(|_| MIN_CODE <= cell.len()) {
                of_codes += if form.fit(cell) < 1.0 { 1 } else { -1 };
            } else if look.is_value() && *look != Look::Truth {
                of_codes -= 1;
            }
        }
        0 < of_values || (of_values == 0 && 0 <= of_codes)
    }

    /// Whether a row below the first still names columns: no value where the columns have them.
    fn continue_names(&self, cells: &[String], first: &[String], reader: &CellReader<'_>) -> bool {
        if cells == first && self.typed.contains(&true) {
            return true;
        }
        let typed: Vec<&str> = (0..cells.len())
            .filter(|column| self.typed.get(*column).copied().unwrap_or(false))
            .map(|column| cells[column].trim())
            .collect();
        let n_named = typed.iter().filter(|cell| !cell.is_empty()).count();
        let is_name = |cell: &&str| !look(cell).is_value() && !reader.is_null_word(cell);
        2 <= typed.len() && typed.len() <= n_named * 2 && typed.iter().all(is_name)
    }
}

/// Whether the cells with numbers are whole numbers that count up by one, as years and numbered columns do.
fn is_sequence(cells: &[String]) -> bool {
    let numbers: Vec<i64> = cells.iter().filter_map(|cell| cell.trim().parse().ok()).collect();
    let n_filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let are_years = numbers.first().is_some_and(|first| (1800..2200).contains(first));
    let are_places = numbers.first() == Some(&0) && 3 <= numbers.len();
    let is_year_beside_names =
        are_years && 2 <= numbers.len() && (numbers.len() < n_filled || 3 <= numbers.len());
    (is_year_beside_names || are_places)
        && n_filled <= numbers.len() * 2
        && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// The names, the cells to know a repeated header by, and where the rows begin.
fn header(
    records: &[Record],
    top: usize,
    n_lines: usize,
    notes: &mut Notes,
) -> (Vec<String>, Vec<String>, usize) {
    let lines: Vec<&Record> = records[top..]
        .iter()
        .filter(|record| record.is_row())
        .take(n_lines)
        .collect();
    let Some((first, rest)) = lines.split_first() else {
        return (Vec::new(), Vec::new(), records[top].at);
    };
    let trimmed =
        |record: &Record| -> Vec<String> { record.cells.iter().map(|cell| cell.trim().to_owned()).collect() };
    let repeated = trimmed(first);
    let has_more = rest.iter().any(|record| trimmed(record) != repeated);
    let mut names = if has_more {
        spread(&repeated, &trimmed(rest[0]))
    } else {
        repeated.clone()
    };
    for record in rest {
        let cells = trimmed(record);
        if cells == repeated {
            notes.add(
                ComplaintKind::RepeatedHeader,
                None,
                0,
                record.at,
                &record.cells.join(","),
            );
            continue;
        }
        names.resize(names.len().max(cells.len()), String::new());
        for (name, cell) in names.iter_mut().zip(cells) {
            if !name.is_empty() && !cell.is_empty() {
                name.push(' ');
            }
            name.push_str(&cell);
        }
    }
    let last = lines.last().map_or(records[top].at, |record| record.next);
    (names, repeated, last)
}

/// Names of a first line over those below: a name stands over the empty cells behind it that have one below.
fn spread(first: &[String], below: &[String]) -> Vec<String> {
    let mut names = first.to_vec();
    for position in 1..names.len() {
        let has_below = below.get(position).is_some_and(|cell| !cell.is_empty());
        if names[position].is_empty() && has_below {
            names[position] = names[position - 1].clone();
        }
    }
    names
}

/// Where another table begins in a text that is seen whole, with a complaint.
fn other_table(
    records: &[Record],
    top: usize,
    width: usize,
    reader: &CellReader<'_>,
    notes: &mut Notes,
    tokenizer: &Tokenizer<'_>,
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
    let _ = tokenizer;
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

/// Records at the end of a large text.
fn tail(tokenizer: &Tokenizer<'_>, body_start: usize, width: usize) -> Vec<Record> {
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

/// Where lines behind the table begin, with a complaint for each.
fn footer(
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
