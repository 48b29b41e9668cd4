//! Days since 1970-01-01 as dates, for axes of time.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `3 Mar 2024`; `–` beyond the years 0 to 9999.
pub(crate) fn full(days: f64) -> String {
    match civil(days) {
        Some((year, month, day)) => format!("{day} {} {year}", MONTHS[month]),
        None => "–".to_owned(),
    }
}

/// Days, first days of months or of years, about `n` of them, with their labels.
pub(super) fn ticks(low: f64, high: f64, n: usize) -> (Vec<f64>, Vec<String>) {
    let (Some(first), Some(last)) = (civil(low.floor()), civil(high.floor())) else {
        return (vec![], vec![]);
    };
    let n_days = (high - low) / n.max(1) as f64;
    let days: Vec<f64> = match n_days {
        apart if apart <= 16.0 => every_days(low, high, apart),
        apart => every_months(first, last, apart / 30.44),
    };
    let days: Vec<f64> = days
        .into_iter()
        .filter(|day| (low..=high).contains(day))
        .collect();
    let labels = days.iter().map(|day| label(*day, n_days)).collect();
    (days, labels)
}

fn every_days(low: f64, high: f64, apart: f64) -> Vec<f64> {
    let step = [1.0, 2.0, 7.0, 14.0]
        .into_iter()
        .find(|step| *step >= apart)
        .unwrap_or(14.0);
    // Weeks begin on Mondays; 1970-01-05 was one.
    let first = ((low - 4.0) / step).ceil() * step + 4.0;
    (0..60)
        .map(|place| first + f64::from(place) * step)
        .take_while(|day| *day <= high)
        .collect()
}

fn every_months(first: (i64, usize, i64), last: (i64, usize, i64), apart: f64) -> Vec<f64> {
    const STEPS: [i64; 10] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];
    let step = STEPS
        .into_iter()
        .find(|step| *step as f64 >= apart)
        .unwrap_or(1_200);
    let from = (first.0 * 12).div_euclid(step) * step;
    let to = last.0 * 12 + 12;
    (0..=(to - from) / step)
        .map(|place| from + place * step)
        .map(|month| days_from_civil(month.div_euclid(12), month.rem_euclid(12), 1) as f64)
        .collect()
}

fn label(days: f64, apart: f64) -> String {
    match civil(days) {
        Some((_, month, day)) if apart <= 16.0 => format!("{day} {}", MONTHS[month]),
        Some((year, month, _)) if apart <= 200.0 => format!("{} {year}", MONTHS[month]),
        Some((year, ..)) => year.to_string(),
        None => "–".to_owned(),
    }
}

/// Year, month from 0 and day of a number of days since 1970-01-01.
fn civil(days: f64) -> Option<(i64, usize, i64)> {
    if !(-719_528.0..=2_932_896.0).contains(&days) {
        return None;
    }
    let days = days.floor() as i64;
    // At or before the year sought, for days on either side of 1970.
    let mut year = 1970 + days.div_euclid(if days < 0 { 365 } else { 366 });
    while days_from_civil(year + 1, 0, 1) <= days {
        year += 1;
    }
    let month = (0..12)
        .rev()
        .find(|month| days_from_civil(year, *month, 1) <= days)?;
    Some((
        year,
        usize::try_from(month).ok()?,
        days - days_from_civil(year, month, 1) + 1,
    ))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; months count from 0.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    let leaps = |years: i64| years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let to_year = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    to_year + BEFORE[month.rem_euclid(12) as usize] + i64::from(is_leap && month > 1) + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        // Checked with Python 3.13: (date(y, m, d) - date(1970, 1, 1)).days.
        for (days, expected) in [
            (0.0, "1 Jan 1970"),
            (-1.0, "31 Dec 1969"),
            (19_782.0, "29 Feb 2024"),
            (11_016.0, "29 Feb 2000"),
        ] {
            assert_eq!(full(days), expected);
        }
        assert_eq!(full(1e12), "–");
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for days in (-146_097..146_097).step_by(13) {
            let (year, month, day) = civil(f64::from(days)).expect("in range");
            assert_eq!(days_from_civil(year, month as i64, day), i64::from(days));
        }
    }

    #[test]
    fn ticks_stand_on_first_days() {
        let (days, labels) = ticks(19_723.0, 20_089.0, 6);
        assert_eq!(
            labels,
            ["Jan 2024", "Apr 2024", "Jul 2024", "Oct 2024", "Jan 2025"]
        );
        assert_eq!(days[1], 19_814.0);
        let (_, labels) = ticks(19_723.0, 19_753.0, 5);
        assert!(labels.iter().all(|label| label.ends_with("Jan")), "{labels:?}");
    }
}
