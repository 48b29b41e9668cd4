//! The dialects that are worth a try.

use crate::read::Options;
use crate::read::csv::{Cells, Dialect, Fault, Mark, Separator, Tokenizer};

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

pub(super) fn candidates(
    sample: &str,
    base: Dialect,
    separator: Option<Separator>,
    options: &Options,
) -> Vec<(f64, Dialect)> {
    let separators: Vec<(f64, Separator)> = match separator {
        Some(separator) => vec![(1.0, separator)],
        None => SEPARATORS
            .iter()
            .filter(|(text, _)| sample.contains(text) && !is_always_doubled(sample, text))
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

/// Whether a separator of one character never stands alone.
fn is_always_doubled(sample: &str, text: &str) -> bool {
    let doubled = sample.matches(&text.repeat(2)).count();
    matches!(text, "|" | "\t" | ":") && sample.matches(text).count() == doubled * 2
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
