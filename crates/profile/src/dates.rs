//! Dates and times described: from when to when, with which gaps, and whether weekdays and months differ.

use crate::pass::Days;
use stats::test::goodness_of_fit;
use table::Kind;

/// Fewest days from which weekdays are compared.
const ENOUGH_DAYS: u64 = 14;
/// Gaps that are named.
const MOST_GAPS: usize = 5;

/// A column of dates or times in short.
#[derive(Clone, Debug, PartialEq)]
pub struct DateSummary {
    /// First day, since 1970-01-01.
    pub first: i64,
    /// Last day.
    pub last: i64,
    /// Different days.
    pub n_days: u64,
    /// Days without a row between the first and the last, where most days have rows; 0 else.
    pub n_absent: u64,
    /// The longest runs of such days: first day and number of days, longest first.
    pub gaps: Vec<(i64, u64)>,
    /// Rows of each weekday, Monday first.
    pub weekdays: [u64; 7],
    /// Rows of each month, January first.
    pub months: [u64; 12],
    /// Rows of each hour; `None` for dates.
    pub hours: Option<[u64; 24]>,
    /// Probability of weekdays as different as these if rows fell on all days alike; `None` below two weeks.
    pub weekday_p_value: Option<f64>,
}

impl DateSummary {
    pub(crate) fn of(days: &Days, kind: Kind) -> Option<DateSummary> {
        let (first, last) = (*days.counts.keys().next()?, *days.counts.keys().next_back()?);
        let n_days = days.counts.len() as u64;
        let span = last.abs_diff(first) + 1;
        // a day without a row is a gap only where days with rows are the rule
        let is_daily = !days.is_cut && span <= 2 * n_days;
        let gaps = if is_daily { gaps(days) } else { Vec::new() };
        let (mut weekdays, mut months) = ([0; 7], [0; 12]);
        for (day, n) in &days.counts {
            weekdays[weekday(*day)] += n;
            months[month(*day)] += n;
        }
        Some(DateSummary {
            first,
            last,
            n_days,
            n_absent: if is_daily { span - n_days } else { 0 },
            weekday_p_value: (span >= ENOUGH_DAYS)
                .then(|| weekday_p(&weekdays, first, last))
                .flatten(),
            gaps,
            weekdays,
            months,
            hours: (kind == Kind::Time).then_some(days.hours),
        })
    }
}

fn gaps(days: &Days) -> Vec<(i64, u64)> {
    let keys: Vec<i64> = days.counts.keys().copied().collect();
    let pairs = keys.windows(2).filter(|pair| pair[1] - pair[0] > 1);
    let mut gaps: Vec<(i64, u64)> = pairs
        .map(|pair| (pair[0] + 1, (pair[1] - pair[0] - 1) as u64))
        .collect();
    gaps.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    gaps.truncate(MOST_GAPS);
    gaps
}

/// Monday is 0; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// January is 0.
///
/// # Reference
/// H. Hinnant (2013), chrono-compatible low-level date algorithms, `civil_from_days`.
fn month(day: i64) -> usize {
    let day_of_era = (day + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    ((from_march + 2) % 12) as usize
}

fn weekday_p(weekdays: &[u64; 7], first: i64, last: i64) -> Option<f64> {
    let n_days = last.abs_diff(first) + 1;
    let (weeks, rest) = (n_days / 7, n_days % 7);
    let start = weekday(first) as u64;
    let expected = |weekday: u64| (weeks + u64::from((weekday + 7 - start) % 7 < rest)) as f64;
    let total: u64 = weekdays.iter().sum();
    let shares: Vec<f64> = (0..7).map(|day| expected(day) / n_days as f64).collect();
    (total > 0)
        .then(|| goodness_of_fit(weekdays, Some(&shares), 0, 0.95).ok())?
        .map(|found| found.p_value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Options, profile};
    use std::sync::Arc;
    use table::Table;
    use table::arrow::array::{ArrayRef, Date32Array, TimestampMicrosecondArray};

    fn dates(array: impl table::arrow::array::Array + 'static) -> DateSummary {
        let array: ArrayRef = Arc::new(array);
        let table = Table::new(vec![("day".to_owned(), array)]).unwrap();
        let found = profile(&table, &Options::default()).unwrap();
        found.columns[0].dates.clone().unwrap()
    }

    #[test]
    fn days_have_months_and_weekdays() {
        // 2024-02-29 was a Thursday, 2000-12-31 a Sunday, 1969-12-31 a Wednesday
        assert_eq!((month(19_782), weekday(19_782)), (1, 3));
        assert_eq!((month(11_322), weekday(11_322)), (11, 6));
        assert_eq!((month(-1), weekday(-1)), (11, 2));
    }

    #[test]
    fn gaps_and_weekdays_are_seen() {
        // a year of working days from Monday 2024-01-01 on, without a fortnight
        let working = (19_723..19_723 + 364).filter(|day| weekday(i64::from(*day)) < 5);
        let found = dates(Date32Array::from_iter_values(
            working.filter(|day| !(19_800..19_814).contains(day)),
        ));
        assert_eq!((found.first, found.n_days), (19_723, 250));
        assert_eq!(found.weekdays[5..], [0, 0]);
        assert!(found.weekday_p_value.unwrap() < 1e-6 && found.hours.is_none());
        assert_eq!(found.gaps[0].1, 16);
        assert_eq!(found.n_absent, 362 - 250);
        let even = dates(Date32Array::from_iter_values(
            (19_723..19_723 + 70).flat_map(|day| [day; 3]),
        ));
        assert!(even.weekday_p_value.unwrap() > 0.99 && even.gaps.is_empty());
    }

    #[test]
    fn times_have_hours() {
        let found = dates(TimestampMicrosecondArray::from_iter_values(
            (0..48).map(|half| half * 1_800_000_000 + 86_400_000_000 * 19_723),
        ));
        assert_eq!(found.hours.unwrap(), [2; 24]);
        assert_eq!((found.n_days, found.weekday_p_value), (1, None));
    }
}
