//! Lines: for people, and as objects of JSON. What callers sent can end no line and begin none.

use super::settings::LineFormat;
use serde_json::Value;
use std::fmt::Write;

/// What a line holds besides its beginning, in order.
pub(super) type Fields = Vec<(&'static str, Value)>;

/// A line with its end.
///
/// As text: the time, then `begin` as it is, then `name=value`. As JSON: `time`, then the fields alone.
pub(super) fn line(
    format: LineFormat,
    time_micros: i64,
    begin: &str,
    fields: &[(&'static str, Value)],
) -> String {
    match format {
        LineFormat::Json => json(time_micros, fields),
        LineFormat::Text => text(time_micros, begin, fields),
    }
}

fn json(time_micros: i64, fields: &[(&'static str, Value)]) -> String {
    let mut line = format!("{{\"time\":\"{}\"", rfc3339(time_micros));
    for (name, value) in fields {
        // Writing to a string cannot fail, and names of fields are plain words.
        let _ = write!(line, ",\"{name}\":{value}");
    }
    line.push_str("}\n");
    line
}

fn text(time_micros: i64, begin: &str, fields: &[(&'static str, Value)]) -> String {
    let mut line = format!("{} {begin}", rfc3339(time_micros));
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let _ = match value {
            Value::String(word) if is_plain(word) => write!(line, " {name}={word}"),
            value => write!(line, " {name}={value}"),
        };
    }
    line.push('\n');
    line
}

/// Whether a word needs no quotes: nothing in it ends a line, moves a cursor or looks like two words.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
    !word.is_empty() && word.chars().all(plain)
}

/// An instant as RFC 3339 has it, in UTC, to the microsecond. Years below 0 and above 9999 are those.
pub(super) fn rfc3339(micros: i64) -> String {
    const DAY: i64 = 86_400_000_000;
    let (year, month, day) = civil(micros.div_euclid(DAY));
    let within = micros.rem_euclid(DAY);
    let (seconds, fraction) = (within / 1_000_000, within % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z",
        year.clamp(0, 9999)
    )
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// H. Hinnant (2013), chrono-compatible low-level date algorithms, `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn instants_are_those_of_the_calendar() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_700_000_000_123_456, "2023-11-14T22:13:20.123456Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(rfc3339(micros), text);
        }
    }

    #[test]
    fn a_callers_words_end_no_line() {
        let forged = "a\n2026-01-01T00:00:00Z info forged\u{1b}[2J";
        let fields = [("request", json!(forged)), ("n", json!(3)), ("none", json!(null))];
        let text = line(LineFormat::Text, 0, "info x", &fields);
        assert_eq!(text.matches('\n').count(), 1);
        assert!(!text.contains('\u{1b}') && text.ends_with(" n=3\n"), "{text}");
        let object = line(LineFormat::Json, 0, "info x", &fields);
        assert_eq!(object.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&object).unwrap_or_default();
        assert_eq!(read["request"], json!(forged));
        assert_eq!(read["none"], Value::Null);
    }
}
