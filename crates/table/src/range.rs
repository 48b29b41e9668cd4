//! Ranges of a column's values in words, the same on every page and in every answer.

use arrow::temporal_conversions::date32_to_datetime;

/// What a column's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Numbers with fractions.
    Number,
    /// Numbers without.
    Whole,
    /// Whole days since 1970-01-01.
    Day,
    /// Days since 1970-01-01 with fractions, and days that begin a range instead of ending it.
    Time,
}

/// Whole numbers beyond this one are told by round numbers.
const ROUND: f64 = 1_000.0;

impl Scale {
    /// A range in words that follow `is`: `up to 9`, `10 to 29`, `above 55`, `before 1 Jul 2022`. None at an end is no end.
    ///
    /// Ranges of numbers and days hold their high end and not their low one; those of times the other way round.
    ///
    /// ```
    /// use table::Scale;
    /// assert_eq!(Scale::Whole.range(Some(9.0), Some(29.0)), "10 to 29");
    /// assert_eq!(Scale::Number.range(Some(-2.5), Some(1_000.0)), "−2.5 to 1,000");
    /// assert_eq!(Scale::Time.range(None, Some(19_174.0)), "before 1 Jul 2022");
    /// ```
    pub fn range(self, low: Option<f64>, high: Option<f64>) -> String {
        let is_whole = matches!(self, Scale::Whole | Scale::Day);
        let [low, high] = [low, high].map(|end| end.map(|end| if is_whole { end.floor() } else { end }));
        let begins = low.map(|low| if is_whole { low + 1.0 } else { low });
        match (self, begins, high) {
            (_, None, None) => "any".to_owned(),
            (Scale::Time, None, Some(high)) => format!("before {}", self.value(high)),
            (_, None, Some(high)) => format!("up to {}", self.value(high)),
            (Scale::Day | Scale::Time, Some(low), None) => format!("{} or later", self.value(low)),
            (_, Some(_), None) => format!("above {}", self.value(low.unwrap_or_default())),
            (Scale::Time, Some(low), Some(high)) => {
                format!("from {} to before {}", self.value(low), self.value(high))
            }
            (Scale::Whole | Scale::Day, Some(low), Some(high)) if high <= low => self.value(high),
            // Next to a round number, the one after it reads like an oversight.
            (Scale::Whole, Some(first), Some(high)) if ROUND < first.abs() => {
                format!("above {} up to {}", self.value(first - 1.0), self.value(high))
            }
            (_, Some(low), Some(high)) => format!("{} to {}", self.value(low), self.value(high)),
        }
    }

    /// One value: a number with its thousands apart, or a day, with the time of day where it has one.
    pub fn value(self, value: f64) -> String {
        match self {
            Scale::Number | Scale::Whole => grouped(value),
            Scale::Day | Scale::Time => day(value),
        }
    }
}

fn day(days: f64) -> String {
    // Beyond the calendar a number must do.
    let whole = days.floor();
    let date = (whole.abs() < f64::from(i32::MAX))
        .then(|| date32_to_datetime(whole as i32))
        .flatten();
    let Some(date) = date else {
        return format!("day {}", grouped(days));
    };
    let minutes = ((days - whole) * 1_440.0).round() as i64;
    match minutes {
        0 => date.format("%-d %b %Y").to_string(),
        _ => format!(
            "{} {:02}:{:02}",
            date.format("%-d %b %Y"),
            minutes / 60,
            minutes % 60
        ),
    }
}

/// A count with its thousands apart: `1,017,209`.
#[must_use]
pub fn count_text(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if 0 < position && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number as it is, with thousands apart and a true minus sign; very large and small ones by their power of ten.
fn grouped(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e15).contains(&size) {
        return format!("{value:e}").replace('-', "−");
    }
    let text = size.to_string();
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let sign = if value < 0.0 { "−" } else { "" };
    // sizes below 10^15 are whole numbers of 64 bits
    format!("{sign}{}{fraction}", count_text(whole.parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_say_which_values_they_hold() {
        assert_eq!(Scale::Whole.range(Some(0.0), Some(1.0)), "1");
        assert_eq!(Scale::Whole.range(Some(0.5), Some(2.5)), "1 to 2");
        assert_eq!(Scale::Whole.range(Some(55.0), None), "above 55");
        assert_eq!(
            Scale::Whole.range(Some(20_000.0), Some(35_000.0)),
            "above 20,000 up to 35,000"
        );
        assert_eq!(Scale::Number.range(None, Some(72_800_000.0)), "up to 72,800,000");
        assert_eq!(Scale::Day.range(Some(19_173.0), None), "1 Jul 2022 or later");
        assert_eq!(Scale::Day.range(Some(19_173.0), Some(19_174.0)), "1 Jul 2022");
        assert_eq!(
            Scale::Time.range(Some(19_174.25), Some(19_175.0)),
            "from 1 Jul 2022 06:00 to before 2 Jul 2022"
        );
    }

    #[test]
    fn values_beyond_the_usual_are_still_told() {
        for value in [f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, 1e-300, -0.0] {
            assert!(!Scale::Time.value(value).is_empty() && !Scale::Number.value(value).is_empty());
        }
        assert_eq!(Scale::Number.value(-1_234.5), "−1,234.5");
        assert_eq!(Scale::Number.value(1e20), "1e20");
    }
}
