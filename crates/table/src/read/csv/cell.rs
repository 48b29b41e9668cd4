//! What one cell of text can be read as.

use super::moment::days_of;
use crate::MICROS_PER_DAY;
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
        let trimmed = text.trim();
        let first = trimmed.bytes().next().unwrap_or(0);
        self.begins[usize::from(first)] && self.null_texts.iter().any(|word| word == trimmed)
    }

    pub(in crate::read) fn read<'a>(&self, text: &'a str) -> Cell<'a> {
        let trimmed = text.trim();
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

/// A whole number of up to 18 digits, written in the plainest way.
#[inline]
pub(super) fn plain_integer(text: &[u8]) -> Option<i64> {
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    if digits.is_empty() || 18 < digits.len() || (digits[0] == b'0' && 1 < digits.len()) {
        return None;
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if 9 < digit {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if is_negative { -value } else { value })
}

/// A number with a point whose digits fit in 53 bits: the quotient of two numbers that are exact, so rounded once, as
/// `str::parse` rounds it (Clinger 1990, "How to read floating point numbers accurately").
#[inline]
pub(super) fn plain_fraction(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    // Fifteen digits are less than 2^53.
    if digits.len() < 3 || 16 < digits.len() || (digits[0] == b'0' && digits[1] != b'.') {
        return None;
    }
    let (mut value, mut point) = (0u64, None);
    for (position, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() && 0 < position {
            point = Some(position);
        } else {
            return None;
        }
    }
    let n_decimals = digits.len() - 1 - point?;
    if n_decimals == 0 {
        return None;
    }
    let value = value as f64 / POWERS[n_decimals];
    Some(if is_negative { -value } else { value })
}

/// Two digits.
fn pair(text: &[u8], at: usize) -> Option<u32> {
    let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// `2024-01-31`.
#[inline]
pub(super) fn plain_day(text: &[u8]) -> Option<i32> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = pair(text, 0)? * 100 + pair(text, 2)?;
    days_of(year as i32, pair(text, 5)?, pair(text, 8)?)
}

/// `2024-01-31T10:00:00`, with a blank for the `T` and a `Z` behind it allowed.
#[inline]
pub(super) fn plain_time(text: &[u8]) -> Option<i64> {
    let text = match text {
        [text @ .., b'Z'] => text,
        text => text,
    };
    if text.len() != 19 || !matches!(text[10], b'T' | b' ') || text[13] != b':' || text[16] != b':' {
        return None;
    }
    let days = i64::from(plain_day(&text[..10])?);
    let (hour, minute, second) = (pair(text, 11)?, pair(text, 14)?, pair(text, 17)?);
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some(days * MICROS_PER_DAY + seconds * 1_000_000)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_way_gives_the_bits_of_the_long_way() {
        let mut draw = 12_345u64;
        let mut next = |n: u64| {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (draw >> 33) % n
        };
        for _ in 0..200_000 {
            let n_digits = 1 + next(8) as u32;
            let whole = next(10u64.pow(n_digits));
            let places = 1 + next(6) as usize;
            let text = format!("{whole}.{:0places$}", next(10u64.pow(places as u32)));
            let plain = plain_fraction(text.as_bytes());
            assert_eq!(
                plain.map(f64::to_bits),
                text.parse().ok().map(f64::to_bits),
                "{text}"
            );
        }
        for odd in [
            "1.",
            ".5",
            "1..2",
            "1e5",
            "-",
            "",
            "00.5",
            "1.5x",
            "123456789012345.67",
        ] {
            assert_eq!(plain_fraction(odd.as_bytes()), None, "{odd}");
        }
        assert_eq!(
            plain_fraction(b"-0.0").map(f64::to_bits),
            Some((-0.0f64).to_bits())
        );
        for odd in ["007", "-01", "+1", "1234567890123456789", "1x", "-"] {
            assert_eq!(plain_integer(odd.as_bytes()), None, "{odd}");
        }
    }

    #[test]
    fn the_plain_day_is_that_of_chrono() {
        for days in (-800_000..2_900_000).step_by(37) {
            let Some(date) = NaiveDate::from_num_days_from_ce_opt(719_163 + days) else {
                continue;
            };
            let text = date.format("%Y-%m-%d").to_string();
            if text.len() == 10 {
                assert_eq!(plain_day(text.as_bytes()), Some(days), "{text}");
            }
        }
        for odd in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "2024-1-001",
            "2024-01-32",
        ] {
            assert_eq!(plain_day(odd.as_bytes()), None, "{odd}");
        }
    }
}
