//! The dialect of a text, found from its beginning.
//!
//! Every plausible dialect cuts the sample into rows and cells. The best has rows of one width, cells that look like
//! values, and no quote out of place: the two patterns of van den Burg, Nazábal and Sutton (2019), "Wrangling messy CSV
//! files by detecting row and type patterns", weighed anew and with the habits of people as a prior.

use super::{
    Cells, Dialect, Fault, Mark, Separator, Tokenizer,
    looks::{Look, look},
    mend::after_line,
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

/// `#` if some of the first lines begin with it and most do not.
fn comment_of(sample: &str) -> Mark {
    let lines = || sample.lines().filter(|line| !line.trim().is_empty()).take(1000);
    let n_marked = lines().filter(|line| line.starts_with('#')).count();
    match 0 < n_marked && n_marked * 2 < lines().count().max(3) {
        true => Mark::Byte(b'#'),
        false => Mark::None,
    }
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
        for quote in quotes(sample, separator, options) {
            for escape in escapes(sample, quote, options) {
                let dialect = Dialect {
                    separator,
                    quote,
                    escape,
                    ..base
                };
                let quoted = if quote == Mark::None { 0.9 } else { 1.0 };
                candidates.push((prior * quoted, dialect));
            }
        }
    }
    candidates
}

fn quotes(sample: &str, separator: Separator, options: &Options) -> Vec<Mark> {
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
    if sample.contains('"') {
        quotes.push(Mark::None);
    }
    quotes
}

fn escapes(sample: &str, quote: Mark, options: &Options) -> Vec<Mark> {
    match (options.escape, quote) {
        (Some(escape), _) => vec![escape],
        (None, Mark::Byte(byte)) if sample.contains(&format!("\\{}", char::from(byte))) => {
            vec![Mark::None, Mark::Byte(b'\\')]
        }
        _ => vec![Mark::None],
    }
}

/// What one dialect makes of the sample.
#[derive(Default)]
struct Tally {
    /// Rows by width.
    widths: BTreeMap<usize, usize>,
    n_rows: usize,
    n_faults: usize,
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
    let faults = rows(tally.n_faults).min(1.0);
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
        let mut next = tokenizer.record(at, &mut cells);
        let is_torn = matches!(cells.fault, Some(Fault::Stray | Fault::Unclosed));
        if is_torn && sample[at..next].trim_end().contains('\n') {
            // A quote out of place does not hide the lines that follow.
            next = after_line(&tokenizer, at);
            cells.clear();
            cells.fault = Some(Fault::Stray);
        }
        let is_cut = sample.len() <= next && !is_whole && 0 < tally.n_rows;
        let is_comment = dialect.comment.byte() == Some(sample.as_bytes()[at]);
        at = next;
        if is_cut || is_comment || (cells.is_blank() && !is_torn) {
            continue;
        }
        tally.n_rows += 1;
        tally.n_faults += usize::from(matches!(cells.fault, Some(Fault::Stray | Fault::Unclosed)));
        // Cells that lack at the end, and those too many, are empty.
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
    while at < sample.len() {
        at = tokenizer.record(at, &mut cells);
        let later = (1..cells.len()).map(|position| cells.get(position));
        for cell in later.filter(|cell| !cell.trim().is_empty()) {
            n += 1;
            n_blank += usize::from(cell.starts_with(' ') && !cell.starts_with("  "));
        }
    }
    2 < n && n * 95 / 100 < n_blank
}
