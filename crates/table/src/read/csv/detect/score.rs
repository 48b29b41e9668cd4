//! How well a dialect explains a text.

use crate::read::csv::looks::{Look, look};
use crate::read::csv::{Cells, Dialect, Fault, Mark, Tokenizer};
use std::collections::BTreeMap;

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

pub(super) fn score(sample: &str, dialect: Dialect, is_whole: bool) -> f64 {
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
