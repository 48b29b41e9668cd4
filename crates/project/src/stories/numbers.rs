//! Numbers as they are read in two issues, and by how much they differ.
//!
//! Differences are of the numbers as they are written, digit by digit: 42.7% and 43.1% are 0.4 points apart, whatever
//! stood behind their last digit.

use regex::Regex;
use std::sync::LazyLock;

/// A number as stories write it: sign, digits with their thousands apart, `k`, `m` or `bn`, per cent or points.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([−+-]?)(\d[\d,]*)(?:\.(\d+))?(bn|m|k)?(%| pts| points)?(?: (?:\(|/|rows\b).*)?$")
        .expect("the pattern is a constant")
});
/// Decimals from which a difference of written numbers says nothing.
const MOST_PLACES: u32 = 12;

/// A number as it was written: `digits / 10^places`, in `unit`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    digits: i128,
    places: u32,
    scale: String,
    unit: String,
}

impl Written {
    /// The number at the beginning of `text`, where nothing but an interval or other words follow it.
    fn of(text: &str) -> Option<Written> {
        let parts = NUMBER.captures(text.trim())?;
        let part = |group: usize| parts.get(group).map_or("", |found| found.as_str());
        let fraction = part(3);
        let places = u32::try_from(fraction.len())
            .ok()
            .filter(|places| *places <= MOST_PLACES)?;
        let whole: String = part(2).chars().filter(char::is_ascii_digit).collect();
        let size: i128 = format!("{whole}{fraction}").parse().ok()?;
        Some(Written {
            digits: if matches!(part(1), "−" | "-") {
                -size
            } else {
                size
            },
            places,
            scale: part(4).to_owned(),
            unit: part(5).trim().to_owned(),
        })
    }

    fn value(&self) -> f64 {
        let factor = match self.scale.as_str() {
            "k" => 1e3,
            "m" => 1e6,
            "bn" => 1e9,
            _ => 1.0,
        };
        self.digits as f64 / 10_u64.pow(self.places) as f64 * factor
    }

    fn at(&self, places: u32) -> Option<i128> {
        self.digits
            .checked_mul(10_i128.checked_pow(places.checked_sub(self.places)?)?)
    }
}

/// By how much the number that `after` begins with differs from that of `before`, as it is to be read; none where one
/// of them is no number, or they are of different units.
pub(super) fn change(before: &str, after: &str) -> Option<String> {
    let (before, after) = (Written::of(before)?, Written::of(after)?);
    if before.unit != after.unit {
        return None;
    }
    let difference = match before.scale == after.scale {
        true => as_written(&before, &after)?,
        false => report::Format::Signed.value(after.value() - before.value()),
    };
    let unit = match before.unit.as_str() {
        "%" | "pts" | "points" => " points",
        _ => "",
    };
    let relative = match (unit.is_empty(), before.digits) {
        (true, 1..) => format!(
            " ({})",
            report::Format::Change.value(after.value() / before.value() - 1.0)
        ),
        _ => String::new(),
    };
    Some(format!("{difference}{unit}{relative}"))
}

/// The difference digit by digit, with as many decimals as the finer of both.
fn as_written(before: &Written, after: &Written) -> Option<String> {
    let places = before.places.max(after.places);
    let difference = after.at(places)?.checked_sub(before.at(places)?)?;
    let sign = match difference {
        0 => "±",
        1.. => "+",
        _ => "−",
    };
    let size = difference.unsigned_abs();
    let unit = 10_u128.checked_pow(places)?;
    let (whole, fraction) = (u64::try_from(size / unit).ok()?, size % unit);
    let whole = report::format_count(whole);
    let scale = &before.scale;
    Some(match places {
        0 => format!("{sign}{whole}{scale}"),
        places => format!("{sign}{whole}.{fraction:0width$}{scale}", width = places as usize),
    })
}

/// Whether the number that `after` begins with lies outside of the interval in brackets of `before`, as in
/// `84.9% (83.9% to 85.8%)`; none where one of them has none.
pub(super) fn is_outside(before: &str, after: &str) -> Option<bool> {
    let (_, interval) = before.split_once('(')?;
    let (low, high) = interval.split_once(')')?.0.split_once(" to ")?;
    let value = Written::of(after)?.value();
    let (low, high) = (Written::of(low)?.value(), Written::of(high)?.value());
    Some(value < low || high < value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_the_digits_that_were_written() {
        for (before, after, expected) in [
            ("42.7%", "43.1%", Some("+0.4 points")),
            (
                "84.9% (83.9% to 85.8%)",
                "84.5% (83.5% to 85.4%)",
                Some("−0.4 points"),
            ),
            (
                "+50.1 points (+46.7 to +53.4)",
                "+49.9 points (+46.0 to +53.0)",
                Some("−0.2 points"),
            ),
            ("7,043 rows", "8,043 rows", Some("+1,000 (+14.2%)")),
            ("7,043 / 0", "7,053 / 0", Some("+10 (+0.14%)")),
            ("1.74m", "3.15m", Some("+1.41m (+81.0%)")),
            ("999k", "1.1m", Some("+101,000 (+10.1%)")),
            ("−13.2 (−14.6 to −11.8)", "−12 (−13 to −11)", Some("+1.2")),
            ("0.41", "0.41", Some("±0.00 (0%)")),
            ("42%", "42", None),
            ("boost", "linear", None),
            ("12.3.4", "12.3.5", None),
            ("3 Mar 2024", "4 Mar 2024", None),
        ] {
            assert_eq!(change(before, after).as_deref(), expected, "{before} {after}");
        }
    }

    #[test]
    fn what_left_its_interval_is_seen() {
        let before = "84.9% (83.9% to 85.8%)";
        assert_eq!(is_outside(before, "85.8% (85.0% to 86.2%)"), Some(false));
        assert_eq!(is_outside(before, "86.0% (85.0% to 87.2%)"), Some(true));
        assert_eq!(is_outside("7,043 rows", "1"), None);
        assert_eq!(
            is_outside("−13.2 (−14.6 to −11.8)", "−11.7 (−13 to −11)"),
            Some(true)
        );
    }
}
