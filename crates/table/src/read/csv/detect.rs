//! The dialect of a text, found from its beginning.
//!
//! Every plausible dialect cuts the sample into rows and cells. The best has rows of one width, cells that look like
//! values, and no quote out of place: the two patterns of van den Burg, Nazábal and Sutton (2019), "Wrangling messy CSV
//! files by detecting row and type patterns", weighed anew and with the habits of people as a prior.

use super::{
    Cells, Dialect, Fault, Mark, Separator, Tokenizer,
    looks::{Look, look},
};
use crate::read::Options;
use std::collections::BTreeMap;

/// How much of a text is looked at.
const SAMPLE_BYTES: usize = 64 * 1024;
/// A single column scores this.
const ALONE: f64 = 0.04;
/// Separators with how likely they are to be meant, in the order in which a tie is decided.
const SEPARATORS: [(&str, f64); 15] = [
    (",", 1.0),
    (";", 1.0),
    ("\t", 1.0),
    ("|", 1.0),
    ("||", 1.01),
    ("\t\t", 1.01),
    ("::", 0.9),
    ("\\t", 0.9),
    ("\u{1}", 1.0),
    ("\u{1f}", 1.0),
    ("\u{a7}", 0.9),
    ("^", 0.8),
    ("~", 0.8),
    (" ", 0.4),
    (":", 0.35),
];

/// What is asked for, and the likeliest of the rest; says what is not plain.
pub(super) fn dialect(
    text: &str,
    separator: Option<Separator>,
    options: &Options,
    guesses: &mut Vec<String>,
) -> Dialect {
    let sample = beginning(text);
    let base = Dialect {
        ends_in_return: ends_in_return(sample),
        comment: options.comment.unwrap_or(Mark::None),
        ..Dialect::plain(b','.into())
    };
    let comment = options.comment.unwrap_or_else(|| comment_of(sample));
    let base = Dialect { comment, ..base };
    let candidates = candidates(sample, base, separator, options);
    let mut best: Option<(f64, Dialect)> = None;
    for (prior, candidate) in candidates {
        let score = prior * score(sample, candidate, text.len() == sample.len());
        if best.is_none_or(|(highest, _)| highest * 1.000_001 < score) {
            best = Some((score, candidate));
        }
    }
    let (score, mut dialect) = best.unwrap_or((0.0, base));
    if separator.is_none() && score < ALONE {
        dialect = base;
    }
    dialect.skips_blanks = are_blanks_skipped(sample, dialect);
    tell(dialect, separator, options, guesses);
    dialect
}

fn tell(dialect: Dialect, separator: Option<Separator>, options: &Options, guesses: &mut Vec<String>) {
    if separator.is_none() && dialect.separator != Separator::from(b',') {
        guesses.push(format!("cells are separated by {}", dialect.separator));
    }
    if dialect.skips_blanks {
        guesses.push("blanks behind separators belong to no cell".to_owned());
    }
    match dialect.quote {
        Mark::Byte(b'"') => {}
        Mark::Byte(quote) if options.quote.is_none() => {
            guesses.push(format!("cells are quoted with {:?}", char::from(quote)));
        }
        Mark::None if options.quote.is_none() => guesses.push("quotes have no meaning".to_owned()),
        _ => {}
    }
    if let (Mark::Byte(escape), None) = (dialect.escape, options.escape) {
        guesses.push(format!("{:?} escapes quotes", char::from(escape)));
    }
    if let (Mark::Byte(comment), None) = (dialect.comment, options.comment) {
        guesses.push(format!(
            "lines that begin with {:?} are comments",
            char::from(comment)
        ));
    }
    if dialect.ends_in_return {
        guesses.push("rows end with a carriage return".to_owned());
    }
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(SAMPLE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether rows end with returns alone.
fn ends_in_return(sample: &str) -> bool {
    let bytes = sample.as_bytes();
    let n_feeds = memchr::memchr_iter(b'\n', bytes).count();
    let is_alone = |at: &usize| bytes.get(at + 1) != Some(&b'\n') && at + 1 < bytes.len();
    let n_returns = memchr::memchr_iter(b'\r', bytes).filter(is_alone).count();
    n_feeds < n_returns || (n_feeds == 0 && bytes.ends_with(b"\r"))
}

/// `#` if the first lines begin with it and others do not, or some lines among others do.
fn comment_of(sample: &str) -> Mark {
    let lines = || sample.lines().filter(|line| !line.trim().is_empty()).take(1000);
    let is_marked = |line: &&str| line.starts_with('#');
    let n_marked = lines().filter(is_marked).count();
    let n_first = lines().take_while(is_marked).count();
    let n = lines().count();
    let are_comments = n_first == n_marked || n_marked * 2 < n || has_notes(lines().filter(is_marked));
    match 0 < n_marked && n_marked < n && are_comments {
        true => Mark::Byte(b'#'),
        false => Mark::None,
    }
}

/// Whether all lines have a blank behind their mark, as notes do.
fn has_notes<'l>(mut lines: impl Iterator<Item = &'l str>) -> bool {
    lines.all(|line| line[1..].starts_with(' '))
}

fn candidates(
    sample: &str,
    base: Dialect,
    separator: Option<Separator>,
    options: &Options,
) -> Vec<(f64, Dialect)> {
    let separators: Vec<(f64, Separator)> = match separator {
        Some(separator) => vec![(1.0, separator)],
        None => SEPARATORS
            .iter()
            .filter(|(text, _)| sample.contains(text))
            .filter_map(|(text, prior)| Some((*prior, Separator::of(text)?)))
            .collect(),
    };
    let mut candidates = Vec::new();
    for (prior, separator) in separators {
        let are_sound = quotes_are_sound(sample, Dialect { separator, ..base });
        for quote in quotes(sample, separator, are_sound, options) {
            for escape in escapes(sample, quote, separator, options) {
                let dialect = Dialect {
                    separator,
                    quote,
                    escape,
                    ..base
                };
                let quoted = if quote == Mark::None { 0.8 } else { 1.0 };
                candidates.push((prior * quoted, dialect));
            }
        }
    }
    candidates
}

/// Whether every quote of the sample opens or closes a cell, or is doubled within one.
fn quotes_are_sound(sample: &str, dialect: Dialect) -> bool {
    let tokenizer = Tokenizer::new(sample, dialect);
    let mut cells = Cells::new(sample);
    let (mut at, mut is_quoted) = (0, false);
    while at < sample.len() {
        at = tokenizer.record(at, &mut cells);
        let is_torn = matches!(cells.fault, Some(Fault::Stray | Fault::Unclosed));
        if is_torn && at < sample.len() {
            return false;
        }
        is_quoted = is_quoted || (0..cells.len()).any(|position| cells.is_quoted(position));
    }
    is_quoted
}

fn quotes(sample: &str, separator: Separator, are_sound: bool, options: &Options) -> Vec<Mark> {
    if let Some(quote) = options.quote {
        return vec![quote];
    }
    let mut quotes = vec![Mark::Byte(b'"')];
    let separator = String::from_utf8_lossy(separator.as_bytes());
    let opens = |quote: char| {
        sample.starts_with(quote)
            || sample.contains(&format!("\n{quote}"))
            || sample.contains(&format!("{separator}{quote}"))
    };
    if opens('\'') {
        quotes.push(Mark::Byte(b'\''));
    }
    if sample.contains('"') && !are_sound {
        quotes.push(Mark::None);
    }
    quotes
}

fn escapes(sample: &str, quote: Mark, separator: Separator, options: &Options) -> Vec<Mark> {
    let separator = String::from_utf8_lossy(separator.as_bytes());
    let escapes_separator = sample.contains(&format!("\\{separator}"));
    match (options.escape, quote) {
        (Some(escape), _) => vec![escape],
        (None, Mark::Byte(byte)) if sample.contains(&format!("\\{}", char::from(byte))) => {
            vec![Mark::None, Mark::Byte(b'\\')]
        }
        _ if escapes_separator => vec![Mark::None, Mark::Byte(b'\\')],
        _ => vec![Mark::None],
    }
}

/// What one dialect makes of the sample.
#[derive(Default)]
struct Tally {
    /// Rows by width.
    widths: BTreeMap<usize, usize>,
    n_rows: usize,
    n_faults: f64,
    n_cells: usize,
    /// Sum of how much the cells look like values.
    sense: f64,
}

fn score(sample: &str, dialect: Dialect, is_whole: bool) -> f64 {
    let tally = tally(sample, dialect, is_whole);
    let common = tally.widths.iter().filter(|(width, _)| 1 < **width);
    let rows = |share: usize| share as f64 / tally.n_rows.max(1) as f64;
    let common = common.map(|(width, n)| {
        // Rows a little narrower lack cells at their end.
        let near: usize = tally
            .widths
            .iter()
            .filter(|(other, _)| width.abs_diff(**other) == 1)
            .map(|(_, n)| n)
            .sum();
        let agreement = rows(*n) + 0.1 * rows(near);
        agreement * agreement * (1.0 - 1.0 / *width as f64).max(0.5)
    });
    let agreement = common.fold(0.0, f64::max);
    let sense = tally.sense / tally.n_cells.max(1) as f64;
    let faults = (tally.n_faults / tally.n_rows.max(1) as f64).min(1.0);
    let is_loose = matches!(dialect.separator.as_bytes(), b" " | b":");
    if is_loose && agreement < 0.6 {
        return 0.0;
    }
    agreement * (0.2 + 0.8 * sense * sense) * (1.0 - 0.7 * faults)
}

fn tally(sample: &str, dialect: Dialect, is_whole: bool) -> Tally {
    let tokenizer = Tokenizer::new(sample, dialect);
    let mut cells = Cells::new(sample);
    let mut tally = Tally::default();
    let mut at = 0;
    while at < sample.len() {
        let next = tokenizer.record_or_line(at, &mut cells);
        let is_torn = matches!(cells.fault, Some(Fault::Stray | Fault::Unclosed));
        let is_cut = sample.len() <= next && !is_whole && 0 < tally.n_rows;
        let is_comment = dialect.comment.byte() == Some(sample.as_bytes()[at]);
        at = next;
        if is_cut || is_comment || (cells.is_blank() && !is_torn) {
            continue;
        }
        tally.n_rows += 1;
        tally.n_faults += match (is_torn, cells.len()) {
            (false, _) => 0.0,
            (true, 0) => 1.0,
            // Read with quotes that close in front of separators alone.
            (true, _) => 0.2,
        };
        *tally.widths.entry(cells.len()).or_default() += 1;
        for cell in cells.iter() {
            tally.n_cells += 1;
            tally.sense += sense(cell, dialect);
        }
    }
    tally
}

/// How much a cell looks like one value, from 0 to 1.
fn sense(cell: &str, dialect: Dialect) -> f64 {
    let trimmed = cell.trim();
    let quoted = |quote: char| trimmed.len() > 1 && trimmed.starts_with(quote) && trimmed.ends_with(quote);
    if quoted('"') || (quoted('\'') && dialect.quote != Mark::Byte(b'\'')) {
        return 0.2;
    }
    match look(trimmed) {
        Look::Number | Look::Moment | Look::Truth => 1.0,
        Look::Nothing => 0.8,
        Look::Word => 0.9,
        Look::Phrase => 0.8,
        Look::Odd => 0.3,
    }
}

fn are_blanks_skipped(sample: &str, dialect: Dialect) -> bool {
    if matches!(dialect.separator.as_bytes(), b" ") {
        return false;
    }
    let tokenizer = Tokenizer::new(sample, dialect);
    let mut cells = Cells::new(sample);
    let (mut at, mut n, mut n_blank) = (0, 0usize, 0usize);
    let (mut n_quoted, mut n_late) = (0usize, 0usize);
    while at < sample.len() {
        at = tokenizer.record(at, &mut cells);
        for position in 1..cells.len() {
            let cell = cells.get(position);
            n_quoted += usize::from(cells.is_quoted(position));
            n_late += usize::from(
                !cells.is_quoted(position) && cell.starts_with(' ') && is_in_quotes(cell, dialect),
            );
        }
        let later = (1..cells.len()).map(|position| cells.get(position));
        for cell in later.filter(|cell| !cell.trim().is_empty()) {
            n += 1;
            n_blank += usize::from(cell.starts_with(' ') && !cell.starts_with("  "));
        }
    }
    (2 < n && n * 95 / 100 < n_blank) || n_quoted < n_late
}

fn is_in_quotes(cell: &str, dialect: Dialect) -> bool {
    let quote = dialect.quote.byte().map(char::from);
    quote.is_some_and(|quote| cell.trim().starts_with(quote))
}
