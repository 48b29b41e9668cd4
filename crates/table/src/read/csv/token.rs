//! A text cut into records.

use super::{Cells, Dialect, Fault};

/// The most lines of a record with a quote out of place.
const MAX_LINES: usize = 4;

/// Cuts a text into records under a dialect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokenizer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    dialect: Dialect,
    separator: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    line_end: u8,
    /// Whether a separator is one byte, and nothing but quotes has a meaning besides.
    is_simple: bool,
    /// A quote closes only in front of a separator or line end.
    pub(super) is_lenient: bool,
}

impl<'t> Tokenizer<'t> {
    pub(super) fn new(text: &'t str, dialect: Dialect) -> Tokenizer<'t> {
        let separator = dialect.separator.as_bytes();
        Tokenizer {
            text,
            bytes: text.as_bytes(),
            dialect,
            separator: separator[0],
            quote: dialect.quote.byte(),
            escape: dialect.escape.byte(),
            line_end: if dialect.ends_in_return { b'\r' } else { b'\n' },
            is_simple: separator.len() == 1 && dialect.escape.byte().is_none(),
            is_lenient: false,
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Reads the record that begins at `at` into `cells`, and tells where the next begins.
    pub(super) fn record(&self, at: usize, cells: &mut Cells<'t>) -> usize {
        cells.clear();
        let mut at = at;
        loop {
            at = self.skip_blanks(at);
            let end = match self.bytes.get(at) {
                Some(byte) if Some(*byte) == self.quote => self.quoted(at, cells),
                _ => self.unquoted(at, cells),
            };
            match self.after(end) {
                After::Cell(next) => at = next,
                After::Record(next) => return next,
            }
        }
    }

    /// As [`Tokenizer::record`]; where a quote is out of place, it closes only in front of a separator or line end, and if
    /// that does not help either, the line is a record without cells, so that no more than it is lost sight of.
    pub(super) fn record_or_line(&self, at: usize, cells: &mut Cells<'t>) -> usize {
        let next = self.record(at, cells);
        let fault = cells.fault;
        if !matches!(fault, Some(Fault::Stray | Fault::Unclosed)) {
            return next;
        }
        let mut lenient = *self;
        lenient.is_lenient = true;
        let next = lenient.record(at, cells);
        let n_lines = memchr::memchr_iter(self.line_end, &self.bytes[at..next]).count();
        let is_sound = cells.fault.is_none() && n_lines <= MAX_LINES;
        if !is_sound {
            cells.clear();
        }
        cells.fault = fault;
        match is_sound {
            true => next,
            false => {
                memchr::memchr(self.line_end, &self.bytes[at..]).map_or(self.bytes.len(), |end| at + end + 1)
            }
        }
    }

    /// As [`Tokenizer::record`], with a quote at `at` that means nothing.
    pub(super) fn record_with_literal(&self, at: usize, literal: usize, cells: &mut Cells<'t>) -> usize {
        cells.clear();
        let mut at = at;
        loop {
            at = self.skip_blanks(at);
            let end = match self.bytes.get(at) {
                Some(byte) if Some(*byte) == self.quote && at != literal => self.quoted(at, cells),
                _ => self.unquoted(at, cells),
            };
            match self.after(end) {
                After::Cell(next) => at = next,
                After::Record(next) => return next,
            }
        }
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        if self.dialect.skips_blanks {
            while self.bytes.get(at) == Some(&b' ') {
                at += 1;
            }
        }
        at
    }

    fn is_separator(&self, at: usize) -> bool {
        self.bytes[at..].starts_with(self.dialect.separator.as_bytes())
    }

    /// What stands at the end of a cell.
    fn after(&self, end: usize) -> After {
        if self.bytes.len() <= end {
            return After::Record(self.bytes.len());
        }
        if self.is_separator(end) {
            return After::Cell(end + self.dialect.separator.as_bytes().len());
        }
        match self.bytes[end] {
            b'\r' if !self.dialect.ends_in_return => After::Record((end + 2).min(self.bytes.len())),
            b'\r' if self.bytes.get(end + 1) == Some(&b'\n') => After::Record(end + 2),
            _ => After::Record(end + 1),
        }
    }

    /// Where the line end or separator at or behind `at` is, and the text before it ends.
    fn unquoted(&self, at: usize, cells: &mut Cells<'t>) -> usize {
        let mut end = at;
        loop {
            end = find_either(self.bytes, end, self.separator, self.line_end);
            if end == self.bytes.len() {
                break;
            }
            if self.bytes[end] == self.line_end {
                if self.is_simple || !self.is_escaped(at, end) {
                    break;
                }
                end += 1;
                continue;
            }
            if self.is_simple || (self.is_separator(end) && !self.is_escaped(at, end)) {
                break;
            }
            end += 1;
        }
        let is_feed = self.line_end == b'\n' && (end == self.bytes.len() || self.bytes[end] == b'\n');
        if is_feed && at < end && self.bytes[end - 1] == b'\r' {
            end -= 1;
        }
        let ends_in_quote = at + 1 < end && Some(self.bytes[end - 1]) == self.quote;
        if ends_in_quote && cells.fault.is_none() {
            cells.fault = Some(Fault::Inner);
        }
        match self.escape {
            Some(escape) if self.bytes[at..end].contains(&escape) => {
                let start = cells.own.len();
                self.unescape(at, end, &mut cells.own);
                cells.push_own(start, false);
            }
            _ => cells.push(at, end, false),
        }
        end
    }

    fn is_escaped(&self, start: usize, at: usize) -> bool {
        let before = &self.bytes[start..at];
        let n = before.iter().rev().take_while(|byte| Some(**byte) == self.escape);
        n.count() % 2 == 1
    }

    /// Adds `start..end` to `own` without the escapes before quotes, separators and escapes.
    fn unescape(&self, start: usize, end: usize, own: &mut String) {
        let (mut from, mut at) = (start, start);
        while at + 1 < end {
            let next = self.bytes[at + 1];
            let has_meaning = Some(next) == self.quote
                || next == self.separator
                || Some(next) == self.escape
                || next == self.line_end;
            if Some(self.bytes[at]) == self.escape && has_meaning {
                own.push_str(self.text.get(from..at).unwrap_or_default());
                from = at + 1;
                at += 1;
            }
            at += 1;
        }
        own.push_str(self.text.get(from..end).unwrap_or_default());
    }

    /// Reads the cell whose quote opens at `at`.
    fn quoted(&self, at: usize, cells: &mut Cells<'t>) -> usize {
        let quote = self.bytes[at];
        let start = at + 1;
        let mut from = start;
        let mut own: Option<usize> = None;
        let mut at = start;
        loop {
            at = self.find_quote(at, quote);
            if at == self.bytes.len() {
                cells.fault = Some(Fault::Unclosed);
                self.close(start, from, at, own, cells);
                return at;
            }
            let is_escape = Some(self.bytes[at]) == self.escape && self.bytes[at] != quote;
            let is_doubled = self.bytes.get(at + 1) == Some(&quote);
            if is_escape {
                let next = self.bytes.get(at + 1).copied();
                if next == Some(quote)
                    || next == self.escape
                    || next == Some(self.separator)
                    || next == Some(self.line_end)
                {
                    own.get_or_insert(cells.own.len());
                    cells.own.push_str(self.text.get(from..at).unwrap_or_default());
                    from = at + 1;
                    at += 2;
                } else {
                    at += 1;
                }
            } else if is_doubled && !(self.is_lenient && at == start && !self.is_end(at + 2)) {
                own.get_or_insert(cells.own.len());
                cells.own.push_str(self.text.get(from..=at).unwrap_or_default());
                from = at + 2;
                at += 2;
            } else if let Some(end) = self.end_behind(at + 1) {
                self.close(start, from, at, own, cells);
                return end;
            } else if self.is_lenient {
                at += 1;
            } else {
                return self.stray(from, at, own, cells);
            }
        }
    }

    fn close(&self, start: usize, from: usize, end: usize, own: Option<usize>, cells: &mut Cells<'t>) {
        match own {
            Some(own_start) => {
                cells.own.push_str(self.text.get(from..end).unwrap_or_default());
                cells.push_own(own_start, true);
            }
            None => cells.push(start, end, true),
        }
    }

    /// Text behind a closing quote is added to the cell, as most readers do.
    fn stray(&self, from: usize, quote_at: usize, own: Option<usize>, cells: &mut Cells<'t>) -> usize {
        cells.fault = Some(Fault::Stray);
        let own_start = own.unwrap_or(cells.own.len());
        cells
            .own
            .push_str(self.text.get(from..quote_at).unwrap_or_default());
        let n = cells.len();
        let end = self.unquoted(quote_at + 1, cells);
        let rest = cells.get(n).to_owned();
        cells.spans.truncate(n);
        cells.own.push_str(&rest);
        cells.push_own(own_start, true);
        cells.fault = Some(Fault::Stray);
        end
    }

    fn find_quote(&self, at: usize, quote: u8) -> usize {
        let rest = &self.bytes[at.min(self.bytes.len())..];
        let found = match self.escape {
            Some(escape) => memchr::memchr2(quote, escape, rest),
            None => memchr::memchr(quote, rest),
        };
        found.map_or(self.bytes.len(), |found| at + found)
    }

    fn is_end(&self, at: usize) -> bool {
        self.end_behind(at).is_some()
    }

    /// Where the cell ends if nothing but blanks is left of it at `at`.
    fn end_behind(&self, mut at: usize) -> Option<usize> {
        loop {
            match self.bytes.get(at) {
                None | Some(b'\n') => return Some(at),
                Some(b'\r') if self.dialect.ends_in_return || self.bytes.get(at + 1) == Some(&b'\n') => {
                    return Some(at);
                }
                Some(b'\r') if at + 1 == self.bytes.len() => return Some(at + 1),
                _ if self.is_separator(at) => return Some(at),
                Some(b' ') => at += 1,
                _ => return None,
            }
        }
    }
}

enum After {
    Cell(usize),
    Record(usize),
}

/// The first of `a` and `b` at or behind `at`, eight bytes at a time; the length if there is none.
fn find_either(bytes: &[u8], mut at: usize, a: u8, b: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (a_word, b_word) = (ONES * u64::from(a), ONES * u64::from(b));
    while let Some(chunk) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes were asked for"));
        let found = zeros(word ^ a_word) | zeros(word ^ b_word);
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < bytes.len() && bytes[at] != a && bytes[at] != b {
        at += 1;
    }
    at
}
