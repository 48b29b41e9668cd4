//! What one cell of text can be read as.

use super::plain::{plain_day, plain_fraction, plain_integer, plain_time};
use chrono::{NaiveDate, NaiveDateTime};

/// A cell, classified.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::read) enum Cell<'a> {
    /// No character at all.
    Empty,
    /// Only blanks.
    Blank,
    /// A word that means missing where the column is not text.
    NullWord,
    Boolean(bool),
    /// A whole number; it can also be read as a number.
    Integer(i64),
    Number(f64),
    /// A whole number of more digits than a number holds, rounded: an identifier, unless its column holds numbers.
    Long(f64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
    Text(&'a str),
}

/// Reads cells; knows the words for null.
#[derive(Clone, Debug)]
pub(in crate::read) struct CellReader<'w> {
    null_words: &'w [String],
    /// Words that mean missing in columns of text, too.
    null_texts: &'w [String],
    /// Which bytes a word of either list begins with.
    begins: [bool; 256],
}

impl<'w> CellReader<'w> {
    pub(in crate::read) fn new(null_words: &'w [String]) -> CellReader<'w> {
        CellReader::with_texts(null_words, &[])
    }

    pub(super) fn with_texts(null_words: &'w [String], null_texts: &'w [String]) -> CellReader<'w> {
        let mut begins = [false; 256];
        for word in null_words.iter().chain(null_texts) {
            begins[usize::from(word.bytes().next().unwrap_or(0))] = true;
        }
        CellReader {
            null_words,
            null_texts,
            begins,
        }
    }

    pub(super) fn is_null_word(&self, trimmed: &str) -> bool {
        let first = trimmed.bytes().next().unwrap_or(0);
        self.begins[usize::from(first)] && self.null_words.iter().any(|word| word == trimmed)
    }

    /// Whether a text means missing in a column of text.
    pub(super) fn is_null_text(&self, text: &str) -> bool {
        if self.null_texts.is_empty() {
            return false;
        }
        let trimmed = trimmed(text);
        let first = trimmed.bytes().next().unwrap_or(0);
        self.begins[usize::from(first)] && self.null_texts.iter().any(|word| word == trimmed)
    }

    pub(in crate::read) fn read<'a>(&self, text: &'a str) -> Cell<'a> {
        let trimmed = trimmed(text);
        if text.is_empty() {
            return Cell::Empty;
        }
        if trimmed.is_empty() {
            return Cell::Blank;
        }
        match trimmed.as_bytes()[0] {
            b'0'..=b'9' | b'+' | b'-' | b'.' => numeric(trimmed)
                .or_else(|| date_or_time(trimmed))
                .unwrap_or_else(|| self.word(trimmed, text)),
            b't' | b'T' if trimmed.eq_ignore_ascii_case("true") => Cell::Boolean(true),
            b'f' | b'F' if trimmed.eq_ignore_ascii_case("false") => Cell::Boolean(false),
            _ => self.word(trimmed, text),
        }
    }

    fn word<'a>(&self, trimmed: &str, text: &'a str) -> Cell<'a> {
        if self.is_null_word(trimmed) {
            Cell::NullWord
        } else {
            Cell::Text(text)
        }
    }
}

/// A text without blanks around it; most have none, which two bytes tell.
pub(super) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Numbers as people and programs write them; `007` is an identifier and stays text.
fn numeric(text: &str) -> Option<Cell<'static>> {
    if let Some(integer) = plain_integer(text.as_bytes()) {
        return Some(Cell::Integer(integer));
    }
    if let Some(number) = plain_fraction(text.as_bytes()) {
        return Some(Cell::Number(number));
    }
    let digits = text.trim_start_matches(['+', '-']);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    if leading_zero || text.len() - digits.len() > 1 {
        return None;
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Some(Cell::Integer(integer));
    }
    // `inf` and `nan` begin with a letter and do not come here, but `-inf` and `1e999` do.
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    let loses_digits = is_whole && value.abs().to_string() != digits;
    Some(if loses_digits {
        Cell::Long(value)
    } else {
        Cell::Number(value)
    })
}

/// ISO 8601 days and times; a time without a zone is taken as UTC.
fn date_or_time(text: &str) -> Option<Cell<'static>> {
    let shape = text.len() >= 10
        && text.as_bytes()[4] == text.as_bytes()[7]
        && matches!(text.as_bytes()[4], b'-' | b'/');
    if !shape || !text.is_ascii() {
        return None;
    }
    if let Some(days) = plain_day(text.as_bytes()) {
        return Some(Cell::Date(days));
    }
    if let Some(micros) = plain_time(text.as_bytes()) {
        return Some(Cell::Time(micros));
    }
    let iso = text.replace('/', "-");
    if iso.len() == 10 {
        let date = NaiveDate::parse_from_str(&iso, "%Y-%m-%d").ok()?;
        return Some(Cell::Date(days_since_epoch(date)));
    }
    if let Ok(instant) = chrono::DateTime::parse_from_rfc3339(&iso.replacen(' ', "T", 1)) {
        return Some(Cell::Time(instant.timestamp_micros()));
    }
    let formats = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
    ];
    let time = formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&iso, format).ok())?;
    Some(Cell::Time(time.and_utc().timestamp_micros()))
}

fn days_since_epoch(date: NaiveDate) -> i32 {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("1970-01-01 is a day");
    date.signed_duration_since(epoch).num_days() as i32
}

/// The instant that an ISO 8601 day or time names, in microseconds since 1970-01-01 UTC.
pub fn instant_of(text: &str) -> Option<i64> {
    match date_or_time(text.trim())? {
        Cell::Date(days) => Some(i64::from(days) * crate::MICROS_PER_DAY),
        Cell::Time(micros) => Some(micros),
        _ => None,
    }
}
