//! The dialect of a text, found from its beginning.
//!
//! Every plausible dialect cuts the sample into rows and cells. The best has rows of one width, cells that look like
//! values, and no quote out of place: the two patterns of van den Burg, Nazábal and Sutton (2019), "Wrangling messy CSV
//! files by detecting row and type patterns", weighed anew and with the habits of people as a prior.

mod candidates;
mod score;

use super::{Cells, Dialect, Mark, Separator, Tokenizer};
use crate::read::Options;
use candidates::candidates;
use score::score;

/// How much of a text is looked at.
const SAMPLE_BYTES: usize = 64 * 1024;

/// A single column scores this.
const ALONE: f64 = 0.04;

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
