//! Records whose quotes are understood in another way.

use super::{MAX_LINE, Mender, Way, after_line, line_of};
use crate::ComplaintKind;
use crate::read::csv::{Cells, Fault, Mark, Tokenizer};

/// How far a record that is mended may reach, in bytes.
const REACH_BYTES: usize = 64 * 1024;

/// The most quotes of a record that are each tried as letters.
const MAX_QUOTES: usize = 40;

impl Mender<'_> {
    /// The record with its quotes understood in another way.
    pub(super) fn requoted<'t>(
        &self,
        tokenizer: &Tokenizer<'t>,
        at: usize,
        next: usize,
        cells: &Cells<'t>,
        fault: Fault,
    ) -> Option<Way> {
        let text = tokenizer.text();
        let near = Tokenizer::new(&text[..reach(text, at)], tokenizer.dialect());
        let mut ways: Vec<Way> = Vec::new();
        let mut other = Cells::new(near.text());
        let mut lenient = near;
        lenient.is_lenient = true;
        let lenient_next = lenient.record(at, &mut other);
        if other.fault.is_none() {
            let mut way = self.way(other.to_vec(), lenient_next, ComplaintKind::StrayQuote);
            let second = after_line(&near, at);
            if second < lenient_next {
                // A line that is a row by itself is hardly a part of a cell.
                near.record(second, &mut other);
                let is_row = other.fault.is_none() && other.len() == self.width && 1 < self.width;
                way.score -= if is_row { 0.5 } else { 0.0 };
            }
            ways.push(way);
        }
        if next - at <= MAX_LINE && fault != Fault::Unclosed {
            ways.push(self.way(cells.to_vec(), next, ComplaintKind::StrayQuote));
        }
        let line = line_of(tokenizer, at);
        let quotes = quotes_of(tokenizer, at, line);
        for quote in &quotes {
            for tokenizer in [near, lenient] {
                let next = tokenizer.record_with_literal(at, *quote, &mut other);
                let what = match fault {
                    Fault::Unclosed => ComplaintKind::UnclosedQuote,
                    _ => ComplaintKind::StrayQuote,
                };
                if matches!(other.fault, None | Some(Fault::Inner)) {
                    ways.push(self.way(other.to_vec(), next, what));
                }
            }
        }
        if self.is_thorough && line.len() < MAX_LINE {
            self.with_one_separator_more(tokenizer, at, line, &quotes, &mut ways);
        }
        let width = self.width;
        let key = |way: &Way| (way.cells.len() == width, way.score);
        let best = ways.into_iter().reduce(|best, way| match key(&best) < key(&way) {
            true => way,
            false => best,
        });
        let best = best?;
        let is_same =
            fault == Fault::Inner && best.cells.len() == cells.len() && best.cells == cells.to_vec();
        if is_same || (fault == Fault::Inner && best.cells.len() != width) {
            return None;
        }
        if best.cells.len() == width || fault != Fault::Unclosed {
            return Some(best);
        }
        // Nothing fits: at least the rest of the file is not swallowed.
        let last = *quotes.last()?;
        let next = near.record_with_literal(at, last, &mut other);
        Some(self.way(other.to_vec(), next, ComplaintKind::UnclosedQuote))
    }

    /// A separator that is lacking beside a quote.
    fn with_one_separator_more(
        &self,
        tokenizer: &Tokenizer<'_>,
        at: usize,
        line: &str,
        quotes: &[usize],
        ways: &mut Vec<Way>,
    ) {
        let separator = String::from_utf8_lossy(tokenizer.dialect().separator.as_bytes()).into_owned();
        let after_line = after_line(tokenizer, at);
        for quote in quotes {
            for cut in [quote - at, quote - at + 1] {
                let (Some(before), Some(after)) = (line.get(..cut), line.get(cut..)) else {
                    continue;
                };
                let longer = format!("{before}{separator}{after}");
                let other = Tokenizer::new(&longer, tokenizer.dialect());
                let mut cells = Cells::new(&longer);
                other.record(0, &mut cells);
                if cells.fault.is_none() && cells.len() == self.width {
                    ways.push(self.way(cells.to_vec(), after_line, ComplaintKind::MissingSeparator));
                }
            }
        }
    }

    /// Two quoted cells with nothing between them look like one with a doubled quote.
    pub(super) fn cut_at_quotes(&self, tokenizer: &Tokenizer<'_>, line: &str) -> Vec<Vec<String>> {
        let Mark::Byte(quote) = tokenizer.dialect().quote else {
            return Vec::new();
        };
        let doubled = String::from_utf8_lossy(&[quote, quote]).into_owned();
        let separator = String::from_utf8_lossy(tokenizer.dialect().separator.as_bytes()).into_owned();
        let cut = |at: usize| {
            let longer = format!("{}{separator}{}", &line[..=at], &line[at + 1..]);
            let mut cells = Cells::new(&longer);
            Tokenizer::new(&longer, tokenizer.dialect()).record(0, &mut cells);
            (cells.fault.is_none() && cells.len() == self.width).then(|| cells.to_vec())
        };
        let places = line.match_indices(&doubled).map(|(at, _)| at);
        places.take(MAX_QUOTES).filter_map(cut).collect()
    }
}

/// Where a record that begins at `at` must end.
fn reach(text: &str, at: usize) -> usize {
    let mut end = (at + REACH_BYTES).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn quotes_of(tokenizer: &Tokenizer<'_>, at: usize, line: &str) -> Vec<usize> {
    match tokenizer.dialect().quote {
        Mark::Byte(quote) => {
            let quotes = memchr::memchr_iter(quote, line.as_bytes());
            quotes.take(MAX_QUOTES).map(|found| at + found).collect()
        }
        Mark::None => Vec::new(),
    }
}
