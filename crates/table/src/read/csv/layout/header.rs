//! Which lines name the columns.

use super::record::Record;
use crate::ComplaintKind;
use crate::read::csv::looks::{Form, Look, look};
use crate::read::csv::mend::Mender;
use crate::read::csv::notes::Notes;
use crate::read::csv::{CellReader, Cells, Tokenizer};

/// The shortest cell that looks like a code rather than a name such as `q1`.
const MIN_CODE: usize = 4;

/// The most lines of a header.
const MAX_HEADER: usize = 4;

/// A first record whose quotes or separators are out of place.
pub(super) fn mend_first(
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
pub(super) fn named_above(
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
pub(super) fn header_lines(
    records: &[Record],
    top: usize,
    width: usize,
    forms: &[Form],
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
            let looks = rows()
                .filter(|record| record.cells != first)
                .map(|record| look(&record.cells[column]));
            let (mut n, mut n_values) = (0usize, 0usize);
            for look in looks.filter(|look| *look != Look::Nothing) {
                n += 1;
                n_values += usize::from(look.is_value());
            }
            // A header of several lines and some words for missing are among them.
            0 < n_values && n * 6 <= n_values * 10
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
        if !self.typed.contains(&true) && self.n_like_first * 2 >= self.n_rows {
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
pub(super) fn header(
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
