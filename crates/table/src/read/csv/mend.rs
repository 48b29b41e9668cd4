//! Records that are not as wide as their table, or hold a quote out of place: read again in every way that a slip of the
//! pen explains, and the way that fits the columns best is taken.

use super::{Cells, Fault, Mark, Separator, Tokenizer, looks::Form};
use crate::ComplaintKind;

/// How far a record that is mended may reach, in bytes.
const REACH_BYTES: usize = 64 * 1024;
/// The longest line that is tried with another separator, or with one more.
const MAX_LINE: usize = 8 * 1024;
/// The most quotes of a record that are each tried as letters.
const MAX_QUOTES: usize = 40;
/// The longest cell that is cut in two.
const MAX_SPLIT: usize = 160;

/// What a record became.
#[derive(Debug, PartialEq)]
pub(super) struct Mended {
    /// Where the next record begins.
    pub(super) next: usize,
    /// What was done, if anything was, and a word on it.
    pub(super) note: Option<(ComplaintKind, String)>,
}

/// One way to read a record.
struct Way {
    cells: Vec<String>,
    next: usize,
    what: ComplaintKind,
    score: f64,
}

/// The columns that a record is fitted to.
#[derive(Debug)]
pub(super) struct Mender<'f> {
    pub(super) width: usize,
    pub(super) forms: &'f [Form],
    /// Whether to try more than the plainest ways.
    pub(super) is_thorough: bool,
}

impl Mender<'_> {
    /// Mends the record at `at`, whose cells are in `cells` and behind which the next is at `next`.
    pub(super) fn mend<'t>(
        &self,
        tokenizer: &Tokenizer<'t>,
        at: usize,
        next: usize,
        cells: &mut Cells<'t>,
    ) -> Mended {
        let mut fixed = None;
        let mut next = next;
        if let Some(fault) = cells.fault {
            if let Some(way) = self.requoted(tokenizer, at, next, cells, fault) {
                cells.replace(&way.cells);
                next = way.next;
                fixed = Some(way.what);
            }
        }
        let found = |cells: &Cells<'_>| format!("{} cells, expected {}", cells.len(), self.width);
        if cells.len() == self.width {
            let line = || line_of(tokenizer, at).to_owned();
            return Mended {
                next,
                note: fixed.map(|what| (what, line())),
            };
        }
        let line = line_of(tokenizer, at);
        let way = match cells.len() < self.width {
            true => self.widened(tokenizer, line, cells),
            false => self.narrowed(tokenizer.dialect().separator, cells),
        };
        let note = match way {
            Some(way) => {
                cells.replace(&way.cells);
                (way.what, line.to_owned())
            }
            None if cells.len() < self.width => (ComplaintKind::ShortRow, found(cells)),
            None => {
                let extra: Vec<&str> = (self.width..cells.len())
                    .map(|position| cells.get(position))
                    .collect();
                let kind = match extra.iter().all(|cell| cell.trim().is_empty()) {
                    true => ComplaintKind::ExtraSeparator,
                    false => ComplaintKind::LongRow,
                };
                let found = format!("{}, dropped `{}`", found(cells), extra.join("`, `"));
                (kind, found)
            }
        };
        Mended {
            next,
            note: Some(note),
        }
    }

    /// How well cells fit the columns, each at most 1.
    fn score(&self, cells: &[String]) -> f64 {
        let fits = cells
            .iter()
            .zip(self.forms)
            .map(|(cell, form)| match cell.trim_matches('"') {
                bare if bare.len() < cell.len() => 0.9 * form.fit(bare),
                bare => form.fit(bare),
            });
        // A quote is left at the end of a cell that has none at its beginning.
        let ends_in_quote =
            |cell: &&String| cell.ends_with('"') && !cell.starts_with('"') && cell.matches('"').count() == 1;
        let n_torn = cells.iter().filter(ends_in_quote).count();
        fits.sum::<f64>() - 0.25 * n_torn as f64 - cells.len().saturating_sub(self.forms.len()) as f64
    }

    fn way(&self, cells: Vec<String>, next: usize, what: ComplaintKind) -> Way {
        let score = self.score(&cells);
        Way {
            cells,
            next,
            what,
            score,
        }
    }

    /// The record with its quotes understood in another way.
    fn requoted<'t>(
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
            ways.push(self.way(other.to_vec(), lenient_next, ComplaintKind::StrayQuote));
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

    /// A record with too few cells: two of them run together, or another separator between them.
    fn widened(&self, tokenizer: &Tokenizer<'_>, line: &str, cells: &Cells<'_>) -> Option<Way> {
        let mut padded = cells.to_vec();
        padded.resize(self.width, String::new());
        let plain = self.score(&padded);
        if !self.is_thorough || MAX_LINE < line.len() {
            return None;
        }
        let mut best: Option<Way> = None;
        let mut offer = |cells: Vec<String>, what: ComplaintKind| {
            let way = self.way(cells, 0, what);
            if plain + 0.3 < way.score && best.as_ref().is_none_or(|best| best.score < way.score) {
                best = Some(way);
            }
        };
        if self.width - cells.len() == 1 {
            for cut in self.cut_in_two(cells) {
                offer(cut, ComplaintKind::MissingSeparator);
            }
            for cut in self.cut_at_quotes(tokenizer, line) {
                offer(cut, ComplaintKind::MissingSeparator);
            }
        }
        {
            for separator in [",", ";", "\t", "|", " ", ":"] {
                let separator = Separator::of(separator)?;
                let text = String::from_utf8_lossy(separator.as_bytes()).into_owned();
                let is_enough = self.width <= line.matches(text.as_str()).count() + 1;
                if separator != tokenizer.dialect().separator && is_enough {
                    let other = self.with_separator(tokenizer, line, separator);
                    other
                        .into_iter()
                        .for_each(|cells| offer(cells, ComplaintKind::OtherSeparator));
                }
            }
        }
        best
    }

    /// Two quoted cells with nothing between them look like one with a doubled quote.
    fn cut_at_quotes(&self, tokenizer: &Tokenizer<'_>, line: &str) -> Vec<Vec<String>> {
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

    fn cut_in_two(&self, cells: &Cells<'_>) -> Vec<Vec<String>> {
        let mut ways = Vec::new();
        for position in 0..cells.len() {
            let cell = cells.get(position);
            if cells.is_quoted(position) || MAX_SPLIT < cell.len() {
                continue;
            }
            let cuts = cell.char_indices().map(|(at, _)| at).skip(1);
            // The longest first part that fits comes first.
            for at in cuts.collect::<Vec<_>>().into_iter().rev() {
                let mut way = cells.to_vec();
                way[position] = cell[..at].to_owned();
                way.insert(position + 1, cell[at..].to_owned());
                ways.push(way);
            }
        }
        ways
    }

    /// The line cut at another separator, neighbours joined again where there are too many.
    fn with_separator(
        &self,
        tokenizer: &Tokenizer<'_>,
        line: &str,
        separator: Separator,
    ) -> Vec<Vec<String>> {
        let mut dialect = tokenizer.dialect();
        dialect.separator = separator;
        let other = Tokenizer::new(line, dialect);
        let mut cells = Cells::new(line);
        other.record(0, &mut cells);
        match cells.len() {
            n if cells.fault.is_some() || n < self.width => Vec::new(),
            n if n == self.width => vec![cells.to_vec()],
            _ => self.joined(separator, &cells),
        }
    }

    /// Every way to join a run of neighbours so that the width is right.
    fn joined(&self, separator: Separator, cells: &Cells<'_>) -> Vec<Vec<String>> {
        let n_extra = cells.len() - self.width;
        let separator = String::from_utf8_lossy(separator.as_bytes()).into_owned();
        let all = cells.to_vec();
        (0..self.width)
            .map(|position| {
                let run = all[position..=position + n_extra].join(&separator);
                let mut way = all[..position].to_vec();
                way.push(run);
                way.extend_from_slice(&all[position + n_extra + 1..]);
                way
            })
            .collect()
    }

    /// A record with too many cells: empty ones that should not be there, or a cell cut in pieces.
    fn narrowed(&self, separator: Separator, cells: &Cells<'_>) -> Option<Way> {
        let n_extra = cells.len() - self.width;
        let all = cells.to_vec();
        let plain = self.score(&all[..self.width]);
        if self.width == 1 {
            // What separates nothing elsewhere separates nothing here.
            let joined = self.joined(separator, cells).pop()?;
            return Some(self.way(joined, 0, ComplaintKind::JoinedCells));
        }
        if !self.is_thorough || 16 < n_extra {
            return None;
        }
        let mut best: Option<Way> = None;
        for position in (0..=self.width).rev() {
            let run = &all[position..position + n_extra];
            if run.iter().all(|cell| cell.trim().is_empty()) {
                let mut way = all[..position].to_vec();
                way.extend_from_slice(&all[position + n_extra..]);
                let way = self.way(way, 0, ComplaintKind::ExtraSeparator);
                if best.as_ref().is_none_or(|best| best.score < way.score) {
                    best = Some(way);
                }
            }
        }
        let none_empty = best.is_none();
        for cells in self.joined(separator, cells) {
            let way = self.way(cells, 0, ComplaintKind::JoinedCells);
            let limit = best.as_ref().map_or(plain, |best| best.score) + 0.3;
            if limit < way.score {
                best = Some(way);
            }
        }
        best.filter(|best| !none_empty || plain + 0.3 < best.score)
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

/// The line that begins at `at`, without its end.
pub(super) fn line_of<'t>(tokenizer: &Tokenizer<'t>, at: usize) -> &'t str {
    let line = &tokenizer.text()[at..after_line(tokenizer, at)];
    line.trim_end_matches(['\n', '\r'])
}

pub(super) fn after_line(tokenizer: &Tokenizer<'_>, at: usize) -> usize {
    let text = tokenizer.text();
    let end = if tokenizer.dialect().ends_in_return {
        b'\r'
    } else {
        b'\n'
    };
    memchr::memchr(end, &text.as_bytes()[at..]).map_or(text.len(), |found| at + found + 1)
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
