//! Records with cells too few or too many.

use super::{MAX_LINE, Mender, Way};
use crate::ComplaintKind;
use crate::read::csv::looks::Form;
use crate::read::csv::{Cells, Mark, Separator, Tokenizer};

/// The longest cell that is cut in two.
const MAX_SPLIT: usize = 160;

impl Mender<'_> {
    /// A record with too few cells: two of them run together, or another separator between them.
    pub(super) fn widened(&self, tokenizer: &Tokenizer<'_>, line: &str, cells: &Cells<'_>) -> Option<Way> {
        let mut padded = cells.to_vec();
        padded.resize(self.width, String::new());
        // Of columns that nothing is known of, as above a header, only the cells that are there count.
        let is_known = self.forms.iter().any(Form::is_known);
        let plain = if is_known {
            self.score(&padded)
        } else {
            self.score(&cells.to_vec())
        };
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
        for text in [",", ";", "\t", "|", " ", ":"] {
            let separator = Separator::of(text)?;
            let is_enough = self.width <= line.matches(text).count() + 1;
            if separator != tokenizer.dialect().separator && is_enough {
                let other = self.with_separator(tokenizer, line, separator).into_iter();
                other.for_each(|cells| offer(cells, ComplaintKind::OtherSeparator));
            }
        }
        best
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
    pub(super) fn narrowed(&self, tokenizer: &Tokenizer<'_>, line: &str, cells: &Cells<'_>) -> Option<Way> {
        let separator = tokenizer.dialect().separator;
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
        if let Some(way) = self.with_other_quote(tokenizer, line).filter(|_| none_empty) {
            return Some(way);
        }
        for cells in self.joined(separator, cells) {
            let way = self.way(cells, 0, ComplaintKind::JoinedCells);
            let limit = best.as_ref().map_or(plain, |best| best.score) + 0.3;
            if limit < way.score {
                best = Some(way);
            }
        }
        best.filter(|best| !none_empty || plain + 0.3 < best.score)
    }

    /// The line with its cells quoted by the other of the two usual quotes.
    fn with_other_quote(&self, tokenizer: &Tokenizer<'_>, line: &str) -> Option<Way> {
        let mut dialect = tokenizer.dialect();
        dialect.quote = match dialect.quote {
            Mark::Byte(b'"') => Mark::Byte(b'\''),
            _ => Mark::Byte(b'"'),
        };
        let mut other = Tokenizer::new(line, dialect);
        other.is_lenient = true;
        let mut cells = Cells::new(line);
        other.record(0, &mut cells);
        let has_quotes = (0..cells.len()).any(|position| cells.is_quoted(position));
        let is_sound = cells.fault.is_none() && has_quotes && cells.len() == self.width;
        is_sound.then(|| self.way(cells.to_vec(), 0, ComplaintKind::StrayQuote))
    }
}
