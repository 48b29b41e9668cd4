//! Stretches of time that rows are put together by.

/// How long a stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks, from Monday.
    Week,
    /// Months of the calendar.
    Month,
}

impl TimeUnit {
    /// `hour`, `day` and so on.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TimeUnit::Second => "second",
            TimeUnit::Minute => "minute",
            TimeUnit::Hour => "hour",
            TimeUnit::Day => "day",
            TimeUnit::Week => "week",
            TimeUnit::Month => "month",
        }
    }

    /// The next longer one.
    pub(crate) fn longer(self) -> Option<TimeUnit> {
        match self {
            TimeUnit::Second => Some(TimeUnit::Minute),
            TimeUnit::Minute => Some(TimeUnit::Hour),
            TimeUnit::Hour => Some(TimeUnit::Day),
            TimeUnit::Day => Some(TimeUnit::Week),
            TimeUnit::Week => Some(TimeUnit::Month),
            TimeUnit::Month => None,
        }
    }

    /// The number of the stretch that a point in time, in days since 1970-01-01, lies in.
    pub(crate) fn number(self, days: f64) -> i64 {
        // to the nearest microsecond, so that what begins a stretch is not rounded into the one before
        let of_day = |parts: f64| (days * parts + 1e-6 * parts / 86_400.0).floor() as i64;
        match self {
            TimeUnit::Second => of_day(86_400.0),
            TimeUnit::Minute => of_day(1440.0),
            TimeUnit::Hour => of_day(24.0),
            TimeUnit::Day => of_day(1.0),
            // 1970-01-01 was a Thursday
            TimeUnit::Week => (of_day(1.0) + 3).div_euclid(7),
            TimeUnit::Month => month_of(of_day(1.0)),
        }
    }

    /// When the stretch of this number begins, in days since 1970-01-01.
    pub(crate) fn start(self, number: i64) -> f64 {
        match self {
            TimeUnit::Second => number as f64 / 86_400.0,
            TimeUnit::Minute => number as f64 / 1440.0,
            TimeUnit::Hour => number as f64 / 24.0,
            TimeUnit::Day => number as f64,
            TimeUnit::Week => (number * 7 - 3) as f64,
            TimeUnit::Month => first_of(number) as f64,
        }
    }
}

/// Months since January of the year 0.
///
/// # Reference
/// H. Hinnant (2013), chrono-compatible low-level date algorithms, `civil_from_days` and `days_from_civil`.
fn month_of(day: i64) -> i64 {
    let shifted = day.clamp(-(1 << 40), 1 << 40) + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    // March is the first month of these years
    let from_march = (5 * day_of_year + 2) / 153;
    12 * (era * 400 + year) + from_march + 2
}

fn first_of(month: i64) -> i64 {
    let from_march = month - 2;
    let (year, month) = (from_march.div_euclid(12), from_march.rem_euclid(12));
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_begin_where_they_say() {
        let units = [
            TimeUnit::Second,
            TimeUnit::Minute,
            TimeUnit::Hour,
            TimeUnit::Day,
            TimeUnit::Week,
            TimeUnit::Month,
        ];
        for unit in units {
            for days in [-7_190.3, -1.0, 0.0, 0.999_99, 11_016.0, 19_782.25, 40_000.125] {
                let number = unit.number(days);
                assert!(
                    unit.start(number) <= days + 1e-9 && days < unit.start(number + 1),
                    "{unit:?} {days}"
                );
                assert_eq!(unit.number(unit.start(number)), number, "{unit:?} {days}");
            }
        }
        // 2024-02-29, a Thursday
        assert_eq!(TimeUnit::Month.start(TimeUnit::Month.number(19_782.5)), 19_754.0);
        assert_eq!(TimeUnit::Week.start(TimeUnit::Week.number(19_782.5)), 19_779.0);
    }
}
