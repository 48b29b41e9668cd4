//! Days and times as people write them.

use crate::MICROS_PER_DAY;

/// In which order a day's three numbers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOrder {
    /// 31/12/2024.
    DayMonthYear,
    /// 12/31/2024.
    MonthDayYear,
    /// 2024/12/31.
    YearMonthDay,
}

impl DayOrder {
    /// Every order.
    pub const ALL: [DayOrder; 3] = [
        DayOrder::YearMonthDay,
        DayOrder::DayMonthYear,
        DayOrder::MonthDayYear,
    ];

    /// Its name in project files and guesses.
    pub fn name(self) -> &'static str {
        match self {
            DayOrder::DayMonthYear => "day-month-year",
            DayOrder::MonthDayYear => "month-day-year",
            DayOrder::YearMonthDay => "year-month-day",
        }
    }

    /// The order called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<DayOrder> {
        DayOrder::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// A day in three parts and a time of day, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Written {
    /// The numbers with how many digits each had; a month's name is its number with no digits.
    parts: [(u32, usize); 3],
    /// Microseconds since midnight, less the zone's offset; `None` without a time.
    time: Option<i64>,
}

impl Written {
    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// Microseconds since 1970-01-01 UTC if this is a day in that order.
    pub(super) fn micros(&self, order: DayOrder) -> Option<i64> {
        let days = i64::from(self.days(order)?);
        Some(days * MICROS_PER_DAY + self.time.unwrap_or(0))
    }

    /// Days since 1970-01-01.
    pub(super) fn days(&self, order: DayOrder) -> Option<i32> {
        let [a, b, c] = self.parts;
        let named = self.parts.iter().position(|(_, digits)| *digits == 0);
        let (year, month, day) = match (order, named) {
            // A month's name leaves no doubt where it stands.
            (_, Some(1)) if a.1 == 4 => (a, b, c),
            (_, Some(1)) => (c, b, a),
            (_, Some(0)) => (c, a, b),
            (_, Some(_)) => return None,
            (DayOrder::YearMonthDay, None) => (a, b, c),
            (_, None) if a.1 == 4 => (a, b, c),
            (DayOrder::DayMonthYear, None) => (c, b, a),
            (DayOrder::MonthDayYear, None) => (c, a, b),
        };
        let year = match year.1 {
            4 => year.0,
            2 => year.0 + if year.0 < 69 { 2000 } else { 1900 },
            _ => return None,
        };
        if 2 < month.1 || 2 < day.1 {
            return None;
        }
        days_of(year as i32, month.0, day.0)
    }
}

/// Days since 1970-01-01 of a day of the Gregorian calendar, if it exists.
pub(super) fn days_of(year: i32, month: u32, day: u32) -> Option<i32> {
    const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = *LENGTHS.get((month as usize).checked_sub(1)?)? + u32::from(is_leap && month == 2);
    if day == 0 || length < day {
        return None;
    }
    // Years from March, so that the leap day is the last of its year; 719,468 days lie before 1970.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_of_year = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_of_year + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The number of the month that an English name or its first three letters mean.
pub(super) fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = word.trim_end_matches('.').to_ascii_lowercase();
    let is_meant =
        |month: &str| month == lower || lower == month[..3] || (lower == "sept" && month == "september");
    let position = MONTHS.iter().position(|month| is_meant(month))?;
    Some(position as u32 + 1)
}

/// Reads a day with or without a time; which number is what is left open.
pub(super) fn written(text: &str) -> Option<Written> {
    let text = text.trim();
    if text.len() < 6 || 48 < text.len() || !text.is_ascii() {
        return None;
    }
    let mut reader = Reader {
        rest: without_weekday(text),
    };
    let parts = reader.day()?;
    reader.skip(b" T,");
    let time = match reader.rest {
        "" => None,
        _ => Some(reader.time()?),
    };
    Some(Written { parts, time })
}

fn without_weekday(text: &str) -> &str {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0);
    let is_day = 3 <= end && DAYS.iter().any(|day| text[..3].eq_ignore_ascii_case(day));
    match is_day {
        true => text[end..].trim_start_matches([',', ' ', '.']),
        false => text,
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !fits(byte));
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn skip(&mut self, marks: &[u8]) -> &'a str {
        self.take(|byte| marks.contains(&byte))
    }

    /// A number of at most `max_digits`, or a month's name.
    fn part(&mut self, max_digits: usize) -> Option<(u32, usize)> {
        let digits = self.take(|byte| byte.is_ascii_digit());
        if !digits.is_empty() {
            let number = (digits.len() <= max_digits).then(|| digits.parse().ok())??;
            return Some((number, digits.len()));
        }
        let word = self.take(|byte| byte.is_ascii_alphabetic());
        Some((month_of(word)?, 0))
    }

    fn day(&mut self) -> Option<[(u32, usize); 3]> {
        let first = self.part(4)?;
        let mark = self.skip(b"-/. ,");
        let second = self.part(2)?;
        let other = self.skip(b"-/. ,");
        let third = self.part(4)?;
        let has_name = [first, second, third].iter().filter(|part| part.1 == 0).count();
        let is_one_mark = matches!(mark, "-" | "/" | ".") && mark == other;
        let is_free = has_name == 1 && !mark.is_empty() && !other.is_empty();
        (is_free || (has_name == 0 && is_one_mark)).then_some([first, second, third])
    }

    /// Microseconds since midnight UTC.
    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.colon()?;
        let minute = self.number(2)?;
        let (second, micros) = match self.colon() {
            Some(()) => (self.number(2)?, self.fraction()),
            None => (0, 0),
        };
        self.skip(b" ");
        let hour = self.half_day(hour)?;
        self.skip(b" ");
        let offset = self.zone()?;
        let is_time = hour < 24 && minute < 60 && second < 60 && self.rest.is_empty();
        let seconds = i64::from(hour * 3600 + minute * 60 + second) - offset;
        is_time.then_some(seconds * 1_000_000 + micros)
    }

    fn number(&mut self, max_digits: usize) -> Option<u32> {
        self.part(max_digits).filter(|part| 0 < part.1).map(|part| part.0)
    }

    fn colon(&mut self) -> Option<()> {
        self.rest = self.rest.strip_prefix(':')?;
        Some(())
    }

    fn fraction(&mut self) -> i64 {
        match self.rest.strip_prefix(['.', ',']) {
            Some(rest) => self.rest = rest,
            None => return 0,
        }
        let digits = self.take(|byte| byte.is_ascii_digit());
        let six = digits.bytes().chain(std::iter::repeat(b'0')).take(6);
        six.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'))
    }

    fn half_day(&mut self, hour: u32) -> Option<u32> {
        let half = self.rest.get(..2).map(str::to_ascii_lowercase);
        let after = match half.as_deref() {
            Some("am") => 0,
            Some("pm") => 12,
            _ => return Some(hour),
        };
        self.rest = &self.rest[2..];
        (1..=12).contains(&hour).then_some(hour % 12 + after)
    }

    /// Seconds east of Greenwich; 0 without a zone.
    fn zone(&mut self) -> Option<i64> {
        let zones = ["Z", "UTC", "GMT"];
        if self.rest.is_empty() || zones.iter().any(|zone| self.rest.eq_ignore_ascii_case(zone)) {
            self.rest = "";
            return Some(0);
        }
        let sign = match self.rest.as_bytes()[0] {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let digits: String = self.rest[1..].chars().filter(|c| *c != ':').collect();
        let is_offset = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: i64 = is_offset.then(|| digits.parse().ok())??;
        let (hours, minutes) = if digits.len() == 2 {
            (number, 0)
        } else {
            (number / 100, number % 100)
        };
        self.rest = "";
        (hours < 15 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Seconds since 1970 as `datetime.timestamp()` of Python 3.11 gives them.
    #[test]
    fn days_and_times_are_read_as_python_reads_them() {
        let cases = [
            ("31/12/2012", DayOrder::DayMonthYear, 1_356_912_000),
            ("5/19/2006 0:00:00", DayOrder::MonthDayYear, 1_147_996_800),
            ("19-May-2006 13:45", DayOrder::DayMonthYear, 1_148_046_300),
            ("May 19, 2006 1:45 PM", DayOrder::DayMonthYear, 1_148_046_300),
            (
                "Fri, 19 May 2006 13:45:00 +0200",
                DayOrder::DayMonthYear,
                1_148_039_100,
            ),
            ("2006.05.19", DayOrder::YearMonthDay, 1_147_996_800),
            ("1/2/99", DayOrder::DayMonthYear, 917_827_200),
            ("2024-02-29T12:00:00-05:00", DayOrder::DayMonthYear, 1_709_226_000),
        ];
        for (text, order, seconds) in cases {
            let micros = written(text).unwrap().micros(order);
            assert_eq!(micros, Some(seconds * 1_000_000), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in ["31/13/2012", "30/02/2020", "29/02/2019", "00/01/2020"] {
            assert_eq!(
                written(text).unwrap().micros(DayOrder::DayMonthYear),
                None,
                "{text}"
            );
        }
        for text in [
            "1.2",
            "192.168.1.1",
            "1/2",
            "12-345-6789",
            "10:00",
            "1/2-2020",
            "Jan 2020",
            "1/2/2020 25",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
