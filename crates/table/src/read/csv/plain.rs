//! Numbers, days and times in their plainest form, read fast.

use super::moment::days_of;
use crate::MICROS_PER_DAY;

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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

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
